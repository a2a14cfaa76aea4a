"""Near-duplicates among texts, without any reference: MinHash and LSH (datasketch).

Signatures are datasketch's own, computed by our kernel, so that they can be stored and compared with any
made elsewhere from the same hashes under scheme "affine32" and seed 1.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import combinations

import numpy as np
from datasketch import LeanMinHash, MinHash, MinHashLSH

from detector import kernels
from detector.data import UsageError
from detector.text import Tokens
from detector.views import VIEWS

SCHEME, SEED, PERMUTATIONS = "affine32", 1, 128
# Shingles below which a text is compared as a whole: the Jaccard of a few shingles is chance.
LEAST_SHINGLES = 30
SIMILARITY = 0.7
# A text of which this share is in the other is a near-duplicate already at a Jaccard that is lower by LENIENCE: it was
# cut short, or something stands behind it.
WHOLE, LENIENCE = 0.95, 0.1
# Candidates are looked for so far below the similarity: at the similarity itself the LSH finds 99 % of the pairs.
_MARGIN = 0.2
# A signature's estimate of the Jaccard scatters by 0.044 at most (one standard deviation).
_SCATTER = 0.18
# In a bucket with more texts each is compared with so many that follow it there: what is common to thousands of pages
# must not cost millions of comparisons.
NEIGHBOURS = 16


@cache
def _permutations() -> tuple[np.ndarray, np.ndarray]:
    a, b = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME).permutations
    return np.asarray(a, np.uint32), np.asarray(b, np.uint32)


def shingles(tokens: Tokens) -> np.ndarray:
    """The distinct 32-bit hashes of a text's runs of five words, uint32, sorted."""
    values = (VIEWS["words"].shingles(tokens) >> np.uint64(32)).astype(np.uint32)
    # np.unique, which would do, takes as long as all the rest up to the signature.
    return np.asarray(kernels.distinct(np.sort(values)))


def signature(values: np.ndarray) -> LeanMinHash:
    """The MinHash signature of a text's `shingles`, 128 permutations."""
    return LeanMinHash(seed=SEED, hashvalues=kernels.minhash(values, *_permutations()), scheme=SCHEME)


def shared(a: np.ndarray, b: np.ndarray) -> int:
    """How many shingles both have."""
    return int(np.intersect1d(a, b, assume_unique=True).size)


def jaccard(common: int, one: int, other: int) -> float:
    """Share of the shingles of either of two texts that both have, 0..1, from how many both and each have."""
    return common / (one + other - common) if common else 0.0


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text: a hash of its words ("" of a text without), its `shingles`, and their signature when
    there are at least LEAST_SHINGLES."""

    words: bytes
    shingles: np.ndarray
    signature: LeanMinHash | None


def sketch(tokens: Tokens) -> Sketch:
    values = shingles(tokens)
    words = blake2b(tokens.hashes.tobytes(), digest_size=16).digest() if len(tokens) else b""
    return Sketch(words, values, signature(values) if values.size >= LEAST_SHINGLES else None)


def lsh(similarity: float) -> MinHashLSH:
    """An empty LSH that finds what is alike at this similarity. Raises UsageError when that is not above 0 and at most
    1."""
    if not 0 < similarity <= 1:
        raise UsageError(f"similarity must be above 0 and at most 1, not {similarity:g}")
    return MinHashLSH(threshold=max(0.05, similarity - _MARGIN), num_perm=PERMUTATIONS)


def buckets(table: MinHashLSH, signature: LeanMinHash) -> list[bytes]:
    """The names of the buckets that a text belongs into, one a band: what datasketch calls them in a shared storage,
    after the storage's own name."""
    values = np.asarray(signature.hashvalues)
    return [
        b"_bucket_" + struct.pack(">H", band) + values[start:end].byteswap().tobytes()
        for band, (start, end) in enumerate(table.hashranges)
    ]


def alike(common: int, one: int, other: int, similarity: float) -> float | None:
    """The Jaccard of two texts with `one` and `other` shingles, `common` ones in both, when that makes them alike: at
    least `similarity`, or a little less where the shorter is whole in the longer (WHOLE, LENIENCE). Else None."""
    measured = jaccard(common, one, other)
    whole = common >= WHOLE * min(one, other)
    return measured if measured >= (_least(similarity) if whole else similarity) else None


def _least(similarity: float) -> float:
    return similarity - LENIENCE if similarity < 1 else 1.0


class DuplicateFinder:
    """Groups texts that are alike, of which it is given the sketches one by one.

    Two texts are alike when they have the same words, or, from LEAST_SHINGLES on, when the Jaccard of their shingles
    is at least `similarity`, or a little less where the shorter is whole in the longer (WHOLE, LENIENCE). Candidates
    come from an LSH; every pair is measured before it is joined. Texts without words are alike to nothing.
    Memory: signature and shingles of every text that is not the same as an earlier one. Raises UsageError when the
    similarity is not above 0 and at most 1.
    """

    def __init__(self, similarity: float = SIMILARITY) -> None:
        self.similarity = similarity
        self._lsh = lsh(similarity)
        self._sketches: dict[int, Sketch] = {}
        self._first: dict[bytes, int] = {}
        self._parents: list[int] = []
        # Pairs that were measured and joined, with their Jaccard: of texts whose words differ.
        self.pairs: list[tuple[int, int, float]] = []

    def add(self, sketch: Sketch) -> int:
        """Take in a text; the place of the first with the same words, its own when it is that."""
        place = len(self._parents)
        self._parents.append(place)
        first = self._first.setdefault(sketch.words, place) if sketch.words else place
        if first != place:
            self._join(first, place)
        elif sketch.signature is not None:
            self._sketches[place] = sketch
            self._lsh.insert(place, sketch.signature)
        return first

    def groups(self) -> list[list[int]]:
        """Groups of two texts and more, as places in the order of adding, each ascending, by their first."""
        for a, b in self._candidates():
            if self._root(a) != self._root(b) and self._alike(a, b):
                self._join(a, b)
        groups: dict[int, list[int]] = defaultdict(list)
        for place in range(len(self._parents)):
            groups[self._root(place)].append(place)
        return sorted(group for group in groups.values() if len(group) > 1)

    def _candidates(self) -> Iterator[tuple[int, int]]:
        for (_, end), table in zip(self._lsh.hashranges, self._lsh.hashtables, strict=True):
            for bucket in table.keys():  # noqa: SIM118 (a storage, not a dict)
                places = table.get(bucket)
                if len(places) > NEIGHBOURS + 1:
                    yield from self._neighbours(places, end)
                elif len(places) > 1:
                    yield from combinations(sorted(places), 2)

    def _neighbours(self, places: Collection[int], end: int) -> Iterator[tuple[int, int]]:
        """Pairs in a flooded bucket, ordered by what comes after the band in their signatures: there those that are
        most alike are most likely near each other."""
        ordered = sorted(places, key=lambda place: (np.roll(self._values(place), -end).tobytes(), place))
        for at, place in enumerate(ordered):
            for other in ordered[at + 1 : at + 1 + NEIGHBOURS]:
                yield place, other

    def _values(self, place: int) -> np.ndarray:
        signature = self._sketches[place].signature
        assert signature is not None
        return np.asarray(signature.hashvalues)

    def _alike(self, a: int, b: int) -> bool:
        if (self._values(a) == self._values(b)).mean() < _least(self.similarity) - _SCATTER:
            return False
        one, other = self._sketches[a].shingles, self._sketches[b].shingles
        measured = alike(shared(one, other), one.size, other.size, self.similarity)
        if measured is None:
            return False
        self.pairs.append((a, b, measured))
        return True

    def _root(self, place: int) -> int:
        parents = self._parents
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    def _join(self, a: int, b: int) -> None:
        first, second = sorted((self._root(a), self._root(b)))
        self._parents[second] = first
