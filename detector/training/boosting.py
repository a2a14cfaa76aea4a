"""Boosted trees fitted to pairs of page and post, and out of fold, so that they can be calibrated and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.calibration import CalibratedTrees
from detector.training.calibration import calibrate
from detector.trees import Trees


@dataclass(frozen=True)
class OutOfFold:
    """`whole` is fitted to all rows, `outside[n]` to those of all folds but n; all have one calibration.
    `probabilities` float64[rows] are those of each row by trees that have not seen its fold."""

    whole: CalibratedTrees
    outside: tuple[CalibratedTrees, ...]
    probabilities: np.ndarray


def fit_out_of_fold(
    rows: np.ndarray, labels: np.ndarray, fold: np.ndarray, folds: int, ties: Sequence[int], **limits: Any
) -> OutOfFold:
    """Fit to `rows` float64[rows, features] and `labels` bool[rows]; `fold` int[rows] is below `folds`, `limits` are
    those of scikit-learn's HistGradientBoostingClassifier. The same rows give the same trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    def fit(chosen: np.ndarray) -> Trees:
        classifier = HistGradientBoostingClassifier(**limits, l2_regularization=1, random_state=0)
        return Trees.from_classifier(classifier.fit(rows[chosen], labels[chosen]))

    outside = [fit(fold != own) for own in range(folds)]
    sums = np.zeros(len(rows))
    for own, trees in enumerate(outside):
        sums[fold == own] = trees.evaluate(rows[fold == own])
    weights = calibrate(sums, labels, len(ties))
    models = [CalibratedTrees(trees, weights, tuple(ties)) for trees in (fit(np.ones(len(rows), bool)), *outside)]
    probabilities = np.zeros(len(rows))
    for own, model in enumerate(models[1:]):
        probabilities[fold == own] = model.probabilities(rows[fold == own])
    return OutOfFold(models[0], tuple(models[1:]), probabilities)
