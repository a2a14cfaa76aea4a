"""Tables and lines that are no pages: this program's own reports, and files without anything."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from detector.pages import read_pages
from tests.command import report, run, write_lines
from tests.samples import COOKING

REPORTS = ("r.csv", "r.jsonl", "r.parquet", "r.html", "excel.csv", "m.csv", "b.csv", "c.csv")


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every kind of report."""
    monkeypatch.chdir(tmp_path)
    crawl = write_lines("crawl.jsonl", {"url": "https://a.example/1", "text": COOKING})
    folder = tmp_path / "out"
    folder.mkdir()
    for name in REPORTS[:4]:
        run("score", crawl, "-o", f"out/{name}")
    run("score", crawl, "-o", "out/excel.csv", "--excel", "--matches", "out/m.csv", "--blocks", "out/b.csv")
    run("cluster", crawl, "-o", "out/c.csv")
    assert {path.name for path in folder.iterdir()} == set(REPORTS)
    return folder


def test_reports_in_a_folder_are_passed_over(reports: Path) -> None:
    (reports / "page.txt").write_text(COOKING)
    skipped: Counter[str] = Counter()
    (page,) = read_pages(reports, skipped=skipped)
    assert page.url == "page.txt"
    assert skipped == {"reports of this program": len(REPORTS)}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_that_is_given_is_no_page(reports: Path, name: str) -> None:
    (page,) = read_pages(reports / name)
    assert page.error == "is a report of this program, no page"


def test_ranked_pages_of_others_are_pages(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"rank": 1, "url": "https://a.example/", "text": "words"}\n')
    (page,) = read_pages(tmp_path / "a.jsonl")
    assert page.text == "words"


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "a.warc.gz", "a.jsonl.gz"])
def test_an_empty_file_is_a_row(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    (page,) = read_pages(tmp_path)
    assert (page.url, page.error) == (name, "an empty file")


@pytest.mark.parametrize(
    ("name", "data"), [("a.parquet", b"PAR1" + b"\0" * 100 + b"PAR1"), ("a.csv", b'url,"the\ntext"\nx,words\n')]
)
def test_why_a_table_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(data)
    result = run("score", name, "-o", "report.jsonl")
    told = [line for line in result.stderr.splitlines() if not line.startswith(("detector: ", "report.jsonl: "))]
    assert (result.exit_code, told) == (3, [])
    row = json.loads(Path("report.jsonl").read_text())
    assert row["error"] == row["reason"] == " ".join(row["error"].split())


@pytest.mark.parametrize(
    "values",
    [
        pa.array([2**40], pa.timestamp("s")),
        pa.array([2**30], pa.date32()),
        pa.array([1], pa.timestamp("s", tz="No/Zone")),
    ],
    ids=["a time in the year 36,812", "a date as far away", "an unknown zone"],
)
@pytest.mark.parametrize("column", ["fetched_at", "other"])
def test_a_time_that_python_cannot_tell_costs_its_row_alone(tmp_path: Path, column: str, values: pa.Array) -> None:
    both = pa.concat_arrays([values, pa.array([None], values.type)])
    parquet.write_table(pa.table({"text": ["words", "more words"], column: both}), tmp_path / "a.parquet")
    odd, good = read_pages(tmp_path)
    assert (odd.url, odd.offset) == ("a.parquet#1", 1)
    assert odd.error.startswith("row 1: a value that cannot be read (")
    assert (good.url, good.text, good.error) == ("a.parquet#2", "more words", "")


def test_a_damaged_report_is_named_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("r.parquet").write_bytes(b"PAR1" + b"\0" * 100 + b"PAR1")
    result = run("report", "r.parquet")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_text_under_another_key_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pages = write_lines(
        "a.jsonl",
        {"url": "https://a.example/1", "bo\ndy": COOKING},
        {"url": "https://a.example/2", "html": None, "status": 404},
        {"url": "https://a.example/3", "title": "Boats"},
    )
    result = run("score", pages)
    said = "line 1: text is read from the keys html and text, there are: url, bo dy"
    assert (result.exit_code, f"detector: a.jsonl: {said}\n" in result.stderr) == (0, True)
    assert [(row["label"], row["reason"]) for row in report()] == [
        ("unreadable", f"no text; {said}"),
        ("unreadable", "no text"),
        ("unreadable", "no text"),
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_feed_in_a_cell_is_no_page(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    feed = "<rss version='2.0'><channel><item><description>Boats.</description></item></channel></rss>"
    write_lines("a.jsonl", {"url": "https://a.example/feed", "html": feed})
    Path("a.csv").write_text(f'url,html\nhttps://a.example/feed,"{feed}"\n')
    assert run("score", name).exit_code == 0
    assert [(row["label"], row["error"]) for row in report()] == [("unreadable", "a feed, no page")]
