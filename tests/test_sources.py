"""Posts of every kind of input, and the index made of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from detector import Detector, Page
from detector.index import ReferenceIndex
from detector.sitemaps import Sitemap
from detector.sources import read_posts
from tests.command import run
from tests.samples import COOKING, SCHEDULER
from tests.test_bad_input import response
from tests.test_feeds import ATOM, JSON_FEED, RSS

SITE = "https://blog.halyard.example"
MARKDOWN = (
    f"---\ntitle: The garden\npermalink: /garden/\ndate: 2026-05-01\nauthor: Bo\n---\n# The *garden*\n\n{COOKING}\n"
)


def html(text: str, title: str = "Halyard") -> bytes:
    lines = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    return f"<html><head><title>{title}</title></head><body><article>{lines}</article></body></html>".encode()


@pytest.fixture
def blog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which every kind of input has the same post, at an address of its own, and files that are none."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "blog"
    (folder / "feed").mkdir(parents=True)
    (folder / "feed" / "index.html").write_text(RSS.replace("/packing", "/a").replace("/garden", "/b"))
    (folder / "atom.xml").write_text(ATOM.replace("/packing", "/c").replace("/garden", "/d"))
    (folder / "feed.json").write_text(json.dumps(JSON_FEED).replace("/packing", "/e").replace("/garden", "/f"))
    (folder / "garden.md").write_text(MARKDOWN)
    (folder / "sitemap.xml").write_text(f"<urlset><url><loc>{SITE}/packing</loc></url></urlset>")
    (folder / "package.json").write_text('{"version": "1.0"}')
    return folder


def test_a_folder_of_everything(blog: Path) -> None:
    skipped: Counter[str] = Counter()
    notes: list[str] = []
    posts = {post.url: post for post in read_posts(blog, site=SITE, skipped=skipped, notes=notes)}
    assert set(posts) == {f"{SITE}/{name}" for name in ("a", "b", "c", "d", "e", "f", "garden/")}
    garden = posts[f"{SITE}/garden/"]
    assert (garden.title, garden.fetched_at, garden.extra) == ("The garden", "2026-05-01", {"author": "Bo"})
    assert garden.text == "The garden\n" + COOKING.replace("\n", " ")
    assert skipped == {"sitemaps (give them with --sitemap)": 1, "files of other kinds": 1}
    assert notes == []


def test_a_sitemap_says_which_pages_of_an_archive_are_posts(tmp_path: Path) -> None:
    archive = tmp_path / "crawl.warc"
    pages = {f"{SITE}/packing/": SCHEDULER, f"{SITE}/tags/": "Tags of the blog: packing, garden", f"{SITE}/": "Home"}
    archive.write_bytes(b"".join(response(url, html(text)) for url, text in pages.items()))
    (tmp_path / "map.txt").write_text(f"{SITE}/packing\n{SITE}/garden\n")
    sitemap, skipped = Sitemap([tmp_path / "map.txt"]), Counter[str]()
    (post,) = read_posts(archive, sitemap=sitemap, skipped=skipped)
    assert post.url == f"{SITE}/packing/"
    assert skipped == {"pages that are in no sitemap": 2}
    assert sitemap.unasked == [f"{SITE}/garden"]


def test_adding_again_adds_nothing_and_hosts_are_learned(blog: Path) -> None:
    (blog / "crawl.warc").write_bytes(response(f"{SITE}/packing", html(SCHEDULER)))
    built = run("index", "build", "x.index", "blog/garden.md", "--site", SITE)
    assert (built.exit_code, built.stdout) == (0, "x.index: 1 post\n")
    added = run("index", "add", "x.index", "blog", "--site", SITE)
    assert (added.exit_code, added.stdout) == (0, "x.index: 7 posts added, 8 in all\n")
    assert run("index", "add", "x.index", "blog", "--site", SITE).stdout == "x.index: 0 posts added, 8 in all\n"
    assert set(ReferenceIndex.open("x.index").hosts) == {"blog.halyard.example"}
    detector = Detector("x.index")
    copy = html(SCHEDULER, "Halyard 4.2")
    assert detector.check(Page(f"{SITE}/2027/other", html=copy)).label == "official"
    assert detector.check(Page("https://elsewhere.example/x", html=copy)).label == "repost"


@pytest.mark.parametrize("name", ["feed/index.html", "atom.xml", "feed.json", "garden.md"])
def test_each_kind_alone_has_its_host_learned_and_its_copies_found(blog: Path, name: str) -> None:
    assert run("index", "build", "x.index", f"blog/{name}", "--site", SITE).exit_code == 0
    detector = Detector("x.index")
    text = COOKING if name == "garden.md" else SCHEDULER
    assert detector.check(Page(f"{SITE}/2027/other", html=html(text))).label == "official"
    assert detector.check(Page("https://elsewhere.example/x", html=html(text))).label == "repost"


def test_the_command_with_a_sitemap(blog: Path) -> None:
    Path("crawl.warc").write_bytes(
        response(f"{SITE}/packing", html(SCHEDULER)) + response(f"{SITE}/tags", html("All tags"))
    )
    Path("map.txt").write_text(f"{SITE}/packing\n{SITE}/lost\n")
    built = run("index", "build", "x.index", "crawl.warc", "--sitemap", "map.txt")
    assert (built.exit_code, built.stdout) == (0, "x.index: 1 post\n")
    assert "passed over: pages that are in no sitemap (1)" in built.stderr
    assert f"1 of 2 addresses of the sitemap have no page: {SITE}/lost" in built.stderr
    alone = run("index", "build", "y.index", "blog/sitemap.xml")
    assert (alone.exit_code, "no posts found" in alone.stderr) == (2, True)
    assert "give them with --sitemap" in alone.stderr


def test_teasers_are_told(blog: Path) -> None:
    item = "<item><link>{}</link><description>Short [...]</description></item>"
    items = "".join(item.format(f"{SITE}/{number}") for number in range(12))
    Path("teasers.xml").write_text(f"<rss version='2.0'><channel>{items}</channel></rss>")
    built = run("index", "build", "x.index", "teasers.xml")
    assert (built.exit_code, built.stdout) == (0, "x.index: 12 posts\n")
    assert "of 12 of 12 entries only a teaser is there" in built.stderr
    assert f"{SITE}/0, {SITE}/1" in built.stderr and "and 2 more" in built.stderr


def test_a_site_that_is_none(blog: Path) -> None:
    built = run("index", "build", "x.index", "blog", "--site", "halyard")
    assert (built.exit_code, "--site must be a web address" in built.stderr) == (2, True)


def test_a_site_that_is_wanted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.md").write_text(f"---\npermalink: /one/\n---\n{SCHEDULER}\n")
    alone = run("index", "build", "x.index", "one.md")
    assert (alone.exit_code, alone.stdout) == (0, "x.index: 1 post\n")
    assert "1 post with an address that names no host, such as /one/: give that of the blog (--site)" in alone.stderr
    assert "--site" not in run("index", "build", "x.index", "one.md", "--site", SITE).stderr
