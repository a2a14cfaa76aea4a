import numpy as np
import pytest
from datasketch import LeanMinHash, MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.duplicates import LEAST_SHINGLES, jaccard, near_duplicates, shingles, signature
from detector.text import tokenise
from tests.samples import COOKING, SCHEDULER


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), max_size=60))
def test_signatures_are_datasketchs_bit_for_bit(values: list[int]) -> None:
    oracle = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=lambda value: value)
    oracle.update_batch(values)
    ours = signature(np.array(sorted(set(values)), dtype=np.uint32))
    assert np.array_equal(ours.hashvalues, oracle.hashvalues)
    assert ours == LeanMinHash(oracle)


def test_signature_estimates_jaccard() -> None:
    one, other = shingles(tokenise(SCHEDULER + COOKING)), shingles(tokenise(SCHEDULER))
    assert signature(one).jaccard(signature(other)) == pytest.approx(jaccard(one, other), abs=0.12)


CHANGED = SCHEDULER.replace("forty", "fifty").replace("March", "April")


@pytest.mark.parametrize(
    ("texts", "groups"),
    [
        ([], []),
        ([SCHEDULER, COOKING], []),
        ([SCHEDULER, COOKING, CHANGED, COOKING], [[0, 2], [1, 3]]),
        (["", "", " "], []),
        (["short text", "another one", "Short  text!"], [[0, 2]]),
        ([SCHEDULER[:150], SCHEDULER[:160]], []),
    ],
)
def test_groups(texts: list[str], groups: list[list[int]]) -> None:
    assert near_duplicates(map(tokenise, texts)) == groups


def test_threshold_is_of_the_measured_jaccard() -> None:
    one, other = tokenise(SCHEDULER), tokenise("\n".join(SCHEDULER.split("\n")[:6]))
    alike = jaccard(shingles(one), shingles(other))
    assert shingles(one).size >= LEAST_SHINGLES
    assert near_duplicates([one, other], threshold=alike - 0.01) == [[0, 1]]
    assert near_duplicates([one, other], threshold=alike + 0.01) == []
