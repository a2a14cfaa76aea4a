"""Fit the networks that name the categories of blocks: the second one on what the first says of sites that it has not
seen, as it will of every page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detector.block_categories import CategoryModel, Network, in_context, standard
from detector.data import CATEGORIES
from detector.training.examples import Featured
from detector.training.gold import fold_of
from detector.training.network import Layers, fit_layers

FOLDS = 3
# How often a block that was labelled by reading it is taken, and which share of the others; of content, which says much
# the same everywhere, half of that.
_READ_TIMES = 2
_MADE_UP_SHARE, _PLAIN_SHARE, _HTML_SHARE = 0.2, 0.05, 0.15
# Hidden units of each pass. Labels are few beside what is known of a block, so that units are dropped in training
# (`detector.training.network`), and the first pass gets more of them than it needs.
_FIRST_UNITS, _SECOND_UNITS = 192, 96


def fit_categories(
    featured: Sequence[Featured], evidence: Sequence[np.ndarray], log: Callable[[str], None] = print
) -> CategoryModel:
    """Fit both passes on pages of one kind; `evidence` is float32[blocks, inputs] of each page."""
    random = np.random.default_rng(0)
    chosen = [_chosen(one, random) for one in featured]
    fold = np.array([fold_of(one.example.site, FOLDS) for one in featured])
    everything = np.ones(len(featured), bool)
    likely: list[np.ndarray] = [np.zeros(0)] * len(featured)
    for part in range(FOLDS):
        network = _fit(featured, evidence, chosen, fold != part)
        for page in np.flatnonzero(fold == part).tolist():
            likely[page] = network.probabilities(evidence[page])
    first = _fit(featured, evidence, chosen, everything)
    contexts = [
        in_context(rows, own)[taken] for rows, own, taken in zip(evidence, likely, chosen, strict=True) if taken.size
    ]
    labels = [one.example.category[taken] for one, taken in zip(featured, chosen, strict=True) if taken.size]
    log(f"categories: {sum(label.size for label in labels):,} blocks of {len(labels):,} pages")
    return CategoryModel(first, _network(np.concatenate(contexts), np.concatenate(labels), _SECOND_UNITS))


def _chosen(featured: Featured, random: np.random.Generator) -> np.ndarray:
    """The blocks of a page that are learned from, int64."""
    example = featured.example
    known = np.flatnonzero(example.category >= 0)
    if example.read:
        return np.repeat(known, _READ_TIMES)
    if example.source == "datasets/blocks":
        share = _MADE_UP_SHARE
    else:
        share = _HTML_SHARE if example.document.from_html else _PLAIN_SHARE
    return known[random.random(known.size) < share * np.where(example.category[known] == 0, 0.5, 1.0)]


def _fit(
    featured: Sequence[Featured], evidence: Sequence[np.ndarray], chosen: Sequence[np.ndarray], pages: np.ndarray
) -> Network:
    taken = [page for page in np.flatnonzero(pages).tolist() if chosen[page].size]
    return _network(
        np.concatenate([evidence[page][chosen[page]] for page in taken]),
        np.concatenate([featured[page].example.category[chosen[page]] for page in taken]),
        _FIRST_UNITS,
    )


def _network(rows: np.ndarray, labels: np.ndarray, units: int) -> Network:
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-3)
    layers: Layers = fit_layers(standard(rows, mean, spread), labels.astype(np.int64), units, len(CATEGORIES))
    # Categories that no block has stay unlikely.
    layers.out_bias[np.bincount(labels, minlength=len(CATEGORIES)) == 0] = -20.0
    return Network(*(np.asarray(part, np.float32) for part in (mean, spread, *layers)))
