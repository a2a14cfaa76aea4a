"""Blocks of a page, from the rows that the walk over its tree gives."""

from __future__ import annotations

import numpy as np

from detector.columns import made_of
from detector.data import SourceBlock
from detector.document.tree import Tree, numbers_of

_LONGEST_HINTS = 400
_LONGEST_PATH = 400
# Attributes that tell what an element is for.
_HINTS = numbers_of("class", "id", "role", "itemprop")


def blocks_of(tree: Tree, text: str, places: np.ndarray, rows: np.ndarray) -> list[SourceBlock]:
    """The blocks that `kernels.outline` found: `places` int32[2, places], the one around each and its element, `rows`
    int32[7, blocks]; `text` is that of all of them."""
    around, elements = places
    own = tree.joined_values(elements[1:], _HINTS)
    begins, ends, frames, inlines, *numbers = rows.tolist()
    outer_of = around.tolist()
    wanted = bytearray(len(outer_of))
    wanted[0] = 1
    for place in {*frames, *inlines}:
        while not wanted[place]:
            wanted[place], place = 1, outer_of[place]
    # Of each place: its element, the names of block-level elements down to it, and the hints of it and what is around.
    known = [("", "", "")] * len(outer_of)
    for place, (tag, hints) in enumerate(zip(tree.names(elements[1:]), own, strict=True), 1):
        if wanted[place]:
            _, path, outer_hints = known[outer_of[place]]
            if tag != "body" and len(path) < _LONGEST_PATH:
                path = f"{path}/{tag}" if path else tag
            known[place] = tag, path, joined_hints(hints.lower().strip(), outer_hints) if hints else outer_hints
    seen: dict[tuple[int, int], tuple[str, str, str]] = {}
    for frame, inline in {*zip(frames, inlines, strict=True)}:
        tag, path, hints = known[frame]
        seen[frame, inline] = tag, path, joined_hints(known[inline][2], hints) if inline else hints
    texts = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    standing = zip(*map(seen.__getitem__, zip(frames, inlines, strict=True)), strict=True)
    return made_of(SourceBlock, texts, *standing, *numbers) if texts else []


def joined_hints(inner: str, outer: str) -> str:
    """Hints of an element and of those around it, cut to what a `SourceBlock` holds."""
    if not inner or not outer:
        return inner[:_LONGEST_HINTS] or outer
    hints = f"{inner} {outer}"
    return hints if len(hints) <= _LONGEST_HINTS else hints[:_LONGEST_HINTS].rstrip()
