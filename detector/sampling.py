"""Which keys of a text an index keeps: all of them while it is small, fewer the more posts it has.

FracMinHash: a key is kept when it is in the lowest 1/rate of the hash range, on the post's side and on the page's.
Containment among what is kept is an unbiased estimate of containment among all, and what a coarser rate keeps is a
subset of what a finer one does, so that an index can be thinned as it grows.
"""

from __future__ import annotations

import numpy as np

from detector import kernels
from detector.text import Tokens
from detector.views import VIEWS

# The rate up to so many posts. Up to the first step nothing is left out; at the last a post takes under 4 KB.
STEPS = ((5_000, 1), (20_000, 2), (50_000, 4), (200_000, 8))
COARSEST = 16
KEY_SPACE = 1 << 64


def sampling_for(posts: int) -> int:
    """The rate for an index of so many posts."""
    return next((rate for limit, rate in STEPS if posts <= limit), COARSEST)


def rate(view: str, sampling: int) -> int:
    """One in so many of a view's keys is kept."""
    return max(1, sampling * VIEWS[view].thinning)


def bound(view: str, sampling: int) -> np.uint64 | None:
    """The keys of a view below this are kept; None when all are."""
    one_in = rate(view, sampling)
    return None if one_in == 1 else np.uint64(KEY_SPACE // one_in)


def sampled_keys(tokens: Tokens, view: str, sampling: int) -> np.ndarray:
    """The distinct keys of a text in a view that an index of this sampling keeps, sorted (uint64)."""
    keys = VIEWS[view].shingles(tokens)
    below = bound(view, sampling)
    # np.unique, which would do, takes fifty times as long on 64-bit numbers.
    distinct: np.ndarray = kernels.distinct(np.sort(keys if below is None else kernels.below(keys, below)))
    return distinct


def thinned(keys: np.ndarray, view: str, sampling: int) -> np.ndarray:
    """Of sorted keys those that a coarser sampling keeps: a copy, so that the others are let go."""
    below = bound(view, sampling)
    return keys if below is None else keys[: np.searchsorted(keys, below)].copy()
