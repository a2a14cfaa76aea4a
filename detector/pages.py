"""Inputs -> `Page`s: folders and files of every kind that crawlers write.

    for page in read_pages("crawl/", "more.jsonl.gz", "archive.warc.gz"): ...

Reading never raises on what is in a file: what cannot be read is a `Page` with `error`, and reading goes on.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from detector.data import Page, UsageError
from detector.decoding import decode, kind_of
from detector.lines import open_unpacked
from detector.markdown import front_matter, plain, wrong_front_matter
from detector.rows import PAGE_MARK, one_line
from detector.tables import ExtraMissing, OwnReport, csv_file, json_lines_file, json_lines_stream, parquet_file
from detector.warc import read_warc

# A file with one page is read up to here; what is longer is no page that anybody wrote.
MOST_BYTES = 64_000_000
_HEAD = 4_096
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)\s*(\S{4,2000}?)\s*-->")
_ADDRESS_KEYS = ("url", "source", "link", "permalink", "canonical_url")
# What browsers take for HTML (WHATWG MIME Sniffing), and XHTML.
_HTML_START = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)[\s>]|<!--"
    rb"|<(?:head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta)[\s>]",
    re.IGNORECASE,
)


def read_pages(
    *inputs: str | Path, skipped: Counter[str] | None = None, stdin: BinaryIO | None = None
) -> Iterator[Page]:
    """The pages of all inputs, in order: folders (recursive, by name), files, or "-" for JSON Lines on `stdin`,
    packed or not. `skipped` counts what is no page: records of archives, files in folders. A page without an address
    gets its path, relative to the folder given, and in files of many pages "#" and its line, row or byte. Raises
    UsageError for a file given, but not for one in a folder, that needs an extra which is not installed."""
    yield from read_files(inputs, reader_of, skipped if skipped is not None else Counter(), stdin)


def read_files(
    inputs: Iterable[str | Path],
    reader_of: Callable[[Path], Reader | None],
    skipped: Counter[str],
    stdin: BinaryIO | None = None,
) -> Iterator[Page]:
    """As `read_pages`, of the files that `reader_of` has a reader for."""
    for given in inputs:
        if str(given) == "-":
            reader = partial(json_lines_stream, stdin or sys.stdin.buffer)
            yield from _read_file(reader, Path("-"), "-", skipped)
            continue
        path = Path(given)
        if not _exists(path):
            error = "no such file or folder"
            if str(given).startswith(("http://", "https://")):
                error = "is an address, and nothing is fetched here: save the page, and give the file"
            yield Page(url=str(given), input=str(given), error=error)
        elif path.is_dir():
            closed: list[OSError] = []
            for file in files_below(path, closed.append):
                found, name = reader_of(file), file.relative_to(path).as_posix()
                if not found:
                    skipped["sitemaps and feeds" if kind_of(head_of(file)) else "files of other kinds"] += 1
                    continue
                try:
                    yield from _read_file(found, file, name, skipped)
                except ExtraMissing as error:  # one file of many stops no run
                    yield Page(url=name, input=str(file), error=str(error))
                except OwnReport:
                    skipped["reports of this program"] += 1
            for problem in closed:
                place = Path(problem.filename)
                said = f"a folder that cannot be read ({problem.strerror})"
                yield Page(url=place.relative_to(path).as_posix(), input=str(place), error=said)
        elif found := reader_of(path):
            try:
                yield from _read_file(found, path, path.name, skipped)
            except ExtraMissing as error:
                raise UsageError(f"{path}: {error}") from None
            except OwnReport:
                yield Page(url=path.name, input=str(path), error="is a report of this program, no page")
        else:
            yield Page(url=path.name, input=str(path), error=_why_no_pages(path))


def _why_no_pages(path: Path) -> str:
    if path.is_file() and not path.stat().st_size:
        return "an empty file"
    match kind_of(head_of(path)):
        case "feed":
            return "a feed, whose posts are no pages that were crawled; `detector index build` reads feeds"
        case "sitemap":
            return "a sitemap; it is given with `detector index build --sitemap`"
    return f"not a file this program reads ({path.suffix or 'no suffix'})"


def _exists(path: Path) -> bool:
    """Whether there is something at the path; a name that no file can have names nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def files_below(folder: Path, closed: Callable[[OSError], object] | None = None) -> Iterator[Path]:
    """Files below a folder, by name, without hidden ones and what links to folders; `closed` is told of folders that
    cannot be read."""
    for place, folders, names in os.walk(folder, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _read_file(reader: Reader, path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    try:
        if reader in _CONTAINERS and not path.stat().st_size:
            yield Page(url=name, input=str(path), error="an empty file")
            return
        yield from reader(path, name, skipped)
    except (OSError, EOFError, zlib.error) as error:
        said = one_line(getattr(error, "strerror", None) or str(error))
        yield Page(url=name, input=str(path), error=f"cannot be read ({said})")


# -- one page a file ----------------------------------------------------------------------------------


def _html_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    with open_unpacked(path) as file:
        data = file.read(MOST_BYTES)
    if PAGE_MARK in data[:_HEAD]:
        raise OwnReport
    saved = _SAVED_FROM.search(data[:_HEAD])
    url = saved.group(1).decode("utf-8", "replace") if saved else name
    yield Page(url=url, html=data, input=str(path))


def _text_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    yield _text_page(_text_in(path), path, name)


def _markdown_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    given = _text_in(path)
    page = _text_page(given, path, name)
    title, text = plain(page.text or "")
    yield replace(page, title=page.title or title, text=text, note=wrong_front_matter(given))


def _text_in(path: Path) -> str:
    with open_unpacked(path) as file:
        return decode(file.read(MOST_BYTES)).text


def _text_page(given: str, path: Path, name: str) -> Page:
    values, text = front_matter(given)
    author = values.get("author") or values.get("authors")
    return Page(
        url=next((values[key] for key in _ADDRESS_KEYS if values.get(key)), name),
        text=text,
        title=values.get("title") or None,
        fetched_at=values.get("date") or None,
        extra={"author": author} if author else {},
        input=str(path),
    )


def _warc_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    yield from read_warc(path, skipped)


Reader = Callable[[Path, str, Counter[str]], Iterator[Page]]
_READERS: dict[str, Reader] = {
    **dict.fromkeys((".html", ".htm", ".xhtml"), _html_file),
    ".txt": _text_file,
    **dict.fromkeys((".md", ".markdown"), _markdown_file),
    ".jsonl": json_lines_file,
    ".csv": csv_file,
    ".parquet": parquet_file,
    **dict.fromkeys((".warc", ".wet"), _warc_file),
}


# Files of many pages: one without a byte has lost them.
_CONTAINERS = frozenset((json_lines_file, csv_file, parquet_file, _warc_file))


def reader_of(path: Path) -> Reader | None:
    """The reader for a file's name, with or without `.gz` behind it. A file that is named otherwise is HTML if it
    begins like HTML: mirrors of sites are full of `index.php`, `about` and `page.html?id=2`, and of feeds that are
    called `feed/index.html`, for which there is none."""
    named = _READERS.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    if named not in (None, _html_file):
        return named
    head = head_of(path)
    if kind_of(head):
        return None
    return named or (_html_file if _begins_like_html(head) else None)


def _begins_like_html(head: bytes) -> bool:
    # NULs and the mark in front: UTF-16 looks like ASCII without them.
    return _HTML_START.match(head.replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf \t\r\n")) is not None


def head_of(path: Path) -> bytes:
    """How a file begins, nothing of what cannot be read."""
    try:
        if not path.is_file():  # opening a pipe would wait for somebody to write
            return b""
        with open_unpacked(path) as file:
            return file.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return b""
