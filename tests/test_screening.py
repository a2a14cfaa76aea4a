from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.data import Page
from detector.index import ReferenceIndex
from detector.matching import Matcher
from detector.screening import SCREENED, in_spaced_script, screen_features
from detector.text import tokenise
from detector.views import VIEWS
from tests.samples import COOKING, POSTS, SCHEDULER, SCHEDULER_ZH

COLUMN = {name: at for at, name in enumerate(SCREENED)}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ReferenceIndex:
    translation = Page("https://zh.example/scheduler", text=SCHEDULER_ZH, title="")
    return ReferenceIndex.build(tmp_path_factory.mktemp("screening") / "posts.index", [*POSTS, translation])


def features_of(index: ReferenceIndex, text: str) -> np.ndarray:
    tokens = tokenise(text)
    return screen_features(tokens, index.query(tokens), index.sampling)


def test_features_are_what_they_are_called(index: ReferenceIndex) -> None:
    best, *others = features_of(index, SCHEDULER)
    assert np.isfinite(best).all()
    assert best[COLUMN["in_page_words"]] == best[COLUMN["in_post_words"]] == pytest.approx(1)
    assert best[COLUMN["post_log"]] == pytest.approx(best[COLUMN["page_log"]], abs=0.1)
    assert best[COLUMN["margin"]] > 0
    assert all(other[COLUMN["margin"]] < 0 for other in others)


def test_what_a_coarser_index_leaves_out_of_a_post_is_reckoned_in(index: ReferenceIndex) -> None:
    tokens = tokenise(SCHEDULER)
    best, *_ = index.query(tokens)
    kept = zip(VIEWS, best.sizes, strict=True)
    half = replace(best, sizes=tuple(size if name == "anchors" else size // 2 for name, size in kept))
    one, other = (screen_features(tokens, [found], rate)[0] for found, rate in ((best, 1), (half, 2)))
    assert one == pytest.approx(other, abs=0.02)


def test_scripts_of_posts_are_told_by_their_keys(index: ReferenceIndex) -> None:
    spaced = {
        index.heading(found.number)[0]: in_spaced_script(found, 1)
        for found in index.query(SCHEDULER + COOKING + SCHEDULER_ZH)
    }
    assert spaced[POSTS[0].url] and not spaced["https://zh.example/scheduler"]


def test_without_candidates_there_are_no_rows(index: ReferenceIndex) -> None:
    assert screen_features(tokenise(""), [], 1).shape == (0, len(SCREENED))


def test_copies_are_worth_aligning_and_other_texts_are_not(index: ReferenceIndex) -> None:
    screen = Matcher.load(Path(__file__).parent.parent / "models" / "repost_v1").screen
    assert 0 < screen.cut < 0.1
    for copy in (SCHEDULER, SCHEDULER[:500], COOKING, SCHEDULER_ZH):
        assert screen.probabilities(features_of(index, copy)).max() >= screen.cut
    other = "I have kept this diary since I moved to the coast, mostly for the weather and the ships. " * 3
    assert (screen.probabilities(features_of(index, other)) < screen.cut).all()


def test_no_two_candidates_get_one_probability(index: ReferenceIndex) -> None:
    screen = Matcher.load().screen
    rows = features_of(index, SCHEDULER + COOKING)
    rows = np.repeat(rows[:1], 5, axis=0)
    rows[:, COLUMN["score"]] += 1e-6 * np.arange(5)
    probabilities = screen.probabilities(rows)
    assert (np.diff(probabilities) > 0).all()
