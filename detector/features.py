"""What a pair of page and post looks like to the matching model: one number a feature.

The shares of `detector.index` (approximate, per view), the exact alignment of `detector.alignment`, and
whether numbers and titles agree: successive release notes can be equal in all but those.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from detector.alignment import Alignment, Side, anchor_order
from detector.reading import Reading
from detector.search import Candidate
from detector.text import CJK, NUMBER, Tokens, tokenise
from detector.views import VIEWS, is_function_word

# Order and names are part of the model: changing them needs `detector train`.
FEATURES = (
    *(f"in_page_{name}" for name in VIEWS),
    *(f"in_post_{name}" for name in VIEWS),
    *(f"rare_{name}" for name in VIEWS),
    "page_matched",  # share of the page's tokens that the spans match
    "post_matched",
    "page_covered",  # share of the page's tokens inside spans
    "post_covered",
    "page_density",  # matched tokens among those inside spans
    "post_density",
    "matched_log",  # ln(1 + matched tokens on the page)
    "longest_log",  # ln(1 + matched tokens of the longest span)
    "spans_log",
    "order",
    "anchor_order",
    "anchors_log",  # ln(1 + distinct anchors in common)
    "page_log",
    "post_log",
    "numbers_on_page",  # share of the page's numbers inside spans that the post has there too
    "numbers_in_post",
    "title_numbers_clash",  # 1 when both titles have numbers and these are not the same
    "same_script",
    "title_shared",  # share of the telling words of both titles that both have
    "others_matched",  # share of the page's tokens that other candidates match and this one does not
    "anchor_cosine",
    "anchor_margin",  # as margin, of the anchors' cosine
    "margin",  # ln of this candidate's score over the best one's that is not another version of the same post
)
# Whether more of a feature can only speak for a copy (1) or against it (-1); the others may do either.
MONOTONE = {
    **dict.fromkeys((f"in_{side}_{name}" for side in ("page", "post") for name in VIEWS), 1),
    **dict.fromkeys(("page_matched", "post_matched", "matched_log", "longest_log", "order", "anchor_order"), 1),
    **dict.fromkeys(("anchors_log", "numbers_on_page", "numbers_in_post", "title_shared", "anchor_cosine"), 1),
    "title_numbers_clash": -1,
}


@dataclass(frozen=True)
class Asked:
    """The page's side of a comparison: tokens of the blocks worth matching, and of its title."""

    side: Side
    title: Tokens

    @classmethod
    def of(cls, reading: Reading) -> Asked:
        return cls(Side(reading.tokens.where(reading.matchable)), tokenise(reading.title))

    @property
    def tokens(self) -> Tokens:
        return self.side.tokens


def unspaced_share(tokens: Tokens) -> float:
    """Share of tokens that are characters of a script without spaces, 0..1."""
    return float((tokens.kinds == CJK).mean()) if len(tokens) else 0.0


def same_script(a: Tokens, b: Tokens) -> bool:
    """Whether one of the texts could be in the other's language, as far as scripts tell."""
    return abs(unspaced_share(a) - unspaced_share(b)) < 0.5


@dataclass(frozen=True)
class Rivals:
    """What the other candidates of a page have: their best score and cosine of anchors, and the tokens of the page
    that any of them matches (bool, one a token)."""

    score: float
    anchor_score: float
    page_hits: np.ndarray


def featurise(
    asked: Asked, post: Side, title: Tokens, alignment: Alignment, candidate: Candidate, rivals: Rivals
) -> np.ndarray:
    """One row of FEATURES (float64) for a page and a candidate post."""
    page_size, post_size = max(1, len(asked.tokens)), max(1, len(post.tokens))
    page_matched, post_matched = int(alignment.page_hits.sum()), int(alignment.post_hits.sum())
    page_covered, post_covered = alignment.covered("page"), alignment.covered("post")
    order, anchors = anchor_order(asked.side, post)
    return np.array(
        [
            *(candidate.in_page[name] for name in VIEWS),
            *(candidate.in_post[name] for name in VIEWS),
            *(candidate.rare[name] for name in VIEWS),
            page_matched / page_size,
            post_matched / post_size,
            page_covered / page_size,
            post_covered / post_size,
            page_matched / max(1, page_covered),
            post_matched / max(1, post_covered),
            math.log1p(page_matched),
            math.log1p(max((span.matched for span in alignment.spans), default=0)),
            math.log1p(len(alignment.spans)),
            alignment.order,
            order,
            math.log1p(anchors),
            math.log(page_size),
            math.log(post_size),
            _numbers_matched(asked.tokens, alignment, "page"),
            _numbers_matched(post.tokens, alignment, "post"),
            _numbers_clash(asked.title, title),
            float(same_script(asked.tokens, post.tokens)),
            _title_shared(asked.title, title),
            int((rivals.page_hits & ~alignment.page_hits).sum()) / page_size,
            candidate.anchor_score,
            math.log((candidate.anchor_score + 0.02) / (rivals.anchor_score + 0.02)),
            math.log((candidate.score + 0.05) / (rivals.score + 0.05)),
        ]
    )


def _numbers_clash(a: Tokens, b: Tokens) -> float:
    """1 when both titles have numbers and these are not the same, else 0. That titles differ otherwise says
    nothing: copies get new ones."""
    of_a, of_b = np.unique(a.hashes[a.kinds == NUMBER]), np.unique(b.hashes[b.kinds == NUMBER])
    return float(of_a.size > 0 and of_b.size > 0 and not np.array_equal(of_a, of_b))


def _title_shared(a: Tokens, b: Tokens) -> float:
    """Share of the words of two titles, but function words, that both have, 0..1."""
    of_a, of_b = (np.unique(title.hashes[~is_function_word(title.hashes)]) for title in (a, b))
    return float(np.intersect1d(of_a, of_b).size / max(1, np.union1d(of_a, of_b).size))


def _numbers_matched(tokens: Tokens, alignment: Alignment, side: str) -> float:
    """Share of the numbers inside spans that are matched; 1 when there are none."""
    numbers = alignment.inside(side) & (tokens.kinds == NUMBER)
    return float(alignment.hits(side)[numbers].mean()) if numbers.any() else 1.0
