"""Characters of a page as the parser writes it: UTF-8, with the references `&amp; &lt; &gt; &nbsp;`, and `&quot;` in
attributes."""

from __future__ import annotations

import numpy as np
from numba import njit

AMPERSAND, _A, _L, _N, _Q = (ord(letter) for letter in "&alnq")


@njit(cache=True)
def next_character(html, at, literal):
    """The character (int64) that begins at a byte, and where the next one does; `literal` is 1 where there are no
    references, else 0."""
    byte = np.int64(html[at])
    if byte < 0x80:
        size = 1
        if byte == AMPERSAND and literal == 0:
            named = html[at + 1]
            if named == _A:
                size = 5
            elif named == _N:
                byte = 0xA0
                size = 6
            elif named == _Q:
                byte = 34
                size = 6
            else:
                byte = 60 if named == _L else 62
                size = 4
        return byte, at + size
    code = byte & 31
    size = 2
    if byte >= 0xF0:
        code = byte & 7
        size = 4
    elif byte >= 0xE0:
        code = byte & 15
        size = 3
    for more in range(1, size):
        code = code << 6 | (np.int64(html[at + more]) & 63)
    return code, at + size


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
def attribute_values(html, begins, ends, names, value_begins, value_ends, elements, wanted, joined, out):
    """Write values of the attributes `wanted` of each element to `out`, in that order, UTF-8, and return how many bytes
    that are: each with a NUL behind it, or with `joined` (1, else 0) those that are not empty with spaces between them,
    and a NUL behind all of an element. The other arrays are those of `read_tree`."""
    used = 0
    for number in range(elements.size):
        element = elements[number]
        start = used
        for place in range(wanted.size):
            for row in range(begins[element], ends[element]):
                at = np.int64(value_begins[row])
                end = np.int64(value_ends[row])
                if names[row] != wanted[place] or at == end:
                    continue
                if joined != 0 and used > start:
                    out[used] = 32
                    used += 1
                while at < end:
                    if html[at] != AMPERSAND:
                        out[used] = html[at]
                        at += 1
                    else:
                        code, at = next_character(html, at, np.int64(0))
                        if code == 0xA0:
                            out[used] = 0xC2
                            used += 1
                        out[used] = code
                    used += 1
            if joined == 0 or place == wanted.size - 1:
                out[used] = 0
                used += 1
    return used
