"""What a block looks like to the boilerplate model: hashed n-grams for the linear part, numbers for the trees.

Everything is computed for all blocks of a page at once. Nothing here depends on the length of scripts, styles or
other invisible markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter

import numpy as np

from detector import kernels
from detector.data import Document
from detector.text import code_points, normalisation

TEXT_BUCKETS = 1 << 17
NAME_BUCKETS = 1 << 14
_LONGEST_HINT = 400
_WORDS, _SENTENCE_ENDS = (kernels.COUNTS.index(name) for name in ("words", "sentence_ends"))

_TAGS = (
    "p",
    "li",
    "tr",
    "td",
    "th",
    "div",
    "span",
    "pre",
    "dt",
    "dd",
    "blockquote",
    "figcaption",
    "section",
    "article",
)
_ANCESTORS = ("ul", "ol", "table", "nav", "header", "footer", "aside", "article", "main", "form", "section", "figure")
_FIELDS = attrgetter("text", "tag", "path", "hints", "link_chars", "links", "level")
_BIT_OF_TAG = {name: 1 << bit for bit, name in enumerate(_TAGS)}
_BIT_OF_ANCESTOR = {name: 1 << (bit + len(_TAGS)) for bit, name in enumerate(_ANCESTORS)}

# Columns of the trees, in the order of `columns`. "own" scores: of text and of names; "closed": the closed forms.
_SCORES = ("text", "names")
_CLOSED = ("closed_share", "closed_weight", "closed_any")
_SHARES = ("unspaced", "digits", "capitals", "marks", "commas", "separators", "code_marks", "addresses", "quotes")
_LOCAL = (
    "characters_log", "words_log", "word_length", "link_density", "links_per_word",
    *(f"{name}_share" for name in _SHARES),
    "sentence_ends_log", "words_per_sentence", "capitalised_share", "short_words_share", "lines_log", "path_marks_log",
    "ends_sentence", "ends_colon", "ends_more", "starts_low", "starts_digit",
    "level", "depth", "repeats_log", "seen_log",
    *(f"tag_{name}" for name in _TAGS), *(f"inside_{name}" for name in _ANCESTORS),
)  # fmt: skip
_PAGE = (
    "blocks_log", "page_characters_log", "page_link_density", "page_prose_share", "page_unspaced_share",
    "place", "place_from_end_log", "place_log", "characters_before_share", "share_of_page", "prose_before_share",
    "prose_distance", "prose_distance_before", "prose_distance_after",
)  # fmt: skip
_GROUPS = ("path", "parent", "names", "top")
_OF_GROUP = ("blocks_log", "plain_log", "link_density", "prose_share", "page_share", *_SCORES)
_OF_NEIGHBOUR = ("characters_log", "link_density", "prose", "same_path", "same_names", "level", *_SCORES, *_CLOSED)
_WINDOWS = (1, 3, 8, 20)
_OF_WINDOW = ("plain_log", "link_density", "prose_share", *_SCORES)
_LANDMARKS = (
    "headline_level", "from_headline", "prose_from_headline", "links_from_headline",
    "lead_shared", "lead_apart", "lead_same_path", "lead_same_parent", "lead_same_names", "from_lead",
    *(
        f"densest_{group}_{name}"
        for group in ("parent", "names") for name in ("shared", "apart", "same", "share", "distance")
    ),
    *(f"heading_{name}" for name in ("distance", "level", *_SCORES, *_CLOSED)),
)  # fmt: skip
# Rows of a list are about as long as their neighbours, and begin, end or are made alike.
_STEPS = (2, 6)
COLUMNS = (
    *_LOCAL,
    *_PAGE,
    *(f"{group}_{name}" for group in _GROUPS for name in _OF_GROUP),
    *(f"{side}_{name}" for side in ("last", "next") for name in _OF_NEIGHBOUR),
    *(f"around_{width}_{name}" for width in _WINDOWS for name in _OF_WINDOW),
    *_LANDMARKS,
    *(f"{score}_{name}" for score in _SCORES for name in ("own", "mean", "above_mean")),
    *_CLOSED,
    *(f"{name}_log" for name in kernels.LINE_KEYS), *(f"length_step_{reach}" for reach in _STEPS),
    "title_overlap", "title_covered", "description_overlap", "description_covered",
)  # fmt: skip


@dataclass(frozen=True)
class Letters:
    """Texts in normal form, one after the other, and the character counts (`kernels.COUNTS`) of each."""

    letters: np.ndarray
    bounds: np.ndarray
    counts: np.ndarray

    def text(self, block: int) -> str:
        return "".join(map(chr, self.letters[self.bounds[block] : self.bounds[block + 1]].tolist()))


@dataclass(frozen=True)
class Shapes:
    """Where blocks stand in the tree. `groups` int64[4, blocks]: which blocks share path, parent, class names, main
    container; `depth` int64[blocks]; `bits` int64[blocks], element flags; `steps` int32 and their bounds: the elements
    of each path; `kinds` int64[blocks]: which have the same element, class and id names, and `names` with bounds: those
    names, hashed, of each kind."""

    groups: np.ndarray
    depth: np.ndarray
    bits: np.ndarray
    steps: np.ndarray
    step_bounds: np.ndarray
    kinds: np.ndarray
    names: np.ndarray
    names_bounds: np.ndarray

    def names_of_blocks(self) -> tuple[np.ndarray, np.ndarray]:
        """`names` and their bounds once for each block."""
        sizes = np.diff(self.names_bounds)[self.kinds]
        bounds = np.concatenate(([0], np.cumsum(sizes)))
        return self.names[np.arange(bounds[-1]) + np.repeat(self.names_bounds[self.kinds] - bounds[:-1], sizes)], bounds


@dataclass(frozen=True)
class PageFeatures:
    """Of each block: `numbers` float64[6, blocks] length, characters in links, links, heading
    level, how often the text stands on the page, and how often before the block; `text` bucket numbers of its
    n-grams with `text_bounds`; `lines` uint64[blocks, len(kernels.LINE_KEYS)], how it begins and ends; `overlap`
    float64[blocks, 4], shares of n-grams: of the block in the page's title, of the title in the block, and the same
    with the description."""

    letters: Letters
    shapes: Shapes
    numbers: np.ndarray
    text: np.ndarray
    text_bounds: np.ndarray
    lines: np.ndarray
    overlap: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        return np.asarray(self.numbers[0])


def fold(texts: Sequence[str]) -> Letters:
    """Normal form and counts of texts; linear in their length."""
    tables = normalisation()
    codes, bounds = _joined(texts)
    return Letters(*kernels.fold_blocks(codes, bounds, tables.fold, tables.expansions, tables.kinds))


def text_buckets(letters: Letters) -> tuple[np.ndarray, np.ndarray]:
    """Hashed n-grams of each text: bucket numbers below TEXT_BUCKETS, and bounds int64[texts + 1]."""
    buckets, bounds = kernels.text_features(letters.letters, letters.bounds, normalisation().kinds, TEXT_BUCKETS)
    return buckets, bounds


def featurise(document: Document) -> PageFeatures:
    """What is known of a document's blocks (at least one) before any model has seen them."""
    texts, tags, paths, hints, *numbers = zip(*map(_FIELDS, document.blocks), strict=True)
    letters = fold(texts)
    text, bounds = text_buckets(letters)
    overlap = np.concatenate(
        (_overlap(document.title, text, bounds), _overlap(document.description, text, bounds)), axis=1
    )
    lines = kernels.line_keys(letters.letters, letters.bounds, normalisation().kinds)
    return PageFeatures(letters, _shapes(tags, paths, hints), _numbers(texts, numbers), text, bounds, lines, overlap)


def columns(features: PageFeatures, scores: np.ndarray, closed: np.ndarray) -> tuple[np.ndarray, int]:
    """float64[blocks, len(COLUMNS)] and the block that looks like the headline (-1: none does).

    `scores` float64[blocks, 2] are how much text and names speak for content; `closed` float64[blocks, 3] how much
    of the block is closed forms, their weight, and whether they suffice.
    """
    shapes, numbers, counts = features.shapes, features.numbers, features.letters.counts
    lengths, levels = features.lengths, numbers[3]
    plain = lengths - np.minimum(numbers[1], lengths)
    prose = ((counts[:, _SENTENCE_ENDS] > 0) & (counts[:, _WORDS] >= 12) & (plain > 0.6 * lengths)).astype(np.float64)
    weight = np.sqrt(lengths)
    out = np.empty((lengths.size, len(COLUMNS)))
    at = kernels.local_columns(out, 0, counts, numbers, shapes.bits, shapes.depth, len(_TAGS) + len(_ANCESTORS))
    at = kernels.page_columns(out, at, counts, lengths, plain, prose)
    for group in shapes.groups:
        at = kernels.group_columns(out, at, group, lengths, plain, prose, weight, scores)
    path, _, names, _ = shapes.groups
    at = kernels.neighbour_columns(out, at, lengths, plain, prose, levels, path, names, scores, closed)
    for reach in _WINDOWS:
        at = kernels.window_columns(out, at, reach, lengths, plain, prose, weight, scores)
    headline = kernels.headline(levels, features.overlap, lengths)
    at = kernels.landmark_columns(
        out, at, headline, levels, lengths, plain, prose, shapes.groups, shapes.depth, shapes.steps, shapes.step_bounds
    )
    at = kernels.heading_columns(out, at, levels, scores, closed)
    mean = weight @ scores / weight.sum()
    for own in range(len(_SCORES)):
        out[:, at], out[:, at + 1], out[:, at + 2] = scores[:, own], mean[own], scores[:, own] - mean[own]
        at += 3
    out[:, at : at + 3] = closed
    at += 3
    # Logarithms of 1 + how many other blocks begin, end or are made alike.
    out[:, at : at + len(kernels.LINE_KEYS)] = np.log(kernels.count_alike(features.lines))
    at += len(kernels.LINE_KEYS)
    logs = np.log1p(lengths)
    for reach in _STEPS:
        out[:, at] = _length_step(logs, reach)
        at += 1
    out[:, at:] = features.overlap
    return out, headline


def _length_step(lengths: np.ndarray, reach: int) -> np.ndarray:
    """How far each block's length, a logarithm, is from the mean of the blocks at most `reach` away."""
    sums = np.concatenate(([0.0], np.cumsum(lengths)))
    at = np.arange(lengths.size)
    first, last = np.maximum(at - reach, 0), np.minimum(at + reach + 1, lengths.size)
    return np.abs(lengths - (sums[last] - sums[first]) / (last - first))


def _joined(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    bounds = np.fromiter(accumulate(map(len, texts), initial=0), np.int64, len(texts) + 1)
    return code_points("".join(texts)), bounds


def _numbers(texts: Sequence[str], numbers: Sequence[Sequence[int]]) -> np.ndarray:
    """`numbers` are characters in links, links and heading level of each block."""
    seen: dict[str, int] = {}
    before = []
    for text in texts:
        earlier = seen.get(text, 0)
        seen[text] = earlier + 1
        before.append(earlier)
    return np.array(([*map(len, texts)], *numbers, [seen[text] for text in texts], before), np.float64)


def _overlap(wanted: str, text: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Share of each block's n-grams that `wanted` has, and of its n-grams that the block has: float64[blocks, 2]."""
    if not wanted:
        return np.zeros((bounds.size - 1, 2))
    buckets, _ = text_buckets(fold([wanted[:_LONGEST_HINT]]))
    return np.asarray(kernels.overlap(text, bounds, buckets, TEXT_BUCKETS))


def _shapes(tags: Sequence[str], paths: Sequence[str], hints: Sequence[str]) -> Shapes:
    # The blocks of a page are of few kinds.
    kinds: dict[tuple[str, str, str], int] = {}
    which = np.array([kinds.setdefault(kind, len(kinds)) for kind in zip(paths, hints, tags, strict=True)])
    parents, names, elements = (dict[str, int]() for _ in range(3))
    tops: dict[tuple[str, ...], int] = {}
    of_path: dict[str, tuple[int, int, int, int, int, str]] = {}
    known: list[tuple[int, ...]] = []
    strings: list[str] = []
    steps: list[int] = []
    step_bounds = [0]
    for path, hint, tag in kinds:
        place = of_path.get(path)
        if place is None:
            inside = path.split("/")
            steps += [elements.setdefault(name, len(elements)) for name in inside]
            step_bounds.append(len(steps))
            parent = parents.setdefault(path.rpartition("/")[0], len(parents))
            top = tops.setdefault(tuple(inside[:4]), len(tops))
            bits = sum(_BIT_OF_ANCESTOR[name] for name in _BIT_OF_ANCESTOR.keys() & inside)
            place = of_path[path] = (len(of_path), parent, top, len(inside), bits, "/".join(inside[-2:]))
        own, parent, top, depth, bits, end = place
        known.append((own, parent, names.setdefault(hint, len(names)), top, depth, bits | _BIT_OF_TAG.get(tag, 0)))
        strings.append(f"{end} {hint} {path}")
    table = np.array(known, np.int64).T[:, which]
    return Shapes(
        table[:4],
        table[4],
        table[5],
        np.array(steps, np.int32),
        np.array(step_bounds, np.int64),
        which,
        *kernels.name_features(*_joined(strings), NAME_BUCKETS),
    )
