"""Fit the boilerplate model: linear scores out of fold by site, then trees and a network on top of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import SGDClassifier

from detector.block_features import COLUMNS, NAME_BUCKETS, TEXT_BUCKETS
from detector.boilerplate import Linear, gather
from detector.closed_forms import ClosedForms
from detector.data import CATEGORIES
from detector.training.categories import FOLDS, fit_categories, known_targets, taught_targets
from detector.training.examples import Featured
from detector.training.gold import fold_of
from detector.training.weak_labels import UNKNOWN
from detector.trees import Trees

# How often a block that was labelled by reading it counts beside one whose label was guessed.
_READ_WEIGHT = 4.0
# So many pages the made-up ones count for, all in all, where trees learn what is content.
_MADE_UP_PAGES = 600
_ALPHA = 1e-5
_EPOCHS = 6
_TREES: dict[str, Any] = {
    "max_iter": 160,
    "learning_rate": 0.1,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 40,
    "l2_regularization": 5.0,
    "random_state": 0,
}


@dataclass(frozen=True)
class Table:
    """Hashed features of all blocks of some pages in one sparse matrix, and which rows are which page's."""

    matrix: sparse.csr_matrix
    pages: np.ndarray


def page_weights(featured: Featured) -> np.ndarray:
    """float64[blocks] summing to the page's weight: half by length, half by its root, so that long pages, sets with
    much boilerplate and short blocks all count."""
    length = featured.features.lengths
    root = np.sqrt(length)
    return np.asarray(featured.example.weight * (0.5 * length / length.sum() + 0.5 * root / root.sum()))


def _table(buckets: Sequence[np.ndarray], bounds: Sequence[np.ndarray], width: int) -> Table:
    sizes = np.concatenate([np.diff(own) for own in bounds])
    indptr = np.concatenate(([0], np.cumsum(sizes)))
    values = np.repeat((1 / np.sqrt(np.maximum(sizes, 1))).astype(np.float32), sizes)
    matrix = sparse.csr_matrix((values, np.concatenate(buckets), indptr), shape=(len(sizes), width))
    matrix.sum_duplicates()
    return Table(matrix, np.repeat(np.arange(len(bounds)), [len(own) - 1 for own in bounds]))


@dataclass(frozen=True)
class _Known:
    """What is known of all blocks, one entry each: `category`, `judged` as in `Example`, `weight` in its page, and
    whether it was labelled by reading it."""

    category: np.ndarray
    judged: np.ndarray
    weight: np.ndarray
    read: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> _Known:
        return _Known(self.category[rows], self.judged[rows], self.weight[rows], self.read[rows])


def _fit_linear(matrix: sparse.csr_matrix, known: _Known) -> Linear:
    """One logistic regression a category: content against everything known not to be, the others among the blocks
    whose category is known."""
    weights = np.zeros((matrix.shape[1], len(CATEGORIES)), np.float32)
    bias = np.full(len(CATEGORIES), -6.0, np.float32)
    category = known.category
    # Content outnumbers everything else: a part of it is enough to tell the other categories from it.
    sample = (np.random.default_rng(0).random(len(category)) < 0.25) | known.read
    among_others = np.flatnonzero((category != UNKNOWN) & ((category != 0) | sample))
    for which in range(len(CATEGORIES)):
        rows = np.flatnonzero(known.judged) if which == 0 else among_others
        target = category[rows] == which
        if target.sum() < 5 or target.all():
            continue
        weight = known.weight[rows]
        own = weight / weight.mean() if which == 0 else np.where(known.read[rows], _READ_WEIGHT, 1.0)
        model = SGDClassifier(
            loss="log_loss", alpha=_ALPHA, max_iter=_EPOCHS, tol=None, average=True, random_state=0
        ).fit(matrix[rows], target, sample_weight=np.minimum(own, 20))
        weights[:, which], bias[which] = model.coef_[0], model.intercept_[0]
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-6) / 127
    return Linear(np.round(weights / scale).astype(np.int8), scale.astype(np.float32), bias)


def _scores_out_of_fold(
    table: Table, featured: Sequence[Featured], log: Callable[[str], None]
) -> tuple[Linear, np.ndarray]:
    """The linear part fitted on everything, and scores of every block by one that did not see its site."""
    known = _Known(
        np.concatenate([one.example.category for one in featured]),
        np.concatenate([one.example.judged for one in featured]),
        np.concatenate([page_weights(one) for one in featured]),
        np.array([one.example.read for one in featured])[table.pages],
    )
    new = ~np.array([one.example.copy for one in featured])[table.pages]
    fold = np.array([fold_of(one.example.site, FOLDS) for one in featured])[table.pages]
    scores = np.zeros((len(table.pages), len(CATEGORIES)), np.float32)
    for own in range(FOLDS):
        rest, rows = np.flatnonzero((fold != own) & new), np.flatnonzero(fold == own)
        linear = _fit_linear(table.matrix[rest], known[rest])
        scores[rows] = table.matrix[rows] @ (linear.weights * linear.scale) + linear.bias
        log(f"linear scores, fold {own + 1} of {FOLDS}")
    return _fit_linear(table.matrix[new], known[np.flatnonzero(new)]), scores


def fit(
    featured: Sequence[Featured], closed_forms: ClosedForms, log: Callable[[str], None]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Fit all parts; returns the description and the arrays of a model folder (see `detector.resources`)."""
    text, text_scores = _scores_out_of_fold(
        _table([one.features.text for one in featured], [one.features.text_bounds for one in featured], TEXT_BUCKETS),
        featured,
        log,
    )
    named = [one.features.shapes.names_of_blocks() for one in featured]
    names, name_scores = _scores_out_of_fold(
        _table([own for own, _ in named], [bounds for _, bounds in named], NAME_BUCKETS), featured, log
    )
    bounds = np.concatenate(([0], np.cumsum([len(one.example.category) for one in featured])))
    evidence = [
        gather(one.features, one.found, text_scores[start:end], name_scores[start:end])
        for one, start, end in zip(featured, bounds[:-1], bounds[1:], strict=True)
    ]
    arrays = {
        "text_weights": text.weights,
        "text_scale": text.scale,
        "text_bias": text.bias,
        "name_weights": names.weights,
        "name_scale": names.scale,
        "name_bias": names.bias,
        **closed_forms.arrays,
    }
    targets = [known_targets(one.example) for one in featured]
    of_example = {id(one.example): which for which, one in enumerate(featured)}
    for prefix, from_html in (("html_", True), ("plain_", False)):
        chosen = [which for which, one in enumerate(featured) if one.example.document.from_html == from_html]
        pages, seen = [featured[which] for which in chosen], [evidence[which] for which in chosen]
        weights = _own_weights(pages)
        arrays |= _fit_trees(pages, [own.trees for own in seen], weights).to_arrays(prefix)
        log(f"trees on {'HTML' if from_html else 'plain text'}: {len(chosen)} pages")
        model = fit_categories(pages, [own.network for own in seen], [targets[which] for which in chosen], weights, log)
        arrays |= model.to_arrays(prefix)
        if from_html:
            for which, one in enumerate(featured):
                original = one.example.original
                if original is not None:
                    likely, _ = model.network.evaluate(evidence[of_example[id(original)]].network)
                    targets[which] = taught_targets(one.example, likely)
    description = {
        "name": "boilerplate",
        "version": 1,
        "categories": list(CATEGORIES),
        "features": list(COLUMNS),
        "closed_forms": list(closed_forms.phrases),
        "content_threshold": [0.2, 0.6],
    }
    return description, arrays


def _fit_trees(featured: Sequence[Featured], rows: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> Trees:
    judged = np.concatenate([one.example.judged for one in featured])
    target = np.concatenate([one.example.content for one in featured])[judged]
    weight = np.concatenate(weights)[judged]
    classifier = HistGradientBoostingClassifier(**_TREES)
    classifier.fit(np.concatenate(rows)[judged], target, sample_weight=weight / weight.mean())
    return Trees.from_classifier(classifier)


def _own_weights(featured: Sequence[Featured]) -> list[np.ndarray]:
    """How much it counts of each block whether it is content, float32[blocks], 0 where it is not known; 1 a page in the
    mean of all pages, those of which nothing is known too."""
    made_up = sum(one.example.made_up for one in featured)
    share = min(1.0, _MADE_UP_PAGES / max(1, made_up))
    weights = [page_weights(one) * one.example.judged * (share if one.example.made_up else 1.0) for one in featured]
    mean = sum(float(own.sum()) for own in weights) / max(1, len(weights))
    return [(own / mean).astype(np.float32) for own in weights]
