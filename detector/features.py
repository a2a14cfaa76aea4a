"""What a pair of page and post looks like to the matching model: one number a feature.

The shares of `detector.index` (approximate, per view), the exact alignment of `detector.alignment`, and
whether numbers and titles agree: successive release notes can be equal in all but those.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detector.alignment import Alignment, Side, anchor_order
from detector.dotplot import BitextPath
from detector.posts import MOST_TITLE
from detector.reading import Reading
from detector.search import Candidate
from detector.text import CJK, NUMBER, Tokens, tokenise, words_a_token
from detector.views import VIEWS, anchored, is_function_word

# Order and names are part of the model: changing them needs `detector train`.
FEATURES = (
    *(f"in_page_{name}" for name in VIEWS),
    *(f"in_post_{name}" for name in VIEWS),
    *(f"rare_{name}" for name in VIEWS),
    "own_matched",  # share of the page's own text, as far as blocks tell, that the spans match
    "page_matched",  # share of the page's tokens that the spans match
    "post_matched",
    "page_covered",  # share of the page's tokens inside spans
    "post_covered",
    "page_density",  # matched tokens among those inside spans
    "post_density",
    "matched_log",  # ln(1 + matched words on the page), where words are as `text.words_a_token` counts
    "longest_log",  # ln(1 + matched words of the longest span)
    "spans_log",
    "start_log",  # ln(1 + words of the post before the first span)
    "order",
    "anchor_order",
    "anchors_log",  # ln(1 + distinct anchors in common)
    "anchors_single_log",  # ln(1 + anchors that occur once in both and keep their order)
    "anchors_single_in_post",  # these as a share of the post's that occur once
    "anchor_run_in_post",  # anchors that keep their order, beyond chance, as a share of the post's
    "anchor_run_log",
    "page_log",
    "post_log",
    "numbers_on_page",  # share of the page's numbers inside spans that the post has there too
    "numbers_in_post",
    "numbers_lag_on_page",  # how much less often the numbers inside spans are matched than all tokens, 0..1
    "numbers_lag_in_post",
    "title_added",  # of titles that both have numbers: 1 when the page's has one that the post's has not
    "title_lacking",  # the same the other way round
    "title_shared_added",  # title_shared where one is added, else 0: another issue of the same
    "title_shared_lacking",
    "same_script",
    "page_unspaced",  # share of the page's tokens that are characters of a script without spaces
    "title_shared",  # share of the telling words of both titles that both have
    "others_matched",  # share of the page's tokens that other candidates match and this one does not
    "anchor_cosine",
    "anchor_margin",  # as margin, of the anchors' cosine
    "path_beyond_log",  # see `dotplot.BitextPath`; ln(1 + anchors)
    "path_share",
    "path_on_path",
    "path_in_page",  # anchors of the path beyond chance, as a share of the page's distinct ones
    "path_in_post",
    "path_margin",  # by how much path_in_post is above that of the best candidate that is not another version
    "path_rows",
    "path_columns",
    "path_own",
    "path_page_extent",
    "path_post_extent",
    "path_density",
    "path_lengths",
    "title_bridged",  # as title_shared, of what the lexicon makes of both titles
    "margin",  # ln of this candidate's score over the best one's that is not another version of the same post
)
# Whether more of a feature can only speak for a copy (1) or against it (-1); the others may do either.
MONOTONE = {
    **dict.fromkeys((f"in_{side}_{name}" for side in ("page", "post") for name in VIEWS), 1),
    **dict.fromkeys(
        ("own_matched", "page_matched", "post_matched", "matched_log", "longest_log", "order", "anchor_order"), 1
    ),
    **dict.fromkeys(("anchors_log", "numbers_on_page", "numbers_in_post", "title_shared", "anchor_cosine"), 1),
    **dict.fromkeys(("anchors_single_log", "anchors_single_in_post", "anchor_run_in_post", "anchor_run_log"), 1),
    **dict.fromkeys(("title_shared_added", "title_shared_lacking", "numbers_lag_on_page", "numbers_lag_in_post"), -1),
}


@dataclass(frozen=True)
class Title:
    """A title's distinct hashes: `telling` words (all but function words), `numbers` with words like rc1 and v2, and
    what a translator leaves of it or the lexicon makes of it (`bridged`)."""

    telling: np.ndarray
    numbers: np.ndarray
    bridged: np.ndarray

    @classmethod
    def of(cls, text: str) -> Title:
        tokens = tokenise(text[:MOST_TITLE])
        digits = np.array([at for at, char in enumerate(tokens.text) if char.isdecimal()], np.int64)
        numbered = np.searchsorted(digits, tokens.starts) < np.searchsorted(digits, tokens.ends)
        return cls(
            np.unique(tokens.hashes[~is_function_word(tokens.hashes)]),
            np.unique(tokens.hashes[numbered]),
            np.unique(anchored(tokens)[1]),
        )


@dataclass(frozen=True)
class Asked:
    """The page's side of a comparison: tokens of the blocks worth matching, which of them are the page's own text
    (bool, one a token), and what was read."""

    side: Side
    own: np.ndarray
    reading: Reading

    @classmethod
    def of(cls, reading: Reading) -> Asked:
        kept = reading.matchable
        return cls(Side(reading.tokens.where(kept)), reading.content[kept], reading)

    @cached_property
    def title(self) -> Title:
        return Title.of(self.reading.title)

    @property
    def language(self) -> str:
        """The page's, "" when unknown."""
        return self.reading.document.language

    @property
    def tokens(self) -> Tokens:
        return self.side.tokens


def same_script(a: Tokens, b: Tokens) -> bool:
    """Whether one of the texts could be in the other's language, as far as scripts tell."""
    return abs(a.unspaced - b.unspaced) < 0.5


@dataclass(frozen=True)
class Rivals:
    """What the other candidates of a page have: their best score, cosine of anchors and share of their anchors on a
    path (see `path_in_post`), and the tokens of the page that any of them matches (bool, one a token)."""

    score: float
    anchor_score: float
    path_in_post: float
    page_hits: np.ndarray


def featurise(
    asked: Asked, post: Side, title: Title, alignment: Alignment, path: BitextPath, candidate: Candidate, rivals: Rivals
) -> np.ndarray:
    """One row of FEATURES (float64) for a page and a candidate post."""
    page_size, post_size = max(1, len(asked.tokens)), max(1, len(post.tokens))
    page_matched, post_matched = int(alignment.page_hits.sum()), int(alignment.post_hits.sum())
    page_covered, post_covered = alignment.covered("page"), alignment.covered("post")
    anchors = anchor_order(asked.side, post)
    run = max(0, anchors.forward - anchors.backward)
    numbers_on_page = _numbers_matched(asked.tokens, alignment, "page")
    numbers_in_post = _numbers_matched(post.tokens, alignment, "post")
    page_density, post_density = page_matched / max(1, page_covered), post_matched / max(1, post_covered)
    added, lacking = _title_numbers(asked.title, title)
    title_shared = _shared(asked.title.telling, title.telling)
    on_path = path_in_post(path, post)
    # The matched tokens are the same on both sides, so of one script.
    matched = asked.tokens.kinds[alignment.page_hits]
    a_token = words_a_token(float((matched == CJK).mean()) if matched.size else 0.0)
    return np.array(
        [
            *candidate.shares,
            float(alignment.page_hits[asked.own].mean()) if asked.own.any() else 0.0,
            page_matched / page_size,
            post_matched / post_size,
            page_covered / page_size,
            post_covered / post_size,
            page_density,
            post_density,
            math.log1p(a_token * page_matched),
            math.log1p(a_token * max((span.matched for span in alignment.spans), default=0)),
            math.log1p(len(alignment.spans)),
            math.log1p(a_token * min((span.post_first for span in alignment.spans), default=post_size)),
            alignment.order,
            anchors.share,
            math.log1p(anchors.common),
            math.log1p(anchors.single),
            anchors.single / max(1, post.anchors.single.hashes.size),
            run / max(1, post.anchors.hashes.size),
            math.log1p(run),
            math.log(page_size * asked.tokens.words_a_token),
            math.log(post_size * post.tokens.words_a_token),
            numbers_on_page,
            numbers_in_post,
            max(0.0, page_density - numbers_on_page),
            max(0.0, post_density - numbers_in_post),
            added,
            lacking,
            added * title_shared,
            lacking * title_shared,
            float(same_script(asked.tokens, post.tokens)),
            asked.tokens.unspaced,
            title_shared,
            int((rivals.page_hits & ~alignment.page_hits).sum()) / page_size,
            candidate.anchor_score,
            math.log((candidate.anchor_score + 0.02) / (rivals.anchor_score + 0.02)),
            math.log1p(max(0.0, path.beyond)),
            path.share,
            path.on_path,
            path.beyond / max(1, asked.side.anchors.distinct.size),
            on_path,
            on_path - rivals.path_in_post,
            path.rows,
            path.columns,
            path.own,
            path.page_extent,
            path.post_extent,
            path.density,
            path.lengths,
            _shared(asked.title.bridged, title.bridged),
            math.log((candidate.score + 0.05) / (rivals.score + 0.05)),
        ]
    )


def _title_numbers(page: Title, post: Title) -> tuple[float, float]:
    """Whether the page's title has a number that the post's has not, and the other way round; 0 or 1, both 0 when one
    has none. That titles differ otherwise says nothing: copies get new ones."""
    if not page.numbers.size or not post.numbers.size:
        return 0.0, 0.0
    return float(not np.isin(page.numbers, post.numbers).all()), float(not np.isin(post.numbers, page.numbers).all())


def path_in_post(path: BitextPath, post: Side) -> float:
    """Share of a post's distinct anchors that lie on a path beyond chance, -1..1."""
    return path.beyond / max(1, post.anchors.distinct.size)


def _shared(page: np.ndarray, post: np.ndarray) -> float:
    """Share of the distinct hashes of two texts that both have, 0..1."""
    common = np.intersect1d(page, post, assume_unique=True).size
    return float(common / max(1, page.size + post.size - common))


def _numbers_matched(tokens: Tokens, alignment: Alignment, side: str) -> float:
    """Share of the numbers inside spans that are matched; 1 when there are none."""
    numbers = alignment.inside(side) & (tokens.kinds == NUMBER)
    return float(alignment.hits(side)[numbers].mean()) if numbers.any() else 1.0
