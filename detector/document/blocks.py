"""Blocks of a page, from the rows that the walk over its tree gives."""

from __future__ import annotations

import numpy as np

from detector import kernels
from detector.data import SourceBlock
from detector.document.tree import Tree

_LONGEST_HINTS = 400
_LONGEST_PATH = 400
# Attributes that tell what an element is for.
_HINTS = ("class", "id", "role", "itemprop")


def blocks_of(tree: Tree, text: str, rows: np.ndarray, outer: np.ndarray) -> list[SourceBlock]:
    """The blocks of which `kernels.outline` gives `rows` and `outer`; `text` is that of all of them."""
    elements, around = kernels.places(rows, outer)
    words = tree.values(elements, _HINTS, joined=True).lower().split("\0")
    # Of each place: the names of block-level elements down to it, and the hints of it and what is around it.
    known = [("", "", "")]
    for tag, outside, own in zip(tree.names(elements[1:]), around[1:].tolist(), words[1:], strict=False):
        _, path, hints = known[outside]
        if tag != "body" and len(path) < _LONGEST_PATH:
            path = f"{path}/{tag}" if path else tag
        known.append((tag, path, joined_hints(own.strip(), hints)))
    blocks = []
    for begin, end, frame, inline, linked, links, level in rows.tolist():
        tag, path, hints = known[frame]
        if inline:
            hints = joined_hints(known[inline][2], hints)
        blocks.append(SourceBlock(text[begin:end], tag, path, hints, linked, links, level))
    return blocks


def joined_hints(inner: str, outer: str) -> str:
    """Hints of an element and of those around it, cut to what a `SourceBlock` holds."""
    if not inner or not outer:
        return inner[:_LONGEST_HINTS] or outer
    hints = f"{inner} {outer}"
    return hints if len(hints) <= _LONGEST_HINTS else hints[:_LONGEST_HINTS].rstrip()
