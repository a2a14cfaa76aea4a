"""Files with a page a line or row, JSON Lines, CSV and Parquet -> `Page`s."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from detector.data import Page
from detector.decoding import decode
from detector.lines import lines_of, open_unpacked, unpacked
from detector.rows import REPORT_TABLES, counted, one_line

# A line or a cell is read up to here; what is longer is no page that anybody wrote.
MOST_BYTES = 64_000_000
# The columns, or keys, that a page is made of.
FIELDS = ("url", "html", "text", "title", "fetched_at", "content_type")
_TYPES = {"html": (str, bytes)}  # the others are text
# Put behind a table's last row; if it comes out as the end of a cell, that cell's quote is still open.
_END = "\0"
_REPORT_LINE = b'{"rank": 1, "url": '


class OwnReport(Exception):
    """A file is a report of this program, not pages."""


class ExtraMissing(Exception):
    """A file needs a library that is not installed; the text says which, and how to install it."""


def json_lines_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    with path.open("rb") as file:
        yield from json_lines_stream(file, path, name, skipped)


def json_lines_stream(file: BinaryIO, path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    yield from _json_lines(unpacked(file), name, str(path))


def _json_lines(file: BinaryIO, name: str, source: str) -> Iterator[Page]:
    for number, line, error in lines_of(file, MOST_BYTES):
        if number == 1 and line.startswith(_REPORT_LINE) and b', "boilerplate_share": ' in line:
            raise OwnReport
        if error:
            yield Page(url=f"{name}#{number}", input=source, offset=number, error=f"line {number}: {error}")
        else:
            yield _json_page(line, f"{name}#{number}", source, number)


def _json_page(line: bytes, name: str, source: str, number: int) -> Page:
    try:
        values = json.loads(_text_of(line))
    except (ValueError, RecursionError) as error:
        return Page(url=name, input=source, offset=number, error=f"line {number}: not JSON ({str(error)[:80]})")
    if not isinstance(values, dict):
        return Page(url=name, input=source, offset=number, error=f"line {number}: not a JSON object")
    page = _page_of(values, name, source, number, f"line {number}: ")
    if page.extra and not {"html", "text"} & values.keys():
        there = one_line(", ".join(values))[:100]
        return replace(page, note=f"line {number}: text is read from the keys html and text, there are: {there}")
    return page


def _text_of(line: bytes) -> str:
    """JSON is UTF-8; a line that is not gets its charset by its text, as files of text do."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return decode(line).text


def typed_page(values: dict[str, Any], name: str, source: str = "", number: int | None = None, where: str = "") -> Page:
    """A page of named values of a table whose columns have types: `fetched_at` may be a time, and `html` any bytes.
    None is a value that is missing. One of another type than a page may have is the page's `error`, after `where`."""
    changed: dict[str, Any] = {}
    if values.get("fetched_at") is not None:
        changed["fetched_at"] = str(values["fetched_at"])
    if isinstance(html := values.get("html"), bytearray | memoryview):
        changed["html"] = bytes(html)
    return _page_of(values | changed, name, source, number, where)


def _page_of(values: dict[str, Any], name: str, source: str, number: int | None, where: str) -> Page:
    """A page of named values; those that are no fields of a page are kept in `extra`."""
    fields = {key: values[key] for key in FIELDS if values.get(key) is not None}
    wrong = next((key for key, value in fields.items() if not isinstance(value, _TYPES.get(key, str))), None)
    if wrong:
        return Page(url=name, input=source, offset=number, error=f"{where}{wrong} is not a text")
    extra = {key: value for key, value in values.items() if key not in FIELDS}
    fields["url"] = fields.get("url") or name
    return Page(**fields, extra=extra, input=source, offset=number)


def csv_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    with open_unpacked(path) as file:
        sample = file.read(200_000)
    charset = decode(sample).charset if sample else "utf-8"
    number = 1
    with (
        open_unpacked(path) as file,
        io.TextIOWrapper(file, encoding=charset, errors="replace", newline="") as text,
    ):
        try:
            for number, (row, wrong) in enumerate(_csv_rows(text), start=2):
                note = f"row {number} {wrong}" if wrong else ""
                page = _page_of(row, f"{name}#{number}", str(path), number, f"row {number}: ")
                yield replace(page, note=note, partly=bool(note))
        except csv.Error as error:
            yield Page(
                url=name,
                input=str(path),
                error=f"not CSV after row {number}: {error}" if number > 1 else f"not CSV of pages: {error}",
            )


def _csv_rows(text: io.TextIOWrapper) -> Iterator[tuple[dict[str, Any], str]]:
    """Of every row named values that are not empty, and what of it has no name, in words. Raises csv.Error where the
    file is no table of pages."""
    lines = _bounded_lines(text)
    # A BOM is no part of the first name.
    first = next(lines, "").removeprefix("\ufeff")
    if not first.strip():
        return
    csv.field_size_limit(max(csv.field_size_limit(), MOST_BYTES))
    delimiter = max(",;\t|", key=first.count)
    rows = csv.reader(chain([first], lines, [_END]), delimiter=delimiter)
    names = [_column(name) for name in next(rows)]
    if tuple(names) in REPORT_TABLES:
        raise OwnReport
    if not {"html", "text"} & set(names):
        raise csv.Error(f"no column is called html or text, there are: {one_line(', '.join(names))[:100]}")
    for cells in filter(None, rows):
        if cells[-1].endswith(_END):
            if cells != [_END]:
                raise csv.Error("a quote is never closed")
            return
        wrong = ""
        if any(cells[len(names) :]):
            wrong = (
                f"has {len(cells)} cells for {counted(len(names), 'column')}, and what is in the others is lost:"
                f" is there a text with {delimiter!r} in it that is not in quotes?"
            )
        yield {key: value for key, value in zip(names, cells, strict=False) if key and value}, wrong


def _column(name: str) -> str:
    """A column's name; fields of a page in any case."""
    plain = name.strip().lower()
    return plain if plain in FIELDS else name


def _bounded_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The file's lines without NULs, which would end a cell. Raises csv.Error for a line of MOST_BYTES characters:
    what it is part of is no page, and reading on would fill the memory."""
    while line := text.readline(MOST_BYTES):
        if len(line) == MOST_BYTES:
            raise csv.Error(f"a line of over {MOST_BYTES} characters")
        yield line.replace("\0", "")


# What values raise that Python cannot tell: a time after the year 9999, or in a zone that nobody knows.
_UNTOLD = (ValueError, OverflowError, KeyError)


def _values_of(batch: Any) -> Iterator[dict[str, Any] | Exception]:
    """The rows of a batch; of one with a value that cannot be told what that raises."""
    try:
        rows = batch.to_pylist()
    except _UNTOLD:
        for number in range(batch.num_rows):
            try:
                yield batch.slice(number, 1).to_pylist()[0]
            except _UNTOLD as error:
                yield error
    else:
        yield from rows


def parquet_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise ExtraMissing("needs pyarrow: pip install pyarrow") from None
    try:
        with parquet.ParquetFile(path) as table:
            if tuple(table.schema_arrow.names) in REPORT_TABLES:
                raise OwnReport
            if not {"html", "text"} & set(table.schema_arrow.names):
                yield Page(url=name, input=str(path), error="no column is called html or text")
                return
            number = 0
            for batch in table.iter_batches(batch_size=256):
                for values in _values_of(batch):
                    number += 1
                    place = f"{name}#{number}"
                    if isinstance(values, Exception):
                        said = one_line(str(values))[:100]
                        error = f"row {number}: a value that cannot be read ({said})"
                        yield Page(url=place, input=str(path), offset=number, error=error)
                    else:
                        yield typed_page(values, place, str(path), number, f"row {number}: ")
    except (ArrowException, UnicodeDecodeError) as error:
        yield Page(url=name, input=str(path), error=f"not Parquet, or damaged ({one_line(str(error))[:100]})")
