"""Texts of a page, UTF-8 with the character references that a parser writes: `&amp; &lt; &gt; &nbsp;`,
and in attributes `&quot;`.

A text is a row of pieces, int32[pieces, 3]: where in the page its bytes begin and end, and 1 where they hold no
references; of a piece that is not of the page's bytes the first is SPACE or NEW_LINE.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SPACE, NEW_LINE = -1, -2
_AMPERSAND, _A, _L, _N, _Q = (ord(letter) for letter in "&alnq")


@njit(cache=True)
def next_character(html, at, literal):
    """The character that begins at a byte, and where the next one does."""
    byte = np.uint32(html[at])
    if byte < 0x80:
        if byte != _AMPERSAND or literal:
            return byte, at + 1
        named = html[at + 1]
        if named == _A:
            return byte, at + 5
        if named == _N:
            return np.uint32(0xA0), at + 6
        if named == _Q:
            return np.uint32(34), at + 6
        return np.uint32(60 if named == _L else 62), at + 4
    if byte < 0xE0:
        return (byte & 31) << 6 | (html[at + 1] & 63), at + 2
    if byte < 0xF0:
        return (byte & 15) << 12 | np.uint32(html[at + 1] & 63) << 6 | (html[at + 2] & 63), at + 3
    low = np.uint32(html[at + 2] & 63) << 6 | (html[at + 3] & 63)
    return (byte & 7) << 18 | np.uint32(html[at + 1] & 63) << 12 | low, at + 4


@njit(cache=True)
def is_blank(code):
    """Whether a character is white space, as `str.isspace` has it."""
    if code < 0x1680:
        return code == 32 or 9 <= code <= 13 or 28 <= code <= 31 or code == 0x85 or code == 0xA0
    if code > 0x3000:
        return False
    spaces = code == 0x1680 or 0x2000 <= code <= 0x200A or code == 0x2028 or code == 0x2029
    return spaces or code == 0x202F or code == 0x205F or code == 0x3000


@njit(cache=True)
def all_blank(html, begin, end, literal):
    """Whether there is nothing but white space between two bytes."""
    while begin < end:
        code, begin = next_character(html, begin, literal)
        if not is_blank(code):
            return False
    return True


@njit(cache=True)
def stripped(html, pieces, low, high):
    """First and last character of pieces `low` to before `high` but for white space around, and how many characters
    there are from the one to the other; 0 if there is nothing else."""
    first, last, size, all_read = np.uint32(0), np.uint32(0), 0, 0
    for piece in range(low, high):
        at, end, literal = np.int64(pieces[piece, 0]), np.int64(pieces[piece, 1]), np.int64(pieces[piece, 2])
        if at < 0:
            all_read += size > 0
            continue
        while at < end:
            code, at = next_character(html, at, literal)
            blank = is_blank(code)
            all_read += size > 0 or not blank
            if not blank:
                first = code if size == 0 else first
                last, size = code, all_read
    return first, last, size


@njit(cache=True)
def count_characters(html, pieces, low, high):
    """How many characters pieces have, white space and all."""
    size = 0
    for piece in range(low, high):
        at, end, literal = np.int64(pieces[piece, 0]), np.int64(pieces[piece, 1]), np.int64(pieces[piece, 2])
        size += at < 0
        while 0 <= at < end:
            _, at = next_character(html, at, literal)
            size += 1
    return size


@njit(cache=True)
def write_text(html, pieces, low, high, lines, marks, out, written, characters):
    """Write pieces to `out` from byte `written` on, of white space one space, or a line end where it has one and
    `lines` are kept, and none around. `characters` are in `out` before; `marks` int32[pieces, 2] are set to where the
    first character of each piece stands and where its last one ends, -1 for a blank piece. Returns both numbers anew.
    """
    before, gap = characters, 0
    for piece in range(low, high):
        at, end, literal = np.int64(pieces[piece, 0]), np.int64(pieces[piece, 1]), np.int64(pieces[piece, 2])
        marks[piece, 0] = marks[piece, 1] = -1
        if at < 0:
            gap = max(gap, -at)
            continue
        while at < end:
            begin = at
            code, at = next_character(html, at, literal)
            if is_blank(code):
                gap = max(gap, 2 if code == 10 else 1)
                continue
            if gap > 0 and characters > before:
                out[written] = 10 if lines and gap == 2 else 32
                written += 1
                characters += 1
            gap = 0
            if marks[piece, 0] < 0:
                marks[piece, 0] = characters
            if code < 0x80:
                out[written] = code
                written += 1
            else:
                for byte in range(begin, at):
                    out[written] = html[byte]
                    written += 1
            characters += 1
            marks[piece, 1] = characters
    return written, characters
