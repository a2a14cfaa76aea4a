"""Evaluating the models: trees and linear scores."""

from __future__ import annotations

import numpy as np
from numba import njit

_ROWS = 128  # that a tree is walked by at once, so that what they have left of it stays in the nearest cache
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # the upper six bits of its products with the powers of 2 are all different


@njit(cache=True, error_model="numpy")
def sum_trees(columns, first, feature, threshold, keep, values, base):
    """Sum of the trees' leaves for each row, float64[rows], by what each node leaves of the leaves (Lucchese et al.
    2015, "QuickScorer"): no step depends on the one before. `columns` is float64[features, rows]; see
    `detector.trees.Trees.masks`."""
    rows = columns.shape[1]
    out = np.empty(rows)
    left = np.empty(_ROWS, np.uint64)
    for row in range(rows):
        out[row] = base
    for start in range(0, rows, _ROWS):
        size = min(_ROWS, rows - start)
        for tree in range(first.size - 1):
            for row in range(size):
                left[row] = ~np.uint64(0)
            for node in range(first[tree], first[tree + 1]):
                column, limit, mask = columns[feature[node], start : start + size], threshold[node], keep[node]
                for row in range(size):
                    left[row] &= ~np.uint64(0) if column[row] <= limit else mask
            for row in range(size):
                lowest = left[row] & (~left[row] + np.uint64(1))
                out[start + row] += values[tree, (lowest * DE_BRUIJN) >> np.uint64(58)]
    return out


@njit(cache=True, error_model="numpy")
def linear_scores(features, bounds, weights, scale, bias):
    """float32[rows, classes]: `bias` + `scale` * the sum of the features' int8 `weights` / sqrt(their number)."""
    rows = bounds.size - 1
    classes = weights.shape[1]
    out = np.empty((rows, classes), np.float32)
    sums = np.empty(classes, np.int32)
    for row in range(rows):
        for which in range(classes):
            sums[which] = 0
        start, stop = bounds[row], bounds[row + 1]
        # Four at a time: they are far apart in memory, and none waits for another.
        fours = start + (stop - start) // 4 * 4
        for at in range(start, fours, 4):
            a, b, c, d = features[at], features[at + 1], features[at + 2], features[at + 3]
            for which in range(classes):
                sums[which] += weights[a, which] + weights[b, which] + weights[c, which] + weights[d, which]
        for at in range(fours, stop):
            a = features[at]
            for which in range(classes):
                sums[which] += weights[a, which]
        norm = np.float32(1.0) / np.sqrt(np.float32(max(1, stop - start)))
        for which in range(classes):
            out[row, which] = bias[which] + scale[which] * norm * sums[which]
    return out
