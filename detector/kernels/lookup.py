"""Looking hashes up in the index, and signatures of them."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def lower_bound(keys, key):
    """Where a key stands in the sorted `keys`, the first of equals, or where it would."""
    low, high = 0, keys.size
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def look_up(keys, wanted):
    """First and one-past-last position of each wanted key in the sorted `keys`: two int64 arrays."""
    first = np.empty(wanted.size, np.int64)
    last = np.empty(wanted.size, np.int64)
    for which in range(wanted.size):
        key = wanted[which]
        low = lower_bound(keys, key)
        first[which] = low
        # Nearly all keys occur once or twice: gallop before bisecting again.
        step = 1
        while low + step < keys.size and keys[low + step] == key:
            step *= 2
        high = min(keys.size, low + step)
        while low < high:
            middle = (low + high) >> 1
            if keys[middle] <= key:
                low = middle + 1
            else:
                high = middle
        last[which] = low
    return first, last


@njit(cache=True)
def accumulate(posts, first, last, weights, sums):
    """Add each looked-up key's weight to `sums[post]` (float32[posts]) for every one of its postings; postings of no
    post, which only a forged index has, are passed over."""
    for which in range(first.size):
        for at in range(first[which], last[which]):
            post = posts[at]
            if post < sums.size:
                sums[post] += weights[which]


@njit(cache=True, error_model="numpy")
def minhash(values, a, b):
    """MinHash signature of 32-bit values, uint32[a.size]: datasketch's "affine32" scheme, bit for bit.

    Each value is mixed once (the finaliser of MurmurHash3) and then permuted by value * a + b mod 2^32.
    """
    out = np.full(a.size, np.uint32(0xFFFFFFFF), np.uint32)
    for value in values:
        mixed = np.uint32(value)
        mixed ^= mixed >> np.uint32(16)
        mixed = np.uint32(mixed * np.uint32(0x85EBCA6B))
        mixed ^= mixed >> np.uint32(13)
        mixed = np.uint32(mixed * np.uint32(0xC2B2AE35))
        mixed ^= mixed >> np.uint32(16)
        for place in range(a.size):
            permuted = np.uint32(mixed * a[place] + b[place])
            if permuted < out[place]:
                out[place] = permuted
    return out
