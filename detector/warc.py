"""WARC and WET archives -> `Page`s, past any damage.

FastWARC reads the records; it stops at the first damaged gzip member, so this module looks for the next one
and starts anew there. Bodies are decoded here, one by one (chunked, gzip, deflate, br, zstd): in FastWARC a body
that is chunked and gzipped ends the archive without a word, and one that is damaged, or not what its header says,
ends it too.
"""

from __future__ import annotations

import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from fastwarc.stream_io import BrotliReader, GzipReader, ZstdReader
from fastwarc.warc import ArchiveIterator, WarcRecordType

from detector.data import Page
from detector.decoding import decode, kind_of
from detector.lines import unpacked

T = TypeVar("T")

# A record's body is read up to here; the rest of it is passed over.
MOST_BYTES = 32_000_000
_MEMBER, _RECORD = b"\x1f\x8b\x08", b"WARC/1."
_SCAN = 1 << 20
_LONGEST_LINE = 64_000
# No length has more.
_DIGITS = 18
# A damaged body is read up to so many bytes before the damage.
_STEP = 1 << 12
# More codings around one body, or more chunks in it, are an attack.
_MOST_CODINGS = 4
_MOST_CHUNKS = 100_000
_ZLIB_HEADER = b"\x78\x9c"
_CHUNK = re.compile(rb"(?:\r?\n)?([0-9a-fA-F]{1,16})[ \t]{0,99}(?:;[^\r\n]{0,999})?\r?\n")
_HTML_TYPES = ("", "text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")
_XML_TYPE = re.compile(r"\s*(?:application|text)/xml\b", re.IGNORECASE)
# Texts that sites have for programs.
_FOR_PROGRAMS = frozenset(
    f"{folder}/{name}.txt"
    for folder in ("", "/.well-known")
    for name in ("robots", "ads", "app-ads", "sellers", "humans", "security", "llms", "llms-full")
)
_HEAD = 4_096
_PAGES = (WarcRecordType.response, WarcRecordType.resource, WarcRecordType.conversion)


def read_warc(path: Path, skipped: Counter[str]) -> Iterator[Page]:
    """The archive's pages, in order. A damaged stretch is one page with an error; what is no page
    (revisits, images, redirects, errors of the server) is counted in `skipped`. Raises OSError when the
    file cannot be opened."""
    yield from _read(path, partial(_page, skipped=skipped))


def xml_of_warc(path: Path) -> Iterator[tuple[str, bytes] | Page]:
    """Address and body, as it was sent, of all that an archive has under the name of XML or of an address that ends in
    `.xml` or `.xml.gz`; of a damaged stretch a page with an error. Raises OSError when the file cannot be opened."""
    yield from _read(path, _xml)


def _read(path: Path, take: Callable[[Any, Path, int], T | None]) -> Iterator[T | Page]:
    """What `take` makes of the records (record, path, offset), but for None; of a damaged stretch a page with an
    error."""
    with path.open("rb") as file:
        start = file.read(len(_RECORD))
        if not start:
            return
        compressed = start.startswith(_MEMBER)
        if not compressed and not start.startswith(_RECORD):
            yield _broken(path, 0, "not a WARC file")
            return
        position = 0
        # A row waits until its record is known to be whole, that of a damaged stretch until its end is found.
        row: T | Page | None = None
        while position >= 0:
            file.seek(position)
            last = position
            try:
                for record in _records(file):
                    if row is not None:
                        yield row
                    row, last = None, record.stream_pos
                    row = take(record, path, last)
                position, error = -1, _wrong_end(file, last, compressed)
            except (OSError, ValueError, EOFError, RuntimeError, zlib.error) as raised:
                position = _next_start(file, last + 1, _MEMBER if compressed else _RECORD)
                said = f"({str(raised)[:100]})"
                error = f"record cannot be decoded {said}"
                if position < 0:
                    error = _wrong_end(file, last, compressed) or f"the archive is cut off or damaged {said}"
            if error:
                if row is not None and not _is_broken(row):
                    yield row
                row = _broken(path, last, error)
        if row is not None:
            yield row


def _is_broken(row: object) -> bool:
    return isinstance(row, Page) and bool(row.error)


def _xml(record: Any, path: Path, offset: int) -> tuple[str, bytes] | None:
    kind, http = record.record_type, record.http_headers
    if kind not in (WarcRecordType.response, WarcRecordType.resource):
        return None
    if kind == WarcRecordType.response and (
        http is None or http.status_code is None or _no_page(int(http.status_code))
    ):
        return None
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
    content_type = (http if kind == WarcRecordType.response else record.headers).get("Content-Type") or ""
    named = url.partition("?")[0].lower().removesuffix(".gz").endswith(".xml")
    if not named and not _XML_TYPE.match(content_type):
        return None
    body = record.reader.read(MOST_BYTES)
    return url, body if http is None else _decoded(body, http)


def _records(file: BinaryIO) -> Iterator[Any]:
    return iter(ArchiveIterator(file, record_types=WarcRecordType.any_type, parse_http=True, auto_decode="none"))


def _wrong_end(file: BinaryIO, last: int, compressed: bool) -> str:
    """What is wrong with how an archive ends, from its last record on; "" when all that begins there is whole. FastWARC
    passes over much that is cut off."""
    file.seek(last)
    if compressed and file.read(len(_MEMBER)) != _MEMBER:
        # A file that was packed as a whole, not record by record: nobody knows where its last member begins.
        last = 0
    file.seek(last)
    try:
        return "the archive is cut off" if _is_cut(unpacked(file)) else ""
    except EOFError:
        return "the archive is cut off"
    except (OSError, zlib.error):
        return "the archive is cut off or damaged"


def _is_cut(records: BinaryIO) -> bool:
    """Whether the last of the records promises more than is there, or has no whole head. Raises what unpacking does."""
    while start := records.readline(_LONGEST_LINE):
        if not start.strip():
            continue
        if not start.startswith(_RECORD[: len(start)]):
            return False
        length = b"0"
        while (line := records.readline(_LONGEST_LINE)).strip():
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = value.strip()
        left = int(length[:_DIGITS]) if length.isdigit() else 0
        while left and (part := records.read(min(left, _SCAN))):
            left -= len(part)
        if left or not line:
            return True
    return False


def _page(record: Any, path: Path, offset: int, skipped: Counter[str]) -> Page | None:
    kind = record.record_type
    if kind not in _PAGES:
        skipped[f"{record.headers.get('WARC-Type', 'other')} records"] += 1
        return None
    url = record.headers.get("WARC-Target-URI") or f"{path.name}#{offset}"
    url = url.strip("<>")
    content_type = record.headers.get("Content-Type") or ""
    if kind == WarcRecordType.response:
        http = record.http_headers
        if http is None or http.status_code is None:
            return Page(url=url, input=str(path), offset=offset, error="record without an HTTP head")
        if reason := _no_page(int(http.status_code)):
            skipped[reason] += 1
            return None
        content_type = http.get("Content-Type") or ""
    if content_type.partition(";")[0].strip().lower() not in _HTML_TYPES:
        skipped["not HTML"] += 1
        return None
    if kind != WarcRecordType.conversion and _path_of(url) in _FOR_PROGRAMS:
        skipped["files for programs (robots.txt and the like)"] += 1
        return None
    promised = min(record.content_length, MOST_BYTES)
    body = record.reader.read(MOST_BYTES)
    note = "the archive is cut off in this page, of which only the beginning was judged" if len(body) < promised else ""
    if note and not body:
        return Page(url=url, input=str(path), offset=offset, error="the archive is cut off in this page")
    if kind == WarcRecordType.response:
        body = _decoded(body, record.http_headers)
    if _XML_TYPE.match(content_type) and kind_of(body[:_HEAD]):
        skipped["sitemaps and feeds"] += 1
        return None
    place: dict[str, Any] = {"fetched_at": record.headers.get("WARC-Date"), "content_type": content_type}
    place |= {"input": str(path), "offset": offset, "note": note, "partly": bool(note)}
    if kind == WarcRecordType.conversion or content_type.startswith("text/plain"):
        return Page(url, text=decode(body, content_type).text, **place)
    return Page(url, html=body, **place)


def _path_of(url: str) -> str:
    rest = url.partition("://")[2].partition("?")[0].partition("#")[0]
    return "/" + rest.partition("/")[2]


def _decoded(body: bytes, http: Any) -> bytes:
    """The body without its codings, the one put on last taken off first. A body without the coding that its
    header names stays as it is; one that is cut off or damaged is read as far as it goes."""
    headers = (http.get(name) or "" for name in ("Content-Encoding", "Transfer-Encoding"))
    codings = [coding.strip().lower() for coding in ",".join(headers).split(",")]
    for coding in codings[: -_MOST_CODINGS - 1 : -1]:
        if coding == "chunked":
            body = _joined(body)
        elif unpack := _UNPACKERS.get(coding):
            body = unpack(body) or body
    return body


def _joined(body: bytes) -> bytes:
    """The chunks of a chunked body; from where no chunk begins, it is plain."""
    parts: list[bytes] = []
    position = 0
    while len(parts) < _MOST_CHUNKS and (chunk := _CHUNK.match(body, position)):
        position = chunk.end() + int(chunk.group(1), 16)
        if position == chunk.end():
            return b"".join(parts)
        parts.append(body[chunk.end() : position])
    return b"".join([*parts, body[position:]])


def _unpacked(body: bytes, reader: Callable[[BinaryIO], Any]) -> bytes:
    packed = reader(io.BytesIO(body))
    unpacked = bytearray()
    with suppress(OSError):
        while len(unpacked) < MOST_BYTES and (part := packed.read(_STEP)):
            unpacked += part
    return bytes(unpacked)


def _inflated(body: bytes) -> bytes:
    """What is called deflate should have a zlib header. Some servers leave it out: then it gets one."""
    reader = partial(GzipReader, zlib=True)
    return _unpacked(body, reader) or _unpacked(_ZLIB_HEADER + body, reader)


_UNPACKERS: dict[str, Callable[[bytes], bytes]] = {
    **dict.fromkeys(("gzip", "x-gzip"), partial(_unpacked, reader=GzipReader)),
    "deflate": _inflated,
    "br": partial(_unpacked, reader=BrotliReader),
    "zstd": partial(_unpacked, reader=ZstdReader),
}


def _no_page(status: int) -> str:
    if 300 <= status < 400:
        return "redirects"
    return "" if 200 <= status < 300 else "server errors and missing pages"


def _next_start(file: BinaryIO, position: int, mark: bytes) -> int:
    """Where the next record may begin, -1 when nowhere."""
    file.seek(position)
    before = b""
    while chunk := file.read(_SCAN):
        window = before + chunk
        if (found := window.find(mark)) >= 0:
            return file.tell() - len(window) + found
        before = window[1 - len(mark) :]
    return -1


def _broken(path: Path, offset: int, error: str) -> Page:
    return Page(url=f"{path.name}#{offset}", input=str(path), offset=offset, error=error)
