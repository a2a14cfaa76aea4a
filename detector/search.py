"""Tokens -> candidate sources: which posts of an index share most with a text.

candidates(segments, sampling=1, tokens=tokenise(text))     # the likeliest sources, best first
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector import kernels
from detector.segments import Segment, sampled_keys
from detector.text import Tokens
from detector.views import VIEWS

# A key in more posts than this (and than 2 % of them) is template text: it says nothing and costs most.
FREQUENT_POSTS, FREQUENT_SHARE = 50, 0.02
# Hits at which half of a view's containment is believed: three chance hits on a tiny post prove nothing.
BELIEVED_HITS = 4.0
# A key is rare when so many posts have it: one, and a second version or translation of it. Releases of one product
# share their template with more.
RARE_POSTS = 2
# Keys below which a text has no say in a view; its share of words stands in.
LEAST_KEYS = 5
# Fewest anchors that a post is taken to have: the cosine of a post with two of them would be one for two hits.
LEAST_ANCHORS = 8
# Posts found by their anchors alone, for each found by all views: of 220 translations the source is among the first six
# by anchors for 94 %, among the first eight by all views for 82 %.
ANCHORS_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that shares keys with the text asked for. `number` is its place in the index; `score` adds up the views,
    `anchor_score` is the cosine of the anchors, 0..1; `in_page` and `in_post` map each view to the weighted share of
    the text's and of the post's keys that both have, `rare` to the share of these common keys that hardly another post
    has. All shares 0..1."""

    number: int
    score: float
    anchor_score: float
    in_page: dict[str, float]
    in_post: dict[str, float]
    rare: dict[str, float]


@dataclass(frozen=True)
class _Hits:
    """What a text and every post have in common in one view: summed key weights per post (float32[posts]), those of
    rare keys alone, and the sum over the text's keys were they all found."""

    common: np.ndarray
    rare: np.ndarray
    wanted: float


def candidates(segments: Sequence[Segment], sampling: int, tokens: Tokens, limit: int) -> list[Candidate]:
    """The posts that share most with a text: at most `limit` by all views together, and three quarters as many by their
    anchors alone; those with the highest score first.

    A key weighs log(posts / posts with it) / log(posts), so 1 when one post has it; template keys weigh nothing. The
    score adds up, over the views, the larger of the two containments, discounted while the hits are few.
    """
    size = sum(segment.posts for segment in segments)
    scores, anchor_scores = np.zeros(size, np.float32), np.zeros(size, np.float32)
    shares: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    rare: dict[str, np.ndarray] = {}
    for name in VIEWS:
        hits = _hits(segments, sampling, tokens, name, size)
        sizes = _sizes(segments, name)
        in_page = hits.common / max(hits.wanted, 1.0)
        in_post = hits.common / np.maximum(sizes, 1)
        scores += np.maximum(in_page, in_post) * (hits.common / (hits.common + BELIEVED_HITS))
        if name == "anchors":
            anchor_scores = hits.common / np.sqrt(np.maximum(sizes, LEAST_ANCHORS) * max(hits.wanted, 1.0))
        if "words" in shares:
            # A Japanese text has no short words and may have no anchors: that says nothing against it.
            in_page = in_page if hits.wanted >= LEAST_KEYS else shares["words"][0]
            in_post = np.where(sizes >= LEAST_KEYS, in_post, shares["words"][1])
        shares[name] = in_page, in_post
        rare[name] = np.minimum(hits.rare / np.maximum(hits.common, 1.0), 1.0)
    for segment in segments:
        scores[segment.base + segment.removed] = anchor_scores[segment.base + segment.removed] = 0
    chosen = np.union1d(_highest(scores, limit), _highest(anchor_scores, max(1, int(ANCHORS_SHARE * limit))))
    return [
        Candidate(
            number,
            float(scores[number]),
            float(anchor_scores[number]),
            {name: float(in_page[number]) for name, (in_page, _) in shares.items()},
            {name: float(in_post[number]) for name, (_, in_post) in shares.items()},
            {name: float(share[number]) for name, share in rare.items()},
        )
        for number in chosen[np.argsort(-scores[chosen], kind="stable")].tolist()
    ]


def _highest(scores: np.ndarray, limit: int) -> np.ndarray:
    """Places of the `limit` highest scores above 0."""
    best = np.argpartition(scores, -limit)[-limit:] if limit < scores.size else np.arange(scores.size)
    return best[scores[best] > 0]


def _hits(segments: Sequence[Segment], sampling: int, tokens: Tokens, view: str, size: int) -> _Hits:
    keys = sampled_keys(tokens, view, sampling)
    found = [kernels.look_up(segment.keys[view], keys) for segment in segments]
    frequency = sum((last - first for first, last in found), start=np.zeros(keys.size, np.int64))
    weights = 1.0 - np.log(np.maximum(frequency, 1)) / np.log(max(size, 2))
    weights = np.maximum(weights, 0.05).astype(np.float32)
    weights[frequency > max(FREQUENT_POSTS, FREQUENT_SHARE * size)] = 0
    rare = (frequency > 0) & (frequency <= RARE_POSTS)
    common = (frequency > RARE_POSTS) & (weights > 0)
    rare_hits, hits = np.zeros(size, np.float32), np.zeros(size, np.float32)
    for segment, (first, last) in zip(segments, found, strict=True):
        for chosen, sums in ((rare, rare_hits), (common, hits)):
            part = sums[segment.base : segment.base + segment.posts]
            kernels.accumulate(segment.postings[view], first[chosen], last[chosen], weights[chosen], part)
    return _Hits(hits + rare_hits, rare_hits, float(weights.sum()))


def _sizes(segments: Sequence[Segment], view: str) -> np.ndarray:
    if len(segments) == 1:
        return segments[0].sizes[view]
    return np.concatenate([segment.sizes[view] for segment in segments])
