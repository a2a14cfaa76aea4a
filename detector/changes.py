"""Changing a reference index on the disk: adding posts, removing them, merging segments, all or nothing.

    with changing(path) as change:
        change.remove(urls)
        change.save()

Adding writes one more segment and merges those that have become too many, removing lists posts as removed, building
anew writes other segments; all end with an atomic replacement of the manifest, so that readers in other processes see
the old state or the new one, as they do when a writer is killed. Writers wait for each other, start from what the one
before left, and take away what it left half-written.

Up to 5,000 posts every key is kept; as an index grows beyond, fewer of them are (see `detector.sampling`): all segments
are merged anew then.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from detector.contents import Contents
from detector.data import DetectorError, Page
from detector.fingerprints import Fingerprint, Known, fingerprints
from detector.manifest import LOCK, clear_up, save_manifest
from detector.merging import first_to_merge, merge
from detector.sampling import sampling_for
from detector.segments import SegmentWriter
from detector.versions import Versions, is_part
from detector.writing import locked, to_disk

# Posts are collected in memory up to so many bytes of keys and records, and written as a segment then: numpy needs as
# much again to sort them.
BYTES_A_SEGMENT = 400_000_000


class Remarks(NamedTuple):
    """What is to be told of the posts that are added; see `ReferenceIndex.build`."""

    problems: list[str]
    notes: list[str]
    parts: list[str]


@contextmanager
def changing(path: Path) -> Iterator[Change]:
    """Change an index, alone and from what is on the disk now; what is not saved leaves nothing there. Raises
    DetectorError when it cannot be written or others write for too long, IndexInvalid as `Contents.read` does."""
    with _told(path), locked(path / LOCK), _cleared_up(Change(Contents.read(path))) as change:
        yield change


@contextmanager
def building(path: Path, sampling: int | None) -> Iterator[Change]:
    """Make an index of no posts, beside what is there, which stays until the new one is saved; errors as in
    `changing`."""
    with _told(path):
        path.mkdir(exist_ok=True)
        with locked(path / LOCK), _cleared_up(Change(Contents.new(path, sampling))) as change:
            yield change


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DetectorError(f"{path}: cannot be written ({error.strerror or error})") from error


@contextmanager
def _cleared_up(change: Change) -> Iterator[Change]:
    try:
        yield change
    finally:
        clear_up(change.contents.path)


class Change:
    """The one change that is being made to an index: `contents` are what it will hold once this is saved."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self._saved = {segment.folder for segment in contents.segments}

    def add(
        self, pages: Iterable[Page], remarks: Remarks, jobs: int = 1, progress: Callable[[int], None] | None = None
    ) -> int:
        """Add posts as new segments, as told in `ReferenceIndex.add`. Returns how many there are that were not."""
        contents = self.contents
        known = Known(contents.identities())
        writer = SegmentWriter(contents.sampling)
        versions = Versions(contents.segments)
        before = contents.size
        for read, given in enumerate(self._fingerprints(pages, known, remarks, jobs), start=1):
            if progress:
                progress(read)
            if given is None or given.identity in known:
                continue
            known.add(given.identity)
            post = self._longest(given, versions, writer, remarks)
            if post is None:
                continue
            known.add(post.identity)
            versions.add(post, contents.size + len(writer))
            contents.count_host(post.url, 1)
            writer.add(post)
            posts = len(contents) + len(writer) - len(versions.dropped)
            if not contents.manifest["sampling_fixed"]:
                writer.sampling = contents.manifest["sampling"] = max(writer.sampling, sampling_for(posts))
            if writer.bytes >= BYTES_A_SEGMENT:
                self._write(writer)
                contents.take_out(versions.dropped)
                writer = SegmentWriter(contents.sampling)
                versions = Versions(contents.segments)
        if len(writer):
            self._write(writer)
        contents.take_out(versions.dropped)
        return sum(segment.living for segment in contents.segments if segment.base >= before)

    def _fingerprints(
        self, pages: Iterable[Page], known: Known, remarks: Remarks, jobs: int
    ) -> Iterator[Fingerprint | None]:
        """Of every post that can be used what the index keeps, None of one that is known to be there."""
        # The sampling rises while posts are read.
        for found in fingerprints(pages, known, lambda: self.contents.sampling, jobs):
            if isinstance(found, str):
                remarks.problems.append(found)
                continue
            if found is not None and found.note:
                remarks.notes.append(f"{found.url}: {found.note}")
            yield found

    def _longest(
        self, post: Fingerprint, versions: Versions, writer: SegmentWriter, remarks: Remarks
    ) -> Fingerprint | None:
        """The post, under the address that it has already if its text is longer than one there, which is dropped;
        None when its text is part of one that is there."""
        contents = self.contents
        numbers = versions.of(post)
        text = post.post().text if numbers else ""
        for number in numbers:
            there = writer.post(number - contents.size) if number >= contents.size else contents.post(number)
            if is_part(text, there.text):
                if text != there.text:
                    remarks.parts.append(post.url)
                return None
            if is_part(there.text, text):
                remarks.parts.append(there.url)
                contents.count_host(there.url, -1)
                versions.drop(post, number)
                post = post.at(there.url)
        return post

    def _write(self, writer: SegmentWriter) -> None:
        self.contents.take_in(writer.write(self._new_folder()), writer.sampling)

    def remove(self, urls: Iterable[str]) -> int:
        """Take out every version of the posts of these addresses; returns how many posts that were."""
        numbers = self.contents.at(urls)
        for number in numbers:
            self.contents.count_host(self.contents.post(number).url, -1)
        self.contents.take_out(numbers)
        return len(numbers)

    def merge_overdue(self) -> None:
        """Merge the segments that are too many, mostly removed, or keep too many keys."""
        contents = self.contents
        overdue = [
            at
            for at, (segment, entry) in enumerate(zip(contents.segments, contents.manifest["segments"], strict=True))
            if segment.removed.size > segment.living or entry["sampling"] != contents.sampling
        ]
        self.merge(min([*overdue, first_to_merge([segment.living for segment in contents.segments])]))

    def merge(self, first: int = 0) -> None:
        """Make one segment of those from `first` on, unless they are one already."""
        contents, sampling = self.contents, self.contents.sampling
        merged = contents.segments[first:]
        samplings = [entry["sampling"] for entry in contents.manifest["segments"][first:]]
        coarser = any(old != sampling for old in samplings)
        if len(merged) < 2 and not coarser and not any(segment.removed.size > segment.living for segment in merged):
            return
        entry = merge(merged, samplings, self._new_folder(), sampling)
        contents.cut_off(first)
        if entry["posts"]:
            contents.take_in(entry, sampling)

    def _new_folder(self) -> Path:
        return self.contents.path / f"segment-{uuid.uuid4().hex[:12]}"

    def save(self) -> None:
        """Put it on the disk."""
        # Only what stays: most segments that are written are merged at once.
        folders = {segment.folder for segment in self.contents.segments}
        for folder in folders - self._saved:
            for path in (*folder.iterdir(), folder):
                to_disk(path)
        self._saved = folders
        save_manifest(self.contents.path, self.contents.manifest)
