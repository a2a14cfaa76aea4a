"""Training and judging the matching model on damaged copies of real posts.

Posts are split by site: what trains the model never judges it. Of each side, most posts go into an index;
the others, posts that are templated like an indexed one, pages that quote two sentences and lists of
teasers are the negatives.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from detector.addresses import site_of
from detector.alignment import Side
from detector.data import Page
from detector.features import FEATURES, MONOTONE, Asked
from detector.index import ReferenceIndex
from detector.matching import MODEL, Matcher, calibration_inputs, compare
from detector.resources import datasets_dir, save_model
from detector.text import tokenise
from detector.training.damage import KINDS_OF_DAMAGE, interleave, long_words_deleted, replaced, vocabulary
from detector.trees import Trees

Log = Callable[[str], None]
CANDIDATES = 8
LEAST_CHARACTERS = 600  # a shorter post is no fair test: a tenth of it is a sentence
TEST_SHARE = 3  # every third site judges
RIVAL = 0.2  # of the page's tokens matched by a post that is not its source
FOLDS = 3
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
    """A page made from posts: `damage` names how ("negative: ..." when it copies none of the indexed)."""

    text: str
    title: str
    sources: frozenset[str]
    damage: str
    kind: str


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

    def positives(self, each: int) -> Iterator[Copy]:
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
            yield self._copy(id, interleave(self._posts[id].text, translation, self._random), "interleaved", "interleaved")
            garbled = long_words_deleted(self._posts[id].text, self._random)
            yield self._copy(id, interleave(garbled, translation, self._random), "interleaved and garbled", "interleaved")
            yield self._copy(id, translation, "translated", "translated")

    def negatives(self, each: int) -> Iterator[Copy]:
        """`each` pages of every kind that copy no indexed post."""
        held_out = [id for id in self.held_out if not self.related(id) & set(self.indexed)]
        for id in self._some(held_out, 3 * each):
            yield self._copy(id, self._posts[id].text, "negative: other post", "", source=False)
        divided = {a for a, b in self._lookalikes if a in self.held_out and b not in self.held_out}
        for id in self._some(divided, 2 * each):
            yield self._copy(id, self._posts[id].text, "negative: look-alike", "", source=False)
        for own, quoted in zip(self._some(held_out, each), self._some(self._long, each), strict=False):
            text = self._posts[own].text
            sentences = [line for line in self._posts[quoted].text.split("\n") if 60 < len(line) < 300][:8]
            if len(text) >= 1500 and sentences:
                middle = text.find("\n", len(text) // 2)
                page = text[:middle] + "\n" + self._random.choice(sentences) + text[middle:]
                yield self._page(page, self._posts[own].title, frozenset(), "negative: quotes a sentence or two", "")
        for text in self._some(self._ordinary, 3 * each):
            yield self._page(text, text[:60], frozenset(), "negative: ordinary page", "")
        for _ in range(each // 2):
            teasers = [self._posts[id].title + "\n" + self._posts[id].text[:160] for id in self._some(self._long, 12)]
            yield self._page("\n".join(teasers), "News", frozenset(), "negative: list of teasers", "")

    def _some(self, values: Iterable[Any], count: int) -> list[Any]:
        pool = sorted(values)
        return self._random.sample(pool, min(count, len(pool)))

    def _copy(self, id: str, text: str, name: str, kind: str, source: bool = True) -> Copy:
        return self._page(text, self._title(self._posts[id].title), frozenset({id} if source else ()), name, kind)

    def _title(self, own: str) -> str:
        """The title that a page gets: its post's, with a site's name, cut off, somebody else's, or none. That
        a title differs must not speak against a copy, nor that there is one."""
        chance = self._random.random()
        if chance < 0.3:
            return own
        if chance < 0.5:
            return f"{own} - {self._random.choice(self._words['en']).title()}"
        if chance < 0.65:
            return own[: max(8, len(own) // 2)]
        if chance < 0.85:
            return self._posts[self._random.choice(self._ids)].title
        return ""

    def _page(self, text: str, title: str, sources: frozenset[str], name: str, kind: str) -> Copy:
        """A third of the pages add text of their own, as aggregators do."""
        if sources and self._random.random() < 0.35 and self.held_out:
            other = self._posts[self._random.choice(sorted(self.held_out))].text
            own = other[: self._random.randint(200, 1500)]
            text = own + "\n" + text if self._random.random() < 0.5 else text + "\n" + own
        return Copy(text, title, sources, name, kind)


def _rows_of(
    maker: CopyMaker, index: ReferenceIndex, copies: Iterable[Copy]
) -> Iterator[tuple[np.ndarray, list[bool]]]:
    """Each copy's rows of features and which of these are of its sources; translations of the source, and
    rivals that are templated like it, are left out: calling them the source is neither right nor wrong."""
    for copy in copies:
        if not any(char.isalnum() for char in copy.text[:2000]):
            continue
        compared, features = compare(index, Asked(Side(tokenise(copy.text)), tokenise(copy.title)), CANDIDATES)
        own = {maker.url(id) for id in copy.sources}
        related = {maker.url(other) for id in copy.sources for other in maker.related(id)}
        right = np.array([entry.post.url in own for entry in compared], bool)
        matched = features[:, FEATURES.index("page_matched")]
        # A post that is templated like the source, or like its translation, matches nearly as much; what is
        # wrong with it is only that the source matches more, which the ranking of candidates says and no row
        # of its own can.
        rival = bool(copy.sources) & ~right & (matched > RIVAL)
        translation = ~right & np.array([entry.post.url in related for entry in compared], bool)
        kept = ~rival & ~translation
        if not copy.sources:
            # Posts are published twice, and look-alikes differ in nothing but a number: a page that has half of
            # a post's shingles is as good as a copy, unless the titles' numbers say otherwise.
            clash = features[:, FEATURES.index("title_numbers_clash")] > 0
            kept &= clash | (features[:, FEATURES.index("in_page_words")] < 0.5)
        yield features[kept], right[kept].tolist()


def train_matcher(output: Path, data: Path | None = None, log: Log = print, each: int = 250) -> None:
    """Train models/repost into `output` on damaged copies of the posts of the training sites."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    corpus = Corpus.read(data)
    maker = CopyMaker(corpus.side(test=False), seed=1)
    with tempfile.TemporaryDirectory() as folder:
        index = ReferenceIndex.build(Path(folder) / "train.index", maker.index_pages())
        log(f"matching: {len(index):,} posts of the training sites")
        made = list(_rows_of(maker, index, _both(maker, each)))
    rows = np.concatenate([features for features, _ in made])
    labels = np.concatenate([np.array(right, bool) for _, right in made])
    fold = np.repeat(np.arange(len(made)) % FOLDS, [len(right) for _, right in made])
    log(f"matching: {len(rows):,} pairs of page and post, {int(labels.sum()):,} of them copies")

    def fit(chosen: np.ndarray) -> Trees:
        classifier = HistGradientBoostingClassifier(
            monotonic_cst=[MONOTONE.get(name, 0) for name in FEATURES],
            max_iter=220,
            learning_rate=0.08,
            max_leaf_nodes=15,
            min_samples_leaf=20,
            l2_regularization=1,
            random_state=0,
        )
        return Trees.from_classifier(classifier.fit(rows[chosen], labels[chosen]))

    outside = np.zeros(len(rows))
    for part in range(FOLDS):
        outside[fold == part] = fit(fold != part).evaluate(rows[fold == part])
    calibration = LogisticRegression(C=1.0, fit_intercept=False).fit(calibration_inputs(outside, rows), labels)
    trees = fit(np.ones(len(rows), bool))
    save_model(
        output / MODEL,
        {
            "name": "repost",
            "version": 1,
            "features": list(FEATURES),
            "made_from": "damaged copies of official posts" if data else "damaged copies of the demo's posts",
            "posts": len(maker.indexed),
            "pairs": len(rows),
            "calibration": calibration.coef_[0].tolist(),
        },
        trees.to_arrays(),
    )


def _both(maker: CopyMaker, each: int) -> Iterator[Copy]:
    yield from maker.positives(each)
    yield from maker.negatives(each)


def evaluate_matcher(
    data: Path | None = None, log: Log = print, each: int = 100, threshold: float = 0.5
) -> dict[str, Any]:
    """Judge the shipped matching model on damaged copies of the posts of the test sites.

    Returns, and logs: per kind of damage the share flagged (with the source right first), and the share of
    kinds named right; per kind of negative the share flagged; the mean recall; the expected calibration
    error over ten bins.
    """
    corpus = Corpus.read(data)
    maker = CopyMaker(corpus.side(test=True) if data else corpus, seed=2)
    matcher = Matcher.load()
    flagged: dict[str, list[bool]] = defaultdict(list)
    first: list[bool] = []
    kinds: dict[str, list[bool]] = defaultdict(list)
    probabilities, truth = [], []
    with tempfile.TemporaryDirectory() as folder:
        index = ReferenceIndex.build(Path(folder) / "test.index", maker.index_pages())
        for copy in _both(maker, each):
            tokens = tokenise(copy.text)
            everything = np.ones(len(tokens), bool)
            found = matcher.matches(index, tokens, everything, everything, copy.title, CANDIDATES)
            best = found[0] if found else None
            hit = best is not None and best.probability >= threshold
            flagged[copy.damage].append(hit)
            right = best is not None and best.source_url in {
                maker.url(other) for id in copy.sources for other in maker.related(id)
            }
            if best is not None:
                probabilities.append(best.probability)
                truth.append(right)
            if copy.sources and hit and best is not None:
                first.append(right)
                same = copy.kind == best.kind or {copy.kind, best.kind} == {"mashup", "excerpt"}
                kinds[copy.damage].append(same)
    recalls = {name: float(np.mean(hits)) for name, hits in flagged.items() if not name.startswith("negative")}
    alarms = {name: float(np.mean(hits)) for name, hits in flagged.items() if name.startswith("negative")}
    for name, hits in flagged.items():
        named = f", kind right {np.mean(kinds[name]):.2f}" if kinds[name] else ""
        log(f"  {name:45} {len(hits):5} pages, flagged {np.mean(hits):.3f}{named}")
    figures = {
        "posts": len(index),
        "recall": recalls,
        "mean_recall": float(np.mean(list(recalls.values()))),
        "false_alarms": alarms,
        "source_right": float(np.mean(first)) if first else 0.0,
        "kind_right": float(np.mean([right for named in kinds.values() for right in named])) if kinds else 0.0,
        "calibration_error": calibration_error(np.array(probabilities), np.array(truth)),
    }
    for name in ("mean_recall", "source_right", "kind_right", "calibration_error"):
        log(f"  {name.replace('_', ' ')}: {figures[name]:.3f}")
    return figures


def calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean distance of probability and frequency over equal bins, weighted by
    the share of pages in each (Naeini et al. 2015)."""
    if not probabilities.size:
        return 0.0
    bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(probabilities[bin_of == bin].mean() - truth[bin_of == bin].mean()) * (bin_of == bin).mean()
            for bin in np.unique(bin_of)
        )
    )
