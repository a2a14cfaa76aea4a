"""The reference index: the official posts, on disk, memory-mapped.

    index = ReferenceIndex.build("official.index", read_pages("posts.jsonl"))
    index.query("text of a page")          # the likeliest sources, best first

An index is a folder: `manifest.json` names its segments (see `detector.segments`), which never change.
Adding writes one more segment, removing lists posts as removed; either ends with an atomic replacement of
the manifest, so that readers in other processes see the old state or the new one. Writers wait for each other, and
start from what the one before left.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from detector.addresses import site_of
from detector.bilingual import lexicon
from detector.boilerplate import BoilerplateModel
from detector.data import DetectorError, IndexInvalid, Page, UsageError
from detector.posts import Post, PostUnusable, address_hash, post_of
from detector.search import Candidate, candidates
from detector.segments import SEGMENT, Segment, SegmentWriter, damaged_files
from detector.text import Tokens, tokenise
from detector.versions import Versions, is_part
from detector.views import VIEWS
from detector.writing import locked, put_in_place, to_disk

FORMAT = 1
# Posts above which only every second, fourth, ... key is kept: memory for recall, see benchmarks/.
SAMPLING_STEPS = ((5_000, 1), (20_000, 2), (50_000, 4), (200_000, 8), (10**12, 16))
POSTS_A_SEGMENT = 50_000
ACCOUNTS_A_HOST = 2_000
LOCK = "lock"
_PART = re.compile(r"manifest\.[0-9a-f]{8}\.part")


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise IndexInvalid(f"{path}: no index there; make one with `detector index build`") from error
    except ValueError as error:
        raise IndexInvalid(f"{path}: manifest.json is damaged; build the index anew") from error
    if not isinstance(manifest, dict) or any(manifest.get(name) != value for name, value in _made_by().items()):
        raise IndexInvalid(f"{path}: made by another version; build the index anew")
    return manifest


def _made_by() -> dict[str, Any]:
    """What the keys of an index depend on: another program cannot read them."""
    return {"format": FORMAT, "views": list(VIEWS), "lexicon": lexicon().version}


def _accounts(posts: dict[str, int]) -> frozenset[str]:
    """The accounts of a host, from how many posts each has ("" for posts whose address names none)."""
    return frozenset(posts) - {""}


def _why_empty(problems: list[str]) -> str:
    if not problems:
        return "no posts found"
    more = f"; and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"none of the posts can be used ({problems[0]}{more})"


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
            if not isinstance(manifest["sampling"], int) or manifest["sampling"] < 1:
                raise ValueError("sampling")
            hosts = {host: _accounts(posts) for host, posts in manifest["hosts"].items()}
            for entry in manifest["segments"]:
                base = segments[-1].base + segments[-1].posts if segments else 0
                segments.append(Segment(self.path / entry["name"], entry, base))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise IndexInvalid(f"{self.path}: manifest.json is damaged; build the index anew") from error
        self._manifest = manifest
        self._segments = segments
        self.hosts: dict[str, frozenset[str]] = hosts

    # -- opening and changing -------------------------------------------------------------------

    @classmethod
    def open(cls, path: str | Path) -> ReferenceIndex:
        """Open an index. Raises IndexInvalid when it is missing, damaged or of another version."""
        path = Path(path)
        return cls(path, _read_manifest(path))

    @classmethod
    def build(
        cls,
        path: str | Path,
        pages: Iterable[Page],
        *,
        sampling: int | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> ReferenceIndex:
        """Make an index of the posts in `pages`, replacing one that is there.

        `sampling` keeps one key in so many (None: chosen from the number of posts); `progress` is called
        with the number of posts read. Posts that cannot be used are listed in `.problems`, those of which only a
        part can in `.notes`.
        Raises UsageError when not one can be used, so that a wrong path does not cost the index that is there;
        IndexInvalid when `path` is something else than an index, DetectorError when it cannot be written, as
        where its folder is missing.
        """
        path = Path(os.path.realpath(path))
        if path.exists() and not (path / "manifest.json").is_file():
            raise IndexInvalid(f"{path}: is there already and is not an index")
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
        try:
            part.mkdir()
            with locked(path / LOCK) if path.exists() else nullcontext():
                empty = {**_made_by(), "sampling": sampling or 1, "segments": [], "hosts": {}}
                index = cls(part, empty)
                index._append(pages, choose_sampling=sampling is None, progress=progress)
                if not len(index):
                    raise UsageError(f"{path}: not written, {_why_empty(index.problems)}")
                index._save()
                put_in_place(part, path)
        except OSError as error:
            raise DetectorError(f"{path}: cannot be written ({error.strerror or error})") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        built = cls.open(path)
        built.problems, built.notes, built.parts = index.problems, index.notes, index.parts
        return built

    def add(self, pages: Iterable[Page], *, progress: Callable[[int], None] | None = None) -> int:
        """Add posts; one that is there with the same address and text is passed over. Returns how many
        were added. Of a known address whose text is part of the other (see `detector.versions`) the longer is kept,
        and the address listed in `.parts`; with another text it is kept as a second version."""
        with self._changing():
            return self._append(pages, choose_sampling=False, progress=progress)

    def remove(self, urls: Iterable[str]) -> int:
        """Take out every version of the posts of these addresses; returns how many posts that were."""
        urls = list(dict.fromkeys(urls))
        wanted = np.array([address_hash(url) for url in urls], dtype=np.uint64)
        with self._changing():
            before = len(self)
            for segment, entry in zip(self._segments, self._manifest["segments"], strict=True):
                found = np.setdiff1d(np.flatnonzero(np.isin(segment.address, wanted)), segment.removed)
                entry["removed"] = np.union1d(segment.removed, found).tolist()
                addresses = segment.address[found]
                for url, hashed in zip(urls, wanted, strict=True):
                    self._count_host(url, -int((addresses == hashed).sum()))
            self._take(self._manifest)
        return before - len(self)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Change the index, alone and from what is on the disk now, and save it. When that fails the index is as
        before, here and on the disk. Raises DetectorError when it cannot be written or others write for too long."""
        try:
            with locked(self.path / LOCK):
                self._take(_read_manifest(self.path))
                try:
                    yield
                    self._save()
                except BaseException:
                    self._take(_read_manifest(self.path))
                    raise
                finally:
                    self._clear_up()
        except OSError as error:
            raise DetectorError(f"{self.path}: cannot be written ({error.strerror or error})") from error

    def _clear_up(self) -> None:
        """Take away what a failed or killed writer left: segments that the manifest does not name, half a manifest."""
        named = {segment.folder.name for segment in self._segments}
        for path in self.path.iterdir():
            if SEGMENT.fullmatch(path.name) and path.name not in named:
                shutil.rmtree(path, ignore_errors=True)
            elif _PART.fullmatch(path.name):
                path.unlink(missing_ok=True)

    @property
    def version(self) -> str:
        """Changes with every change of the index."""
        return hashlib.sha256(json.dumps(self._manifest).encode()).hexdigest()

    def info(self, *, verify: bool = False) -> dict[str, Any]:
        """Numbers about the index; `verify` reads everything and lists `damaged` files."""
        entries = self._manifest["segments"]
        total = sum(size for entry in entries for size, _ in entry["files"].values())
        texts = sum(entry["files"]["records.bin"][0] for entry in entries)
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
            numbers["damaged"] = damaged_files(self.path, entries)
        return numbers

    def _append(self, pages: Iterable[Page], choose_sampling: bool, progress: Callable[[int], None] | None) -> int:
        known = {int(value) for segment in self._segments for value in self._living(segment, segment.identity)}
        versions = Versions()
        for segment in self._segments:
            for number in np.setdiff1d(np.arange(segment.posts), segment.removed).tolist():
                versions.add(segment.url(number), segment.base + number)
        writer = SegmentWriter(self._manifest["sampling"])
        added = 0
        for read, given in enumerate(self._usable(pages), start=1):
            if progress:
                progress(read)
            post = None if given.identity in known else self._longest(given, versions, writer)
            known.add(given.identity)
            if post is None:
                continue
            added += 1
            known.add(post.identity)
            versions.add(post.url, self._size + len(writer))
            self._count_host(post.url, 1)
            writer.add(post)
            if choose_sampling:
                rate = next(rate for limit, rate in SAMPLING_STEPS if len(known) <= limit)
                if rate > writer.sampling:
                    writer.thin(rate)
            elif len(writer) >= POSTS_A_SEGMENT:
                self._write_segment(writer)
                writer = SegmentWriter(self._manifest["sampling"])
        self._manifest["sampling"] = writer.sampling
        if len(writer):
            self._write_segment(writer)
        return added

    def _longest(self, post: Post, versions: Versions, writer: SegmentWriter) -> Post | None:
        """The post, under the address that it has already if its text is longer than one there, which is taken out;
        None when its text is part of one that is there."""
        for number in versions.of(post):
            there = writer.post(number - self._size) if number >= self._size else self.post(number)
            if is_part(post.text, there.text):
                self.parts += [post.url] * (post.text != there.text)
                return None
            if is_part(there.text, post.text):
                self.parts.append(there.url)
                versions.drop(there.url, number)
                self._count_host(there.url, -1)
                if number >= self._size:
                    writer.drop(number - self._size)
                else:
                    self._drop(number)
                post = replace(post, url=there.url)
        return post

    def _drop(self, number: int) -> None:
        for segment, entry in zip(self._segments, self._manifest["segments"], strict=True):
            if segment.base <= number < segment.base + segment.posts:
                segment.removed = np.union1d(segment.removed, [number - segment.base]).astype(np.int64)
                entry["removed"] = segment.removed.tolist()

    def _write_segment(self, writer: SegmentWriter) -> None:
        name = f"segment-{uuid.uuid4().hex[:12]}"
        entry = writer.write(self.path / name)
        self._segments.append(Segment(self.path / name, entry, self._size))
        self._manifest["segments"].append(entry)

    def _usable(self, pages: Iterable[Page]) -> Iterator[Post]:
        model: BoilerplateModel | None = None
        for page in pages:
            if page.html is not None and model is None:
                model = BoilerplateModel.load()
            try:
                post = post_of(page, model)
            except PostUnusable as error:
                self.problems.append(str(error))
                continue
            if post.note:
                self.notes.append(f"{post.url}: {post.note}")
            yield post

    def _count_host(self, url: str, posts: int) -> None:
        """Note `posts` more (or fewer) posts of the host and account of an address."""
        host, account = site_of(url)
        if not host or not posts:
            return
        counts = self._manifest["hosts"].setdefault(host, {})
        if account not in counts and len(counts) >= ACCOUNTS_A_HOST:
            account = ""
        counts[account] = counts.get(account, 0) + posts
        if counts[account] <= 0:
            del counts[account]
        if counts:
            self.hosts[host] = _accounts(counts)
        else:
            del self._manifest["hosts"][host], self.hosts[host]

    def _save(self) -> None:
        part = self.path / f"manifest.{uuid.uuid4().hex[:8]}.part"
        part.write_text(json.dumps(self._manifest), encoding="utf-8")
        to_disk(part)
        to_disk(self.path)
        os.replace(part, self.path / "manifest.json")
        to_disk(self.path)

    # -- asking ---------------------------------------------------------------------------------

    @property
    def _size(self) -> int:
        return sum(segment.posts for segment in self._segments)

    def __len__(self) -> int:
        return sum(segment.posts - segment.removed.size for segment in self._segments)

    def __contains__(self, url: str) -> bool:
        """Whether there is a post with exactly this address."""
        wanted = np.uint64(address_hash(url))
        return any(bool((self._living(segment, segment.address) == wanted).any()) for segment in self._segments)

    @staticmethod
    def _living(segment: Segment, values: np.ndarray) -> np.ndarray:
        return np.delete(values, segment.removed) if segment.removed.size else values

    def post(self, number: int) -> Post:
        """The post with this number (see `Candidate`)."""
        for segment in self._segments:
            if number < segment.base + segment.posts:
                return segment.post(number - segment.base)
        raise IndexError(number)

    def query(self, text: str | Tokens, limit: int = 8) -> list[Candidate]:
        """The posts that share most with a text, at most twice `limit`; see `detector.search.candidates`."""
        if not len(self):
            return []
        tokens = tokenise(text) if isinstance(text, str) else text
        return candidates(self._segments, self._manifest["sampling"], tokens, limit)
