"""The reference index: the official posts, on disk, memory-mapped.

    index = ReferenceIndex.build("official.index", read_pages("posts.jsonl"))
    index.query("text of a page")          # the likeliest sources, best first

An index is a folder: `manifest.json` names its segments (see `detector.segments`), which never change. What an index
holds is told in `detector.contents`, how it is changed while others read it in `detector.changes`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from detector.changes import Change, Remarks, building, changing
from detector.contents import Contents
from detector.data import IndexInvalid, Page, UsageError
from detector.manifest import is_unfinished
from detector.posts import Post
from detector.search import Candidate, candidates, keys_of
from detector.segments import damaged_files
from detector.text import Tokens, tokenise
from detector.views import VIEWS


def _why_empty(problems: list[str]) -> str:
    if not problems:
        return "no posts found"
    more = f"; and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"none of the posts can be used ({problems[0]}{more})"


class ReferenceIndex:
    """An opened index; see the module's text. Reading and writing are safe from many processes."""

    def __init__(self, contents: Contents) -> None:
        self.path = contents.path
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.parts: list[str] = []
        self._contents = contents

    # -- opening and changing -------------------------------------------------------------------

    @classmethod
    def open(cls, path: str | Path) -> ReferenceIndex:
        """Open an index. Raises IndexInvalid when it is missing, damaged or of another version."""
        return cls(Contents.open(Path(path)))

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
        remarks = Remarks([], [], [])
        with building(path, sampling) as change:
            change.add(pages, remarks, jobs, progress)
            if not len(change.contents):
                raise UsageError(f"{path}: not written, {_why_empty(remarks.problems)}")
            change.merge()
            change.save()
        built = cls.open(path)
        built.problems, built.notes, built.parts = remarks
        return built

    def add(self, pages: Iterable[Page], *, jobs: int = 1, progress: Callable[[int], None] | None = None) -> int:
        """Add posts; one that is there with the same address and text is passed over. Returns how many
        were added. Of a known address whose text is part of the other (see `detector.versions`) the longer is kept,
        and the address listed in `.parts`; with another text it is kept as a second version. `jobs` and `progress` as
        in `build`."""
        with self._changing() as change:
            added = change.add(pages, Remarks(self.problems, self.notes, self.parts), jobs, progress)
            change.merge_overdue()
            return added

    def remove(self, urls: Iterable[str]) -> int:
        """Take out every version of the posts of these addresses, of which scheme, `www.`, a slash at the end,
        fragment and tracking parameters do not count; returns how many posts that were."""
        urls = list(urls)  # before others have to wait
        with self._changing() as change:
            return change.remove(urls)

    @contextmanager
    def _changing(self) -> Iterator[Change]:
        """Change the index and save it; when that fails it is as before. Errors as in `detector.changes.changing`."""
        with changing(self.path) as change:
            try:
                yield change
                change.save()
            except BaseException:
                # With what others have written since it was opened.
                self._contents = Contents.read(self.path)
                raise
            self._contents = change.contents

    # -- asking ---------------------------------------------------------------------------------

    @property
    def version(self) -> str:
        """Changes with every change of the index."""
        return hashlib.sha256(json.dumps(self._contents.manifest).encode()).hexdigest()

    @property
    def hosts(self) -> dict[str, frozenset[str]]:
        """The hosts of its posts, with their accounts on shared platforms."""
        return self._contents.hosts

    @property
    def sampling(self) -> int:
        """See `detector.sampling`."""
        return self._contents.sampling

    def info(self, *, verify: bool = False) -> dict[str, Any]:
        """Numbers about the index; `verify` reads everything and lists `damaged` files."""
        entries = self._contents.manifest["segments"]
        total = sum(size for entry in entries for size, _ in entry["files"].values())
        texts = sum(entry["files"].get("records.bin", (0, ""))[0] for entry in entries)
        numbers: dict[str, Any] = {
            "path": str(self.path),
            "posts": len(self),
            "removed": self._contents.size - len(self),
            "segments": len(entries),
            "sampling": self._contents.manifest["sampling"],
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
            before, entries = entries, Contents.open(self.path).manifest["segments"]
            if entries == before:
                break
        return damaged

    def __len__(self) -> int:
        return len(self._contents)

    def __contains__(self, url: str) -> bool:
        """Whether there is a post at this address; what does not count is as in `remove`."""
        return url in self._contents

    def post(self, number: int) -> Post:
        """The post with this number (see `Candidate`)."""
        return self._contents.post(number)

    def heading(self, number: int) -> tuple[str, str]:
        """Address and title of the post with this number."""
        return self._contents.heading(number)

    def query(self, text: str | Tokens, limit: int = 8) -> list[Candidate]:
        """The posts that share most with a text, at most twice `limit`; see `detector.search.candidates`."""
        contents = self._contents
        if not len(contents):
            return []
        tokens = tokenise(text) if isinstance(text, str) else text
        return candidates(contents.segments, *keys_of(tokens, contents.sampling), limit)
