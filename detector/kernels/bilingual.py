"""Looking runs of tokens up in the bilingual lexicon."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.tokens import CJK, FNV_OFFSET, FNV_PRIME, LATIN, WORD, mix64

LONGEST_UNIT = 4  # characters of a script without spaces; of words at most two
# Of most runs one bit tells that the lexicon has them not: so many upper bits of a key say which, in 128 KB, which stay
# in the processor's cache as the table does not.
SIEVE_BITS = 20


@njit(cache=True)
def slots_of(keys):
    """An open-addressing table over distinct keys (uint32): uint32[power of two], each the key's place + 1 or 0."""
    size = 16
    while size < 3 * keys.size:
        size *= 2
    slots = np.zeros(size, np.uint32)
    for place in range(keys.size):
        at = np.int64(keys[place]) & (size - 1)
        while slots[at]:
            at = (at + 1) & (size - 1)
        slots[at] = place + 1
    return slots


@njit(cache=True)
def sieve_of(keys):
    """Of the keys' (uint32) first SIEVE_BITS, which occur: a bit each, in uint8."""
    sieve = np.zeros(1 << (SIEVE_BITS - 3), np.uint8)
    for key in keys:
        bit = np.int64(key) >> (32 - SIEVE_BITS)
        sieve[bit >> 3] |= np.uint8(1 << (bit & 7))
    return sieve


@njit(cache=True)
def _place_of(key, keys, slots, sieve):
    """Where a key stands, or -1."""
    bit = np.int64(key) >> (32 - SIEVE_BITS)
    if not (sieve[bit >> 3] >> (bit & 7)) & 1:
        return np.int64(-1)
    at = np.int64(key) & (slots.size - 1)
    while slots[at]:
        place = np.int64(slots[at]) - 1
        if keys[place] == key:
            return place
        at = (at + 1) & (slots.size - 1)
    return np.int64(-1)


@njit(cache=True)
def units(hashes, starts, ends, kinds, lengths):
    """Every run of tokens that may be an entry: places, how many tokens (both int32), and keys (uint32).

    Two to four adjacent characters of a script without spaces, a word (of three letters and more if they are Latin, of
    two if not, since these may be syllables), or two words in a row.
    The keys are the upper halves of the hashes that `ngrams` gives the runs.
    """
    room = 3 * hashes.size
    places, sizes, found = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.uint32)
    used = 0
    for first in range(hashes.size):
        unspaced = kinds[first] == CJK
        if not unspaced and kinds[first] != LATIN and kinds[first] != WORD:
            continue
        value = FNV_OFFSET
        for size in range(1, (LONGEST_UNIT if unspaced else 2) + 1):
            at = first + size - 1
            if at >= hashes.size:
                break
            if unspaced:
                if kinds[at] != CJK or (size > 1 and starts[at] != ends[at - 1]):
                    break
            elif kinds[at] != LATIN and kinds[at] != WORD:
                break
            value = (value ^ hashes[at]) * FNV_PRIME
            value ^= value >> np.uint64(29)
            least = 2 if kinds[at] == WORD else 3
            if size == 1 and (unspaced or lengths[at] < least):
                continue
            places[used] = first
            sizes[used] = size
            found[used] = np.uint32(mix64(value) >> np.uint64(32))
            used += 1
    return places[:used], sizes[:used], found[:used]


@njit(cache=True)
def bridge(places, sizes, found, keep, hashes, keys, slots, sieve, english, target):
    """Replace units that the lexicon knows by their English words: of those at one token the longest, and none that
    begins inside another. `keep` marks tokens that stay as they are where no unit begins. Returns places (int32) and
    hashes (uint64) in the text's order."""
    out_places, out_hashes = np.empty(hashes.size, np.int32), np.empty(hashes.size, np.uint64)
    used = 0
    unit = 0
    at = 0
    while at < hashes.size:
        while unit < places.size and places[unit] < at:
            unit += 1
        size, entry = 0, np.int64(-1)
        while unit < places.size and places[unit] == at:
            known = _place_of(found[unit], keys, slots, sieve)
            if known >= 0:
                size, entry = sizes[unit], known
            unit += 1
        if entry >= 0:
            out_places[used], out_hashes[used] = at, english[target[entry]]
            used += 1
            at += size
        else:
            if keep[at]:
                out_places[used], out_hashes[used] = at, hashes[at]
                used += 1
            at += 1
    return out_places[:used], out_hashes[:used]
