"""What the category network is fitted to: known categories, what a model that sees the markup says; and the votes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.closed_forms import Clause, ClosedForms
from detector.data import CATEGORIES, Document, SourceBlock
from detector.training import categories
from detector.training.categories import fit_categories, fit_votes, known_targets, taught_targets
from detector.training.examples import MADE_UP, WRITTEN, Example, with_features
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


def test_votes_come_from_networks_that_have_not_seen_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(categories, "_SIZES", {False: categories.Size(units=8, width=4, epochs=400)})
    monkeypatch.setattr(categories, "_OF_CATEGORY", {False: 1.0})
    sites = [f"{name}.example" for name in "abcdefgh"]
    read = [replace(example(NAV, 0, NAV, PROMO), site=site, read=True) for site in sites]
    featured = with_features(read, ClosedForms.compile([Clause("copyright", 2, "all rights")]))
    evidence = [known_targets(one)[:, [0, NAV, PROMO]] for one in read]
    logged: list[str] = []
    model = fit_categories(
        featured, evidence, [known_targets(one) for one in read], [np.full(4, 0.25, np.float32)] * 8, logged.append
    )
    likely, own = model.network.evaluate(evidence[0])
    assert likely.argmax(axis=1).tolist() == [NAV, 0, NAV, PROMO]
    assert (own > 0).tolist() == [False, True, False, False]
    assert [line.startswith("categories, fold") for line in logged] == [True] * 3 + [False]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"source": "labelled", "read": True}, [2, 2, 0]),
        ({"source": "train_x", "read": True}, [1, 1, 0]),
        ({"source": WRITTEN, "read": True}, [0.6, 0.3, 0]),
        ({"source": MADE_UP}, [0.3, 0.15, 0]),
        ({"source": "train_x"}, [0.25, 0.03, 0]),
    ],
)
def test_what_was_read_counts_most_and_what_is_unknown_nothing(changes: dict[str, object], wanted: list[float]) -> None:
    page = replace(example(NAV, 0, UNKNOWN), **changes)  # type: ignore[arg-type]
    given = categories._weights(page, known_targets(page))
    assert given == pytest.approx(np.array(wanted) * categories._OF_CATEGORY[False])
