"""Writing blocks: pieces of text in the page's order, with the links in them, become blocks where one ends.

A block ends where a block-level element begins or ends, and at `<br>`: lines become blocks of their own, for on many
pages they are paragraphs, or footer lines that have nothing to do with each other. A line that goes on in the middle of
a sentence is joined to the next, and so are the lines of a heading and of a table row, whose cells make one block as
long as they are short.

`page` is the tuple (bytes, pieces, spans of links, breaks of lines, marks, frames, small letters), `found` (texts, rows
of blocks, of links' texts, of links); see `kernels.outline.outline`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.html_text import all_blank, count_characters, stripped, write_text

# A cell with more characters than this belongs to the page's layout, not to a table.
_LONG_CELL = 150
# After one of these a line is over, also if the next begins with a small letter.
_LINE_ENDS = np.array([ord(mark) for mark in ".!?:;,。！？：；，、…\"'”’」』)）>|"], np.uint32)
_UNFINISHED_LINE = 30

# What is known of a frame, an open block-level element: its heading level; whether white space counts, lines are kept
# together.
LEVEL, KEEPS_SPACE, JOINS_LINES = range(3)
# A writer, which turns pieces of text into blocks: those of the next block are from LOW to before HIGH, with spans of
# links and breaks of lines among them; the link that is open, or -1, and the piece since when; frame and inline element
# of the first piece, the latter with its hint's key, and -1 after pieces that are in others; how many blocks are done.
LOW, HIGH, SPAN, SPANS, BREAK, BREAKS, LINK, SINCE, FRAME, WITHIN, KEY, DONE, HIDES = range(13)
# What all have written: bytes and characters of text, rows of blocks, of links' texts, of links.
BYTES, CHARACTERS, BLOCKS, PARTS, LINKS = range(5)


@njit(cache=True)
def copy(writer, other):
    """Make a writer what another is."""
    for which in range(writer.size):
        writer[which] = other[which]


@njit(cache=True)
def append(pieces, writer, begin, end, literal):
    at = writer[HIGH]
    pieces[at, 0], pieces[at, 1], pieces[at, 2] = begin, end, literal
    writer[HIGH] = at + 1


@njit(cache=True)
def close_link(spans, writer):
    if writer[LINK] < 0:
        return
    if writer[HIGH] > writer[LOW]:
        at = writer[SPANS]
        spans[at, 0], spans[at, 1], spans[at, 2] = writer[SINCE], writer[HIGH], writer[LINK]
        writer[SPANS] = at + 1
    writer[LINK] = -1


@njit(cache=True)
def _write_block(page, found, counts, writer, low, high, first, last):
    """Write pieces `low` to before `high`, with the spans `first` to before `last`."""
    html, pieces, spans, _, marks, frames, _ = page
    out, blocks, parts, links = found
    begin = counts[CHARACTERS]
    written, end = write_text(
        html, pieces, low, high, frames[writer[FRAME], KEEPS_SPACE], marks, out, counts[BYTES], begin
    )
    if end == begin:
        return
    hidden = writer[HIDES] > 0
    linked = 0
    for span in range(first, last):
        since, until, link = max(low, spans[span, 0]), min(high, spans[span, 1]), spans[span, 2]
        if not hidden and links[link, 1] < 0:
            links[link, 1] = writer[DONE]
        start, stop = -1, -1
        for piece in range(since, until):
            if marks[piece, 0] >= 0:
                start = marks[piece, 0] if start < 0 else start
                stop = marks[piece, 1]
        if start >= 0:
            row = parts[counts[PARTS]]
            row[0], row[1], row[2], row[3] = link, start, stop, since == low and until == high
            counts[PARTS] += 1
            linked += stop - start
    writer[DONE] += 1
    out[written] = 10
    counts[BYTES], counts[CHARACTERS] = written + 1, end + 1
    if not hidden:
        row = blocks[counts[BLOCKS]]
        row[0], row[1], row[2], row[3] = begin, end, writer[FRAME], writer[WITHIN]
        row[4], row[5] = min(linked, end - begin), last - first
        row[6] = frames[writer[FRAME], LEVEL]
        counts[BLOCKS] += 1


@njit(cache=True)
def _write_line(page, found, counts, writer, low, high, first, last):
    """Write a line with the spans that reach into it, from `first` on; which of them is the first in the next."""
    spans = page[2]
    reached = first
    for span in range(first, last):
        if spans[span, 0] >= high:
            last = span
            break
        reached = span if spans[span, 1] > high else span + 1
    _write_block(page, found, counts, writer, low, high, first, last)
    return reached


@njit(cache=True)
def _write_lines(page, found, counts, writer, end, last_span, last_break):
    """Write each line; one that is broken within a sentence is joined to the next."""
    html, pieces, _, breaks, _, _, small = page
    low, begin, high, span = np.int64(-1), writer[LOW], np.int64(0), writer[SPAN]
    before, before_size, gap = np.uint32(0), 0, 0
    for at in range(writer[BREAK], last_break + 1):
        stop = np.int64(breaks[at]) if at < last_break else end
        first, last, size = stripped(html, pieces, begin, stop)
        if size > 0:
            goes_on = gap == 1 and before_size > _UNFINISHED_LINE and first < small.size and small[first]
            for mark in _LINE_ENDS:
                goes_on = goes_on and before != mark
            if not goes_on:
                if low >= 0:
                    span = _write_line(page, found, counts, writer, low, high, span, last_span)
                low = begin
            high = stop
            before, before_size, gap = last, size, 0
        begin = stop
        gap += 1
    if low >= 0:
        _write_line(page, found, counts, writer, low, high, span, last_span)


@njit(cache=True)
def flush(page, found, counts, writer, end):
    """End the block with the piece before `end`; text of an open link goes on in the next."""
    if writer[LOW] == writer[HIGH]:
        return
    _, _, spans, breaks, _, frames, _ = page
    last_span, last_break = writer[SPANS], writer[BREAKS]
    if end < writer[HIGH]:
        while last_span > writer[SPAN] and spans[last_span - 1, 0] >= end:
            last_span -= 1
        while last_break > writer[BREAK] and breaks[last_break - 1] > end:
            last_break -= 1
    if writer[LINK] >= 0:
        for at in range(writer[SPANS], last_span, -1):
            for which in range(3):
                spans[at, which] = spans[at - 1, which]
        spans[last_span, 0], spans[last_span, 1], spans[last_span, 2] = writer[SINCE], end, writer[LINK]
        last_span += 1
        writer[SPANS] += 1
        writer[SINCE] = end
    if last_break > writer[BREAK] and not frames[writer[FRAME], JOINS_LINES]:
        _write_lines(page, found, counts, writer, end, last_span, last_break)
    else:
        _write_block(page, found, counts, writer, writer[LOW], end, writer[SPAN], last_span)
    writer[LOW], writer[SPAN], writer[BREAK] = end, last_span, last_break


@njit(cache=True)
def close_cell(page, found, counts, writer, start, done, cell, row):
    """End a table's cell that began with the piece `start`, when `done` blocks were."""
    html, pieces = page[0], page[1]
    if writer[DONE] != done:
        flush(page, found, counts, writer, writer[HIGH])
        return
    if count_characters(html, pieces, start, writer[HIGH]) > _LONG_CELL:
        flush(page, found, counts, writer, start)
        writer[FRAME] = cell
        flush(page, found, counts, writer, writer[HIGH])
    elif start > writer[LOW]:
        for piece in range(start, writer[HIGH]):
            begin, end, literal = np.int64(pieces[piece, 0]), np.int64(pieces[piece, 1]), np.int64(pieces[piece, 2])
            if begin >= 0 and not all_blank(html, begin, end, literal):
                writer[FRAME] = row
                return
