"""Posts -> what a reference index keeps of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from detector.boilerplate import BoilerplateModel
from detector.data import Page
from detector.parallel import mapped
from detector.posts import MOST_ADDRESS, MOST_TEXT, MOST_TITLE, Post, PostUnusable, identity_of, post_of
from detector.sampling import sampled_keys
from detector.text import Tokens, tokenise
from detector.views import VIEWS

# A level above takes twice as long for five hundredths less.
_COMPRESSION = 3
# Of an unpacked record, in which a character takes up to twelve: what is longer was not written by this program.
_MOST_RECORD_BYTES = 12 * (MOST_ADDRESS + MOST_TITLE + MOST_TEXT) + 1_000


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """All that an index keeps of a post: its keys at a `sampling`, by view in the order of VIEWS, and its record.
    `addresses` are those of `Post.addresses`, its own first."""

    url: str
    note: str
    identity: int
    addresses: tuple[int, ...]
    sampling: int
    keys: tuple[np.ndarray, ...]
    record: bytes

    @classmethod
    def of(cls, post: Post, sampling: int, tokens: Tokens) -> Fingerprint:
        """Of a post and the tokens of its text."""
        keys = tuple(sampled_keys(tokens, view, sampling) for view in VIEWS)
        return cls(post.url, post.note, post.identity, post.addresses, sampling, keys, _packed(post))

    @property
    def address(self) -> int:
        return self.addresses[0]

    def post(self) -> Post:
        """The post, from its record."""
        return post_of_record(self.record)

    def at(self, url: str) -> Fingerprint:
        """The same post under another address."""
        moved = replace(self.post(), url=url)
        addresses = tuple(dict.fromkeys((moved.address, *self.addresses)))
        return replace(self, url=url, identity=moved.identity, addresses=addresses, record=_packed(moved))


def _packed(post: Post) -> bytes:
    record = {"url": post.url, "title": post.title, "text": post.text, "language": post.language}
    # ASCII-escaped JSON carries lone surrogates, which UTF-8 could not.
    return zlib.compress(json.dumps(record).encode("ascii"), _COMPRESSION)


def post_of_record(packed: bytes) -> Post:
    """The post of a record. Raises ValueError when it is damaged."""
    try:
        record = json.loads(zlib.decompressobj().decompress(packed, _MOST_RECORD_BYTES))
        return Post(*(str(record[key]) for key in ("url", "title", "text", "language")))
    except (zlib.error, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"no record of a post: {error}") from error


_HEADING_BYTES = 4_000  # of an unpacked record: most addresses and titles end before
_BEFORE_URL, _BEFORE_TITLE = '{"url": ', ', "title": '


def heading_of_record(packed: bytes) -> tuple[str, str]:
    """Address and title of a record, which stand first in it: most of it stays packed. Raises ValueError when it is
    damaged there."""
    decoder = json.JSONDecoder()
    try:
        begin = zlib.decompressobj().decompress(packed, _HEADING_BYTES).decode("ascii")
        if begin.startswith(_BEFORE_URL):
            url, end = decoder.raw_decode(begin, len(_BEFORE_URL))
            if begin.startswith(_BEFORE_TITLE, end):
                return str(url), str(decoder.raw_decode(begin, end + len(_BEFORE_TITLE))[0])
    except (zlib.error, ValueError, RecursionError):
        pass  # cut off within one of the two, or damaged: the whole tells
    post = post_of_record(packed)
    return post.url, post.title


class Known:
    """The identities of posts that are there: those of segments, which may be a million, as arrays."""

    def __init__(self, segments: list[np.ndarray]) -> None:
        self._stored = np.sort(np.concatenate(segments)) if segments else np.zeros(0, np.uint64)
        self._added: set[int] = set()

    def add(self, identity: int) -> None:
        self._added.add(identity)

    def __contains__(self, identity: int | None) -> bool:
        if identity is None or not self._stored.size or identity in self._added:
            return identity in self._added
        at = int(np.searchsorted(self._stored, np.uint64(identity)))
        return at < self._stored.size and int(self._stored[at]) == identity


def fingerprints(
    pages: Iterable[Page], known: Known, sampling: Callable[[], int], jobs: int
) -> Iterator[Fingerprint | str | None]:
    """For every page, in order, the fingerprint of its post at the sampling of the moment; None when it is known to be
    there, and why there is none, in words, when it has no text that could be matched. `jobs` as in `parallel.mapped`.
    """
    asked = (None if identity_of(page) in known else (page, sampling()) for page in pages)
    return mapped(_Maker(), asked, jobs, lost=_lost)


def _lost(asked: tuple[Page, int] | None, reason: str) -> str:
    return f"{asked[0].url if asked else ''}: could not be read ({reason})"


class _Maker:
    """A page and a sampling -> its fingerprint, or why it has none, in words; None stays None."""

    def __init__(self) -> None:
        self._model: BoilerplateModel | None = None

    def __call__(self, asked: tuple[Page, int] | None) -> Fingerprint | str | None:
        if asked is None:
            return None
        page, sampling = asked
        if page.html is not None and self._model is None:
            self._model = BoilerplateModel.load()
        try:
            post = post_of(page, self._model)
            return Fingerprint.of(post, sampling, tokenise(post.text))
        except PostUnusable as error:
            return str(error)
