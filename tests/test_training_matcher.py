from pathlib import Path

import numpy as np

from detector.boilerplate import BoilerplateModel
from detector.features import FEATURES
from detector.matching import Matcher
from detector.resources import save_model
from detector.training.matcher import evaluate_matcher, train_matcher


def test_training_makes_a_model_that_loads(tmp_path: Path) -> None:
    description, arrays = train_matcher(BoilerplateModel.load(), None, log=lambda line: None, each=4, negatives=100)
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
