"""Bad input of every kind, each beside a good page, through `detector score`.

None may end in a traceback, a hang or a lost row: what cannot be read is named in one line on stderr or is an
`unreadable` row, and the good page beside it is judged.
"""

from __future__ import annotations

import csv
import faulthandler
import gzip
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.cli import cli
from detector.index import ReferenceIndex
from detector.resources import models_dir
from tests.samples import COOKING, POSTS

GOOD = "https://good.example/"
GOOD_HTML = "<html><head><title>The garden</title></head><body>" + "".join(
    f"<p>{line}</p>" for line in COOKING.split("\n")
)


def row(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


GOOD_ROW = row(url=GOOD, html=GOOD_HTML)


def record(kind: str, url: str, payload: bytes, content_type: str = "application/http; msgtype=response") -> bytes:
    head = f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
    head += f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{abs(hash(url)) % 10**12:012}>\r\n"
    head += f"Content-Type: {content_type}\r\nContent-Length: {len(payload)}\r\n\r\n"
    return head.encode() + payload + b"\r\n\r\n"


def response(url: str, body: bytes, status: str = "200 OK", extra: str = "", content_type: str = "text/html") -> bytes:
    http = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
    return record("response", url, http.encode() + body)


GOOD_RECORD = response(GOOD, GOOD_HTML.encode())
BAD = "https://bad.example/"


@dataclass(frozen=True)
class Case:
    """`files` are written into the crawl's folder. At least `unreadable` rows have that label, `good` says
    how often the good page is there, `says` (a pattern) stands on stderr or in a row's error."""

    name: str
    files: dict[str, bytes]
    unreadable: int = 1
    good: int = 1
    exit: int = 0
    says: str = ""


def page(body: bytes, **changes: object) -> dict[str, bytes]:
    return {"bad.html": body, "good.jsonl": GOOD_ROW}


def lines(*bad: bytes) -> dict[str, bytes]:
    """Broken lines in the middle of good ones."""
    return {"crawl.jsonl": GOOD_ROW + b"".join(bad) + GOOD_ROW}


def markdown(matter: bytes) -> dict[str, bytes]:
    return {"bad.md": matter + b"Some words of a page.\n", "good.jsonl": GOOD_ROW}


def warc(*bad: bytes) -> dict[str, bytes]:
    return {"crawl.warc.gz": gzip.compress(GOOD_RECORD) + b"".join(bad) + gzip.compress(GOOD_RECORD)}


DIGITS = b"1" * 5_000
NESTED = b"<html><body>" + b"<div>" * 100_000 + b"deep words that nobody reads" + b"</div>" * 100_000
FORMATTING = b"<html><body>" + b"<b><i><font color=red>" * 200 + b"<p>" * 500 + b"words in bold"
# A parser opens the distinct ones anew in every paragraph: minutes, were they parsed.
DISTINCT = b"".join(b"<b c=%d><p>" % n for n in range(20_000)) + b"</b>" * 20_000 + b"words in bold"
ATTRIBUTES = b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">text"
TOUCHING = b"<p " + b"".join(b'a%d="1"' % n for n in range(60_000)) + b">text"
SCRIPT = b"<script>" + b"for(;i<b;)x<a;" * 5_000 + b"</script>"


def numbered(markup: bytes, times: int) -> bytes:
    """The markup again and again, each time with another number for its `#`."""
    return b"".join(markup.replace(b"#", b"%d" % n) for n in range(times))


# Pages that a parser takes minutes or gigabytes for, dressed up so that a careless look at their tags finds nothing:
# markup, and what is said of it.
DISGUISED = {
    "quote outside a value": (b'<p ">' + numbered(b"<p><b id=#>x", 2_500), "formatting"),
    "end tags of other formatting": (numbered(b"<p><b id=#>x</i>", 2_500), "formatting"),
    "end tags of big": (numbered(b"<p><b id=#>x</big>", 2_000), "formatting"),
    "end tags in comments": (numbered(b"<p><b id=#>x<!--</b>-->", 2_000), "formatting"),
    "end tags in scripts": (numbered(b"<p><b id=#>x<script></b></script>", 2_000), "formatting"),
    "end tags in text fields": (numbered(b"<p><b id=#>x<textarea></b></textarea>", 2_000), "formatting"),
    "few formatting elements, many paragraphs": (b"<p>" + numbered(b"<b id=#>", 700) + b"<p>x" * 2_000, "opened anew"),
    "quote outside a value, nested": (b'<p ">' + b"<div>" * 100_000, "nested 100,00. deep"),
    "end tags of nothing open": (b"<div></span>" * 60_000, "nested 60,00. deep"),
    "end tags of other nothing open": (b"<div></ins>" * 60_000, "nested 60,00. deep"),
    "end tags crossed": (b"<span><div></span></div>" * 60_000, "nested"),
    "end tags out of a table": (b"<div><table><td></div>" * 60_000, "nested"),
    "end tags of paragraphs": (b"<p><div></p>" * 60_000, "nested"),
    "end tags of other headings": (b"<h1><div><h2><div></h1>" * 60_000, "nested"),
    "attributes that touch": (TOUCHING, "a tag with 60,000 attributes"),
    "attributes in many tags": (numbered(b"<html a#=1>", 60_000), "attributes"),
    "attributes just below the most": ((b"<p " + numbered(b"a#=1 ", 4_900) + b">") * 80, "pairs of attributes"),
    "list items under lists": (b"<ul><li>" * 9_000 + b"<li>x" * 100_000, "steps"),
    "end tags under spans": (b"<span>" * 9_990 + b"</x>" * 200_000, "steps"),
    "drawing": (b"<svg>" + b"<path>" * 100_000 + b"</x>" * 100_000, "nested"),
    "drawing that ended": (b"<svg><div>" + b"<path/>" * 100_000 + b"</x>" * 100_000, "nested"),
    "style sheet of a drawing": (b"<svg><title><i></title><style>" + b"<g>" * 100_000 + b"</x>" * 100_000, "nested"),
    "comment in what may be literal text": (b"<math><p><![CDATA[<!-->" + b"<div>" * 100_000, "nested"),
    "quote in what may be a style sheet": (b'<math><p><style><b a="</style>' + b"<div>" * 100_000, "nested"),
    "literal text of a drawing": (b"<svg>" + b"<g><![CDATA[></g>]]>" * 100_000 + b"</x>" * 100_000, "nested"),
}
CASES = [
    # Pages that are no pages.
    Case("empty file", page(b"")),
    Case("white space only", page(b" \n\t \n")),
    Case("NULs only", page(b"\0" * 5000)),
    Case("tags without text", page(b"<html><body><div></div></body></html>"), says="no text"),
    Case("script only", page(b"<html><body><script>document.write('x')</script></body></html>"), says="no text"),
    Case("frameset", page(b"<html><frameset><frame src=a.html></frameset></html>"), says="no text"),
    Case("comment only", page(b"<!-- nothing here -->")),
    Case("unclosed comment", page(b"<!-- never closed <p>text</p>")),
    Case("PDF", page(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"), says="not HTML|PDF"),
    Case("PNG", page(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8), says="not HTML"),
    Case("ZIP", page(b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(range(256)) * 8), says="not HTML"),
    Case("random bytes", page(bytes((n * 7919 + n // 3) % 256 for n in range(4000))), unreadable=0),
    # Pages that want to break something; they have text, so they are judged or refused, never lost.
    Case("100,000 nested tags", page(NESTED), says="nested 100,00. deep"),
    Case("nested formatting elements", page(FORMATTING), unreadable=0),
    Case("distinct formatting elements", page(DISTINCT), says="formatting elements left open"),
    Case("one attribute 100,000 times", page(b"<p " + b"a=1 " * 100_000 + b">text"), says="attributes"),
    Case("200,000 attributes", page(ATTRIBUTES), says="a tag with 200,000 attributes"),
    *(Case(name, page(markup), says=says) for name, (markup, says) in DISGUISED.items()),
    Case("script full of brackets", page(b"<p>text<script><!--" + b"<" * 4_000_000), unreadable=0),
    Case("script that looks like tags", page(SCRIPT + b"<p>text"), unreadable=0),
    Case(
        "style sheet without braces", page(b"<style>.a{display:none}" + b"x" * 400_000 + b"</style>text"), unreadable=0
    ),
    Case("a million blocks", page(b"<p>a" * 1_000_000), unreadable=0),
    Case("a million lines", lines(row(url=BAD, text="a\n" * 1_000_000)), 0, 2),
    Case("30 MB line of text", page(b"<p>" + b"word " * 6_000_000), unreadable=0),
    Case("one word of 5 MB", page(b"<p>" + b"w" * 5_000_000), unreadable=0),
    Case("200,000 empty links", page(b"<a href=x></a>" * 200_000 + b"<p>text</p>"), unreadable=0),
    Case("200,000 list items", page(b"<ul>" + b"<li>item" * 200_000), unreadable=0),
    Case("unclosed tag", page(b"<p>text <a href='x"), unreadable=0),
    Case("NULs between letters", page(b"<p>t\0e\0x\0t and \0more</p>"), unreadable=0),
    Case("wrong charset label", page(b"<meta charset=utf-16><p>plain ASCII text</p>"), unreadable=0),
    Case("unknown charset label", page(b"<meta charset=klingon-8><p>plain ASCII text</p>"), unreadable=0),
    Case("cut in a character", page("<p>数据库的性能优化".encode()[:-1]), unreadable=0),
    Case("invalid UTF-8", page(b"<p>text \xff\xfe\xc0\x80 more text</p>"), unreadable=0),
    Case("numeric references out of range", page(b"<p>&#xD800; &#x110000; &#0; text</p>"), unreadable=0),
    Case("millions of entities", page(b"<p>" + b"&amp;" * 500_000), unreadable=0),
    Case("link to nowhere parsable", page(b"<base href='http://[::1'><a href='http://[bad'>text</a>"), unreadable=0),
    Case(
        "unpaired surrogate in JSON",
        lines(b'{"url": "https://bad.example/", "text": "lone \\ud800 surrogate"}\n'),
        0,
        2,
    ),
    Case("spreadsheet formula as title", lines(row(url=BAD, title="=cmd|' /C calc'!A0", text="a b c")), 0, 2),
    Case("terminal escape in address", lines(row(url="https://bad.example/\x1b[2J", text="a b c")), 0, 2),
    Case("text of line ends only", lines(row(url=BAD, text="\n\n\n")), 1, 2),
    Case("text with NULs and controls", lines(row(url=BAD, text="a\0b\x07c words")), 0, 2),
    # JSON Lines.
    Case("empty JSON Lines", {"bad.jsonl": b"", "good.jsonl": GOOD_ROW}, 1, 1, 3),
    Case("not JSON", lines(b"this is not JSON\n"), 1, 2, 3),
    Case("cut line", lines(GOOD_ROW[:40] + b"\n"), 1, 2, 3),
    Case("list for an object", lines(b"[1, 2, 3]\n"), 1, 2, 3),
    Case("number for an object", lines(b"17\n"), 1, 2, 3),
    Case("null html and text", lines(row(url=BAD, html=None, text=None)), 1, 2),
    Case("number for html", lines(row(url=BAD, html=17)), 1, 2, 3),
    Case("object for address", lines(row(url={"a": 1}, text="x y z")), 1, 2, 3),
    Case("no address", lines(row(text="a page without an address")), 0, 2),
    Case("not UTF-8", lines(b'{"url": "https://bad.example/", "text": "\xff\xfe\xfa"}\n'), 0, 2, -1),
    Case("deeply nested JSON", lines(b"[" * 100_000 + b"\n"), 1, 2, 3),
    Case("blank lines", lines(b"\n\n  \n"), 0, 2),
    Case("30 MB line", lines(row(url=BAD, text="word " * 6_000_000)), 0, 2, -1),
    Case(
        "number of 5,000 digits", lines(b'{"url": "https://b.example/", "n": ' + DIGITS + b"}\n"), 1, 2, 3, "not JSON"
    ),
    Case("number of 5,000 digits for html", lines(b'{"html": ' + DIGITS + b"}\n"), 1, 2, 3, "not JSON"),
    # Markdown.
    Case(
        "front matter with a number of 5,000 digits",
        markdown(b"+++\nn = " + DIGITS + b"\n+++\n"),
        0,
        1,
        0,
        "is no TOML",
    ),
    Case("such a number in hexadecimal", markdown(b"+++\nn = 0x" + DIGITS + b"\n+++\n"), 0),
    Case("such a number in YAML", markdown(b"---\nn: " + DIGITS + b"\n---\n"), 0),
    Case(
        "truncated gzip",
        {"bad.jsonl.gz": gzip.compress(GOOD_ROW * 3 + os.urandom(9000).hex().encode())[:-4000]},
        1,
        3,
        3,
    ),
    Case("not gzip", {"bad.jsonl.gz": b"\x00\x01\x02 not gzip", "good.jsonl": GOOD_ROW}, 1, 1, 3),
    Case("plain text called gzip", {"bad.jsonl.gz": GOOD_ROW}, 0, 1, -1),
    Case("gzip called plain", {"bad.jsonl": gzip.compress(GOOD_ROW)}, 0, 1, -1),
    Case("gzip bomb", {"bad.jsonl.gz": gzip.compress(b"\0" * 300_000_000, 9), "good.jsonl": GOOD_ROW}, 1, 1, 3),
    # Tables.
    Case("CSV without address", {"bad.csv": b"title,text\nT,some words here\n", "good.jsonl": GOOD_ROW}, 0),
    Case("CSV without text", {"bad.csv": b"url,title\nhttps://bad.example/,T\n", "good.jsonl": GOOD_ROW}, 1, 1, 3),
    Case("CSV of nothing", {"bad.csv": b"", "good.jsonl": GOOD_ROW}, 0, 1, -1),
    Case("CSV with NULs", {"bad.csv": b"url,text\nhttps://b.example/,a\0b c d\n", "good.jsonl": GOOD_ROW}, 0, 1, -1),
    Case(
        "CSV with an open quote",
        {"bad.csv": b'url,text\nhttps://b.example/,"never closed', "good.jsonl": GOOD_ROW},
        0,
        1,
        -1,
    ),
    Case("CSV with a huge field", {"bad.csv": b"url,text\nx," + b"word " * 200_000, "good.jsonl": GOOD_ROW}, 0, 1, -1),
    Case("damaged Parquet", {"bad.parquet": b"PAR1" + b"\0" * 100 + b"PAR1", "good.jsonl": GOOD_ROW}, 1, 1, 3),
    Case("empty Parquet", {"bad.parquet": b"", "good.jsonl": GOOD_ROW}, 1, 1, 3),
    # Archives.
    Case("empty WARC", {"bad.warc.gz": b"", "good.jsonl": GOOD_ROW}, 1, 1, 3),
    Case("no WARC at all", {"bad.warc": b"nothing of the kind\n" * 50, "good.jsonl": GOOD_ROW}, 1, 1, 3),
    Case("damaged member", warc(b"\x1f\x8b\x08\0" + b"\xff" * 400), 1, 2, 3),
    Case("truncated archive", {"bad.warc.gz": gzip.compress(GOOD_RECORD) + gzip.compress(GOOD_RECORD)[:-60]}, 1, 2, 3),
    Case("truncated plain archive", {"bad.warc": GOOD_RECORD + GOOD_RECORD[:-90]}, 1, 2, 3),
    Case(
        "chunked without end",
        warc(
            gzip.compress(
                record(
                    "response",
                    BAD,
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n<p>text",
                )
            )
        ),
        0,
        2,
        -1,
    ),
    Case(
        "body that is not gzip",
        warc(gzip.compress(response(BAD, b"<p>text</p>", extra="Content-Encoding: gzip\r\n"))),
        0,
        2,
        -1,
    ),
    Case("record without HTTP head", warc(gzip.compress(record("response", BAD, b"no head at all"))), 0, 2, -1),
    Case("record without address", warc(gzip.compress(response("", b"<p>some text</p>"))), 0, 2, -1),
    Case(
        "image in an archive",
        warc(gzip.compress(response(BAD, b"\x89PNG....", content_type="image/png"))),
        0,
        2,
        0,
        "passed over",
    ),
    Case(
        "revisit in an archive",
        warc(gzip.compress(record("revisit", BAD, b"HTTP/1.1 200 OK\r\n\r\n"))),
        0,
        2,
        0,
        "passed over",
    ),
    Case("redirect in an archive", warc(gzip.compress(response(BAD, b"", "301 Moved"))), 0, 2, 0, "passed over"),
    # Files.
    Case("unknown suffix is passed over in a folder", {"notes.xyz": b"whatever", "good.jsonl": GOOD_ROW}, 0),
    Case(
        "PDF called HTML beside UTF-16 page",
        {"bad.html": b"%PDF-1.4 x", "good.jsonl": GOOD_ROW, "w.html": "<p>wide words</p>".encode("utf-16")},
    ),
]


def run(arguments: list[str], stdin: bytes = b"") -> tuple[int, str]:
    """Exit code and stderr; an exception that is not an exit fails the test."""
    result = CliRunner().invoke(cli, arguments, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.stderr
    return result.exit_code, result.stderr


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A case takes seconds; one that hangs, in a library's code too, ends the run."""
    faulthandler.dump_traceback_later(300, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_bad_pages(case: Case, tmp_path: Path) -> None:
    crawl = tmp_path / "crawl"
    crawl.mkdir()
    for name, data in case.files.items():
        (crawl / name).write_bytes(data)
    report = tmp_path / "report.csv"
    code, said = run(["score", str(crawl), "-o", str(report)])
    rows = rows_of(report)
    assert code == case.exit or (case.exit == -1 and code in (0, 3))
    assert sum(row["url"] == GOOD and row["label"] == "clean" for row in rows) == case.good
    unreadable = [row for row in rows if row["label"] == "unreadable"]
    assert len(unreadable) >= case.unreadable
    assert all(row["error"] and "\n" not in row["error"] for row in unreadable)
    assert re.search(case.says, said + " ".join(row["error"] for row in rows))
    # Named is what could not be read, what of it is in a reason, and nothing else.
    named = f"detector: {crawl}{os.sep}" in said
    noted = any(row["label"] != "unreadable" and re.search(case.says, row["reason"]) for row in rows)
    assert named if code == 3 else not named or noted


def test_the_list_is_long_enough() -> None:
    assert len(CASES) + len(CALLS) + len(DAMAGE) >= 60


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return ReferenceIndex.build(tmp_path / "official.index", POSTS).path


@dataclass(frozen=True)
class Call:
    """A call that is wrong; `says` stands on stderr."""

    name: str
    arguments: list[str]
    exit: int
    says: str
    stdin: bytes = b""


CALLS = [
    Call("missing file beside a good one", ["score", "none.html", "good.jsonl"], 3, "none.html"),
    Call("missing folder", ["score", "nowhere/", "good.jsonl"], 3, "nowhere"),
    Call("unknown suffix given", ["score", "notes.xyz", "good.jsonl"], 3, "notes.xyz"),
    Call("empty folder", ["score", "empty", "--fail-on", "repost"], 3, "no pages found"),
    Call("broken standard input", ["score", "-"], 3, "line 2", GOOD_ROW + b"{broken\n" + GOOD_ROW),
    Call("nothing on standard input", ["score", "-"], 3, "no pages found"),
    Call("no pages given", ["score"], 2, "Missing argument"),
    Call("unknown option", ["score", "good.jsonl", "--frobnicate"], 2, "No such option"),
    Call("threshold out of range", ["score", "good.jsonl", "--threshold", "7"], 2, "between 0 and 1"),
    Call("threshold of letters", ["score", "good.jsonl", "--threshold", "high"], 2, "not a valid float"),
    Call("no jobs", ["score", "good.jsonl", "--jobs", "0"], 2, "jobs"),
    Call("unknown label", ["score", "good.jsonl", "--fail-on", "bad"], 2, "bad"),
    Call("unknown report suffix", ["score", "good.jsonl", "-o", "report.docx"], 2, "report.docx"),
    Call("output folder missing", ["score", "good.jsonl", "-o", "nowhere/report.csv"], 2, "nowhere"),
    Call("output where nothing can be written", ["score", "good.jsonl", "-o", "/proc/report.csv"], 2, "/proc"),
    Call("output is a folder", ["score", "good.jsonl", "-o", "empty"], 2, "empty"),
    Call("output is the input", ["score", "good.jsonl", "-o", "good.jsonl"], 2, "good.jsonl"),
    Call("missing settings", ["score", "good.jsonl", "--settings", "none.toml"], 2, "none.toml"),
    Call("broken settings", ["score", "good.jsonl", "--settings", "broken.toml"], 2, "not valid TOML"),
    Call("missing index", ["score", "good.jsonl", "--index", "none.index"], 4, "none.index"),
    Call("index that is a file", ["score", "good.jsonl", "--index", "good.jsonl"], 4, "good.jsonl"),
    Call("index of nothing", ["index", "build", "new.index", "empty"], 2, "no posts found"),
    Call("index of a missing file", ["index", "build", "new.index", "none.jsonl"], 2, "none.jsonl"),
    Call("index over a folder of other things", ["index", "build", "empty", "good.jsonl"], 4, "is not an index"),
    Call("index in a missing folder", ["index", "build", "nowhere/new.index", "good.jsonl"], 2, "cannot be written"),
    Call("explain a missing page", ["explain", "none.html"], 3, "none.html"),
    Call("explain an address", ["explain", "https://a.example/"], 3, "save the page"),
    Call("score a feed", ["score", "feed.xml"], 3, "`detector index build` reads feeds"),
    Call("score a sitemap", ["score", "sitemap.xml"], 3, "index build --sitemap"),
    Call(
        "a sitemap without a site",
        ["index", "build", "new.index", "post.md", "--sitemap", "sitemap.xml"],
        2,
        "give that of the blog (--site)",
    ),
    Call("score a post with broken front matter", ["score", "good.jsonl", "broken.md"], 0, "broken.md: front matter"),
    Call(
        "index such a post", ["index", "build", "new.index", "broken.md"], 0, "broken.md: front matter that is no YAML"
    ),
    Call("score a row of too many cells", ["score", "good.jsonl", "wide.csv"], 3, "wide.csv: row 2 has 3 cells"),
    Call("explain a place in two files", ["explain", ".#1"], 2, "'crawl/one.jsonl#1' 'crawl/two.jsonl#1'"),
    Call("explain a folder of two files", ["explain", "crawl"], 2, "crawl/one.jsonl crawl/two.jsonl"),
    Call("explain line that is not there", ["explain", "good.jsonl#99"], 2, "no such page"),
    Call("info on nothing", ["index", "info", "none.index"], 4, "none.index"),
]


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_bad_calls(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.jsonl").write_bytes(GOOD_ROW)
    Path("notes.xyz").write_bytes(b"whatever")
    Path("broken.toml").write_text("threshold = ")
    Path("empty").mkdir()
    Path("feed.xml").write_text("<?xml version='1.0'?><rss version='2.0'><channel></channel></rss>")
    Path("sitemap.xml").write_text("<urlset><url><loc>https://blog.example.com/one/</loc></url></urlset>")
    Path("post.md").write_text("---\ntitle: One\npermalink: /one/\n---\nOne post, of a few words only.\n")
    Path("broken.md").write_text("---\ntitle: One: two\n---\nOne post, of a few words only.\n")
    Path("wide.csv").write_text("url,text\na,One page, of a few words only.\n")
    Path("crawl").mkdir()
    for name in ("one", "two"):
        Path("crawl", f"{name}.jsonl").write_bytes(GOOD_ROW)
    code, said = run(call.arguments, call.stdin)
    assert code == call.exit
    assert call.says in said
    if call.arguments[0] == "score" and code in (0, 3) and Path("report.csv").exists():
        good = sum(row["url"] == GOOD for row in rows_of(Path("report.csv")))
        assert good == call.stdin.count(GOOD_ROW) + ("good.jsonl" in call.arguments)
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("inputs", [["none.html"], ["empty"], ["none.html", "empty", "lost.jsonl"]])
@pytest.mark.parametrize("manifest", [[], ["--manifest", "run.json"]])
def test_a_wrong_path_costs_no_report(
    inputs: list[str], manifest: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("good.jsonl").write_bytes(GOOD_ROW)
    assert run(["score", "good.jsonl"])[0] == 0
    before = Path("report.csv").read_bytes()
    code, said = run(["score", *inputs, *manifest])
    assert (code, Path("report.csv").read_bytes()) == (3, before)
    assert re.search(r"left as before, since nothing could be read: .*report\.csv\n$", said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "good.jsonl", "report.csv"]
    assert run(["score", *inputs, "good.jsonl"])[0] == (0 if inputs == ["empty"] else 3)
    assert (Path("report.csv").read_bytes() == before) is (inputs == ["empty"])


@pytest.mark.parametrize("inputs", [["none.html"], ["empty"], ["broken.csv", "empty"]])
def test_a_wrong_path_costs_no_clusters(inputs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("broken.csv").write_bytes(b"")
    Path("good.jsonl").write_bytes(GOOD_ROW * 2)
    assert run(["cluster", "good.jsonl"])[0] == 0
    before = Path("clusters.csv").read_bytes()
    code, said = run(["cluster", *inputs])
    assert (code, Path("clusters.csv").read_bytes()) == (3, before)
    assert said.endswith("left as before, since nothing could be read: clusters.csv\n")
    assert run(["cluster", *inputs, "-o", "new.csv"])[0] == 3
    assert len(rows_of(Path("new.csv"))) == 0


def newer_version(path: Path) -> None:
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | {"format": manifest["format"] + 1}))


def many_digits(path: Path) -> None:
    manifest = (path / "manifest.json").read_text()
    (path / "manifest.json").write_text(re.sub(r'"posts": \d+', f'"posts": {DIGITS.decode()}', manifest))


def zeroed(path: Path) -> None:
    for file in path.glob("segment-*/records.bin"):
        file.write_bytes(b"\0" * file.stat().st_size)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "index of another version": newer_version,
    "index with a number of 5,000 digits": many_digits,
    "index without manifest": lambda path: (path / "manifest.json").unlink(),
    "index with a cut file": lambda path: os.truncate(next(path.glob("segment-*/words.keys.npy")), 50),
    "index without a segment": lambda path: shutil.rmtree(next(path.glob("segment-*"))),
    "index with zeroed texts": zeroed,
}


@pytest.mark.parametrize("harm", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_indexes(harm: Callable[[Path], object], index: Path, tmp_path: Path) -> None:
    harm(index)
    (tmp_path / "good.jsonl").write_bytes(GOOD_ROW)
    code, said = run(["score", str(tmp_path / "good.jsonl"), "-i", str(index), "-o", str(tmp_path / "r.csv")])
    assert code == 4
    assert "official.index" in said
    assert len(said.strip().splitlines()) == 1
    assert not (tmp_path / "r.csv").exists()


@pytest.mark.parametrize("name", ["model.json", "weights.npz"])
@pytest.mark.parametrize("model", ["bilingual_v1", "boilerplate_v1", "normalisation_v1", "repost_v1"])
def test_damaged_weights(model: str, name: str, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from detector import bilingual, text

    shutil.copytree(models_dir(), tmp_path / "models")
    file = tmp_path / "models" / model / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    for module in ("bilingual", "boilerplate", "matching", "resources", "text"):
        monkeypatch.setattr(f"detector.{module}.models_dir", lambda: tmp_path / "models")
    text.normalisation.cache_clear()
    bilingual.lexicon.cache_clear()
    (tmp_path / "good.jsonl").write_bytes(GOOD_ROW)
    try:
        code, said = run(["score", str(tmp_path / "good.jsonl"), "-i", str(index), "-o", str(tmp_path / "r.csv")])
    finally:
        text.normalisation.cache_clear()
        bilingual.lexicon.cache_clear()
    assert code == 4
    assert model in said
    assert len(said.strip().splitlines()) == 1
