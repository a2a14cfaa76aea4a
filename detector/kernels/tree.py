"""A parsed page, written out by the parser, as arrays: its elements, their attributes and its texts.

What a parser writes is well-formed: every element that is not void has an end tag, values stand in double quotes, and
a "<" that is none of a tag stands only where the element's text is written as it is. So one pass over the bytes tells
what a walk over the tree would, without an object a node.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.elements import HASH_START, HASH_STEP, PLAINTEXT, SLOTS, SVG, name_hash, slots_of
from detector.kernels.tags import after_raw_text
from detector.kernels.tokens import mix64

# What an element is to a walk. Of those in SKIPPED nothing is a page's text; a LEAF may say something of the page; the
# rest is INLINE. In this order, so that a walk can ask for several at once.
BLOCK, PRE, CELL, ANCHOR, INLINE, LINE_BREAK, SKIPPED, LEAF = range(8)
_KINDS = {
    BLOCK: (
        "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset "
        "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup legend li main menu nav ol p search section "
        "summary table tbody tfoot thead tr ul"
    ),
    PRE: "listing plaintext pre xmp",
    ANCHOR: "a",
    CELL: "td th",
    INLINE: "html time area basefont bgsound col frame input keygen param source track wbr",
    LINE_BREAK: "br",
    LEAF: "base hr img link meta noframes noscript script style title",
    SKIPPED: (
        "annotation annotation-xml applet audio canvas datalist embed iframe meter noembed "
        "progress rp rt select svg template textarea video"
    ),
}
# Elements without an end tag, and those whose text is written as it is.
_VOID = "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr".split()
_RAW = "iframe noembed noframes noscript plaintext script style xmp".split()
_FOUND = {name: kind for kind, names in _KINDS.items() for name in names.split()}
# The names of elements by number, which the last number has none of; and of the attributes that are kept.
TAGS = (*sorted(_FOUND, key=name_hash), "")
ATTRIBUTES = (
    "class", "style", "hidden", "id", "role", "itemprop", "open", "href", "rel", "alt", "datetime", "lang", "xml:lang",
    "content", "http-equiv", "name", "property", "type",
)  # fmt: skip
CLASS, STYLE, HIDDEN, ID, ROLE, ITEMPROP, OPEN, HREF = range(8)
# After the attributes of a LEAF, what stands in it.
INSIDE = len(ATTRIBUTES)
# Tokens that are no element.
TEXT, RAW_TEXT, END = -1, -2, -3

_UNKNOWN, _NO_ATTRIBUTE = len(TAGS) - 1, len(ATTRIBUTES)
_TAG_HASHES, _TAG_NUMBERS, _TAG_SHIFT = slots_of({name: TAGS.index(name) for name in TAGS[:-1]}, _UNKNOWN)
_ATTRIBUTE_HASHES, _ATTRIBUTE_NUMBERS, _ATTRIBUTE_SHIFT = slots_of(
    {name: ATTRIBUTES.index(name) for name in ATTRIBUTES}, _NO_ATTRIBUTE
)
KIND_OF = np.array([_FOUND.get(name, INLINE) for name in TAGS], np.int32)
_IS_VOID = np.array([name in _VOID for name in TAGS], np.int32)
_IS_RAW = np.array([name in _RAW for name in TAGS], np.int32)
_STYLE_TAG, _PAGE = TAGS.index("style"), TAGS.index("html")
# What `read_tree` counts, and whether it could tell where each element ends.
TOKENS, ROWS, DISTINCT, SHEETS, SOUND = range(5)
# Not as plain numbers, for each of which functions are compiled once more.
_LESS, _MORE, _QUOTE, _EQUALS = (np.int64(ord(mark)) for mark in '<>"=')
# No multiple of what hashes grow by, lest "a" after two style sheets be "c" before them.
_EPOCH = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True)
def _name(html, at, stop):
    """Hash of the name that begins here, and where it ends: at a space, ">" or `stop`."""
    name = HASH_START
    while at < html.size and html[at] != 32 and html[at] != 62 and html[at] != stop:
        name = (name ^ np.uint64(html[at])) * HASH_STEP
        at += 1
    return name, at


@njit(cache=True)
def _after(html, at, byte):
    """Where a byte stands from `at` on; the page's size if it does not."""
    while at < html.size and html[at] != byte:
        at += 1
    return at


@njit(cache=True)
def _after_text(html, at, name):
    """Where the text of an element ends that is written as it is; that of `plaintext` at its last end tag."""
    if name != PLAINTEXT:
        return after_raw_text(html, at, name)
    for place in range(html.size - 1, at - 1, -1):
        if html[place] == 60 and html[place + 1] == 47 and _name(html, place + 2, _MORE)[0] == PLAINTEXT:
            return place
    return html.size


@njit(cache=True)
def numbered(table, key, number):
    """The number of a key (not 0) in a table uint64[slots, 2], a power of two; `number` if it is new there."""
    slot = np.int64(key >> np.uint64(1)) & (table.shape[0] - 1)
    while table[slot, 0] != 0:
        if table[slot, 0] == key:
            return np.int64(table[slot, 1])
        slot = (slot + 1) & (table.shape[0] - 1)
    table[slot, 0] = key
    table[slot, 1] = np.uint64(number)
    return number


@njit(cache=True)
def read_tree(
    html, tags, begins, ends, names, value_begins, value_ends, values, hashes, firsts, sheets, before, stack, table, out
):
    """The tokens and attributes of a tree that was written out as HTML (uint8[bytes]), in its order.

    What it fills is long enough for three tokens a "<", a row for each of them and each value in double quotes:

    `tags` int32[tokens]: the number of an element in `TAGS` where it begins, or TEXT, RAW_TEXT, END. `begins` and
    `ends` int32[tokens]: of a text its bytes, of an element its attributes' rows. The first token is the root; what is
    SKIPPED, what is INLINE and empty, and comments are left out.

    `names` int32[rows], in `ATTRIBUTES`, or INSIDE; `value_begins`, `value_ends` int32[rows], the value's bytes;
    `hashes` uint64[rows] of the values up to ITEMPROP; `values` int32[rows], their numbers
    among the distinct ones, -1 for other attributes; `firsts` int32[distinct], the row in which each stands first.
    After a style sheet all are distinct anew: `sheets` int32[sheets] are the rows of their texts, `before`
    int32[sheets] how many distinct values came before. `stack` uint64[tokens] and `table` uint64[slots, 2], zeros,
    twice as many as values in quotes, are for its own use.

    `out` int64[5]: tokens, rows, distinct values, sheets, and whether all is as a parser writes tags, end tags where
    they belong: a drawing or a formula may have an element like `style` in it whose text, written as it is, looks like
    tags.
    """
    size = html.size
    used = 0
    rows = 0
    distinct = np.int64(0)
    sheet = 0
    depth = 0
    # How many elements of the name `skipped` are open around what is left out.
    skipping = 0
    skipped = HASH_START
    sound = 1
    # Where the last start tag ends.
    inside = np.int64(0)
    at = np.int64(0)
    while at < size:
        begin = at
        if html[at] != 60:
            at = _after(html, at, _LESS)
            if skipping == 0 and used > 0:
                tags[used] = TEXT
                begins[used] = begin
                ends[used] = at
                used += 1
            continue
        mark = html[at + 1] if at + 1 < size else 62
        if mark == 33 or mark == 63:
            # "-->" ends a comment, ">" a doctype.
            comment = mark == 33 and at + 2 < size and html[at + 2] == 45
            at = _after(html, at + 4 if comment else at + 2, _MORE)
            while comment and at < size and (html[at - 1] != 45 or html[at - 2] != 45):
                at = _after(html, at + 1, _MORE)
            at += 1
            continue
        if mark == 47:
            name, at = _name(html, at + 2, _MORE)
            at += 1
            if skipping > 0:
                if name == skipped:
                    skipping -= 1
            elif depth > 0 and stack[depth - 1] == name:
                depth -= 1
                if begin == inside and KIND_OF[tags[used - 1]] == INLINE and depth > 0:
                    used -= 1
                else:
                    tags[used] = END
                    used += 1
            else:
                sound = 0
            continue
        name, at = _name(html, at + 1, _MORE)
        slot = np.int64(name >> _TAG_SHIFT) & (SLOTS - 1)
        tag = _TAG_NUMBERS[slot] if _TAG_HASHES[slot] == name else _UNKNOWN
        kind = np.int64(KIND_OF[tag])
        void = _IS_VOID[tag] != 0
        raw = _IS_RAW[tag] != 0
        kept = skipping == 0 and kind != SKIPPED and not (kind == INLINE and void)
        first = rows
        while at < size and html[at] == 32:
            # A name may begin with "=".
            attribute, end = _name(html, at + 1, _EQUALS)
            if end == at + 1:
                attribute, end = _name(html, at + 2, _EQUALS)
            if end + 1 >= size or html[end] != 61 or html[end + 1] != 34:
                # As no parser writes it: there may be more such attributes than there is room for.
                sound = 0
                at = max(end, at + 1)
                continue
            which = _NO_ATTRIBUTE
            slot = np.int64(attribute >> _ATTRIBUTE_SHIFT) & (SLOTS - 1)
            if kept and _ATTRIBUTE_HASHES[slot] == attribute:
                which = _ATTRIBUTE_NUMBERS[slot]
            # Behind the first quote.
            begin = end + 2
            at = begin
            if which <= ITEMPROP:
                value = HASH_START
                while at < size and html[at] != 34:
                    value = (value ^ np.uint64(html[at])) * HASH_STEP
                    at += 1
                hashes[rows] = value
                key = mix64(value + np.uint64(which) + np.uint64(sheet) * _EPOCH) | np.uint64(1)
                number = numbered(table, key, distinct)
                values[rows] = number
                if number == distinct:
                    firsts[distinct] = rows
                    distinct += 1
            else:
                at = _after(html, at, _QUOTE)
                values[rows] = -1
            if which < _NO_ATTRIBUTE:
                names[rows] = which
                value_begins[rows] = begin
                value_ends[rows] = at
                rows += 1
            at += 1
        at += 1
        if kept and (used > 0 or tag == _PAGE):
            tags[used] = tag
            begins[used] = first
            ends[used] = rows
            used += 1
        if void:
            continue
        inside = begin = at
        if raw:
            at = _after_text(html, at, name)
            if skipping > 0 and skipped == SVG and _after(html, begin, _LESS) < at:
                sound = 0
        elif kind == LEAF:
            at = _after(html, at, _LESS)
        if kept and kind == LEAF:
            names[rows] = INSIDE
            value_begins[rows] = begin
            value_ends[rows] = at
            values[rows] = -1
            if tag == _STYLE_TAG:
                sheets[sheet] = rows
                before[sheet] = distinct
                sheet += 1
            rows += 1
            ends[used - 1] = rows
        if raw and (skipping > 0 or kind != PRE):
            at = _after(html, at, _MORE) + 1
        elif skipping > 0:
            if name == skipped:
                skipping += 1
        elif kind == SKIPPED or kind == LEAF:
            skipping = 1
            skipped = name
        else:
            if raw and begin < at:
                tags[used] = RAW_TEXT
                begins[used] = begin
                ends[used] = at
                used += 1
            stack[depth] = name
            depth += 1
    out[SOUND] = sound if depth == 0 and skipping == 0 else 0
    # A script without an end swallows the end tags of what is around it.
    while depth > 0:
        depth -= 1
        tags[used] = END
        used += 1
    out[TOKENS] = used
    out[ROWS] = rows
    out[DISTINCT] = distinct
    out[SHEETS] = sheet
