import csv
import gzip
import io
import json
import os
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from detector.data import Page, UsageError
from detector.document import parse
from detector.pages import read_pages

ROWS = [
    {"url": "https://a.example/1", "html": "<p>one</p>", "title": "One", "depth": 3},
    {"url": "https://a.example/2", "text": "two\nlines", "fetched_at": "2026-01-01", "content_type": "text/plain"},
]
JSONL = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def read(path: Path, data: bytes) -> list[Page]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return list(read_pages(path))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("crawl.jsonl", JSONL),
        ("crawl.jsonl.gz", gzip.compress(JSONL)),
        ("crawl.jsonl.gz", JSONL),
        ("crawl.jsonl", gzip.compress(JSONL)),
        ("crawl.jsonl", b"\xef\xbb\xbf" + JSONL.replace(b"\n", b"\r\n")),
        ("CRAWL.JSONL", JSONL.rstrip()),
    ],
)
def test_json_lines(tmp_path: Path, name: str, data: bytes) -> None:
    first, second = read(tmp_path / name, data)
    assert (first.url, first.html, first.title, dict(first.extra)) == (
        "https://a.example/1",
        "<p>one</p>",
        "One",
        {"depth": 3},
    )
    assert (second.text, second.fetched_at, second.content_type) == ("two\nlines", "2026-01-01", "text/plain")
    assert (first.offset, second.offset, first.input) == (1, 2, str(tmp_path / name))


@pytest.mark.parametrize("data", [JSONL, gzip.compress(JSONL)])
def test_standard_input_is_json_lines(data: bytes) -> None:
    assert [page.url for page in read_pages("-", stdin=io.BytesIO(data))] == [row["url"] for row in ROWS]


def test_standard_input_that_cannot_be_read_is_named() -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            raise IsADirectoryError(21, "Is a directory")

    (page,) = read_pages("-", stdin=io.BufferedReader(Broken()))
    assert (page.url, page.error) == ("-", "cannot be read (Is a directory)")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{broken", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"html": 7}', "html is not a text"),
        (b"[" * 9999, "not JSON"),
    ],
)
def test_a_broken_line_is_named_and_the_others_are_kept(tmp_path: Path, line: bytes, says: str) -> None:
    pages = read(tmp_path / "crawl.jsonl", JSONL + line + b"\n" + JSONL)
    assert [bool(page.error) for page in pages] == [False, False, True, False, False]
    assert says in pages[2].error
    assert "line 3" in pages[2].error
    assert pages[2].url == "crawl.jsonl#3"


@pytest.mark.parametrize(("charset", "text"), [("gbk", "数据库的下一步"), ("shift_jis", "データベースの性能改善")])
def test_json_lines_in_another_charset_are_read(tmp_path: Path, charset: str, text: str) -> None:
    lines = [json.dumps({"url": "https://a.example/1", "text": text}, ensure_ascii=False).encode(charset), JSONL]
    pages = read(tmp_path / "crawl.jsonl", b"\n".join(lines))
    assert [page.text for page in pages] == [text, None, "two\nlines"]


def test_truncated_gzip_keeps_what_is_whole(tmp_path: Path) -> None:
    import random

    noise = random.Random(1).randbytes(40_000).hex().encode()
    data = gzip.compress(JSONL * 5 + b'{"text": "' + noise + b'"}\n')
    pages = read(tmp_path / "crawl.jsonl.gz", data[:-9_000])
    assert [bool(page.error) for page in pages] == [False] * 10 + [True]
    assert "damaged" in pages[-1].error


def rows_as_csv(delimiter: str, charset: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["url", "text", "rank"])
    writer.writerow(["https://a.example/1", "数据库的下一步\n第二行：新的调度器已经在生产环境中运行", "7"])
    return out.getvalue().encode(charset)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_csv_dialects(tmp_path: Path, delimiter: str, charset: str) -> None:
    (page,) = read(tmp_path / "crawl.csv", rows_as_csv(delimiter, charset))
    assert page.url == "https://a.example/1"
    assert page.text is not None
    assert page.text.splitlines() == ["数据库的下一步", "第二行：新的调度器已经在生产环境中运行"]
    assert dict(page.extra) == {"rank": "7"}


def test_csv_without_text_says_what_it_has(tmp_path: Path) -> None:
    (page,) = read(tmp_path / "crawl.csv", b"url,body\nx,y\n")
    assert page.error == "not CSV of pages: no column is called html or text, there are: url, body"


def test_csv_names_fields_in_any_case(tmp_path: Path) -> None:
    (page,) = read(tmp_path / "crawl.csv", b"URL, Html ,Rank\nhttps://a.example/1,<p>x,7\n")
    assert (page.url, page.html, dict(page.extra)) == ("https://a.example/1", "<p>x", {"Rank": "7"})


def test_csv_with_an_open_quote_says_so(tmp_path: Path) -> None:
    rows = b'url,text\na,"fine"\nb,"never closed\nc,swallowed\nd,swallowed too\n'
    good, broken = read(tmp_path / "crawl.csv", rows)
    assert (good.text, broken.error) == ("fine", "not CSV after row 2: a quote is never closed")


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n\n", b"\r\n"])
def test_csv_keeps_quotes_and_rows_of_odd_length(tmp_path: Path, tail: bytes) -> None:
    rows = b'url,text\na,a 5" disk\nb,"two\nlines",over\n\nc' + tail
    assert [page.text for page in read(tmp_path / "crawl.csv", rows)] == ['a 5" disk', "two\nlines", None]


def test_csv_says_which_rows_have_more_cells_than_columns(tmp_path: Path) -> None:
    rows = b"url,text\na,boats\nb,boats, ferries, and bread\nc,boats,,\n"
    wrong = (
        "row 3 has 4 cells for 2 columns, and what is in the others is lost:"
        " is there a text with ',' in it that is not in quotes?"
    )
    pages = read(tmp_path / "crawl.csv", rows)
    assert [(page.text, page.note) for page in pages] == [("boats", ""), ("boats", wrong), ("boats", "")]


def test_a_table_of_one_column_is_said_to_have_one(tmp_path: Path) -> None:
    (page,) = read(tmp_path / "crawl.csv", b"text\nboats, and bread\n")
    assert page.partly and page.note.startswith("row 2 has 2 cells for 1 column, and")


def test_csv_without_line_ends_stops_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.tables.MOST_BYTES", 1_000)
    good, broken = read(tmp_path / "crawl.csv", b"url,text\nx,fine\ny," + b"z" * 5_000 + b"\nw,after\n")
    assert (good.text, broken.error) == ("fine", "not CSV after row 2: a line of over 1000 characters")


@pytest.mark.parametrize("name", ["x" * 5_000, "a\0b"])
def test_a_name_that_no_file_can_have(name: str) -> None:
    (page,) = read_pages(name)
    assert page.error == "no such file or folder"


def test_parquet_with_broken_utf8(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    broken = pyarrow.Array.from_buffers(
        pyarrow.string(),
        1,
        [None, pyarrow.array([0, 3], pyarrow.int32()).buffers()[1], pyarrow.py_buffer(b"\xff\xfea")],
    )
    parquet.write_table(pyarrow.table({"text": broken}), tmp_path / "crawl.parquet")
    (page,) = read_pages(tmp_path / "crawl.parquet")
    assert page.error.startswith("row 1: a value that cannot be read (")


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    html = "<p>日本語</p>".encode("cp932")
    rows = [{"url": "https://a.example/1", "html": html, "fetched_at": datetime(2026, 1, 2, 8), "depth": 2}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "crawl.parquet")
    (page,) = read_pages(tmp_path / "crawl.parquet")
    assert (page.url, page.html, dict(page.extra)) == ("https://a.example/1", html, {"depth": 2})
    assert page.fetched_at == "2026-01-02 08:00:00"


def test_parquet_with_an_address_in_bytes(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [{"url": b"https://a.example/1", "text": "words"}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "crawl.parquet")
    (page,) = read_pages(tmp_path / "crawl.parquet")
    assert (page.url, page.error) == ("crawl.parquet#1", "row 1: url is not a text")


def test_parquet_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    (tmp_path / "b.txt").write_text("words")
    unread, page = read_pages(tmp_path)
    assert (unread.url, unread.error, page.text) == ("a.parquet", "needs pyarrow: pip install pyarrow", "words")
    with pytest.raises(UsageError, match=r"a\.parquet: needs pyarrow: pip install pyarrow"):
        list(read_pages(tmp_path / "a.parquet"))


def test_html_file_keeps_its_bytes(tmp_path: Path) -> None:
    data = "<p>größer</p>".encode("cp1252")
    (page,) = read(tmp_path / "a.html", data)
    assert (page.url, page.html) == ("a.html", data)
    saved = b"<!-- saved from url=(0019)https://a.example/x -->" + data
    (page,) = read(tmp_path / "b.htm", saved)
    assert page.url == "https://a.example/x"


def test_markdown_post_with_front_matter(tmp_path: Path) -> None:
    matter = 'title: "A title: with a colon"\nsource: https://a.example/post\ndate: 2026-01-02\ntags:\n  - x\n'
    text = f"---\n{matter}---\n# Head\n\nBody\n"
    (page,) = read(tmp_path / "post.md", text.encode())
    assert (page.url, page.title, page.fetched_at) == ("https://a.example/post", "A title: with a colon", "2026-01-02")
    assert page.text == "Head\nBody"


def test_markdown_is_read_without_the_marks_of_its_lines(tmp_path: Path) -> None:
    (page,) = read(tmp_path / "post.md", b"# Head\n\n- item\n")
    assert (page.url, page.title, page.text) == ("post.md", "Head", "Head\nitem")
    (page,) = read(tmp_path / "post.txt", b"# Head\n\n- item\n")
    assert (page.title, page.text) == (None, "# Head\n\n- item\n")


def test_text_that_begins_with_a_rule_is_no_front_matter(tmp_path: Path) -> None:
    (page,) = read(tmp_path / "notes.txt", b"--- cut here ---\nwords\n---\nmore")
    assert page.text == "--- cut here ---\nwords\n---\nmore"


def test_a_folder_that_cannot_be_read_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b/closed", "c"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "page.html").write_text("<p>Boats</p>")
    scandir = os.scandir

    def closed(place: Path) -> Any:
        if Path(place).name == "closed":
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", closed)
    pages = list(read_pages(tmp_path))
    assert [(page.url, page.error) for page in pages] == [
        ("a/page.html", ""),
        ("c/page.html", ""),
        ("b/closed", "a folder that cannot be read (Permission denied)"),
    ]


def test_folders_are_read_by_name_and_hidden_files_are_not(tmp_path: Path) -> None:
    for name in ("b/2.html", "a/1.html", ".git/x.html", "a/.hidden.html", "c.pdf", "d.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("%PDF-1.7" if name == "c.pdf" else "<p>text")
    (tmp_path / "loop").symlink_to(tmp_path)
    skipped: Counter[str] = Counter()
    assert [page.url for page in read_pages(tmp_path, skipped=skipped)] == ["d.txt", "a/1.html", "b/2.html"]
    assert skipped == {"files of other kinds": 1}


@pytest.mark.parametrize("name", ["feed.html", "INDEX.HTM.gz", "a.xhtml", "feed", "feed.php"])
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            b"<?xml version='1.0'?>\n<rss version='2.0'><channel><item><title>One</title></item></channel></rss>",
            "a feed",
        ),
        (b"<!-- by hand --><feed xmlns='http://www.w3.org/2005/Atom'><title>One</title></feed>", "a feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "a feed"),
        (b"<urlset><url><loc>https://a.example/</loc></url></urlset>", "a sitemap"),
    ],
)
def test_feeds_and_sitemaps_are_no_pages_whatever_they_are_called(
    tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    (page,) = read(tmp_path / name, data)
    assert page.error.startswith(says)
    skipped: Counter[str] = Counter()
    assert not list(read_pages(tmp_path, skipped=skipped))
    assert skipped == {"sitemaps and feeds": 1}


def test_an_element_of_ones_own_is_no_feed(tmp_path: Path) -> None:
    (page,) = read(tmp_path / "list.html", b"<feed-list><p>What readers wrote this week.</p></feed-list>")
    assert not page.error
    assert not parse(page).error


def test_a_page_about_feeds_is_a_page(tmp_path: Path) -> None:
    (page,) = read(tmp_path / "feed.html", b"<!-- <rss> --><html><body><p>A feed begins with &lt;rss>.<rss></rss>")
    assert not page.error


PAGE = b"<!DOCTYPE html>\n<p>text</p>"


@pytest.mark.parametrize("name", ["about", "index.php", "a.shtml", "a.aspx", "a.jsp.gz", "a.html?id=2", "v1.2"])
@pytest.mark.parametrize(
    "data",
    [
        PAGE,
        gzip.compress(PAGE),
        b"\xef\xbb\xbf\r\n" + PAGE.lower(),
        PAGE.decode().encode("utf-16"),
        b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">',
        b"<!--#include virtual='head.html' --><p>text",
        b"<P CLASS=x>text",
    ],
)
def test_a_file_of_another_name_that_begins_like_html_is_html(tmp_path: Path, name: str, data: bytes) -> None:
    (page,) = read(tmp_path / name, data)
    assert page.html == (PAGE if data.startswith(b"\x1f\x8b") else data)
    assert [page.url for page in read_pages(tmp_path)] == [name]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("LICENSE", b"Permission is hereby granted"),
        ("index.php", b"<?php echo 1;"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.gz", gzip.compress(PAGE)[:9]),
    ],
)
def test_a_file_of_another_name_and_kind_is_not_read(tmp_path: Path, name: str, data: bytes) -> None:
    (page,) = read(tmp_path / name, data)
    assert page.error.startswith("not a file this program reads")
    skipped: Counter[str] = Counter()
    assert not list(read_pages(tmp_path, skipped=skipped))
    assert skipped == {"files of other kinds": 1}


@pytest.mark.parametrize(
    ("name", "says"),
    [("none.html", "no such file"), ("picture.png", "not a file this program reads"), ("feed.xml", "an empty file")],
)
def test_inputs_that_cannot_be_read(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "feed.xml").touch()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (page,) = read_pages(tmp_path / name)
    assert says in page.error


def test_skipped_records_are_counted_for_the_caller(tmp_path: Path) -> None:
    skipped: Counter[str] = Counter()
    (tmp_path / "a.jsonl").write_bytes(JSONL)
    assert len(list(read_pages(tmp_path, skipped=skipped))) == 2
    assert not skipped
