"""`Page` -> `Post`: an official post as the reference index keeps it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from detector import document
from detector.addresses import bare_address, site_of
from detector.boilerplate import BoilerplateModel
from detector.data import DetectorError, Page, own_text
from detector.decoding import language_of
from detector.settings import Settings

# Longer texts and titles are cut as those of pages are: a post of 20 MB takes seconds and a gigabyte to compare.
MOST_TEXT = Settings().max_bytes
MOST_TITLE = 1_000
MOST_ADDRESS = 10_000


class PostUnusable(DetectorError):
    """A page has no text that could be matched; the text says why."""


@dataclass(frozen=True, slots=True)
class Post:
    """`text` is what passages point into: as given, or the main text when the post came as HTML; its first MOST_TEXT
    characters. `note` says what was left out, "" for nothing; `canonical` is what its page names as its address, which
    the index does not keep."""

    url: str
    title: str
    text: str
    language: str
    note: str = ""
    canonical: str = ""

    @property
    def identity(self) -> int:
        """64 bits that are equal only for the same address with the same text."""
        return _hash64(self.url, self.text)

    @property
    def address(self) -> int:
        """64 bits of the address alone, see `address_hash`."""
        return address_hash(self.url)

    @property
    def addresses(self) -> tuple[int, ...]:
        """`address`, and the same of the canonical address if that is another one of the same host."""
        if not self.canonical or site_of(self.canonical)[0] != site_of(self.url)[0]:
            return (self.address,)
        return tuple(dict.fromkeys((self.address, address_hash(self.canonical))))


def address_hash(url: str) -> int:
    """64 bits of an address; scheme, `www.`, a slash at the end, fragment and tracking parameters do not count."""
    return _hash64(bare_address(url) or url)


def identity_of(page: Page) -> int | None:
    """`Post.identity` of the post that a page of text is; None of HTML, whose text is to be found yet."""
    return None if page.html is not None or page.error else _hash64(page.url, (page.text or "")[:MOST_TEXT])


def _hash64(*parts: str) -> int:
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "little")


def post_of(page: Page, model: BoilerplateModel | None = None) -> Post:
    """Take a post from a page; `model` (the shipped one when None) finds the main text of HTML.

    Raises PostUnusable when the page could not be read, has no words, or has no address that anybody could type.
    """
    if len(page.url) > MOST_ADDRESS:
        raise PostUnusable(f"{page.url[:80]}...: an address of {len(page.url):,} characters")
    if page.error:
        raise PostUnusable(f"{page.url}: {page.error}")
    if page.html is None:
        whole = page.text or ""
        text = whole[:MOST_TEXT]
        title = page.title or next((line.strip("# ") for line in text.split("\n") if line.strip()), "")[:200]
        note = f"only the first {MOST_TEXT:,} characters were indexed" if len(whole) > MOST_TEXT else ""
        post = Post(page.url, title[:MOST_TITLE], text, language_of(text), note)
    else:
        parsed = document.parse(page, max_bytes=MOST_TEXT)
        blocks = (model or BoilerplateModel.load()).classify(parsed)
        text = own_text(blocks)
        post = Post(
            page.url, parsed.title[:MOST_TITLE], text, parsed.language, "; ".join(parsed.notes), parsed.canonical
        )
    if not any(char.isalnum() for char in post.text):
        raise PostUnusable(f"{page.url}: has no text to match")
    return post
