import numpy as np
import pytest

from detector.training.calibration import calibrate, calibration_error, highest_but, lowest_but


def test_calibration_turns_sums_into_log_odds_and_ties_count_for_a_copy() -> None:
    random = np.random.default_rng(0)
    sums = random.normal(size=4_000)
    labels = random.random(4_000) < 1 / (1 + np.exp(-2 * sums + 1))
    scale, *ties, shift = calibrate(sums, labels, 2)
    assert scale == pytest.approx(2, abs=0.2) and shift == pytest.approx(-1, abs=0.2)
    assert len(ties) == 2 and all(0 < weight < 0.1 for weight in ties)


def test_one_in_a_thousand_is_beyond_the_threshold() -> None:
    values = np.random.default_rng(0).permutation(5_000) / 5_000
    assert sum(value > highest_but(values.tolist(), 0.001) for value in values) == 5
    assert sum(value < lowest_but(values.tolist(), 0.001) for value in values) == 5
    assert highest_but([0.3], 0.001) == lowest_but([0.3], 0.001) == 0.3
    assert (highest_but([], 0.001), lowest_but([], 0.001)) == (0.5, 0.0)


@pytest.mark.parametrize(
    ("probabilities", "truth", "error"),
    [([], [], 0.0), ([0.9] * 10, [True] * 9 + [False], 0.0), ([0.95] * 4, [False] * 4, 0.95)],
)
def test_calibration_error(probabilities: list[float], truth: list[bool], error: float) -> None:
    assert calibration_error(np.array(probabilities), np.array(truth, bool)) == pytest.approx(error)
