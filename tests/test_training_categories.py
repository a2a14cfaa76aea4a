"""What category networks are fitted to: known categories, what a model that sees the markup says; and the votes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.data import CATEGORIES, Document, SourceBlock
from detector.training.categories import fit_votes, known_targets, taught_targets
from detector.training.examples import Example
from detector.training.weak_labels import UNKNOWN

NAV, RELATED, PROMO = (CATEGORIES.index(name) for name in ("nav", "related", "promo"))


def example(*categories: int, judged: bool = True) -> Example:
    blocks = tuple(SourceBlock(f"line {number}") for number in range(len(categories)))
    return Example(
        "t", "t", Document(url="", blocks=blocks), np.array(categories, np.int16), np.full(len(blocks), judged), 1.0
    )


def teacher(*rows: dict[int, float]) -> np.ndarray:
    likely = np.zeros((len(rows), len(CATEGORIES)))
    for row, given in zip(likely, rows, strict=True):
        for category, value in given.items():
            row[category] = value
    return likely


def test_known_targets_say_nothing_of_unknown_blocks() -> None:
    targets = known_targets(example(0, UNKNOWN, NAV))
    assert targets.dtype == np.float32
    assert targets.argmax(axis=1).tolist() == [0, 0, NAV] and targets.sum(axis=1).tolist() == [1, 0, 1]


def test_a_teacher_fills_in_what_is_not_known() -> None:
    text = replace(example(UNKNOWN, NAV, UNKNOWN), blocks_of_original=np.array([1, 0, -1]))
    targets = taught_targets(text, teacher({RELATED: 1.0}, {0: 0.2, RELATED: 0.6, NAV: 0.2}))
    # Known to be no content: what the teacher says of the rest is all there is.
    assert targets[0, [0, RELATED, NAV]] == pytest.approx([0, 0.75, 0.25])
    assert targets[1, NAV] == 1 and targets[1].sum() == 1
    assert not targets[2].any()


def test_a_teacher_who_takes_boilerplate_for_content_is_not_believed() -> None:
    text = replace(example(UNKNOWN), blocks_of_original=np.array([0]))
    likely = teacher({0: 0.9, NAV: 0.1})
    assert not taught_targets(text, likely).any()
    unjudged = replace(text, judged=np.array([False]))
    assert taught_targets(unjudged, likely)[0, 0] == pytest.approx(0.9)


def test_votes_help_a_category_that_is_never_the_likeliest() -> None:
    category = np.array([NAV] * 90 + [PROMO] * 10, np.int16)
    likely = np.zeros((100, len(CATEGORIES)))
    likely[:90, NAV], likely[:90, PROMO] = 0.9, 0.1
    likely[90:, NAV], likely[90:, PROMO] = 0.6, 0.4
    votes = fit_votes(likely, category)
    assert ((likely * votes).argmax(axis=1) == category).all()
    assert votes.min() >= 0.5 and votes.max() <= 2


def test_votes_are_equal_where_nothing_was_read() -> None:
    assert fit_votes(np.zeros((0, len(CATEGORIES))), np.zeros(0, np.int16)).tolist() == [1] * len(CATEGORIES)
