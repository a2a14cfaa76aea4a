"""`detector rescore`, and what `score` and it do with an allow-list."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas
import pytest

from detector.index import ReferenceIndex
from detector.resources import datasets_dir
from detector.signals import SIGNALS
from tests.command import report, run, write_lines
from tests.samples import COOKING, POSTS, SCHEDULER

ORDINARY = "The bridge was closed for eleven weeks while masons renewed its two middle piers, and ferries ran instead."
(STUFFED, *_) = SIGNALS["doorway"].fires_on


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(ReferenceIndex.build(tmp_path_factory.mktemp("index") / "official.index", POSTS).path)


@pytest.fixture
def scored(official: str) -> str:
    """A full report of a repost, its garbled half, a syndicated copy, spam, an official page, and one without text."""
    half = " ".join(word for word in SCHEDULER.split()[:90] if len(word) < 8)
    write_lines(
        "crawl.jsonl",
        {"url": "https://farm.example/copy", "text": SCHEDULER, "known": 1, "note": "\u2028", "crawl_id": [7]},
        {"url": "https://farm.example/half", "text": f"{ORDINARY}\n{half}"},
        {"url": "https://fair.example/copy", "text": f"{COOKING}\nFrom {POSTS[1].url}"},
        {"url": "https://boats.example/", "text": STUFFED.text},
        {"url": "https://blog.halyard.example/2027/x", "text": ORDINARY},
        {"url": "https://calm.example/", "text": ORDINARY, "title": "\0=1+1"},
        {"url": "https://calm.example/empty", "text": ""},
    )
    assert run("score", "crawl.jsonl", "-i", official, "-o", "full.jsonl").exit_code == 0
    return "full.jsonl"


def labels(path: str = "rescored.csv") -> dict[str, str]:
    return {row["url"].removeprefix("https://"): row["label"] for row in report(path)}


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--threshold", "0"],
        ["--threshold", "1", "--spam-threshold", "0.99"],
        ["--spam-threshold", "0", "--official-host", "calm.example"],
        ["--settings", "settings.toml", "--excel"],
        ["--allow", "allow.csv"],
    ],
)
def test_rescoring_gives_what_scoring_gave(scored: str, official: str, options: list[str]) -> None:
    Path("settings.toml").write_text('threshold = 0.3\nshared_platforms = ["halyard.example"]\n')
    Path("allow.csv").write_text("site,reason\nfarm.example,ours\nboats.example,a friend\n")
    files = {"--matches": "matches.csv", "--blocks": "blocks.csv"}
    for command in (["score", "crawl.jsonl", "-i", official], ["rescore", scored]):
        more = [part for option, name in files.items() for part in (option, f"{command[0]}-{name}")]
        assert run(*command, *options, *more, "-o", f"{command[0]}-report.csv").exit_code == 0
        assert run(*command, *options, "-o", f"{command[0]}-report.jsonl").exit_code == 0
    for name in ("report.csv", "report.jsonl", *files.values()):
        assert Path(f"score-{name}").read_bytes() == Path(f"rescore-{name}").read_bytes()


def test_a_whole_crawl_comes_out_the_same() -> None:
    demo = datasets_dir() / "demo"
    run("index", "build", "demo.index", str(demo / "posts.jsonl"))
    assert run("score", str(demo / "crawl"), "-i", "demo.index", "-o", "full.jsonl").exit_code in (0, 3)
    first = Path("full.jsonl").read_bytes()
    assert run("rescore", "full.jsonl", "-o", "again.jsonl").exit_code == 0
    assert Path("again.jsonl").read_bytes() == first
    assert {json.loads(line)["label"] for line in first.splitlines()} == {
        "official",
        "syndicated",
        "repost",
        "spam",
        "clean",
        "unreadable",
    }


def test_thresholds_move_labels(scored: str) -> None:
    assert run("rescore", scored).stderr.startswith("rescored.csv: 7 pages (1 official, 1 syndicated")
    assert labels() == {
        "farm.example/copy": "repost",
        "farm.example/half": "repost",
        "fair.example/copy": "syndicated",
        "boats.example/": "spam",
        "blog.halyard.example/2027/x": "official",
        "calm.example/": "clean",
        "calm.example/empty": "unreadable",
    }
    run("rescore", scored, "--threshold", "1", "--spam-threshold", "1", "--official-host", "fair.example")
    assert {label for url, label in labels().items() if "farm" in url or "boats" in url} == {"clean"}
    assert labels()["fair.example/copy"] == "official"
    assert labels()["calm.example/empty"] == "unreadable"


def test_every_format_is_written(scored: str) -> None:
    assert run("rescore", scored, "-o", "report.parquet").exit_code == 0
    assert len(pandas.read_parquet("report.parquet")) == 7
    assert len(run("rescore", scored, "-o", "-").stdout.splitlines()) == 8
    Path("full.jsonl.gz").write_bytes(gzip.compress(Path(scored).read_bytes()))
    run("rescore", scored, "-o", "one.csv")
    assert run("rescore", "full.jsonl.gz", "-o", "two.csv").exit_code == 0
    assert run("rescore", "-", "-o", "three.csv", stdin=Path(scored).read_text(encoding="utf-8")).exit_code == 0
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes() == Path("three.csv").read_bytes()


def test_damaged_lines_are_named_and_the_rest_done(scored: str) -> None:
    lines = Path(scored).read_bytes().splitlines(keepends=True)
    Path("cut.jsonl").write_bytes(b"".join([lines[0], b"{\n", *lines[1:4], b'{"url": "x"}\n', lines[4][:-40]]))
    result = run("rescore", "cut.jsonl", "--fail-on", "official")
    assert result.exit_code == 3
    assert [line.split(": ")[1:3] for line in result.stderr.splitlines()[:3]] == [
        ["cut.jsonl", "line 2"],
        ["cut.jsonl", "line 6"],
        ["cut.jsonl", "line 7"],
    ]
    assert len(report("rescored.csv")) == 4
    assert run("rescore", "cut.jsonl", "--fail-on", "repost").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["gone.jsonl"], "gone.jsonl: cannot be read (No such file or directory)"),
        (["."], ".: cannot be read"),
        (["crawl.jsonl"], "crawl.jsonl: line 1: "),
        (["full.jsonl", "-o", "full.jsonl"], "full.jsonl: is an input and an output"),
        (["full.jsonl", "--threshold", "2"], "threshold must be"),
        (["full.jsonl", "-o", "report.txt"], "use .csv, .jsonl, .parquet"),
        (["full.jsonl", "--allow", "allow.csv"], "allow.csv: line 3: expires must be a day"),
        (["full.jsonl", "--allow", "gone.csv"], "gone.csv: cannot be read"),
    ],
)
def test_what_cannot_be_done_writes_nothing(scored: str, arguments: list[str], complaint: str) -> None:
    Path("allow.csv").write_text("site,reason,expires\na.example,why,2030-01-01\nb.example,why,soon\n")
    before = Path(scored).read_bytes()
    result = run("rescore", *arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert not Path("rescored.csv").exists()
    assert Path(scored).read_bytes() == before


def test_a_report_of_nothing_is_a_report() -> None:
    Path("empty.jsonl").touch()
    assert run("rescore", "empty.jsonl").stderr == "rescored.csv: 0 pages\n"
    assert report("rescored.csv") == []


def test_allowed_pages_are_clean_and_say_why(scored: str, official: str) -> None:
    Path("allow.csv").write_text(
        "site,reason,expires\n"
        "https://farm.example/copy,licensed,2999-12-31\n"
        "boats.example,a friend,\n"
        "https://farm.example/half,no more,2020-01-01\n"
        "calm.example,calm,\n"
        "fair.example,fair,\n"
    )
    run("rescore", scored, "-o", "before.csv")
    before = {row["url"]: row for row in report("before.csv")}
    result = run("score", "crawl.jsonl", "-i", official, "--allow", "allow.csv", "--fail-on", "spam", "--jobs", "2")
    assert result.exit_code == 0
    told = "detector: allow.csv: line 4: https://farm.example/half was allowed until 2020-01-01, no longer"
    assert result.stderr.splitlines().count(told) == 1
    rows = {row["url"]: row for row in report()}
    assert labels("report.csv") == {
        "farm.example/copy": "clean",
        "farm.example/half": "repost",
        "fair.example/copy": "syndicated",
        "boats.example/": "clean",
        "blog.halyard.example/2027/x": "official",
        "calm.example/": "clean",
        "calm.example/empty": "unreadable",
    }
    copy = rows["https://farm.example/copy"]
    assert copy["reason"].startswith(
        "allowed as https://farm.example/copy until 2999-12-31: licensed; copies “Halyard 4.2 packs batches”"
    )
    assert rows["https://boats.example/"]["reason"].startswith("allowed as boats.example: a friend; ")
    assert float(copy["score"]) <= 0.05
    decided = {"rank", "label", "score", "reason"}
    for url, row in rows.items():
        assert {name: row[name] for name in row.keys() - decided} == {
            name: before[url][name] for name in row.keys() - decided
        }
    assert rows["https://fair.example/copy"]["reason"] == before["https://fair.example/copy"]["reason"]


def test_the_report_that_was_there_stays(scored: str) -> None:
    Path("report.csv").write_text("as it was")
    assert run("rescore", scored).exit_code == 0
    assert Path("report.csv").read_text() == "as it was"
    assert len(labels("rescored.csv")) == 7


def test_what_is_no_report_is_said_in_one_line() -> None:
    Path("odd.csv").write_text("a,b\n" * 50)
    result = run("rescore", "odd.csv")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "odd.csv: line 1: not JSON" in result.stderr
    assert "`detector score -o report.jsonl` writes it" in result.stderr
