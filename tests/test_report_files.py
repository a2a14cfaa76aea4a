"""Reports read again: what was written comes back, what is damaged is named, what is no report is refused."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from detector.data import UsageError, Verdict
from detector.html_report import Entry
from detector.report import Report, write_page
from detector.report_files import read_report
from detector.rows import COLUMNS, Cell, number_text, report_row
from tests.test_report import MATCH, VERDICT

SPREADSHEET = replace(MATCH, source_url="-x", source_title="＝1", probability=0.99999949)
HOSTILE = replace(
    VERDICT,
    url="=HYPERLINK(1)",
    title="'quoted'",
    host="@SUM",
    score=0.5,
    input="a\r\nb",
    match=SPREADSHEET,
    matches=(SPREADSHEET,),
    offset=None,
)
PLAIN = Verdict("https://calm.example/", "clean", 0.0, "nothing found", extra={"crawl_id": 7, "url": "taken"})


def read(path: Path) -> tuple[list[Entry], list[str]]:
    damaged: list[str] = []
    return list(read_report(path, damaged)), damaged


def as_written(row: tuple[Cell, ...]) -> list[Cell]:
    return [number_text(value) if isinstance(value, float) else value for value in row]


def report_in(tmp_path: Path, suffix: str) -> Path:
    path = tmp_path / f"report{suffix}"
    Report([VERDICT, HOSTILE, PLAIN]).write(path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_rows_come_back(tmp_path: Path, suffix: str) -> None:
    entries, damaged = read(report_in(tmp_path, suffix))
    assert damaged == []
    for rank, (entry, verdict) in enumerate(zip(entries, (VERDICT, HOSTILE, PLAIN), strict=True), start=1):
        assert as_written(entry.row) == as_written((rank, *report_row(verdict)))
        assert bool(entry.record) == (suffix == ".jsonl")


@pytest.mark.parametrize("excel", [False, True])
def test_csv_for_excel_comes_back_too(tmp_path: Path, excel: bool) -> None:
    Report([HOSTILE]).write(tmp_path / "report.csv", excel=excel)
    ((entry,), _) = read(tmp_path / "report.csv")
    assert entry.row[1] == "=HYPERLINK(1)"


def test_a_saved_report_makes_the_same_page(tmp_path: Path) -> None:
    Report([VERDICT, HOSTILE, PLAIN]).write(tmp_path / "at once.html")
    write_page(read_report(report_in(tmp_path, ".jsonl"), []), tmp_path / "later.html")
    assert (tmp_path / "later.html").read_bytes() == (tmp_path / "at once.html").read_bytes()


def test_a_packed_report(tmp_path: Path) -> None:
    packed = tmp_path / "report.jsonl.gz"
    packed.write_bytes(gzip.compress(report_in(tmp_path, ".jsonl").read_bytes()))
    assert read(packed) == read(tmp_path / "report.jsonl")


def test_columns_of_later_versions_are_passed_over(tmp_path: Path) -> None:
    path = report_in(tmp_path, ".csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{lines[0]},later\n{lines[1]},x\n", encoding="utf-8")
    ((entry,), damaged) = read(path)
    assert (entry.row[0], damaged) == (1, [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("\xff", "not JSON"),
        ("[]", "not a JSON object"),
        ({"label": "x"}, "`label` is"),
        ({"score": float("nan")}, "not JSON"),
        ({"blocks": [{"text": "a"}]}, "has no `category`"),
    ],
)
def test_damaged_lines_are_named(tmp_path: Path, line: Any, said: str) -> None:
    path = report_in(tmp_path, ".jsonl")
    first, *rest = path.read_bytes().splitlines()
    if isinstance(line, dict):
        line = json.dumps({**json.loads(first), **line})
    path.write_bytes(b"\n".join((line.encode("latin-1"), *rest)) + b"\n")
    entries, damaged = read(path)
    assert [entry.row[0] for entry in entries] == [2, 3]
    (message,) = damaged
    assert message.startswith(f"{path}: line 1: ") and said in message


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("score", "high", "score is not a number between 0 and 1: 'high'"),
        ("score", "nan", "score is not a number"),
        ("share_of_page", "1.5", "share_of_page is not a number between 0 and 1"),
        ("words", "-3", "words is not a whole number: '-3'"),
        ("rank", "", "rank is not a whole number"),
        ("error", "a,b", "has 24 cells, not 23"),
    ],
)
def test_damaged_rows_are_named(tmp_path: Path, column: str, text: str, said: str) -> None:
    path = tmp_path / "report.csv"
    values = dict.fromkeys(COLUMNS, "0") | {"rank": "1"}
    rows = [values, values | {column: text}, values | {"rank": "3"}]
    lines = [",".join(COLUMNS), *(",".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    entries, damaged = read(path)
    assert [entry.row[0] for entry in entries] == [1, 3]
    (message,) = damaged
    assert message.startswith(f"{path}: line 3: {said}")


def test_a_cut_csv_file_is_damaged_at_its_end(tmp_path: Path) -> None:
    path = report_in(tmp_path, ".csv")
    path.write_bytes(path.read_bytes()[:-30])
    entries, damaged = read(path)
    assert (len(entries), len(damaged)) == (2, 1)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("posts.jsonl", '{"url": "a", "text": "b"}\n', "line 1: has no `label`"),
        ("table.csv", "url,text\na,b\n", "is no report: it has no columns rank, score, label, ..."),
        ("empty.csv", "", "is no report: it has no columns"),
        ("page.html", "<p>Hello", "no report is called .html"),
        ("report", "", "no report is called so"),
        ("broken.parquet", "PAR1", "not Parquet, or damaged"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=r"(detector score -o|damaged)") as raised:
        read(tmp_path / name)
    assert said in str(raised.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "report.csv")


def test_a_report_of_nothing(tmp_path: Path) -> None:
    for suffix in (".csv", ".jsonl", ".parquet"):
        Report([]).write(tmp_path / f"report{suffix}")
        assert read(tmp_path / f"report{suffix}") == ([], [])
