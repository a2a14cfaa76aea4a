"""Blocks of a page, from the rows that the walk over its tree gives."""

from __future__ import annotations

import numpy as np

from detector.data import SourceBlock
from detector.document.tree import Tree

_LONGEST_HINTS = 400
_LONGEST_PATH = 400
# Attributes that tell what an element is for.
_HINTS = ("class", "id", "role", "itemprop")


def blocks_of(tree: Tree, text: str, places: np.ndarray, rows: np.ndarray) -> list[SourceBlock]:
    """The blocks that `kernels.outline` found: `places` int32[2, places], the one around each and its element, `rows`
    int32[7, blocks]; `text` is that of all of them."""
    around, elements = places
    own = tree.joined_values(elements[1:], _HINTS)
    # Of each place: the names of block-level elements down to it, and the hints of it and what is around it.
    known = [("", "", "")]
    for tag, outer, hints in zip(tree.names(elements[1:]), around[1:].tolist(), own, strict=True):
        _, path, outer_hints = known[outer]
        if tag != "body" and len(path) < _LONGEST_PATH:
            path = f"{path}/{tag}" if path else tag
        known.append((tag, path, joined_hints(hints.lower().strip(), outer_hints) if hints else outer_hints))
    blocks = []
    begins, ends, frames, inlines, linked, links, levels = rows.tolist()
    for begin, end, frame, inline, characters, number, level in zip(
        begins, ends, frames, inlines, linked, links, levels, strict=True
    ):
        tag, path, hints = known[frame]
        if inline:
            hints = joined_hints(known[inline][2], hints)
        blocks.append(SourceBlock(text[begin:end], tag, path, hints, characters, number, level))
    return blocks


def joined_hints(inner: str, outer: str) -> str:
    """Hints of an element and of those around it, cut to what a `SourceBlock` holds."""
    if not inner or not outer:
        return inner[:_LONGEST_HINTS] or outer
    hints = f"{inner} {outer}"
    return hints if len(hints) <= _LONGEST_HINTS else hints[:_LONGEST_HINTS].rstrip()
