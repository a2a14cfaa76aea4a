"""Segments: the immutable parts of a reference index on disk.

A segment is a folder of plain arrays, memory-mapped when opened:

    <view>.keys.npy    uint64, sorted, one entry a posting (a key shared by n posts stands n times)
    <view>.posts.npy   uint32, the posting's post, counted from 0 within the segment
    <view>.sizes.npy   uint32, keys of each post in this view
    identity.npy, address.npy   uint64, one a post
    offsets.npy        int64[posts + 1], where each record starts in records.bin
    records.bin        zlib-compressed JSON records: url, title, text, language
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from detector.data import IndexInvalid
from detector.posts import MOST_ADDRESS, MOST_TEXT, MOST_TITLE, Post
from detector.text import Tokens, tokenise
from detector.views import VIEWS
from detector.writing import to_disk

# What a manifest names; anything else might lead out of the index's folder.
SEGMENT = re.compile(r"segment-[0-9a-f]{12}")
_FILE = re.compile(r"\w+(\.\w+)+", re.ASCII)
KEY_SPACE = 1 << 64
# Of an unpacked record, in which a character takes up to twelve: what is longer was not written by this program.
MOST_RECORD_BYTES = 12 * (MOST_ADDRESS + MOST_TITLE + MOST_TEXT) + 1_000
# As much of it as has the address, which stands first.
_MOST_HEAD = 12 * MOST_ADDRESS + 1_000


def sampled_keys(tokens: Tokens, view: str, sampling: int) -> np.ndarray:
    """The distinct keys of a text in a view, sorted; only those in the lowest 1/`sampling` of the hash
    range (FracMinHash: containment among them is an unbiased estimate of containment among all)."""
    entry = VIEWS[view]
    keys = entry.shingles(tokens)
    rate = sampling * entry.thinning
    keys = np.sort(keys if rate <= 1 else keys[keys < np.uint64(KEY_SPACE // rate)])
    # np.unique, which would do, takes fifty times as long on 64-bit numbers.
    return keys[np.append(keys[1:] != keys[:-1], True)] if keys.size else keys


class SegmentWriter:
    """Collects posts in memory and writes them as one segment."""

    def __init__(self, sampling: int) -> None:
        self.sampling = sampling
        self._keys: dict[str, list[np.ndarray]] = {name: [] for name in VIEWS}
        self._records: list[bytes] = []
        self._identity: list[int] = []
        self._address: list[int] = []
        self._dropped: list[int] = []

    def __len__(self) -> int:
        return len(self._records)

    def post(self, number: int) -> Post:
        """The post of this number, counted from 0 as it was added."""
        return _post(zlib.decompress(self._records[number]))

    def drop(self, number: int) -> None:
        """Have the segment list a post as removed."""
        self._dropped.append(number)

    def add(self, post: Post) -> None:
        tokens = tokenise(post.text)
        for name in VIEWS:
            self._keys[name].append(sampled_keys(tokens, name, self.sampling))
        record = {"url": post.url, "title": post.title, "text": post.text, "language": post.language}
        # ASCII-escaped JSON carries lone surrogates, which UTF-8 could not.
        self._records.append(zlib.compress(json.dumps(record).encode("ascii"), 6))
        self._identity.append(post.identity)
        self._address.append(post.address)

    def thin(self, sampling: int) -> None:
        """Go over to a coarser sampling: what is kept is a subset of what was."""
        self.sampling = sampling
        for name, kept in self._keys.items():
            rate = sampling * VIEWS[name].thinning
            if rate > 1:
                bound = np.uint64(KEY_SPACE // rate)
                self._keys[name] = [keys[: np.searchsorted(keys, bound)].copy() for keys in kept]

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the segment; returns its manifest entry (name, posts, bytes and SHA-256 of each file)."""
        folder.mkdir(parents=True)
        for name, per_post in self._keys.items():
            sizes = np.array([keys.size for keys in per_post], dtype=np.uint32)
            keys = np.concatenate(per_post) if per_post else np.empty(0, np.uint64)
            posts = np.repeat(np.arange(len(per_post), dtype=np.uint32), sizes)
            order = np.argsort(keys, kind="stable")
            np.save(folder / f"{name}.keys.npy", keys[order])
            np.save(folder / f"{name}.posts.npy", posts[order])
            np.save(folder / f"{name}.sizes.npy", sizes)
        np.save(folder / "identity.npy", np.array(self._identity, dtype=np.uint64))
        np.save(folder / "address.npy", np.array(self._address, dtype=np.uint64))
        lengths = np.fromiter((len(record) for record in self._records), np.int64, len(self._records))
        np.save(folder / "offsets.npy", np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))
        (folder / "records.bin").write_bytes(b"".join(self._records))
        for path in (*folder.iterdir(), folder):
            to_disk(path)
        files = {path.name: [path.stat().st_size, sha256(path)] for path in sorted(folder.iterdir())}
        return {"name": folder.name, "posts": len(self), "removed": sorted(self._dropped), "files": files}


def _post(record: bytes) -> Post:
    """Raises ValueError, TypeError and KeyError for what is no record."""
    values = json.loads(record)
    return Post(*(str(values[key]) for key in ("url", "title", "text", "language")))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Segment:
    """An opened segment. Arrays are mapped, not read; `base` is its first post's number in the index.

    Raises IndexInvalid when a file is missing or not of the size that the manifest names, ValueError when the manifest
    names what no segment is called.
    """

    def __init__(self, folder: Path, entry: dict[str, Any], base: int) -> None:
        self.folder = folder
        self.base = base
        if not SEGMENT.fullmatch(entry["name"]) or not all(map(_FILE.fullmatch, entry["files"])):
            raise ValueError("a name that leads elsewhere")
        self.posts = int(entry["posts"])
        self.removed = np.array(entry["removed"], dtype=np.int64)
        if ((self.removed < 0) | (self.removed >= self.posts)).any():
            raise ValueError("removed")
        for name, (size, _) in entry["files"].items():
            path = folder / name
            if not path.is_file() or path.stat().st_size != size:
                raise IndexInvalid(f"{folder.parent}: {folder.name}/{name} is missing or cut off; build the index anew")
        try:
            # By view, in the order of VIEWS.
            self.keys = tuple(self._map(f"{name}.keys.npy", np.uint64) for name in VIEWS)
            self.postings = tuple(
                self._map(f"{name}.posts.npy", np.uint32, keys.size)
                for name, keys in zip(VIEWS, self.keys, strict=True)
            )
            self.sizes = tuple(self._map(f"{name}.sizes.npy", np.uint32, self.posts) for name in VIEWS)
            self.identity = self._map("identity.npy", np.uint64, self.posts)
            self.address = self._map("address.npy", np.uint64, self.posts)
            self._offsets = self._map("offsets.npy", np.int64, self.posts + 1)
            records = folder / "records.bin"
            self._records = np.memmap(records, np.uint8, "r") if records.stat().st_size else np.empty(0, np.uint8)
        except (OSError, ValueError) as error:
            raise IndexInvalid(f"{folder.parent}: {folder.name} is damaged ({error}); build the index anew") from error

    def _map(self, name: str, dtype: type[np.generic], size: int | None = None) -> np.ndarray:
        # A plain view of the map: np.memmap's own indexing costs ten times as much.
        array = np.asarray(np.load(self.folder / name, mmap_mode="r", allow_pickle=False))
        if array.dtype != dtype or array.ndim != 1 or array.size != (array.size if size is None else size):
            raise ValueError(f"{name} is not what the others need")
        return array

    def post(self, number: int) -> Post:
        """The post of this number within the segment. Raises IndexInvalid when its record is damaged."""
        try:
            return _post(self._unpacked(number, MOST_RECORD_BYTES))
        except (zlib.error, ValueError, TypeError, KeyError) as error:
            raise self._damaged() from error

    def url(self, number: int) -> str:
        """The address of the post of this number, sooner than by `post`. Raises IndexInvalid when its record is
        damaged."""
        try:
            head = self._unpacked(number, _MOST_HEAD).decode("ascii")
            return str(json.JSONDecoder().raw_decode(head, head.index(":") + 2)[0])
        except (zlib.error, ValueError) as error:
            raise self._damaged() from error

    def _unpacked(self, number: int, most: int) -> bytes:
        start, end = int(self._offsets[number]), int(self._offsets[number + 1])
        return zlib.decompressobj().decompress(self._records[start:end].tobytes(), most)

    def _damaged(self) -> IndexInvalid:
        return IndexInvalid(f"{self.folder.parent}: a record of {self.folder.name} is damaged; build anew")


def damaged_files(folder: Path, entries: Iterable[dict[str, Any]]) -> list[str]:
    """Files whose SHA-256 is not the manifest's; reads everything."""
    return [
        f"{entry['name']}/{name}"
        for entry in entries
        for name, (_, digest) in entry["files"].items()
        if sha256(folder / entry["name"] / name) != digest
    ]
