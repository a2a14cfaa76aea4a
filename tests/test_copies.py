from pathlib import Path

import numpy as np
import pytest

from detector.matching import Matcher
from detector.resources import load_model
from detector.training.copies import CopyMaker, Corpus, calibration_error, evaluate_matcher, train_matcher


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.read(None)


def test_sides_share_no_site(corpus: Corpus) -> None:
    train, test = corpus.side(test=False), corpus.side(test=True)
    assert {post.site for post in train.posts.values()} & {post.site for post in test.posts.values()} == set()
    assert len(train.posts) + len(test.posts) == len(corpus.posts)
    assert test.posts


def test_maker_repeats_itself_and_keeps_held_out_posts_out(corpus: Corpus) -> None:
    maker, again = CopyMaker(corpus, seed=1), CopyMaker(corpus, seed=1)
    copies = list(maker.positives(2))
    assert copies == list(again.positives(2))
    indexed = {page.url for page in maker.index_pages()}
    assert all(maker.url(id) in indexed for copy in copies for id in copy.sources)
    assert not any(maker.url(id) in indexed for id in maker.held_out)
    assert all(not copy.sources for copy in maker.negatives(2))


def test_training_makes_a_model_that_loads(tmp_path: Path) -> None:
    train_matcher(tmp_path, None, log=lambda line: None, each=4)
    header, _ = load_model(tmp_path / "repost_v1")
    assert header["pairs"] > 20
    Matcher.load(tmp_path / "repost_v1")


def test_evaluation_of_the_shipped_model_on_the_demo() -> None:
    lines: list[str] = []
    figures = evaluate_matcher(None, log=lines.append, each=3)
    assert figures["mean_recall"] > 0.8
    assert figures["source_right"] > 0.9
    assert any("verbatim" in line for line in lines)


@pytest.mark.parametrize(
    ("probabilities", "truth", "error"),
    [([], [], 0.0), ([0.9] * 10, [True] * 9 + [False], 0.0), ([0.95] * 4, [False] * 4, 0.95)],
)
def test_calibration_error(probabilities: list[float], truth: list[bool], error: float) -> None:
    assert calibration_error(np.array(probabilities), np.array(truth, bool)) == pytest.approx(error)
