from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.alignment import Alignment, Side, Span, align, align_anchors, anchor_order
from detector.kernels import common_subsequence
from detector.text import tokenise
from tests.samples import COOKING, SCHEDULER, SCHEDULER_ZH


def side(text: str) -> Side:
    return Side(tokenise(text))


LINES = SCHEDULER.split("\n")
SHORT_WORDS = " ".join(word for word in SCHEDULER.split() if len(word.strip(".,")) < 6)


@pytest.mark.parametrize(
    ("page", "matched", "covered", "order"),
    [
        (SCHEDULER, 1.0, 1.0, 1.0),
        ("A word before. " * 20 + SCHEDULER, 1.0, 1.0, 1.0),
        ("\n".join(LINES[2:5]), 0.3, 0.3, 1.0),
        ("\n".join([*LINES[4:], *LINES[:4]]), 0.95, 0.95, 0.5),
        (SHORT_WORDS, 0.5, 0.9, 1.0),
    ],
)
def test_copies_are_followed(page: str, matched: float, covered: float, order: float) -> None:
    alignment = align(side(page), side(SCHEDULER))
    assert alignment.post_hits.mean() >= matched
    assert alignment.covered("post") / alignment.post_hits.size >= covered
    assert alignment.order == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("page", ["", "word", "字", COOKING, "the of and a to in is it " * 50])
def test_strangers_are_not(page: str) -> None:
    alignment = align(side(page), side(SCHEDULER))
    assert alignment.post_hits.mean() < 0.05
    assert len(alignment.spans) <= 1


def test_spans_hold_the_same_words_on_both_sides() -> None:
    page = "Somebody writes an introduction of ten words about it.\n" + "\n".join(LINES[3:6])
    tokens, post = tokenise(page), tokenise(SCHEDULER)
    (span,) = align(Side(tokens), Side(post)).spans
    start, end = tokens.span(span.page_first, span.page_last)
    post_start, post_end = post.span(span.post_first, span.post_last)
    assert page[start:end] == SCHEDULER[post_start:post_end]
    assert span.matched == span.page_last - span.page_first + 1


def test_a_post_that_repeats_itself_is_counted_once() -> None:
    alignment = align(side(SCHEDULER), side(SCHEDULER + "\n" + SCHEDULER))
    assert alignment.page_hits.mean() == 1.0
    assert sum(span.matched for span in alignment.spans) == alignment.page_hits.size


def test_hostile_repetition_is_bounded() -> None:
    page = side("spam and eggs " * 20_000)
    alignment = align(page, side("spam and eggs " * 2_000))
    assert len(alignment.spans) < 1_000


def test_anchors_keep_their_order_in_a_translation() -> None:
    order = anchor_order(side(SCHEDULER_ZH), side(SCHEDULER))
    assert order.share > 0.3
    assert order.common >= 4
    assert 3 <= order.single <= order.forward <= order.shorter
    lines = SCHEDULER_ZH.split("\n")
    assert anchor_order(side("\n".join(lines[::-1])), side(SCHEDULER)).share < order.share
    assert anchor_order(side(COOKING), side(SCHEDULER)).share < 0.2


@given(*2 * [st.lists(st.integers(0, 6), max_size=150)])
def test_common_subsequence_is_the_longest(one: list[int], other: list[int]) -> None:
    row = [0] * (len(other) + 1)
    for a in one:
        before = row[:]
        for at, b in enumerate(other):
            row[at + 1] = before[at] + 1 if a == b else max(before[at + 1], row[at])
    assert common_subsequence(np.array(one, np.int64), np.array(other, np.int64), 7) == row[-1]


def test_marks_and_spans_agree() -> None:
    alignment = align(side(SHORT_WORDS), side(SCHEDULER))
    inside = np.zeros(alignment.page_hits.size, bool)
    for span in alignment.spans:
        inside[span.page_first : span.page_last + 1] = True
    assert not (alignment.page_hits & ~inside).any()
    assert alignment.covered("page") == inside.sum()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, unique_by=lambda place: place[0]))
def test_order_is_the_heaviest_increasing_sequence(places: list[tuple[int, int]]) -> None:
    spans = tuple(Span(at, at, first, first, matched, 0.0) for at, (first, matched) in enumerate(places))
    best: list[int] = []
    for at, (first, matched) in enumerate(places):
        best.append(matched + max((best[prior] for prior in range(at) if places[prior][0] < first), default=0))
    nothing = np.zeros(10, bool)
    assert Alignment(spans, nothing, nothing).order == max(best) / sum(matched for _, matched in places)


@pytest.mark.parametrize("times", [2, 3, 9, 40])
def test_a_page_that_repeats_the_post_keeps_its_order(times: int) -> None:
    alignment = align(side("\n".join([SCHEDULER] * times)), side(SCHEDULER))
    assert alignment.post_hits.all()
    assert alignment.order == 1
    assert alignment.repeats == pytest.approx(min(times, 8), rel=0.2)


def test_words_between_seeds_are_matched_too() -> None:
    words = SCHEDULER.split()
    thinned = " ".join(word for at, word in enumerate(words) if at % 3)
    alignment = align(side(thinned), side(SCHEDULER))
    assert alignment.page_hits.mean() > 0.9
    assert 0.6 < alignment.post_hits.mean() < 0.72


def test_anchors_show_where_a_translation_lies() -> None:
    page, post = side("前言。\n" * 5 + SCHEDULER_ZH), side(SCHEDULER)
    alignment = align_anchors(page, post)
    (span,) = alignment.spans
    assert span.matched == alignment.page_hits.sum() == alignment.post_hits.sum() >= 3
    assert page.tokens.text[page.tokens.starts[span.page_first] :].startswith(("Halyard", "调度"))
    assert span.post_first < span.post_last
    assert align_anchors(side(COOKING), post).spans == ()
    backwards = align_anchors(
        side("halyard.pack=off. 139. 212. Halyard."), side("Halyard. 212. 139. halyard.pack=off.")
    )
    assert backwards.spans == ()


def test_what_is_shown_has_no_loose_ends() -> None:
    moved = side("\n".join(LINES[::-1]))
    alignment = align(moved, side(SCHEDULER))
    shown = alignment.trimmed()
    assert 6 <= len(shown) < len(alignment.spans)
    assert sum(span.density > 0.85 for span in shown) >= 3
    assert all(before.page_last - after.page_first < 15 for before, after in pairwise(shown))
    strange = " ".join(f"stranger{number}" for number in range(30))
    again = side(SCHEDULER + f"\n{strange} the tail latency where it was")
    alignment = align(again, side(SCHEDULER + f"\n{strange[::-1]} the tail latency where it was"))
    (whole,) = alignment.trimmed()
    assert whole.page_last == whole.post_last == len(side(SCHEDULER).tokens) - 1
    assert max(span.page_last for span in alignment.spans) > whole.page_last


def test_anchors_of_a_translation_are_no_loose_ends() -> None:
    random = Random(0)

    def around(names: list[str], words: str) -> Side:
        return side(" ".join(" ".join([name, *random.choices(words.split(), k=13)]) for name in names))

    names = [f"Zephyr{number}x" for number in range(30)]
    page = around(names, "lento fiume verde sopra ogni monte chiaro")
    post = around(names, "slow river green above each hill bright")
    alignment = align(page, post, translated=True)
    (whole,) = alignment.trimmed()
    assert (whole.page_first, whole.post_first) == (0, 0)
    assert whole.page_last == len(page.tokens) - 14
