"""Fit one hidden layer of rectified units with a softmax on top, dropping inputs and units at random.

Each step sees another part of the inputs and units (Srivastava et al. 2014), which keeps a network from leaning on what
a few labelled pages happen to have in common. Optimised with Adam (Kingma & Ba 2015), the step size falling to nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detector.block_categories import softmax

_EPOCHS, _BATCH = 12, 256
_STEP, _MOMENTUM, _SQUARES = 1e-3, 0.9, 0.999
_DROPPED_INPUTS, _DROPPED_UNITS = 0.3, 0.5
_SHRINK = 0.3  # of the weights, per batch; as scikit-learn's `alpha`


class Layers(NamedTuple):
    """All float32: `hidden` [inputs, units] and its bias, `out` [units, classes] and its bias."""

    hidden: np.ndarray
    hidden_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray


def fit_layers(rows: np.ndarray, targets: np.ndarray, units: int) -> Layers:
    """Fit to float32[rows, inputs], standardised, and float32[rows, classes], how likely each class is. The same rows
    give the same layers."""
    random = np.random.default_rng(0)
    classes = targets.shape[1]
    layers = Layers(
        _drawn(random, rows.shape[1], units),
        np.zeros(units, np.float32),
        _drawn(random, units, classes),
        np.zeros(classes, np.float32),
    )
    means = [np.zeros_like(part) for part in layers]
    squares = [np.zeros_like(part) for part in layers]
    steps = _EPOCHS * -(-len(rows) // _BATCH)
    step = 0
    for _ in range(_EPOCHS):
        order = random.permutation(len(rows))
        for start in range(0, len(rows), _BATCH):
            chosen = order[start : start + _BATCH]
            slopes = _slopes(layers, rows[chosen], targets[chosen], random)
            step += 1
            size = _STEP * (1 + np.cos(np.pi * step / steps)) / 2
            size *= np.sqrt(1 - _SQUARES**step) / (1 - _MOMENTUM**step)
            for part, slope, mean, square in zip(layers, slopes, means, squares, strict=True):
                mean += np.float32(1 - _MOMENTUM) * (slope - mean)
                square += np.float32(1 - _SQUARES) * (slope * slope - square)
                part -= np.float32(size) * mean / (np.sqrt(square) + np.float32(1e-8))
    return layers


def _drawn(random: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    most = np.sqrt(6 / (inputs + outputs))
    return random.uniform(-most, most, (inputs, outputs)).astype(np.float32)


def _kept(random: np.random.Generator, shape: tuple[int, ...], dropped: float) -> np.ndarray:
    """float32, 0 where something is dropped, else what makes up for it."""
    return (random.random(shape, np.float32) >= dropped) / np.float32(1 - dropped)


def _slopes(layers: Layers, rows: np.ndarray, targets: np.ndarray, random: np.random.Generator) -> Layers:
    """Gradient of the mean cross-entropy of a batch, and of the weights' squares."""
    inputs = rows * _kept(random, rows.shape, _DROPPED_INPUTS)
    units = np.maximum(inputs @ layers.hidden + layers.hidden_bias, 0)
    kept = _kept(random, units.shape, _DROPPED_UNITS) * (units > 0)
    units *= kept
    likely = softmax(units @ layers.out + layers.out_bias)
    likely = (likely - targets) / np.float32(len(targets))
    of_units = (likely @ layers.out.T) * kept
    shrink = np.float32(_SHRINK / len(targets))
    return Layers(
        inputs.T @ of_units + shrink * layers.hidden,
        of_units.sum(axis=0),
        units.T @ likely + shrink * layers.out,
        likely.sum(axis=0),
    )
