from itertools import pairwise

import numpy as np
import pytest

from detector.sampling import COARSEST, KEY_SPACE, STEPS, bound, sampled_keys, sampling_for, thinned
from detector.text import tokenise
from detector.views import VIEWS
from tests.samples import SCHEDULER


@pytest.mark.parametrize(
    ("posts", "sampling"), [(1, 1), (5_000, 1), (5_001, 2), (20_000, 2), (200_000, 8), (200_001, 16), (10**9, 16)]
)
def test_larger_indexes_keep_fewer_keys(posts: int, sampling: int) -> None:
    assert sampling_for(posts) == sampling


def test_every_step_keeps_part_of_what_the_one_before_keeps() -> None:
    rates = [rate for _, rate in STEPS] + [COARSEST]
    assert all(coarser % finer == 0 and coarser > finer for finer, coarser in pairwise(rates))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("sampling", [1, 2, 16])
def test_kept_keys_are_those_below_the_bound(view: str, sampling: int) -> None:
    tokens = tokenise(SCHEDULER)
    below = bound(view, sampling)
    expected = np.unique(VIEWS[view].shingles(tokens))
    expected = expected if below is None else expected[expected < below]
    kept = sampled_keys(tokens, view, sampling)
    assert (kept == expected).all()
    assert (kept == thinned(sampled_keys(tokens, view, 1), view, sampling)).all()


def test_anchors_are_all_kept() -> None:
    assert bound("anchors", COARSEST) is None
    assert bound("words", 1) is None
    assert bound("words", 16) == KEY_SPACE // 16
