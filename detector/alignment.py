"""Where a page follows a post: seeds, chains, passages in tokens.

Seeds are places where both have the same n-gram in some projection of their tokens (all words, short words
only, rare words alone); chains of seeds in the same order on both sides are spans. Nothing here knows
about probabilities: `detector.matching` makes matches of alignments.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detector import kernels
from detector.text import CJK, LATIN, URL, WORD, Tokens
from detector.views import anchored, is_function_word

# Seeds looked at per pair of texts, and seeds that one may follow: bounds on hostile repetition.
MOST_SEEDS = 20_000
LOOKBACK = 60
# A span worth naming covers about this many tokens; two chance trigrams in a row stay below.
LEAST_SCORE = 7.0
# Tokens that may lie between two seeds of one span, on the page and in the post.
PAGE_GAP, POST_GAP = 80, 40
# In a translation only anchors are left, so they stand further apart.
TRANSLATED_PAGE_GAP, TRANSLATED_POST_GAP = 260, 160
MOST_ANCHORS = 1_500
LEAST_ANCHORS = 3  # in order, to show where a translation lies
# Matched tokens at the end of a span that are cut off: those that lie so many tokens from the rest on both sides, and
# so many times as far as the span's usually do.
LOOSE_END, LOOSE_GAP, LOOSE_TIMES = 8, 10, 4


@dataclass(frozen=True, slots=True)
class Projection:
    """Seeds of one kind: `n` consecutive tokens among those that `keep` leaves. Grams that are more frequent than
    `most` in the post are passed over, since they do not tell where; on the page the first `most` count."""

    keep: Callable[[Tokens], np.ndarray]
    n: int
    most: int


def _words(tokens: Tokens) -> np.ndarray:
    return np.asarray(tokens.kinds != URL)


def _short_words(tokens: Tokens) -> np.ndarray:
    return np.asarray(((tokens.kinds == LATIN) | (tokens.kinds == WORD)) & (tokens.lengths < 6))


def _rare_words(tokens: Tokens) -> np.ndarray:
    return np.asarray((tokens.kinds != CJK) & (tokens.lengths > 2) & ~is_function_word(tokens.hashes))


def _characters(tokens: Tokens) -> np.ndarray:
    return np.asarray(tokens.kinds == CJK)


PROJECTIONS = (
    Projection(_words, 3, 8),
    Projection(_short_words, 4, 6),
    Projection(_rare_words, 1, 3),
    Projection(_characters, 2, 3),
)
_SIZES = np.array([projection.n for projection in PROJECTIONS], np.int32)
_MOST = np.array([projection.most for projection in PROJECTIONS], np.int32)


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens `page_first..page_last` follow the post's `post_first..post_last` (all included);
    `matched` of the page's are the same, `score` is the chain's."""

    page_first: int
    page_last: int
    post_first: int
    post_last: int
    matched: int
    score: float

    @property
    def density(self) -> float:
        """Matched tokens as a share of the longer side's, 0..1."""
        return self.matched / (1 + max(self.page_last - self.page_first, self.post_last - self.post_first))


@dataclass(frozen=True)
class Anchors:
    """What two texts in different languages can have in common: `places` among the tokens, ascending, and `hashes`."""

    places: np.ndarray
    hashes: np.ndarray

    @cached_property
    def _by_hash(self) -> tuple[np.ndarray, np.ndarray]:
        """The order that sorts the hashes, and which of the sorted ones differ from the one before (bool); the last of
        these is for the end."""
        order = np.argsort(self.hashes)
        ordered = self.hashes[order]
        return order, np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])

    @cached_property
    def distinct(self) -> np.ndarray:
        """The distinct hashes, sorted."""
        order, differs = self._by_hash
        return self.hashes[order[differs[:-1]]] if order.size else self.hashes

    @cached_property
    def single(self) -> Anchors:
        """Those that occur once, sorted by hash."""
        order, differs = self._by_hash
        once = order[differs[1:] & differs[:-1]] if order.size else order
        return Anchors(self.places[once], self.hashes[once])


@dataclass(frozen=True)
class Side:
    """A text made ready for being aligned with many others: its n-grams in every projection."""

    tokens: Tokens

    @cached_property
    def grams(self) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
        """Two tuples with an array for each projection: kept token places, and their n-grams."""
        places = tuple(np.flatnonzero(projection.keep(self.tokens)).astype(np.int32) for projection in PROJECTIONS)
        hashes = (kernels.ngrams(self.tokens.hashes[kept], size) for kept, size in zip(places, _SIZES, strict=True))
        return places, tuple(hashes)

    @cached_property
    def indexed_grams(self) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
        """Where each of the n-grams stands, in every projection; see `kernels.index_grams`."""
        slots, following = zip(*map(kernels.index_grams, self.grams[1]), strict=True)
        return slots, following

    @cached_property
    def anchors(self) -> Anchors:
        """The first MOST_ANCHORS tokens that a translator leaves alone, and words that the lexicon knows in English."""
        places, hashes = anchored(self.tokens)
        return Anchors(places[:MOST_ANCHORS], hashes[:MOST_ANCHORS])


@dataclass(frozen=True)
class Alignment:
    """What a page has of a post: `spans` in the page's order; `page_hits` and `post_hits` mark the
    tokens that are the same on both sides (bool, one a token)."""

    spans: tuple[Span, ...]
    page_hits: np.ndarray
    post_hits: np.ndarray

    @cached_property
    def repeats(self) -> float:
        """How often the page has what it has of the post: its tokens inside spans per token of the post, at least 1."""
        return max(1.0, self.covered("page") / max(1, self.covered("post")))

    @cached_property
    def order(self) -> float:
        """Share of the matched tokens in spans that keep the post's order, 0..1 (1 for one span). Spans over what
        earlier ones have of the post already count neither way: the page repeats itself."""
        seen = np.zeros(self.post_hits.size, bool)
        first = []
        for span in self.spans:
            of_post = seen[span.post_first : span.post_last + 1]
            if 2 * np.count_nonzero(of_post) <= of_post.size:
                first.append(span)
            of_post[:] = True
        total = sum(span.matched for span in first)
        if not total:
            return 0.0
        # Heaviest increasing sequence of places in the post: `ends` are the places that the best sequences so far end
        # at, ascending, and `weights` theirs, ascending too.
        ends: list[int] = []
        weights: list[int] = []
        for span in first:
            at = bisect_left(ends, span.post_first)
            weight = span.matched + (weights[at - 1] if at else 0)
            beaten = at
            while beaten < len(ends) and weights[beaten] <= weight:
                beaten += 1
            if at < beaten or ends[at : at + 1] != [span.post_first]:
                ends[at:beaten] = [span.post_first]
                weights[at:beaten] = [weight]
        return weights[-1] / total

    def trimmed(self) -> tuple[Span, ...]:
        """The spans that show a person where the page follows the post: none that lies over denser ones, as chains of
        words that come again do where paragraphs were moved, and none with loose ends, such as a phrase that comes
        again too far away for the words between to have been dropped or replaced."""
        taken = np.zeros(self.page_hits.size, bool)
        kept = []
        for span in sorted(self.spans, key=lambda span: -span.density):
            of_page = taken[span.page_first : span.page_last + 1]
            if 2 * np.count_nonzero(of_page) <= of_page.size:
                of_page[:] = True
                kept.append(self._trim(span))
        return tuple(sorted(kept, key=lambda span: span.page_first))

    def _trim(self, span: Span) -> Span:
        on_page = np.flatnonzero(self.page_hits[span.page_first : span.page_last + 1]) + span.page_first
        in_post = np.flatnonzero(self.post_hits[span.post_first : span.post_last + 1]) + span.post_first
        # Where spans overlap, the matched tokens of the two sides do not belong together one by one.
        if on_page.size != in_post.size or on_page.size <= 2 * LOOSE_END:
            return span
        apart = np.minimum(np.diff(on_page), np.diff(in_post))
        gaps = np.flatnonzero(apart > max(LOOSE_GAP, LOOSE_TIMES * float(np.median(apart))))
        first = max((gap + 1 for gap in gaps.tolist() if gap < LOOSE_END), default=0)
        last = min((gap for gap in gaps.tolist() if on_page.size - 1 - gap <= LOOSE_END), default=on_page.size - 1)
        return Span(
            *(int(on_page[first]), int(on_page[last]), int(in_post[first]), int(in_post[last])),
            *(last - first + 1, span.score),
        )

    def hits(self, side: str) -> np.ndarray:
        """`page_hits` or `post_hits`; `side` is "page" or "post"."""
        return self.page_hits if side == "page" else self.post_hits

    def inside(self, side: str) -> np.ndarray:
        """Marks the tokens of the `page` or the `post` that lie inside spans, matched or not; bool, one a token."""
        return self._inside_page if side == "page" else self._inside_post

    def covered(self, side: str) -> int:
        """How many tokens `inside` marks."""
        return int(np.count_nonzero(self.inside(side)))

    @cached_property
    def _inside_page(self) -> np.ndarray:
        return _marks(self.page_hits.size, ((span.page_first, span.page_last) for span in self.spans))

    @cached_property
    def _inside_post(self) -> np.ndarray:
        return _marks(self.post_hits.size, ((span.post_first, span.post_last) for span in self.spans))


def _marks(size: int, ranges: Iterable[tuple[int, int]]) -> np.ndarray:
    """bool[size], True from the first to the last of each range."""
    marks = np.zeros(size, bool)
    for first, last in ranges:
        marks[first : last + 1] = True
    return marks


def align(page: Side, post: Side, *, translated: bool = False) -> Alignment:
    """Find the spans of `post` that `page` follows. `translated` allows for the wider gaps between the
    anchors of a translation."""
    seeds, keys = kernels.find_seeds(*page.grams, *page.indexed_grams, *post.grams, _SIZES, _MOST, MOST_SEEDS)
    seeds = seeds[np.argsort(keys)[:MOST_SEEDS]]
    page_gap, post_gap = (TRANSLATED_PAGE_GAP, TRANSLATED_POST_GAP) if translated else (PAGE_GAP, POST_GAP)
    page_hits, post_hits = np.zeros(len(page.tokens), bool), np.zeros(len(post.tokens), bool)
    places, scores = kernels.find_spans(
        *(page.tokens.hashes, post.tokens.hashes, page.grams[0], post.grams[0], seeds, _SIZES),
        *(page_gap, post_gap, LOOKBACK, LEAST_SCORE, not translated, page_hits, post_hits),
    )
    found = zip(places.tolist(), scores.tolist(), strict=True)
    spans = [Span(a, b, c, d, matched, score) for (a, b, c, d, matched), score in found]
    spans.sort(key=lambda span: (span.page_first, span.post_first))
    return Alignment(tuple(spans), page_hits, post_hits)


@dataclass(frozen=True, slots=True)
class AnchorOrder:
    """How the anchors that two texts have in common lie in them. `common` counts distinct ones; `forward` those of the
    longest sequence that both have, `backward` that of one text and the other reversed: much the same for texts on one
    subject. `shorter` is how often the common ones occur in the text that has them less often; `single` counts those
    that occur once on both sides and keep their order there."""

    common: int
    forward: int
    backward: int
    shorter: int
    single: int

    @property
    def share(self) -> float:
        """About 0 for texts on one subject, towards 1 for a translation; -1..1."""
        return (self.forward - self.backward) / max(1, self.shorter)


def anchor_order(page: Side, post: Side) -> AnchorOrder:
    """Compare the order of the anchors of two texts."""
    distinct = page.anchors.distinct
    common = distinct[places_among(post.anchors.distinct, distinct)[1]]
    if common.size < 2:
        return AnchorOrder(int(common.size), 0, 0, 0, 0)
    a, b = (_numbered(side.anchors.hashes, common) for side in (page, post))
    forward = kernels.common_subsequence(a, b, common.size)
    backward = kernels.common_subsequence(a, b[::-1].copy(), common.size)
    single = len(common_in_order(page.anchors.single, post.anchors.single))
    return AnchorOrder(int(common.size), forward, backward, min(a.size, b.size), single)


def places_among(values: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each of the `wanted` stands in the sorted `values` (int64), and whether it does (bool)."""
    if not values.size:
        return np.zeros(wanted.size, np.int64), np.zeros(wanted.size, bool)
    places = np.minimum(np.searchsorted(values, wanted), values.size - 1)
    return places, values[places] == wanted


def _numbered(hashes: np.ndarray, common: np.ndarray) -> np.ndarray:
    """The places in the sorted `common` (int64) of those hashes that are there, in their order."""
    places, found = places_among(common, hashes)
    return places[found]


def common_in_order(page: Anchors, post: Anchors) -> np.ndarray:
    """Places (int64[n, 2]: on the page, in the post) of the anchors that keep their order on both sides, the most of
    them that do; given are those that occur once (see `Anchors.single`)."""
    at, found = places_among(post.hashes, page.hashes)
    pairs = np.column_stack([page.places[found], post.places[at[found]]]).astype(np.int64)
    pairs = pairs[np.argsort(pairs[:, 0])]
    return pairs[_increasing(pairs[:, 1].tolist())]


def align_anchors(page: Side, post: Side) -> Alignment:
    """The evidence for a translation that has no run of words in common with the post: the anchors that occur once on
    both sides and keep their order there, in spans of at least three with no wider gaps than in `align`."""
    places = common_in_order(page.anchors.single, post.anchors.single)
    far = (np.diff(places[:, 0]) > TRANSLATED_PAGE_GAP) | (np.diff(places[:, 1]) > TRANSLATED_POST_GAP)
    page_hits, post_hits = np.zeros(len(page.tokens), bool), np.zeros(len(post.tokens), bool)
    spans = []
    for group in np.split(places, np.flatnonzero(far) + 1):
        if len(group) >= LEAST_ANCHORS:
            page_hits[group[:, 0]] = True
            post_hits[group[:, 1]] = True
            (page_first, post_first), (page_last, post_last) = group[0].tolist(), group[-1].tolist()
            spans.append(Span(page_first, page_last, post_first, post_last, len(group), float(len(group))))
    return Alignment(tuple(spans), page_hits, post_hits)


def _increasing(numbers: list[int]) -> list[int]:
    """Places of the longest increasing subsequence."""
    # The number that ends the best one of each length, its place, and what stands before each number.
    ends: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [at]
    kept = []
    at = places[-1] if places else -1
    while at >= 0:
        kept.append(at)
        at = before[at]
    return kept[::-1]
