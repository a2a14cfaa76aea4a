"""Feeds of every kind, whole, cut short, broken and hostile."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest

from detector.decoding import kind_of
from detector.feeds import Feed, read_feed
from tests.samples import SCHEDULER

HTML = "".join(f"<p>{line}</p>" for line in SCHEDULER.split("\n"))
ESCAPED = HTML.replace("&", "&amp;").replace("<", "&lt;")
RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Halyard</title><link>https://blog.halyard.example/</link>
<item><title>Packs &amp; batches</title><link>https://blog.halyard.example/packing</link><dc:creator>Mara</dc:creator>
<pubDate>Tue, 03 Mar 2026 10:00:00 GMT</pubDate><description>Short.</description>
<content:encoded><![CDATA[{HTML}<script>alert(1)</script>]]></content:encoded></item>
<item><title>Relative</title><link>/garden</link><description>{ESCAPED}</description></item>
</channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Halyard</title>
<link rel="self" href="https://blog.halyard.example/atom.xml"/><link href="https://blog.halyard.example/"/>
<entry><title type="html">Packs &lt;b&gt;batches&lt;/b&gt;</title><author><name>Mara</name></author>
<link rel="replies" href="https://elsewhere.example/1"/><link href="https://blog.halyard.example/packing"/>
<updated>2026-03-03T10:00:00Z</updated><summary>Short.</summary><content type="html">{ESCAPED}</content></entry>
<entry><title>Plain</title><link href="/garden"/>
<content type="text">{SCHEDULER.replace("<", "&lt;")} a &lt;b&gt;</content></entry>
</feed>"""
RDF = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel><link>https://blog.halyard.example/</link></channel>
<item><title>Packs</title><link>https://blog.halyard.example/packing</link><description>{ESCAPED}</description></item>
</rdf:RDF>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Halyard",
    "home_page_url": "https://blog.halyard.example/",
    "authors": [{"name": "Mara"}],
    "items": [
        {"id": "1", "url": "/packing", "title": "Packs", "content_html": HTML, "date_published": "2026-03-03"},
        {"id": "https://blog.halyard.example/garden", "content_text": SCHEDULER, "author": {"name": "Bo"}},
        "no item",
    ],
}


def read(folder: Path, data: str | bytes, name: str = "feed.xml") -> Feed:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_feed(path, name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_rss(tmp_path: Path, encoding: str) -> None:
    feed = read(tmp_path, RSS.replace('"UTF-8"', f'"{encoding}"').encode(encoding))
    packs, relative = feed.posts
    assert (packs.url, packs.title) == ("https://blog.halyard.example/packing", "Packs & batches")
    assert (packs.text, packs.fetched_at, packs.extra) == (
        SCHEDULER,
        "Tue, 03 Mar 2026 10:00:00 GMT",
        {"author": "Mara"},
    )
    assert (packs.input, packs.offset) == (str(tmp_path / "feed.xml"), 1)
    # A description that holds the whole text is no teaser.
    assert (relative.url, relative.text) == ("https://blog.halyard.example/garden", SCHEDULER)
    assert (feed.teasers, feed.notes) == ((), ())


def test_atom(tmp_path: Path) -> None:
    feed = read(tmp_path, gzip.compress(ATOM.encode()), "atom.xml.gz")
    packs, plain = feed.posts
    assert (packs.url, packs.title, packs.text) == ("https://blog.halyard.example/packing", "Packs batches", SCHEDULER)
    assert (packs.fetched_at, packs.extra) == ("2026-03-03T10:00:00Z", {"author": "Mara"})
    assert (plain.url, plain.text) == ("https://blog.halyard.example/garden", f"{SCHEDULER} a <b>")
    assert (feed.teasers, feed.notes) == ((), ())


def test_rdf(tmp_path: Path) -> None:
    (packs,) = read(tmp_path, RDF).posts
    assert (packs.url, packs.title, packs.text) == ("https://blog.halyard.example/packing", "Packs", SCHEDULER)


def test_json_feed(tmp_path: Path) -> None:
    feed = read(tmp_path, json.dumps(JSON_FEED), "feed.json")
    packs, garden = feed.posts
    assert (packs.url, packs.title, packs.text) == ("https://blog.halyard.example/packing", "Packs", SCHEDULER)
    assert (packs.fetched_at, packs.extra) == ("2026-03-03", {"author": "Mara"})
    assert (garden.url, garden.text, garden.extra) == (
        "https://blog.halyard.example/garden",
        SCHEDULER,
        {"author": "Bo"},
    )
    assert feed.teasers == ()


@pytest.mark.parametrize(
    "item",
    [
        "<description>The scheduler packs small batches.</description>",
        f"<description>{ESCAPED} &lt;p&gt;Read more »&lt;/p&gt;</description>",
        f"<content:encoded><![CDATA[{HTML}<p>We found [&#8230;]</p>]]></content:encoded>",
        "<description>调度器会先把小批次装满……阅读全文</description>",
    ],
)
def test_teasers_are_named(tmp_path: Path, item: str) -> None:
    before, after = RSS.split("<description>Short.", 1)[0], "</item></channel></rss>"
    feed = read(tmp_path, before + item + after)
    assert len(feed.posts) == 1
    assert feed.teasers == ("https://blog.halyard.example/packing",)


def test_a_short_post_that_is_there_in_full_is_no_teaser(tmp_path: Path) -> None:
    feed = read(tmp_path, RSS.replace(HTML, "<p>We moved to a new house.</p>", 1))
    assert feed.teasers == ()


def test_a_broken_feed_gives_what_can_be_read(tmp_path: Path) -> None:
    feed = read(tmp_path, RSS.replace("Packs &amp; batches", "Packs & batches &nbsp;").removesuffix("</channel></rss>"))
    assert [post.url for post in feed.posts] == [
        f"https://blog.halyard.example/{name}" for name in ("packing", "garden")
    ]
    assert feed.posts[0].text == SCHEDULER
    (note,) = feed.notes
    assert "broken" in note and "could be read: 2" in note


def test_an_entry_without_address_has_the_place_for_one(tmp_path: Path) -> None:
    (post,) = read(tmp_path, "<rss version='2.0'><channel><item><title>T</title></item></channel></rss>").posts
    assert (post.url, post.text) == ("feed.xml#1", "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7"])
def test_entities_are_refused(tmp_path: Path, encoding: str) -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "' + "x" * 1_000 + '">'
    bomb += "".join(f'<!ENTITY {to} "{f"&{of};" * 50}">' for of, to in ("ab", "bc", "cd", "de", "ef"))
    data = f'<?xml version="1.0" encoding="{encoding}"?>{bomb}]><rss version="2.0"><title>&f;</title></rss>'
    start = time.monotonic()
    (post,) = read(tmp_path, data.encode(encoding)).posts
    assert post.error
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("<rss", "no feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": 3}', "without items"),
        ('{"version": "https://jsonfeed.org/version/1", ' + '"a":[' * 200_000, "not JSON"),
    ],
)
def test_what_is_no_feed(tmp_path: Path, data: str, says: str) -> None:
    (post,) = read(tmp_path, data).posts
    assert says in post.error


@pytest.mark.parametrize(
    "data",
    [
        "<rss version='2.0'></rss>",
        '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "file:///etc/passwd"><rss version="2.0">&r;</rss>',
        json.dumps(JSON_FEED | {"items": []}),
    ],
)
def test_an_empty_feed_is_noted(tmp_path: Path, data: str) -> None:
    feed = read(tmp_path, data)
    assert feed.posts == ()
    assert len(feed.notes) == 1


def test_a_feed_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.feeds.MOST_BYTES", 1_000)
    (post,) = read(tmp_path, gzip.compress(RSS.encode())).posts
    assert post.error == "a feed of over 1,000 bytes"


def test_comments_without_a_root_take_no_time() -> None:
    start = time.monotonic()
    assert kind_of(b"<!--a-->" * 400) == ""
    assert time.monotonic() - start < 1


HEAD = '<rss version="2.0"><channel><item><link>https://a.example/1</link><description>'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (HEAD + "<b>" * 50_000, "nested over 1,000 deep"),
        (HEAD + "<b c='/>'>" * 50_000, "nested over 1,000 deep"),
        (HEAD + "<b c='></b>'>" * 50_000, "nested over 1,000 deep"),
        (HEAD + "<b c='<!--'>" + "<b>" * 50_000 + "-->", "nested over 1,000 deep"),
        (HEAD + "<b/>" * 700_000, "over 600,000 tags"),
        (HEAD + "</b>" * 700_000, "over 600,000 tags"),
        (HEAD + "<!--" * 700_000, "over 600,000 tags"),
        (HEAD + "<![CDATA[" * 700_000, "over 600,000 tags"),
        (HEAD + "<" * 5_000_000, "over 600,000 tags"),
    ],
)
def test_too_many_tags_are_refused(tmp_path: Path, data: str, says: str) -> None:
    start = time.monotonic()
    (post,) = read(tmp_path, data).posts
    assert says in post.error
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("markup", ["<br>", "<![CDATA[<p>]]>", "<!-- <p> -->", "<img/>", "&lt;p&gt;"])
def test_html_that_is_left_open_or_quoted_nests_nothing(tmp_path: Path, markup: str) -> None:
    entry = HEAD.partition("<item>")[2] + "A post. " + markup * 600 + "</description></item>"
    feed = read(tmp_path, f"{HEAD}The first.</description></item>{f'<item>{entry}' * 3}</channel></rss>")
    assert len(feed.posts) == 4
    assert not any(post.error for post in feed.posts)


@pytest.mark.parametrize(
    "data", ["<rss>" + "<item>" * 900, "<feed><entry>" + "<content><b " * 20_000, "<rss>" + "<" * 200_000]
)
def test_hostile_feeds_cost_little(tmp_path: Path, data: str) -> None:
    start = time.monotonic()
    read(tmp_path, data)
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (RSS, "feed"),
        (ATOM, "feed"),
        (RDF, "feed"),
        (json.dumps(JSON_FEED), "feed"),
        (json.dumps(JSON_FEED).replace("/", "\\/"), "feed"),
        ('<?xml version="1.0"?><?xml-stylesheet href="x"?>\n<urlset xmlns="x">', "sitemap"),
        ("<!DOCTYPE html><html><p><rss version='2.0'>", ""),
        ('{"version": "1.0"}', ""),
        ("<opml>", ""),
        ("<!--" * 1_000, ""),
    ],
)
def test_kinds(data: str, kind: str) -> None:
    assert kind_of(data.encode()[:4_096]) == kind
    assert kind_of(data.encode("utf-16")[:8_192]) == kind
