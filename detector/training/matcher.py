"""Training and judging the matching model on the pages that `copies` makes."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from detector.bilingual import lexicon
from detector.boilerplate import BoilerplateModel
from detector.data import Page
from detector.features import FEATURES, MONOTONE, Asked
from detector.index import ReferenceIndex
from detector.matching import TIE_BREAKERS, Matcher, compare
from detector.reading import Reading, read
from detector.screening import Screen, screen_features
from detector.search import Candidate
from detector.settings import Settings
from detector.training.boosting import fit_out_of_fold
from detector.training.calibration import calibration_error, highest_but
from detector.training.copies import NEGATIVE, Copy, CopyMaker
from detector.training.official import Corpus, digest
from detector.training.screening import LOST, Seen, cut_of, fit_screens
from detector.training.shells import ordinary_pages, shells

Log = Callable[[str], None]
CANDIDATES = 8
RIVAL = 0.2  # of the page's tokens matched by a post that is not its source
# Posts are published twice, and rewritten: a page and a post of which one has so much of the other's shingles are as
# good as copies.
REPUBLISHED = 0.5
FOLDS = 3
# A shipped threshold lets one page in a thousand pass that copies nothing.
FALSE_ALARMS = 0.001


def copy_maker(data: Path | None, test: bool) -> CopyMaker:
    """Makes the pages that train, or those that judge; without `data` from the demo's posts, for both."""
    corpus = Corpus.read(data)
    if data is None:
        return CopyMaker(corpus, seed=1 + test)
    ordinary = [Page(url=gold.page.url or gold.name, html=gold.page.html) for gold in ordinary_pages(data, test)]
    # Of other sites' posts only the training sites' may judge: the other way round they would be seen in training.
    strangers = list(corpus.side(test=False).posts.values()) if test else []
    return CopyMaker(corpus.side(test), 1 + test, shells(data, test), ordinary, strangers)


@dataclass(frozen=True)
class _Rows:
    """A page's aligned candidates: `features` (a row each), which are `right` (bool), and how `likely` the first stage
    has found them. `damage` is what `Copy` says. `fold` is one for all pages made of a post and its translations;
    `clear` marks pages of which everybody would say that they copy nothing: not those that have half of a post's
    shingles, as successive releases do."""

    features: np.ndarray
    right: np.ndarray
    likely: np.ndarray
    damage: str
    fold: int
    clear: bool


@dataclass(frozen=True)
class _Asked:
    """A page that was made, what the index finds for it, and rows of SCREENED of that."""

    copy: Copy
    asked: Asked
    candidates: list[Candidate]
    features: np.ndarray
    urls: list[str]
    fold: int


def _ask(maker: CopyMaker, index: ReferenceIndex, model: BoilerplateModel, copies: Iterable[Copy]) -> Iterator[_Asked]:
    """Pages for which the index finds something."""
    for copy in copies:
        asked = Asked.of(read(copy.page, model))
        candidates = index.query(asked.tokens, CANDIDATES)
        if candidates:
            features = screen_features(asked.tokens, candidates, index.sampling)
            urls = [index.heading(candidate.number)[0] for candidate in candidates]
            yield _Asked(copy, asked, candidates, features, urls, digest(maker.family(copy)) % FOLDS)


def _seen(maker: CopyMaker, pages: Iterable[_Asked]) -> Iterator[Seen]:
    """What the first stage learns from."""
    for page in pages:
        right = _right(maker, page)
        in_page, shares = _shares(page.candidates)
        yield Seen(page.features, right, ~right & ~_unclear(maker, page.copy, page.urls, in_page, shares), page.fold)


def _rows_of(
    maker: CopyMaker, index: ReferenceIndex, pages: Iterable[_Asked], screens: Sequence[Screen]
) -> Iterator[_Rows]:
    """Each page's rows; those that are neither right nor wrong are left out, and those that the first stage of the
    page's fold leaves out."""
    for page in pages:
        likely = screens[page.fold].probabilities(page.features)
        chosen = np.flatnonzero(likely >= screens[page.fold].cut)
        _, features = compare(index, page.asked, [page.candidates[at] for at in chosen])
        matched = features[:, FEATURES.index("page_matched")]
        shares = _shares(page.candidates)[1]
        right = _right(maker, page)[chosen]
        unclear = _unclear(maker, page.copy, [page.urls[at] for at in chosen], matched, shares[chosen])
        kept = right | ~unclear
        clear = not page.copy.sources and not (shares >= REPUBLISHED).any()
        yield _Rows(features[kept], right[kept], likely[chosen][kept], page.copy.damage, page.fold, clear)


def _right(maker: CopyMaker, page: _Asked) -> np.ndarray:
    own = {maker.url(id) for id in page.copy.sources}
    return np.array([url in own for url in page.urls], bool)


def _unclear(maker: CopyMaker, copy: Copy, urls: Sequence[str], in_page: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Marks the candidates, other than the page's sources, of which nobody can say that they are not; given are the
    share of the page that each has and the larger of the shares of shingles."""
    if copy.sources:
        # A post that is templated like the source, or like its translation, matches nearly as much; what is wrong
        # with it is only that the source matches more, which the ranking of candidates says and no row of its own.
        related = {maker.url(other) for id in copy.sources for other in maker.related(id)}
        return (in_page > RIVAL) | np.array([url in related for url in urls], bool)
    untold = np.array([maker.untold(copy, url) for url in urls], bool)
    alike = np.array([maker.alike(copy, url) for url in urls], bool)
    return untold | (~alike & (shares >= REPUBLISHED))


def _shares(candidates: Sequence[Candidate]) -> tuple[np.ndarray, np.ndarray]:
    """Of each candidate the share of the page's shingles that the post has, and the larger of this and of the share of
    the post's that the page has (both float64)."""
    in_page = np.array([candidate.in_page["words"] for candidate in candidates])
    return in_page, np.maximum(in_page, [candidate.in_post["words"] for candidate in candidates])


def train_matcher(
    model: BoilerplateModel, data: Path | None = None, log: Log = print, each: int = 500, negatives: int = 1_500
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Train on damaged copies of the posts of the training sites, `each` of every kind, and on pages that copy nothing
    (see `CopyMaker.pages`), read with a boilerplate model; returns the model's description and its arrays. `threshold`
    in the description is the probability, out of fold, that FALSE_ALARMS of the pages that copy nothing are above.

    The pages are read twice: the first stage learns which candidates are worth aligning, the second from those that
    are aligned, each page by a first stage that has not seen it."""
    maker = copy_maker(data, test=False)
    with tempfile.TemporaryDirectory() as folder:
        index = ReferenceIndex.build(Path(folder) / "train.index", maker.index_pages())
        log(f"matching: {len(index):,} posts of the training sites")
        asked = _ask(maker, index, model, maker.pages(each, negatives))
        screens = fit_screens(list(_seen(maker, asked)), FOLDS, log)
        asked = _ask(maker, index, model, maker.pages(each, negatives))
        made = list(_rows_of(maker, index, asked, screens.outside))
    rows = np.concatenate([page.features for page in made])
    labels = np.concatenate([page.right for page in made])
    page_of = np.repeat(np.arange(len(made)), [page.right.size for page in made])
    fold = np.array([page.fold for page in made])[page_of]
    log(f"matching: {len(rows):,} pairs of page and post, {int(labels.sum()):,} of them copies")

    fitted = fit_out_of_fold(
        rows,
        labels,
        fold,
        FOLDS,
        [FEATURES.index(name) for name in TIE_BREAKERS],
        monotonic_cst=[MONOTONE.get(name, 0) for name in FEATURES],
        max_iter=400,
        learning_rate=0.05,
        max_leaf_nodes=24,
        min_samples_leaf=8,
        max_features=0.4,
    )
    highest = np.zeros(len(made))
    np.maximum.at(highest, page_of, fitted.probabilities)
    threshold = highest_but(highest[[page.clear for page in made]].tolist(), FALSE_ALARMS)
    log(f"matching: one in {1 / FALSE_ALARMS:.0f} pages that copy nothing is above {threshold:.3f}")
    _log_thresholds(made, highest, log)
    likely = np.concatenate([page.likely for page in made])
    screen = replace(screens.whole, cut=cut_of(likely[labels], fitted.probabilities[labels]))
    passed_over = np.mean([not (page.likely >= screen.cut).any() for page in made if page.clear])
    log(f"matching: cut {screen.cut:.4f}; nothing is aligned for {passed_over:.3f} of the pages that copy nothing")
    description = {
        "name": "repost",
        "version": 1,
        "features": list(FEATURES),
        "posts": len(maker.indexed),
        "pairs": len(rows),
        "lexicon": lexicon().version,
        "calibration": fitted.whole.weights.tolist(),
        "threshold": threshold,
        "screen": {**screen.description(), "lost": LOST},
    }
    return description, fitted.whole.trees.to_arrays() | screen.arrays()


def _log_thresholds(made: Sequence[_Rows], highest: np.ndarray, log: Log) -> None:
    """Log what thresholds would do to the pages `made`, given the `highest` probability of each: the default of
    `Settings.threshold` is chosen by this."""
    kinds = np.array([page.damage for page in made])
    clear = np.array([page.clear for page in made])
    copies = [kind for kind in dict.fromkeys(kinds.tolist()) if not kind.startswith(NEGATIVE)]
    for threshold in np.arange(0.5, 1.0, 0.05):
        above = highest >= threshold
        recall = float(np.mean([above[kinds == kind].mean() for kind in copies]))
        log(f"matching: out of fold, {threshold:.2f}: recall {recall:.4f}, false alarms {above[clear].mean():.4f}")


def evaluate_matcher(
    matcher: Matcher,
    model: BoilerplateModel,
    data: Path | None = None,
    log: Log = print,
    each: int = 150,
    threshold: float = Settings().threshold,
    sampling: int | None = None,
) -> dict[str, Any]:
    """Judge a matching model on damaged copies of the posts of the test sites, `each` of every kind, against an index
    of this `sampling` (None: as its posts are many).

    Returns, and logs: per kind of damage the share flagged, `recall`, and of these with the kind named right; per
    kind of negative the share flagged, `false_alarms`; over all the mean recall, the share of hits with the right
    source first, the share of kinds right, the expected calibration error. All 0..1. Negatives whose best candidate
    nobody can call wrong are counted apart, as `unclear`.
    """
    maker = copy_maker(data, test=True)
    results: dict[str, list[_Judged]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        index = ReferenceIndex.build(Path(folder) / "test.index", maker.index_pages(), sampling=sampling)
        for copy in maker.pages(each):
            results[copy.damage].append(_judge(maker, matcher, index, copy, read(copy.page, model), threshold))
    copies = {name: judged for name, judged in results.items() if not name.startswith(NEGATIVE)}
    clear = {
        name.removeprefix(NEGATIVE): [one for one in judged if not one.unclear]
        for name, judged in results.items()
        if name.startswith(NEGATIVE)
    }
    hits = [one for judged in copies.values() for one in judged if one.flagged]
    counted = [one for judged in (*copies.values(), *clear.values()) for one in judged if one.probability]
    recall = {name: _share(one.flagged for one in judged) for name, judged in copies.items()}
    figures: dict[str, Any] = {
        "posts": len(index),
        "recall": recall,
        "mean_recall": float(np.mean(list(recall.values()))),
        "false_alarms": {name: _share(one.flagged for one in judged) for name, judged in clear.items()},
        "false_alarm": _share(one.flagged for judged in clear.values() for one in judged),
        "negatives": sum(len(judged) for judged in clear.values()),
        "unclear": sum(one.unclear for judged in results.values() for one in judged),
        "source_right": _share(one.right for one in hits),
        "kind_right": _share(one.kind_right for one in hits),
        "calibration_error": calibration_error(
            np.array([one.probability for one in counted]), np.array([one.right for one in counted], bool)
        ),
    }
    for name, judged in copies.items():
        named = _share(one.kind_right for one in judged if one.flagged)
        log(f"  {name:45} {len(judged):5} pages, flagged {recall[name]:.3f}, kind right {named:.2f}")
    for name, judged in clear.items():
        log(f"  {NEGATIVE + name:45} {len(judged):5} pages, flagged {figures['false_alarms'][name]:.4f}")
    for name in ("mean_recall", "false_alarm", "source_right", "kind_right", "calibration_error"):
        log(f"  {name.replace('_', ' ')}: {figures[name]:.4f}")
    return figures


@dataclass(frozen=True)
class _Judged:
    """What became of one page: `probability` of its best candidate (0 without any), whether that is flagged, is the
    right source, is of the right kind; `unclear` when it is a negative that may be a copy after all."""

    probability: float
    flagged: bool
    right: bool
    kind_right: bool
    unclear: bool


def _judge(
    maker: CopyMaker, matcher: Matcher, index: ReferenceIndex, copy: Copy, reading: Reading, threshold: float
) -> _Judged:
    found = matcher.matches(index, reading, CANDIDATES)
    if not found:
        return _Judged(0.0, False, False, False, False)
    best = found[0]
    right = best.source_url in {maker.url(other) for id in copy.sources for other in maker.related(id)}
    same_kind = copy.kind == best.kind or {copy.kind, best.kind} == {"mashup", "excerpt"}
    unclear = False
    if not copy.sources:
        candidates = index.query(Asked.of(reading).tokens, CANDIDATES)
        urls = [index.heading(candidate.number)[0] for candidate in candidates]
        unclear = bool(_unclear(maker, copy, urls, *_shares(candidates))[urls.index(best.source_url)])
    return _Judged(best.probability, best.probability >= threshold, right, same_kind, unclear)


def _share(marks: Iterable[bool]) -> float:
    values = list(marks)
    return float(np.mean(values)) if values else 0.0
