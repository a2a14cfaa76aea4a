"""Which candidates are worth aligning: a small model of what the index alone tells of a page and a post.

Most pages of a crawl copy nothing, and aligning a candidate costs a hundred times what a row here does. A candidate
below the `cut` is not aligned; its probability is the one that this model gives. The cut is set so that next to none of
the copies is lost by it, see `detector.training.screening`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.calibration import calibration_inputs, squash
from detector.sampling import rate
from detector.search import Candidate
from detector.text import Tokens
from detector.trees import Trees
from detector.views import VIEWS

PREFIX = "screen_"
# Order and names are part of the model: changing them needs `detector train`.
SCREENED = (
    *(f"in_page_{name}" for name in VIEWS),
    *(f"in_post_{name}" for name in VIEWS),
    *(f"rare_{name}" for name in VIEWS),
    "score",
    "anchor_cosine",
    "margin",  # ln of the score over the best one of another candidate
    "anchor_margin",
    "page_log",  # ln of the page's words
    "post_log",  # ln of the post's tokens, as far as its keys tell
    "page_unspaced",  # share of the page's tokens that are characters of a script without spaces
    "post_spaced",  # runs of short words for each run of words of the post: hardly any in a script without spaces
    "anchors_in_post",  # names and numbers for each run of words of the post
)
# More of these can only speak for a copy.
MONOTONE = frozenset((*SCREENED[: 2 * len(VIEWS)], "score", "anchor_cosine"))
TIE_BREAKERS = ("score", "anchor_cosine", "post_log")
_TIES = tuple(map(SCREENED.index, TIE_BREAKERS))
SPACED = 0.2  # `post_spaced` of a text in a script with spaces, at least


def screen_features(tokens: Tokens, candidates: Sequence[Candidate], sampling: int) -> np.ndarray:
    """Rows of SCREENED (float64) for a text's tokens and what an index of this sampling has found for it."""
    page_log = math.log(max(1.0, len(tokens) * tokens.words_a_token))
    score, next_score = _two_highest([candidate.score for candidate in candidates])
    cosine, next_cosine = _two_highest([candidate.anchor_score for candidate in candidates])
    rows = []
    for candidate in candidates:
        words = _size(candidate, "words", sampling)
        other = next_score if candidate.score == score else score
        other_cosine = next_cosine if candidate.anchor_score == cosine else cosine
        rows.append(
            (
                *candidate.in_page.values(),
                *candidate.in_post.values(),
                *candidate.rare.values(),
                candidate.score,
                candidate.anchor_score,
                math.log((candidate.score + 0.05) / (other + 0.05)),
                math.log((candidate.anchor_score + 0.02) / (other_cosine + 0.02)),
                page_log,
                math.log(words),
                tokens.unspaced,
                post_spaced(candidate, sampling),
                _size(candidate, "anchors", sampling) / words,
            )
        )
    return np.array(rows).reshape(len(rows), len(SCREENED))


def post_spaced(candidate: Candidate, sampling: int) -> float:
    """About 0.5 for a post in a script with spaces, below SPACED for one without."""
    return _size(candidate, "short", sampling) / _size(candidate, "words", sampling)


def _size(candidate: Candidate, view: str, sampling: int) -> float:
    """About how many keys a post has in a view, kept or not; at least 1."""
    return max(1.0, candidate.sizes[view] * rate(view, sampling))


def _two_highest(values: list[float]) -> tuple[float, float]:
    """The highest of the values and the one after it (0 when there is none)."""
    first, second, *_ = *heapq.nlargest(2, values), 0.0, 0.0
    return first, second


@dataclass(frozen=True)
class Screen:
    """The shipped model: `calibration` as in `calibration_inputs`, with TIE_BREAKERS; `cut` is the probability from
    which on a candidate is aligned."""

    trees: Trees
    calibration: np.ndarray
    cut: float

    @classmethod
    def from_model(cls, described: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Screen:
        """Read back what `description` and `arrays` gave. Raises KeyError, TypeError or ValueError when it is not
        that."""
        if described["features"] != list(SCREENED):
            raise ValueError("features as this version knows them")
        calibration = np.array(described["calibration"], np.float64)
        if calibration.shape != (2 + len(TIE_BREAKERS),):
            raise ValueError("a calibration of the first stage")
        return cls(Trees.from_arrays(arrays, PREFIX), calibration, float(described["cut"]))

    def description(self) -> dict[str, Any]:
        return {"features": list(SCREENED), "calibration": self.calibration.tolist(), "cut": self.cut}

    def arrays(self) -> dict[str, np.ndarray]:
        return self.trees.to_arrays(PREFIX)

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Rows of SCREENED -> probabilities, float64[rows]."""
        return squash(screen_inputs(self.trees.evaluate(features), features) @ self.calibration)


def screen_inputs(sums: np.ndarray, features: np.ndarray) -> np.ndarray:
    """See `calibration_inputs`, of rows of SCREENED."""
    return calibration_inputs(sums, features, _TIES)
