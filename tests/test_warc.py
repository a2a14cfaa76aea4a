import gzip
import random
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.data import Page
from detector.warc import read_warc

HTML = "<p>größer als gedacht</p>".encode()


def record(kind: str, payload: bytes, content_type: str = "application/http; msgtype=response") -> bytes:
    return (
        (
            f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://a.example/{kind}\r\n"
            "WARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(payload)}\r\n\r\n"
        ).encode()
        + payload
        + b"\r\n\r\n"
    )


def response(
    body: bytes, *headers: str, status: str = "200 OK", content_type: str = "text/html; charset=utf-8"
) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers, f"Content-Length: {len(body)}"]
    return record("response", "\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def read(path: Path, data: bytes) -> tuple[list[Page], Counter[str]]:
    path.write_bytes(data)
    skipped: Counter[str] = Counter()
    return list(read_warc(path, skipped)), skipped


CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(HTML), HTML)
# Made with the reference encoders; Python 3.11 has none of its own.
BROTLI = bytes.fromhex("0b0d803c703e6772c3b6c39f657220616c7320676564616368743c2f703e03")
ZSTD = bytes.fromhex("28b52ffd201bd900003c703e6772c3b6c39f657220616c7320676564616368743c2f703e")


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (HTML, "X-Nothing: 1"),
        (CHUNKED, "Transfer-Encoding: chunked"),
        (HTML, "Transfer-Encoding: chunked"),
        (b"5;name=value\r\n%s\r\n%X\r\n%s" % (HTML[:5], len(HTML) - 5, HTML[5:]), "Transfer-Encoding: Chunked"),
        (gzip.compress(HTML), "Content-Encoding: gzip"),
        (HTML, "Content-Encoding: gzip"),
        (zlib.compress(HTML), "Content-Encoding: deflate"),
        (zlib.compress(HTML)[2:-4], "Content-Encoding: deflate"),
        (HTML, "Content-Encoding: deflate"),
        (gzip.compress(gzip.compress(HTML)), "Content-Encoding: gzip, x-gzip"),
        (gzip.compress(BROTLI), "Content-Encoding: br, gzip"),
        (BROTLI, "Content-Encoding: identity, br"),
        (BROTLI, "Content-Encoding: br"),
        (ZSTD, "Content-Encoding: zstd"),
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_bodies_are_decoded(tmp_path: Path, body: bytes, header: str, packed: bool) -> None:
    data = response(body, header)
    (page,), _ = read(tmp_path / "a.warc", gzip.compress(data) if packed else data)
    assert (page.html, page.error) == (HTML, "")
    assert page.url == "https://a.example/response"
    assert page.fetched_at == "2026-01-01T00:00:00Z"
    assert page.content_type == "text/html; charset=utf-8"


def test_records_behind_a_chunked_and_packed_body_are_read(tmp_path: Path) -> None:
    packed = gzip.compress(HTML)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    both = response(chunked, "Content-Encoding: gzip", "Transfer-Encoding: chunked")
    pages, _ = read(tmp_path / "a.warc.gz", gzip.compress(both) + gzip.compress(response(HTML)))
    assert [page.html for page in pages] == [HTML, HTML]


NOISE = b"<p>" + random.Random(1).randbytes(20_000).hex().encode()


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (gzip.compress(NOISE)[:15_000], "Content-Encoding: gzip"),
        (zlib.compress(NOISE)[:15_000], "Content-Encoding: deflate"),
        (zlib.compress(NOISE)[2:15_000], "Content-Encoding: deflate"),
        (b"%x\r\n%s" % (len(NOISE), NOISE[:15_000]), "Transfer-Encoding: chunked"),
    ],
)
def test_a_body_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, body: bytes, header: str) -> None:
    (page,), _ = read(tmp_path / "a.warc", response(body, header))
    assert isinstance(page.html, bytes)
    assert len(page.html) > 10_000
    assert NOISE.startswith(page.html)


def test_a_brotli_body_that_is_cut_off_keeps_its_page(tmp_path: Path) -> None:
    cut = response(BROTLI[:-8], "Content-Encoding: br")
    pages, _ = read(tmp_path / "a.warc.gz", gzip.compress(cut) + gzip.compress(response(HTML)))
    assert [bool(page.html) for page in pages] == [True, True]


@pytest.mark.parametrize("body", [b"1\r\na\r\n" * 1_000_000, b"1" + b" " * 10_000_000, b"1;" + b"x" * 10_000_000])
def test_millions_of_chunks_are_not_joined(tmp_path: Path, body: bytes) -> None:
    start = time.process_time()
    pages, _ = read(tmp_path / "a.warc", response(body, "Transfer-Encoding: chunked"))
    assert [bool(page.html) for page in pages] == [True]
    assert time.process_time() - start < 3


def test_offsets_are_places_in_the_file(tmp_path: Path) -> None:
    fake = response(HTML, "Transfer-Encoding: chunked")
    damage = b"\x1f\x8b\x08\0" + b"\xff" * 300
    parts = [gzip.compress(fake), damage, gzip.compress(fake), gzip.compress(response(HTML))]
    starts = [sum(map(len, parts[:number])) for number in range(len(parts))]
    pages, _ = read(tmp_path / "a.warc.gz", b"".join(parts))
    assert [page.offset for page in pages if not page.error] == [starts[0], *starts[2:]]
    assert not any("cut off" in page.error for page in pages)


@pytest.mark.parametrize("packed", [True, False])
def test_a_body_that_is_not_chunked_harms_no_other_record(tmp_path: Path, packed: bool) -> None:
    parts = [response(HTML), response(HTML, "Transfer-Encoding: chunked"), response(HTML)]
    parts = [gzip.compress(part) for part in parts] if packed else parts
    pages, _ = read(tmp_path / "a.warc", b"".join(parts))
    assert [(page.html, page.error) for page in pages] == [(HTML, "")] * 3
    assert [page.offset for page in pages] == [0, len(parts[0]), len(parts[0]) + len(parts[1])]


def test_each_page_keeps_its_offset(tmp_path: Path) -> None:
    members = [gzip.compress(response(HTML)), gzip.compress(record("revisit", b"")), gzip.compress(response(HTML))]
    pages, skipped = read(tmp_path / "a.warc.gz", b"".join(members))
    assert [page.offset for page in pages] == [0, len(members[0]) + len(members[1])]
    assert skipped == {"revisit records": 1}


@pytest.mark.parametrize(
    ("data", "counted"),
    [
        (record("request", b"GET / HTTP/1.1\r\n\r\n"), "request records"),
        (record("metadata", b"x: y", "application/warc-fields"), "metadata records"),
        (response(b"", status="302 Found"), "redirects"),
        (response(HTML, status="404 Not Found"), "server errors and missing pages"),
        (response(b"\x89PNG", content_type="image/png"), "not HTML"),
        (response(b"<?xml version='1.0'?><urlset><url>", content_type="application/xml"), "sitemaps and feeds"),
        (response(b"<!-- a --><rss version='2.0'>", content_type="text/xml; charset=utf-8"), "sitemaps and feeds"),
    ],
)
def test_what_is_no_page_is_counted(tmp_path: Path, data: bytes, counted: str) -> None:
    pages, skipped = read(tmp_path / "a.warc.gz", gzip.compress(data))
    assert pages == []
    assert skipped == {counted: 1}


def test_a_page_that_mentions_a_feed_is_a_page(tmp_path: Path) -> None:
    body = b"<!-- <rss > --><html xmlns='http://www.w3.org/1999/xhtml'><body><feed >A fox.</feed></body></html>"
    pages, skipped = read(tmp_path / "a.warc", response(body, content_type="application/xml"))
    assert [page.html for page in pages] == [body]
    assert not skipped


def test_wet_records_are_text(tmp_path: Path) -> None:
    data = record("conversion", b"Erste Zeile\nZweite Zeile", "text/plain")
    (page,), _ = read(tmp_path / "a.wet.gz", gzip.compress(data))
    assert (page.text, page.html) == ("Erste Zeile\nZweite Zeile", None)


@pytest.mark.parametrize(
    "damage", [b"\x1f\x8b\x08\0" + b"\xff" * 300, gzip.compress(response(HTML))[:-50], b"garbage" * 50]
)
def test_reading_goes_on_behind_damage(tmp_path: Path, damage: bytes) -> None:
    good = gzip.compress(response(HTML))
    pages, _ = read(tmp_path / "a.warc.gz", good + damage + good + good)
    assert [page.html for page in pages if not page.error] == [HTML] * 3
    assert any(page.error for page in pages)


def test_truncated_tail_is_said(tmp_path: Path) -> None:
    good = gzip.compress(response(HTML))
    pages, _ = read(tmp_path / "a.warc.gz", good + good[: len(good) // 2])
    assert (pages[0].html, pages[0].error) == (HTML, "")
    assert "cut off" in pages[-1].error
    pages, _ = read(tmp_path / "a.warc", response(HTML) + response(HTML)[:-20])
    assert any("cut off" in page.error for page in pages)


@pytest.mark.parametrize("packed", [True, False])
def test_the_page_in_which_an_archive_is_cut_off_says_so(tmp_path: Path, packed: bool) -> None:
    whole, last = response(HTML), response(HTML + b"<p>" + random.Random(1).randbytes(400).hex().encode())
    data = gzip.compress(whole) + gzip.compress(last)[:-150] if packed else whole + last[:-150]
    pages, _ = read(tmp_path / ("a.warc.gz" if packed else "a.warc"), data)
    assert [page.note for page in pages if page.html == HTML] == [""]
    (cut,) = [page for page in pages if page.html and page.html != HTML]
    assert cut.note == "the archive is cut off in this page, of which only the beginning was judged"
    assert "cut off" in pages[-1].error


REQUEST = record("request", b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
PACKINGS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "not": lambda records: records,
    "record by record": lambda records: [gzip.compress(part) for part in records],
    "as a whole": lambda records: [gzip.compress(b"".join(records))],
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_an_archive_that_is_cut_anywhere_has_one_row_that_says_so(tmp_path: Path, packing: str) -> None:
    parts = PACKINGS[packing]([REQUEST, response(HTML), response(HTML), REQUEST])
    ends = {sum(map(len, parts[:number])) for number in range(1, len(parts) + 1)}
    # What is between the records may be missing.
    whole = ends | ({end - gap for end in ends for gap in range(1, 5)} if packing == "not" else set())
    data = b"".join(parts)
    for cut in range(8, len(data) + 1):
        pages, _ = read(tmp_path / "a.warc", data[:cut])
        errors = [page.error for page in pages if page.error]
        assert len(errors) == (cut not in whole), cut
        assert all(error.startswith("the archive is cut off") for error in errors)


def test_an_archive_that_was_cut_off_and_packed_then_says_so(tmp_path: Path) -> None:
    cut = response(HTML)[:-30]
    for data in (gzip.compress(REQUEST + cut), gzip.compress(REQUEST) + gzip.compress(cut)):
        pages, _ = read(tmp_path / "a.warc.gz", data)
        assert [page.error for page in pages if page.error] == ["the archive is cut off"]


def test_a_damaged_stretch_is_one_row(tmp_path: Path) -> None:
    good, damage = gzip.compress(response(HTML)), b"\x1f\x8b\x08\0" + b"\xff" * 300
    pages, _ = read(tmp_path / "a.warc.gz", good + damage * 3 + good)
    assert [page.error[:24] for page in pages] == ["", "record cannot be decoded", ""]


def test_files_for_programs_are_no_pages(tmp_path: Path) -> None:
    page = response(b"Some words about robots.", content_type="text/plain")
    data = b"".join(
        page.replace(b"https://a.example/response", address)
        for address in (
            b"https://a.example/robots.txt",
            b"https://a.example/robots.txt?x=1",
            b"http://a.example/.well-known/security.txt",
            b"https://a.example/notes/robots.txt",
            b"https://a.example/robots",
        )
    )
    pages, skipped = read(tmp_path / "a.warc", data)
    assert [page.url for page in pages] == ["https://a.example/notes/robots.txt", "https://a.example/robots"]
    assert skipped == {"files for programs (robots.txt and the like)": 3}


@pytest.mark.parametrize("members", [1, 2])
def test_an_archive_that_was_packed_as_a_whole(tmp_path: Path, members: int) -> None:
    packed = gzip.compress(response(HTML) * 3) * members
    pages, _ = read(tmp_path / "a.warc.gz", packed)
    assert [(page.html, page.error) for page in pages] == [(HTML, "")] * 3 * members
    pages, _ = read(tmp_path / "a.warc.gz", packed[:-6])
    assert "cut off" in pages[-1].error


@pytest.mark.parametrize(("data", "pages"), [(b"", 0), (b"not an archive" * 9, 1)])
def test_files_that_are_no_archives(tmp_path: Path, data: bytes, pages: int) -> None:
    found, _ = read(tmp_path / "a.warc", data)
    assert len(found) == pages
    assert all(page.error == "not a WARC file" for page in found)
