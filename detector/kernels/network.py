"""The network that names the categories of blocks, for all blocks of a page at once.

Matrices are multiplied here, not by a library: how a library adds up a product depends on the machine and its threads.
Here every sum has one order, and what a machine without fused multiplication and addition rounds otherwise is nearly
always below the digits that are kept.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_CHUNK = 32  # inputs whose weights are used for all blocks before the next ones: they stay in the nearest cache


@njit(cache=True, error_model="numpy", no_cpython_wrapper=True, fastmath={"contract"})
def _add_products(sums, inputs, places, weights):
    """Add to each row of `sums` the product of its `inputs` at `places` with those rows of `weights`. Three rows, of
    whose number that is a divisor, and four places, likewise, are read at once: more than twelve inputs find no room in
    a processor's registers."""
    last = weights.shape[0] - 1
    for chunk in range(0, places.size, _CHUNK):
        for row in range(0, sums.shape[0], 3):
            second, third = row + 1, row + 2
            for at in range(chunk, min(chunk + _CHUNK, places.size), 4):
                p, q, r, s = places[at], places[at + 1], places[at + 2], places[at + 3]
                a0, a1, a2, a3 = inputs[row, p], inputs[row, q], inputs[row, r], inputs[row, s]
                b0, b1, b2, b3 = inputs[second, p], inputs[second, q], inputs[second, r], inputs[second, s]
                c0, c1, c2, c3 = inputs[third, p], inputs[third, q], inputs[third, r], inputs[third, s]
                p, q, r, s = min(p, last), min(q, last), min(r, last), min(s, last)
                for unit in range(sums.shape[1]):
                    w0, w1, w2, w3 = weights[p, unit], weights[q, unit], weights[r, unit], weights[s, unit]
                    sums[row, unit] = sums[row, unit] + a0 * w0 + a1 * w1 + a2 * w2 + a3 * w3
                    sums[second, unit] = sums[second, unit] + b0 * w0 + b1 * w1 + b2 * w2 + b3 * w3
                    sums[third, unit] = sums[third, unit] + c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3


@njit(cache=True, error_model="numpy", no_cpython_wrapper=True)
def _rectify(sums, active, first, rows):
    """Put what is above 0 of the first `rows` of `sums` into `active`, from the row `first` on."""
    for row in range(rows):
        for unit in range(sums.shape[1]):
            active[first + row, unit] = sums[row, unit] if sums[row, unit] > 0 else np.float32(0)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def network(
    rows, mean, spread, most, hidden, hidden_bias, nearest, around, around_bias, dilations, out, out_bias,
    grain, least, own_grain,
):  # fmt: skip
    """Probabilities of each class, float64[rows, classes], in steps of 1 / `grain`, each at least `least`; and the last
    logit of each row, float64[rows], in steps of 1 / `own_grain`.

    Of inputs (`rows` float32[rows, inputs], at least one row) it sees how many times their `spread` they are from their
    `mean`, held within `most`. One layer of rectified units follows, then some that see the units of the one before in
    several rows, which are `dilations` apart, nothing past the first and the last; and of the units of all layers the
    logits, whose last is none of a class.
    """
    blocks, inputs = rows.shape
    taps, units, width = nearest.shape
    classes = out.shape[1] - 1
    most = np.float32(most)
    padded = (blocks + 2) // 3 * 3
    vary = np.zeros(inputs, np.bool_)
    seen = np.zeros((padded, inputs + 1), np.float32)  # the last column fills up the places to a multiple of four
    for block in range(blocks):
        for which in range(inputs):
            vary[which] |= rows[block, which] != rows[0, which]
            value = (rows[block, which] - mean[which]) / spread[which]
            value = most if value > most else value
            seen[block, which] = -most if value < -most else value
    # Much of what is known is the same of all blocks of a page (what it has no closed forms of, elements that it does
    # not use), and multiplied once.
    sums = np.empty((padded, units), np.float32)
    places = np.empty(inputs + 3, np.int64)
    used = 0
    for unit in range(units):
        sums[0, unit] = hidden_bias[unit]
    for which in range(inputs):
        if vary[which]:
            places[used] = which
            used += 1
        else:
            for unit in range(units):
                sums[0, unit] += seen[0, which] * hidden[which, unit]
    while used % 4:
        places[used] = inputs
        used += 1
    for row in range(1, padded):
        for unit in range(units):
            sums[row, unit] = sums[0, unit]
    _add_products(sums, seen, places[:used], hidden)

    logits = np.empty((padded, classes + 1), np.float32)
    for row in range(padded):
        for which in range(classes + 1):
            logits[row, which] = out_bias[which]
    every = np.arange(max(units, width))
    reach = (taps // 2) * dilations.max()
    active = np.zeros((reach + padded + reach, units), np.float32)
    _rectify(sums, active, reach, blocks)
    _add_products(logits, active[reach : reach + padded], every[:units], out[:units])
    sums = np.empty((padded, width), np.float32)
    for layer in range(dilations.size):
        for row in range(padded):
            for unit in range(width):
                sums[row, unit] = around_bias[layer, unit]
        for tap in range(taps):
            first = reach + (tap - taps // 2) * dilations[layer]
            weights = nearest[tap] if layer == 0 else around[layer - 1, tap]
            _add_products(sums, active[first : first + padded], every[: weights.shape[0]], weights)
        if layer == 0:
            active = np.zeros((reach + padded + reach, width), np.float32)
        _rectify(sums, active, reach, blocks)
        begin = units + layer * width
        _add_products(logits, active[reach : reach + padded], every[:width], out[begin : begin + width])

    likely = np.empty((blocks, classes))
    own = np.empty(blocks)
    for block in range(blocks):
        highest, total = logits[block, 0], 0.0
        for which in range(1, classes):
            highest = max(highest, logits[block, which])
        for which in range(classes):
            likely[block, which] = np.exp(np.float64(logits[block, which] - highest))
            total += likely[block, which]
        for which in range(classes):
            likely[block, which] = max(np.rint(likely[block, which] / total * grain) / grain, least)
        own[block] = np.rint(np.float64(logits[block, classes]) * own_grain) / own_grain
    return likely, own


@njit(cache=True, error_model="numpy")
def evidence_columns(out, text, names, weight, closed, fading):
    """Fill the first columns of `out` (float32[blocks, ...]) with what is known of each block by category: `text` and
    `names` (float32[blocks, classes], log-odds); how likely both together make each class (softmax) of the block
    before, the one after, the two before that, and the two after that, 0 past the page's ends; `weight`
    (float32[blocks, classes]) and `closed` (bool[blocks, classes]) of closed forms; and what those before left of their
    weight, then those after, for each pair of shares in `fading`: the largest of each class so far, the share of it
    from one block to the next; none for a share of 0. Returns the next column."""
    blocks, classes = text.shape
    likely = np.zeros((blocks + 6, classes), np.float32)  # and three past either end
    for block in range(blocks):
        highest, total = text[block, 0] + names[block, 0], np.float32(0)
        for which in range(classes):
            highest = max(highest, text[block, which] + names[block, which])
        for which in range(classes):
            value = np.exp(text[block, which] + names[block, which] - highest)
            likely[block + 3, which] = value
            total += value
        for which in range(classes):
            likely[block + 3, which] /= total
    for block in range(blocks):
        row, here = out[block], block + 3
        for which in range(classes):
            row[which] = text[block, which]
            row[classes + which] = names[block, which]
            row[2 * classes + which] = likely[here - 1, which]
            row[3 * classes + which] = likely[here + 1, which]
            row[4 * classes + which] = likely[here - 2, which] + likely[here - 3, which]
            row[5 * classes + which] = likely[here + 2, which] + likely[here + 3, which]
            row[6 * classes + which] = weight[block, which]
            row[7 * classes + which] = closed[block, which]
    at = 8 * classes
    carried = np.empty(classes, np.float32)
    for keeps in fading:
        for backward in range(2):
            if keeps[backward] == 0:
                continue
            keep = np.float32(keeps[backward])
            carried[:] = 0
            for step in range(blocks):
                block = blocks - 1 - step if backward else step
                for which in range(classes):
                    out[block, at + which] = carried[which]
                    carried[which] = max(keep * carried[which], weight[block, which])
            at += classes
    return at
