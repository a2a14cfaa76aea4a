"""The reference index: the official posts, on disk, memory-mapped.

    index = ReferenceIndex.build("official.index", read_pages("posts.jsonl"))
    index.query("text of a page")          # the likeliest sources, best first

An index is a folder: `manifest.json` names its segments (see `detector.segments`), which never change.
Adding writes one more segment and merges those that have become too many, removing lists posts as removed, building
anew writes other segments; all end with an atomic replacement of the manifest, so that readers in other processes see
the old state or the new one, as they do when a writer is killed. Writers wait for each other, start from what the one
before left, and take away what it left half-written.

Up to 5,000 posts every key is kept; as an index grows beyond, fewer of them are (see `detector.sampling`): all segments
are merged anew then.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from detector.data import DetectorError, IndexInvalid, Page, UsageError
from detector.fingerprints import Fingerprint, Known, fingerprints
from detector.manifest import (
    LOCK,
    PART,
    SEGMENT,
    accounts,
    check_manifest,
    count_host,
    is_unfinished,
    made_by,
    named_segments,
    read_manifest,
    save_manifest,
)
from detector.merging import first_to_merge, merge
from detector.posts import Post, address_hash
from detector.sampling import sampling_for
from detector.search import Candidate, candidates, keys_of
from detector.segments import Segment, SegmentWriter, damaged_files
from detector.text import Tokens, tokenise
from detector.versions import Versions, is_part
from detector.views import VIEWS
from detector.writing import locked, to_disk

# Posts are collected in memory up to so many bytes of keys and records, and written as a segment then: numpy needs as
# much again to sort them.
BYTES_A_SEGMENT = 400_000_000


def _why_empty(problems: list[str]) -> str:
    if not problems:
        return "no posts found"
    more = f"; and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"none of the posts can be used ({problems[0]}{more})"


def _new_name() -> str:
    return f"segment-{uuid.uuid4().hex[:12]}"


class ReferenceIndex:
    """An opened index; see the module's text. Reading and writing are safe from many processes."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.parts: list[str] = []
        self._take(manifest)

    def _take(self, manifest: dict[str, Any]) -> None:
        """Go over to the state that a manifest tells of. Raises IndexInvalid when it, or a segment, is damaged."""
        segments: list[Segment] = []
        try:
            check_manifest(manifest)
            hosts = {host: accounts(posts) for host, posts in manifest["hosts"].items()}
            for entry in manifest["segments"]:
                base = segments[-1].base + segments[-1].posts if segments else 0
                segments.append(Segment(self.path / entry["name"], entry, base))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise IndexInvalid(f"{self.path}: manifest.json is damaged; build the index anew") from error
        self._manifest = manifest
        self._segments = segments
        self._saved = {segment.folder for segment in segments}
        self.hosts: dict[str, frozenset[str]] = hosts

    # -- opening and changing -------------------------------------------------------------------

    @classmethod
    def open(cls, path: str | Path) -> ReferenceIndex:
        """Open an index. Raises IndexInvalid when it is missing, damaged or of another version."""
        path = Path(path)
        manifest = read_manifest(path)
        while True:
            try:
                return cls(path, manifest)
            except IndexInvalid:
                # A writer may have merged the segments, and taken them away, in between.
                before, manifest = manifest, read_manifest(path)
                if manifest == before:
                    raise

    @classmethod
    def build(
        cls,
        path: str | Path,
        pages: Iterable[Page],
        *,
        sampling: int | None = None,
        jobs: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> ReferenceIndex:
        """Make an index of the posts in `pages`, replacing one that is there.

        `sampling` keeps one key in so many, now and whatever is added (None: chosen from the number of posts); `jobs`
        are the processes that read posts (-1: one for each core); `progress` is called with the number of posts read.
        Posts that cannot be used are listed in `.problems`, those of which only a part can in `.notes`, addresses that
        had two texts of which the longer is kept in `.parts`.
        Raises UsageError when not one can be used, so that a wrong path does not cost the index that is there, and for
        a `sampling` below 1;
        IndexInvalid when `path` is something else than an index, DetectorError when it cannot be written, as
        where its folder is missing.
        """
        if sampling is not None and sampling < 1:
            raise UsageError(f"one key in {sampling} cannot be kept: a sampling is at least 1")
        path = Path(os.path.realpath(path))
        if path.exists() and not (path / "manifest.json").is_file() and not is_unfinished(path):
            raise IndexInvalid(f"{path}: is there already and is not an index")
        try:
            path.mkdir(exist_ok=True)
            with locked(path / LOCK):
                # Beside what is there, which stays until the new manifest is in the place of the old one.
                chosen = {"sampling": sampling or 1, "sampling_fixed": sampling is not None}
                index = cls(path, {**made_by(), **chosen, "segments": [], "hosts": {}})
                try:
                    index._append(pages, jobs, progress)
                    if not len(index):
                        raise UsageError(f"{path}: not written, {_why_empty(index.problems)}")
                    index._merge(0)
                    index._save()
                finally:
                    index._clear_up()
        except OSError as error:
            raise DetectorError(f"{path}: cannot be written ({error.strerror or error})") from error
        built = cls.open(path)
        built.problems, built.notes, built.parts = index.problems, index.notes, index.parts
        return built

    def add(self, pages: Iterable[Page], *, jobs: int = 1, progress: Callable[[int], None] | None = None) -> int:
        """Add posts; one that is there with the same address and text is passed over. Returns how many
        were added. Of a known address whose text is part of the other (see `detector.versions`) the longer is kept,
        and the address listed in `.parts`; with another text it is kept as a second version. `jobs` and `progress` as
        in `build`."""
        with self._changing():
            added = self._append(pages, jobs, progress)
            self._merge(self._first_to_merge())
            return added

    def remove(self, urls: Iterable[str]) -> int:
        """Take out every version of the posts of these addresses, of which scheme, `www.`, a slash at the end,
        fragment and tracking parameters do not count; returns how many posts that were."""
        wanted = np.array([address_hash(url) for url in urls], dtype=np.uint64)
        with self._changing():
            found = [
                segment.base + np.setdiff1d(np.flatnonzero(np.isin(segment.address, wanted)), segment.removed)
                for segment in self._segments
            ]
            numbers = [number for part in found for number in part.tolist()]
            for number in numbers:
                self._count_host(self.post(number).url, -1)
            self._take_out(numbers)
        return len(numbers)

    def _take_out(self, numbers: list[int]) -> None:
        """List posts as removed."""
        for segment, entry in zip(self._segments, self._manifest["segments"], strict=True):
            within = np.array(numbers, np.int64) - segment.base
            within = within[(within >= 0) & (within < segment.posts)]
            segment.removed = np.union1d(segment.removed, within)
            entry["removed"] = segment.removed.tolist()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Change the index, alone and from what is on the disk now, and save it. When that fails the index is as
        before, here and on the disk. Raises DetectorError when it cannot be written or others write for too long."""
        try:
            with locked(self.path / LOCK):
                self._take(read_manifest(self.path))
                try:
                    yield
                    self._save()
                except BaseException:
                    self._take(read_manifest(self.path))
                    raise
                finally:
                    self._clear_up()
        except OSError as error:
            raise DetectorError(f"{self.path}: cannot be written ({error.strerror or error})") from error

    def _clear_up(self) -> None:
        """Take away what a failed or killed writer left: segments that the manifest does not name, half a manifest."""
        # That on the disk: after a second interrupt what is here may still be what was not saved.
        named = named_segments(self.path)
        if named is None:
            return
        for path in self.path.iterdir():
            if SEGMENT.fullmatch(path.name) and path.name not in named:
                shutil.rmtree(path, ignore_errors=True)
            elif PART.fullmatch(path.name):
                path.unlink(missing_ok=True)
        if is_unfinished(self.path):
            # Here was no index before.
            shutil.rmtree(self.path, ignore_errors=True)

    @property
    def version(self) -> str:
        """Changes with every change of the index."""
        return hashlib.sha256(json.dumps(self._manifest).encode()).hexdigest()

    def info(self, *, verify: bool = False) -> dict[str, Any]:
        """Numbers about the index; `verify` reads everything and lists `damaged` files."""
        entries = self._manifest["segments"]
        total = sum(size for entry in entries for size, _ in entry["files"].values())
        texts = sum(entry["files"].get("records.bin", (0, ""))[0] for entry in entries)
        numbers: dict[str, Any] = {
            "path": str(self.path),
            "posts": len(self),
            "removed": self._size - len(self),
            "segments": len(entries),
            "sampling": self._manifest["sampling"],
            "views": list(VIEWS),
            "hosts": len(self.hosts),
            "bytes": total,
            "bytes_of_texts": texts,
        }
        if verify:
            numbers["damaged"] = self._damaged(entries)
        return numbers

    def _damaged(self, entries: list[dict[str, Any]]) -> list[str]:
        while damaged := damaged_files(self.path, entries):
            # A writer may have merged the segments, and taken them away, in between.
            before, entries = entries, ReferenceIndex.open(self.path)._manifest["segments"]
            if entries == before:
                break
        return damaged

    def _append(self, pages: Iterable[Page], jobs: int, progress: Callable[[int], None] | None) -> int:
        """Add posts as new segments. Returns how many there are that were not."""
        known = Known([self._living(segment, segment.identity) for segment in self._segments])
        writer = SegmentWriter(self._manifest["sampling"])
        versions = Versions(self._segments)
        before = self._size
        for read, given in enumerate(self._fingerprints(pages, known, jobs), start=1):
            if progress:
                progress(read)
            if given is None or given.identity in known:
                continue
            known.add(given.identity)
            post = self._longest(given, versions, writer)
            if post is None:
                continue
            known.add(post.identity)
            versions.add(post, self._size + len(writer))
            self._count_host(post.url, 1)
            writer.add(post)
            posts = len(self) + len(writer) - len(versions.dropped)
            if not self._manifest["sampling_fixed"]:
                writer.sampling = self._manifest["sampling"] = max(writer.sampling, sampling_for(posts))
            if writer.bytes >= BYTES_A_SEGMENT:
                self._write_segment(writer)
                self._take_out(versions.dropped)
                writer = SegmentWriter(self._manifest["sampling"])
                versions = Versions(self._segments)
        if len(writer):
            self._write_segment(writer)
        self._take_out(versions.dropped)
        return sum(segment.living for segment in self._segments if segment.base >= before)

    def _longest(self, post: Fingerprint, versions: Versions, writer: SegmentWriter) -> Fingerprint | None:
        """The post, under the address that it has already if its text is longer than one there, which is dropped;
        None when its text is part of one that is there."""
        numbers = versions.of(post)
        text = post.post().text if numbers else ""
        for number in numbers:
            there = writer.post(number - self._size) if number >= self._size else self.post(number)
            if is_part(text, there.text):
                self.parts += [post.url] * (text != there.text)
                return None
            if is_part(there.text, text):
                self.parts.append(there.url)
                self._count_host(there.url, -1)
                versions.drop(post, number)
                post = post.at(there.url)
        return post

    def _first_to_merge(self) -> int:
        """The segments from this one on are to be one: they are too many, mostly removed, or keep too many keys."""
        entries = self._manifest["segments"]
        overdue = [
            at
            for at, (segment, entry) in enumerate(zip(self._segments, entries, strict=True))
            if segment.removed.size > segment.living or entry["sampling"] != self._manifest["sampling"]
        ]
        return min([*overdue, first_to_merge([segment.living for segment in self._segments])])

    def _write_segment(self, writer: SegmentWriter) -> None:
        self._take_segment(self._size, writer.write(self.path / _new_name()), writer.sampling)

    def _merge(self, first: int) -> None:
        """Make one segment of those from `first` on, unless they are one already."""
        merged, sampling = self._segments[first:], self._manifest["sampling"]
        coarser = any(entry["sampling"] != sampling for entry in self._manifest["segments"][first:])
        if len(merged) < 2 and not coarser and not any(segment.removed.size > segment.living for segment in merged):
            return
        samplings = [entry["sampling"] for entry in self._manifest["segments"][first:]]
        entry = merge(merged, samplings, self.path / _new_name(), sampling)
        del self._segments[first:], self._manifest["segments"][first:]
        if entry["posts"]:
            self._take_segment(self._size, entry, sampling)

    def _take_segment(self, base: int, entry: dict[str, Any], sampling: int) -> None:
        self._segments.append(Segment(self.path / entry["name"], entry, base))
        self._manifest["segments"].append({**entry, "sampling": sampling})

    def _fingerprints(self, pages: Iterable[Page], known: Known, jobs: int) -> Iterator[Fingerprint | None]:
        """Of every post that can be used what the index keeps, None of one that is known to be there."""
        # The sampling rises while posts are read.
        for found in fingerprints(pages, known, lambda: self._manifest["sampling"], jobs):
            if isinstance(found, str):
                self.problems.append(found)
                continue
            if found is not None and found.note:
                self.notes.append(f"{found.url}: {found.note}")
            yield found

    def _count_host(self, url: str, posts: int) -> None:
        """Note `posts` more (or fewer) posts of the host and account of an address."""
        host = count_host(self._manifest["hosts"], url, posts)
        if host in self._manifest["hosts"]:
            self.hosts[host] = accounts(self._manifest["hosts"][host])
        else:
            self.hosts.pop(host, None)

    def _save(self) -> None:
        # Only what stays: most segments that are written are merged at once.
        for segment in self._segments:
            if segment.folder not in self._saved:
                for path in (*segment.folder.iterdir(), segment.folder):
                    to_disk(path)
        self._saved = {segment.folder for segment in self._segments}
        save_manifest(self.path, self._manifest)

    # -- asking ---------------------------------------------------------------------------------

    @property
    def _size(self) -> int:
        return sum(segment.posts for segment in self._segments)

    def __len__(self) -> int:
        return sum(segment.posts - segment.removed.size for segment in self._segments)

    def __contains__(self, url: str) -> bool:
        """Whether there is a post at this address; what does not count is as in `remove`."""
        wanted = np.uint64(address_hash(url))
        return any(bool((self._living(segment, segment.address) == wanted).any()) for segment in self._segments)

    @staticmethod
    def _living(segment: Segment, values: np.ndarray) -> np.ndarray:
        return np.delete(values, segment.removed) if segment.removed.size else values

    @property
    def sampling(self) -> int:
        """See `detector.sampling`."""
        return int(self._manifest["sampling"])

    def post(self, number: int) -> Post:
        """The post with this number (see `Candidate`)."""
        segment = self._segment_of(number)
        return segment.post(number - segment.base)

    def heading(self, number: int) -> tuple[str, str]:
        """Address and title of the post with this number."""
        segment = self._segment_of(number)
        return segment.heading(number - segment.base)

    def _segment_of(self, number: int) -> Segment:
        for segment in self._segments:
            if number < segment.base + segment.posts:
                return segment
        raise IndexError(number)

    def query(self, text: str | Tokens, limit: int = 8) -> list[Candidate]:
        """The posts that share most with a text, at most twice `limit`; see `detector.search.candidates`."""
        if not len(self):
            return []
        tokens = tokenise(text) if isinstance(text, str) else text
        return candidates(self._segments, *keys_of(tokens, self._manifest["sampling"]), limit)
