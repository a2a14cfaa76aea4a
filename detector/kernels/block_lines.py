"""What blocks of a page have in common with each other."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.tokens import CJK, FNV_OFFSET, FNV_PRIME, NUMBER, SEPARATOR, mix64

# How a line begins and ends, in one unit and in two (a word, a number, or a character of a script without spaces), and
# its shape.
LINE_KEYS = ("first_word", "last_word", "first_words", "last_words", "shape")
_SHAPE_STEPS = 24


@njit(cache=True, error_model="numpy")
def line_keys(letters, bounds, kinds):
    """uint64[blocks, len(LINE_KEYS)]: hashes that two blocks share when they begin, end or are made alike; 0 where a
    block has no such part. All numbers are alike. The shape is the sequence of the kinds of its units and of its marks.
    """
    blocks = bounds.size - 1
    table = np.uint32(kinds.size)
    out = np.zeros((blocks, 5), np.uint64)
    for block in range(blocks):
        units = 0
        first, second, last, before = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
        shape, steps, last_step = FNV_OFFSET, 0, np.uint64(0)
        word = FNV_OFFSET
        open_kind = SEPARATOR
        for at in range(bounds[block], bounds[block + 1] + 1):
            inside = at < bounds[block + 1]
            code = letters[at] if inside else np.uint32(32)
            kind = SEPARATOR if not inside or code >= table else kinds[code]
            ends = (kind == NUMBER) != (open_kind == NUMBER)  # what was written apart stands together in normal form
            if open_kind != SEPARATOR and (kind == SEPARATOR or kind == CJK or ends):
                before, last = last, mix64(word)
                units += 1
                if units == 1:
                    first = last
                elif units == 2:
                    second = last
                open_kind = SEPARATOR
            if kind == CJK:
                before, last = last, mix64(np.uint64(code))
                units += 1
                if units == 1:
                    first = last
                elif units == 2:
                    second = last
            elif kind != SEPARATOR:
                if open_kind == SEPARATOR:
                    word = FNV_OFFSET
                    open_kind = kind
                if kind != NUMBER:
                    word = (word ^ np.uint64(code)) * FNV_PRIME
            step = np.uint64(code) + np.uint64(16) if kind == SEPARATOR else np.uint64(kind)
            if inside and code != 32 and step != last_step and steps < _SHAPE_STEPS:
                shape = (shape ^ step) * FNV_PRIME
                steps += 1
                last_step = step
        if units:
            out[block, 0], out[block, 1] = first, last
            out[block, 4] = mix64(shape)
        if units > 1:
            out[block, 2] = mix64(first * FNV_PRIME + second)
            out[block, 3] = mix64(before * FNV_PRIME + last)
    return out
