"""What a reference index holds at one moment: its manifest and the segments that this names, opened.

Changes are made to contents of one's own (see `detector.changes`), so that whoever reads others never sees half of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from detector.data import IndexInvalid
from detector.manifest import accounts, check_manifest, count_host, made_by, read_manifest
from detector.posts import Post, address_hash
from detector.segments import Segment


class Contents:
    """The posts of an index by number: those of its `segments` one after the other, removed ones too. `hosts` are the
    accounts by host. Raises IndexInvalid when the manifest, or a segment, is damaged."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest
        self.segments: list[Segment] = []
        try:
            check_manifest(manifest)
            self.hosts = {host: accounts(posts) for host, posts in manifest["hosts"].items()}
            for entry in manifest["segments"]:
                self.segments.append(Segment(path / entry["name"], entry, self.size))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise IndexInvalid(f"{path}: manifest.json is damaged; build the index anew") from error

    @classmethod
    def new(cls, path: Path, sampling: int | None) -> Contents:
        """Of no posts; `sampling` as in `ReferenceIndex.build`."""
        chosen = {"sampling": sampling or 1, "sampling_fixed": sampling is not None}
        return cls(path, {**made_by(), **chosen, "segments": [], "hosts": {}})

    @classmethod
    def read(cls, path: Path) -> Contents:
        """Those on the disk, for whoever holds the lock. Raises IndexInvalid when they are missing, damaged or of
        another version."""
        return cls(path, read_manifest(path))

    @classmethod
    def open(cls, path: Path) -> Contents:
        """As `read`, beside writers."""
        manifest = read_manifest(path)
        while True:
            try:
                return cls(path, manifest)
            except IndexInvalid:
                # A writer may have merged the segments, and taken them away, in between.
                before, manifest = manifest, read_manifest(path)
                if manifest == before:
                    raise

    # -- asking ---------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many posts there are, with those that are removed: the number of the next one."""
        return sum(segment.posts for segment in self.segments)

    @property
    def sampling(self) -> int:
        return int(self.manifest["sampling"])

    def __len__(self) -> int:
        return sum(segment.living for segment in self.segments)

    def __contains__(self, url: str) -> bool:
        wanted = np.uint64(address_hash(url))
        return any(bool((_living(segment, segment.address) == wanted).any()) for segment in self.segments)

    def identities(self) -> list[np.ndarray]:
        """Of the posts that are not removed, by segment (uint64)."""
        return [_living(segment, segment.identity) for segment in self.segments]

    def at(self, urls: Iterable[str]) -> list[int]:
        """The numbers of all posts of these addresses that are not removed."""
        wanted = np.array([address_hash(url) for url in urls], dtype=np.uint64)
        found = [
            segment.base + np.setdiff1d(np.flatnonzero(np.isin(segment.address, wanted)), segment.removed)
            for segment in self.segments
        ]
        return [number for part in found for number in part.tolist()]

    def post(self, number: int) -> Post:
        segment = self._segment_of(number)
        return segment.post(number - segment.base)

    def heading(self, number: int) -> tuple[str, str]:
        """Address and title of the post with this number."""
        segment = self._segment_of(number)
        return segment.heading(number - segment.base)

    def _segment_of(self, number: int) -> Segment:
        for segment in self.segments:
            if number < segment.base + segment.posts:
                return segment
        raise IndexError(number)

    # -- changing, in memory --------------------------------------------------------------------

    def take_out(self, numbers: Iterable[int]) -> None:
        """List posts as removed."""
        gone = np.array(list(numbers), np.int64)
        for segment, entry in zip(self.segments, self.manifest["segments"], strict=True):
            within = gone - segment.base
            within = within[(within >= 0) & (within < segment.posts)]
            segment.removed = np.union1d(segment.removed, within)
            entry["removed"] = segment.removed.tolist()

    def take_in(self, entry: dict[str, Any], sampling: int) -> None:
        """Add a segment that was written, of this manifest entry, with its keys at this sampling."""
        self.segments.append(Segment(self.path / entry["name"], entry, self.size))
        self.manifest["segments"].append({**entry, "sampling": sampling})

    def cut_off(self, first: int) -> None:
        """Let go of the segments from this one on."""
        del self.segments[first:], self.manifest["segments"][first:]

    def count_host(self, url: str, posts: int) -> None:
        """Note `posts` more (or fewer) posts of the host and account of an address."""
        host = count_host(self.manifest["hosts"], url, posts)
        if host in self.manifest["hosts"]:
            self.hosts[host] = accounts(self.manifest["hosts"][host])
        else:
            self.hosts.pop(host, None)


def _living(segment: Segment, values: np.ndarray) -> np.ndarray:
    return np.delete(values, segment.removed) if segment.removed.size else values
