"""Columns of the boilerplate trees.

Each function fills its columns of `out` (float64[blocks, ...]) from `at` on, and returns the next. `lengths`, `plain`
(characters outside links), `prose` (0 or 1), `levels`, `weight`: float64[blocks]; `scores` and `closed`
float64[blocks, ...]; `groups` numbers blocks of like structure from 0 on. The loops are written out where numpy has a
function for them: its array functions take numba seconds to compile.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.tokens import mix64


@njit(cache=True, error_model="numpy", no_cpython_wrapper=True)
def _slog(value):
    """Logarithm of 1 + |value| with the value's sign."""
    return np.log1p(value) if value >= 0 else -np.log1p(-value)


@njit(cache=True, error_model="numpy", no_cpython_wrapper=True)
def _shared_steps(a, b, steps, bounds):
    """How many elements two paths have in common from the top on."""
    size = min(bounds[a + 1] - bounds[a], bounds[b + 1] - bounds[b])
    for at in range(size):
        if steps[bounds[a] + at] != steps[bounds[b] + at]:
            return at
    return size


@njit(cache=True, error_model="numpy")
def local_columns(out, at, counts, numbers, bits, depth, flags):
    """What a block is by itself; `numbers` as in `block_features.PageFeatures`, `bits` the `flags` element flags."""
    for block in range(out.shape[0]):
        row, own, length = out[block], counts[block], numbers[0, block]
        characters, words = max(1.0, own[0]), max(1.0, own[1])
        spaced, sentences = max(1.0, own[1] - own[2]), own[6]
        column = at
        for value in (
            np.log1p(length),
            np.log1p(own[1]),
            characters / words,
            min(1.0, numbers[1, block] / length),
            numbers[2, block] / words,
            own[2] / characters,
            own[3] / characters,
            own[4] / characters,
            own[5] / characters,
            own[7] / characters,
            own[8] / characters,
            own[9] / characters,
            own[17] / characters,
            own[18] / characters,
            np.log1p(sentences),
            words / max(1.0, sentences),
            own[10] / spaced,
            own[19] / spaced,
            np.log1p(own[11]),
            np.log1p(own[20]),
            own[12] * 1.0,
            own[13] * 1.0,
            own[14] * 1.0,
            own[15] * 1.0,
            own[16] * 1.0,
            numbers[3, block],
            depth[block] * 1.0,
            np.log(numbers[4, block]),
            np.log1p(numbers[5, block]),
        ):
            row[column] = value
            column += 1
        for flag in range(flags):
            row[column] = (bits[block] >> flag) & 1
            column += 1
    return at + 29 + flags


@njit(cache=True, error_model="numpy")
def page_columns(out, at, counts, lengths, plain, prose):
    """What the page is, and where on it the block stands."""
    size = out.shape[0]
    total, all_plain, all_prose, unspaced, characters = 0.0, 0.0, 0.0, 0.0, 0.0
    for block in range(size):
        total += lengths[block]
        all_plain += plain[block]
        all_prose += plain[block] * prose[block]
        unspaced += counts[block, 2]
        characters += counts[block, 0]
    after = np.empty(size)
    nearest = 2.0 * size
    for block in range(size - 1, -1, -1):
        if prose[block]:
            nearest = block
        after[block] = np.log1p(nearest - block)
    last, read, read_prose = -1.0 * size, 0.0, 0.0
    for block in range(size):
        if prose[block]:
            last = block
        before = np.log1p(block - last)
        read += lengths[block]
        column = at
        for value in (
            np.log(size),
            np.log1p(total),
            1 - all_plain / total,
            all_prose / total,
            unspaced / max(1.0, characters),
            block / size,
            np.log1p(size - 1 - block),
            np.log1p(block),
            read / total,
            lengths[block] / total,
            read_prose / max(1.0, all_prose),
            min(before, after[block]),
            before,
            after[block],
        ):
            out[block, column] = value
            column += 1
        read_prose += plain[block] * prose[block]
    return at + 14


@njit(cache=True, error_model="numpy")
def group_columns(out, at, group, lengths, plain, prose, weight, scores):
    """Blocks, text, link density and prose of the group of each block, and its mean scores."""
    size, kinds = out.shape[0], scores.shape[1]
    sums = np.zeros((size, 5 + kinds))  # groups are numbered from 0 on, so there are at most as many as blocks
    all_prose = 0.0
    for block in range(size):
        row = sums[group[block]]
        all_prose += plain[block] * prose[block]
        row[0] += 1
        row[1] += lengths[block]
        row[2] += plain[block]
        row[3] += plain[block] * prose[block]
        row[4] += weight[block]
        for kind in range(kinds):
            row[5 + kind] += weight[block] * scores[block, kind]
    all_prose = max(1.0, all_prose)
    for block in range(size):
        row = sums[group[block]]
        out[block, at] = np.log(row[0])
        out[block, at + 1] = np.log1p(row[2])
        out[block, at + 2] = 1 - row[2] / row[1]
        out[block, at + 3] = row[3] / row[1]
        out[block, at + 4] = row[3] / all_prose
        for kind in range(kinds):
            out[block, at + 5 + kind] = row[5 + kind] / row[4]
    return at + 5 + kinds


@njit(cache=True, error_model="numpy")
def neighbour_columns(out, at, lengths, plain, prose, levels, path, names, scores, closed):
    """The block before and the block after."""
    size, kinds, marks = out.shape[0], scores.shape[1], closed.shape[1]
    width = 6 + kinds + marks
    for block in range(size):
        for side in range(2):
            other = block - 1 if side == 0 else block + 1
            column = at + side * width
            if other < 0 or other >= size:
                for which in range(width):
                    out[block, column + which] = 0
                continue
            out[block, column] = np.log1p(lengths[other])
            out[block, column + 1] = 1 - plain[other] / lengths[other]
            out[block, column + 2] = prose[other]
            out[block, column + 3] = path[other] == path[block]
            out[block, column + 4] = names[other] == names[block]
            out[block, column + 5] = levels[other]
            for kind in range(kinds):
                out[block, column + 6 + kind] = scores[other, kind]
            for mark in range(marks):
                out[block, column + 6 + kinds + mark] = closed[other, mark]
    return at + 2 * width


@njit(cache=True, error_model="numpy")
def window_columns(out, at, reach, lengths, plain, prose, weight, scores):
    """Sums over each block and its `reach` neighbours on both sides."""
    size, kinds = out.shape[0], scores.shape[1]
    sums = np.zeros((size + 1, 4 + kinds))
    for block in range(size):
        for which in range(4 + kinds):
            sums[block + 1, which] = sums[block, which]
        sums[block + 1, 0] += lengths[block]
        sums[block + 1, 1] += plain[block]
        sums[block + 1, 2] += plain[block] * prose[block]
        sums[block + 1, 3] += weight[block]
        for kind in range(kinds):
            sums[block + 1, 4 + kind] += weight[block] * scores[block, kind]
    for block in range(size):
        low, high = max(0, block - reach), min(size, block + reach + 1)
        characters = sums[high, 0] - sums[low, 0]
        out[block, at] = np.log1p(max(0.0, sums[high, 1] - sums[low, 1]))
        out[block, at + 1] = 1 - (sums[high, 1] - sums[low, 1]) / characters
        out[block, at + 2] = (sums[high, 2] - sums[low, 2]) / characters
        for kind in range(kinds):
            out[block, at + 3 + kind] = (sums[high, 4 + kind] - sums[low, 4 + kind]) / (sums[high, 3] - sums[low, 3])
    return at + 3 + kinds


@njit(cache=True, error_model="numpy")
def headline(levels, overlap, lengths):
    """The block that looks most like the page's headline, or -1: it says what the title says, in a heading."""
    best, best_score = -1, -1.0
    first_heading = -1
    for block in range(levels.size):
        if levels[block] == 1 and first_heading < 0:
            first_heading = block
        if overlap[block, 0] > 0.5 and overlap[block, 1] > 0.2:
            score = 0.5 * overlap[block, 0] + overlap[block, 1] - 0.1 * (lengths[block] > 400)
            if levels[block] > 0:
                score += 0.55 - 0.05 * levels[block]
            if score > best_score:
                best, best_score = block, score
    return best if best >= 0 else first_heading


@njit(cache=True, error_model="numpy")
def landmark_columns(out, at, headline, levels, lengths, plain, prose, groups, depth, steps, step_bounds):
    """Where each block lies seen from the headline, from the first prose after it, and from the like-structured
    groups that hold most prose."""
    size = out.shape[0]
    path = groups[0]
    anchor = -1
    for block in range(size):
        if prose[block] and (anchor < 0 or (anchor < headline <= block)):
            anchor = block
    read, linked = np.zeros(size + 1), np.zeros(size + 1)
    for block in range(size):
        read[block + 1] = read[block] + lengths[block] * prose[block]
        linked[block + 1] = linked[block] + (plain[block] < 0.5 * lengths[block])
    for block in range(size):
        row = out[block]
        if headline >= 0:
            row[at] = levels[headline]
            row[at + 1] = _slog(block - headline)
            row[at + 2] = _slog(read[block + 1] - read[headline + 1])
            row[at + 3] = _slog(linked[block + 1] - linked[headline + 1])
        else:
            for which in range(4):
                row[at + which] = -1
        if anchor >= 0:
            shared = _shared_steps(path[block], path[anchor], steps, step_bounds)
            row[at + 4] = shared
            row[at + 5] = depth[block] - shared
            for which in range(3):
                row[at + 6 + which] = groups[which, block] == groups[which, anchor]
            row[at + 9] = _slog(block - anchor)
        else:
            for which in range(4, 10):
                row[at + which] = -1
    column = at + 10
    for which in (1, 2):
        sums = np.zeros(size)
        all_prose = 0.0
        densest = 0
        for block in range(size):
            sums[groups[which, block]] += plain[block] * prose[block]
            all_prose += plain[block] * prose[block]
        for group in range(size):
            if sums[group] > sums[densest]:
                densest = group
        first, last = -1, -1
        for block in range(size):
            if prose[block] and groups[which, block] == densest:
                if first < 0:
                    first = block
                last = block
        for block in range(size):
            row = out[block]
            if first < 0:
                for which_column in range(5):
                    row[column + which_column] = -1
                continue
            shared = _shared_steps(path[block], path[first], steps, step_bounds)
            row[column] = shared
            row[column + 1] = depth[block] - shared
            row[column + 2] = groups[which, block] == densest
            row[column + 3] = sums[densest] / max(1.0, all_prose)
            row[column + 4] = _slog(block - first if block < first else block - last if block > last else 0)
        column += 5
    return column


@njit(cache=True, error_model="numpy")
def heading_columns(out, at, levels, scores, closed):
    """What the last heading above each block says: a heading like "Related" speaks for all that follows."""
    kinds, marks = scores.shape[1], closed.shape[1]
    last = -1
    for block in range(out.shape[0]):
        row = out[block]
        if last < 0:
            for which in range(2 + kinds + marks):
                row[at + which] = -1
        else:
            row[at] = np.log1p(block - last)
            row[at + 1] = levels[last]
            for kind in range(kinds):
                row[at + 2 + kind] = scores[last, kind]
            for mark in range(marks):
                row[at + 2 + kinds + mark] = closed[last, mark]
        if levels[block] > 0:
            last = block
    return at + 2 + kinds + marks


@njit(cache=True, error_model="numpy")
def count_alike(keys):
    """How many blocks have the same key, for each column of `keys` (uint64[blocks, ...]); 1 for key 0: int64."""
    blocks = keys.shape[0]
    size = 2
    while size < 2 * blocks:
        size *= 2
    out, slots = np.ones(keys.shape, np.int64), np.empty(blocks, np.int64)
    held, counts = np.empty(size, np.uint64), np.empty(size, np.int64)
    for which in range(keys.shape[1]):
        held[:] = 0
        counts[:] = 0
        for block in range(blocks):
            key = keys[block, which]
            if key == 0:
                continue
            slot = np.int64(mix64(key) & np.uint64(size - 1))
            while held[slot] != 0 and held[slot] != key:
                slot = (slot + 1) & (size - 1)
            held[slot] = key
            counts[slot] += 1
            slots[block] = slot
        for block in range(blocks):
            if keys[block, which] != 0:
                out[block, which] = counts[slots[block]]
    return out
