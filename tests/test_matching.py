from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from detector.data import Match, ModelInvalid
from detector.index import ReferenceIndex
from detector.matching import Matcher
from detector.resources import load_model, save_model
from detector.text import tokenise
from detector.training.damage import KINDS_OF_DAMAGE, interleave
from tests.samples import COOKING, POSTS, SCHEDULER, SCHEDULER_ZH, own_reading

LINES = SCHEDULER.split("\n")
OWN = (
    "I have kept this diary since I moved to the coast, mostly for the weather and the ships.\n"
    "Today the ferry came in two hours late because of fog, and the baker had sold out by then.\n"
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ReferenceIndex:
    return ReferenceIndex.build(tmp_path_factory.mktemp("index") / "official.index", POSTS)


def matches(index: ReferenceIndex, text: str, title: str = "") -> tuple[Match, ...]:
    return Matcher.load().matches(index, own_reading(text, title), 8)


def damaged(name: str) -> str:
    return KINDS_OF_DAMAGE[name][0](SCHEDULER, Random(3))


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        (SCHEDULER, {"verbatim"}),
        (OWN + SCHEDULER, {"verbatim"}),
        ("\n".join(LINES[:3]), {"excerpt"}),
        ("\n".join([*LINES[4:], *LINES[:4]]), {"reordered"}),
        (damaged("long words deleted"), {"garbled"}),
        (damaged("words dropped 10-30 %"), {"garbled"}),
        (damaged("characters misread, words joined and split"), {"garbled"}),
        (SCHEDULER.replace("workers", "machines").replace("batches", "jobs").replace("the", "this"), {"spun"}),
        (interleave(SCHEDULER, SCHEDULER_ZH, Random(1)), {"interleaved"}),
        ("\n".join(LINES[:4]) + "\n" + "\n".join(COOKING.split("\n")[:4]), {"mashup"}),
    ],
)
def test_copies_are_found_and_their_kind_is_named(index: ReferenceIndex, page: str, kinds: set[str]) -> None:
    best = matches(index, page)[0]
    assert best.source_url == POSTS[0].url or best.kind == "mashup"
    assert best.probability >= 0.5
    assert best.kind in kinds


@pytest.mark.parametrize("page", ["", "?", OWN, OWN * 30, "the of and a to in is it " * 50])
def test_other_pages_are_not(index: ReferenceIndex, page: str) -> None:
    assert all(match.probability < 0.5 for match in matches(index, page))


def test_passages_point_into_both_texts(index: ReferenceIndex) -> None:
    page = OWN + SCHEDULER
    best = matches(index, page)[0]
    assert best.passages
    for passage in best.passages:
        assert page[passage.page_start : passage.page_end] == passage.page_text
        assert SCHEDULER[passage.source_start : passage.source_end] == passage.source_text
    assert best.passages[0].page_text.startswith("The scheduler in Halyard 4.2")


def test_shares_are_of_post_and_page(index: ReferenceIndex) -> None:
    best = matches(index, SCHEDULER)[0]
    assert best.share_of_source == best.share_of_page == 1.0
    half = matches(index, OWN + "\n".join(LINES[:4]))[0]
    assert 0.3 < half.share_of_source < 0.7
    assert 0.5 < half.share_of_page < 0.9


def test_share_of_page_counts_only_content(index: ReferenceIndex) -> None:
    tokens = tokenise(OWN + SCHEDULER)
    content = tokens.starts >= len(OWN)
    reading = replace(own_reading(OWN + SCHEDULER), content=content)
    best = Matcher.load().matches(index, reading, 8)[0]
    assert best.share_of_page == 1.0


def test_matching_can_be_kept_off_blocks(index: ReferenceIndex) -> None:
    own = tokenise(OWN + SCHEDULER).starts < len(OWN)
    reading = replace(own_reading(OWN + SCHEDULER), matchable=own)
    assert all(match.probability < 0.5 for match in Matcher.load().matches(index, reading, 8))


def test_model_for_other_features_is_refused(tmp_path: Path) -> None:
    header, arrays = load_model(Path(__file__).parent.parent / "models" / "repost_v1")
    save_model(tmp_path / "repost_v1", header | {"features": ["one"]}, arrays)
    with pytest.raises(ModelInvalid, match="other features"):
        Matcher.load(tmp_path / "repost_v1")


def test_a_model_that_lacks_something_is_refused(tmp_path: Path) -> None:
    header, arrays = load_model(Path(__file__).parent.parent / "models" / "repost_v1")
    for left_out in ({"screen": None}, {"screen": header["screen"] | {"features": ["one"]}}, {"calibration": [1.0]}):
        save_model(tmp_path / "repost_v1", header | left_out, arrays)
        with pytest.raises(ModelInvalid, match="detector train"):
            Matcher.load(tmp_path / "repost_v1")


def test_what_is_not_worth_aligning_is_named_and_stays_below_the_cut(index: ReferenceIndex) -> None:
    matcher = Matcher.load()
    matcher.screen = replace(matcher.screen, cut=1.0)
    (best,) = matcher.matches(index, own_reading("\n".join(LINES[:4]), ""), 8)
    assert (best.source_url, best.source_title) == (POSTS[0].url, POSTS[0].title)
    assert best.kind == "excerpt" and best.passages == () and best.matched_words == 0
    assert 0.5 < best.probability < 1.0
    assert 0.3 < best.share_of_source < 0.7 and best.share_of_page == pytest.approx(1)
    (best,) = matcher.matches(index, own_reading(SCHEDULER_ZH, ""), 8)
    assert (best.source_url, best.kind) == (POSTS[0].url, "translated")
    (other,) = matcher.matches(index, own_reading(COOKING[:200] + OWN * 3, ""), 8)
    assert 0 < other.probability < best.probability


def test_no_candidate_of_an_ordinary_page_is_aligned(index: ReferenceIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    aligned: list[int] = []
    monkeypatch.setattr(ReferenceIndex, "post", lambda self, number: aligned.append(number))
    found = matches(index, OWN)
    assert not aligned
    assert all(match.probability < Matcher.load().screen.cut for match in found)
