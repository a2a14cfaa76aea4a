"""How the keys of a view and the posts that have them are packed, and written.

    keys     uint64, distinct and sorted
    places   uint32, one a key: the post, when it is the only one; LISTED + where its list begins in `lists`; or FLOODED
    lists    uint32, lists one after the other: how many posts, then these, ascending
    sieve    uint8, as many as keys: a Bloom filter of one hash, by which most keys that are not there are told

Most keys are of one post, which so takes thirteen bytes. A post of 900 words has some 3,700 keys when none is left out:
850 of words, 800 trigrams, 520 short, 310 stop, 1,000 characters (a quarter of them, the rest is never kept), and 240
anchors. That is 45 KB; a sampling of 16 leaves four. No key keeps where in the post it stands: that the
alignment finds out from the texts.

A key of more than MOST_POSTS posts is template text that tells nothing and would cost most: it is FLOODED, has no list,
and is known only so that nobody takes it for a rare one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from detector import kernels
from detector.data import DetectorError
from detector.kernels import FLOODED, LISTED

# In an index of up to 50,000 posts a key that says nothing (see `search`) has fewer: there nothing is flooded.
MOST_POSTS = 1_000
_AT_A_TIME = 1 << 20  # keys that are read of a file


@dataclass(frozen=True)
class Packed:
    """`keys`, `places` and `lists` as above, the places in `lists` counted from its start."""

    keys: np.ndarray
    places: np.ndarray
    lists: np.ndarray

    @classmethod
    def of(cls, keys: np.ndarray, posts: np.ndarray, flooded: np.ndarray) -> Packed:
        """Pack postings: `keys` (uint64, sorted) and `posts` (uint32), ascending for each key. `flooded` (uint64,
        sorted) are keys to be FLOODED however few postings they have."""
        starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if keys.size else np.zeros(0, np.int64)
        counts = np.diff(np.append(starts, keys.size))
        distinct, places = keys[starts], posts[starts]
        too_many = counts > MOST_POSTS
        at = np.searchsorted(distinct, flooded)
        there = at < distinct.size
        there[there] = distinct[at[there]] == flooded[there]
        too_many[at[there]] = True
        listed = (counts > 1) & ~too_many
        room = np.where(listed, counts + 1, 0)
        begins = (np.cumsum(room) - room)[listed]
        lists = np.empty(int(room.sum()), np.uint32)
        body = np.ones(lists.size, bool)
        body[begins] = False
        lists[begins] = counts[listed]
        lists[body] = posts[np.repeat(listed, counts)]
        places[listed] = LISTED + begins
        places[too_many] = FLOODED
        if not there.all():
            distinct = np.insert(distinct, at[~there], flooded[~there])
            places = np.insert(places, at[~there], FLOODED)
        return cls(distinct, places, lists)

    def postings(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What was packed: a key and a post for each posting, sorted, and the flooded keys."""
        which, posts = kernels.unpack(self.places, self.lists)
        return self.keys[which], posts, self.keys[self.places == FLOODED]


class ArrayFile:
    """A one-dimensional array that is written part by part, as .npy. A context manager; whole when left."""

    def __init__(self, path: Path, dtype: type[np.generic]) -> None:
        self.size = 0
        self._dtype = np.dtype(dtype)
        self._file = path.open("xb")
        self._write_header()
        self._begin = self._file.tell()

    def append(self, values: np.ndarray) -> None:
        self._file.write(np.ascontiguousarray(values, self._dtype).data)
        self.size += values.size

    def __enter__(self) -> ArrayFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            if kind is None:
                self._file.seek(0)
                self._write_header()
                # numpy leaves room in its headers for arrays that grow.
                assert self._file.tell() == self._begin

    def _write_header(self) -> None:
        described = {"descr": self._dtype.str, "fortran_order": False, "shape": (self.size,)}
        np.lib.format.write_array_header_1_0(self._file, described)


def write_view(
    folder: Path, view: str, parts: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]], sizes: np.ndarray
) -> None:
    """Write the files of a view. Each of `parts` is what `Packed.of` takes, their keys go up. `sizes` (int64) are how
    many keys each post has that are not in the parts."""
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(ArrayFile(folder / f"{view}.{name}.npy", dtype))
            for name, dtype in (("keys", np.uint64), ("places", np.uint32), ("lists", np.uint32))
        }
        for keys, numbers, flooded in parts:
            packed = Packed.of(keys, numbers, flooded)
            sizes = sizes + np.bincount(numbers, minlength=sizes.size)
            if files["lists"].size + packed.lists.size >= FLOODED - LISTED:
                raise DetectorError(f"{folder.parent}: too many posts for one index; make two of them")
            in_list = (packed.places >= LISTED) & (packed.places != FLOODED)
            packed.places[in_list] += np.uint32(files["lists"].size)
            for name, file in files.items():
                file.append(getattr(packed, name))
    np.save(folder / f"{view}.sizes.npy", sizes.astype(np.uint32))
    _write_sieve(folder, view)


def _write_sieve(folder: Path, view: str) -> None:
    keys = np.load(folder / f"{view}.keys.npy", mmap_mode="r", allow_pickle=False)
    sieve = np.zeros(keys.size, np.uint8)
    for start in range(0, keys.size, _AT_A_TIME):
        kernels.sift_in(np.array(keys[start : start + _AT_A_TIME]), sieve)
    np.save(folder / f"{view}.sieve.npy", sieve)


def files_of(folder: Path) -> dict[str, list[object]]:
    """Bytes and SHA-256 of each of a segment's files, by name."""
    return {path.name: [path.stat().st_size, sha256(path)] for path in sorted(folder.iterdir())}


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
