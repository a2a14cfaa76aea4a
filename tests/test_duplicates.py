import random

import numpy as np
import pytest
from datasketch import LeanMinHash, MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import duplicates
from detector.data import UsageError
from detector.duplicates import LEAST_SHINGLES, NEIGHBOURS, DuplicateFinder, shingles, signature, sketch
from detector.text import tokenise
from tests.samples import COOKING, SCHEDULER, jaccard_of


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), max_size=60))
def test_signatures_are_datasketchs_bit_for_bit(values: list[int]) -> None:
    oracle = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=lambda value: value)
    oracle.update_batch(values)
    ours = signature(np.array(sorted(set(values)), dtype=np.uint32))
    assert np.array_equal(ours.hashvalues, oracle.hashvalues)
    assert ours == LeanMinHash(oracle)


def test_signature_estimates_jaccard() -> None:
    texts = SCHEDULER + COOKING, SCHEDULER
    one, other = (signature(shingles(tokenise(text))) for text in texts)
    assert one.jaccard(other) == pytest.approx(jaccard_of(*texts), abs=0.12)


CHANGED = SCHEDULER.replace("forty", "fifty").replace("March", "April")


def groups(texts: list[str], similarity: float = 0.7) -> list[list[int]]:
    finder = DuplicateFinder(similarity)
    for text in texts:
        finder.add(sketch(tokenise(text)))
    return finder.groups()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        ([SCHEDULER, COOKING], []),
        ([SCHEDULER, COOKING, CHANGED, COOKING], [[0, 2], [1, 3]]),
        ([COOKING, COOKING.upper(), CHANGED, SCHEDULER, CHANGED], [[0, 1], [2, 3, 4]]),
        (["", "", " ", "!", "?"], []),
        (["short text", "another one", "Short  text!"], [[0, 2]]),
        ([SCHEDULER[:150], SCHEDULER[:160]], []),
    ],
)
def test_groups(texts: list[str], expected: list[list[int]]) -> None:
    assert groups(texts) == expected


def test_similarity_is_of_the_measured_jaccard() -> None:
    texts = [f"{SCHEDULER} {tail}" for tail in (COOKING[:130], COOKING[200:330])]
    alike = jaccard_of(*texts)
    assert shingles(tokenise(texts[0])).size >= LEAST_SHINGLES
    assert 0.5 < alike < 0.9
    assert groups(texts, alike - 0.01) == [[0, 1]]
    assert groups(texts, alike + 0.01) == []


def test_a_text_that_is_whole_in_the_other_may_be_shorter() -> None:
    texts = [SCHEDULER, "\n".join(SCHEDULER.split("\n")[:6])]
    alike = jaccard_of(*texts)
    assert groups(texts, alike + 0.09) == [[0, 1]]
    assert groups(texts, alike + 0.11) == []
    assert groups([SCHEDULER, CHANGED], 1.0) == []


def test_a_text_is_placed_where_its_words_stood_first() -> None:
    finder = DuplicateFinder()
    assert [finder.add(sketch(tokenise(text))) for text in (COOKING, SCHEDULER, COOKING, "", "")] == [0, 1, 0, 3, 4]
    assert finder.groups() == [[0, 2]]
    assert finder.pairs == []


def test_pairs_are_those_that_were_measured() -> None:
    finder = DuplicateFinder()
    for text in (COOKING, SCHEDULER, CHANGED):
        finder.add(sketch(tokenise(text)))
    finder.groups()
    assert finder.pairs == [(1, 2, jaccard_of(SCHEDULER, CHANGED))]


@pytest.mark.parametrize("similarity", [0, -1, 1.01, float("nan")])
def test_a_similarity_without_sense_is_refused(similarity: float) -> None:
    with pytest.raises(UsageError, match="above 0 and at most 1"):
        DuplicateFinder(similarity)


def templated(count: int, seed: int) -> list[str]:
    """Texts that share half of their words, in one run: below the similarity, yet in the same buckets."""
    source = random.Random(seed)
    own = [" ".join(f"w{source.randrange(10**6)}" for _ in range(70)) for _ in range(count)]
    template = " ".join(f"template{number}" for number in range(110))
    return [f"{template} {text}" for text in own]


def test_flooded_buckets_cost_little_and_lose_no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = 0

    def counted(a: np.ndarray, b: np.ndarray) -> int:
        nonlocal measured
        measured += 1
        return int(np.intersect1d(a, b, assume_unique=True).size)

    monkeypatch.setattr(duplicates, "shared", counted)
    texts = templated(400, 1)
    copies = [f"{text} and more" for text in texts[::20]]
    found = groups(texts + copies)
    assert [group for group in found if len(group) == 2] == [[20 * at, 400 + at] for at in range(20)]
    assert len(found) == 20
    assert measured < 0.5 * 420 * 419 / 2
    assert measured < 420 * NEIGHBOURS * 25
