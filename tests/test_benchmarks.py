"""The benchmarks run, in small, on what is shipped."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parent.parent


@pytest.fixture
def overlap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("overlap", PROJECT / "benchmarks" / "reposts" / "overlap.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_texts_have_in_common_is_counted_exactly(overlap: ModuleType) -> None:
    words = [f"word{number}" for number in range(40)]
    post, half, other = " ".join(words), " ".join(words[:20]), " ".join(word[::-1] for word in words)
    posts = {"post": overlap.shingles(post), "other": overlap.shingles(other)}
    pages = {"copy": post + " and more", "half": half, "few": " ".join(words[:8]), "none": "nothing"}
    found = dict(overlap.in_common(posts, {url: overlap.shingles(text) for url, text in pages.items()}))
    assert found == {"copy": {"post": 1.0}, "half": {"post": 1.0}, "few": {}, "none": {}}
    assert len(posts["post"]) == 36


def test_the_benchmark_of_copies_runs_on_the_demo() -> None:
    """Without peers, which are extras."""
    ran = subprocess.run(
        [sys.executable, "benchmarks/reposts", "--each", "1", "--no-peers"],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    rows = [line.split(" | ") for line in ran.stdout.splitlines() if line.startswith("| ")]
    recall = {row[0].strip("| "): row[1:] for row in rows}
    assert recall["verbatim"] == ["1.000", "1.000 |"]
    assert {"long words deleted", "list of teasers", "kind right"} <= set(recall)
