"""The official posts that copies are made from, split by site into those that train and those that judge."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.resources import datasets_dir
from detector.training.gold import read_rows, site_of

TEST_SHARE = 3  # every third registrable domain judges
_TELLING = 400  # characters that no two texts begin with
# Sites that publish posts of another one: they stand on its side.
_PUBLISHED_TOGETHER = {"kubernetes.dev": "kubernetes.io", "tikv.org": "pingcap.com"}
_DAY = re.compile(r"^\d{8}\s+")  # that translators file a text under


@dataclass(frozen=True)
class SourcePost:
    """A post; `site` is its registrable domain, so that a blog and its translated twin stay on one side."""

    id: str
    url: str
    site: str
    title: str
    text: str
    language: str


@dataclass(frozen=True)
class Corpus:
    """Posts by id, the pairs of ids that are translations, and the pairs that are templated alike."""

    posts: dict[str, SourcePost]
    translations: list[tuple[str, str]]
    lookalikes: list[tuple[str, str]]

    @classmethod
    def read(cls, data: Path | None) -> Corpus:
        """The folder of official posts, or the demo's posts when there is none."""
        if data is None:
            rows = [json.loads(line) for line in (datasets_dir() / "demo" / "posts.jsonl").open(encoding="utf-8")]
            posts = [
                SourcePost(row["url"], row["url"], row["url"], row["title"], row["text"], row["language"])
                for row in rows
            ]
            return cls({post.id: post for post in posts}, [], [])
        folder = data / "official"
        posts = [
            SourcePost(
                row["id"], row["url"], site_of(row["url"], row["site"]), row["title"] or "", row["text"], row["lang"]
            )
            for name in ("posts", "posts_i18n")
            for row in read_rows(folder / f"{name}.jsonl.gz")
        ]
        translations = [(row["en_id"], row["other_id"]) for row in read_rows(folder / "translations.jsonl.gz")]
        for pair in _community_translations(folder):
            posts += pair
            translations.append((pair[0].id, pair[1].id))
        return cls(
            {post.id: post for post in posts},
            translations,
            [(row["a_id"], row["b_id"]) for row in read_rows(folder / "hardneg.jsonl.gz")],
        )

    def side(self, test: bool) -> Corpus:
        """The part of the corpus that trains, or that judges: by site, and no text in both. Posts of no known site are
        in neither."""
        kept = {id: post for id, post in self.posts.items() if post.site and is_test_site(post.site) == test}
        if test:  # some posts stand on two sites
            seen = {beginning(post.text) for post in self.posts.values() if not is_test_site(post.site)}
            kept = {id: post for id, post in kept.items() if beginning(post.text) not in seen}
        return Corpus(
            kept,
            [pair for pair in self.translations if pair[0] in kept and pair[1] in kept],
            [pair for pair in self.lookalikes if pair[0] in kept and pair[1] in kept],
        )


def _community_translations(folder: Path) -> Iterator[tuple[SourcePost, SourcePost]]:
    """English posts and their Chinese translations, each text once, and none that is among the real copies."""
    seen = {beginning(row["copy_text"]) for row in read_rows(folder / "copies.jsonl.gz")}
    for row in read_rows(folder / "translations_community.jsonl.gz"):
        pair = _translated(row, "en", "en"), _translated(row, "zh", "zh-cn")
        texts = {beginning(post.text) for post in pair}
        if not texts & seen:
            yield pair
        seen |= texts


def _translated(row: dict[str, Any], side: str, language: str) -> SourcePost:
    title = _DAY.sub("", row[f"{side}_title"] or "")
    site = site_of(row["via"], row["site"])
    return SourcePost(f"{row['id']}-{side}", row["via"], site, title, row[f"{side}_text"], language)


def beginning(text: str) -> str:
    """What tells a text from all others: its first letters, without spaces and case."""
    return "".join(text[:_TELLING].lower().split())


def is_test_site(site: str) -> bool:
    """Whether the posts of a registrable domain judge: nothing is ever trained on them."""
    return digest(_PUBLISHED_TOGETHER.get(site, site)) % TEST_SHARE == 0


def digest(text: str) -> int:
    """32 bits of a text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")
