"""Looking hashes up in the index, and signatures of them."""

from __future__ import annotations

import numpy as np
from numba import njit

GUESSES = 3


@njit(cache=True)
def _bisected(keys, key, low, high):
    """Where the first key stands that is not below `key`, from `low` to `high`."""
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def _beyond(keys, key, low, guess):
    """Where the first key stands that is not below `key`, from `low` on; near `guess` it is found soonest."""
    high = keys.size
    guess = max(low, min(guess, high - 1))
    step = 1
    if guess < high and keys[guess] < key:
        low = guess + 1
        while low + step <= high and keys[low + step - 1] < key:
            low += step
            step *= 2
        high = min(high, low + step - 1)
    else:
        high = guess
        while high - step >= low and keys[high - step] >= key:
            high -= step
            step *= 2
        low = max(low, high - step + 1)
    return _bisected(keys, key, low, high)


@njit(cache=True, error_model="numpy")
def _guesses(keys, wanted):
    """Nearly where each wanted key stands in sorted keys that are hashes, spread evenly: int64, below `keys.size`.

    What a place is off tells how far to go from there. Each step is done for all keys before the next, since their
    places are far apart in memory and the processor can wait for many at a time.
    """
    guesses = np.zeros(wanted.size, np.int64)
    a_key = keys.size / (np.float64(keys[-1]) - np.float64(keys[0]) + 1.0)
    for _ in range(GUESSES):
        for which in range(wanted.size):
            at = guesses[which]
            at += np.int64(a_key * (np.float64(wanted[which]) - np.float64(keys[at])))
            guesses[which] = max(0, min(at, keys.size - 1))
    return guesses


@njit(cache=True)
def below(keys, bound):
    """The keys (uint64) below a bound, in their order."""
    kept = np.empty(keys.size + 1, np.uint64)
    used = 0
    # Without a branch, which the processor would guess wrong for every other hash.
    for key in keys:
        kept[used] = key
        used += key < bound
    return kept[:used]


@njit(cache=True)
def distinct(keys):
    """Sorted keys (uint64 or uint32), each once; those given are written over."""
    used = 0
    for key in keys:
        if used == 0 or keys[used - 1] != key:
            keys[used] = key
            used += 1
    return keys[:used]


@njit(cache=True)
def _bit_of(key, sieve):
    """Which bit of a sieve is a key's: its lower half, which says nothing of its place among sorted keys, spread over
    the bits."""
    return np.int64(((key & np.uint64(0xFFFFFFFF)) * np.uint64(8 * sieve.size)) >> np.uint64(32))


@njit(cache=True)
def sift_in(keys, sieve):
    """Set the bits of keys (uint64) in a sieve (uint8, not empty); in one of over half a gigabyte, not all are used."""
    for key in keys:
        bit = _bit_of(key, sieve)
        sieve[bit >> 3] |= np.uint8(1 << (bit & 7))


@njit(cache=True)
def look_up(keys_of, sieves_of, wanted, bounds):
    """Where each wanted key stands: int64, -1 for one that is not there.

    `keys_of` is a tuple of sorted arrays of distinct keys, `sieves_of` of the sieves of these, as long in bytes; those
    of array n are wanted that stand in `wanted` from `bounds[n]` to `bounds[n + 1]`, sorted too. Most keys of most
    pages are in no post, and the sieve leaves out seven in eight of these, each for one look at memory that waits for
    no other.
    """
    at = np.full(wanted.size, -1, np.int64)
    places = np.empty(wanted.size + 1, np.int64)
    left = np.empty(wanted.size + 1, np.uint64)
    for group in range(len(keys_of)):
        keys, sieve = keys_of[group], sieves_of[group]
        if keys.size == 0:
            continue
        used = 0
        for which in range(bounds[group], bounds[group + 1]):
            places[used], left[used] = which, wanted[which]
            bit = _bit_of(wanted[which], sieve)
            used += (sieve[bit >> 3] >> (bit & 7)) & 1
        guesses = _guesses(keys, left[:used])
        low = 0
        for which in range(used):
            low = _beyond(keys, left[which], low, guesses[which])
            if low < keys.size and keys[low] == left[which]:
                at[places[which]] = low
    return at


@njit(cache=True)
def table_of(keys):
    """An open-addressing table of keys (uint64, not 0): uint64[power of two], 0 where none stands."""
    size = 16
    while size < 4 * keys.size:
        size *= 2
    table = np.zeros(size, np.uint64)
    for key in keys:
        at = np.int64(key & np.uint64(size - 1))
        while table[at] and table[at] != key:
            at = (at + 1) & (size - 1)
        table[at] = key
    return table


@njit(cache=True)
def contained(values, table):
    """bool[n]: which of the values (uint64) are in a table that `table_of` made."""
    out = np.zeros(values.size, np.bool_)
    for which in range(values.size):
        at = np.int64(values[which] & np.uint64(table.size - 1))
        while table[at] and table[at] != values[which]:
            at = (at + 1) & (table.size - 1)
        out[which] = table[at] != 0
    return out


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
