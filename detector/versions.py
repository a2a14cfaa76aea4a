"""Which posts are versions of one another: the same address, and what of the text is the same.

A feed often has only the beginning of a post, or its text without the lists and code. Beside the post itself that is no
version worth keeping: a copy of it is a copy of the post. A post that was changed is one, since copies are of the text
that stood there when they were made.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.fingerprints import Fingerprint
from detector.segments import Segment
from detector.text import Tokens, tokenise

# Of the words of a part so many stand in runs of three that the whole has too; "read more" may stand behind them.
_SHARE = 0.8
# A part has at most this share of the words of the whole: what is longer is another state of it.
_LENGTH = 0.75
# Versions of an address that a new text is compared with, the latest ones.
_MOST = 8


class Versions:
    """The numbers of posts by address: of those in segments, which may be a million, as arrays. `dropped` are the
    numbers of those that were dropped, which the segments do not tell yet."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        empty = np.zeros(0, np.int64)
        addresses = np.concatenate([empty.astype(np.uint64), *(segment.address for segment in segments)])
        removed = np.concatenate([empty, *(segment.base + segment.removed for segment in segments)])
        living = np.delete(np.arange(addresses.size), removed)
        self._stored = living[np.argsort(addresses[living], kind="stable")]
        self._addresses = addresses[self._stored]
        self._numbers: dict[int, list[int]] = {}
        self.dropped: list[int] = []

    def of(self, post: Fingerprint) -> list[int]:
        """The posts at its address, and at its canonical address; the latest first."""
        found = {number for address in post.addresses for number in self._at(address)[-_MOST:]}
        return sorted(found, reverse=True)[:_MOST]

    def add(self, post: Fingerprint, number: int) -> None:
        self._at(post.address).append(number)

    def drop(self, post: Fingerprint, number: int) -> None:
        """Drop a post that is a version of this one."""
        for address in post.addresses:
            self._numbers[address] = [other for other in self._at(address) if other != number]
        self.dropped.append(number)

    def _at(self, address: int) -> list[int]:
        """The posts at an address, the latest last."""
        if address not in self._numbers:
            first, last = (np.searchsorted(self._addresses, np.uint64(address), side) for side in ("left", "right"))
            self._numbers[address] = self._stored[first:last].tolist()
        return self._numbers[address]


def is_part(text: str, of: str) -> bool:
    """Whether a text is the beginning, an excerpt or the same as another.

    >>> is_part("Two crows and a fox met on the quay. Read more", "Two crows and a fox met on the quay. They " * 3)
    True
    >>> is_part("They ate.", "They slept."), is_part("They  ate", "They ate.")
    (False, True)
    """
    part, whole = tokenise(text), tokenise(of)
    if np.array_equal(part.hashes, whole.hashes):
        return True
    return len(part) <= _LENGTH * len(whole) and _share(part, whole) >= _SHARE


def _share(part: Tokens, whole: Tokens) -> float:
    """Share of the tokens of a part that stand in runs of three that the whole has, 0..1."""
    if len(part) < 3:
        return float(np.isin(part.hashes, whole.hashes).mean()) if len(part) else 1.0
    common = np.isin(_runs(part.hashes), _runs(whole.hashes))
    inside = np.zeros(len(part), dtype=bool)
    for at in range(3):
        inside[at : at + common.size] |= common
    return float(inside.mean())


def _runs(hashes: np.ndarray) -> np.ndarray:
    """A hash of each run of three tokens; arithmetic wraps around."""
    first, second, third = hashes[:-2], hashes[1:-1], hashes[2:]
    return (first * np.uint64(0x9E3779B97F4A7C15) + second) * np.uint64(0xC2B2AE3D27D4EB4F) + third
