"""Letters, counts and n-grams of all blocks of a page at once."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.tokens import CJK, EXPANDS, FNV_OFFSET, FNV_PRIME, LATIN, NUMBER, SEPARATOR, WORD, mix64

COUNTS = (
    "characters", "words", "unspaced", "digits", "capitals", "marks", "sentence_ends", "commas", "separators",
    "code_marks", "capitalised", "lines", "ends_sentence", "ends_colon", "ends_more", "starts_low", "starts_digit",
    "addresses", "quotes", "short_words", "path_marks",
)  # fmt: skip
_HEAD, _TAIL = 256, 96


@njit(cache=True, error_model="numpy")
def fold_blocks(codes, bounds, fold, expansions, kinds):
    """Normal form and character counts of blocks.

    `codes` is uint32[n], the blocks' texts one after the other; `bounds` int64[blocks + 1] where each begins.
    Returns letters uint32[m] (case and compatibility folded, every digit a 0, white space kept only between
    two letters of spaced scripts), their bounds, and counts int32[blocks, len(COUNTS)].
    """
    blocks = bounds.size - 1
    table = np.uint32(fold.size)
    # A character becomes at most four letters, and a space may come before it.
    letters = np.empty(codes.size * 5, np.uint32)
    where = np.zeros(blocks + 1, np.int64)
    counts = np.zeros((blocks, 21), np.int32)
    used = 0
    for block in range(blocks):
        row = counts[block]
        gap = False
        in_word = 0
        last_kind = SEPARATOR
        last = np.uint32(32)
        begun = False
        for at in range(bounds[block], bounds[block + 1]):
            code = codes[at]
            if code <= 32 or code == 0xA0 or code == 0x3000 or (0x2000 <= code <= 0x200A):
                gap = True
                if in_word and in_word <= 3:
                    row[19] += 1
                in_word = 0
                if code == 10:
                    row[11] += 1
                continue
            if code >= table:
                target = code
            else:
                target = fold[code]
                if target == 0:
                    continue
            row[0] += 1
            expands = False
            first = target
            if code < table and target & EXPANDS:
                expands = True
                first = expansions[(target ^ EXPANDS) + 1]
            kind = kinds[first] if first < table else SEPARATOR
            if not begun:
                begun = True
                if kind == NUMBER:
                    row[16] = 1
                elif kind == LATIN and not 65 <= code <= 90:
                    row[15] = 1
            if kind == LATIN or kind == WORD:
                if in_word == 0:
                    row[1] += 1
                    if 65 <= code <= 90:
                        row[10] += 1
                in_word += 1
                if 65 <= code <= 90:
                    row[4] += 1
            else:
                if in_word and in_word <= 3:
                    row[19] += 1
                in_word = 0
                if kind == CJK:
                    row[1] += 1
                    row[2] += 1
                elif kind == NUMBER:
                    row[3] += 1
                else:
                    row[5] += 1
                    if first == 46 or first == 33 or first == 63 or first == 0x3002:
                        after = codes[at + 1] if at + 1 < bounds[block + 1] else np.uint32(32)
                        if first == 0x3002 or code > 127 or after <= 32 or after == 34 or after == 0x201D:
                            row[6] += 1
                    elif first == 44 or first == 59 or first == 0x3001:
                        row[7] += 1
                    elif (
                        first == 124
                        or first == 0xB7
                        or first == 0x2022
                        or first == 0x203A
                        or first == 0xBB
                        or first == 62
                        or first == 47
                        or first == 95
                    ):
                        row[8] += 1
                        if first == 62 or first == 0xBB or first == 0x203A:
                            row[20] += 1
                    elif first == 0x2192:
                        row[20] += 1
                    elif first == 64:
                        row[17] += 1
                    elif first == 34 or first == 0x201C or first == 0x201D or first == 0x300C or first == 0x300D:
                        row[18] += 1
                    if (
                        first == 123
                        or first == 125
                        or first == 61
                        or first == 60
                        or first == 36
                        or first == 92
                        or first == 59
                        or first == 40
                        or first == 91
                        or first == 96
                    ):
                        row[9] += 1
            if gap:
                gap = False
                if (kind == LATIN or kind == WORD) and (last_kind == LATIN or last_kind == WORD):
                    letters[used] = 32
                    used += 1
            if expands:
                origin = target ^ EXPANDS
                for which in range(min(expansions[origin], 4)):
                    part = expansions[origin + 1 + which]
                    if part > 32:
                        letters[used] = 48 if kinds[part] == NUMBER else part
                        used += 1
            else:
                letters[used] = 48 if kind == NUMBER else target
                used += 1
            last_kind = kind
            last = first
        if in_word and in_word <= 3:
            row[19] += 1
        if last == 46 or last == 33 or last == 63 or last == 0x3002 or last == 0x201D or last == 34:
            row[12] = 1
        elif last == 58:
            row[13] = 1
        elif last == 0x2026 or last == 0xBB or last == 62 or last == 0x203A or last == 0x2192:
            row[14] = 1
        where[block + 1] = used
    return letters[:used].copy(), where, counts


@njit(cache=True, error_model="numpy")
def text_features(letters, bounds, kinds, buckets):
    """Hashed n-grams of each block: words and word pairs (a character of an unspaced script is a word),
    runs of three and four characters with the block's ends marked.

    Long blocks are read at both ends only. Returns bucket numbers int32 and their bounds int64[blocks + 1].
    """
    blocks = bounds.size - 1
    table = np.uint32(kinds.size)
    total = 0
    for block in range(blocks):
        total += 4 * (min(bounds[block + 1] - bounds[block], _HEAD + _TAIL) + 4)
    out = np.empty(total, np.int32)
    where = np.zeros(blocks + 1, np.int64)
    window = np.empty(_HEAD + _TAIL + 4, np.uint32)
    mask = np.uint64(buckets - 1)
    used = 0
    for block in range(blocks):
        size = 1
        window[0] = 2
        start, stop = bounds[block], bounds[block + 1]
        if stop - start <= _HEAD + _TAIL:
            for at in range(start, stop):
                window[size] = letters[at]
                size += 1
        else:
            for at in range(start, start + _HEAD):
                window[size] = letters[at]
                size += 1
            window[size] = 1
            size += 1
            for at in range(stop - _TAIL, stop):
                window[size] = letters[at]
                size += 1
        window[size] = 3
        size += 1
        word = FNV_OFFSET
        before = FNV_OFFSET
        for at in range(size):
            code = window[at]
            kind = kinds[code] if code < table else SEPARATOR
            spaced = kind == LATIN or kind == WORD or kind == NUMBER
            if not spaced and word != FNV_OFFSET:
                out[used] = np.int32(mix64(word) & mask)
                out[used + 1] = np.int32(mix64(before * FNV_PRIME ^ word) & mask)
                used += 2
                before = word
                word = FNV_OFFSET
            if spaced:
                word = (word ^ np.uint64(code)) * FNV_PRIME
            elif kind == CJK:
                single = (FNV_OFFSET ^ np.uint64(code)) * FNV_PRIME
                out[used] = np.int32(mix64(single) & mask)
                out[used + 1] = np.int32(mix64(before * FNV_PRIME ^ single) & mask)
                used += 2
                before = single
            if at >= 2:
                gram = (
                    np.uint64(window[at - 2])
                    | np.uint64(window[at - 1]) << np.uint64(21)
                    | np.uint64(code) << np.uint64(42)
                )
                out[used] = np.int32(mix64(gram) & mask)
                used += 1
                if at >= 3:
                    out[used] = np.int32(mix64(mix64(gram) ^ np.uint64(window[at - 3])) & mask)
                    used += 1
        where[block + 1] = used
    return out[:used].copy(), where


@njit(cache=True, error_model="numpy")
def overlap(text, bounds, wanted, buckets):
    """Share of each block's n-grams (`text` with `bounds`) that are `wanted`, and as a share of the wanted ones, at
    most 1: float64[blocks, 2]. Both are bucket numbers below `buckets`."""
    known = np.zeros(buckets, np.bool_)
    for bucket in wanted:
        known[bucket] = True
    out = np.empty((bounds.size - 1, 2))
    for block in range(bounds.size - 1):
        shared = 0
        for at in range(bounds[block], bounds[block + 1]):
            shared += known[text[at]]
        out[block, 0] = shared / max(bounds[block + 1] - bounds[block], 1)
        out[block, 1] = min(shared / max(1, wanted.size), 1.0)
    return out


@njit(cache=True, error_model="numpy")
def name_features(codes, bounds, buckets):
    """Hashed names of each string of class, id, role and element names: every name, and the parts of
    names joined by "-" or "_"; the first six once more as such. Digits are all alike."""
    strings = bounds.size - 1
    out = np.empty(3 * codes.size + 3 * strings + 3, np.int32)
    where = np.zeros(strings + 1, np.int64)
    mask = np.uint64(buckets - 1)
    used = 0
    for string in range(strings):
        name = FNV_OFFSET
        part = FNV_OFFSET
        parts = 0
        names = 0
        for at in range(bounds[string], bounds[string + 1] + 1):
            code = codes[at] if at < bounds[string + 1] else np.uint32(32)
            if 48 <= code <= 57:
                code = np.uint32(48)
            ends_name = code <= 32
            ends_part = not (48 <= code <= 57 or 97 <= code <= 122 or code > 127)
            if ends_part and part != FNV_OFFSET:
                out[used] = np.int32(mix64(part) & mask)
                used += 1
                if names < 6:
                    out[used] = np.int32(mix64(part ^ np.uint64(0x5BD1)) & mask)
                    used += 1
                parts += 1
                part = FNV_OFFSET
            if ends_name:
                if parts > 1:
                    out[used] = np.int32(mix64(name ^ np.uint64(0x7F4A)) & mask)
                    used += 1
                if parts:
                    names += 1
                parts = 0
                name = FNV_OFFSET
            else:
                name = (name ^ np.uint64(code)) * FNV_PRIME
                if not ends_part:
                    part = (part ^ np.uint64(code)) * FNV_PRIME
        where[string + 1] = used
    return out[:used].copy(), where
