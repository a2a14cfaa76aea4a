from pathlib import Path

import numpy as np
import pytest

from detector.data import Page
from detector.features import FEATURES, MONOTONE, Asked, same_script
from detector.index import ReferenceIndex
from detector.matching import compare
from detector.text import tokenise
from tests.samples import COOKING, POSTS, SCHEDULER, SCHEDULER_ZH, own_reading


def rows_of(index: ReferenceIndex, text: str, title: str = "") -> list[tuple[str, dict[str, float]]]:
    asked = Asked.of(own_reading(text, title))
    compared, features = compare(index, asked, index.query(asked.tokens, 8))
    return [
        (entry.post.url, dict(zip(FEATURES, row.tolist(), strict=True)))
        for entry, row in zip(compared, features, strict=True)
    ]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ReferenceIndex:
    return ReferenceIndex.build(tmp_path_factory.mktemp("features") / "posts.index", POSTS)


def test_every_feature_is_finite_and_named_once(index: ReferenceIndex) -> None:
    for text in (SCHEDULER, SCHEDULER_ZH, COOKING[:300], "4.2", ""):
        for _, row in rows_of(index, text):
            assert all(np.isfinite(value) for value in row.values())
    assert len(set(FEATURES)) == len(FEATURES)
    assert set(MONOTONE) <= set(FEATURES)


def test_a_copy_has_all_of_its_post_and_a_half_has_half(index: ReferenceIndex) -> None:
    (url, whole), *_ = rows_of(index, SCHEDULER)
    assert url == POSTS[0].url
    assert whole["page_matched"] == whole["post_matched"] == whole["order"] == whole["numbers_in_post"] == 1
    assert whole["in_page_words"] == whole["in_post_words"] == pytest.approx(1)
    _, half = rows_of(index, SCHEDULER[: len(SCHEDULER) // 2])[0]
    assert half["page_matched"] > 0.95 and 0.4 < half["post_matched"] < 0.6
    assert half["margin"] > 0


def test_changed_numbers_show(index: ReferenceIndex) -> None:
    changed = SCHEDULER.replace("212", "218").replace("139", "127").replace("4.2", "4.3")
    (url, row), *_ = rows_of(index, changed)
    assert url == POSTS[0].url
    assert row["numbers_on_page"] < 0.7 and row["page_matched"] > 0.9
    assert row["numbers_lag_on_page"] == pytest.approx(row["page_density"] - row["numbers_on_page"])
    _, same = rows_of(index, SCHEDULER)[0]
    assert same["numbers_lag_on_page"] == same["numbers_lag_in_post"] == 0


def test_a_translation_keeps_its_anchors_in_order(index: ReferenceIndex) -> None:
    rows = dict(rows_of(index, SCHEDULER_ZH))
    own, other = rows[POSTS[0].url], rows.get(POSTS[1].url)
    assert own["page_unspaced"] > 0.7 and own["same_script"] == 0
    assert own["anchors_single_log"] > np.log(4) and own["anchors_single_in_post"] > 0.03
    assert own["anchor_run_log"] > np.log(4)
    assert other is None or other["anchor_run_log"] < own["anchor_run_log"]


@pytest.mark.parametrize(
    ("title", "added", "lacking"),
    [
        ("Halyard 4.2 rc1", 0, 0),
        ("Halyard 4.2", 0, 1),
        ("Halyard 4.3 rc1", 1, 1),
        ("Halyard 4.2 rc2", 1, 1),
        ("Halyard 4.2 rc1 and 4.3", 1, 0),
        ("Halyard", 0, 0),
        ("", 0, 0),
    ],
)
def test_numbers_of_titles(tmp_path: Path, title: str, added: int, lacking: int) -> None:
    post = Page("https://blog.example/4.2", text=SCHEDULER, title="What is new in Halyard 4.2 rc1")
    index = ReferenceIndex.build(tmp_path / "posts.index", [post])
    row = rows_of(index, SCHEDULER, title)[0][1]
    assert (row["title_added"], row["title_lacking"]) == (added, lacking)
    assert row["title_shared_added"] == added * row["title_shared"]


def test_how_far_into_the_post_a_copy_begins_and_how_much_of_the_own_text_it_is(index: ReferenceIndex) -> None:
    lines = SCHEDULER.split("\n")
    _, first = rows_of(index, "\n".join(lines[:4]))[0]
    _, last = rows_of(index, "\n".join(lines[4:]))[0]
    assert first["start_log"] == 0 and last["start_log"] > 4
    assert first["own_matched"] == first["page_matched"]


def test_what_releases_share_is_not_rare(tmp_path: Path) -> None:
    notes = "Thank you to everyone who reported bugs. Packages are in the usual place, signed with the usual key.\n" * 2
    releases = [
        Page(f"https://blog.example/{minor}", text=notes + f"This release mends {what}.", title=f"Release 5.{minor}")
        for minor, what in enumerate(
            ("the timer of the parser", "two leaks in the cache", "a slow start on cold disks")
        )
    ]
    index = ReferenceIndex.build(tmp_path / "posts.index", releases)
    next_one = rows_of(index, notes + "This release mends how zones are named and sorted.")
    assert all(row["rare_words"] < 0.2 for _, row in next_one)
    (url, copy), *_ = rows_of(index, notes + "This release mends two leaks in the cache.")
    assert url.endswith("/1") and copy["rare_words"] > max(row["rare_words"] for _, row in next_one)


def test_scripts() -> None:
    assert same_script(tokenise(SCHEDULER), tokenise(COOKING))
    assert not same_script(tokenise(SCHEDULER), tokenise(SCHEDULER_ZH))
