"""Inputs of the networks, for all blocks of a page."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def standard_inputs(rows, mean, spread, most):
    """Inputs in units of their spread around their mean, held within `most`: those that are not the same in all `rows`
    (float32[rows, inputs], at least one), float64[rows, varying]; which these are, bool[inputs]; and the others,
    float64[inputs], 0 for those. `mean` and `spread` are float32[inputs]."""
    blocks, inputs = rows.shape
    most = np.float32(most)
    vary, alike = np.zeros(inputs, np.bool_), np.zeros(inputs)
    for block in range(1, blocks):
        for which in range(inputs):
            vary[which] |= rows[block, which] != rows[0, which]
    varying = np.empty(inputs, np.int64)
    used = 0
    for which in range(inputs):
        if vary[which]:
            varying[used] = which
            used += 1
        else:
            alike[which] = min(max((rows[0, which] - mean[which]) / spread[which], -most), most)
    out = np.empty((blocks, used))
    for block in range(blocks):
        for at in range(used):
            which = varying[at]
            out[block, at] = min(max((rows[block, which] - mean[which]) / spread[which], -most), most)
    return out, vary, alike
