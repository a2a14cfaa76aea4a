"""Near-duplicates among pages, without any reference: MinHash and LSH (datasketch).

Signatures are datasketch's own, computed by our kernel, so that they can be stored and compared with any
made elsewhere from the same hashes under scheme "affine32" and seed 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from datasketch import LeanMinHash, MinHash, MinHashLSH

from detector import kernels
from detector.text import Tokens
from detector.views import VIEWS

SCHEME, SEED, PERMUTATIONS = "affine32", 1, 128
# Shingles below which a text is compared as a whole: the Jaccard of a few shingles is chance.
LEAST_SHINGLES = 30
# Candidates are looked for below the threshold, since the estimate scatters, and then measured.
_MARGIN = 0.1


@cache
def _permutations() -> tuple[np.ndarray, np.ndarray]:
    a, b = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME).permutations
    return np.asarray(a, np.uint32), np.asarray(b, np.uint32)


def shingles(tokens: Tokens) -> np.ndarray:
    """The distinct 32-bit hashes of a text's runs of five words, uint32, sorted."""
    return np.unique((VIEWS["words"].shingles(tokens) >> np.uint64(32)).astype(np.uint32))


def signature(values: np.ndarray) -> LeanMinHash:
    """The MinHash signature of a text's `shingles`, 128 permutations."""
    return LeanMinHash(seed=SEED, hashvalues=kernels.minhash(values, *_permutations()), scheme=SCHEME)


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the shingles of either that both have, 0..1."""
    shared = np.intersect1d(a, b, assume_unique=True).size
    return shared / (a.size + b.size - shared) if shared else 0.0


def near_duplicates(texts: Iterable[Tokens], threshold: float = 0.7) -> list[list[int]]:
    """Groups of texts that are alike, as places in `texts`, each ascending, by their first.

    Two texts are alike when the Jaccard of their shingles is at least `threshold` (0..1), or, below
    LEAST_SHINGLES, when they have the same words; candidates from the LSH are measured before they are
    joined. Texts without words are alike to nothing. Memory: the shingles of all texts.
    """
    lsh = MinHashLSH(threshold=max(0.05, threshold - _MARGIN), num_perm=PERMUTATIONS)
    kept: list[np.ndarray] = []
    whole: dict[bytes, int] = {}
    parents: list[int] = []
    for place, tokens in enumerate(texts):
        parents.append(place)
        values = shingles(tokens)
        kept.append(values)
        if values.size < LEAST_SHINGLES:
            if len(tokens):
                _join(parents, whole.setdefault(tokens.hashes.tobytes(), place), place)
            continue
        sketch = signature(values)
        for other in lsh.query(sketch):
            if _root(parents, other) != _root(parents, place) and jaccard(values, kept[other]) >= threshold:
                _join(parents, other, place)
        lsh.insert(place, sketch)
    groups: dict[int, list[int]] = defaultdict(list)
    for place in range(len(parents)):
        groups[_root(parents, place)].append(place)
    return sorted(group for group in groups.values() if len(group) > 1)


def _root(parents: Sequence[int], place: int) -> int:
    while parents[place] != place:
        place = parents[place]
    return place


def _join(parents: list[int], a: int, b: int) -> None:
    first, second = sorted((_root(parents, a), _root(parents, b)))
    parents[second] = first
