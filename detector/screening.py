"""Which candidates are worth aligning: a small model of what the index alone tells of a page and a post.

Most pages of a crawl copy nothing, and aligning a candidate costs a hundred times what a row here does. A candidate
below the `cut` is not aligned; its probability is the one that this model gives. The cut is set so that next to none of
the copies is lost by it, see `detector.training.screening`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.calibration import CalibratedTrees
from detector.sampling import rate
from detector.search import Candidate
from detector.text import Tokens
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
_NAMES = list(VIEWS)
WORDS, SHORT, ANCHORS = map(_NAMES.index, ("words", "short", "anchors"))
SPACED = 0.2  # `post_spaced` of a text in a script with spaces, at least; it is about 0.5


def screen_features(tokens: Tokens, candidates: Sequence[Candidate], sampling: int) -> np.ndarray:
    """Rows of SCREENED (float64) for a text's tokens and what an index of this sampling has found for it."""
    page_log = math.log(max(1.0, len(tokens) * tokens.words_a_token))
    best, next_best = _two_highest([candidate.score for candidate in candidates])
    nearest, next_nearest = _two_highest([candidate.anchor_score for candidate in candidates])
    # A dozen rows: numpy would take longer.
    rows = []
    for candidate in candidates:
        score, cosine = candidate.score, candidate.anchor_score
        words = _size(candidate, WORDS, sampling)
        rows.append(
            (
                *candidate.shares,
                score,
                cosine,
                math.log((score + 0.05) / ((next_best if score == best else best) + 0.05)),
                math.log((cosine + 0.02) / ((next_nearest if cosine == nearest else nearest) + 0.02)),
                page_log,
                math.log(words),
                tokens.unspaced,
                _size(candidate, SHORT, sampling) / words,
                _size(candidate, ANCHORS, sampling) / words,
            )
        )
    return np.array(rows).reshape(len(rows), len(SCREENED))


def in_spaced_script(candidate: Candidate, sampling: int) -> bool:
    """Whether a post is in a script with spaces, as far as its keys tell."""
    return _size(candidate, SHORT, sampling) >= SPACED * _size(candidate, WORDS, sampling)


def _size(candidate: Candidate, view: int, sampling: int) -> float:
    """About how many keys a post has in a view, kept or not; at least 1."""
    return max(1.0, float(candidate.sizes[view] * rate(_NAMES[view], sampling)))


def _two_highest(values: list[float]) -> tuple[float, float]:
    """The highest of the values and the one after it; 0 where there is none."""
    first, second, *_ = *sorted(values, reverse=True), 0.0, 0.0
    return first, second


@dataclass(frozen=True)
class Screen:
    """The shipped model, over SCREENED with TIE_BREAKERS; `cut` is the probability from which on a candidate is
    aligned."""

    model: CalibratedTrees
    cut: float

    @classmethod
    def from_model(cls, described: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Screen:
        """Read back what `description` and `arrays` gave. Raises KeyError, TypeError or ValueError when it is not
        that."""
        if described["features"] != list(SCREENED):
            raise ValueError("features as this version knows them")
        model = CalibratedTrees.from_arrays(arrays, described["calibration"], SCREENED, TIE_BREAKERS, PREFIX)
        return cls(model, float(described["cut"]))

    def description(self) -> dict[str, Any]:
        return {"features": list(SCREENED), "calibration": self.model.weights.tolist(), "cut": self.cut}

    def arrays(self) -> dict[str, np.ndarray]:
        return self.model.trees.to_arrays(PREFIX)

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Rows of SCREENED -> probabilities, float64[rows]."""
        return self.model.probabilities(features)
