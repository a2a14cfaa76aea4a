from pathlib import Path

import numpy as np
import pytest

from detector.boilerplate import BoilerplateModel
from detector.features import FEATURES
from detector.matching import TIE_BREAKERS, Matcher
from detector.resources import save_model
from detector.training.matcher import calibrate, calibration_error, cut, evaluate_matcher, train_matcher


def test_training_makes_a_model_that_loads(tmp_path: Path) -> None:
    description, arrays = train_matcher(BoilerplateModel.load(), None, log=lambda line: None, each=4)
    assert description["pairs"] > 20
    assert 0 < description["threshold"] < 1
    assert min(description["calibration"][:-1]) > 0
    save_model(tmp_path / "repost_v1", description, arrays)
    probabilities = Matcher.load(tmp_path / "repost_v1").probabilities(np.zeros((3, len(FEATURES))))
    assert ((probabilities > 0) & (probabilities < 1)).all()


def test_evaluation_of_the_shipped_model_on_the_demo() -> None:
    lines: list[str] = []
    figures = evaluate_matcher(Matcher.load(), BoilerplateModel.load(), None, log=lines.append, each=3)
    assert figures["mean_recall"] > 0.8
    assert figures["source_right"] > 0.9
    assert any("verbatim" in line for line in lines)


def test_calibration_turns_sums_into_log_odds_and_ties_count_for_a_copy() -> None:
    random = np.random.default_rng(0)
    sums = random.normal(size=4_000)
    labels = random.random(4_000) < 1 / (1 + np.exp(-2 * sums + 1))
    scale, *ties, shift = calibrate(sums, labels)
    assert scale == pytest.approx(2, abs=0.2) and shift == pytest.approx(-1, abs=0.2)
    assert len(ties) == len(TIE_BREAKERS) and all(0 < weight < 0.1 for weight in ties)


def test_one_in_a_thousand_is_above_the_cut() -> None:
    values = np.random.default_rng(0).permutation(5_000) / 5_000
    assert sum(value > cut(values.tolist()) for value in values) == 5
    assert cut([0.3]) == 0.3 and cut([]) == 0.5


@pytest.mark.parametrize(
    ("probabilities", "truth", "error"),
    [([], [], 0.0), ([0.9] * 10, [True] * 9 + [False], 0.0), ([0.95] * 4, [False] * 4, 0.95)],
)
def test_calibration_error(probabilities: list[float], truth: list[bool], error: float) -> None:
    assert calibration_error(np.array(probabilities), np.array(truth, bool)) == pytest.approx(error)
