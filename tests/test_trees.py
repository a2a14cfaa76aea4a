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
    again = Trees.from_arrays(trees.to_arrays())
    assert np.array_equal(trees.evaluate(rows), again.evaluate(rows))


def test_missing_arrays_are_an_error() -> None:
    with pytest.raises(KeyError):
        Trees.from_arrays({})
