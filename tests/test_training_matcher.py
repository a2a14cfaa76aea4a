from pathlib import Path

import numpy as np
import pytest

from detector.boilerplate import BoilerplateModel
from detector.data import Settings
from detector.features import FEATURES
from detector.matching import MODEL, Matcher
from detector.resources import load_model, models_dir, save_model
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


def test_calibration_never_counts_against_what_speaks_for_a_copy() -> None:
    random = np.random.default_rng(0)
    sums = random.normal(size=2_000)
    labels = random.random(2_000) < 1 / (1 + np.exp(-2 * sums + 1))
    inputs = np.column_stack([sums, -sums + random.normal(size=2_000) / 9, np.ones(2_000)])
    weights = calibrate(inputs, labels)
    assert weights[0] > 0 and weights[1] > 0
    assert weights[0] - weights[1] == pytest.approx(2, abs=0.4)
    assert weights[2] == pytest.approx(-1, abs=0.3)


def test_one_in_a_thousand_is_above_the_cut() -> None:
    values = np.random.default_rng(0).permutation(5_000) / 5_000
    assert sum(value > cut(values.tolist()) for value in values) == 5
    assert cut([0.3]) == 0.3 and cut([]) == 0.5


def test_the_shipped_threshold_is_the_models() -> None:
    header, _ = load_model(models_dir() / MODEL)
    assert Settings().threshold == pytest.approx(header["threshold"], abs=0.03)


@pytest.mark.parametrize(
    ("probabilities", "truth", "error"),
    [([], [], 0.0), ([0.9] * 10, [True] * 9 + [False], 0.0), ([0.95] * 4, [False] * 4, 0.95)],
)
def test_calibration_error(probabilities: list[float], truth: list[bool], error: float) -> None:
    assert calibration_error(np.array(probabilities), np.array(truth, bool)) == pytest.approx(error)
