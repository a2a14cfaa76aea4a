"""The scan of a page before it is parsed: what would a parser have to do?

It reads tags, comments and raw text as the tokenizer of the HTML standard does, and keeps a stack of open elements much
as its tree builder does. Where it cannot tell what a parser would do, it counts more, never less.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.elements import (
    BREAKS_OUT,
    BUTTON,
    CELL,
    CLOSES_ALL,
    CLOSES_MORE,
    DRAWN,
    FOREIGN,
    FORMATTING,
    HTML_AGAIN,
    IMPLIED,
    ITEM,
    NOTE,
    PARAGRAPH,
    PART,
    PASSED,
    RAW,
    ROOT,
    SCOPE,
    SELECT,
    SPECIAL,
    SVG,
    TABLE,
    TERM,
    VOID,
    traits_of,
)
from detector.kernels.tags import (
    after_comment,
    after_literal,
    after_raw_text,
    holds_text_alone,
    opens_literal,
    read_attributes,
    read_name,
)

# What `markup_extremes` returns, in this order.
EXTREMES = ("depth", "formatting", "attributes", "steps", "reopened", "comparisons")

# Open elements that are known by name, and how many of them from the top an end tag is looked for in.
_ROOM, _NEAR = 1 << 15, 128
_NOTHING = np.uint64(0)


@njit(cache=True)
def _still_drawing(drawing, name, traits, closing, closed):
    """How many elements of a drawing are surely open, the svg element among them."""
    if name == SVG:
        return 0 if closing or closed else 1
    if drawing == 0 or not traits & DRAWN:
        return 0
    return drawing - 1 if closing else drawing if closed else drawing + 1


@njit(cache=True)
def _opened_at(names, kinds, used, name, traits):
    """Place in the stack of the element that an end tag closes, -1 if it closes none near the top."""
    wall = SCOPE if traits & (CLOSES_ALL | CLOSES_MORE | FORMATTING) and name != PARAGRAPH else SPECIAL
    for place in range(used - 1, max(-1, used - 1 - _NEAR), -1):
        if names[place] == name:
            return place
        if kinds[place] & wall and not (name == PARAGRAPH and kinds[place] & IMPLIED):
            break
    return -1


@njit(cache=True)
def _forget_closed(names, kinds, used, name, traits):
    """Take their names from the elements that a parser may close unasked at this start tag, so that no end tag is taken
    for theirs: what is open in the last item, in the table's last cell, in the last button."""
    item, part = traits & (ITEM | TERM), traits & PART
    if not (item or part or name == TABLE or name == BUTTON or name == SELECT):
        return
    for place in range(used - 1, max(-1, used - 1 - _NEAR), -1):
        kind = kinds[place]
        like = names[place] == TABLE if part else kind & item if item else names[place] == name
        if like:
            for above in range(place if name == TABLE or name == BUTTON or name == SELECT else place + 1, used):
                if not kinds[above] & IMPLIED:
                    names[above] = _NOTHING
            return
        if (item and kind & SPECIAL and not kind & PASSED) or kind & SCOPE or (name == TABLE and kind & CELL):
            return


@njit(cache=True)
def _closes_its_like(names, kinds, used, name, traits):
    """Whether an element that a parser closes by itself is open inside the innermost that counts, and whether instead
    there is one there that the parser leaves open, and puts the new one into."""
    place = used - 1
    while place >= 0 and kinds[place] & IMPLIED:
        if names[place] == name:
            return True, False
        if (traits & ITEM and kinds[place] & TERM) or (traits & TERM and kinds[place] & ITEM):
            return False, True
        place -= 1
    return False, False


@njit(cache=True)
def markup_extremes(raw):
    """What a page (uint8[bytes]) would have a parser do, int64[len(EXTREMES)]: estimates from one pass, not a parse.

    Most elements open at once, most formatting elements open at once, most attributes of one tag; and what the
    parser's time grows with: elements open at each tag, formatting elements opened anew, pairs of attributes.
    """
    names, kinds = np.empty(_ROOM, np.uint64), np.empty(_ROOM, np.int64)
    # Functions are compiled once more for each constant that they are given.
    used = drawing = np.int64(0)
    depth, formatting, foreign, root_attributes = 0, 0, 0, 0
    # Whether raw text may be markup from here to the page's end, and whether the scan has lost its way: it then takes
    # every start tag that may be one, and believes no end tag. Attributes are read up to `read`.
    unsure, lost, read = False, False, 0
    out = np.zeros(6, np.int64)
    at, size = 0, raw.size
    while at < size - 1:
        at += 1
        if raw[at - 1] != 60:
            continue
        closing = raw[at] == 47
        first = at + 1 if closing else at
        in_foreign = foreign > 0 or unsure or lost
        if first >= size or not 97 <= (raw[first] | 32) <= 122:
            if lost or not (closing or raw[at] == 33 or raw[at] == 63):
                continue
            if not in_foreign or not opens_literal(raw, at):
                at = after_comment(raw, at)
            elif drawing > 0:
                at = after_literal(raw, at)
            else:
                lost = True
            continue
        name, at = read_name(raw, first)
        attributes, closed = 0, False
        if at >= read:
            attributes, closed, read = read_attributes(raw, at)
        if not lost:
            at = read
        traits = traits_of(name)

        out[3] += depth
        if not traits & FORMATTING:
            out[4] += formatting
        compared = attributes
        if traits & ROOT:
            root_attributes += attributes
            compared = root_attributes
        out[2] = max(out[2], compared)
        out[5] += attributes * compared // 2

        if in_foreign and not traits & BREAKS_OUT:
            traits &= ~(VOID | IMPLIED)
        drawn = drawing > 0 and closed and traits & DRAWN
        drawing = 0 if lost else _still_drawing(drawing, name, traits, closing, closed)
        if drawn or traits & VOID or (name == SVG and closed):
            continue
        if closing:
            place = _opened_at(names, kinds, used, name, traits)
            if place < 0 or lost or used == _ROOM:
                continue
            last = used if traits & CLOSES_ALL else place + 1
            formatting -= 1 if traits & FORMATTING else 0
            for other in range(place, last):
                depth -= 0 if kinds[other] & IMPLIED else 1
                foreign -= 1 if kinds[other] & FOREIGN else 0
            for other in range(last, used):
                kept = names[other] if kinds[other] & IMPLIED or not traits & CLOSES_MORE else _NOTHING
                names[place + other - last], kinds[place + other - last] = kept, kinds[other]
            used -= last - place
            continue
        _forget_closed(names, kinds, used, name, traits)
        if traits & IMPLIED:
            again, inside = _closes_its_like(names, kinds, used, name, traits)
            if again:
                continue
            if inside:
                traits &= ~IMPLIED
        if not traits & IMPLIED:
            depth += 1
            out[0] = max(out[0], depth)
        if used < _ROOM:
            if foreign > 0 and traits & BREAKS_OUT:
                traits |= SPECIAL
            elif foreign > 0 and traits & CLOSES_ALL:
                # Of a drawing or of HTML? No end tag is sure to close it, none sure to close anything outside.
                traits |= SCOPE
                name = _NOTHING
            names[used], kinds[used] = name, traits
            used += 1
        formatting += 1 if traits & FORMATTING else 0
        out[1] = max(out[1], formatting)
        foreign += 1 if traits & FOREIGN else 0
        if not in_foreign:
            if traits & RAW:
                at = read = after_raw_text(raw, at, name)
        elif not lost and traits & (HTML_AGAIN | NOTE | RAW) and not (traits & RAW and drawing and not traits & NOTE):
            if not traits & HTML_AGAIN and holds_text_alone(raw, at, name):
                continue
            if traits & RAW:
                lost = True
            else:
                unsure = True
    return out
