"""A parsed page, written out by the parser, as arrays: its elements, their attributes and its texts.

What a parser writes is well-formed: every element that is not void has an end tag, values stand in double quotes, and
a "<" that is none of a tag stands only where the element's text is written as it is. So one pass over the bytes tells
what a walk over the tree would, without an object a node.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.elements import HASH_START, HASH_STEP, PLAINTEXT, SVG, name_hash
from detector.kernels.lookup import lower_bound
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

_TAG_HASHES = np.array([name_hash(name) for name in TAGS[:-1]], np.uint64)
KIND_OF = np.array([_FOUND.get(name, INLINE) for name in TAGS], np.int8)
_IS_VOID = np.array([name in _VOID for name in TAGS], np.bool_)
_IS_RAW = np.array([name in _RAW for name in TAGS], np.bool_)
_IS_STYLE = np.array([name == "style" for name in TAGS], np.bool_)
_ORDER = sorted(range(len(ATTRIBUTES)), key=lambda which: name_hash(ATTRIBUTES[which]))
_ATTRIBUTE_HASHES = np.array([name_hash(ATTRIBUTES[which]) for which in _ORDER], np.uint64)
_ATTRIBUTE_AT = np.array(_ORDER, np.int8)
_PAGE = name_hash("html")


@njit(cache=True)
def _number(hashes, name):
    """Where a name's hash stands among sorted ones, their number if it does not."""
    place = lower_bound(hashes, name)
    return place if place < hashes.size and hashes[place] == name else hashes.size


@njit(cache=True)
def _name(html, at, stop):
    """Hash of the name that begins here, and where it ends: at a space, ">" or `stop`."""
    name = HASH_START
    while at < html.size and html[at] != 32 and html[at] != 62 and html[at] != stop:
        name = (name ^ np.uint64(html[at])) * HASH_STEP
        at += 1
    return name, at


@njit(cache=True)
def _after_comment(html, at):
    """Where what begins with `<!` or `<?` ends."""
    comment = at + 2 < html.size and html[at + 1] == 33 and html[at + 2] == 45
    at += 4 if comment else 2
    while at < html.size and not (html[at] == 62 and (not comment or (html[at - 1] == 45 and html[at - 2] == 45))):
        at += 1
    return at + 1


@njit(cache=True)
def _after_text(html, at, name):
    """Where the text of an element ends that is written as it is; that of `plaintext` at its last end tag."""
    if name != PLAINTEXT:
        return after_raw_text(html, at, name)
    for place in range(html.size - 1, at - 1, -1):
        if html[place] == 60 and _name(html, place + 2, 62)[0] == PLAINTEXT and html[place + 1] == 47:
            return place
    return html.size


@njit(cache=True)
def _distinct(table, hashes, row, epoch, kinds, values, firsts, used):
    """Number of a row's value among the distinct ones, and how many there are then."""
    key = mix64(hashes[row] + np.uint64(kinds[row]) + np.uint64(epoch) * HASH_STEP) | np.uint64(1)
    slot = np.int64(key >> np.uint64(1)) & (table.shape[0] - 1)
    while table[slot, 0] != 0:
        if table[slot, 0] == key:
            values[row] = np.int32(table[slot, 1])
            return used
        slot = (slot + 1) & (table.shape[0] - 1)
    table[slot, 0], table[slot, 1] = key, np.uint64(used)
    values[row], firsts[used] = used, row
    return used + 1


@njit(cache=True)
def read_tree(html):
    """The tokens and attributes of a tree that was written out as HTML (uint8[bytes]), in its order.

    `tags` int16[tokens]: the number of an element in `TAGS` where it begins, or TEXT, RAW_TEXT, END. `begins` and
    `ends` int32[tokens]: of a text its bytes, of an element its attributes' rows. The first token is the root; what is
    SKIPPED, what is INLINE and empty, and comments are left out.

    `names` int8[rows], in `ATTRIBUTES`, or INSIDE; `from_`, `to` int32[rows], the value's bytes; `hashes` uint64[rows]
    of the values up to ITEMPROP; `values` int32[rows], their numbers among the distinct ones, -1 for other attributes;
    `firsts` int32[distinct], the row in which each stands first. After a style sheet all are distinct anew: `sheets`
    int32[sheets, 2] are the rows of their texts, and how many distinct values came before.

    The last is whether all end tags were where they belong: a drawing may have an element like `style` in it whose
    text, written as it is, looks like tags.
    """
    size = html.size
    most, pairs = 1, 1
    for at in range(size - 1):
        most += html[at] == 60
        pairs += html[at] == 61 and html[at + 1] == 34
    tags = np.empty(3 * most, np.int16)
    begins, ends = np.empty(3 * most, np.int32), np.empty(3 * most, np.int32)
    names = np.empty(most + pairs, np.int8)
    from_, to = np.empty(most + pairs, np.int32), np.empty(most + pairs, np.int32)
    values, firsts = np.empty(most + pairs, np.int32), np.empty(pairs, np.int32)
    hashes = np.empty(most + pairs, np.uint64)
    room = 16
    while room < 2 * pairs:
        room *= 2
    table = np.zeros((room, 2), np.uint64)
    sheets, sheet_rows = 0, np.empty((most, 2), np.int32)
    open_names, depth = np.empty(most, np.uint64), 0
    used, rows, distinct = 0, 0, 0
    # How many elements of the name `skipped` are open around what is left out.
    skipping, skipped, sound = 0, HASH_START, True
    at = 0
    while at < size:
        if html[at] != 60:
            begin = at
            while at < size and html[at] != 60:
                at += 1
            if skipping == 0 and used > 0:
                tags[used], begins[used], ends[used] = TEXT, begin, at
                used += 1
            continue
        if at + 1 < size and (html[at + 1] == 33 or html[at + 1] == 63):
            at = _after_comment(html, at)
            continue
        if at + 1 < size and html[at + 1] == 47:
            name, at = _name(html, at + 2, 62)
            at += 1
            if skipping > 0:
                skipping -= name == skipped
                skipped = skipped if skipping > 0 else HASH_START
            elif depth > 0 and open_names[depth - 1] == name:
                depth -= 1
                before = tags[used - 1]
                if before >= 0 and KIND_OF[before] == INLINE and depth > 0:
                    used -= 1
                else:
                    tags[used] = END
                    used += 1
            else:
                sound = False
            continue
        name, at = _name(html, at + 1, 62)
        tag = _number(_TAG_HASHES, name)
        kind = KIND_OF[tag]
        kept = skipping == 0 and kind != SKIPPED and not (kind == INLINE and _IS_VOID[tag])
        first = rows
        while at < size and html[at] == 32:
            # A name may begin with "=".
            attribute, end = _name(html, at + 1, 61)
            if end == at + 1 and end < size:
                attribute, end = _name(html, at + 2, 61)
            at = end + 2
            begin, value = at, HASH_START
            which = _number(_ATTRIBUTE_HASHES, attribute) if kept else _ATTRIBUTE_HASHES.size
            if which == _ATTRIBUTE_HASHES.size:
                while at < size and html[at] != 34:
                    at += 1
            else:
                which = _ATTRIBUTE_AT[which]
                while at < size and html[at] != 34:
                    value = (value ^ np.uint64(html[at])) * HASH_STEP
                    at += 1
                names[rows], from_[rows], to[rows], hashes[rows], values[rows] = which, begin, at, value, -1
                if which <= ITEMPROP:
                    distinct = _distinct(table, hashes, rows, sheets, names, values, firsts, distinct)
                rows += 1
            at += 1
        at += 1
        if kept and (used > 0 or name == _PAGE):
            tags[used], begins[used], ends[used] = tag, first, rows
            used += 1
        if _IS_VOID[tag]:
            continue
        begin = at
        if _IS_RAW[tag]:
            at = _after_text(html, at, name)
            for place in range(begin, at if skipped == SVG else begin):
                sound = sound and html[place] != 60
        elif kind == LEAF:
            while at < size and html[at] != 60:
                at += 1
        if kept and kind == LEAF:
            names[rows], from_[rows], to[rows], values[rows] = INSIDE, begin, at, -1
            if _IS_STYLE[tag]:
                sheet_rows[sheets, 0], sheet_rows[sheets, 1] = rows, distinct
                sheets += 1
            rows += 1
            ends[used - 1] = rows
        if _IS_RAW[tag] and (skipping > 0 or kind != PRE):
            at = _name(html, at + 2, 62)[1] + 1
        elif skipping > 0:
            skipping += name == skipped
        elif kind == SKIPPED or kind == LEAF:
            skipping, skipped = 1, name
        else:
            if _IS_RAW[tag] and begin < at:
                tags[used], begins[used], ends[used] = RAW_TEXT, begin, at
                used += 1
            open_names[depth] = name
            depth += 1
    # A script without an end swallows the end tags of what is around it.
    for _ in range(depth):
        tags[used] = END
        used += 1
    sound = sound and depth == 0 and skipping == 0
    return (
        (tags[:used], begins[:used], ends[:used]),
        (names[:rows], from_[:rows], to[:rows], hashes[:rows], values[:rows]),
        firsts[:distinct],
        sheet_rows[:sheets],
        sound,
    )
