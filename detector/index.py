"""The reference index: the official posts, on disk, memory-mapped.

    index = ReferenceIndex.build("official.index", read_pages("posts.jsonl"))
    index.query("text of a page")          # the likeliest sources, best first

An index is a folder: `manifest.json` names its segments (see `detector.segments`), which never change.
Adding writes one more segment, removing lists posts as removed; either ends with an atomic replacement of
the manifest, so that readers in other processes see the old state or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector import kernels
from detector.addresses import site_of
from detector.boilerplate import BoilerplateModel
from detector.data import DetectorError, IndexInvalid, Page, UsageError
from detector.posts import Post, PostUnusable, address_hash, post_of
from detector.segments import Segment, SegmentWriter, damaged_files, sampled_keys
from detector.text import Tokens, tokenise
from detector.views import VIEWS

FORMAT = 1
# Posts above which only every second, fourth, ... key is kept: memory for recall, see benchmarks/.
SAMPLING_STEPS = ((5_000, 1), (20_000, 2), (50_000, 4), (200_000, 8), (10**12, 16))
POSTS_A_SEGMENT = 50_000
# A key in more posts than this (and than 2 % of them) is template text: it says nothing and costs most.
FREQUENT_POSTS, FREQUENT_SHARE = 50, 0.02
# Hits at which half of a view's containment is believed: three chance hits on a tiny post prove nothing.
BELIEVED_HITS = 4.0
# A key is rare when so many posts have it: one, and a second version or translation of it. Releases of one product
# share their template with more.
RARE_POSTS = 2
# Keys below which a text has no say in a view; its share of words stands in.
LEAST_KEYS = 5
ACCOUNTS_A_HOST = 2_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that shares keys with the text asked for. `number` is its place in the index; `in_page` and
    `in_post` map each view to the weighted share of the text's and of the post's keys that both have, `rare` to the
    share of these common keys that hardly another post has. All 0..1."""

    number: int
    score: float
    in_page: dict[str, float]
    in_post: dict[str, float]
    rare: dict[str, float]


def _accounts(posts: dict[str, int]) -> frozenset[str]:
    """The accounts of a host, from how many posts each has ("" for posts whose address names none)."""
    return frozenset(posts) - {""}


def _why_empty(problems: list[str]) -> str:
    if not problems:
        return "no posts found"
    more = f"; and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"none of the posts can be used ({problems[0]}{more})"


class ReferenceIndex:
    """An opened index; see the module's text. Reading is safe from many processes; write from one."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self._manifest = manifest
        if not isinstance(manifest["sampling"], int) or manifest["sampling"] < 1:
            raise ValueError("sampling")
        self.problems: list[str] = []
        self._segments: list[Segment] = []
        self._open_segments()
        self.hosts: dict[str, frozenset[str]] = {host: _accounts(posts) for host, posts in manifest["hosts"].items()}

    # -- opening and changing -------------------------------------------------------------------

    @classmethod
    def open(cls, path: str | Path) -> ReferenceIndex:
        """Open an index. Raises IndexInvalid when it is missing, damaged or of another version."""
        path = Path(path)
        try:
            manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        except OSError as error:
            raise IndexInvalid(f"{path}: no index there; make one with `detector index build`") from error
        except ValueError as error:
            raise IndexInvalid(f"{path}: manifest.json is damaged; build the index anew") from error
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or manifest.get("views") != list(VIEWS):
            raise IndexInvalid(f"{path}: made by another version; build the index anew")
        try:
            return cls(path, manifest)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise IndexInvalid(f"{path}: manifest.json is damaged; build the index anew") from error

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
        with the number of posts read. Posts that cannot be used are listed in `.problems`.
        Raises UsageError when not one can be used, so that a wrong path does not cost the index that is there;
        IndexInvalid when `path` is something else than an index, DetectorError when it cannot be written, as
        where its folder is missing.
        """
        path = Path(os.path.realpath(path))
        if path.exists() and not (path / "manifest.json").is_file():
            raise IndexInvalid(f"{path}: is there already and is not an index")
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
        old = part.with_suffix(".old")
        try:
            part.mkdir()
            empty = {"format": FORMAT, "views": list(VIEWS), "sampling": sampling or 1, "segments": [], "hosts": {}}
            index = cls(part, empty)
            index._append(pages, choose_sampling=sampling is None, progress=progress)
            if not len(index):
                raise UsageError(f"{path}: not written, {_why_empty(index.problems)}")
            index._save()
            if path.exists():
                # The old index stays until the new one is whole.
                os.replace(path, old)
            os.replace(part, path)
            shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            raise DetectorError(f"{path}: cannot be written ({error.strerror or error})") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        built = cls.open(path)
        built.problems = index.problems
        return built

    def add(self, pages: Iterable[Page], *, progress: Callable[[int], None] | None = None) -> int:
        """Add posts; one that is there with the same address and text is passed over. Returns how many
        were added. A known address with another text is kept as a second version."""
        before = len(self)
        try:
            self._append(pages, choose_sampling=False, progress=progress)
            self._save()
        except OSError as error:
            raise DetectorError(f"{self.path}: cannot be written ({error.strerror})") from error
        return len(self) - before

    def remove(self, urls: Iterable[str]) -> int:
        """Take out every version of the posts of these addresses; returns how many posts that were."""
        urls = list(dict.fromkeys(urls))
        wanted = np.array([address_hash(url) for url in urls], dtype=np.uint64)
        before = len(self)
        for segment, entry in zip(self._segments, self._manifest["segments"], strict=True):
            found = np.setdiff1d(np.flatnonzero(np.isin(segment.address, wanted)), segment.removed)
            entry["removed"] = np.union1d(segment.removed, found).tolist()
            addresses = segment.address[found]
            for url, hashed in zip(urls, wanted, strict=True):
                self._count_host(url, -int((addresses == hashed).sum()))
        try:
            self._save()
        except OSError as error:
            raise DetectorError(f"{self.path}: cannot be written ({error.strerror})") from error
        self._open_segments()
        return before - len(self)

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

    def _append(self, pages: Iterable[Page], choose_sampling: bool, progress: Callable[[int], None] | None) -> None:
        known = {int(value) for segment in self._segments for value in self._living(segment, segment.identity)}
        writer = SegmentWriter(self._manifest["sampling"])
        for read, post in enumerate(self._usable(pages), start=1):
            if progress:
                progress(read)
            if post.identity in known:
                continue
            known.add(post.identity)
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
                yield post_of(page, model)
            except PostUnusable as error:
                self.problems.append(str(error))

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
        os.replace(part, self.path / "manifest.json")

    def _open_segments(self) -> None:
        self._segments.clear()
        for entry in self._manifest["segments"]:
            self._segments.append(Segment(self.path / entry["name"], entry, self._size))

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
        """The posts that share most with a text, at most `limit`, likeliest first.

        A key weighs log(posts / posts with it) / log(posts), so 1 when one post has it; template keys
        weigh nothing. The score adds up, over the views, the larger of the two containments, discounted
        while the hits are few.
        """
        size = self._size
        if not len(self):
            return []
        tokens = tokenise(text) if isinstance(text, str) else text
        scores = np.zeros(size, np.float32)
        shares: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        rare: dict[str, np.ndarray] = {}
        for name in VIEWS:
            hits, rare_hits, wanted = self._hits(tokens, name, size)
            rare[name] = np.minimum(rare_hits / np.maximum(hits, 1.0), 1.0)
            sizes = self._per_post(name)
            in_page = hits / max(wanted, 1.0)
            in_post = hits / np.maximum(sizes, 1)
            scores += np.maximum(in_page, in_post) * (hits / (hits + BELIEVED_HITS))
            if "words" in shares:
                # A Japanese text has no short words and may have no anchors: that says nothing against it.
                in_page = in_page if wanted >= LEAST_KEYS else shares["words"][0]
                in_post = np.where(sizes >= LEAST_KEYS, in_post, shares["words"][1])
            shares[name] = in_page, in_post
        for segment in self._segments:
            scores[segment.base + segment.removed] = 0
        best = np.argpartition(scores, -limit)[-limit:] if limit < size else np.arange(size)
        best = best[np.argsort(-scores[best], kind="stable")]
        return [
            Candidate(
                int(number),
                float(scores[number]),
                {name: float(in_page[number]) for name, (in_page, _) in shares.items()},
                {name: float(in_post[number]) for name, (_, in_post) in shares.items()},
                {name: float(share[number]) for name, share in rare.items()},
            )
            for number in best
            if scores[number] > 0
        ]

    def _hits(self, tokens: Tokens, view: str, size: int) -> tuple[np.ndarray, np.ndarray, float]:
        """Summed key weights per post, those of rare keys alone, and the sum over the text's keys were they all
        found."""
        keys = sampled_keys(tokens, view, self._manifest["sampling"])
        found = [kernels.look_up(segment.keys[view], keys) for segment in self._segments]
        frequency = sum((last - first for first, last in found), start=np.zeros(keys.size, np.int64))
        weights = 1.0 - np.log(np.maximum(frequency, 1)) / np.log(max(size, 2))
        weights = np.maximum(weights, 0.05).astype(np.float32)
        weights[frequency > max(FREQUENT_POSTS, FREQUENT_SHARE * size)] = 0
        rare = (frequency > 0) & (frequency <= RARE_POSTS)
        common = (frequency > RARE_POSTS) & (weights > 0)
        rare_hits, hits = np.zeros(size, np.float32), np.zeros(size, np.float32)
        for segment, (first, last) in zip(self._segments, found, strict=True):
            for chosen, sums in ((rare, rare_hits), (common, hits)):
                part = sums[segment.base : segment.base + segment.posts]
                kernels.accumulate(segment.postings[view], first[chosen], last[chosen], weights[chosen], part)
        hits += rare_hits
        return hits, rare_hits, float(weights.sum())

    def _per_post(self, view: str) -> np.ndarray:
        if len(self._segments) == 1:
            return self._segments[0].sizes[view]
        return np.concatenate([segment.sizes[view] for segment in self._segments])
