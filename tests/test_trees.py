from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from detector.trees import Trees


@pytest.fixture(scope="module")
def fitted() -> tuple[HistGradientBoostingClassifier, np.ndarray]:
    random = np.random.default_rng(0)
    rows = random.normal(size=(600, 6))
    labels = (rows[:, 0] * rows[:, 1] > 0) ^ (rows[:, 2] > 1)
    return HistGradientBoostingClassifier(max_iter=40).fit(rows, labels), random.normal(size=(300, 6))


def test_arrays_answer_like_the_classifier(fitted: tuple[HistGradientBoostingClassifier, np.ndarray]) -> None:
    classifier, rows = fitted
    assert np.allclose(Trees.from_classifier(classifier).evaluate(rows), classifier.decision_function(rows), atol=1e-9)


def test_arrays_round_trip(fitted: tuple[HistGradientBoostingClassifier, np.ndarray]) -> None:
    classifier, rows = fitted
    trees = Trees.from_classifier(classifier)
    again = Trees.from_arrays(trees.to_arrays(), 6)
    assert np.array_equal(trees.evaluate(rows), again.evaluate(rows))


def test_missing_arrays_are_an_error() -> None:
    with pytest.raises(KeyError):
        Trees.from_arrays({}, 6)


def test_rows_are_judged_one_by_one(fitted: tuple[HistGradientBoostingClassifier, np.ndarray]) -> None:
    classifier, rows = fitted
    rows = rows.copy()
    rows[::7, 2] = np.nan  # is not <= any threshold
    trees = Trees.from_classifier(classifier)
    alone = [trees.evaluate(rows[at : at + 1])[0] for at in range(len(rows))]
    assert trees.evaluate(rows).tolist() == alone
    assert trees.evaluate(rows[:0]).size == 0


def test_trees_that_bits_cannot_say_are_refused(fitted: tuple[HistGradientBoostingClassifier, np.ndarray]) -> None:
    classifier, rows = fitted
    trees = Trees.from_classifier(classifier)
    with pytest.raises(ValueError, match="left branches come first"):
        replace(trees, left=trees.right, right=trees.left).evaluate(rows)
    large = HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=None, min_samples_leaf=1)
    random = np.random.default_rng(0)
    large.fit(random.normal(size=(600, 6)), random.random(600) > 0.5)
    with pytest.raises(ValueError, match="at most 64 leaves"):
        Trees.from_classifier(large).evaluate(rows)


def test_trees_that_ask_for_what_is_not_there_are_refused(
    fitted: tuple[HistGradientBoostingClassifier, np.ndarray],
) -> None:
    classifier, rows = fitted
    trees = Trees.from_classifier(classifier)
    with pytest.raises(ValueError, match="features, not 1"):
        trees.evaluate(rows[:, :1])
    beyond = replace(trees, right=trees.right + trees.right.size)
    with pytest.raises(ValueError, match="whose nodes are there"):
        Trees.from_arrays(beyond.to_arrays(), 6)
    with pytest.raises(ValueError, match="no more than 1 features"):
        Trees.from_arrays(trees.to_arrays(), 1)
