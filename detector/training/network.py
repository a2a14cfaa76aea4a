"""Fit the network that names the categories of blocks (`detector.block_categories.Network`): inputs and units are
dropped at random.

Each step sees another part of the inputs and units (Srivastava et al. 2014), which keeps a network from leaning on what
a few labelled pages happen to have in common. Optimised with Adam (Kingma & Ba 2015), the step size falling to nothing,
weights shrinking with it (Loshchilov & Hutter 2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from detector.block_categories import DILATIONS, MOST_SPREADS, TAPS, Network

_BATCH = 8
# Longer pages are taken in parts, as if each were a page: one of thousands of blocks would outweigh its whole batch.
_LONGEST = 600
_LEARNING_RATE, _MOMENTUM, _SQUARES, _DECAY = 1.5e-3, 0.9, 0.999, 0.02
# Shares of what is dropped: inputs, units of the first layer, of the others.
_DROPPED_INPUTS, _DROPPED_UNITS, _DROPPED_AROUND = 0.3, 0.4, 0.2
_REACH = TAPS // 2 * max(DILATIONS)


class Taught(NamedTuple):
    """What is known of a page's blocks: `rows` float32[blocks, inputs]; `likely` float32[blocks, categories], how
    likely each category is, and `weights` float32[blocks], how much that counts; `own` float32[blocks], 1 for the
    page's own text, and `own_weights`."""

    rows: np.ndarray
    likely: np.ndarray
    weights: np.ndarray
    own: np.ndarray
    own_weights: np.ndarray

    def parts(self) -> Iterator[Taught]:
        """Stretches of at most _LONGEST blocks of which something is known."""
        for start in range(0, len(self.rows), _LONGEST):
            part = Taught(*(column[start : start + _LONGEST] for column in self))
            if part.weights.any() or part.own_weights.any():
                yield part


class Size(NamedTuple):
    """`units` of a network's first layer and `width`, those of each layer after it, both multiples of four; `epochs` in
    which it is fitted."""

    units: int
    width: int
    epochs: int


class _Layers(NamedTuple):
    hidden: np.ndarray
    hidden_bias: np.ndarray
    nearest: np.ndarray
    around: np.ndarray
    around_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray


def _joined(parts: Sequence[Taught]) -> tuple[Taught, np.ndarray]:
    """Stretches of pages one after the other, and nothing between them for as far as a layer reaches; float32[rows, 1]
    says where there is something."""
    ends = np.cumsum([len(part.rows) + _REACH for part in parts]).tolist()
    columns = [np.zeros((ends[-1], *column.shape[1:]), np.float32) for column in parts[0]]
    there = np.zeros((ends[-1], 1), np.float32)
    for part, end in zip(parts, ends, strict=True):
        stretch = slice(end - _REACH - len(part.rows), end - _REACH)
        there[stretch] = 1
        for column, own in zip(columns, part, strict=True):
            column[stretch] = own
    return Taught(*columns), there


def fit_network(pages: Sequence[Taught], size: Size) -> Network:
    """Fit to pages of one kind; the same ones give the same network. Raises ValueError when nothing is known of any."""
    random = np.random.default_rng(0)
    parts = [part for page in pages for part in page.parts()]
    if not parts:
        raise ValueError("no block of any page is known to be of a category")
    mean, spread = _moments([page.rows for page in pages])
    classes = parts[0].likely.shape[1]
    units, width, epochs = size
    every = units + len(DILATIONS) * width
    layers = _Layers(
        _drawn(random, (len(mean), units), len(mean)),
        np.zeros(units, np.float32),
        _drawn(random, (TAPS, units, width), TAPS * units),
        _drawn(random, (len(DILATIONS) - 1, TAPS, width, width), TAPS * width),
        np.zeros((len(DILATIONS), width), np.float32),
        _drawn(random, (every, classes + 1), every),
        np.zeros(classes + 1, np.float32),
    )
    means = [np.zeros_like(array) for array in layers]
    squares = [np.zeros_like(array) for array in layers]
    steps = epochs * -(-len(parts) // _BATCH)
    step = 0
    for _ in range(epochs):
        order = random.permutation(len(parts)).tolist()
        for start in range(0, len(order), _BATCH):
            batch, there = _joined([parts[at] for at in order[start : start + _BATCH]])
            batch = batch._replace(rows=standard(batch.rows, mean, spread))
            gradients = _gradients(layers, batch, there, random)
            rate = _LEARNING_RATE * (1 + np.cos(np.pi * step / steps)) / 2
            step += 1
            scale = rate * np.sqrt(1 - _SQUARES**step) / (1 - _MOMENTUM**step)
            for array, gradient, first, second in zip(layers, gradients, means, squares, strict=True):
                gradient /= np.float32(_BATCH)
                first += np.float32(1 - _MOMENTUM) * (gradient - first)
                second += np.float32(1 - _SQUARES) * (gradient * gradient - second)
                array *= np.float32(1 - rate * _DECAY)
                array -= np.float32(scale) * first / (np.sqrt(second) + np.float32(1e-8))
    # Categories that no block has stay unlikely.
    known = np.any([(page.likely * page.weights[:, None]).any(axis=0) for page in pages], axis=0)
    layers.out_bias[:-1][~known] = -20.0
    return Network(mean, spread, *layers)


def standard(rows: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Inputs in units of their spread around their mean, held within MOST_SPREADS, as the network takes them."""
    return np.asarray(np.clip((rows - mean) / spread, -MOST_SPREADS, MOST_SPREADS))


def _moments(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each input over all blocks, of which a category is known or not, float32[inputs]."""
    total = sum(map(len, rows))
    mean = np.sum([own.sum(axis=0, dtype=np.float64) for own in rows], axis=0) / total
    square = np.sum([np.square(own - mean).sum(axis=0) for own in rows], axis=0) / total
    return mean.astype(np.float32), np.maximum(np.sqrt(square), 1e-3).astype(np.float32)


def _drawn(random: np.random.Generator, shape: tuple[int, ...], inputs: int) -> np.ndarray:
    most = np.sqrt(3 / inputs)
    return random.uniform(-most, most, shape).astype(np.float32)


def _kept(random: np.random.Generator, shape: tuple[int, ...], dropped: float) -> np.ndarray:
    """float32, 0 where something is dropped, else what makes up for it."""
    return (random.random(shape, np.float32) >= dropped) / np.float32(1 - dropped)


def _unfolded(rows: np.ndarray, dilation: int) -> np.ndarray:
    """float32[rows, TAPS * units]: the rows that stand `dilation` apart around each, beside each other."""
    half = TAPS // 2 * dilation
    padded = np.zeros((len(rows) + 2 * half, rows.shape[1]), np.float32)
    padded[half : half + len(rows)] = rows
    return np.concatenate([padded[tap * dilation : tap * dilation + len(rows)] for tap in range(TAPS)], axis=1)


def _folded(gradients: np.ndarray, dilation: int) -> np.ndarray:
    """What `_unfolded` gave each row to, added up."""
    half, units = TAPS // 2 * dilation, gradients.shape[1] // TAPS
    padded = np.zeros((len(gradients) + 2 * half, units), np.float32)
    for tap in range(TAPS):
        padded[tap * dilation : tap * dilation + len(gradients)] += gradients[:, tap * units : (tap + 1) * units]
    return padded[half : half + len(gradients)]


def _gradients(layers: _Layers, batch: Taught, there: np.ndarray, random: np.random.Generator) -> _Layers:
    """Gradient of the summed losses of a batch: cross-entropy of the categories, and of own text or not."""
    units, width = layers.nearest.shape[1:]
    inputs = batch.rows * _kept(random, batch.rows.shape, _DROPPED_INPUTS)
    sums = inputs @ layers.hidden + layers.hidden_bias
    gates = [(sums > 0) * _kept(random, sums.shape, _DROPPED_UNITS) * there]
    active = [sums * gates[0]]
    seen = []
    weights = [layers.nearest.reshape(-1, width), *layers.around.reshape(len(DILATIONS) - 1, -1, width)]
    for own, bias, dilation in zip(weights, layers.around_bias, DILATIONS, strict=True):
        seen.append(_unfolded(active[-1], dilation))
        sums = seen[-1] @ own + bias
        gates.append((sums > 0) * _kept(random, sums.shape, _DROPPED_AROUND) * there)
        active.append(sums * gates[-1])
    everything = np.concatenate(active, axis=1)
    logits = everything @ layers.out + layers.out_bias

    of_logits = np.empty_like(logits)
    likely = np.exp(logits[:, :-1] - logits[:, :-1].max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    # Targets may add up to less than 1, of what a teacher is not sure.
    of_logits[:, :-1] = likely * batch.likely.sum(axis=1, keepdims=True) - batch.likely
    of_logits[:, :-1] *= batch.weights[:, None]
    of_logits[:, -1] = batch.own_weights * (1 / (1 + np.exp(-logits[:, -1])) - batch.own)

    of_everything = of_logits @ layers.out.T
    of_weights: list[np.ndarray] = []
    of_bias: list[np.ndarray] = []
    after = np.zeros_like(active[-1])
    for layer in reversed(range(len(DILATIONS))):
        begin = units + layer * width
        after += of_everything[:, begin : begin + width]
        after *= gates[layer + 1]
        of_weights.insert(0, seen[layer].T @ after)
        of_bias.insert(0, after.sum(axis=0))
        after = _folded(after @ weights[layer].T, DILATIONS[layer])
    after += of_everything[:, :units]
    after *= gates[0]
    return _Layers(
        inputs.T @ after,
        after.sum(axis=0),
        of_weights[0].reshape(layers.nearest.shape),
        np.stack(of_weights[1:]).reshape(layers.around.shape),
        np.stack(of_bias),
        everything.T @ of_logits,
        of_logits.sum(axis=0),
    )
