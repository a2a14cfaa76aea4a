"""Feeds -> the posts in them: RSS, Atom and RDF (feedparser), JSON Feed.

    feed = read_feed(Path("feed.xml"), "feed.xml")
    feed.posts, feed.notes

A feed that is broken gives what could be read of it. Feeds that declare entities of their own are refused: written for
another reason than an attack they would be hard to find, and a few lines of them make gigabytes.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from detector.data import Page
from detector.decoding import decode
from detector.fragments import shown_text
from detector.lines import open_unpacked

# The feeds of whole blogs, with pictures in their text, stay below a tenth of it.
MOST_BYTES = 64_000_000
# feedparser takes up to an eighth of a millisecond for a tag, and is slower the deeper they are nested. Feeds of ten
# thousand posts have fewer, and HTML in them is nested a tenth as deep.
MOST_TAGS, DEEPEST = 600_000, 1_000
# A description of so many words that does not break off is the post itself: many blogs write short posts, or put the
# whole text there.
WHOLE_WORDS = 150
_TAG = re.compile(r"<(/?)([\w:.-]+)[^<>]*")
_QUOTE = re.compile(r"[\"']")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
# What looks like tags between these is none.
_NO_TAGS = (("<![CDATA[", "]]>"), ("<!--", "-->"))
_ENTITY = re.compile(r"<!ENTITY\s", re.IGNORECASE)
_BREAKS_OFF = re.compile(
    r"(?:…|\.\.\.|\[\s*(?:…|\.\.\.)\s*\]|(?:read|continue|keep)\s+(?:more|reading|on)\b.{0,80}|阅读(?:全文|更多|原文)"
    r"|查看(?:全文|原文)|weiterlesen|lire la suite|leer más|続きを読む)[\s.»›→>)\]]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Feed:
    """`posts` have the text that the feed has of them, `teasers` are the addresses of those of which that is only the
    beginning. `notes` say what a reader has to know, a line each."""

    posts: tuple[Page, ...]
    teasers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a feed has of a post: `html` or `text`, and whether that is said to be the whole."""

    url: str = ""
    title: str = ""
    date: str = ""
    author: str = ""
    html: str = ""
    text: str = ""
    whole: bool = False


def read_feed(path: Path, name: str) -> Feed:
    """The posts of a feed's file, packed or not; of one that is refused, or no feed, the only post has `error`. A post
    without an address gets `name`, "#" and its number. Raises OSError, EOFError and zlib.error when the file cannot be
    read."""
    with open_unpacked(path) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        return _refused(path, name, f"a feed of over {MOST_BYTES:,} bytes")
    text = decode(data, "application/xml" if data.lstrip()[:1] == b"<" else "application/json").text
    try:
        if text.lstrip("\ufeff \t\r\n").startswith("{"):
            home, entries, broken = _json_feed(text)
        elif _ENTITY.search(text):
            return _refused(path, name, "declares entities, which feeds have no need of")
        elif too_much := _too_much(text):
            return _refused(path, name, too_much)
        else:
            home, entries, broken = _xml_feed(text)
    except ValueError as error:
        return _refused(path, name, str(error))
    posts: list[Page] = []
    teasers: list[str] = []
    for number, entry in enumerate(entries, start=1):
        post = _post(entry, f"{name}#{number}", home, str(path), number)
        posts.append(post)
        if post.text and not entry.whole and _is_teaser(post.text):
            teasers.append(post.url)
    notes = [f"{path}: broken ({broken}); entries that could be read: {len(posts)}"] if broken else []
    if not posts and not broken:
        notes = [f"{path}: a feed without entries"]
    return Feed(tuple(posts), tuple(teasers), tuple(notes))


def _refused(path: Path, name: str, why: str) -> Feed:
    return Feed((Page(url=name, input=str(path), error=why),))


def _post(entry: _Entry, name: str, home: str, source: str, number: int) -> Page:
    text = entry.text or shown_text(entry.html)
    title = (shown_text(entry.title) if "<" in entry.title or "&" in entry.title else "") or entry.title
    return Page(
        url=_address(entry.url, home) or name,
        text=text if text is not None else entry.html,
        title=" ".join(title.split()) or None,
        fetched_at=entry.date or None,
        extra={"author": entry.author} if entry.author else {},
        input=source,
        offset=number,
    )


def _address(url: str, home: str) -> str:
    try:
        return urljoin(home, url.strip()) if url.strip() else ""
    except ValueError:
        return url


def _is_teaser(text: str) -> bool:
    # A text without spaces between its words has a word in every other character.
    words = max(len(text.split()), sum(char > "\u2e7f" for char in text) // 2)
    return words < WHOLE_WORDS or _BREAKS_OFF.search(text[-200:]) is not None


def _too_much(text: str) -> str:
    """What of XML would keep feedparser busy for minutes; "" for nothing. Takes time in proportion to the text."""
    opened: list[str] = []
    names: Counter[str] = Counter()
    unclosed: set[str] = set()
    tags, at, value_ends = 0, text.find("<"), -1
    while at >= 0:
        end = at + 1
        tags += 1
        if tags > MOST_TAGS:
            return f"a feed of over {MOST_TAGS:,} tags"
        if tag := _TAG.match(text, at):
            end = tag.end()
            # A value in which its tag seems to end may hold what looks like ends of elements or comments.
            unclosed_quote = None if tag[1] else _QUOTE.search(_QUOTED.sub("", tag[0]))
            if unclosed_quote:
                value_ends = max(value_ends, text.find(unclosed_quote[0], end))
            if not tag[1] and (unclosed_quote or text[end - 1] != "/"):
                opened.append(tag[2])
                names[tag[2]] += 1
            # In broken feeds elements may be left open; what is around them closes them, too.
            while tag[1] and at > value_ends and names[tag[2]]:
                closed = opened.pop()
                names[closed] -= 1
                if closed == tag[2]:
                    break
            if len(opened) > DEEPEST:
                return f"a feed of elements nested over {DEEPEST:,} deep"
        for start, stop in _NO_TAGS:
            if at > value_ends and start not in unclosed and text.startswith(start, at):
                found = text.find(stop, at)
                if found < 0:
                    unclosed.add(start)
                else:
                    end = found
        at = text.find("<", end)
    return ""


def _xml_feed(text: str) -> tuple[str, Iterator[_Entry], str]:
    """Address of the blog, entries, and what is wrong with the feed. Raises ValueError for what is no feed."""
    # Slow to load, and of no use but here.
    import feedparser

    # The text is decoded already, whatever its first line says of it. Given as a stream, since feedparser would fetch
    # what looks like an address.
    parsed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    wrong = parsed.get("bozo_exception")
    if not parsed.version and not parsed.entries:
        raise ValueError(f"no feed that could be read{f' ({str(wrong)[:100]})' if wrong else ''}")
    return parsed.feed.get("link", ""), map(_xml_entry, parsed.entries), str(wrong)[:100] if wrong else ""


def _xml_entry(entry: Any) -> _Entry:
    contents = entry.get("content") or [{}]
    content = max(contents, key=lambda part: len(part.get("value") or ""))
    body = content.get("value") or ""
    summary = entry.get("summary") or ""
    # Where there is no description feedparser gives the content as one, and Atom may say the same in both.
    whole = len(body) >= len(summary) and bool(body) and not _BREAKS_OFF.search((shown_text(body) or "")[-200:])
    html = body if len(body) >= len(summary) else summary
    return _Entry(
        url=entry.get("link") or "",
        title=entry.get("title") or "",
        date=entry.get("published") or entry.get("updated") or "",
        author=entry.get("author") or "",
        whole=whole,
        html="" if content.get("type") == "text/plain" and html is body else html,
        text=html if content.get("type") == "text/plain" and html is body else "",
    )


def _json_feed(text: str) -> tuple[str, Iterator[_Entry], str]:
    try:
        feed = json.loads(text.lstrip("\ufeff"))
    except RecursionError:
        raise ValueError("not JSON (nested too deep)") from None
    except ValueError as error:
        raise ValueError(f"not JSON ({str(error)[:80]})") from error
    items = feed.get("items")
    if not isinstance(items, list):
        raise ValueError("a JSON Feed without items")
    authors = feed.get("authors") or [feed.get("author")]
    entries = (_json_entry(item, authors) for item in items if isinstance(item, dict))
    return _words(feed.get("home_page_url")), entries, ""


def _json_entry(item: dict[str, Any], authors: Any) -> _Entry:
    own = item.get("authors") or [item.get("author")] if item.get("authors") or item.get("author") else authors
    names = [author.get("name") for author in own if isinstance(author, dict)] if isinstance(own, list) else []
    html, text = _words(item.get("content_html")), _words(item.get("content_text"))
    whole = bool(html or text) and not _BREAKS_OFF.search((text or shown_text(html) or "")[-200:])
    known = _words(item.get("id"))
    return _Entry(
        url=_words(item.get("url")) or (known if "://" in known else ""),
        title=_words(item.get("title")),
        date=_words(item.get("date_published")) or _words(item.get("date_modified")),
        author=", ".join(filter(None, map(_words, names))),
        html=html,
        text="" if html else text or _words(item.get("summary")),
        whole=whole,
    )


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""
