from itertools import cycle, islice
from random import Random

import numpy as np
import pytest

from detector.alignment import Side
from detector.dotplot import BitextPath, follow
from detector.kernels import densest_path, dot_plot
from detector.text import tokenise
from tests.samples import COOKING, SCHEDULER, SCHEDULER_ZH

# Sixty sentences with a name each: what a translation shares is the names, in the sentences' order.
NAMES = [
    f"{one}{other}" for one in ("Halyard", "Burgee", "Cleat", "Thole", "Fender", "Gunwale") for other in "abcdefghij"
]
ENGLISH = [f"What {name} needs is time, said somebody who had been there longer than all of us." for name in NAMES]
CHINESE = [f"有人说{name}需要时间,他比我们所有人都待得更久。" for name in NAMES]


def path(page: str, post: str) -> BitextPath:
    side = Side(tokenise(page))
    return follow(side, Side(tokenise(post)), np.ones(len(side.tokens), bool))


def test_a_translation_follows_its_original_from_end_to_end() -> None:
    found = path("\n".join(CHINESE), "\n".join(ENGLISH))
    assert found.share > 0.6 and found.beyond > 0.6 * len(NAMES)
    assert found.page_extent > 0.9 and found.post_extent > 0.9
    assert found.own > 0.9 and found.rows > 0.5 and found.columns > 0.5
    assert found.lengths < 0.7


def test_a_translation_within_a_longer_page_is_marked_out() -> None:
    around = "今天的天气很好我们去公园散步。" * 40
    found = path(around + "\n".join(CHINESE) + around, "\n".join(ENGLISH))
    assert found.share > 0.6 and found.post_extent > 0.9
    assert 0.3 < found.page_extent < 0.7 and found.own < 0.7


def test_the_same_names_in_another_order_are_no_path() -> None:
    ordered, shuffled = path("\n".join(CHINESE), "\n".join(ENGLISH)), []
    for seed in range(5):
        moved = list(CHINESE)
        Random(seed).shuffle(moved)
        shuffled.append(path("\n".join(moved), "\n".join(ENGLISH)).share)
    assert max(shuffled) < 0.5 * ordered.share and abs(np.mean(shuffled)) < 0.15
    assert path("\n".join(reversed(CHINESE)), "\n".join(ENGLISH)).share < -0.4


@pytest.mark.parametrize("page", ["", "word", "字" * 50])
def test_without_anchors_in_common_there_is_none(page: str) -> None:
    assert path(page, SCHEDULER) == BitextPath()
    assert path(SCHEDULER, page) == BitextPath()


def test_a_short_translation_has_more_of_a_path_than_another_text() -> None:
    assert path(SCHEDULER_ZH, SCHEDULER).share > path(COOKING, SCHEDULER).share + 0.1


def test_repetition_is_bounded_and_finite() -> None:
    words = " ".join(islice(cycle(NAMES[:3]), 20_000))
    for one, other in ((words, words), (words, "\n".join(ENGLISH)), ("\n".join(ENGLISH), words)):
        assert all(np.isfinite(list(vars(path(one, other)).values())))


def test_a_word_adds_up_to_one_over_all_its_places() -> None:
    numbers = np.array
    plot = dot_plot(numbers([0, 1, 1]), numbers([0, 0, 1]), numbers([0, 1, 2]), numbers([0, 0, 1]), 2, 3, 2)
    np.testing.assert_allclose(plot, [[0.25, 0.25, 0], [0.25, 0.25, 1]])


def test_the_densest_path_never_goes_back() -> None:
    plot = np.array([[5.0, 0, 0], [0, 0, 5.0], [0, 5.0, 0]])
    figures, by_row, by_column = densest_path(plot, 1.0)
    above, on_path, cells, first_row, last_row, first_column, last_column = figures.tolist()
    assert on_path == 10 and by_row.sum() == by_column.sum() == 10
    assert (first_row, first_column) == (0, 0) and last_row >= 1 and last_column >= 1
    assert above == pytest.approx(10 - sum(5 * 5 / 15 for _ in range(int(cells))))


def test_no_path_through_nothing() -> None:
    figures, by_row, by_column = densest_path(np.zeros((3, 2)), 1.5)
    assert not figures.any() and by_row.shape == (3,) and by_column.shape == (2,)
