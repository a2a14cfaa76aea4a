"""The scan of a page before it is parsed."""

from __future__ import annotations

import numpy as np
from numba import njit


def _packed_names(names):
    """Element names of up to eight letters as sorted numbers, one byte a letter."""
    return np.array(sorted(int.from_bytes(name.encode(), "big") for name in names.split()), np.uint64)


# Elements that nest in no parser's tree however often they are opened, or whose nesting costs it nothing: void ones,
# those whose end tags people leave out because a parser puts them in, the leaves of drawings.
_UNCOUNTED = _packed_names(
    "p li td th tr dt dd option thead tbody tfoot colgroup col br hr img input meta link wbr area param source track "
    "embed base frame path circle rect line polyline polygon ellipse use stop image"
)
# Elements that a parser opens anew in every paragraph that they were left open in.
_FORMATTING = _packed_names("a b big code em font i nobr s small strike strong tt u")


@njit(cache=True)
def _among(names, name):
    place = np.searchsorted(names, name)
    return place < names.size and names[place] == name


@njit(cache=True)
def markup_extremes(raw):
    """Most open elements, most open formatting elements, most attributes of one tag on a page (uint8[bytes]):
    estimates from one pass over the tags, not a parse."""
    depth, deepest, formatting, most_formatting, most_attributes = 0, 0, 0, 0, 0
    at, size = 0, raw.size
    while at < size - 1:
        at += 1
        if raw[at - 1] != 60:
            continue
        closing = raw[at] == 47
        if closing:
            at += 1
        name, length = np.uint64(0), 0
        while at < size and length < 8 and 48 <= raw[at] <= 122 and raw[at] != 60 and raw[at] != 62:
            letter = raw[at] | 32 if 65 <= raw[at] <= 90 else raw[at]
            name = name << np.uint64(8) | np.uint64(letter)
            length += 1
            at += 1
        if length == 0:
            continue
        step = -1 if closing else 1
        if _among(_FORMATTING, name):
            formatting = max(0, formatting + step)
            most_formatting = max(most_formatting, formatting)
        elif not _among(_UNCOUNTED, name):
            depth = max(0, depth + step)
            deepest = max(deepest, depth)
        attributes, quote, blank = 0, 0, False
        while at < size and (quote or raw[at] != 62):
            byte = raw[at]
            if quote:
                if byte == quote:
                    quote = 0
            elif (byte == 34 or byte == 39) and (raw[at - 1] == 61 or raw[at - 1] <= 32):
                quote = byte
                blank = False
            elif byte <= 32 or byte == 47:
                blank = True
            elif blank:
                attributes += 1
                blank = False
            at += 1
        most_attributes = max(most_attributes, attributes)
    return deepest, most_formatting, most_attributes
