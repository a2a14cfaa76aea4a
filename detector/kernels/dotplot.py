"""Where two texts have words in common, in cells, and the densest way through these."""

from __future__ import annotations

import numpy as np
from numba import njit

# Pairs of places that one word may make: what stands everywhere on both sides tells nothing of where.
MOST_PAIRS = 400


@njit(cache=True)
def dot_plot(page_cells, page_words, post_cells, post_words, rows, columns, words):
    """Where the words that two texts have in common stand: float64[rows, columns], each word spread evenly over all
    pairs of its places, so that it adds up to 1. Given are the cells and the numbers (below `words`) of the words of
    both sides, in any order (all int64)."""
    starts = np.zeros(words + 1, np.int64)
    for word in post_words:
        starts[word + 1] += 1
    in_post = starts[1:].copy()
    for word in range(words):
        starts[word + 1] += starts[word]
    filled = starts[:-1].copy()
    cells = np.empty(post_words.size, np.int64)
    for which in range(post_words.size):
        word = post_words[which]
        cells[filled[word]] = post_cells[which]
        filled[word] += 1
    on_page = np.zeros(words, np.int64)
    for word in page_words:
        on_page[word] += 1
    plot = np.zeros((rows, columns))
    for which in range(page_words.size):
        word = page_words[which]
        pairs = on_page[word] * in_post[word]
        if pairs <= MOST_PAIRS:
            for at in range(starts[word], starts[word + 1]):
                plot[page_cells[which], cells[at]] += 1.0 / pairs
    return plot


@njit(cache=True)
def densest_path(plot, chance):
    """The way through a plot that never goes back on either side and has most above what `chance` times an even spread
    would give. Returns how much that is, how much lies on it, how many cells it has, its first and last row and its
    first and last column (float64[7]), and what lies on it by row and by column. Without anything above: zeros."""
    rows, columns = plot.shape
    figures, by_row, by_column = np.zeros(7), np.zeros(rows), np.zeros(columns)
    of_rows, of_columns = np.zeros(rows), np.zeros(columns)
    total = 0.0
    for row in range(rows):
        for column in range(columns):
            of_rows[row] += plot[row, column]
            of_columns[column] += plot[row, column]
            total += plot[row, column]
    if total <= 0:
        return figures, by_row, by_column
    best = np.zeros((rows + 1, columns + 1))
    # Where the best way to a cell comes from: 0 it begins there, 1 both sides go on, 2 the page, 3 the post.
    came = np.zeros((rows, columns), np.int8)
    last_row, last_column = -1, -1
    for row in range(rows):
        for column in range(columns):
            before, step = 0.0, 0
            if best[row, column] > before:
                before, step = best[row, column], 1
            if best[row, column + 1] > before:
                before, step = best[row, column + 1], 2
            if best[row + 1, column] > before:
                before, step = best[row + 1, column], 3
            reached = before + plot[row, column] - chance * of_rows[row] * of_columns[column] / total
            if reached > 0:
                best[row + 1, column + 1] = reached
                came[row, column] = step
                if reached > figures[0]:
                    figures[0], last_row, last_column = reached, row, column
    if last_row < 0:
        return figures, by_row, by_column
    row, column = last_row, last_column
    while True:
        figures[1] += plot[row, column]
        figures[2] += 1
        by_row[row] += plot[row, column]
        by_column[column] += plot[row, column]
        step = came[row, column]
        if step == 0:
            break
        if step != 3:
            row -= 1
        if step != 2:
            column -= 1
    figures[3], figures[4], figures[5], figures[6] = row, last_row, column, last_column
    return figures, by_row, by_column
