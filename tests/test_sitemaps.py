from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from detector.data import UsageError
from detector.sitemaps import Sitemap

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
