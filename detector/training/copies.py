"""Labelled pages made from real posts: damaged copies of them, and pages that copy none.

Posts are split by site: what trains the model never judges it. Of each side, most posts go into an index;
the others, posts that are templated like an indexed one, pages that quote two sentences and lists of
teasers are the negatives.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from detector.addresses import site_of
from detector.data import Page
from detector.resources import datasets_dir
from detector.training.damage import KINDS_OF_DAMAGE, interleave, long_words_deleted, replaced, sentences_of, vocabulary

LEAST_CHARACTERS = 600  # a shorter post is no fair test: a tenth of it is a sentence
TEST_SHARE = 3  # every third site judges
NEGATIVE = "negative: "
REPLACED = {"words replaced 20-40 %": (0.2, 0.4), "words replaced 50-80 %": (0.5, 0.8)}


@dataclass(frozen=True)
class SourcePost:
    id: str
    url: str
    site: str
    title: str
    text: str
    language: str


@dataclass(frozen=True)
class Copy:
    """A page made from posts: `damage` names how ("negative: ..." when it copies none of the indexed); `origin` is
    the id of the post, in the index or not, that its text is."""

    text: str
    title: str
    sources: frozenset[str]
    damage: str
    kind: str
    origin: str = ""


@dataclass(frozen=True)
class Corpus:
    """Posts, the pairs of ids that are translations, the pairs that are templated alike, and texts of
    ordinary pages (their hosts first)."""

    posts: dict[str, SourcePost]
    translations: list[tuple[str, str]]
    lookalikes: list[tuple[str, str]]
    ordinary: list[tuple[str, str]]

    @classmethod
    def read(cls, data: Path | None) -> Corpus:
        """The folder of official posts, or the demo's posts when there is none."""
        if data is None:
            rows = [json.loads(line) for line in (datasets_dir() / "demo" / "posts.jsonl").open(encoding="utf-8")]
            posts = [
                SourcePost(row["url"], row["url"], row["url"], row["title"], row["text"], row["language"])
                for row in rows
            ]
            return cls({post.id: post for post in posts}, [], [], [])
        rows = [*_rows(data / "official" / "posts.jsonl.gz"), *_rows(data / "official" / "posts_i18n.jsonl.gz")]
        posts = [
            SourcePost(row["id"], row["url"], row["site"], row["title"] or "", row["text"], row["lang"]) for row in rows
        ]
        return cls(
            {post.id: post for post in posts},
            [(row["en_id"], row["other_id"]) for row in _rows(data / "official" / "translations.jsonl.gz")],
            [(row["a_id"], row["b_id"]) for row in _rows(data / "official" / "hardneg.jsonl.gz")],
            [
                (site_of(row["url"] or "")[0] or row["id"], row["main_text"])
                for path in sorted((data / "pages").glob("train_*.jsonl.gz"))
                for row in _rows(path)
            ],
        )

    def side(self, test: bool) -> Corpus:
        """The part of the corpus that trains, or that judges: by site."""

        def here(site: str) -> bool:
            return (_digest(site) % TEST_SHARE == 0) == test

        kept = {id: post for id, post in self.posts.items() if here(post.site)}
        return Corpus(
            kept,
            [pair for pair in self.translations if pair[0] in kept and pair[1] in kept],
            [pair for pair in self.lookalikes if pair[0] in kept and pair[1] in kept],
            [(host, text) for host, text in self.ordinary if here(host)],
        )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")


class CopyMaker:
    """Makes labelled pages from one side of a corpus; the same seed makes the same pages."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self._random = Random(seed)
        self._posts = corpus.posts
        self._lookalikes = corpus.lookalikes
        self._ordinary = [text for _, text in corpus.ordinary if text]
        self._translation_of: dict[str, list[str]] = defaultdict(list)
        for a, b in corpus.translations:
            self._translation_of[a].append(b)
            self._translation_of[b].append(a)
        # A tenth stays out of the index, to be pages of their own; so do half of the translations, which
        # would otherwise be the better source of every translated copy, and a quarter of the look-alikes.
        one_in = dict.fromkeys(self._posts, 10)
        one_in |= {b: 2 for _, b in corpus.translations} | {a: 4 for a, _ in corpus.lookalikes}
        self.held_out = {id for id, share in one_in.items() if _digest(id + "held out") % share == 0}
        self.indexed = [id for id in self._posts if id not in self.held_out]
        self._long = [id for id in self.indexed if len(self._posts[id].text) >= LEAST_CHARACTERS]
        texts_by_language: dict[str, list[str]] = defaultdict(list)
        for id in self._some(self._posts, 3_000):
            texts_by_language[self._posts[id].language].append(self._posts[id].text)
        self._ids = sorted(self._posts)
        self._words = {language: vocabulary(texts[:300]) for language, texts in texts_by_language.items()}

    def index_pages(self) -> Iterator[Page]:
        for id in self.indexed:
            post = self._posts[id]
            yield Page(url=f"{post.url}#{id}", text=post.text, title=post.title)

    def url(self, id: str) -> str:
        return f"{self._posts[id].url}#{id}"

    def related(self, id: str) -> set[str]:
        """The post and its translations: a copy of one is, in a way, a copy of all."""
        return {id, *self._translation_of[id], *(b for a in self._translation_of[id] for b in self._translation_of[a])}

    def untold(self, copy: Copy, url: str) -> bool:
        """Whether nobody knows if an indexed post is the source of a page that is another post: a post of its site
        in another language may be its translation, and not all pairs are listed."""
        own, other = self._posts.get(copy.origin), self._posts.get(url.rpartition("#")[2])
        return bool(own and other and own.site == other.site and own.language != other.language)

    def pages(self, each: int) -> Iterator[Copy]:
        """`each` pages of every kind that the corpus allows."""
        for copy in chain(self._positives(each), self._negatives(each)):
            if any(char.isalnum() for char in copy.text[:2000]):
                yield copy

    def _positives(self, each: int) -> Iterator[Copy]:
        """`each` copies of every kind of damage that the corpus allows."""
        pairs = [id for id in self._long if any(other in self.held_out for other in self._translation_of[id])]
        for name, (change, kind) in KINDS_OF_DAMAGE.items():
            for id in self._some(self._long, each):
                yield self._copy(id, change(self._posts[id].text, self._random), name, kind)
        for name, (low, high) in REPLACED.items():
            for id in self._some(self._long, each):
                post = self._posts[id]
                words = self._words.get(post.language) or self._words["en"]
                yield self._copy(id, replaced(low, high, words)(post.text, self._random), name, "spun")
        for ids in (self._some(self._long, 3) for _ in range(each)):
            parts = [KINDS_OF_DAMAGE["excerpt 20-40 %"][0](self._posts[id].text, self._random) for id in ids]
            yield self._page("\n".join(parts), "", frozenset(ids), "mashup", "mashup")
        for id in self._some(pairs, each):
            others = self._translation_of[id]
            absent = [other for other in others if other in self.held_out] or others
            translation = self._posts[self._random.choice(absent)].text
            yield self._copy(
                id, interleave(self._posts[id].text, translation, self._random), "interleaved", "interleaved"
            )
            garbled = long_words_deleted(self._posts[id].text, self._random)
            yield self._copy(
                id, interleave(garbled, translation, self._random), "interleaved and garbled", "interleaved"
            )
            yield self._copy(id, translation, "translated", "translated")

    def _negatives(self, each: int) -> Iterator[Copy]:
        """`each` pages of every kind that copy no indexed post."""
        held_out = [id for id in self.held_out if not self.related(id) & set(self.indexed)]
        for id in self._some(held_out, 3 * each):
            yield self._other(id, NEGATIVE + "other post")
        divided = {a for a, b in self._lookalikes if a in self.held_out and b not in self.held_out}
        for id in self._some(divided, 2 * each):
            yield self._other(id, NEGATIVE + "look-alike")
        for own, quoted in zip(self._some(held_out, each), self._some(self._long, each), strict=False):
            text = self._posts[own].text[: self._random.choice([600, 1_000, 2_000, 100_000])]
            sentences = [part for part in sentences_of(self._posts[quoted].text) if 40 < len(part) < 200][:20]
            if len(text) >= 500 and len(sentences) >= 2:
                middle = text.find("\n", len(text) // 2)
                at = self._random.randrange(len(sentences) - 1)
                quote = " ".join(sentences[at : at + self._random.choice([1, 2])])
                page = f"{text[:middle]}\n{quote}{text[middle:]}"
                yield Copy(page, self._posts[own].title, frozenset(), NEGATIVE + "quotes a sentence or two", "", own)
        for text in self._some(self._ordinary, 3 * each):
            yield Copy(text, text[:60], frozenset(), NEGATIVE + "ordinary page", "")
        for _ in range(each // 2):
            teasers = [self._posts[id].title + "\n" + self._posts[id].text[:160] for id in self._some(self._long, 12)]
            yield Copy("\n".join(teasers), "News", frozenset(), NEGATIVE + "list of teasers", "")

    def _some(self, values: Iterable[Any], count: int) -> list[Any]:
        pool = sorted(values)
        return self._random.sample(pool, min(count, len(pool)))

    def _other(self, id: str, name: str) -> Copy:
        """A post that is not in the index, under its own title: look-alikes differ in little else."""
        post = self._posts[id]
        title = self._with_site(post.title) if self._random.random() < 0.4 else post.title
        return Copy(post.text, title, frozenset(), name, "", id)

    def _copy(self, id: str, text: str, name: str, kind: str) -> Copy:
        return self._page(text, self._title(self._posts[id].title), frozenset({id}), name, kind)

    def _with_site(self, title: str) -> str:
        return f"{title} - {self._random.choice(self._words['en']).title()}"

    def _title(self, own: str) -> str:
        """The title that a page gets: its post's, with a site's name, cut off, somebody else's, or none. That
        a title differs must not speak against a copy, nor that there is one."""
        chance = self._random.random()
        if chance < 0.4:
            return own
        if chance < 0.6:
            return self._with_site(own)
        if chance < 0.8:
            return own[: max(8, len(own) // 2)]
        if chance < 0.86:
            return self._posts[self._random.choice(self._ids)].title
        return ""

    def _page(self, text: str, title: str, sources: frozenset[str], name: str, kind: str) -> Copy:
        """A third of the pages add text of their own, as aggregators do."""
        if self._random.random() < 0.35 and self.held_out:
            other = self._posts[self._random.choice(sorted(self.held_out))].text
            own = other[: self._random.randint(200, 1500)]
            text = own + "\n" + text if self._random.random() < 0.5 else text + "\n" + own
        return Copy(text, title, sources, name, kind)
