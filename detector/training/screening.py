"""Training the first stage of the matching model, which tells what candidates are worth aligning; see
`detector.screening`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detector.screening import MONOTONE, SCREENED, TIE_BREAKERS, Screen
from detector.training.boosting import fit_out_of_fold
from detector.training.calibration import lowest_but

# Of the copies that the full model finds, at most so many are lost by not being aligned.
LOST = 0.001
FOUND = 0.5  # probability of a copy that the full model finds


@dataclass(frozen=True)
class Seen:
    """What the index finds for a page: `features` (rows of SCREENED), which candidates are `right` and which `wrong`
    (bool; the others are neither), and the page's `fold`."""

    features: np.ndarray
    right: np.ndarray
    wrong: np.ndarray
    fold: int


@dataclass(frozen=True)
class Screens:
    """First stages of one training: `whole` is fitted to all pages, `outside[n]` to those of all folds but n. What they
    leave out is, out of fold, LOST of all the true pairs, whether the full model would find them or not."""

    whole: Screen
    outside: tuple[Screen, ...]


def fit_screens(pages: Sequence[Seen], folds: int, log: Callable[[str], None]) -> Screens:
    """Fit first stages to what the index finds for the pages that train."""
    told = [page.right | page.wrong for page in pages]
    rows = np.concatenate([page.features[kept] for page, kept in zip(pages, told, strict=True)])
    labels = np.concatenate([page.right[kept] for page, kept in zip(pages, told, strict=True)])
    fold = np.repeat([page.fold for page in pages], [int(kept.sum()) for kept in told])
    fitted = fit_out_of_fold(
        rows,
        labels,
        fold,
        folds,
        [SCREENED.index(name) for name in TIE_BREAKERS],
        monotonic_cst=[int(name in MONOTONE) for name in SCREENED],
        max_iter=100,
        learning_rate=0.1,
        max_leaf_nodes=16,
        min_samples_leaf=20,
        max_features=0.5,
    )
    cut = lowest_but(fitted.probabilities[labels].tolist(), LOST)
    log(f"matching: first stage, {len(rows):,} candidates, {int(labels.sum()):,} of them right")
    return Screens(Screen(fitted.whole, cut), tuple(Screen(model, cut) for model in fitted.outside))


def cut_of(likely: np.ndarray, probabilities: np.ndarray) -> float:
    """The cut of a first stage, given what it and the full model say of the true pairs, both out of fold."""
    return lowest_but(likely[probabilities >= FOUND].tolist(), LOST)
