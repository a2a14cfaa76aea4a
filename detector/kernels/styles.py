"""What hides elements: rules of a page's style sheets, and the classes and ids that they name."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.elements import HASH_START, HASH_STEP
from detector.kernels.lookup import lower_bound
from detector.kernels.tree import CLASS, ID

_OPENS, _CLOSES, _COLON, _SEMICOLON, _COMMA, _SLASH, _STAR = (ord(mark) for mark in "{}:;,/*")
_DOT, _HASH, _MINUS, _UNDERSCORE, _ZERO = (ord(mark) for mark in ".#-_0")
_VALUES = np.frombuffer(b"none\0\0\0\0hidden\0\0collapserect\0\0\0\0", np.uint8).reshape(4, 8)


@njit(cache=True)
def _white(byte):
    return byte == 32 or 9 <= byte <= 13


@njit(cache=True)
def _may_hide(css, at, end):
    """Whether what follows the colon at `at` may be a value that hides: each of them begins in one of these ways."""
    before = css[at - 1] | 32
    zero = before == 101 or before == 121 or _white(css[at - 1])
    at += 1
    while at < end and _white(css[at]):
        at += 1
    if at >= end:
        return False
    if css[at] == _MINUS:
        return True
    if zero and (css[at] == _ZERO or (css[at] == _DOT and at + 1 < end and css[at + 1] == _ZERO)):
        return True
    for value in range(4):
        place = 0
        while place < 8 and at + place < end and css[at + place] | 32 == _VALUES[value, place]:
            place += 1
        if place == 8 or _VALUES[value, place] == 0:
            return True
    return False


@njit(cache=True)
def _after_note(css, at, end):
    """Where the comment ends that begins here, `at` if none does."""
    if css[at] != _SLASH or at + 1 >= end or css[at + 1] != _STAR:
        return at
    at += 4
    while at - 1 < end and not (css[at - 1] == _SLASH and css[at - 2] == _STAR):
        at += 1
    return at


@njit(cache=True)
def _names_one(css, begin, end):
    """Whether one of the selectors between two bytes is a single class or id; comments are none of them."""
    at, begun, single = begin, False, False
    while at < end:
        after = _after_note(css, at, end)
        if after > at:
            at = after
            continue
        byte = css[at]
        if byte == _COMMA:
            if begun and single:
                return True
            begun = False
        elif not begun:
            if not _white(byte):
                begun, single = True, byte == _DOT or byte == _HASH
        else:
            letter = 97 <= byte | 32 <= 122 or 48 <= byte <= 57 or byte == _MINUS or byte == _UNDERSCORE or byte > 127
            single = single and (letter or _white(byte))
        at += 1
    return begun and single


@njit(cache=True)
def hiding_rules(css):
    """Rules of a style sheet (uint8[bytes]) that stand in no other block, name a single class or id, and may hide it:
    int32[rules, 4], selectors from and to, declarations from the first that may hide, and to."""
    room = 0
    for byte in css:
        room += byte == _CLOSES
    rules = np.empty((room, 4), np.int32)
    used, depth, selectors, opened, declaration, hides = 0, 0, 0, -1, 0, -1
    at, end, leading = 0, css.size, True
    while at < end:
        byte = css[at]
        if byte > 64 and byte != _OPENS and byte != _CLOSES:
            leading = False
            at += 1
            continue
        after = _after_note(css, at, end)
        if after > at:
            at = after
            selectors = at if leading else selectors
            continue
        leading = leading and _white(byte)
        if byte == _OPENS:
            depth += 1
            opened = at if depth <= 1 else -1
            if depth > 1:
                selectors, leading = at + 1, True
            declaration, hides = at + 1, -1
        elif byte == _CLOSES:
            if opened >= 0 and hides >= 0 and _names_one(css, selectors, opened):
                rules[used, 0], rules[used, 1], rules[used, 2], rules[used, 3] = selectors, opened, hides, at
                used += 1
            depth -= 1
            opened, selectors, leading = -1, at + 1, True
        elif opened >= 0 and hides < 0:
            if byte == _SEMICOLON:
                declaration = at + 1
            elif byte == _COLON and _may_hide(css, at, end):
                hides = declaration
        at += 1
    return rules[:used]


@njit(cache=True)
def _number(hashes, numbers, name):
    place = lower_bound(hashes, name)
    return numbers[place] if place < hashes.size and hashes[place] == name else 0


@njit(cache=True)
def mark_hidden(html, names, begins, ends, firsts, always, always_number, hashes, numbers, low, high, out):
    """Set `out` (int8[distinct values]) from `low` to before `high`: why an element of such classes or id is hidden.

    `names, begins, ends` and `firsts` are those of `read_tree`. `always` (uint64, sorted) are the hashes of lower-cased
    class names that always hide, for the reason `always_number`; `hashes` (sorted) those of the selectors of a single
    class or id that do on this page, for the reasons `numbers`.
    """
    for value in range(low, high):
        row = firsts[value]
        if names[row] == ID:
            name = (HASH_START ^ np.uint64(_HASH)) * HASH_STEP
            for at in range(begins[row], ends[row]):
                name = (name ^ np.uint64(html[at])) * HASH_STEP
            out[value] = _number(hashes, numbers, name)
        if names[row] != CLASS:
            continue
        at = begins[row]
        while at < ends[row]:
            lower, name = HASH_START, (HASH_START ^ np.uint64(_DOT)) * HASH_STEP
            while at < ends[row] and not _white(html[at]):
                byte = html[at]
                name = (name ^ np.uint64(byte)) * HASH_STEP
                lower = (lower ^ np.uint64(byte | 32 if 65 <= byte <= 90 else byte)) * HASH_STEP
                at += 1
            place = lower_bound(always, lower)
            if place < always.size and always[place] == lower:
                out[value] = always_number
                break
            if out[value] == 0:
                out[value] = _number(hashes, numbers, name)
            at += 1
