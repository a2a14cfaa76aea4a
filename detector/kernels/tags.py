"""Tags, comments and raw text of a page as the tokenizer of the HTML standard tells them apart."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.elements import (
    HASH_START,
    HASH_STEP,
    HEADING,
    PLAINTEXT,
    SCRIPT,
)

_LITERAL = np.frombuffer(b"![CDATA[", np.uint8)


@njit(cache=True)
def _blank(byte):
    return byte <= 32 and (byte == 32 or byte == 9 or byte == 10 or byte == 12 or byte == 13)


@njit(cache=True)
def read_name(raw, at):
    """Hash of the element name that begins here, one for all headings, and where it ends."""
    name, first = HASH_START, at
    while at < raw.size and not _blank(raw[at]) and raw[at] != 47 and raw[at] != 62:
        letter = raw[at] | 32 if 65 <= raw[at] <= 90 else raw[at]
        name = (name ^ np.uint64(letter)) * HASH_STEP
        at += 1
    if at == first + 2 and (raw[first] | 32) == 104 and 49 <= raw[first + 1] <= 54:
        name = HEADING
    return name, at


@njit(cache=True)
def _is_named(raw, at, element):
    """Whether the name that begins here is that of a raw text element; reads no further than the longest of them."""
    name = HASH_START
    end = min(raw.size, at + 16)
    while at < end and not _blank(raw[at]) and raw[at] != 47 and raw[at] != 62:
        letter = raw[at] | 32 if 65 <= raw[at] <= 90 else raw[at]
        name = (name ^ np.uint64(letter)) * HASH_STEP
        at += 1
    return name == element


@njit(cache=True)
def read_attributes(raw, at):
    """Number of a tag's attributes, whether it closes itself, and where it ends; `at` is behind its name."""
    size, attributes = raw.size, 0
    while at < size and raw[at] != 62:
        if _blank(raw[at]) or raw[at] == 47:
            at += 1
            continue
        attributes += 1
        at += 1
        while at < size and not _blank(raw[at]) and raw[at] != 47 and raw[at] != 62 and raw[at] != 61:
            at += 1
        value = at
        while value < size and _blank(raw[value]):
            value += 1
        if value == size or raw[value] != 61:
            at = value
            continue
        at = value + 1
        while at < size and _blank(raw[at]):
            at += 1
        if at < size and (raw[at] == 34 or raw[at] == 39):
            quote = raw[at]
            at += 1
            while at < size and raw[at] != quote:
                at += 1
            at += 1
        else:
            while at < size and not _blank(raw[at]) and raw[at] != 62:
                at += 1
            if at < size and raw[at] == 62:
                return attributes, False, at
    return attributes, at < size and raw[at - 1] == 47, at


@njit(cache=True)
def _opens_comment(raw, at):
    """Whether `!--` stands here."""
    return at + 2 < raw.size and raw[at] == 33 and raw[at + 1] == 45 and raw[at + 2] == 45


@njit(cache=True)
def opens_literal(raw, at):
    """Whether `![CDATA[` stands here."""
    place = 0
    while place < _LITERAL.size and at + place < raw.size and raw[at + place] == _LITERAL[place]:
        place += 1
    return place == _LITERAL.size


@njit(cache=True)
def after_literal(raw, at):
    """Where the `]]>` ends."""
    while at + 2 < raw.size:
        if raw[at] == 93 and raw[at + 1] == 93 and raw[at + 2] == 62:
            return at + 2
        at += 1
    return raw.size


@njit(cache=True)
def after_comment(raw, at):
    """Where what begins with `<!`, `<?` or `</` and is no tag ends; `at` is behind the `<`."""
    size = raw.size
    if not _opens_comment(raw, at):
        while at < size and raw[at] != 62:
            at += 1
        return at
    at += 3
    if at < size and raw[at] == 62:
        return at
    if at + 1 < size and raw[at] == 45 and raw[at + 1] == 62:
        return at + 1
    while at + 2 < size:
        if raw[at] == 45 and raw[at + 1] == 45:
            if raw[at + 2] == 62:
                return at + 2
            if raw[at + 2] == 33 and at + 3 < size and raw[at + 3] == 62:
                return at + 3
        at += 1
    return size


@njit(cache=True)
def after_raw_text(raw, at, element):
    """Where the end tag of a raw text element begins; in a script, one between `<!--<script>` and `-->` is no end."""
    size = raw.size
    commented, inner = False, False
    while at < size:
        while at < size and raw[at] != 60 and not (commented and raw[at] == 45):
            at += 1
        if at + 2 >= size:
            return size
        if raw[at] == 45:
            if raw[at + 1] == 45 and raw[at + 2] == 62:
                commented, inner = False, False
        elif raw[at + 1] == 47:
            if element != PLAINTEXT and _is_named(raw, at + 2, element):
                if not inner:
                    return at
                inner = False
        elif element == SCRIPT:
            if _opens_comment(raw, at + 1):
                commented = True
                at += 1  # its own hyphens may be those of its end: `<!-->`
            elif commented and _is_named(raw, at + 1, SCRIPT):
                inner = True
        at += 1
    return size


@njit(cache=True)
def holds_text_alone(raw, at, element):
    """Whether the next tag after a start tag's `>` at `at` is the element's end tag."""
    while at < raw.size and raw[at] != 60:
        at += 1
    return at + 1 < raw.size and raw[at + 1] == 47 and _is_named(raw, at + 2, element)
