from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from detector import doctor
from detector.doctor import Finding, examine
from detector.index import ReferenceIndex
from tests.samples import POSTS

PROJECT = Path(__file__).parent.parent


def findings(subject: str, index: str | None = None) -> list[Finding]:
    return [finding for finding in examine(index) if finding.subject == subject]


def test_all_dependencies_are_looked_at() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(doctor.DEPENDENCIES) == sorted(entry.split(">")[0] for entry in project["dependencies"])


def test_this_installation_is_sound() -> None:
    assert [finding for finding in examine() if not finding.healthy] == []


def test_a_missing_dependency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DEPENDENCIES", ("no-such-distribution",))
    assert findings("no-such-distribution") == [
        Finding("no-such-distribution", "missing: pip install no-such-distribution", healthy=False)
    ]


def test_no_models_and_no_datasets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "models_dir", lambda: tmp_path)
    monkeypatch.setattr(doctor, "datasets_dir", lambda: tmp_path)
    assert not findings("models")[0].healthy
    assert not findings("datasets")[0].healthy


def test_an_index_is_read_whole(tmp_path: Path) -> None:
    path = ReferenceIndex.build(tmp_path / "official.index", POSTS).path
    assert findings("index", str(path))[0].healthy
    records = next(path.rglob("records.bin"))
    damaged = bytearray(records.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    records.write_bytes(damaged)
    (finding,) = findings("index", str(path))
    assert not finding.healthy
    assert "records.bin" in finding.detail
    assert not findings("index", str(tmp_path / "gone.index"))[0].healthy


def test_an_empty_index_is_sound(tmp_path: Path) -> None:
    index = ReferenceIndex.build(tmp_path / "empty.index", POSTS)
    index.remove(post.url for post in POSTS)
    assert "0 posts" in findings("index", str(index.path))[0].detail
