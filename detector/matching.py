"""Page and index -> `Match`es: which posts a page copies, how, and with what probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detector import kernels
from detector.alignment import Alignment, Side, Span, align, align_anchors
from detector.bilingual import lexicon
from detector.calibration import CalibratedTrees
from detector.data import Match, ModelInvalid, Passage
from detector.decoding import language_of
from detector.dotplot import BitextPath, follow
from detector.features import FEATURES, Asked, Rivals, Title, featurise, path_in_post, same_script
from detector.index import ReferenceIndex
from detector.posts import Post
from detector.reading import Reading
from detector.resources import load_model, models_dir
from detector.screening import Screen, in_spaced_script, screen_features
from detector.search import Candidate
from detector.text import Tokens, tokenise

MODEL = "repost_v1"
TIE_BREAKERS = ("matched_log", "post_matched", "page_matched")
MOST_PASSAGES = 200
# How a copy is told to be of a kind; shares of tokens, set on generated copies (see `training.copies`).
WHOLE = 0.6  # of the post inside spans: not an excerpt
IN_ORDER = 0.85
INTACT = 0.93  # of the tokens inside spans matched: nothing was dropped or replaced
MUCH, SOME = 0.08, 0.03  # of the words put in, and lost: replaced, not just dropped or moved
SAME_LETTERS, GROUP = 0.1, 5  # of the groups of so many letters of words that are not the post's: misread, not replaced
FOREIGN, FOREIGN_RUN = 0.2, 5  # of the page's tokens in unmatched runs of this length: a translation
SIDE_BY_SIDE = 0.3  # of the post's words on a page in another language: the original is there as well
MOST_JUDGED = 5_000  # characters of a translation whose language, and unmatched words whose letters, are looked at


@dataclass(frozen=True)
class Comparison:
    """A candidate looked at in full."""

    candidate: Candidate
    post: Post
    side: Side
    alignment: Alignment
    path: BitextPath


def compare(
    index: ReferenceIndex, asked: Asked, candidates: Sequence[Candidate]
) -> tuple[list[Comparison], np.ndarray]:
    """Align the page with candidate sources; also returns a row of FEATURES for each."""
    compared = [_aligned(index, asked, candidate) for candidate in candidates]
    return compared, _featurised(asked, compared)


def _aligned(index: ReferenceIndex, asked: Asked, candidate: Candidate) -> Comparison:
    post = index.post(candidate.number)
    side = Side(tokenise(post.text))
    alignment = align(asked.side, side, translated=not same_script(asked.tokens, side.tokens))
    return Comparison(candidate, post, side, alignment, follow(asked.side, side, asked.own))


def _featurised(asked: Asked, compared: Sequence[Comparison]) -> np.ndarray:
    features = np.zeros((len(compared), len(FEATURES)))
    for row, entry in enumerate(compared):
        others = [other for other in compared if not _same_post(entry, other)]
        rivals = Rivals(
            max((other.candidate.score for other in others), default=0.0),
            max((other.candidate.anchor_score for other in others), default=0.0),
            max((path_in_post(other.path, other.side) for other in others), default=0.0),
            np.logical_or.reduce([np.zeros(len(asked.tokens), bool), *(other.alignment.page_hits for other in others)]),
        )
        title = Title.of(entry.post.title)
        features[row] = featurise(asked, entry.side, title, entry.alignment, entry.path, entry.candidate, rivals)
    return features


def _same_post(one: Comparison, other: Comparison) -> bool:
    """Whether two candidates are versions of one post, as far as the page shows: they match the same words."""
    a, b = one.alignment.page_hits, other.alignment.page_hits
    return one is other or bool(2 * (a & b).sum() > (a | b).sum())


class Matcher:
    """The shipped matching model: FEATURES with TIE_BREAKERS -> calibrated probability, in two stages: `screen` tells
    which candidates are aligned at all."""

    def __init__(self, model: CalibratedTrees, screen: Screen) -> None:
        self._model, self.screen = model, screen

    @classmethod
    def load(cls, folder: Path | None = None) -> Matcher:
        """Read models/repost (or `folder`). Raises ModelInvalid when it is missing or damaged."""
        folder = folder or models_dir() / MODEL
        header, arrays = load_model(folder)
        if header.get("features") != list(FEATURES) or header.get("lexicon") != lexicon().version:
            raise ModelInvalid(f"model {folder.name}: made for other features or another lexicon; run `detector train`")
        try:
            model = CalibratedTrees.from_arrays(arrays, header["calibration"], FEATURES, TIE_BREAKERS)
            return cls(model, Screen.from_model(header["screen"], arrays))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelInvalid(f"model {folder.name}: lacks {error}; reinstall or run `detector train`") from error

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Rows of FEATURES -> probabilities, float64[rows]."""
        return self._model.probabilities(features)

    def matches(self, index: ReferenceIndex, reading: Reading, limit: int) -> tuple[Match, ...]:
        """The sources of a page, likeliest first, of `limit` candidates by all views and some by their anchors (see
        `search`). Without one that is worth aligning the likeliest of the others, with no passages."""
        asked = Asked.of(reading)
        candidates = index.query(asked.tokens, limit)
        if not candidates:
            return ()
        likely = self.screen.probabilities(screen_features(asked.tokens, candidates, index.sampling))
        aligned = [candidate for candidate, one in zip(candidates, likely, strict=True) if one >= self.screen.cut]
        if not aligned:
            best = int(likely.argmax())
            return (_unaligned(index, asked, candidates[best], float(likely[best])),)
        compared, features = compare(index, asked, aligned)
        probabilities = self.probabilities(features)
        found = [
            _match(comparison, float(probability), asked)
            for comparison, probability in zip(compared, probabilities, strict=True)
        ]
        found.sort(key=lambda match: -match.probability)
        return _mark_mashups(found)


def _unaligned(index: ReferenceIndex, asked: Asked, candidate: Candidate, probability: float) -> Match:
    """A candidate as the index knows it: shares are those of runs of five words."""
    url, title = index.heading(candidate.number)
    spaced = in_spaced_script(candidate, index.sampling)
    return Match(
        source_url=url,
        source_title=title,
        kind="excerpt" if spaced == (asked.tokens.unspaced < 0.5) else "translated",
        probability=probability,
        share_of_source=min(1.0, candidate.in_post["words"]),
        share_of_page=min(1.0, candidate.in_page["words"]),
        passages=(),
    )


def _match(comparison: Comparison, probability: float, asked: Asked) -> Match:
    alignment, page, post, own = comparison.alignment, asked.tokens, comparison.side.tokens, asked.own
    kind = kind_of(alignment, asked, post, comparison.post.language)
    if not alignment.spans:
        alignment = align_anchors(asked.side, comparison.side)
    # A translation shares only its anchors, so its shares are of the stretches that these mark out.
    if kind == "translated":
        source_share = alignment.covered("post") / max(1, len(post))
        page_share = alignment.inside("page")[own].mean() if own.any() else 0.0
    else:
        source_share = alignment.post_hits.mean() if len(post) else 0.0
        page_share = alignment.page_hits[own].mean() if own.any() else 0.0
    return Match(
        source_url=comparison.post.url,
        source_title=comparison.post.title,
        kind=kind,
        probability=probability,
        share_of_source=min(1.0, float(source_share)),
        share_of_page=min(1.0, float(page_share)),
        passages=tuple(_passage(span, page, post) for span in _strongest(alignment.trimmed())),
        matched_words=int(alignment.page_hits.sum()),
    )


def _strongest(spans: Sequence[Span]) -> list[Span]:
    """At most MOST_PASSAGES spans, those with most words, in the page's order."""
    kept = sorted(spans, key=lambda span: -span.matched)[:MOST_PASSAGES]
    return sorted(kept, key=lambda span: span.page_first)


def _passage(span: Span, page: Tokens, post: Tokens) -> Passage:
    page_start, page_end = page.span(span.page_first, span.page_last)
    post_start, post_end = post.span(span.post_first, span.post_last)
    return Passage(
        page_start, page_end, post_start, post_end, page.text[page_start:page_end], post.text[post_start:post_end]
    )


def kind_of(alignment: Alignment, asked: Asked, post: Tokens, language: str) -> str:
    """How the page copies the post, judged by what became of the words inside the spans; `language` is
    the post's."""
    page = asked.tokens
    if not alignment.spans:
        own = asked.language
        return "spun" if own and own == (language or language_of(post.text)) else "translated"
    if _foreign_text(alignment, page, language or language_of(post.text)):
        return "interleaved" if alignment.post_hits.mean() > SIDE_BY_SIDE else "translated"
    covered = alignment.covered("post")
    put_in, lost = _put_in_and_lost(alignment, page, post)
    if lost > SOME and put_in > SOME and (put_in > MUCH or put_in > lost / 2):
        return "garbled" if _same_letters(alignment, page, post) > SAME_LETTERS else "spun"
    if alignment.order < IN_ORDER:
        return "reordered"
    if alignment.post_hits.sum() < INTACT * covered:
        return "garbled"
    return "verbatim" if covered >= WHOLE * len(post) else "excerpt"


def _foreign_text(alignment: Alignment, page: Tokens, language: str) -> bool:
    """Whether much of the page, where it follows the post, is text in another language than the post's."""
    first = min(span.page_first for span in alignment.spans)
    last = max(span.page_last for span in alignment.spans)
    own = np.flatnonzero(alignment.page_hits[first : last + 1]) + first
    ends = np.append(own, last + 1)
    gaps = np.diff(ends, prepend=first - 1) - 1
    long = gaps >= FOREIGN_RUN
    if gaps[long].sum() < FOREIGN * (last + 1 - first):
        return False
    runs = zip((ends - gaps)[long].tolist(), ends[long].tolist(), strict=True)
    text = "\n".join(page.text[page.starts[start] : page.ends[end - 1]] for start, end in runs)
    return language_of(text[:MOST_JUDGED]) not in ("", language)


def _put_in_and_lost(alignment: Alignment, page: Tokens, post: Tokens) -> tuple[float, float]:
    """Shares of the page's tokens inside spans that the post has not, or not as often, and of the post's there that
    the page has not; 0..1. Words that were moved count for neither, dropped ones for the second, replaced ones for
    both."""
    on_page, in_post = page.hashes[alignment.inside("page")], post.hashes[alignment.inside("post")]
    return _surplus(on_page, post.hashes, alignment.repeats), _surplus(in_post, page.hashes)


def _surplus(own: np.ndarray, others: np.ndarray, times: float = 1.0) -> float:
    """Share of `own` values that are not among `others` repeated so many `times`, or more often than there; 0..1."""
    values, counts = np.unique(own, return_counts=True)
    known, known_counts = np.unique(others, return_counts=True)
    places = np.minimum(np.searchsorted(known, values), known.size - 1)
    available = np.where(known[places] == values, np.rint(times * known_counts[places]), 0)
    return 1.0 - float(np.minimum(counts, available).sum() / counts.sum())


def _same_letters(alignment: Alignment, page: Tokens, post: Tokens) -> float:
    """Share of the groups of GROUP letters of the page's words inside spans that the post has not, which are in the
    post's words there that the page has not, 0..1: words that were misread, joined or split keep most of them, other
    words do not."""
    sides = []
    for side, tokens, other in (("page", page, post), ("post", post, page)):
        unknown = alignment.inside(side) & ~kernels.contained(tokens.hashes, kernels.table_of(other.hashes))
        places = np.flatnonzero(unknown)[:MOST_JUDGED].tolist()
        letters = "".join(tokens.text[tokens.starts[at] : tokens.ends[at]] for at in places).lower()
        sides.append({letters[at : at + GROUP] for at in range(len(letters) - GROUP + 1)})
    return len(sides[0] & sides[1]) / max(1, len(sides[0]))


def _mark_mashups(found: list[Match]) -> tuple[Match, ...]:
    """Call the likely sources of a page that takes from several posts, at different places, a mashup."""
    likely = [match for match in found if match.probability >= 0.5 and match.passages]
    disjoint: list[Match] = []
    for match in likely:
        if all(_overlap(match, other) < 0.2 for other in disjoint):
            disjoint.append(match)
    substantial = [match for match in disjoint if match.share_of_page >= 0.08]
    if len(substantial) < 2:
        return tuple(found)
    return tuple(replace(match, kind="mashup") if match in substantial else match for match in found)


def _overlap(a: Match, b: Match) -> float:
    """Share of the shorter match's characters on the page that both claim."""
    shared = sum(
        max(0, min(x.page_end, y.page_end) - max(x.page_start, y.page_start)) for x in a.passages for y in b.passages
    )
    lengths = [sum(x.page_end - x.page_start for x in match.passages) for match in (a, b)]
    return shared / max(1, min(lengths))
