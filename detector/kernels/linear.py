"""Evaluating the models: trees and linear scores."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def sum_trees(features, feature, threshold, left, right, value, roots, base):
    """Sum of the trees' leaves for each row of `features`, float64[rows]; see `detector.trees`."""
    out = np.full(features.shape[0], base)
    # Tree by tree, so that the nodes of one stay in the nearest cache for all rows.
    for root in roots:
        for row in range(features.shape[0]):
            node = root
            while feature[node] >= 0:
                node = left[node] if features[row, feature[node]] <= threshold[node] else right[node]
            out[row] += value[node]
    return out


@njit(cache=True, error_model="numpy")
def linear_scores(features, bounds, weights, scale, bias):
    """float32[rows, classes]: `bias` + `scale` * the sum of the features' int8 `weights` / sqrt(their number)."""
    rows = bounds.size - 1
    classes = weights.shape[1]
    out = np.empty((rows, classes), np.float32)
    sums = np.empty(classes, np.int32)
    for row in range(rows):
        sums[:] = 0
        for at in range(bounds[row], bounds[row + 1]):
            bucket = weights[features[at]]
            for which in range(classes):
                sums[which] += bucket[which]
        norm = np.float32(1.0) / np.sqrt(np.float32(max(1, bounds[row + 1] - bounds[row])))
        for which in range(classes):
            out[row, which] = bias[which] + scale[which] * norm * sums[which]
    return out
