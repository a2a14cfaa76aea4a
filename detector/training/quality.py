"""How good an extraction or a labelling is: token F1, snippet F1, per-category F1, bootstrap intervals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

# One character a token in Han and kana, runs of word characters elsewhere.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


def tokens(text: str) -> list[str]:
    """Lower-cased runs of word characters, Han and kana by character.

    >>> tokens("Über 3 Dinge, 世界!")
    ['über', '3', 'dinge', '世', '界']
    """
    return _TOKEN.findall(text.lower())


def _f1(found: int, given: int, wanted: int) -> float:
    """Two empty sides agree fully; one empty side scores 0."""
    if not given and not wanted:
        return 1.0
    return 2 * found / (given + wanted)


def token_f1(extracted: str, gold: str, size: int = 1) -> float:
    """F1 of the multisets of token `size`-grams of two texts, 0..1.

    `size` 4 is the figure of scrapinghub/article-extraction-benchmark (there with clipped counts as here).
    """
    ours, theirs = (_grams(tokens(text), size) for text in (extracted, gold))
    return _f1((ours & theirs).total(), ours.total(), theirs.total())


def _grams(words: list[str], size: int) -> Counter[tuple[str, ...]]:
    if 0 < len(words) < size:
        return Counter([tuple(words)])
    return Counter(zip(*(words[shift:] for shift in range(size)), strict=False))


def snippet_counts(extracted: str, wanted: Sequence[str], unwanted: Sequence[str]) -> tuple[int, int, int, int]:
    """True positives, false negatives, false positives, true negatives, as trafilatura's evaluation counts them:
    a snippet counts when it stands in the extracted text word for word (white space aside)."""
    flat = " ".join(extracted.split())
    hits = sum(" ".join(snippet.split()) in flat for snippet in wanted)
    false = sum(" ".join(snippet.split()) in flat for snippet in unwanted)
    return hits, len(wanted) - hits, false, len(unwanted) - false


def snippet_f1(counts: np.ndarray) -> float:
    """F1 over all snippets of all pages; `counts` is int[pages, 4] of `snippet_counts`."""
    hits, misses, false, _ = counts.sum(axis=0)
    return float(2 * hits / max(1, 2 * hits + misses + false))


def interval(
    figure: Callable[[np.ndarray], float], rows: np.ndarray, rounds: int = 500, seed: int = 0
) -> tuple[float, float, float]:
    """The figure of all rows and its 95 % bootstrap interval, rows (pages) drawn with replacement."""
    random = np.random.default_rng(seed)
    draws = [figure(rows[random.integers(0, len(rows), len(rows))]) for _ in range(rounds)]
    low, high = np.quantile(draws, (0.025, 0.975))
    return figure(rows), float(low), float(high)


def category_counts(gold: Sequence[Sequence[str]], given: Sequence[str], categories: Sequence[str]) -> np.ndarray:
    """int[categories, 3] of one page: given and right, given, wanted.

    `gold` lists each block's labels, first label first. A category given is right when it is any of them; a block
    then wants the one it was given, else its first. A block without labels is not counted.
    """
    column = {name: index for index, name in enumerate(categories)}
    counts = np.zeros((len(categories), 3), np.int64)
    for labels, name in zip(gold, given, strict=True):
        if not labels:
            continue
        right = name in labels
        counts[column[name], 0] += right
        counts[column[name], 1] += 1
        counts[column[name if right else labels[0]], 2] += 1
    return counts


def category_f1(counts: np.ndarray) -> np.ndarray:
    """float64[categories] from summed `category_counts`; NaN for categories that are neither given nor wanted."""
    right, given, wanted = counts.T
    return np.where(given + wanted > 0, 2 * right / np.maximum(given + wanted, 1), np.nan)


def macro_f1(counts: np.ndarray) -> float:
    """Mean F1 of the categories that are wanted anywhere; `counts` is int[pages, categories, 3]."""
    total = counts.sum(axis=0)
    scores = category_f1(total)[total[:, 2] > 0]
    return float(scores.mean()) if scores.size else 0.0
