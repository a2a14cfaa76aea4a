"""Fit the networks that name the categories of blocks: the second one on what the first says of sites that it has not
seen, as it will of every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from detector.block_categories import CategoryModel, Network, in_context, standard
from detector.data import CATEGORIES
from detector.training.examples import WRITTEN, Example, Featured
from detector.training.gold import fold_of
from detector.training.network import Layers, fit_layers
from detector.training.quality import macro_f1
from detector.training.weak_labels import UNKNOWN

FOLDS = 3
# How often a block that was labelled by reading it is taken (of pages of `reposts/`; of those with gold main text, most
# of which are English), and which share of the others: of written pages, of made-up ones, of pages with weak labels in
# their markup, of pages as text; of content, which says much the same everywhere, less.
_READ_TIMES, _READ_GOLD_TIMES = 2, 1
_WRITTEN_SHARES = (0.6, 0.3)
_MADE_UP_SHARES, _HTML_SHARES, _PLAIN_SHARES = (0.3, 0.15), (0.15, 0.075), (0.25, 0.03)
# What a teacher holds less likely than this, all in all, is not learned from.
_LEAST_TAUGHT = 0.5
# Hidden units of each pass. Labels are few beside what is known of a block, so that units are dropped in training
# (`detector.training.network`), and the first pass gets more of them than it needs.
_FIRST_UNITS, _SECOND_UNITS = 192, 96
# Steps and limits of how much a category counts when the likeliest is chosen.
_STEPS, _LEAST_VOTE, _MOST_VOTE, _ROUNDS = (0.5, 0.7, 1.4, 2.0), 0.5, 2.0, 2


def known_targets(example: Example) -> np.ndarray:
    """float32[blocks, categories]: 1 at the category of each block whose category is known, else nothing."""
    return np.asarray((example.category[:, None] == np.arange(len(CATEGORIES))).astype(np.float32))


def taught_targets(example: Example, teacher: np.ndarray) -> np.ndarray:
    """The targets of a page as text, float32[blocks, categories]: where nothing better is known, how likely each
    category is by a model that sees the page in its markup (`teacher`, [blocks of the original, categories]).

    What a model sees with more evidence teaches one that has less (Vapnik & Izmailov 2015, "Learning using privileged
    information"): links, lists and class names tell menus and lists of other headlines that look like text without.
    """
    targets = known_targets(example)
    origin = example.blocks_of_original
    assert origin is not None
    taught = (origin >= 0) & (example.category == UNKNOWN)
    likely = teacher[origin[taught]].astype(np.float32)
    likely[example.judged[taught], 0] = 0  # known to be no content
    total = likely.sum(axis=1, keepdims=True)
    targets[taught] = np.where(total >= _LEAST_TAUGHT, likely / np.maximum(total, _LEAST_TAUGHT), 0)
    return targets


def fit_categories(
    featured: Sequence[Featured],
    evidence: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    log: Callable[[str], None] = print,
) -> CategoryModel:
    """Fit both passes on pages of one kind. Of each page `evidence` is float32[blocks, inputs] and `targets`
    float32[blocks, categories], how likely each category is; all 0 where nothing is known."""
    random = np.random.default_rng(0)
    chosen = [_chosen(one.example, own, random) for one, own in zip(featured, targets, strict=True)]
    fold = np.array([fold_of(one.example.site, FOLDS) for one in featured])
    likely: list[np.ndarray] = [np.zeros(0)] * len(featured)
    for part in range(FOLDS):
        network = _fit(evidence, targets, chosen, np.flatnonzero(fold != part), _FIRST_UNITS)
        for page in np.flatnonzero(fold == part).tolist():
            likely[page] = network.probabilities(evidence[page])
    everything = np.arange(len(featured))
    first = _fit(evidence, targets, chosen, everything, _FIRST_UNITS)
    contexts = {page: in_context(evidence[page], likely[page]) for page in everything.tolist() if chosen[page].size}
    second = _fit(contexts, targets, chosen, everything, _SECOND_UNITS)
    read = [
        page for page in everything.tolist() if featured[page].example.read and featured[page].example.source != WRITTEN
    ]
    votes = fit_votes(
        np.concatenate([likely[page] for page in read]) if read else np.zeros((0, len(CATEGORIES))),
        np.concatenate([featured[page].example.category for page in read]) if read else np.zeros(0, np.int16),
    )
    log(f"categories: {sum(own.size for own in chosen):,} blocks of {sum(own.size > 0 for own in chosen):,} pages")
    log("votes: " + " ".join(f"{name} {vote:.2f}" for name, vote in zip(CATEGORIES, votes.tolist(), strict=True)))
    return CategoryModel(first, second, votes)


def fit_votes(likely: np.ndarray, category: np.ndarray) -> np.ndarray:
    """How much each category's probability counts when the likeliest one is chosen for a block that is no content,
    float32[categories] from 0.5 to 2: where macro-F1 is highest, by coordinate ascent.

    `likely` float64[blocks, categories] comes from models that have not seen the blocks' sites, `category`
    int16[blocks] is what the blocks are. A category that is rare is else hardly ever the likeliest, and its F1 is as
    much in the mean as any other's.
    """
    rows = (category != UNKNOWN) & (category != 0)
    likely, category = likely[rows].copy(), category[rows]
    likely[:, 0] = 0
    votes = np.ones(len(CATEGORIES))
    if not category.size:
        return votes.astype(np.float32)
    best = _macro_f1((likely * votes).argmax(axis=1), category)
    for _ in range(_ROUNDS):
        for which in range(1, len(CATEGORIES)):
            for step in _STEPS:
                tried = votes.copy()
                tried[which] = np.clip(tried[which] * step, _LEAST_VOTE, _MOST_VOTE)
                score = _macro_f1((likely * tried).argmax(axis=1), category)
                if score > best:
                    best, votes = score, tried
    return votes.astype(np.float32)


def _macro_f1(said: np.ndarray, category: np.ndarray) -> float:
    right, given, wanted = (
        np.bincount(which, minlength=len(CATEGORIES)) for which in (category[said == category], said, category)
    )
    return macro_f1(np.stack((right, given, wanted), axis=1)[None])


def _chosen(example: Example, targets: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The blocks of a page that are learned from, int64."""
    known = np.flatnonzero(targets.any(axis=1))
    if example.source == WRITTEN:
        other, content = _WRITTEN_SHARES
    elif example.read:
        return np.repeat(known, _READ_TIMES if example.source == "labelled" else _READ_GOLD_TIMES)
    elif example.made_up:
        other, content = _MADE_UP_SHARES
    else:
        other, content = _HTML_SHARES if example.document.from_html else _PLAIN_SHARES
    return known[random.random(known.size) < np.where(targets[known, 0] > 0.5, content, other)]


def _fit(
    inputs: Sequence[np.ndarray] | Mapping[int, np.ndarray],
    targets: Sequence[np.ndarray],
    chosen: Sequence[np.ndarray],
    pages: np.ndarray,
    units: int,
) -> Network:
    taken = [page for page in pages.tolist() if chosen[page].size]
    rows = np.concatenate([inputs[page][chosen[page]] for page in taken])
    wanted = np.concatenate([targets[page][chosen[page]] for page in taken])
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-3)
    layers: Layers = fit_layers(standard(rows, mean, spread), wanted, units)
    # Categories that no block has stay unlikely.
    layers.out_bias[~wanted.any(axis=0)] = -20.0
    return Network(*(np.asarray(part, np.float32) for part in (mean, spread, *layers)))
