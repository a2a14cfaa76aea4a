"""Writing blocks: pieces of text in the page's order, with the links in them, become blocks where one ends.

A block ends where a block-level element begins or ends, and at `<br>`: lines become blocks of their own, for on many
pages they are paragraphs, or footer lines that have nothing to do with each other. A line that goes on in the middle of
a sentence is joined to the next, and so are the lines of a heading and of a table row, whose cells make one block as
long as they are short.

A piece is written as soon as it comes, of white space one space; what a block is made of is told by numbers of pieces,
and its text by numbers of characters. `state` int64[STATES] is the writer, `columns` int32[COLUMNS, tokens] what it
knows of links, lines and places and what it has found, `out` uint8[bytes] its text.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.html_text import AMPERSAND, is_blank, next_character

# A cell with more characters than this belongs to the page's layout, not to a table.
_LONG_CELL = 150
# After one of these a line is over, also if the next begins with a small letter.
_LINE_ENDS = np.array([ord(mark) for mark in ".!?:;,。！？：；，、…\"'”’」』)）>|"], np.int64)
_UNFINISHED_LINE = 30

# Of a writer: bytes and characters written, the first character of the block; pieces in the block, and characters in
# them, white space and all; what white space is to be written, SPACE or NEW_LINE; the spans of
# links and the segments in the block, from and to before; the link that is open, or -1, and piece and character since
# when; places of the first piece, its frame (the innermost block-level element) and the inline elements around all of
# the text; blocks written, and why what is written is hidden, 0 if it is not. The rest is that of all writers.
(
    BYTES, CHARACTERS, START, PIECES, RAW, GAP, SPAN, SPANS, SEGMENT, SEGMENTS, LINK, SINCE, SINCE_CHARACTER, FRAME,
    WITHIN, DONE, HIDES, BLOCKS, PARTS, LINKS, HIDINGS, LEAVES, PLACES, HIDDEN_BYTES, STATES,
) = range(25)  # fmt: skip
OF_ONE = BLOCKS
# Spans of links in the block: pieces and characters from and to before, and the link. Segments of the block between
# breaks of lines and cells: the piece where one begins and whether that is a line's; of what is no white space in it
# first and last + 1 character, first byte, code points of the first and last, and how many characters, white space and
# all, the block has up to these, 0 if there are none. Places, by number: traits, the place around one, its element.
# Then what is found, as `kernels.outline` says it.
(
    SPAN_PIECE, SPAN_PIECE_END, SPAN_BEGIN, SPAN_END, SPAN_LINK, SEGMENT_PIECE, SEGMENT_BREAKS, SEGMENT_BEGIN,
    SEGMENT_END, SEGMENT_BYTE, SEGMENT_FIRST, SEGMENT_LAST, SEGMENT_FROM, SEGMENT_TO, PLACE_TRAITS, PLACE_OUTER,
    PLACE_ELEMENT, BLOCK_BEGIN, BLOCK_END, BLOCK_FRAME, BLOCK_WITHIN, BLOCK_LINKED, BLOCK_LINKS, BLOCK_LEVEL,
    PART_LINK, PART_BEGIN, PART_END, PART_TEXT, LINK_ELEMENT, LINK_BLOCK, HIDDEN_ELEMENT, HIDDEN_BEGIN, HIDDEN_END,
    HIDDEN_REASON, LEAF_ELEMENT, COLUMNS,
) = range(36)  # fmt: skip
# Between pieces, and whether a segment is a line of its own. Not as plain numbers, for each of which functions are
# compiled once more.
SPACE, NEW_LINE = np.int64(1), np.int64(2)
PART, LINE = np.int64(0), np.int64(1)
# Traits of a frame: its heading level in the lowest bits; white space counts in it; its lines are kept together.
LEVELS, KEEPS_SPACE, JOINS_LINES = 7, 8, 16


@njit(cache=True)
def open_segment(columns, state, breaks):
    """What follows is another line of the block, or another cell."""
    segment = state[SEGMENTS]
    columns[SEGMENT_PIECE, segment] = state[PIECES]
    columns[SEGMENT_BREAKS, segment] = breaks
    columns[SEGMENT_TO, segment] = 0
    state[SEGMENTS] = segment + 1


@njit(cache=True)
def space(state, gap):
    """Put a SPACE between the pieces of a block that has begun, or a NEW_LINE."""
    state[PIECES] += 1
    state[RAW] += 1
    state[GAP] = max(state[GAP], gap)


@njit(cache=True)
def append(html, begin, end, literal, columns, out, state):
    """Write a piece of text and say whether there is more than white space in it; with nothing but that no block
    begins. `literal` is 1 where it has no character references, else 0."""
    at = begin
    written = state[BYTES]
    characters = state[CHARACTERS]
    raw = state[RAW]
    gap = state[GAP]
    start = state[START]
    lines = columns[PLACE_TRAITS, state[FRAME]] & KEEPS_SPACE
    first = np.int64(-1)
    code = first_code = last_code = np.int64(0)
    first_raw = last_raw = first_byte = np.int64(0)
    while at < end:
        before = at
        code = np.int64(html[at])
        if code < 0x80 and code != AMPERSAND:
            at += 1
        else:
            code, at = next_character(html, at, literal)
        raw += 1
        if (code < 33 or code > 127) and is_blank(code):
            if code == 10:
                gap = 2
            elif gap == 0:
                gap = 1
            continue
        if gap != 0:
            if characters > start:
                out[written] = 10 if gap == 2 and lines != 0 else 32
                written += 1
                characters += 1
            gap = 0
        if first < 0:
            first = characters
            first_byte = written
            first_code = code
            first_raw = raw
        last_raw = raw
        last_code = code
        characters += 1
        if code < 0x80:
            out[written] = code
            written += 1
        else:
            while before < at:
                out[written] = html[before]
                written += 1
                before += 1
    if first < 0 and state[PIECES] == 0:
        return False
    if state[PIECES] == 0:
        open_segment(columns, state, PART)
    if first >= 0:
        # A link that was opened before white space begins behind that.
        if state[SINCE_CHARACTER] == state[CHARACTERS]:
            state[SINCE_CHARACTER] = first
        segment = state[SEGMENTS] - 1
        if columns[SEGMENT_TO, segment] == 0:
            columns[SEGMENT_BEGIN, segment] = first
            columns[SEGMENT_BYTE, segment] = first_byte
            columns[SEGMENT_FIRST, segment] = first_code
            columns[SEGMENT_FROM, segment] = first_raw
        columns[SEGMENT_END, segment] = characters
        columns[SEGMENT_LAST, segment] = last_code
        columns[SEGMENT_TO, segment] = last_raw
    state[BYTES] = written
    state[CHARACTERS] = characters
    state[RAW] = raw
    state[GAP] = gap
    state[PIECES] += 1
    return first >= 0


@njit(cache=True)
def close_link(columns, state):
    if state[LINK] >= 0 and state[PIECES] > 0:
        span = state[SPANS]
        columns[SPAN_PIECE, span] = state[SINCE]
        columns[SPAN_PIECE_END, span] = state[PIECES]
        columns[SPAN_BEGIN, span] = state[SINCE_CHARACTER]
        columns[SPAN_END, span] = state[CHARACTERS]
        columns[SPAN_LINK, span] = state[LINK]
        state[SPANS] = span + 1
    state[LINK] = -1


@njit(cache=True)
def _write_block(columns, state, low, high, begin, end, first, last, limit):
    """Note a block of pieces `low` to before `high` and the characters `begin` to before `end`, with the spans `first`
    to before `last` but for those from the piece `limit` on; returns the first span that goes beyond."""
    frame = state[FRAME]
    traits = columns[PLACE_TRAITS, frame]
    hidden = 1 if state[HIDES] > 0 else 0
    linked = 0
    beyond = first
    span = first
    while span < last and columns[SPAN_PIECE, span] < limit:
        since = columns[SPAN_PIECE, span]
        until = columns[SPAN_PIECE_END, span]
        link = columns[SPAN_LINK, span]
        if hidden == 0 and columns[LINK_BLOCK, link] < 0:
            columns[LINK_BLOCK, link] = state[DONE]
        start = max(begin, np.int64(columns[SPAN_BEGIN, span]))
        stop = min(end, np.int64(columns[SPAN_END, span]))
        if start < stop:
            part = state[PARTS]
            columns[PART_LINK, part] = link
            columns[PART_BEGIN, part] = start
            columns[PART_END, part] = stop
            # Whether it is of hidden text, and whether one line.
            columns[PART_TEXT, part] = hidden
            if traits & KEEPS_SPACE and (since != low or until != high):
                columns[PART_TEXT, part] = hidden + 2
            state[PARTS] = part + 1
            linked += stop - start
        span += 1
        if until <= limit:
            beyond = span
    state[DONE] += 1
    if hidden == 0:
        block = state[BLOCKS]
        columns[BLOCK_BEGIN, block] = begin
        columns[BLOCK_END, block] = end
        columns[BLOCK_FRAME, block] = frame
        columns[BLOCK_WITHIN, block] = state[WITHIN]
        columns[BLOCK_LINKED, block] = min(linked, end - begin)
        columns[BLOCK_LINKS, block] = span - first
        columns[BLOCK_LEVEL, block] = traits & LEVELS
        state[BLOCKS] = block + 1
    return beyond


@njit(cache=True)
def _write_lines(columns, out, state, low, high, last_span, last_segment, small):
    """Write the pieces `low` to before `high`, which end with the segment before `last_segment`: each line, or those
    between which a sentence goes on, or all of them if a heading's or a table row's."""
    split = False
    for segment in range(state[SEGMENT] + 1, last_segment):
        split = split or columns[SEGMENT_BREAKS, segment] != 0
    split = split and columns[PLACE_TRAITS, state[FRAME]] & JOINS_LINES == 0
    span = state[SPAN]
    begin = end = np.int64(-1)
    # Of the line before: its last character, its length, and how many lines ago it was.
    last = size = gap = np.int64(0)
    segment = state[SEGMENT]
    line = reached = low
    while segment < last_segment:
        first = final = np.int64(-1)
        opened = segment
        while segment < last_segment and (segment == opened or not split or columns[SEGMENT_BREAKS, segment] == 0):
            if columns[SEGMENT_TO, segment] > 0:
                first = segment if first < 0 else first
                final = segment
            segment += 1
        gap += 1
        if first < 0:
            continue
        goes_on = gap == 1 and size > _UNFINISHED_LINE
        code = columns[SEGMENT_FIRST, first]
        goes_on = goes_on and code < small.size and small[code] != 0
        for mark in range(_LINE_ENDS.size):
            goes_on = goes_on and last != _LINE_ENDS[mark]
        if not goes_on:
            if end >= 0:
                out[columns[SEGMENT_BYTE, first] - 1] = 10
                span = _write_block(columns, state, line, reached, begin, end, span, last_span, reached)
            line = np.int64(columns[SEGMENT_PIECE, opened])
            begin = np.int64(columns[SEGMENT_BEGIN, first])
        reached = np.int64(columns[SEGMENT_PIECE, segment]) if segment < last_segment else high
        end = np.int64(columns[SEGMENT_END, final])
        last = np.int64(columns[SEGMENT_LAST, final])
        size = np.int64(columns[SEGMENT_TO, final] - columns[SEGMENT_FROM, first] + 1)
        gap = np.int64(0)
    if end >= 0:
        limit = reached if split else high + 1
        _write_block(columns, state, line, reached, begin, end, span, last_span, limit)


@njit(cache=True)
def _end_block(columns, out, state, low, high, last_segment, small):
    """End the block with the piece before `high`; text of an open link goes on in the next."""
    last_span = state[SPANS]
    while last_span > state[SPAN] and high < state[PIECES] and columns[SPAN_PIECE, last_span - 1] >= high:
        last_span -= 1
    if state[LINK] >= 0:
        for span in range(state[SPANS], last_span, -1):
            for column in range(SPAN_PIECE, SPAN_LINK + 1):
                columns[column, span] = columns[column, span - 1]
        state[SPANS] += 1
        columns[SPAN_PIECE, last_span] = state[SINCE]
        columns[SPAN_PIECE_END, last_span] = high
        columns[SPAN_BEGIN, last_span] = state[SINCE_CHARACTER]
        columns[SPAN_END, last_span] = state[CHARACTERS]
        columns[SPAN_LINK, last_span] = state[LINK]
        last_span += 1
        state[SINCE] = high
    _write_lines(columns, out, state, low, high, last_span, last_segment, small)
    state[SPAN] = last_span
    state[SEGMENT] = last_segment


@njit(cache=True)
def flush(columns, out, state, low, small):
    """End the block, which begins with the piece `low`."""
    if state[PIECES] == 0:
        return
    _end_block(columns, out, state, low, state[PIECES], state[SEGMENTS], small)
    out[state[BYTES]] = 10
    state[BYTES] += 1
    state[CHARACTERS] += 1
    state[START] = state[CHARACTERS]
    state[SINCE_CHARACTER] = state[CHARACTERS]
    state[PIECES] = 0
    state[RAW] = 0
    state[GAP] = 0
    state[SINCE] = 0


@njit(cache=True)
def close_cell(columns, out, state, start, segment, raw, done, cell, row, small):
    """End a table's cell that began with the piece `start` and a segment, when the block had `raw` characters and
    `done` blocks were written; `cell` and `row` are the places of it and of what is around."""
    if state[DONE] != done:
        flush(columns, out, state, np.int64(0), small)
        return
    first = segment
    while first < state[SEGMENTS] and columns[SEGMENT_TO, first] == 0:
        first += 1
    blank = first == state[SEGMENTS]
    if state[RAW] - raw > _LONG_CELL:
        if start > 0:
            _end_block(columns, out, state, np.int64(0), start, segment, small)
            if not blank:
                out[columns[SEGMENT_BYTE, first] - 1] = 10
        state[FRAME] = cell
        flush(columns, out, state, start, small)
    elif start > 0 and not blank:
        state[FRAME] = row
