"""The network that names categories: it learns what can be learnt, and the same pages give the same network."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from detector.data import CATEGORIES
from detector.training import network as fitting
from detector.training.network import Size, Taught, fit_network


def _page(random: np.random.Generator, blocks: int = 30) -> Taught:
    """Blocks of class 2 where the inputs, which all say the same, are far from nothing on either side, else of class 0;
    own text where that of the block before the last is high."""
    said = random.normal(size=(blocks, 1))
    rows = (said + 0.3 * random.normal(size=(blocks, 6))).astype(np.float32)
    likely = np.eye(len(CATEGORIES), dtype=np.float32)[np.where(np.abs(said[:, 0]) > 0.7, 2, 0)]
    own = np.concatenate(([0, 0], said[:-2, 0] > 0)).astype(np.float32)
    return Taught(rows, likely, np.full(blocks, 0.03, np.float32), own, np.full(blocks, 1 / blocks, np.float32))


@pytest.fixture(scope="module")
def pages() -> list[Taught]:
    random = np.random.default_rng(1)
    return [_page(random) for _ in range(800)]


def test_layers_learn_what_no_line_tells_apart_and_what_stands_around(pages: list[Taught]) -> None:
    network = fit_network(pages, Size(units=24, width=16, epochs=8))
    unseen = _page(np.random.default_rng(2), 400)
    likely, own = network.evaluate(unseen.rows)
    assert (likely.argmax(axis=1) == unseen.likely.argmax(axis=1)).mean() > 0.85
    assert ((own > 0) == unseen.own).mean() > 0.85
    # What no block is of, none will be.
    assert likely[:, 1].max() < 1e-3


def test_same_pages_give_the_same_network(pages: list[Taught]) -> None:
    once, again = (fit_network(pages[:20], Size(8, 4, 2)) for _ in range(2))
    for field in fields(once):
        assert getattr(once, field.name).dtype == np.float32
        assert np.array_equal(getattr(once, field.name), getattr(again, field.name))


def test_gradients_are_those_of_the_losses(pages: list[Taught], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_DROPPED_INPUTS", "_DROPPED_UNITS", "_DROPPED_AROUND"):
        monkeypatch.setattr(fitting, name, 0.0)
    random = np.random.default_rng(3)
    shapes = (6, 8), (8,), (5, 8, 4), (2, 5, 4, 4), (3, 4), (20, 21), (21,)
    layers = fitting._Layers(*((0.5 * random.normal(size=shape)).astype(np.float64) for shape in shapes))
    batch, there = fitting._joined([pages[0], pages[1]])

    def loss() -> float:
        active = [np.maximum(batch.rows @ layers.hidden + layers.hidden_bias, 0) * there]
        for layer, dilation in enumerate(fitting.DILATIONS):
            weights = layers.around[layer - 1] if layer else layers.nearest
            sums = fitting._unfolded(active[-1], dilation) @ weights.reshape(-1, 4) + layers.around_bias[layer]
            active.append(np.maximum(sums, 0) * there)
        logits = np.concatenate(active, axis=1) @ layers.out + layers.out_bias
        log_likely = logits[:, :-1] - np.log(np.exp(logits[:, :-1]).sum(axis=1, keepdims=True))
        of_categories = -(batch.weights[:, None] * batch.likely * log_likely).sum()
        own = batch.own_weights * (np.log1p(np.exp(logits[:, -1])) - batch.own * logits[:, -1])
        return float(of_categories + own.sum())

    gradients = fitting._gradients(layers, batch, there, random)
    for array, gradient in zip(layers, gradients, strict=True):
        for at in random.choice(array.size, min(array.size, 6), replace=False).tolist():
            flat = array.reshape(-1)
            kept = flat[at]
            flat[at] = kept + 1e-4
            above = loss()
            flat[at] = kept - 1e-4
            rise = (above - loss()) / 2e-4
            flat[at] = kept
            assert gradient.reshape(-1)[at] == pytest.approx(rise, rel=0.02, abs=1e-3)


def test_pages_of_a_batch_do_not_see_each_other(pages: list[Taught]) -> None:
    short = Taught(*(column[:3] for column in pages[1]))
    batch, there = fitting._joined([pages[0], short])
    assert there[:, 0].tolist() == [1.0] * 30 + [0.0] * 8 + [1.0] * 3 + [0.0] * 8
    assert np.array_equal(batch.rows[38:41], short.rows) and not batch.rows[30:38].any()


def test_pages_of_which_nothing_is_known_teach_nothing(pages: list[Taught]) -> None:
    nothing = pages[0]._replace(weights=np.zeros(30, np.float32), own_weights=np.zeros(30, np.float32))
    with pytest.raises(ValueError, match="no block of any page"):
        fit_network([nothing], Size(8, 4, 2))


def test_long_pages_are_taken_in_parts_that_say_something(pages: list[Taught]) -> None:
    long = Taught(*(np.concatenate([column] * 50) for column in pages[0]))
    nothing = long._replace(weights=np.arange(1500, dtype=np.float32) >= 1300, own_weights=np.zeros(1500, np.float32))
    assert [len(part.rows) for part in long.parts()] == [600, 600, 300]
    assert [len(part.rows) for part in nothing.parts()] == [300]
