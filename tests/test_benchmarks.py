"""The benchmarks run, in small, on what is shipped."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from detector import ReferenceIndex
from detector.text import tokenise

PROJECT = Path(__file__).parent.parent


def module_at(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, PROJECT / "benchmarks" / path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def overlap() -> ModuleType:
    return module_at("reposts/overlap.py")


def test_what_texts_have_in_common_is_counted_exactly(overlap: ModuleType) -> None:
    words = [f"word{number}" for number in range(40)]
    post, half, other = " ".join(words), " ".join(words[:20]), " ".join(word[::-1] for word in words)
    posts = {"post": overlap.shingles(post), "other": overlap.shingles(other)}
    pages = {"copy": post + " and more", "half": half, "few": " ".join(words[:8]), "none": "nothing"}
    found = dict(overlap.in_common(posts, {url: overlap.shingles(text) for url, text in pages.items()}))
    assert found == {"copy": {"post": 1.0}, "half": {"post": 1.0}, "few": {}, "none": {}}
    assert len(posts["post"]) == 36


def test_made_up_posts_are_always_the_same_and_their_tokens_those_of_their_text() -> None:
    made_up, again = (module_at("made_up_posts.py").MadeUpPosts() for _ in range(2))
    for number in range(12):
        page, (url, tokens) = made_up.page(number), again.tokens(number)
        expected = tokenise(page.text or "")
        assert (url, tokens.text) == (page.url, page.text)
        for name in ("hashes", "starts", "ends", "kinds", "lengths"):
            assert (getattr(tokens, name) == getattr(expected, name)).all()
            assert getattr(tokens, name).dtype == getattr(expected, name).dtype
    assert made_up.stranger(0) != made_up.page(0).text


@pytest.mark.parametrize("multiplied", [[], ["--multiplied"]], ids=["texts", "multiplied"])
def test_the_benchmark_of_the_index_builds(tmp_path: Path, multiplied: list[str]) -> None:
    path = tmp_path / "x.index"
    command = [sys.executable, "benchmarks/index_scale.py", "--build-only", str(path), "--posts", "30", *multiplied]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    ran = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["cpu_seconds"] > 0
    assert len(ReferenceIndex.open(path)) == 30


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
