"""Inputs -> official posts: all that `read_pages` reads, feeds, and sitemaps that say which pages are posts.

for post in read_posts("feed.xml", "content/posts"): ...
for post in read_posts("crawl.warc.gz", sitemap=Sitemap(["sitemap.xml"])): ...
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

from detector.data import Page
from detector.decoding import kind_of
from detector.feeds import read_feed
from detector.pages import Reader, head_of, read_files, reader_of
from detector.rows import counted
from detector.sitemaps import Sitemap

# Addresses of teasers that a note names.
_NAMED = 10


def read_posts(
    *inputs: str | Path,
    sitemap: Sitemap | None = None,
    site: str | None = None,
    skipped: Counter[str] | None = None,
    notes: list[str] | None = None,
    stdin: BinaryIO | None = None,
) -> Iterator[Page]:
    """The posts of all inputs, in order, as `read_pages` reads them; feeds (RSS, Atom, JSON Feed) too, whatever they
    are called.

    With a `sitemap` only pages whose address it names are posts, the others are counted in `skipped`. `site` is the
    address before those that begin with a slash, such as a permalink of front matter. `notes` takes what a reader has
    to know, a line each: which entries of a feed are teasers, that a feed is broken, that a `site` is wanted.
    """
    counts = skipped if skipped is not None else Counter()
    told = notes if notes is not None else []
    if sitemap is not None:
        told.extend(sitemap.notes)

    def feed_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
        feed = read_feed(path, name)
        told.extend(feed.notes)
        if feed.teasers:
            named = ", ".join(feed.teasers[:_NAMED])
            more = f", and {len(feed.teasers) - _NAMED} more" if len(feed.teasers) > _NAMED else ""
            told.append(
                f"{path}: of {len(feed.teasers)} of {len(feed.posts)} entries only a teaser is there, and copies of the"
                f" post are not found by it: {named}{more}"
            )
        yield from feed.posts

    def post_reader_of(path: Path) -> Reader | None:
        return reader_of(path) or {"feed": feed_file, "sitemap": _sitemap_file}.get(kind_of(head_of(path)))

    homeless: list[str] = []
    for page in read_files(inputs, post_reader_of, counts, stdin or sys.stdin.buffer):
        post = replace(page, url=_joined(site, page.url)) if site and page.url.startswith("/") else page
        if post.url.startswith("/") and not post.error:
            homeless.append(post.url)
        if sitemap is not None and not post.error and not sitemap.names(post.url):
            counts["pages that are in no sitemap"] += 1
            continue
        yield post
    if homeless:
        told.append(
            f"{counted(len(homeless), 'post')} with an address that names no host, such as {homeless[0]}:"
            " give that of the blog (--site)"
        )


def _joined(site: str, address: str) -> str:
    try:
        return urljoin(site, address)
    except ValueError:
        return address


def _sitemap_file(path: Path, name: str, skipped: Counter[str]) -> Iterator[Page]:
    skipped["sitemaps (give them with --sitemap)"] += 1
    yield from ()
