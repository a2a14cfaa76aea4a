"""Inputs -> `Page`s: folders and files of every kind that crawlers write.

    for page in read_pages("crawl/", "more.jsonl.gz", "archive.warc.gz"): ...

Reading never raises on what is in a file: what cannot be read is a `Page` with `error`, and reading goes on.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from detector.data import Page, UsageError
from detector.decoding import decode
from detector.lines import lines_of, unpacked
from detector.markdown import front_matter, title_of, without_marks
from detector.warc import read_warc

# A line, a cell or a file is read up to here; what is longer is no page that anybody wrote.
MOST_BYTES = 64_000_000
_FIELDS = ("url", "html", "text", "title", "fetched_at", "content_type")
_TYPES = {"html": (str, bytes)}  # the others are text
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)\s*(\S{4,2000}?)\s*-->")
_ADDRESS_KEYS = ("url", "source", "link", "permalink", "canonical_url")
# What browsers take for HTML (WHATWG MIME Sniffing), and XHTML.
_HTML_START = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)[\s>]|<!--"
    rb"|<(?:head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta)[\s>]",
    re.IGNORECASE,
)
# Put behind a table's last row; if it comes out as the end of a cell, that cell's quote is still open.
_END = "\0"


class _ExtraMissing(Exception):
    """A file needs a library that is not installed; the text says which, and how to install it."""


def read_pages(
    *inputs: str | Path, skipped: Counter[str] | None = None, stdin: BinaryIO | None = None
) -> Iterator[Page]:
    """The pages of all inputs, in order: folders (recursive, by name), files, or "-" for JSON Lines on `stdin`,
    packed or not. `skipped` counts what is no page: records of archives, files in folders. A page without an address
    gets its path, relative to the folder given, and in files of many pages "#" and its line, row or byte. Raises
    UsageError for a file given, but not for one in a folder, that needs an extra which is not installed."""
    counts = skipped if skipped is not None else Counter()
    for given in inputs:
        if str(given) == "-":
            reader = partial(_json_lines_stream, stdin or sys.stdin.buffer)
            yield from _read_file(reader, Path("-"), "-", counts)
            continue
        path = Path(given)
        if not _exists(path):
            yield Page(url=str(given), input=str(given), error="no such file or folder")
        elif path.is_dir():
            for file in _files(path):
                found, name = _reader_of(file), file.relative_to(path).as_posix()
                if not found:
                    counts["files of other kinds"] += 1
                    continue
                try:
                    yield from _read_file(found, file, name, counts)
                except _ExtraMissing as error:  # one file of many stops no run
                    yield Page(url=name, input=str(file), error=str(error))
        elif found := _reader_of(path):
            try:
                yield from _read_file(found, path, path.name, counts)
            except _ExtraMissing as error:
                raise UsageError(f"{path}: {error}") from None
        else:
            kind = path.suffix or "no suffix"
            yield Page(url=path.name, input=str(path), error=f"not a file this program reads ({kind})")


def _exists(path: Path) -> bool:
    """Whether there is something at the path; a name that no file can have names nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _files(folder: Path) -> Iterator[Path]:
    """Files below a folder, by name, without hidden ones and what links to folders."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _read_file(reader: Reader, path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    try:
        yield from reader(path, name, skipped)
    except (OSError, EOFError, zlib.error) as error:
        yield Page(url=name, input=str(path), error=f"cannot be read ({getattr(error, 'strerror', None) or error})")


def _open(path: Path) -> BinaryIO:
    return unpacked(path.open("rb"))


# -- one page a file ----------------------------------------------------------------------------------


def _html_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    with _open(path) as file:
        data = file.read(MOST_BYTES)
    saved = _SAVED_FROM.search(data[:4_096])
    url = saved.group(1).decode("utf-8", "replace") if saved else name
    yield Page(url=url, html=data, input=str(path))


def _text_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    with _open(path) as file:
        values, text = front_matter(decode(file.read(MOST_BYTES)).text)
    yield Page(
        url=next((values[key] for key in _ADDRESS_KEYS if values.get(key)), name),
        text=text,
        title=values.get("title"),
        fetched_at=values.get("date"),
        input=str(path),
    )


def _markdown_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    for page in _text_file(path, name, skipped):
        text = page.text or ""
        yield replace(page, title=page.title or title_of(text), text=without_marks(text))


# -- many pages a file --------------------------------------------------------------------------------


def _json_lines_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    with path.open("rb") as file:
        yield from _json_lines_stream(file, path, name, skipped)


def _json_lines_stream(file: BinaryIO, path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    yield from _json_lines(unpacked(file), name, str(path))


def _json_lines(file: BinaryIO, name: str, source: str) -> Iterator[Page]:
    for number, line, error in lines_of(file, MOST_BYTES):
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
    return _page_of(values, name, source, number, "line")


def _text_of(line: bytes) -> str:
    """JSON is UTF-8; a line that is not gets its charset by its text, as files of text do."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return decode(line).text


def _page_of(values: dict[str, Any], name: str, source: str, number: int, what: str) -> Page:
    """A page of named values; those that are no fields of a page are kept in `extra`."""
    fields = {key: values[key] for key in _FIELDS if values.get(key) is not None}
    wrong = next((key for key, value in fields.items() if not isinstance(value, _TYPES.get(key, str))), None)
    if wrong:
        return Page(url=name, input=source, offset=number, error=f"{what} {number}: {wrong} is not a text")
    extra = {key: value for key, value in values.items() if key not in _FIELDS}
    fields["url"] = fields.get("url") or name
    return Page(**fields, extra=extra, input=source, offset=number)


def _csv_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    with _open(path) as file:
        sample = file.read(200_000)
    charset = decode(sample).charset if sample else "utf-8"
    number = 1
    with _open(path) as file, io.TextIOWrapper(file, encoding=charset, errors="replace", newline="") as text:
        try:
            for number, row in enumerate(_csv_rows(text), start=2):
                yield _page_of(row, f"{name}#{number}", str(path), number, "row")
        except csv.Error as error:
            yield Page(
                url=name,
                input=str(path),
                error=f"not CSV after row {number}: {error}" if number > 1 else f"not CSV of pages: {error}",
            )


def _csv_rows(text: io.TextIOWrapper) -> Iterator[dict[str, Any]]:
    """Named values that are not empty. Raises csv.Error where the file is no table of pages."""
    lines = _bounded_lines(text)
    # A BOM is no part of the first name.
    first = next(lines, "").removeprefix("\ufeff")
    if not first.strip():
        return
    csv.field_size_limit(max(csv.field_size_limit(), MOST_BYTES))
    rows = csv.reader(chain([first], lines, [_END]), delimiter=max(",;\t|", key=first.count))
    names = [_column(name) for name in next(rows)]
    if not {"html", "text"} & set(names):
        raise csv.Error(f"no column is called html or text, there are: {', '.join(names)[:100]}")
    for cells in filter(None, rows):
        if cells[-1].endswith(_END):
            if cells != [_END]:
                raise csv.Error("a quote is never closed")
            return
        yield {key: value for key, value in zip(names, cells, strict=False) if key and value}


def _column(name: str) -> str:
    """A column's name; fields of a page in any case."""
    plain = name.strip().lower()
    return plain if plain in _FIELDS else name


def _bounded_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The file's lines without NULs, which would end a cell. Raises csv.Error for a line of MOST_BYTES characters:
    what it is part of is no page, and reading on would fill the memory."""
    while line := text.readline(MOST_BYTES):
        if len(line) == MOST_BYTES:
            raise csv.Error(f"a line of over {MOST_BYTES} characters")
        yield line.replace("\0", "")


def _parquet_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise _ExtraMissing("needs pyarrow: pip install pyarrow") from None
    try:
        with parquet.ParquetFile(path) as table:
            if not {"html", "text"} & set(table.schema_arrow.names):
                yield Page(url=name, input=str(path), error="no column is called html or text")
                return
            number = 0
            for batch in table.iter_batches(batch_size=256):
                for values in batch.to_pylist():
                    number += 1
                    if values.get("fetched_at") is not None:
                        values["fetched_at"] = str(values["fetched_at"])
                    yield _page_of(values, f"{name}#{number}", str(path), number, "row")
    except (ArrowException, UnicodeDecodeError) as error:
        yield Page(url=name, input=str(path), error=f"not Parquet, or damaged ({str(error)[:100]})")


def _warc_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    yield from read_warc(path, skipped)


Reader = Callable[[Path, str, Counter[str]], Iterator[Page]]
_READERS: dict[str, Reader] = {
    **dict.fromkeys((".html", ".htm", ".xhtml"), _html_file),
    ".txt": _text_file,
    ".md": _markdown_file,
    ".jsonl": _json_lines_file,
    ".csv": _csv_file,
    ".parquet": _parquet_file,
    **dict.fromkeys((".warc", ".wet"), _warc_file),
}


def _reader_of(path: Path) -> Reader | None:
    """The reader for a file's name, with or without `.gz` behind it. A file that is named otherwise is HTML if it
    begins like HTML: mirrors of sites are full of `index.php`, `about` and `page.html?id=2`."""
    named = _READERS.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    return named or (_html_file if _begins_like_html(path) else None)


def _begins_like_html(path: Path) -> bool:
    try:
        if not path.is_file():  # opening a pipe would wait for somebody to write
            return False
        with _open(path) as file:
            # NULs and the mark in front: UTF-16 looks like ASCII without them.
            head = file.read(1_000).replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf \t\r\n")
    except (OSError, EOFError, zlib.error):
        return False
    return _HTML_START.match(head) is not None
