from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from detector.data import UsageError
from detector.sitemaps import Sitemap
from detector.sources import read_posts

XML = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="x">
<url><loc> https://blog.example/one/ </loc><image:image><image:loc>https://blog.example/i.png</image:loc></image:image></url>
<url><loc>https://blog.example/two?a=1&amp;b=2</loc></url>
</urlset>"""


def sitemap(folder: Path, data: str | bytes, name: str = "sitemap.xml") -> Sitemap:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return Sitemap([path])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("sitemap.xml", XML.encode()),
        ("sitemap.xml", XML.replace("UTF-8", "UTF-16").encode("utf-16")),
        ("sitemap.xml.gz", gzip.compress(XML.encode())),
        ("sitemap.txt", b"\xef\xbb\xbfhttps://blog.example/one\r\n\r\nhttps://blog.example/two?a=1&b=2\r\nnot one\r\n"),
    ],
)
def test_addresses(tmp_path: Path, name: str, data: bytes) -> None:
    found = sitemap(tmp_path, data, name)
    assert len(found) == 2
    assert found.names("http://www.blog.example/one#top")
    assert not found.names("https://blog.example/i.png")
    assert not found.names("one.html")
    assert found.unasked == ["https://blog.example/two?a=1&b=2"]
    assert found.names("https://blog.example/two?a=1&b=2")
    assert found.unasked == []


def test_several_are_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("https://a.example/1\nhttps://a.example/2\n")
    (tmp_path / "b.txt").write_text("https://a.example/2/\nhttps://a.example/3\n")
    assert len(Sitemap([tmp_path / "a.txt", tmp_path / "b.txt"])) == 3


def test_of_a_broken_one_what_can_be_read_counts(tmp_path: Path) -> None:
    found = sitemap(tmp_path, XML.split("<url><loc>https://blog.example/two")[0] + "<url><loc>https://blog.example/cut")
    assert len(found) == 1
    assert "broken" in found.notes[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (XML.replace("urlset", "sitemapindex").replace("<url>", "<sitemap>").replace("</url>", "</sitemap>"), "one/"),
        ('<!DOCTYPE u [<!ENTITY a "b">]>' + XML.partition("?>")[2], "declares entities"),
        ("<urlset></urlset>", "names no page"),
        ("", "no sitemap"),
        ("\x1f\x8b\x08broken", "cannot be read"),
    ],
)
def test_what_is_no_sitemap(tmp_path: Path, data: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        sitemap(tmp_path, data.encode("latin-1"))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Sitemap([tmp_path / "none.xml"])


def archived(url: str, body: bytes, content_type: str = "application/xml", status: str = "200 OK") -> bytes:
    payload = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n\r\n".encode() + body
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + payload + b"\r\n\r\n")


PAGE = archived("https://blog.example/one", b"<p>A post.</p>", "text/html")
INDEX = XML.replace("urlset", "sitemapindex").encode()


def test_those_of_an_archive(tmp_path: Path) -> None:
    """With its pages stand sitemaps, packed or not, an index of them, feeds, and what is gone."""
    more = XML.replace("/two?a=1&amp;b=2", "/three")
    records = (
        PAGE,
        archived("https://blog.example/sitemap.xml", INDEX),
        archived("https://blog.example/posts.xml", XML.encode(), "text/xml; charset=utf-8"),
        archived("https://blog.example/more.xml.gz", gzip.compress(more.encode()), "application/octet-stream"),
        archived("https://blog.example/feed.xml", b"<rss><channel><item><loc>https://blog.example/no</loc></item>"),
        archived("https://blog.example/old.xml", XML.replace("/one", "/gone").encode(), status="404 Not Found"),
    )
    found = sitemap(tmp_path, b"".join(records), "blog.warc.gz")
    assert found.unasked == [f"https://blog.example/{name}" for name in ("one/", "two?a=1&b=2", "three")]
    assert found.notes == []
    pages = list(read_posts(tmp_path / "blog.warc.gz", sitemap=found))
    assert [page.url for page in pages] == ["https://blog.example/one"]


def test_sitemaps_of_an_archive_speak_for_its_own_hosts(tmp_path: Path) -> None:
    own = XML.replace("blog.example/two", "www.blog.example/two")
    other = XML.replace("https://blog.example/one/", "https://elsewhere.example/").replace("/two", "/three")
    records = [archived(f"https://blog.example/{n}.xml", text.encode()) for n, text in enumerate((own, other))]
    found = sitemap(tmp_path, PAGE + b"".join(records), "blog.warc.gz")
    assert found.unasked == [
        "https://blog.example/one/",
        "https://www.blog.example/two?a=1&b=2",
        "https://blog.example/three?a=1&b=2",
    ]


def test_sitemaps_of_an_archive_have_a_limit_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [XML.replace("/one/", f"/one-{n}/").replace("/two", f"/two-{n}") for n in range(6)]
    monkeypatch.setattr("detector.sitemaps.MOST_BYTES", 2 * len(parts[0]) + 10)
    records = [archived(f"https://blog.example/{n}.xml", text.encode()) for n, text in enumerate(parts)]
    found = sitemap(tmp_path, PAGE + b"".join(records), "blog.warc.gz")
    assert len(found) == 4
    assert "bytes of XML in all" in found.notes[0]


def test_what_is_damaged_in_an_archive_is_told(tmp_path: Path) -> None:
    cut = archived("https://blog.example/cut.xml", XML.encode()[:-9])
    found = sitemap(tmp_path, PAGE + cut + cut[: len(cut) // 2], "blog.warc.gz")
    assert len(found) == 2
    assert "cut.xml" in found.notes[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (PAGE, "no sitemap"),
        (PAGE + archived("https://blog.example/sitemap.xml", INDEX), "only indexes of sitemaps"),
        (b"not an archive", "not a WARC file"),
    ],
)
def test_an_archive_without_any(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        sitemap(tmp_path, data, "blog.warc.gz")
