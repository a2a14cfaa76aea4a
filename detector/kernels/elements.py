"""What the scan of a page before it is parsed knows of elements, by name."""

from __future__ import annotations

import numpy as np
from numba import njit

# What is known of elements by name, as bits: void ones; those whose end tags people leave out because a parser puts
# them in, so that a few at most are open inside each other element; formatting, which a parser opens anew in every
# paragraph that it was left open in; raw text; the two that gather the attributes of all tags of their name.
VOID, IMPLIED, FORMATTING, RAW, ROOT = (1 << bit for bit in range(5))
# Drawings and formulas, in which raw text elements hold markup; what holds HTML again in these, the second mostly text
# alone; what ends them; elements of a drawing.
FOREIGN, HTML_AGAIN, NOTE, BREAKS_OUT, DRAWN = (1 << bit for bit in range(5, 10))
# Those that keep ordinary end tags from closing anything outside; those whose own end tags close whatever is open
# inside, and those whose end tags may close more than is known; those that keep even such an end tag in.
SPECIAL, CLOSES_ALL, CLOSES_MORE, SCOPE = (1 << bit for bit in range(10, 14))
# List items and terms nest in each other alone, and a new one closes the last over what it passes; cells of a table,
# and all its parts.
ITEM, TERM, PASSED, CELL, PART = (1 << bit for bit in range(14, 19))
_BLOCKS = (
    "address article aside blockquote center details dir div dl fieldset figcaption figure footer header "
    "hgroup listing main menu nav ol pre section summary ul applet marquee object table"
)
_ELEMENTS = {
    VOID: "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr",
    IMPLIED: "p li dd dt td th tr thead tbody tfoot caption colgroup option form body head html",
    FORMATTING: "a b big code em font i nobr s small strike strong tt u",
    RAW: "script style textarea title xmp iframe noembed noframes noscript plaintext",
    ROOT: "html body",
    FOREIGN: "svg math",
    HTML_AGAIN: "foreignobject annotation-xml template",
    NOTE: "title desc mi mo mn ms mtext",
    BREAKS_OUT: "b big blockquote body br center code dd div dl dt em embed font h1 head hr i img li listing menu meta "
    "nobr ol p pre ruby s small span strong strike sub sup table tt u ul var",
    DRAWN: "g defs symbol use path circle rect line polyline polygon ellipse image text tspan textpath stop "
    "lineargradient radialgradient pattern marker mask clippath filter switch view a animate animatetransform "
    "animatemotion set style script title desc",
    CLOSES_ALL: _BLOCKS,
    SPECIAL: _BLOCKS
    + " button select h1 dialog form search p li dd dt td th tr thead tbody tfoot caption colgroup body "
    "head html frameset template script style textarea title xmp iframe noembed noframes noscript plaintext "
    "foreignobject desc annotation-xml mi mo mn ms mtext",
    CLOSES_MORE: "button select h1 p li dd dt td th tr thead tbody tfoot caption colgroup",
    ITEM: "li",
    TERM: "dd dt",
    PASSED: "address div p",
    CELL: "td th caption",
    PART: "td th tr thead tbody tfoot caption colgroup",
    SCOPE: "applet marquee object table select template title foreignobject desc annotation-xml mi mo mn ms mtext",
}
# So many slots that one shift of the hashes parts all names.
SLOTS = 1 << 12
HASH_START, HASH_STEP = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


def name_hash(name: str) -> np.uint64:
    """FNV-1a of an element's name, as `tags.read_name` hashes it."""
    value = int(HASH_START)
    for byte in name.encode():
        value = (value ^ byte) * int(HASH_STEP) & 0xFFFFFFFFFFFFFFFF
    return np.uint64(value)


def slots_of(values: dict[str, int], otherwise: int) -> tuple[np.ndarray, np.ndarray, np.uint64]:
    """A table in which each name is found at once: hashes uint64[SLOTS], their values int64[SLOTS], `otherwise` where
    there is none, and the shift that brings the bits down by which the hashes differ."""
    hashes = np.array([name_hash(name) for name in values], np.uint64)
    places = ((hashes >> np.uint64(shift)) & np.uint64(SLOTS - 1) for shift in range(52))
    shift, apart = next(found for found in enumerate(places) if len(set(found[1].tolist())) == len(values))
    names, numbers = np.zeros(SLOTS, np.uint64), np.full(SLOTS, otherwise, np.int64)
    names[apart], numbers[apart] = hashes, [*values.values()]
    return names, numbers, np.uint64(shift)


def _bits_of(name: str) -> int:
    return sum(bit for bit, names in _ELEMENTS.items() if name in names.split())


_NAMES, _BITS, _SHIFT = slots_of({name: _bits_of(name) for names in _ELEMENTS.values() for name in names.split()}, 0)
SVG, SCRIPT, PLAINTEXT, HEADING, TABLE, PARAGRAPH, BUTTON, SELECT = (
    name_hash(name) for name in ("svg", "script", "plaintext", "h1", "table", "p", "button", "select")
)


@njit(cache=True)
def traits_of(name):
    """The bits of an element by the hash of its name, 0 for one that nothing is known of."""
    slot = np.int64(name >> _SHIFT) & (SLOTS - 1)
    return _BITS[slot] if _NAMES[slot] == name else 0
