"""Blocks -> categories: what on a page is its own text, and what the rest is.

Linear scores over hashed n-grams of the text and over element, class and id names say what each block looks like by
itself; boosted trees that also see its place, its neighbours and its like-structured group say whether it is content,
and so does a network over the same evidence (`detector.block_categories`), which names the category of what is not. All
blocks of a page at once, and nothing is remembered between pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from detector import kernels
from detector.block_categories import CategoryModel
from detector.block_features import COLUMNS, PageFeatures, columns, featurise
from detector.closed_forms import ClosedForms, Found
from detector.columns import made_of
from detector.data import CATEGORIES, Block, Document, ModelInvalid, SourceBlock
from detector.resources import load_model, models_dir
from detector.toc import table_of_contents
from detector.trees import Trees

NAME = "boilerplate_v1"
CONTENT, TITLE, TITLE_DUP, TOC = (CATEGORIES.index(name) for name in ("content", "title", "title_dup", "toc"))
_SCORE_LIMIT = 8.0
_FORM_SAYS = 0.3  # added to the probability of the category whose closed form it is
# How much of a closed form is left a block later, and a block earlier: headings like "友情链接" say what follows.
_FADED = ((0.85, 0.85), (0.97, 0.0))
_VIEWS = 8 + sum(keep > 0 for pair in _FADED for keep in pair)  # of the categories, that the network gets

_LINK_DENSITY = COLUMNS.index("link_density")
# From so many letters of a title on, own text that says the same is taken for a repetition of it: half the time it is,
# on labelled pages.
_LEAST_REPEATED = 6
_MANY_LINKS = 0.6  # of a block's text, so that a reason names them
_HEADING, _READS_ON = "heading within the page's own text", "reads and lies like the page's own text"
_LISTED, _REPEATED = "in a row of lines that come again below", "says the same as the title"
_TEXT = attrgetter("text")


@dataclass(frozen=True)
class Linear:
    """int8 weights [buckets, categories] with a scale and a bias per category."""

    weights: np.ndarray
    scale: np.ndarray
    bias: np.ndarray

    def score(self, buckets: np.ndarray, bounds: np.ndarray) -> np.ndarray:
        """float32[blocks, categories], log-odds of each category against all others."""
        return np.asarray(kernels.linear_scores(buckets, bounds, self.weights, self.scale, self.bias))


@dataclass(frozen=True)
class Evidence:
    """`trees` float64[blocks, len(COLUMNS)] is what the content trees see, `network` float32[blocks, ...] what the
    network sees."""

    trees: np.ndarray
    network: np.ndarray


def gather(features: PageFeatures, found: Found, text: np.ndarray, names: np.ndarray) -> Evidence:
    """Put together what is known of each block: its own features and scores, and those of its neighbours, of its
    like-structured groups and of the page. `text` and `names` are the linear scores [blocks, categories]."""
    text = np.clip(text, -_SCORE_LIMIT, _SCORE_LIMIT)
    names = np.clip(names, -_SCORE_LIMIT, _SCORE_LIMIT)
    own = np.stack((text[:, CONTENT], names[:, CONTENT]), axis=1).astype(np.float64)
    closed = np.stack((found.share, found.weight.sum(axis=1), found.closed.any(axis=1)), axis=1).astype(np.float64)
    trees, _ = columns(features, own, closed)
    network = np.empty((len(text), _VIEWS * len(CATEGORIES) + len(COLUMNS)), np.float32)
    at = kernels.evidence_columns(network, text, names, np.minimum(found.weight, 4), found.closed, _FADED)
    network[:, at:] = trees
    return Evidence(trees, network)


class BoilerplateModel:
    """The shipped classifier; `classify` keeps no state."""

    def __init__(self, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self.text = Linear(arrays["text_weights"], arrays["text_scale"], arrays["text_bias"])
        self.names = Linear(arrays["name_weights"], arrays["name_scale"], arrays["name_bias"])
        self.trees = {
            True: Trees.from_arrays(arrays, len(COLUMNS), "html_"),
            False: Trees.from_arrays(arrays, len(COLUMNS), "plain_"),
        }
        self.categories = {
            True: CategoryModel.from_arrays(arrays, "html_"),
            False: CategoryModel.from_arrays(arrays, "plain_"),
        }
        self.closed_forms = ClosedForms(header["closed_forms"], arrays)
        self.lowest, self.highest = (float(limit) for limit in header["content_threshold"])

    @classmethod
    def load(cls, folder: Path | None = None) -> BoilerplateModel:
        """Read the shipped model, or the one in `folder`.

        Raises ModelInvalid when it is missing, damaged, or made for other categories.
        """
        folder = folder or models_dir() / NAME
        header, arrays = load_model(folder)
        if header.get("categories") != list(CATEGORIES) or header.get("features") != list(COLUMNS):
            raise ModelInvalid(f"model {folder.name}: made for other categories or features; run `detector train`")
        try:
            return cls(header, arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelInvalid(f"model {folder.name}: lacks {error}; reinstall or run `detector train`") from error

    def classify(self, document: Document) -> tuple[Block, ...]:
        """One Block per block of the document, in order; linear in the page's length, never raises on content."""
        if not document.blocks:
            return ()
        features = featurise(document)
        found = self.closed_forms.find(features.letters)
        shapes = features.shapes
        evidence = gather(
            features,
            found,
            self.text.score(features.text, features.text_bounds),
            self.names.score(shapes.names, shapes.names_bounds)[shapes.kinds],
        )
        categories = self.categories[document.from_html]
        rest, own = categories.network.evaluate(evidence.network)
        # Trees and network err in other places: the mean of their log-odds errs less than either.
        content = 1 / (1 + np.exp(-(self.trees[document.from_html].evaluate(evidence.trees) + own) / 2))
        needed = np.full(content.size, self._threshold(content, features))
        votes = rest * categories.votes
        said = np.flatnonzero(found.closed.any(axis=1))
        if said.size:
            # A closed form that suffices decides in doubt, and such a block has to look like content beyond doubt.
            weight = found.weight[said]
            says = _FORM_SAYS * found.closed[said] * weight / weight.sum(axis=1, keepdims=True)
            rest[said] += says
            votes[said] += says
            needed[said] = self.highest
        rest[:, CONTENT] = votes[:, CONTENT] = 0
        rest /= rest.sum(axis=1, keepdims=True)
        keep = content >= needed
        category = np.where(keep, CONTENT, votes.argmax(axis=1))
        listed = _listed_headings(document, category)
        if listed:
            content[listed], rest[listed], category[listed] = 0, np.eye(len(CATEGORIES))[TOC], TOC
        _one_title(document, category, rest)
        repeated = _repetitions_of_title(document, category)
        if repeated:
            content[repeated], rest[repeated], category[repeated] = 0.5, np.eye(len(CATEGORIES))[TITLE_DUP], TITLE_DUP
        confidence = np.where(category == CONTENT, content, (1 - content) * rest[np.arange(len(rest)), category])
        ruled = dict.fromkeys(listed, _LISTED) | dict.fromkeys(repeated, _REPEATED)
        return self._blocks(document, evidence, found, category, confidence, ruled)

    def _threshold(self, content: np.ndarray, features: PageFeatures) -> float:
        """The probability from which on a block is content: where the expected token F1 of the page is highest.

        Taking blocks by falling probability p with n words each, expected F1 is about
        2 * sum(p * n of those taken) / (sum(n of those taken) + sum(p * n of all)); see Jansche (2007), "A maximum
        expected utility framework for binary sequence labeling".
        """
        order = np.argsort(-content)
        words = np.maximum(features.letters.counts[order, 1], 1)
        gain = np.cumsum(content[order] * words)
        best = int(np.argmax(gain / (np.cumsum(words) + gain[-1])))
        return float(np.clip(content[order[best]], self.lowest, self.highest))

    def _blocks(
        self,
        document: Document,
        evidence: Evidence,
        found: Found,
        category: np.ndarray,
        confidence: np.ndarray,
        ruled: Mapping[int, str],
    ) -> tuple[Block, ...]:
        own = category.tolist()
        suffices = found.closed.any(axis=1)
        also: list[tuple[str, ...]] = [()] * len(own)
        for index in np.flatnonzero(suffices & (category != CONTENT)).tolist():
            also[index] = self._also(index, found, own[index])
        reasons = self._reasons(
            own,
            np.where(suffices, found.best, -1).tolist(),
            evidence.trees[:, _LINK_DENSITY].tolist(),
            document.blocks,
        )
        for index, reason in ruled.items():
            reasons[index] = reason
        texts, names = [*map(_TEXT, document.blocks)], [*map(CATEGORIES.__getitem__, own)]
        return tuple(made_of(Block, texts, names, confidence.tolist(), also, reasons))

    def _reasons(
        self, own: Sequence[int], clauses: Sequence[int], link_densities: Sequence[float], blocks: Sequence[SourceBlock]
    ) -> list[str]:
        """Why each block is of its category: by the clause it has, if it is no content and has one."""
        reasons = []
        looks: dict[tuple[str, float], str] = {}  # most blocks of a page are made like others
        for category, clause, link_density, source in zip(own, clauses, link_densities, blocks, strict=True):
            if category == CONTENT:
                reason = _HEADING if source.level else _READS_ON
            elif clause >= 0:
                reason = f"closed form: {self.closed_forms.phrases[clause].strip('^$')}"
            else:
                look = source.hints, link_density if link_density > _MANY_LINKS else 0.0
                reason = looks.get(look) or looks.setdefault(look, _look(*look))
            reasons.append(reason)
        return reasons

    @staticmethod
    def _also(index: int, found: Found, own: int) -> tuple[str, ...]:
        """The further categories of a block that closed forms suffice for, strongest first."""
        suffice = np.flatnonzero(found.closed[index]).tolist()
        weight = found.weight[index].tolist()
        return tuple(CATEGORIES[other] for other in sorted(suffice, key=lambda other: -weight[other]) if other != own)


def _look(hints: str, link_density: float) -> str:
    """What a block looks like that no closed form says anything of; `link_density` 0 when links are few."""
    name = hints.partition(" ")[0]
    if link_density:
        row = f"{link_density:.0%} of the text is links"
        return f"{row}, in an element called '{name}'" if name else row
    return f"wording and place, in an element called '{name}'" if name else "wording and place on the page"


def _listed_headings(document: Document, category: np.ndarray) -> list[int]:
    """The blocks of a table of contents that was taken for content; none when most of the run is something else."""
    run = table_of_contents([block.text for block in document.blocks])
    own = [index for index in run if category[index] in (CONTENT, TOC)]
    return own if 2 * len(own) > len(run) else []


def _one_title(document: Document, category: np.ndarray, rest: np.ndarray) -> None:
    """Leave the likeliest title, or what says the same before it; others that say the same are repetitions of it, and
    what says something else is of its second likeliest category."""
    titles = np.flatnonzero(category == TITLE)
    if not titles.size:
        return
    best = int(titles[np.argmax(rest[titles, TITLE])])
    said = document.blocks[best].text.casefold()
    for other in titles[titles != best].tolist():
        text = document.blocks[other].text.casefold()
        if text in said or said in text:
            rest[other, TITLE_DUP] = rest[other, TITLE]
        rest[other, TITLE] = 0.0
        category[other] = rest[other].argmax()
    same = _saying(document, best, np.flatnonzero(category[:best] == TITLE_DUP).tolist())
    if same:
        category[same[0]], category[best] = TITLE, TITLE_DUP


def _repetitions_of_title(document: Document, category: np.ndarray) -> list[int]:
    """The blocks taken for content that say the same as the title."""
    titles = np.flatnonzero(category == TITLE).tolist()
    if not titles or len(_letters(document.blocks[titles[0]].text)) < _LEAST_REPEATED:
        return []
    return _saying(document, titles[0], np.flatnonzero(category == CONTENT).tolist())


def _saying(document: Document, wanted: int, others: Iterable[int]) -> list[int]:
    """Those of some blocks whose letters are those of another one."""
    text = document.blocks[wanted].text
    letters, longest = _letters(text), 2 * len(text)
    texts = ((other, document.blocks[other].text) for other in others)
    return [other for other, text in texts if len(text) <= longest and _letters(text) == letters]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


@cache
def shipped_model() -> BoilerplateModel:
    """Read once a process: a model never changes."""
    return BoilerplateModel.load()
