"""Tokens -> candidate sources: which posts of an index share most with a text.

candidates(segments, *keys_of(tokenise(text), sampling=1), limit=8)     # the likeliest sources, best first
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import pairwise

import numpy as np

from detector import kernels
from detector.columns import made_of
from detector.postings import MOST_POSTS
from detector.sampling import sampled_keys
from detector.segments import Segment
from detector.text import Tokens
from detector.views import VIEWS

# A key in more posts than this (and than 2 % of them), or than MOST_POSTS, is template text: it says nothing and costs
# most.
FREQUENT_POSTS, FREQUENT_SHARE = 50, 0.02
# An index of more posts than WHOLE is not looked at whole: no more than MOST_HITS posts of a segment, those with the
# rarest keys of a text, to which commoner keys then add. Keys beyond the rarest that together have MOST_POSTINGS are
# taken for template text.
WHOLE, MOST_HITS, MOST_POSTINGS = 5_000, 2_000, 10_000
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
WORDS, ANCHORS = list(VIEWS).index("words"), list(VIEWS).index("anchors")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that shares keys with the text asked for. `number` is its place in the index; `score` adds up the views,
    `anchor_score` is the cosine of the anchors, 0..1. `shares` are, for each view in turn, the weighted shares of the
    text's keys that both have, then those of the post's, then of these common keys the shares that hardly another post
    has, all 0..1; `sizes` how many keys of the post the index keeps in each view."""

    number: int
    score: float
    anchor_score: float
    shares: tuple[float, ...]
    sizes: tuple[int, ...]

    @property
    def in_page(self) -> dict[str, float]:
        """By view, the share of the text's keys that both have."""
        return dict(zip(VIEWS, self.shares[: len(VIEWS)], strict=True))

    @property
    def in_post(self) -> dict[str, float]:
        """By view, the share of the post's keys that both have."""
        return dict(zip(VIEWS, self.shares[len(VIEWS) : 2 * len(VIEWS)], strict=True))


@dataclass(frozen=True)
class _Hits:
    """Posts that share keys with a text (int64[n], numbers in the index) and what they share: summed key weights by
    view (float32[n, views]), those of rare keys alone, the posts' keys (uint32[n, views]), and both scores."""

    posts: np.ndarray
    common: np.ndarray
    rare: np.ndarray
    sizes: np.ndarray
    scores: np.ndarray
    anchor_scores: np.ndarray

    def of(self, rows: np.ndarray) -> _Hits:
        return _Hits(*(getattr(self, field.name)[rows] for field in fields(self)))


def keys_of(tokens: Tokens, sampling: int) -> tuple[np.ndarray, np.ndarray]:
    """The keys by which a text is looked for: those of each view in turn, sorted (uint64), and where each view's begin
    and end (int64[views + 1])."""
    keys = [sampled_keys(tokens, view, sampling) for view in VIEWS]
    return np.concatenate(keys), np.cumsum([0, *map(len, keys)])


def candidates(segments: Sequence[Segment], keys: np.ndarray, bounds: np.ndarray, limit: int) -> list[Candidate]:
    """The posts that share most of the keys of a text, which are as `keys_of` gives them: at most `limit` by all views
    together, and three quarters as many by their anchors alone; those with the highest score first.

    A key weighs log(posts / posts with it) / log(posts), so 1 when one post has it; template keys weigh nothing. The
    score adds up, over the views, the larger of the two containments, discounted while the hits are few. Posts without
    a key of the text cost nothing.
    """
    total = sum(segment.posts for segment in segments)
    table = _weights(total)
    found = [kernels.look_up(segment.keys, segment.sieves, keys, bounds) for segment in segments]
    frequency = np.zeros(keys.size, np.int64)
    for segment, at in zip(segments, found, strict=True):
        frequency += kernels.count_posts(segment.places, segment.lists, at, bounds, table.size)
    weights = table[np.minimum(frequency, table.size - 1)]
    order = np.flatnonzero(frequency)
    if total > WHOLE:
        order = kernels.rarest_first(frequency, table.size)
        weights[order[np.cumsum(frequency[order]) > MOST_POSTINGS]] = 0
    # What the text's keys would weigh were they all found, by view.
    wanted = np.array([np.add.reduce(weights[start:end]) for start, end in pairwise(bounds.tolist())], np.float32)
    parts = []
    for segment, at in zip(segments, found, strict=True):
        if (at >= 0).any():
            weighed = (at, bounds, order, weights, frequency <= RARE_POSTS)
            most = min(segment.posts, WHOLE if total <= WHOLE else MOST_HITS)
            posts, common, rare = kernels.accumulate(segment.places, segment.lists, *weighed, segment.posts, most)
            parts.append(_hits(segment, posts, common, rare, wanted, limit))
    if not parts:
        return []
    if len(parts) == 1:
        return _described(parts[0], wanted)
    hits = _Hits(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Hits)))
    return _described(hits.of(_chosen(hits.scores, hits.anchor_scores, hits.posts, limit)), wanted)


def _hits(
    segment: Segment, posts: np.ndarray, common: np.ndarray, rare: np.ndarray, wanted: np.ndarray, limit: int
) -> _Hits:
    """Those that can be among the best, of the posts of a segment (int64[n], numbers in it) that share keys."""
    if segment.removed.size:
        living = ~np.isin(posts, segment.removed)
        posts, common, rare = posts[living], common[living], rare[living]
    scores = kernels.score_hits(common, posts, segment.sizes, wanted, BELIEVED_HITS)
    anchor_scores = kernels.cosines(common[:, ANCHORS], posts, segment.sizes[ANCHORS], wanted[ANCHORS], LEAST_ANCHORS)
    rows = _chosen(scores, anchor_scores, posts, limit)
    sizes = kernels.sizes_by_row(segment.sizes, posts[rows])
    return _Hits(posts[rows] + segment.base, common[rows], rare[rows], sizes, scores[rows], anchor_scores[rows])


def _chosen(scores: np.ndarray, anchor_scores: np.ndarray, posts: np.ndarray, limit: int) -> np.ndarray:
    """Places of the best posts by all views, and of the best by their anchors alone."""
    by_anchors = kernels.highest(anchor_scores, posts, max(1, int(ANCHORS_SHARE * limit)))
    return np.array(sorted({*kernels.highest(scores, posts, limit).tolist(), *by_anchors.tolist()}), np.int64)


def _described(hits: _Hits, wanted: np.ndarray) -> list[Candidate]:
    """Posts as candidates, those with the highest score first."""
    # A Japanese text has no short words and may have no anchors: that says nothing against it.
    shares = kernels.shares(hits.common, hits.rare, hits.sizes, wanted, LEAST_KEYS, WORDS)
    order = np.lexsort((hits.posts, -hits.scores))
    scalars = (column[order].tolist() for column in (hits.posts, hits.scores, hits.anchor_scores))
    tuples = (shares.reshape(len(shares), 3 * len(VIEWS)), hits.sizes)
    return made_of(Candidate, *scalars, *([*map(tuple, column[order].tolist())] for column in tuples))


@lru_cache(maxsize=4)
def _weights(posts: int) -> np.ndarray:
    """What a key weighs that so many of the `posts` have (float32, from none on); the last entry is for template keys,
    and all beyond."""
    frequency = np.arange(int(max(FREQUENT_POSTS, min(FREQUENT_SHARE * posts, MOST_POSTS))) + 2)
    weights = 1.0 - np.log(np.maximum(frequency, 1)) / np.log(max(posts, 2))
    weights = np.maximum(weights, 0.05).astype(np.float32)
    weights[-1] = 0
    return weights
