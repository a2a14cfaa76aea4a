"""Trees fitted out of fold: none has seen the rows that it is asked about."""

import numpy as np
import pytest

from detector.training.boosting import OutOfFold, fit_out_of_fold

FOLDS = 3


@pytest.fixture(scope="module")
def pairs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    rows = random.random((600, 2))
    return rows, random.random(600) < rows[:, 0], np.arange(600) % FOLDS


def fitted(rows: np.ndarray, labels: np.ndarray, fold: np.ndarray) -> OutOfFold:
    return fit_out_of_fold(rows, labels, fold, FOLDS, [1], monotonic_cst=[1, 0], max_iter=20, min_samples_leaf=5)


def test_each_row_is_judged_by_trees_that_have_not_seen_its_fold(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    rows, labels, fold = pairs
    before = fitted(rows, labels, fold)
    turned = np.where(fold == 1, ~labels, labels)
    after = fitted(rows, turned, fold)
    same = [
        np.array_equal(one.trees.evaluate(rows), other.trees.evaluate(rows))
        for one, other in zip(before.outside, after.outside, strict=True)
    ]
    assert same == [False, True, False]
    for own, model in enumerate(before.outside):
        np.testing.assert_array_equal(before.probabilities[fold == own], model.probabilities(rows)[fold == own])


def test_what_is_fitted_to_all_rows_is_monotone_and_breaks_ties(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    whole = fitted(*pairs).whole
    along = np.column_stack([np.linspace(0, 1, 50), np.zeros(50)])
    assert (np.diff(whole.trees.evaluate(along)) >= 0).all()
    tied = whole.probabilities(np.array([[1.0, 0.0], [1.0, 1e-9]]))
    assert tied[0] < tied[1]
    assert [model.weights.tolist() for model in fitted(*pairs).outside] == FOLDS * [whole.weights.tolist()]
