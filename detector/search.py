"""Tokens -> candidate sources: which posts of an index share most with a text.

candidates(segments, sampling=1, tokens=tokenise(text))     # the likeliest sources, best first
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import pairwise

import numpy as np

from detector import kernels
from detector.postings import MOST_POSTS
from detector.sampling import sampled_keys
from detector.segments import Segment
from detector.text import Tokens
from detector.views import VIEWS

# A key in more posts than this (and than 2 % of them), or than MOST_POSTS, is template text: it says nothing and costs
# most.
FREQUENT_POSTS, FREQUENT_SHARE = 50, 0.02
# So many posts of a segment are looked at, those with the rarest keys; commoner keys then add to these alone. A smaller
# segment is looked at whole.
MOST_HITS = 5_000
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
    """Posts that share keys with a text (int64[n], numbers in the index) and what they share: summed key weights by
    view (float32[n, views]), those of rare keys alone, the posts' keys (uint32[n, views]), and both scores."""

    posts: np.ndarray
    common: np.ndarray
    rare: np.ndarray
    sizes: np.ndarray
    scores: np.ndarray
    anchor_scores: np.ndarray


def candidates(segments: Sequence[Segment], sampling: int, tokens: Tokens, limit: int) -> list[Candidate]:
    """The posts that share most with a text: at most `limit` by all views together, and three quarters as many by their
    anchors alone; those with the highest score first.

    A key weighs log(posts / posts with it) / log(posts), so 1 when one post has it; template keys weigh nothing. The
    score adds up, over the views, the larger of the two containments, discounted while the hits are few. Posts without
    a key of the text cost nothing.
    """
    asked = [sampled_keys(tokens, name, sampling) for name in VIEWS]
    keys, bounds = np.concatenate(asked), np.cumsum([0, *(part.size for part in asked)])
    table = _weights(sum(segment.posts for segment in segments))
    found = [kernels.look_up(segment.keys, keys, bounds) for segment in segments]
    counts = [
        kernels.count_posts(segment.places, segment.lists, at, bounds, table.size)
        for segment, at in zip(segments, found, strict=True)
    ]
    frequency = np.sum(counts, axis=0)
    weights = table[np.minimum(frequency, table.size - 1)]
    # What the text's keys would weigh were they all found, by view.
    wanted = np.array([weights[start:end].sum() for start, end in pairwise(bounds.tolist())], np.float32)
    parts = []
    for segment, at in zip(segments, found, strict=True):
        order = np.flatnonzero(at >= 0)
        if segment.posts > MOST_HITS:
            order = order[np.argsort(frequency[order], kind="stable")]
        weighed = (at, bounds, order, weights, frequency <= RARE_POSTS)
        posts, common, rare = kernels.accumulate(segment.places, segment.lists, *weighed, segment.posts, MOST_HITS)
        parts.append(_hits(segment, posts, common, rare, wanted, limit))
    hits = _Hits(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Hits)))
    return _best(hits, wanted, limit)


def _hits(
    segment: Segment, posts: np.ndarray, common: np.ndarray, rare: np.ndarray, wanted: np.ndarray, limit: int
) -> _Hits:
    """Those that can be among the best, of the posts of a segment (int64[n], numbers in it) that share keys."""
    if segment.removed.size:
        living = ~np.isin(posts, segment.removed)
        posts, common, rare = posts[living], common[living], rare[living]
    scores = kernels.score_hits(common, posts, segment.sizes, wanted, BELIEVED_HITS)
    anchors = np.maximum(segment.sizes[ANCHORS][posts], LEAST_ANCHORS) * max(float(wanted[ANCHORS]), 1.0)
    anchor_scores = common[:, ANCHORS] / np.sqrt(anchors)
    rows = np.union1d(_highest(scores, posts, limit), _highest(anchor_scores, posts, _by_anchors(limit)))
    posts = posts[rows]
    sizes = np.stack([size[posts] for size in segment.sizes], axis=1)
    return _Hits(posts + segment.base, common[rows], rare[rows], sizes, scores[rows], anchor_scores[rows])


def _by_anchors(limit: int) -> int:
    return max(1, int(ANCHORS_SHARE * limit))


def _best(hits: _Hits, wanted: np.ndarray, limit: int) -> list[Candidate]:
    by_anchors = _highest(hits.anchor_scores, hits.posts, _by_anchors(limit))
    chosen = np.union1d(_highest(hits.scores, hits.posts, limit), by_anchors)
    chosen = chosen[np.lexsort((hits.posts[chosen], -hits.scores[chosen]))]
    common, sizes = hits.common[chosen], hits.sizes[chosen]
    in_page = common / np.maximum(wanted, np.float32(1))
    in_post = common / np.maximum(sizes, 1)
    # A Japanese text has no short words and may have no anchors: that says nothing against it.
    in_page = np.where(wanted >= LEAST_KEYS, in_page, in_page[:, [WORDS]])
    few = sizes < LEAST_KEYS
    few[:, WORDS] = False
    in_post = np.where(few, in_post[:, [WORDS]], in_post)
    rare = np.minimum(hits.rare[chosen] / np.maximum(common, np.float32(1)), np.float32(1))
    return [
        Candidate(number, score, anchor_score, *(dict(zip(VIEWS, shares, strict=True)) for shares in by_view))
        for number, score, anchor_score, *by_view in zip(
            hits.posts[chosen].tolist(),
            hits.scores[chosen].tolist(),
            hits.anchor_scores[chosen].tolist(),
            in_page.tolist(),
            in_post.tolist(),
            rare.tolist(),
            strict=True,
        )
    ]


def _highest(scores: np.ndarray, posts: np.ndarray, limit: int) -> np.ndarray:
    """Places of the `limit` highest scores above 0; of equal ones those of the posts that come first."""
    least = np.partition(scores, -limit)[-limit] if limit < scores.size else 0
    best = np.flatnonzero((scores >= least) & (scores > 0))
    return best[np.lexsort((posts[best], -scores[best]))][:limit]


@lru_cache(maxsize=4)
def _weights(posts: int) -> np.ndarray:
    """What a key weighs that so many of the `posts` have (float32, from none on); the last entry is for template keys,
    and all beyond."""
    frequency = np.arange(int(max(FREQUENT_POSTS, min(FREQUENT_SHARE * posts, MOST_POSTS))) + 2)
    weights = 1.0 - np.log(np.maximum(frequency, 1)) / np.log(max(posts, 2))
    weights = np.maximum(weights, 0.05).astype(np.float32)
    weights[-1] = 0
    return weights
