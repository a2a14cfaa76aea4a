"""`detector report`, and the page for people as an output of `score` and `explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from selectolax.lexbor import LexborHTMLParser

from detector.cli import cli
from detector.report import Report
from tests.samples import COOKING, SCHEDULER
from tests.test_report import VERDICT


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def rows(text: str) -> list[list[object]]:
    (node,) = LexborHTMLParser(text).css("script#rows")
    return list(json.loads(node.text()))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_page_is_made_of_a_report(suffix: str) -> None:
    Report([VERDICT]).write(f"report{suffix}")
    result = run("report", f"report{suffix}", "-o", "page.html")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "page.html: 1 page\n")
    assert rows(Path("page.html").read_text(encoding="utf-8"))[0][:2] == [1, VERDICT.url]


def test_the_default_output_and_standard_output() -> None:
    Report([VERDICT]).write("report.csv")
    assert run("report", "report.csv").exit_code == 0
    assert run("report", "report.csv", "-o", "-").stdout == Path("report.html").read_text(encoding="utf-8")


def test_damaged_lines_are_named_and_the_rest_is_kept() -> None:
    Report([VERDICT]).write("report.jsonl")
    with open("report.jsonl", "a") as file:
        file.write("{\n" * 12)
    result = run("report", "report.jsonl")
    assert result.exit_code == 3
    assert "detector: report.jsonl: line 2: not JSON (" in result.stderr
    assert "... and 2 more that could not be read\n" in result.stderr
    assert len(rows(Path("report.html").read_text(encoding="utf-8"))) == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["crawl.jsonl"],
            "crawl.jsonl: line 1: has no `label`: not a full row, or of another version; give a report",
        ),
        (["missing.csv"], "missing.csv: cannot be read"),
        (["good.csv", "-o", "page.pdf"], "page.pdf: cannot write .pdf; use .html"),
        (["good.csv", "-o", "folder.html"], "folder.html: is a folder"),
        (["good.csv", "-o", "nowhere/page.html"], "cannot be written (No such file or directory)"),
        (["good.csv", "-o", "good.csv"], "good.csv: is an input and an output"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], complaint: str) -> None:
    Path("crawl.jsonl").write_text(json.dumps({"url": "a", "text": COOKING}) + "\n")
    Path("folder.html").mkdir()
    Report([VERDICT]).write("good.csv")
    before = sorted(path.name for path in Path().iterdir())
    result = run("report", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert complaint in result.stderr
    assert sorted(path.name for path in Path().iterdir()) == before


def test_the_page_explained_is_not_overwritten() -> None:
    Path("page.html").write_text(f"<p>{COOKING}")
    result = run("explain", "page.html", "-o", "page.html")
    assert (result.exit_code, Path("page.html").read_text()) == (2, f"<p>{COOKING}")
    assert "page.html: is an input and an output" in result.stderr


def test_score_and_explain_write_pages() -> None:
    Path("crawl.jsonl").write_text(json.dumps({"url": "https://farm.example/copy", "text": SCHEDULER}) + "\n")
    assert run("score", "crawl.jsonl", "-o", "report.html").exit_code == 0
    explained = run("explain", "crawl.jsonl", "-o", "page.html")
    assert (explained.exit_code, explained.stdout) == (0, "")
    assert "page.html: clean, score " in explained.stderr
    assert Path("page.html").read_bytes() == Path("report.html").read_bytes()
