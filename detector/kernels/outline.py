"""The walk over a page's tree: which text stands in which block, which of it is links, which is hidden."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.block_writer import (
    BLOCKS,
    BREAK,
    BREAKS,
    BYTES,
    CHARACTERS,
    DONE,
    FRAME,
    HIDES,
    HIGH,
    JOINS_LINES,
    KEEPS_SPACE,
    KEY,
    LEVEL,
    LINK,
    LINKS,
    LOW,
    PARTS,
    SINCE,
    SPAN,
    SPANS,
    WITHIN,
    append,
    close_cell,
    close_link,
    copy,
    flush,
)
from detector.kernels.html_text import NEW_LINE, SPACE, all_blank
from detector.kernels.tokens import mix64
from detector.kernels.tree import (
    ANCHOR,
    ATTRIBUTES,
    CELL,
    CLASS,
    END,
    HREF,
    ID,
    INLINE,
    ITEMPROP,
    KIND_OF,
    LINE_BREAK,
    OPEN,
    PRE,
    RAW_TEXT,
    TAGS,
)

_LEVEL_OF = np.array([int(name[1]) if name in "h1 h2 h3 h4 h5 h6".split() else 0 for name in TAGS], np.int8)
_HR, _ROW, _TIME, _DIALOG, _NOSCRIPT, _NOFRAMES = (
    TAGS.index(name) for name in ("hr", "tr", "time", "dialog", "noscript", "noframes")
)
# What an element without text of the page says, if anything, stands in this attribute, and has this in it.
_TELLS = {
    "meta": "content", "img": "alt", "time": "datetime", "base": "href", "link": "rel", "script": "type"
}  # fmt: skip
_TOLD_IN = np.array([ATTRIBUTES.index(_TELLS[name]) if name in _TELLS else -1 for name in TAGS], np.int8)
_TITLE, _IMAGE, _LINKED, _SCRIPT = (TAGS.index(name) for name in ("title", "img", "link", "script"))
_CANONICAL, _LD_JSON = (np.frombuffer(word, np.uint8) for word in (b"canonical", b"ld+json"))


@njit(cache=True)
def _hides(tag, first, last, names, values, reasons, closed_dialog):
    """Number of the reason why an element with these attributes' rows is not seen, or 0."""
    reason, of, is_open = 0, ID + 1, False
    for row in range(first, last):
        is_open = is_open or names[row] == OPEN
        if names[row] < of and reasons[values[row]] > 0:
            reason, of = reasons[values[row]], names[row]
    return reason if reason > 0 or tag != _DIALOG or is_open else closed_dialog


@njit(cache=True)
def _contains(html, begin, end, word):
    """Whether a word in small letters stands between two bytes, in small letters or capitals."""
    for at in range(begin, end - word.size + 1):
        same = True
        for place in range(word.size):
            byte = html[at + place]
            same = same and (byte | 32 if 65 <= byte <= 90 else byte) == word[place]
        if same:
            return True
    return False


@njit(cache=True)
def _tells(html, tag, first, last, hidden, names, begins, ends):
    """Whether an element says something of the page, with the attributes in these rows."""
    if tag == _TITLE:
        return True
    for row in range(first, last):
        if names[row] == _TOLD_IN[tag] and ends[row] > begins[row]:
            if tag == _LINKED:
                return _contains(html, begins[row], ends[row], _CANONICAL)
            if tag == _SCRIPT:
                return _contains(html, begins[row], ends[row], _LD_JSON)
            return not (tag == _IMAGE and hidden)
    return False


@njit(cache=True)
def _hint(first, last, names, begins, ends, hashes):
    """Hash of the attributes that tell what an element is for, whatever their order; 0 if it has none."""
    hint = np.uint64(0)
    for row in range(first, last):
        name = names[row]
        if (name == CLASS or ID <= name <= ITEMPROP) and ends[row] > begins[row]:
            hint += mix64(hashes[row] + np.uint64(name))
    return hint


@njit(cache=True)
def outline(html, tokens, rows, reasons, closed_dialog, shown, small, most):
    """Blocks, links and hidden texts of a tree that `read_tree` has read, in the page's order.

    `reasons` int8[distinct values]: why an element with such an attribute is hidden, 0 if it is not, and
    `closed_dialog` why a dialog is that is not open; `shown` bool[tokens] which are visible all the same; `small`
    bool[code points] which are small letters; of more than `most` blocks the rest is left out. Elements are given as
    their first token.

    Returns the texts, UTF-8 uint8[bytes]; blocks int32[blocks, 7]: first and last + 1 character, frame (the innermost
    block-level element) and the inline element around all its text or -1, characters in links, links, heading level;
    int32[parts, 4] of links' texts: link, characters, whether it is a whole block; links int32[links, 2]: element,
    block or -1; hidden int32[hidden, 4]: element, characters, reason, with characters -1 for a raw text; leaves
    int32[leaves], elements without text of the page that say something of it; `outer` int32[tokens]: the frame around a
    frame, the inline element with hints around an inline element, or -1.
    """
    tags, begins, ends = tokens
    names, value_begins, value_ends, hashes, values = rows
    size = tags.size
    room = 2 * size + 2
    pieces, marks = np.empty((room, 3), np.int32), np.empty((room, 2), np.int32)
    spans, breaks = np.empty((2 * room, 3), np.int32), np.empty(room, np.int32)
    frames, outer = np.zeros((size, 3), np.int8), np.empty(size, np.int32)
    out = np.empty(html.size + room, np.uint8)
    blocks, parts, links = np.empty((room, 7), np.int32), np.empty((room, 4), np.int32), np.empty((size, 2), np.int32)
    hidden, leaves, hides, leaf_rows = np.empty((size, 4), np.int32), np.empty(size, np.int32), 0, 0
    page, found = (html, pieces, spans, breaks, marks, frames, small), (out, blocks, parts, links)
    counts, writer, saved = np.zeros(5, np.int64), np.zeros(13, np.int64), np.zeros(13, np.int64)
    writer[LINK] = -1
    # Of each open element: its kind, where a cell began and after how many blocks, what is around it, whether it hides.
    stack, keys, depth = np.empty((size, 6), np.int32), np.empty(size, np.int64), 0
    frame, inline, key = 0, -1, np.int64(0)
    hidden_from, links_before, parts_before = 0, 0, 0
    for token in range(1, size):
        tag = tags[token]
        if tag == END:
            if depth == 0:
                break
            depth -= 1
            kind = stack[depth, 0]
            if kind <= PRE:
                flush(page, found, counts, writer, writer[HIGH])
            elif kind == ANCHOR:
                close_link(spans, writer)
            elif kind == CELL:
                close_cell(
                    page, found, counts, writer, np.int64(stack[depth, 1]), stack[depth, 2], frame, stack[depth, 3]
                )
            frame, inline, key = stack[depth, 3], stack[depth, 4], keys[depth]
            if stack[depth, 5] >= 0:
                flush(page, found, counts, writer, writer[HIGH])
                if counts[CHARACTERS] > hidden_from:
                    row = hidden[hides]
                    row[0], row[1], row[2] = stack[depth, 5], hidden_from, counts[CHARACTERS] - 1
                    row[3] = writer[HIDES]
                    hides += 1
                copy(writer, saved)
            continue
        if writer[DONE] >= most:
            break
        if tag < 0:
            begin, end, literal = np.int64(begins[token]), np.int64(ends[token]), np.int64(tag == RAW_TEXT)
            begun = writer[HIGH] > writer[LOW]
            blank = (not begun or key != writer[KEY]) and all_blank(html, begin, end, literal)
            if begun:
                append(pieces, writer, begin, end, literal)
                if key != writer[KEY] and not blank:
                    writer[WITHIN], writer[KEY] = -1, 0
            elif not blank:
                append(pieces, writer, begin, end, literal)
                writer[FRAME], writer[WITHIN], writer[KEY] = frame, inline, key
            continue
        kind, first, last = KIND_OF[tag], begins[token], ends[token]
        if kind == LINE_BREAK:
            if writer[HIGH] > writer[LOW]:
                if frames[frame, KEEPS_SPACE]:
                    append(pieces, writer, np.int64(NEW_LINE), np.int64(0), np.int64(0))
                else:
                    append(pieces, writer, np.int64(SPACE), np.int64(0), np.int64(0))
                    breaks[writer[BREAKS]] = writer[HIGH]
                    writer[BREAKS] += 1
        elif kind > INLINE:
            if tag == _HR:
                flush(page, found, counts, writer, writer[HIGH])
            elif tag == _NOSCRIPT or tag == _NOFRAMES:
                row = hidden[hides]
                row[0], row[1], row[2], row[3] = token, -1, -1, 0
                hides += 1
            else:
                leaves[leaf_rows] = token
                leaf_rows += _tells(html, tag, first, last, writer[HIDES] > 0, names, value_begins, value_ends)
        else:
            if kind <= PRE:
                flush(page, found, counts, writer, writer[HIGH])
            row = stack[depth]
            row[0], row[3], row[4], row[5] = kind, frame, inline, -1
            keys[depth] = key
            depth += 1
            if writer[HIDES] == 0 and not shown[token]:
                reason = _hides(tag, first, last, names, values, reasons, closed_dialog)
                if reason != 0:
                    row[5] = token
                    hidden_from = counts[CHARACTERS]
                    links_before, parts_before = counts[LINKS], counts[PARTS]
                    copy(saved, writer)
                    writer[LOW], writer[SPAN], writer[BREAK] = writer[HIGH], writer[SPANS], writer[BREAKS]
                    writer[LINK], writer[DONE], writer[HIDES] = -1, 0, reason
            if kind <= CELL:
                if kind == CELL:
                    if writer[HIGH] > writer[LOW]:
                        append(pieces, writer, np.int64(SPACE), np.int64(0), np.int64(0))
                    row[1], row[2] = writer[HIGH], writer[DONE]
                outer[token] = frame
                frames[token, LEVEL] = _LEVEL_OF[tag] if _LEVEL_OF[tag] > 0 else frames[frame, LEVEL]
                frames[token, KEEPS_SPACE] = kind == PRE or frames[frame, KEEPS_SPACE]
                frames[token, JOINS_LINES] = frames[token, LEVEL] > 0 or tag == _ROW
                frame, inline, key = token, -1, np.int64(0)
                continue
            if tag == _TIME:
                leaves[leaf_rows] = token
                leaf_rows += _tells(html, tag, first, last, writer[HIDES] > 0, names, value_begins, value_ends)
            if kind == ANCHOR:
                for at in range(first, last):
                    if names[at] == HREF and value_ends[at] > value_begins[at]:
                        close_link(spans, writer)
                        if writer[SPANS] > writer[SPAN] and spans[writer[SPANS] - 1, 1] == writer[HIGH]:
                            # Neighbouring links without a space between them are set apart by style sheets.
                            append(pieces, writer, np.int64(SPACE), np.int64(0), np.int64(0))
                        links[counts[LINKS], 0], links[counts[LINKS], 1] = token, -1
                        writer[LINK], writer[SINCE] = counts[LINKS], writer[HIGH]
                        counts[LINKS] += 1
            hint = _hint(first, last, names, value_begins, value_ends, hashes)
            if hint != 0:
                outer[token] = inline
                inline, key = token, np.int64(mix64(hint ^ mix64(np.uint64(key) + np.uint64(1))))
    if writer[HIDES] != 0:
        copy(writer, saved)
        counts[LINKS], counts[PARTS] = links_before, parts_before
    flush(page, found, counts, writer, writer[HIGH])
    return (
        out[: counts[BYTES]],
        blocks[: counts[BLOCKS]],
        parts[: counts[PARTS]],
        links[: counts[LINKS]],
        hidden[:hides],
        leaves[:leaf_rows],
        outer,
    )
