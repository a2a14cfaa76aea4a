"""Several segments -> one: which to merge, and how, in bounded memory.

A text is asked of every segment in turn, so there must be few, also after many additions of a few posts each. Merging
goes through the keys in stretches of the hash range, so that it needs the same memory for any number of posts.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector import kernels
from detector.data import IndexInvalid
from detector.postings import ArrayFile, Packed, files_of, write_view
from detector.sampling import KEY_SPACE, bound
from detector.segments import Segment
from detector.views import VIEWS

# A segment has at least so many times the posts of all that come after it: of a million posts there are at most nine
# segments, and adding posts one by one writes each some twenty times.
TIMES_THE_REST = 4
# Keys that are merged at a time: some 300 MB.
STRETCH = 1 << 22


def first_to_merge(posts: Sequence[int]) -> int:
    """The segments from this one on are to be one, given how many posts each has; the last when all is well.

    >>> first_to_merge([1000, 100]), first_to_merge([1000, 100, 30]), first_to_merge([1000, 240, 30, 8, 7])
    (1, 1, 0)
    """
    first = max(0, len(posts) - 1)
    rest = 0
    for at in range(len(posts) - 1, -1, -1):
        if posts[at] < TIMES_THE_REST * rest:
            first = at
        rest += posts[at]
    return first


def merge(segments: Sequence[Segment], samplings: Sequence[int], folder: Path, sampling: int) -> dict[str, Any]:
    """Write one segment with the posts of several, in their order, without those that are removed and without the keys
    that `sampling`, not finer than those of the segments, leaves out. Returns its manifest entry."""
    folder.mkdir(parents=True)
    numbers = list(_new_numbers(segments))
    posts = sum(segment.living for segment in segments)
    for view in VIEWS:
        # Mapped anew, so that they are let go when the view is done.
        maps = [_Maps.of(segment, view) for segment in segments]
        flooded = [
            part.flooded_by_post(sampling / old if VIEWS[view].thinning else 1)
            for part, old in zip(maps, samplings, strict=True)
        ]
        sizes = np.concatenate(flooded)[np.concatenate(numbers) >= 0]
        write_view(folder, view, _stretches(maps, bound(view, sampling), numbers), sizes)
    for name in ("identity", "address"):
        living = [getattr(segment, name)[new >= 0] for segment, new in zip(segments, numbers, strict=True)]
        np.save(folder / f"{name}.npy", np.concatenate(living))
    _copy_records(segments, numbers, folder)
    return {"name": folder.name, "posts": posts, "removed": [], "files": files_of(folder)}


def _new_numbers(segments: Sequence[Segment]) -> Iterator[np.ndarray]:
    """For every segment the number of each of its posts in the merged one, -1 for those removed (int64[posts])."""
    base = 0
    for segment in segments:
        alive = np.ones(segment.posts, bool)
        alive[segment.removed] = False
        yield np.where(alive, base + np.cumsum(alive) - 1, -1)
        base += segment.living


@dataclass(frozen=True)
class _Maps:
    """The files of a view of a segment, mapped; see `detector.postings`."""

    keys: np.ndarray
    places: np.ndarray
    lists: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, segment: Segment, view: str) -> _Maps:
        names = (("keys", np.uint64), ("places", np.uint32), ("lists", np.uint32), ("sizes", np.uint32))
        return cls(*(segment.map(f"{view}.{name}.npy", dtype) for name, dtype in names))

    def flooded_by_post(self, coarser: float) -> np.ndarray:
        """How many keys of each post are flooded (int64), of those that a sampling so many times coarser keeps: about
        as many, since which these are is not known any more."""
        listed = kernels.keys_by_post(self.places, self.lists, self.sizes.size)
        return np.rint(np.maximum(self.sizes - listed, 0) / coarser).astype(np.int64)


def _stretches(
    maps: Sequence[_Maps], below: np.uint64 | None, numbers: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The merged postings of a view, by ascending keys: what `write_view` takes. Keys from `below` on are left out,
    `numbers` are what `_new_numbers` gives."""
    last = KEY_SPACE if below is None else int(below)
    count = 1 + sum(part.keys.size + part.lists.size for part in maps) // STRETCH
    edges = np.array([last // count * step for step in range(1, count)], np.uint64)
    ends = [part.keys.size if below is None else int(np.searchsorted(part.keys, below)) for part in maps]
    cuts = [[0, *np.searchsorted(part.keys, edges).tolist(), end] for part, end in zip(maps, ends, strict=True)]
    for step in range(count):
        found = []
        for part, cut, new in zip(maps, cuts, numbers, strict=True):
            stretch = slice(cut[step], cut[step + 1])
            keys, posts, flooded = Packed(part.keys[stretch], part.places[stretch], part.lists).postings()
            # A forged index may name posts that there are not.
            posts = new[np.minimum(posts, new.size - 1)]
            found.append((keys[posts >= 0], posts[posts >= 0].astype(np.uint32), flooded))
        merged, posts, flooded = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        order = np.argsort(merged, kind="stable")
        yield merged[order], posts[order], np.unique(flooded)


def _copy_records(segments: Sequence[Segment], numbers: Sequence[np.ndarray], folder: Path) -> None:
    begin = 0
    with (folder / "records.bin").open("xb") as file, ArrayFile(folder / "offsets.npy", np.int64) as offsets:
        for segment, new in zip(segments, numbers, strict=True):
            starts, ends = segment.offsets[:-1], segment.offsets[1:]
            if segment.offsets[0] != 0 or (starts > ends).any() or ends[-1] != segment.records.stat().st_size:
                raise IndexInvalid(
                    f"{folder.parent}: {segment.folder.name}/offsets.npy is damaged; build the index anew"
                )
            lengths = (ends - starts)[new >= 0]
            offsets.append(begin + np.cumsum(lengths) - lengths)
            begin += int(lengths.sum())
            with segment.records.open("rb") as records:
                if not segment.removed.size:
                    shutil.copyfileobj(records, file, 1 << 20)
                    continue
                for number in np.flatnonzero(new >= 0).tolist():
                    records.seek(int(segment.offsets[number]))
                    file.write(records.read(int(segment.offsets[number + 1] - segment.offsets[number])))
        offsets.append(np.array([begin]))
