"""Reports that were written before -> the rows and verdicts that they hold.

    damaged = []
    for entry in read_report("report.jsonl", damaged):
        entry.row, entry.record

A line that is damaged is named in `damaged`, and reading goes on; a file of which no line is a verdict is no report.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from detector.data import UsageError
from detector.html_report import Entry
from detector.html_report.details import record_of
from detector.lines import open_unpacked
from detector.report import parquet_rows
from detector.rows import COLUMNS, Cell, is_formula, one_line, plain, report_row
from detector.verdict_lines import read_verdicts

# The type of every column of a row. A row is a line of text in CSV: there the types are made again.
_INTEGERS = frozenset(("rank", "matched_words", "words", "offset"))
_NUMBERS = frozenset(("score", "repost_probability", "share_of_source", "share_of_page", "boilerplate_share"))
# Cells are bounded by the pages they came from; this is beyond all of them.
_LONGEST_CELL = 64_000_000
# Numbers that count something on a page, or in a file, are shorter.
_DIGITS = 18
_EXPECTED = "give a report that `detector score -o` has written: .csv, .jsonl or .parquet"


def read_report(path: str | Path, damaged: list[str]) -> Iterator[Entry]:
    """The pages of a report, in its order; what could not be read of it is named in `damaged`, a text each.

    Raises UsageError when the file is missing, of another kind or no report, in part after reading all of it.
    """
    file = Path(path)
    reader = _READERS.get("".join(file.suffixes[-2:]).lower()) or _READERS.get(file.suffix.lower())
    if reader is None:
        raise UsageError(f"{file}: no report is called {file.suffix or 'so'}; {_EXPECTED}")
    found = 0
    try:
        for entry in reader(file, damaged):
            found += 1
            yield entry
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({one_line(error.strerror or str(error))})") from error
    if damaged and not found:
        raise UsageError(f"{damaged[0]}; {_EXPECTED}")


def _json_lines(path: Path, damaged: list[str]) -> Iterator[Entry]:
    with open_unpacked(path) as file:
        # A report's line has the number that is its page's rank.
        for number, verdict, error in read_verdicts(file):
            if verdict is None:
                damaged.append(f"{path}: line {number}: {error}")
            else:
                yield Entry((number, *plain(report_row(verdict))), record_of(verdict))


# -- rows -----------------------------------------------------------------------------------------------


def _csv(path: Path, damaged: list[str]) -> Iterator[Entry]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(line.replace("\0", "\ufffd") for line in file)
        names = next(rows, [])
        places = _places(path, names)
        try:
            for cells in filter(None, rows):
                try:
                    if len(cells) != len(names):
                        raise ValueError(f"has {len(cells)} cells, not {len(names)}")
                    row = tuple(map(_cell, COLUMNS, (cells[place] for place in places)))
                except ValueError as error:
                    damaged.append(f"{path}: line {rows.line_num}: {error}")
                    continue
                yield Entry(row, b"")
        except csv.Error as error:
            damaged.append(f"{path}: line {rows.line_num}: {error}")


def _places(path: Path, names: list[str]) -> list[int]:
    """Where the columns of a report stand. Raises UsageError unless all are there."""
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        shown = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        raise UsageError(f"{path}: is no report: it has no columns {shown}; {_EXPECTED}")
    return [names.index(column) for column in COLUMNS]


def _cell(column: str, text: str) -> Cell:
    """What `rows.cell_text` wrote. Raises ValueError for another text than the column may have."""
    if column in _INTEGERS:
        if not text and column == "offset":
            return None
        return _whole(column, int(text) if text.isdecimal() and len(text) < _DIGITS else text)
    if column in _NUMBERS:
        return _share(column, text)
    return text[1:] if text.startswith("'") and is_formula(text[1:]) and column != "source_url" else text


def _whole(column: str, value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{column} is not a whole number: {str(value)[:40]!r}")
    return value


def _share(column: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= 1:
        raise ValueError(f"{column} is not a number between 0 and 1: {str(value)[:40]!r}")
    return number


def _parquet(path: Path, damaged: list[str]) -> Iterator[Entry]:
    names, rows = parquet_rows(path)
    places = _places(path, names)
    for number, values in enumerate(rows, start=1):
        try:
            yield Entry(tuple(map(_value, COLUMNS, (values[place] for place in places))), b"")
        except ValueError as error:
            damaged.append(f"{path}: row {number}: {error}")


def _value(column: str, value: Any) -> Cell:
    if column in _NUMBERS:
        return _share(column, value)
    if column == "offset" and value is None:
        return None
    if column in _INTEGERS:
        return _whole(column, value)
    if not isinstance(value, str):
        raise ValueError(f"{column} is not a text: {str(value)[:40]!r}")
    return value


_READERS: Mapping[str, Callable[[Path, list[str]], Iterator[Entry]]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".jsonl.gz": _json_lines,
    ".parquet": _parquet,
}
