"""The benchmarks run, in small, on what is shipped."""

import gzip
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest

from detector import ReferenceIndex, read_pages
from detector.resources import datasets_dir

PROJECT = Path(__file__).parent.parent
DEMO = datasets_dir() / "demo"


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [sys.executable, f"benchmarks/{program}", *map(str, arguments)],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return ran


def figures(folder: Path, program: str, *arguments: object) -> dict[str, Any]:
    """What a benchmark writes."""
    written = folder / "figures.json"
    run(program, *arguments, "-o", written)
    return dict(json.loads(written.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo as a folder that datasets/README.md calls DATA."""
    folder = tmp_path_factory.mktemp("data")
    pages = [
        {"url": f"https://news.example/{path.name}", "html": path.read_text(encoding="utf-8", errors="replace")}
        for path in sorted((DEMO / "crawl" / "news").glob("*.html"))[:3]
    ]
    posts = [{"url": page.url, "text": page.text} for page in read_pages(DEMO / "posts.jsonl")]
    for page, post in zip(pages, posts, strict=False):
        page["main_text"] = str(post["text"])
    for name, rows in (("pages/test_scrapinghub", pages), ("official/posts", posts)):
        (folder / name).parent.mkdir(exist_ok=True)
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


@pytest.fixture(scope="session")
def index(data: Path) -> Path:
    ReferenceIndex.build(data / "official.index", read_pages(DEMO / "posts.jsonl"))
    return data / "official.index"


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


def test_made_up_posts_are_always_the_same_and_differ_by_their_number_and_the_seed() -> None:
    made_up, again, other = (module_at("made_up_posts.py").MadeUpPosts(seed) for seed in (0, 0, 1))
    pages = list(made_up.pages(12))
    assert pages == [again.page(number) for number in range(12)]
    assert len({page.text for page in [*pages, *other.pages(12)]}) == 24
    assert made_up.stranger(0) != made_up.page(0).text


def test_the_benchmark_of_the_index_builds(tmp_path: Path) -> None:
    path = tmp_path / "x.index"
    ran = run("index_scale.py", "--build-only", path, "--posts", 30)
    assert json.loads(ran.stdout)["cpu_seconds"] > 0
    assert len(ReferenceIndex.open(path)) == 30


def test_the_benchmark_of_copies_runs_on_the_demo() -> None:
    """Without peers, which are extras."""
    ran = run("reposts", "--each", 1, "--no-peers")
    rows = [line.split(" | ") for line in ran.stdout.splitlines() if line.startswith("| ")]
    recall = {row[0].strip("| "): row[1:] for row in rows}
    assert recall["verbatim"] == ["1.000", "1.000 |"]
    assert {"long words deleted", "list of teasers", "kind right"} <= set(recall)


def test_the_benchmark_of_speed_measures_every_stage_and_names_peers_that_are_missing(
    tmp_path: Path, data: Path, index: Path
) -> None:
    found = figures(tmp_path, "speed.py", data, "--index", index, "--runs", 1)
    assert found["pages"] == 3
    assert {"bare parse", "everything", "main text: detector"} <= set(found["ms_a_page"])
    for peer in ("trafilatura fast", "jusText", "readability-lxml"):
        assert (f"main text: {peer}" in found["ms_a_page"]) != (f"main text: {peer}" in found["not_installed"])
    assert found["peak_mb"]["after all stages"] >= found["peak_mb"]["before"] > 0


def test_the_benchmark_of_signatures_says_how_many_shingles_each_had(tmp_path: Path, data: Path) -> None:
    found = figures(tmp_path, "signatures.py", data, "--posts", 5, "--runs", 1)
    assert {texts["texts"] for texts in found["sets"].values()} == {3, 5}
    for texts in found["sets"].values():
        assert texts["ms_a_text"]["detector"] > 0
        assert texts["times_as_long_as_detector"]["datasketch"] > 0
        # A repeated one counts once here.
        assert 0.8 < texts["shingles"]["detector"] / texts["shingles"]["words between spaces"] < 1.5


def test_the_benchmark_of_growth_measures_sizes_and_processes_and_draws_them(
    tmp_path: Path, data: Path, index: Path
) -> None:
    sizes = ["--pages", 24, "--compared", 20]
    found = figures(tmp_path, "growth.py", data, "--index", index, *sizes)
    assert [(run["pages"], run["jobs"]) for run in found["runs"].values()] == [(24, 1), (24, 2)]
    assert all(run["ms_a_page"] > 0 and run["mb_for_100000_more"] is None for run in found["runs"].values())
    assert len(found["processes"]["speedups"]["2_over_1"]) == 5
    plot = ElementTree.parse(tmp_path / "figures.svg").getroot()
    assert plot.tag.endswith("svg") and "2 jobs" in "".join(plot.itertext())


def test_the_benchmark_of_versions_tells_verdicts_that_differ(tmp_path: Path, data: Path) -> None:
    for name, rows in (("reposts/pages", [{"url": "", "html": "<p>x", "text": ""}]), ("official/copies", [])):
        (data / name).parent.mkdir(exist_ok=True)
        with gzip.open(data / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    run("versions.py", data, tmp_path / "one.json")
    written = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    written["verdicts"][0][1][0] += 0.25
    written["verdicts"][1][0][0][0] = "unheard of"
    (tmp_path / "one.json").write_text(json.dumps(written), encoding="utf-8")
    ran = run("versions.py", data, tmp_path / "other.json", "--against", tmp_path / "one.json")
    assert "of 4 verdicts 1 differ; numbers do by 0.25 at most" in ran.stdout


def test_the_benchmark_of_start_up_measures_fresh_processes(tmp_path: Path, index: Path) -> None:
    found = figures(tmp_path, "startup.py", "--index", index, "--runs", 1, "--cold-runs", 0)
    assert {"import detector", "detector --help", "first verdict"} <= set(found)
    assert found["first verdict"]["cpu_seconds"] > found["empty program"]["cpu_seconds"]


def test_the_benchmark_of_index_peers_asks_all_with_the_same_copies(tmp_path: Path) -> None:
    found = figures(tmp_path, "index_peers.py", "--posts", 20, "--asked", 10, "--runs", 1)
    peers = [found[name] for name in ("detector", "datasketch MinHashLSH", "pickled dict")]
    assert all(peer["bytes_a_post"] > 0 and peer["open_ms"] > 0 for peer in peers)
    assert found["detector"]["found"] == found["pickled dict"]["found"] == 1.0


def test_samplings_are_compared_on_the_same_pages(tmp_path: Path) -> None:
    measured = figures(tmp_path, "sampling.py", "--each", 2, "--samplings", 1, 16)["samplings"]
    assert measured.keys() == {"1", "16"}
    whole, thinned = measured["1"], measured["16"]
    assert whole["negatives"] + whole["unclear"] == thinned["negatives"] + thinned["unclear"] > 0
    assert whole["recall"].keys() == thinned["recall"].keys()
    assert 0 < thinned["mean_recall"] <= 1
