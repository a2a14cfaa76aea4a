"""What a page says of the elements that its blocks and links stand in."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.html_text import next_character


@njit(cache=True)
def places(blocks, outer):
    """The elements that the blocks of `outline` stand in, and those around them: int32[places], in the page's order,
    and the place of the one around each, which is of an inline element the next that has hints. Place 0 is the root,
    or none. In `blocks` their frames and inline elements are set to places."""
    place_of = np.zeros(outer.size, np.int32)
    for block in range(blocks.shape[0]):
        for which in range(2, 4):
            element = blocks[block, which]
            while element > 0 and place_of[element] == 0:
                place_of[element] = 1
                element = outer[element]
    used = 1
    for element in range(1, outer.size):
        if place_of[element] > 0:
            place_of[element] = used
            used += 1
    elements, around = np.zeros(used, np.int32), np.zeros(used, np.int32)
    for element in range(1, outer.size):
        if place_of[element] > 0:
            elements[place_of[element]] = element
            around[place_of[element]] = place_of[max(0, outer[element])]
    for block in range(blocks.shape[0]):
        for which in range(2, 4):
            blocks[block, which] = place_of[max(0, blocks[block, which])]
    return elements, around


@njit(cache=True)
def attribute_values(html, begins, ends, names, value_begins, value_ends, elements, wanted, space):
    """Values of the attributes `wanted` of each element, in that order, UTF-8 uint8[bytes]: each with a NUL behind it,
    or with `space` those that are not empty with spaces between them, and a NUL behind all of an element. The other
    arrays are those of `read_tree`."""
    room = (wanted.size + 1) * elements.size
    for element in elements:
        for row in range(begins[element], ends[element]):
            room += value_ends[row] - value_begins[row]
    out, used = np.empty(room, np.uint8), 0
    for element in elements:
        start = used
        for which in wanted:
            for row in range(begins[element], ends[element]):
                at, end = np.int64(value_begins[row]), np.int64(value_ends[row])
                if names[row] != which or at == end:
                    continue
                if space and used > start:
                    out[used] = 32
                    used += 1
                while at < end:
                    before = at
                    code, at = next_character(html, at, np.int64(0))
                    if code < 0x80:
                        out[used] = code
                        used += 1
                    elif code == 0xA0:
                        out[used], out[used + 1] = 0xC2, 0xA0
                        used += 2
                    else:
                        for byte in range(before, at):
                            out[used] = html[byte]
                            used += 1
            if not space:
                out[used] = 0
                used += 1
        if space:
            out[used] = 0
            used += 1
    return out[:used]
