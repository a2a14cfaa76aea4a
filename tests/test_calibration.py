import numpy as np

from detector.calibration import calibration_inputs, squash


def test_squash_keeps_order_in_six_digits() -> None:
    log_odds = np.array([-40, -8, -1, 0, 1, 8, 9, 30, 31])
    probabilities = squash(log_odds)
    printed = [float(f"{value:.6g}") for value in probabilities]
    assert printed == sorted(set(printed))
    assert printed[0] > 0
    assert printed[-1] < 1
    assert probabilities[3] == 0.5


def test_what_breaks_ties_stands_between_the_sums_and_one() -> None:
    features = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    inputs = calibration_inputs(np.array([7.0, 8.0]), features, (2, 0))
    assert inputs.tolist() == [[7, 3, 1, 1], [8, 6, 4, 1]]
