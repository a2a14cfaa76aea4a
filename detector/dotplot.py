"""Whether what two texts have in common runs through both in the same order, for texts in different languages.

A dot plot (Church 1993, "char_align") has the page's text from top to bottom, the post's from left to right, and a dot
where both have the same name, number or word that the lexicon knows. A translation shows as a line: not a sharp one,
since words change places within a sentence, so that the plot's cells are of some words each. Texts on one subject
have the same dots without the line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from detector import kernels
from detector.alignment import MOST_ANCHORS, Side, places_among

WORDS_A_CELL = 20
MOST_CELLS = 120  # a side; the cells of longer texts are larger
CHANCE = 1.5  # times what an even spread would give, above which a cell speaks for a path through it
FILLED = 0.4  # anchors that a row or a column of the path has at least


@dataclass(frozen=True)
class BitextPath:
    """The densest way through a dot plot, and how much it says.

    `beyond` is how many anchors lie on it beyond chance, less those of the densest way when one of the texts is read
    backwards: about 0 for texts on one subject. All else are shares, 0..1 (`rows`, `columns`: -1..1): `share` is
    `beyond` of the anchors in common, `on_path` those on the path; `rows` and `columns` are the cells of the page and
    of the post in which the path has anchors, again less those of the text read backwards; `own` are the page's own
    tokens in such rows; `page_extent` and `post_extent` are from the path's beginning to its end. `density` is anchors
    a cell, `lengths` the absolute logarithm of how many times as many words one side has between these as the other.
    """

    beyond: float = 0.0
    share: float = 0.0
    on_path: float = 0.0
    rows: float = 0.0
    columns: float = 0.0
    own: float = 0.0
    page_extent: float = 0.0
    post_extent: float = 0.0
    density: float = 0.0
    lengths: float = 0.0


def follow(page: Side, post: Side, own: np.ndarray) -> BitextPath:
    """The path of a post's anchors through a page's, of whose tokens some are its `own` (bool, one a token)."""
    common = np.intersect1d(page.anchors.distinct, post.anchors.distinct, assume_unique=True)
    if common.size < 2:
        return BitextPath()
    page_size, rows = _cells(page)
    post_size, columns = _cells(post)
    page_places, page_words = _numbered(page, common)
    post_places, post_words = _numbered(post, common)
    page_cells, post_cells = page_places * rows // page_size, post_places * columns // post_size
    plot = kernels.dot_plot(page_cells, page_words, post_cells, post_words, rows, columns, common.size)
    total = float(plot.sum())
    figures, by_row, by_column = kernels.densest_path(plot, CHANCE)
    above, on_path, steps, first_row, last_row, first_column, last_column = figures.tolist()
    if not above:
        return BitextPath()
    (backwards, *_), back_by_row, back_by_column = kernels.densest_path(plot[:, ::-1].copy(), CHANCE)
    beyond = above - float(backwards)
    filled = by_row >= FILLED
    row_of = np.minimum(np.arange(own.size) * rows // page_size, rows - 1)
    page_extent, post_extent = (last_row - first_row + 1) / rows, (last_column - first_column + 1) / columns
    page_length = page_extent * page_size * page.tokens.words_a_token
    post_length = post_extent * post_size * post.tokens.words_a_token
    return BitextPath(
        beyond,
        beyond / total,
        on_path / total,
        float(filled.mean() - (back_by_row >= FILLED).mean()),
        float((by_column >= FILLED).mean() - (back_by_column >= FILLED).mean()),
        float(filled[row_of][own].mean()) if own.any() else 0.0,
        page_extent,
        post_extent,
        on_path / steps,
        abs(math.log(page_length / post_length)),
    )


def _cells(side: Side) -> tuple[int, int]:
    """How many tokens of a text its anchors reach through, and in how many cells these lie."""
    anchors = side.anchors
    size = int(anchors.places[-1]) + 1 if anchors.places.size == MOST_ANCHORS else len(side.tokens)
    return size, min(MOST_CELLS, max(1, round(size * side.tokens.words_a_token / WORDS_A_CELL)))


def _numbered(side: Side, common: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places among the tokens, and among the sorted `common`, of the anchors that are there (both int64)."""
    anchors = side.anchors
    at, found = places_among(common, anchors.hashes)
    return anchors.places[found].astype(np.int64), at[found]
