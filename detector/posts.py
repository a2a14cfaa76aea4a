"""`Page` -> `Post`: an official post as the reference index keeps it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from detector import document
from detector.boilerplate import BoilerplateModel
from detector.data import DetectorError, Page, own_text
from detector.decoding import language_of


class PostUnusable(DetectorError):
    """A page has no text that could be matched; the text says why."""


@dataclass(frozen=True, slots=True)
class Post:
    """`text` is what passages point into: as given, or the main text when the post came as HTML."""

    url: str
    title: str
    text: str
    language: str

    @property
    def identity(self) -> int:
        """64 bits that are equal only for the same address with the same text."""
        return _hash64(self.url, self.text)

    @property
    def address(self) -> int:
        """64 bits of the address alone."""
        return address_hash(self.url)


def address_hash(url: str) -> int:
    """64 bits of a post's address, as `Post.address`."""
    return _hash64(url)


def _hash64(*parts: str) -> int:
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "little")


def post_of(page: Page, model: BoilerplateModel | None = None) -> Post:
    """Take a post from a page; `model` (the shipped one when None) finds the main text of HTML.

    Raises PostUnusable when the page could not be read or has no words.
    """
    if page.error:
        raise PostUnusable(f"{page.url}: {page.error}")
    if page.html is None:
        text = page.text or ""
        title = page.title or next((line.strip("# ") for line in text.split("\n") if line.strip()), "")[:200]
        post = Post(page.url, title, text, language_of(text))
    else:
        parsed = document.parse(page)
        blocks = (model or BoilerplateModel.load()).classify(parsed)
        text = own_text(blocks)
        post = Post(page.url, parsed.title, text, parsed.language)
    if not any(char.isalnum() for char in post.text):
        raise PostUnusable(f"{page.url}: has no text to match")
    return post
