from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import kernels, postings
from detector.data import DetectorError
from detector.postings import FLOODED, LISTED, ArrayFile, Packed, write_view

POSTINGS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 30)), max_size=120, unique=True)


def arrays(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    pairs = sorted(pairs)
    return np.array([key for key, _ in pairs], np.uint64), np.array([post for _, post in pairs], np.uint32)


@settings(deadline=None)  # the first compiles
@given(POSTINGS, st.sets(st.integers(0, 15)))
def test_what_is_packed_can_be_unpacked(pairs: list[tuple[int, int]], flooded: set[int]) -> None:
    keys, posts = arrays(pairs)
    packed = Packed.of(keys, posts, np.array(sorted(flooded), np.uint64))
    again, those, full = packed.postings()
    kept = ~np.isin(keys, np.array(sorted(flooded), np.uint64))
    assert (again == keys[kept]).all()
    assert (those == posts[kept]).all()
    assert set(full.tolist()) == flooded
    assert (np.diff(packed.keys.astype(np.int64)) > 0).all()
    counts = np.bincount(posts[kept], minlength=31)
    assert (kernels.keys_by_post(packed.places, packed.lists, 31) == counts).all()


def test_a_key_of_one_post_has_no_list_and_one_of_too_many_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.postings.MOST_POSTS", 3)
    packed = Packed.of(
        *arrays([(1, 7), (2, 1), (2, 2), (2, 3), *((3, post) for post in range(4))]), np.zeros(0, np.uint64)
    )
    assert packed.places.tolist() == [7, LISTED, FLOODED]
    assert packed.lists.tolist() == [3, 1, 2, 3]


def test_an_array_written_in_parts_is_one_of_numpys(tmp_path: Path) -> None:
    parts = [np.arange(5), np.zeros(0, np.int64), np.arange(70_000)]
    with ArrayFile(tmp_path / "x.npy", np.uint32) as file:
        for part in parts:
            file.append(part)
    written = np.load(tmp_path / "x.npy", allow_pickle=False)
    assert written.dtype == np.uint32
    assert (written == np.concatenate(parts)).all()


def test_sizes_count_flooded_keys_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.postings.MOST_POSTS", 2)
    keys, posts = arrays([(1, 0), (1, 1), (1, 2), (2, 1)])
    write_view(tmp_path, "words", [(keys, posts, np.zeros(0, np.uint64))], np.array([0, 0, 10]))
    assert np.load(tmp_path / "words.sizes.npy").tolist() == [1, 2, 11]
    assert np.load(tmp_path / "words.places.npy").tolist() == [FLOODED, 1]


def test_lists_that_could_not_be_pointed_to_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "FLOODED", LISTED + 2)
    keys, posts = arrays([(1, 0), (1, 1)])
    with pytest.raises(DetectorError, match="too many posts"):
        write_view(tmp_path, "words", [(keys, posts, np.zeros(0, np.uint64))], np.zeros(2, np.int64))


def test_forged_lists_reach_no_memory_of_others() -> None:
    places = np.array([LISTED + 1, LISTED + 900, 5], np.uint32)
    lists = np.array([1, 4_000_000, 3], np.uint32)
    which, posts = kernels.unpack(places, lists)
    assert (which.tolist(), posts.tolist()) == ([0, 2], [3, 5])
    counts = kernels.count_posts((places,), (lists,), np.arange(3), np.array([0, 3]), 9)
    assert counts.tolist() == [1, 0, 1]
    assert kernels.keys_by_post(places, lists, 4).tolist() == [0, 0, 0, 1]
