"""Segments: the immutable parts of a reference index on disk.

A segment is a folder of plain arrays, memory-mapped when opened:

    <view>.keys.npy, .places.npy, .lists.npy, .sieve.npy    keys and postings, see `detector.postings`; a post's number
                                                            is counted from 0 within the segment
    <view>.sizes.npy   uint32, keys of each post in this view, FLOODED ones too
    identity.npy, address.npy   uint64, one a post
    offsets.npy        int64[posts + 1], where each record starts in records.bin
    records.bin        zlib-compressed JSON records: url, title, text, language
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from detector.data import IndexInvalid
from detector.fingerprints import Fingerprint, heading_of_record, post_of_record
from detector.postings import files_of, sha256, write_view
from detector.posts import Post
from detector.sampling import thinned
from detector.views import VIEWS

T = TypeVar("T")


class SegmentWriter:
    """Collects posts in memory and writes them as one segment. `bytes` is what they take."""

    def __init__(self, sampling: int) -> None:
        self.sampling = sampling
        self.bytes = 0
        self._posts: list[Fingerprint] = []

    def __len__(self) -> int:
        return len(self._posts)

    def add(self, post: Fingerprint) -> None:
        self._posts.append(post)
        self.bytes += len(post.record) + 8 * sum(map(len, post.keys))

    def post(self, number: int) -> Post:
        """The post of this number, counted from 0 as it was added."""
        return self._posts[number].post()

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the segment; returns its manifest entry (name, posts, bytes and SHA-256 of each file)."""
        folder.mkdir(parents=True)
        for at, view in enumerate(VIEWS):
            per_post = [
                post.keys[at] if post.sampling == self.sampling else thinned(post.keys[at], view, self.sampling)
                for post in self._posts
            ]
            keys = np.concatenate(per_post)
            numbers = np.repeat(np.arange(len(self), dtype=np.uint32), [part.size for part in per_post])
            order = np.argsort(keys, kind="stable")
            parts = [(keys[order], numbers[order], np.zeros(0, np.uint64))]
            write_view(folder, view, parts, np.zeros(len(self), np.int64))
        np.save(folder / "identity.npy", np.array([post.identity for post in self._posts], np.uint64))
        np.save(folder / "address.npy", np.array([post.address for post in self._posts], np.uint64))
        np.save(folder / "offsets.npy", np.cumsum([0, *(len(post.record) for post in self._posts)], dtype=np.int64))
        with (folder / "records.bin").open("xb") as file:
            file.writelines(post.record for post in self._posts)
        return {"name": folder.name, "posts": len(self), "removed": [], "files": files_of(folder)}


class Segment:
    """An opened segment. Arrays are mapped, not read; `base` is its first post's number in the index.

    `entry` is of a manifest that was checked (see `manifest.check_manifest`). Raises IndexInvalid when a file is
    missing or not of the size that it names.
    """

    def __init__(self, folder: Path, entry: dict[str, Any], base: int) -> None:
        self.folder = folder
        self.base = base
        self.posts: int = entry["posts"]
        self.removed = np.array(entry["removed"], dtype=np.int64)
        for name, (size, _) in entry["files"].items():
            path = folder / name
            if not path.is_file() or path.stat().st_size != size:
                raise IndexInvalid(f"{folder.parent}: {folder.name}/{name} is missing or cut off; build the index anew")
        try:
            # By view, in the order of VIEWS.
            self.keys = tuple(self.map(f"{view}.keys.npy", np.uint64) for view in VIEWS)
            sizes = {view: keys.size for view, keys in zip(VIEWS, self.keys, strict=True)}
            self.places = tuple(self.map(f"{view}.places.npy", np.uint32, size) for view, size in sizes.items())
            self.sieves = tuple(self.map(f"{view}.sieve.npy", np.uint8, size) for view, size in sizes.items())
            self.lists = tuple(self.map(f"{view}.lists.npy", np.uint32) for view in VIEWS)
            self.sizes = tuple(self.map(f"{view}.sizes.npy", np.uint32, self.posts) for view in VIEWS)
            self.identity = self.map("identity.npy", np.uint64, self.posts)
            self.address = self.map("address.npy", np.uint64, self.posts)
            self.offsets = self.map("offsets.npy", np.int64, self.posts + 1)
            self.records = folder / "records.bin"
            packed = self.records.stat().st_size
            self._records = np.memmap(self.records, np.uint8, "r") if packed else np.empty(0, np.uint8)
        except Exception as error:  # what numpy makes of a damaged header may end in any
            said = str(error).partition("\n")[0]
            raise IndexInvalid(f"{folder.parent}: {folder.name} is damaged ({said}); build the index anew") from error

    def map(self, name: str, dtype: type[np.generic], size: int | None = None) -> np.ndarray:
        """One of its arrays. Raises ValueError when it has another type, or another size than given."""
        # A plain view of the map: np.memmap's own indexing costs ten times as much.
        array = np.asarray(np.load(self.folder / name, mmap_mode="r", allow_pickle=False))
        if array.dtype != dtype or array.ndim != 1 or array.size != (array.size if size is None else size):
            raise ValueError(f"{name} is not what the others need")
        return array

    @property
    def living(self) -> int:
        """How many of its posts are not removed."""
        return self.posts - self.removed.size

    def post(self, number: int) -> Post:
        """The post of this number within the segment. Raises IndexInvalid when its record is damaged."""
        return self._read(number, post_of_record)

    def heading(self, number: int) -> tuple[str, str]:
        """Address and title of a post, in a tenth of the time. Raises IndexInvalid when its record is damaged."""
        return self._read(number, heading_of_record)

    def _read(self, number: int, reader: Callable[[bytes], T]) -> T:
        start, end = int(self.offsets[number]), int(self.offsets[number + 1])
        try:
            return reader(self._records[start:end].tobytes())
        except ValueError as error:
            raise IndexInvalid(
                f"{self.folder.parent}: a record of {self.folder.name} is damaged; build anew"
            ) from error


def damaged_files(folder: Path, entries: Iterable[dict[str, Any]]) -> list[str]:
    """Files that cannot be read, or whose SHA-256 is not the manifest's; reads everything."""
    return [
        f"{entry['name']}/{name}"
        for entry in entries
        for name, (_, digest) in entry["files"].items()
        if not _is_as_written(folder / entry["name"] / name, digest)
    ]


def _is_as_written(file: Path, digest: str) -> bool:
    try:
        return sha256(file) == digest
    except OSError:
        return False
