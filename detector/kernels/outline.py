"""The walk over a page's tree: which text stands in which block, which of it is links, which is hidden."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.block_writer import (
    BYTES,
    CHARACTERS,
    COLUMNS,
    DONE,
    FRAME,
    GAP,
    HIDDEN_BEGIN,
    HIDDEN_BYTES,
    HIDDEN_ELEMENT,
    HIDDEN_END,
    HIDDEN_REASON,
    HIDES,
    HIDINGS,
    JOINS_LINES,
    KEEPS_SPACE,
    LEAF_ELEMENT,
    LEAVES,
    LEVELS,
    LINE,
    LINK,
    LINK_BLOCK,
    LINK_ELEMENT,
    LINKS,
    NEW_LINE,
    OF_ONE,
    PART,
    PARTS,
    PIECES,
    PLACE_ELEMENT,
    PLACE_OUTER,
    PLACE_TRAITS,
    PLACES,
    RAW,
    SEGMENT,
    SEGMENTS,
    SINCE,
    SINCE_CHARACTER,
    SPACE,
    SPAN,
    SPAN_PIECE_END,
    SPANS,
    START,
    WITHIN,
    append,
    close_cell,
    close_link,
    flush,
    open_segment,
    space,
)
from detector.kernels.tokens import mix64
from detector.kernels.tree import (
    ANCHOR,
    ATTRIBUTES,
    CELL,
    CLASS,
    END,
    HREF,
    ID,
    ITEMPROP,
    KIND_OF,
    LEAF,
    LINE_BREAK,
    OPEN,
    PRE,
    RAW_TEXT,
    TAGS,
    numbered,
)

_ROW, _DIALOG, _TITLE, _TIME, _HR = (TAGS.index(name) for name in ("tr", "dialog", "title", "time", "hr"))
# What is seen instead of what a browser does not show.
_INSTEAD = ("noscript", "noframes")
_LEVEL_OF = np.array([int(name[1]) if name in "h1 h2 h3 h4 h5 h6".split() else 0 for name in TAGS], np.int32)
# What an element without text of the page says, if anything, stands in this attribute.
TELLS = {
    "meta": "content", "img": "alt", "time": "datetime", "base": "href", "link": "rel", "script": "type"
}  # fmt: skip
_TOLD_IN = np.array([ATTRIBUTES.index(TELLS[name]) if name in TELLS else -1 for name in TAGS], np.int32)
_IS_INSTEAD = np.array([name in _INSTEAD for name in TAGS], np.int32)
_IMAGE = TAGS.index("img")
# Of each open element: its tag; frame and inline elements around it; itself, if it is hidden, or -1; of a cell the
# piece and segment it begins with, characters in the block and blocks before.
_TAG, _FRAME, _INLINE, _HIDDEN, _PIECE, _SEGMENT, _RAW, _DONE = range(COLUMNS, COLUMNS + 8)
# Rows of `columns` that `outline` needs.
ROOM = COLUMNS + 8


@njit(cache=True)
def _hides(tag, first, last, names, values, reasons, closed_dialog):
    """Number of the reason why an element with these attributes' rows is not seen, or 0."""
    reason = 0
    of = ID + 1
    is_open = False
    for row in range(first, last):
        is_open = is_open or names[row] == OPEN
        if names[row] < of and reasons[values[row]] > 0:
            reason = np.int64(reasons[values[row]])
            of = np.int64(names[row])
    return reason if reason > 0 or tag != _DIALOG or is_open else closed_dialog


@njit(cache=True)
def _place(first, last, names, begins, ends, hashes, table, columns, state, tag, outer, element):
    """Number of the place inside `outer` that an element makes: of a frame by its tag and of all by the attributes in
    these rows that tell what it is for; `outer` itself for inline elements (`tag` -1) without."""
    hint = np.uint64(0)
    for row in range(first, last):
        name = names[row]
        if (name == CLASS or ID <= name <= ITEMPROP) and ends[row] > begins[row]:
            hint += mix64(hashes[row] + np.uint64(name))
    if tag < 0 and hint == 0:
        return outer
    key = mix64(hint ^ mix64(np.uint64(outer * 1024 + tag + 2))) | np.uint64(1)
    new = state[PLACES]
    number = numbered(table, key, new)
    if number == new:
        columns[PLACE_OUTER, new] = outer
        columns[PLACE_ELEMENT, new] = element
        if tag >= 0:
            traits = columns[PLACE_TRAITS, outer]
            if _LEVEL_OF[tag] > 0:
                traits = (traits & KEEPS_SPACE) + _LEVEL_OF[tag]
            if KIND_OF[tag] == PRE:
                traits |= KEEPS_SPACE
            traits &= LEVELS + KEEPS_SPACE
            if traits & LEVELS or tag == _ROW:
                traits |= JOINS_LINES
            columns[PLACE_TRAITS, new] = traits
        state[PLACES] = new + 1
    return number


@njit(cache=True)
def _note_leaf(tag, token, first, last, names, begins, ends, columns, state):
    """Keep an element without text of the page if it says something of the page."""
    if tag == _IMAGE and state[HIDES] > 0:
        return
    says = tag == _TITLE
    for row in range(first, last):
        says = says or (names[row] == _TOLD_IN[tag] and ends[row] > begins[row])
    if says:
        columns[LEAF_ELEMENT, state[LEAVES]] = token
        state[LEAVES] += 1


@njit(cache=True)
def outline(
    html, tags, begins, ends, names, value_begins, value_ends, values, hashes, reasons, shown, small, table, columns,
    out, state, saved, closed_dialog, most,
):  # fmt: skip
    """Blocks, links and hidden texts of a tree that `read_tree` has read, in the page's order.

    `reasons` int32[distinct values]: why an element with such an attribute is hidden, 0 if it is not, and
    `closed_dialog` why a dialog is that is not open; `shown` uint8[tokens] which are visible all the same; `small`
    uint8[code points] which are small letters; of more than `most` blocks, in all or in one hidden element, the rest is
    left out. Elements are given as their first token, the root stands for none. `table` uint64[slots, 2], zeros, as
    many as tokens, and `saved` int64[STATES] are for its own use.

    It fills `out` uint8[bytes] with the texts, UTF-8, twice as long as the page and its tokens; what is hidden begins
    at its middle; `columns` int32[ROOM, tokens], and `state` int64[STATES], which is zeros before, with how many there
    are of each:
    - BYTES of text and, from the middle on, HIDDEN_BYTES;
    - BLOCKS: first and last + 1 character, places of the frame (the innermost block-level element) and of the inline
      elements around all its text, 0 for none, characters in links, links, heading level;
    - PARTS of links' texts: link, characters, and 1 for hidden text, 2 for lines that are to be joined, 3 for both;
    - LINKS: element, block or -1;
    - HIDINGS: element, characters of the hidden text, reason, with characters -1 for a raw text;
    - LEAVES: elements without text of the page that may say something of it;
    - PLACES: element, place around it, of an inline element the next that has attributes that tell what it is for.
    """
    state[LINK] = -1
    state[PLACES] = 1
    state[HIDDEN_BYTES] = out.size // 2
    columns[PLACE_TRAITS, 0] = 0
    columns[PLACE_ELEMENT, 0] = 0
    hidden_characters = links_before = parts_before = np.int64(0)
    depth = 0
    frame = inline = np.int64(0)
    for token in range(1, tags.size):
        tag = np.int64(tags[token])
        first = np.int64(begins[token])
        last = np.int64(ends[token])
        if tag == END:
            if depth == 0:
                break
            depth -= 1
            kind = KIND_OF[columns[_TAG, depth]]
            row = np.int64(columns[_FRAME, depth])
            if kind <= PRE:
                flush(columns, out, state, np.int64(0), small)
            elif kind == ANCHOR:
                close_link(columns, state)
            elif kind == CELL:
                close_cell(
                    columns,
                    out,
                    state,
                    np.int64(columns[_PIECE, depth]),
                    np.int64(columns[_SEGMENT, depth]),
                    columns[_RAW, depth],
                    columns[_DONE, depth],
                    frame,
                    row,
                    small,
                )
            frame = row
            inline = np.int64(columns[_INLINE, depth])
            element = columns[_HIDDEN, depth]
            if element >= 0:
                flush(columns, out, state, np.int64(0), small)
                if state[CHARACTERS] > hidden_characters:
                    at = state[HIDINGS]
                    columns[HIDDEN_ELEMENT, at] = element
                    columns[HIDDEN_BEGIN, at] = hidden_characters
                    columns[HIDDEN_END, at] = state[CHARACTERS] - 1
                    columns[HIDDEN_REASON, at] = state[HIDES]
                    state[HIDINGS] = at + 1
                hidden_characters = state[CHARACTERS]
                state[HIDDEN_BYTES] = state[BYTES]
                for which in range(OF_ONE):
                    state[which] = saved[which]
            continue
        full = state[DONE] >= most
        if full and state[HIDES] == 0:
            break
        if tag < 0:
            if full:
                # There may be more to see behind what is hidden.
                continue
            begun = state[PIECES] > 0
            if not begun:
                state[FRAME] = frame
                state[WITHIN] = inline
            visible = append(html, first, last, 1 if tag == RAW_TEXT else 0, columns, out, state)
            if visible and inline != state[WITHIN]:
                state[WITHIN] = 0
            continue
        kind = KIND_OF[tag]
        if kind == LEAF:
            if tag == _HR:
                flush(columns, out, state, np.int64(0), small)
            elif _IS_INSTEAD[tag] != 0:
                at = state[HIDINGS]
                columns[HIDDEN_ELEMENT, at] = token
                columns[HIDDEN_BEGIN, at] = -1
                state[HIDINGS] = at + 1
            else:
                _note_leaf(tag, token, first, last, names, value_begins, value_ends, columns, state)
            continue
        if kind == LINE_BREAK:
            if state[PIECES] > 0:
                if columns[PLACE_TRAITS, frame] & KEEPS_SPACE:
                    space(state, NEW_LINE)
                else:
                    space(state, SPACE)
                    open_segment(columns, state, LINE)
            continue
        if kind <= PRE:
            flush(columns, out, state, np.int64(0), small)
        columns[_TAG, depth] = tag
        columns[_FRAME, depth] = frame
        columns[_INLINE, depth] = inline
        columns[_HIDDEN, depth] = -1
        if state[HIDES] == 0 and shown[token] == 0:
            reason = _hides(tag, first, last, names, values, reasons, closed_dialog)
            if reason != 0:
                columns[_HIDDEN, depth] = token
                links_before = state[LINKS]
                parts_before = state[PARTS]
                for which in range(OF_ONE):
                    saved[which] = state[which]
                state[BYTES] = state[HIDDEN_BYTES]
                state[CHARACTERS] = hidden_characters
                state[START] = hidden_characters
                state[SINCE_CHARACTER] = hidden_characters
                state[PIECES] = 0
                state[RAW] = 0
                state[GAP] = 0
                state[SINCE] = 0
                state[SPAN] = state[SPANS]
                state[SEGMENT] = state[SEGMENTS]
                state[LINK] = -1
                state[DONE] = 0
                state[HIDES] = reason
        if kind <= CELL:
            if kind == CELL:
                if state[PIECES] > 0:
                    space(state, SPACE)
                    open_segment(columns, state, PART)
                    columns[_SEGMENT, depth] = state[SEGMENTS] - 1
                else:
                    columns[_SEGMENT, depth] = state[SEGMENTS]
                columns[_PIECE, depth] = state[PIECES]
                columns[_RAW, depth] = state[RAW]
                columns[_DONE, depth] = state[DONE]
            frame = _place(
                first, last, names, value_begins, value_ends, hashes, table, columns, state, tag, frame, token
            )
            inline = np.int64(0)
        else:
            if tag == _TIME:
                _note_leaf(tag, token, first, last, names, value_begins, value_ends, columns, state)
            for at in range(first, last if kind == ANCHOR else first):
                if names[at] == HREF and value_ends[at] > value_begins[at]:
                    close_link(columns, state)
                    spans = state[SPANS]
                    if spans > state[SPAN] and columns[SPAN_PIECE_END, spans - 1] == state[PIECES]:
                        # Neighbouring links without a space between them are set apart by style sheets.
                        space(state, SPACE)
                    link = state[LINKS]
                    columns[LINK_ELEMENT, link] = token
                    columns[LINK_BLOCK, link] = -1
                    state[LINK] = link
                    state[SINCE] = state[PIECES]
                    state[SINCE_CHARACTER] = state[CHARACTERS]
                    state[LINKS] = link + 1
                    break
            inline = _place(
                first,
                last,
                names,
                value_begins,
                value_ends,
                hashes,
                table,
                columns,
                state,
                np.int64(-1),
                inline,
                token,
            )
        depth += 1
    if state[HIDES] != 0:
        for which in range(OF_ONE):
            state[which] = saved[which]
        state[LINKS] = links_before
        state[PARTS] = parts_before
    flush(columns, out, state, np.int64(0), small)
