from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import kernels
from detector.data import Page
from detector.index import ReferenceIndex
from detector.search import ANCHORS_SHARE
from detector.views import VIEWS
from tests.samples import COOKING, POSTS, SCHEDULER, SCHEDULER_ZH

GARDEN_ZH = (
    "。没有人计划过办公室的花园，四月里有人带来了十二株番茄。",
    "。到六月阳台上已经有了豆角、甜菜和一棵柠檬树。",
    "。厨师们比工程师更早注意到，从此周四的汤取决于什么成熟了。",
    "。我们发现罗勒讨厌空调，蜜蜂能找到九楼，浇水需要排班。",
    "。财务同事记账：至今收获四十公斤，每月只花两袋土的钱。",
    "。明年春天会种土豆，如果房东同意，也许还会养一箱蜜蜂。",
)
NO_NAMES = str.maketrans(dict.fromkeys("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.=", "某"))

# Chinese posts that have phrases of the translation, but few of its words and none of its names and numbers.
CROWD = [
    Page(f"https://other.example/{at}", text=line[:8].translate(NO_NAMES) + rest, title="")
    for at, (line, rest) in enumerate(zip(SCHEDULER_ZH.split("\n"), GARDEN_ZH, strict=True))
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ReferenceIndex:
    return ReferenceIndex.build(tmp_path_factory.mktemp("search") / "posts.index", [*POSTS, *CROWD])


def test_the_best_source_comes_first_and_shares_are_shares(index: ReferenceIndex) -> None:
    best, *_ = index.query("Intro. " + SCHEDULER, limit=4)
    assert index.post(best.number).url == POSTS[0].url
    assert best.anchor_score > 0.9
    assert set(best.in_page) == set(best.in_post) == set(VIEWS)
    assert len(best.shares) == 3 * len(VIEWS)
    assert all(0 <= share <= 1 + 1e-6 for share in best.shares)
    assert best.in_post["words"] == pytest.approx(1)


def test_a_translation_is_found_by_its_anchors_among_posts_of_its_language(index: ReferenceIndex) -> None:
    found = index.query(SCHEDULER_ZH, limit=2)
    assert POSTS[0].url in [index.post(candidate.number).url for candidate in found]
    assert max(found, key=lambda candidate: candidate.anchor_score).number == 0


@pytest.mark.parametrize("limit", [1, 2, 8, 100])
def test_no_more_than_asked_for_and_some_by_anchors(index: ReferenceIndex, limit: int) -> None:
    found = index.query(SCHEDULER + SCHEDULER_ZH + COOKING, limit)
    assert len(found) <= limit + max(1, int(ANCHORS_SHARE * limit))
    scores = [candidate.score for candidate in found]
    assert scores == sorted(scores, reverse=True)


def test_removed_posts_are_not_found(tmp_path: Path) -> None:
    index = ReferenceIndex.build(tmp_path / "posts.index", POSTS)
    index.remove([POSTS[0].url])
    assert POSTS[0].url not in [index.post(candidate.number).url for candidate in index.query(SCHEDULER)]


SPREAD, CROWDED = st.integers(0, 2**64 - 1), st.integers(0, 40)


@settings(deadline=None)  # the first compiles
@given(st.lists(SPREAD | CROWDED, max_size=300), st.lists(SPREAD | CROWDED, min_size=1, max_size=40))
def test_keys_are_found_however_they_are_spread(stored: list[int], asked: list[int]) -> None:
    keys = np.unique(np.array(stored, np.uint64))
    wanted = np.unique(np.array([*asked, *stored[:20]], np.uint64))
    sieve = np.zeros(keys.size, np.uint8)
    kernels.sift_in(keys, sieve)
    bounds = np.array([0, wanted.size, 2 * wanted.size])
    found = kernels.look_up((keys, keys), (sieve, sieve), np.tile(wanted, 2), bounds)
    expected = np.where(np.isin(wanted, keys), np.searchsorted(keys, wanted), -1)
    assert (found == np.tile(expected, 2)).all()


def test_a_sieve_leaves_out_most_keys_that_are_not_there() -> None:
    keys = np.unique(np.random.default_rng(0).integers(0, 2**64, 10_000, np.uint64))
    sieve = np.zeros(keys.size, np.uint8)
    kernels.sift_in(keys, sieve)
    # A key is only looked for where its bit is set.
    left_out = [kernels.look_up((keys,), (sieve * np.uint8(how),), keys, np.array([0, keys.size])) for how in (1, 0)]
    assert (left_out[0] >= 0).all() and (left_out[1] < 0).all()
    assert np.unpackbits(sieve).mean() == pytest.approx(1 - np.exp(-1 / 8), abs=0.01)


@settings(deadline=None)
@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0]), max_size=30), st.integers(1, 12))
def test_the_highest_come_first(scores: list[float], limit: int) -> None:
    posts = np.random.default_rng(len(scores)).permutation(len(scores))
    expected = sorted(
        (row for row, score in enumerate(scores) if score > 0), key=lambda row: (-scores[row], posts[row])
    )
    assert kernels.highest(np.array(scores), posts, limit).tolist() == expected[:limit]


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), max_size=30))
def test_rarest_keys_come_first(counts: list[int]) -> None:
    expected = sorted((at for at, count in enumerate(counts) if count), key=lambda at: min(counts[at], 5))
    assert kernels.rarest_first(np.array(counts, np.int64), 5).tolist() == expected


def test_common_keys_add_only_to_posts_with_rarer_ones_when_many_have_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = [Page(f"https://a.example/{at}", text=f"Hello harbour number{at} again") for at in range(40)]
    index = ReferenceIndex.build(tmp_path / "posts.index", [*crowd, *POSTS])
    whole = index.query(SCHEDULER + " Hello harbour again")
    monkeypatch.setattr("detector.search.WHOLE", 5)
    monkeypatch.setattr("detector.search.MOST_HITS", 5)
    best = index.query(SCHEDULER + " Hello harbour again")
    assert index.post(best[0].number).url == index.post(whole[0].number).url == POSTS[0].url
    assert best[0].in_post == pytest.approx(whole[0].in_post)
    assert len(best) <= 5


def test_common_keys_are_template_text_when_together_they_have_too_many_postings(
    index: ReferenceIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = index.query(SCHEDULER + SCHEDULER_ZH)
    monkeypatch.setattr("detector.search.WHOLE", 1)
    monkeypatch.setattr("detector.search.MOST_HITS", 1)
    monkeypatch.setattr("detector.search.MOST_POSTINGS", 100)
    best = index.query(SCHEDULER + SCHEDULER_ZH)
    assert best[0].number == whole[0].number == 0
    assert len(best) == 1
    monkeypatch.setattr("detector.search.MOST_POSTINGS", 0)
    assert all(candidate.score == 0 for candidate in index.query(SCHEDULER))


def test_a_page_without_a_known_key_has_no_candidates(index: ReferenceIndex) -> None:
    assert index.query("zzq zzw zzr zzt zzp zzk zzl zzv zzb") == []
