"""`SeenPages`: which pages of a running crawl were seen before, in the same or nearly the same words.

seen = SeenPages()                              # in memory
seen = SeenPages("seen.sqlite")                 # in a file
seen = SeenPages("redis://localhost:6379/0")    # for several machines
if (before := seen.check_and_add(url, page)) is not None:
    print(url, "is", before.first_url, "again")
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from detector.clusters import card_of
from detector.data import Page, UsageError
from detector.duplicates import PERMUTATIONS, SCHEME, SEED, SIMILARITY, alike, buckets, lsh, shared, sketch
from detector.settings import Settings
from detector.stores import REDIS, DiskStore, MemoryStore, RedisStore, Store
from detector.text import Tokens

# Of a longer text only the shingles in the lowest part of the hash range are kept, 2,048 to 4,096 of them: the Jaccard
# of what is kept is that of the whole, give or take 0.01.
MOST_SHINGLES = 4096
# So many of those that share the most buckets with a page are compared with it.
CANDIDATES = 64
_VERSION = 1
_HEAD = struct.Struct("<BBI")


@dataclass(frozen=True, slots=True)
class Seen:
    """The page that was seen first, and the Jaccard of its shingles with the new page's: 1 for the same words."""

    first_url: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a page: its address, and those of its distinct shingles (uint32, sorted) that are below
    2**(32 - shift)."""

    url: str
    shift: int
    shingles: np.ndarray

    @classmethod
    def of(cls, url: str, shingles: np.ndarray) -> Self:
        shift = max(0, (int(shingles.size) - 1) // MOST_SHINGLES).bit_length()
        return cls(url, shift, _below(shingles, shift))

    def encode(self) -> bytes:
        head = _HEAD.pack(_VERSION, self.shift, self.shingles.size)
        return head + self.shingles.astype("<u4").tobytes() + self.url.encode("utf-8", "surrogatepass")

    @classmethod
    def decode(cls, record: bytes) -> Self | None:
        """None for what is no record: others may write into a shared store."""
        try:
            version, shift, count = _HEAD.unpack_from(record)
            shingles = np.frombuffer(record, "<u4", count, _HEAD.size)
            url = record[_HEAD.size + shingles.nbytes :].decode("utf-8", "surrogatepass")
        except (struct.error, ValueError):
            return None
        if version != _VERSION or shift > 32 or (shingles[1:] <= shingles[:-1]).any():
            return None
        return cls(url, shift, shingles)

    def similarity(self, other: Record, least: float) -> float | None:
        """The Jaccard when both are `alike` at `least`, else None."""
        shift = max(self.shift, other.shift)
        one, two = _below(self.shingles, shift), _below(other.shingles, shift)
        return alike(shared(one, two), one.size, two.size, least)


def _below(shingles: np.ndarray, shift: int) -> np.ndarray:
    return shingles[: np.searchsorted(shingles, np.uint64(1 << (32 - shift)))] if shift else shingles


class SeenPages:
    """The pages seen so far, in a store: None is memory, an address that begins with redis://, rediss:// or unix:// is
    Redis, anything else a file. Pages seen by others with the same store are seen; `name` keeps stores in one Redis
    apart.

    Pages are alike as for `cluster`: the same words, or, from 30 shingles on, a Jaccard of at least `similarity`, a
    little less where the shorter is whole in the longer. Only pages that are new are kept, some 5 KB of one with a
    thousand words, so that `first_url` is always that of a page that was new; of several that are alike to a page it
    names the most similar. All stores give the same answers.

    Of several processes that ask at the same time about pages that are alike one is told that its page is new, and
    all others that theirs is not. What one is told of may then be a page that turns out to be seen before itself.

    Raises UsageError when the similarity makes no sense, the store cannot be used, is something else, or was made with
    another similarity or version, and when an extra is missing.
    """

    def __init__(
        self,
        where: str | Path | None = None,
        similarity: float = SIMILARITY,
        *,
        name: str = "detector-seen",
        settings: Settings | None = None,
    ) -> None:
        self._lsh = lsh(similarity)
        self._similarity = similarity
        self._most_bytes = (settings or Settings()).max_bytes
        self._store = _opened(where, name)
        hashed = f"{SCHEME} {SEED}, {self._lsh.b} times {self._lsh.r} of {PERMUTATIONS}"
        made = f"seen pages {_VERSION}, {hashed}, similarity {similarity:g}"
        try:
            with self._store.alone():
                found = self._store.header(made)
            if found != made:
                raise UsageError(f"the store of seen pages was made otherwise: {found[:100]!r}, not {made!r}")
        except UsageError:
            self._store.close()
            raise

    def check_and_add(self, url: str, page: Page | Tokens) -> Seen | None:
        """What was seen before of a page, which is then seen; None when it is new, and for a page without words.

        `page` is a page, whose own text is taken, or the tokens of such a text. Never raises on page content; raises
        UsageError when the store cannot be used.
        """
        text = sketch(page) if isinstance(page, Tokens) else card_of(page, self._most_bytes).sketch
        if not text.words:
            return None
        record = Record.of(url, text.shingles)
        names = buckets(self._lsh, text.signature) if text.signature is not None else []
        with self._store.alone():
            before, found = self._store.claim(text.words, record.encode(), names)
            if before is not None:
                if (first := Record.decode(before)) is not None:
                    return Seen(first.url, 1.0)
                self._store.replace(text.words, record.encode())
            best = self._best(record, Counter(key for key in found if key != text.words))
            if best is not None:
                self._store.withdraw(text.words, names)
            return best

    def _best(self, record: Record, found: Counter[bytes]) -> Seen | None:
        keys: Sequence[bytes] = sorted(found, key=lambda key: (-found[key], key))[:CANDIDATES]
        others = (Record.decode(other) for other in self._store.records(keys) if other is not None)
        seen = (
            Seen(other.url, similarity)
            for other in others
            if other is not None and (similarity := record.similarity(other, self._similarity)) is not None
        )
        return min(seen, key=lambda one: (-one.similarity, one.first_url), default=None)

    def close(self) -> None:
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _opened(where: str | Path | None, name: str) -> Store:
    if where is None:
        return MemoryStore()
    if not isinstance(where, str | Path):
        raise UsageError(f"a store of seen pages is a file, an address of Redis or None, not {type(where).__name__}")
    scheme, separator, _ = str(where).partition("://")
    if isinstance(where, str) and separator:
        if scheme not in REDIS:
            known = ", ".join(f"{one}://" for one in REDIS)
            raise UsageError(f"{scheme[:40]}:// is no store of seen pages; use {known} or a file")
        return RedisStore(where, name)
    return DiskStore(where)
