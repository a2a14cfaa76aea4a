"""The layers that name categories: they learn what can be learnt, and the same rows give the same layers."""

from __future__ import annotations

import numpy as np

from detector.training.network import fit_layers


def _rows(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Six inputs that all say the same, roughly; class 2 where that is far from nothing on either side, else 0."""
    random = np.random.default_rng(seed)
    said = random.normal(size=(8000, 1))
    rows = said + 0.3 * random.normal(size=(8000, 6))
    return rows.astype(np.float32), np.eye(3, dtype=np.float32)[np.where(np.abs(said[:, 0]) > 0.7, 2, 0)]


def test_layers_learn_what_no_line_tells_apart() -> None:
    rows, targets = _rows(seed=1)
    layers = fit_layers(rows, targets, units=64)
    unseen, wanted = _rows(seed=2)
    logits = np.maximum(unseen @ layers.hidden + layers.hidden_bias, 0) @ layers.out + layers.out_bias
    assert (logits.argmax(axis=1) == wanted.argmax(axis=1)).mean() > 0.85


def test_same_rows_give_the_same_layers() -> None:
    rows, targets = _rows(seed=3)
    once, again = (fit_layers(rows[:500], targets[:500], units=8) for _ in range(2))
    for left, right in zip(once, again, strict=True):
        assert left.dtype == np.float32
        assert np.array_equal(left, right)
