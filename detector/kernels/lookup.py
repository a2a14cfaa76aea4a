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
def lower_bound(keys, key):
    """Where a key stands in the sorted `keys`, the first of equals, or where it would."""
    return _bisected(keys, key, 0, keys.size)


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


@njit(cache=True)
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
def look_up(keys_of, wanted, bounds):
    """First and one-past-last position of each wanted key: two int64 arrays.

    `keys_of` is a tuple of sorted arrays; those of array n are wanted that stand in `wanted` from `bounds[n]` to
    `bounds[n + 1]`, sorted too.
    """
    first = np.zeros(wanted.size, np.int64)
    last = np.zeros(wanted.size, np.int64)
    for group in range(len(keys_of)):
        keys = keys_of[group]
        if keys.size == 0:
            continue
        guesses = _guesses(keys, wanted[bounds[group] : bounds[group + 1]])
        low = 0
        for which in range(bounds[group], bounds[group + 1]):
            key = wanted[which]
            first[which] = low = _beyond(keys, key, low, guesses[which - bounds[group]])
            # Nearly all keys occur once or twice.
            last[which] = low = _beyond(keys, key + np.uint64(1), low, low) if key + np.uint64(1) else keys.size
    return first, last


@njit(cache=True)
def accumulate(postings_of, first, last, bounds, weights, is_rare, posts):
    """What the looked-up keys weigh in each post that has one: these posts (int64[n]), the sums of the weights of their
    keys and of their rare keys alone (both float32[n, groups]).

    `postings_of` is a tuple, `bounds` as in `look_up`; postings of no post, which only a forged index has, are passed
    over.
    """
    room = 0
    for which in range(first.size):
        if weights[which] > 0:
            room += last[which] - first[which]
    room = min(room, posts)
    groups = len(postings_of)
    row_of = np.zeros(posts, np.int32)
    found = np.empty(room, np.int64)
    common = np.zeros((room, groups), np.float32)
    rare = np.zeros((room, groups), np.float32)
    used = 0
    for group in range(groups):
        postings = postings_of[group]
        for which in range(bounds[group], bounds[group + 1]):
            weight = weights[which]
            if weight <= 0:
                continue
            sums = rare if is_rare[which] else common
            for at in range(first[which], last[which]):
                post = np.int64(postings[at])
                if post >= posts:
                    continue
                row = row_of[post]
                if row == 0:
                    found[used] = post
                    used += 1
                    row = used
                    row_of[post] = row
                sums[row - 1, group] += weight
    for row in range(used):
        for group in range(groups):
            common[row, group] += rare[row, group]
    return found[:used], common[:used], rare[:used]


@njit(cache=True)
def score_hits(common, posts, sizes_of, wanted, believed):
    """The sum over the groups of the larger containment, of what is `wanted` or of the post's keys, discounted where
    the hits are few beside `believed`: float32, one a row of `common`, which are those of the `posts`. `sizes_of` is a
    tuple: how many keys each post has in a group."""
    scores = np.zeros(common.shape[0], np.float32)
    believed = np.float32(believed)
    for group in range(len(sizes_of)):
        sizes = sizes_of[group]
        for row in range(common.shape[0]):
            hits = common[row, group]
            if hits > 0:
                in_page = hits / max(wanted[group], np.float32(1))
                in_post = np.float64(hits) / max(np.float64(sizes[posts[row]]), 1.0)
                share = max(np.float64(in_page), in_post)
                scores[row] = np.float32(np.float64(scores[row]) + share * np.float64(hits / (hits + believed)))
    return scores


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
