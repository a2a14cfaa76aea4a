"""Fit what names the categories of blocks, and helps to tell own text: targets and weights of the network, and the
votes on top of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detector.block_categories import CategoryModel
from detector.data import CATEGORIES
from detector.training.examples import WRITTEN, Example, Featured
from detector.training.gold import fold_of
from detector.training.network import Size, Taught, fit_network
from detector.training.quality import macro_f1
from detector.training.weak_labels import UNKNOWN

FOLDS = 3
# How much the category of a block counts that was labelled by reading it (on pages of `reposts/`; on those with gold
# main text, most of which are English), and of others: on written pages, made-up ones, pages with weak labels in their
# markup, pages as text; of content, which says much the same everywhere, less.
_READ_WEIGHT, _READ_GOLD_WEIGHT = 2, 1
_WRITTEN_WEIGHTS = (0.6, 0.3)
_MADE_UP_WEIGHTS, _HTML_WEIGHTS, _PLAIN_WEIGHTS = (0.3, 0.15), (0.15, 0.075), (0.25, 0.03)
# What a teacher holds less likely than this, all in all, is not learned from.
_LEAST_TAUGHT = 0.5
# The networks for HTML and for text, and how much the categories of a page of 60 read blocks count beside what is its
# own text, which counts 1 in the mean of all pages; chosen on sites kept for that (own text) and out of fold
# (categories).
_SIZES = {True: Size(units=64, width=64, epochs=16), False: Size(units=192, width=96, epochs=6)}
_OF_CATEGORY = {True: 0.5 / 60, False: 2 / 60}
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
    own_weights: Sequence[np.ndarray],
    log: Callable[[str], None] = print,
) -> CategoryModel:
    """Fit a network on pages of one kind, and votes by what networks say of pages whose sites they have not seen. Of
    each page `evidence` is float32[blocks, inputs], `targets` float32[blocks, categories], how likely each category is
    (all 0 where nothing is known), and `own_weights` float32[blocks], how much it counts whether a block is content."""
    taught = [
        Taught(rows, likely, _weights(one.example, likely), one.example.content.astype(np.float32), weights)
        for one, rows, likely, weights in zip(featured, evidence, targets, own_weights, strict=True)
    ]
    size = _SIZES[featured[0].example.document.from_html]
    fold = np.array([fold_of(one.example.site, FOLDS) for one in featured])
    read = [page for page, one in enumerate(featured) if one.example.read and one.example.source != WRITTEN]
    likely: dict[int, np.ndarray] = {}
    for own in range(FOLDS if read else 0):
        network = fit_network([taught[page] for page in np.flatnonzero(fold != own).tolist()], size)
        likely |= {page: network.evaluate(evidence[page])[0] for page in read if fold[page] == own}
        log(f"categories, fold {own + 1} of {FOLDS}")
    votes = fit_votes(
        np.concatenate([likely[page] for page in read]) if read else np.zeros((0, len(CATEGORIES))),
        np.concatenate([featured[page].example.category for page in read]) if read else np.zeros(0, np.int16),
    )
    log("votes: " + " ".join(f"{name} {vote:.2f}" for name, vote in zip(CATEGORIES, votes.tolist(), strict=True)))
    return CategoryModel(fit_network(taught, size), votes)


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


def _weights(example: Example, targets: np.ndarray) -> np.ndarray:
    """How much each block's category counts, float32[blocks]."""
    if example.source == WRITTEN:
        other, content = _WRITTEN_WEIGHTS
    elif example.read:
        other = content = float(_READ_WEIGHT if example.source == "labelled" else _READ_GOLD_WEIGHT)
    elif example.made_up:
        other, content = _MADE_UP_WEIGHTS
    else:
        other, content = _HTML_WEIGHTS if example.document.from_html else _PLAIN_WEIGHTS
    weights = _OF_CATEGORY[example.document.from_html] * np.where(targets[:, 0] > 0.5, content, other)
    return np.asarray(np.where(targets.any(axis=1), weights, 0).astype(np.float32))
