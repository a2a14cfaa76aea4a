"""How well the score ranks pages, beside what readers say of them, and which weights would rank them best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector.boilerplate import BoilerplateModel
from detector.data import Page
from detector.reading import read
from detector.settings import Settings
from detector.signals import PageEvidence, detect
from detector.training.gold import read_rows
from detector.training.hand_labels import PageLabel, judges, read_page_labels
from detector.verdicts import BOILERPLATE_WEIGHTS, SPAM_WEIGHTS, Evidence, judge

# How much the weights as they are count beside the pages, when weights are fitted.
_TRUST = 40.0


@dataclass(frozen=True)
class Ranked:
    """A page as a reader and as the detector see it; `signals` and `categories` are what its score is made of."""

    label: PageLabel
    score: float
    verdict: str
    signals: Mapping[str, float]
    categories: frozenset[str]


def evaluate_ranking(model: BoilerplateModel, data: Path, log: Callable[[str], None]) -> dict[str, Any]:
    """Figures on the hand-labelled pages and on those labelled for this project that are kept from training: nDCG and
    Spearman's rank correlation of the score with the spam rank, the area under the curve of the title signal, and the
    share of pages of rank 0 that are called spam or a repost. No reference index is used."""
    return {
        "labelled_pages": _figures([_ranked(model, *row) for row in _labelled(data)], "hand-labelled pages", log),
        "held_back_pages": _figures(
            [_ranked(model, *row) for row in _own_labels(data, judging=True)], "pages held back", log
        ),
    }


def fitted_weights(model: BoilerplateModel, data: Path) -> dict[str, dict[str, float]]:
    """The weights of signals and of categories in the score, 0..1, that rank those labelled pages best which do not
    judge.

    A proportional-odds model (McCullagh 1980) of the spam rank over the parts of the score, none of which may count
    against it; weights stay near those of `detector.verdicts` where pages say little. -log(1 - weight) is a part's
    coefficient, since the score is 1 - the product of (1 - weight) over a page's parts.
    """
    from scipy.optimize import minimize

    pages = [_ranked(model, *row) for row in _own_labels(data, judging=False)]
    ranks = np.array([page.label.spam_rank for page in pages])
    parts = np.array(
        [
            [page.signals.get(name, 0.0) for name in SPAM_WEIGHTS]
            + [float(name in page.categories) for name in BOILERPLATE_WEIGHTS]
            for page in pages
        ]
    )
    now = -np.log1p(-np.array([*SPAM_WEIGHTS.values(), *BOILERPLATE_WEIGHTS.values()]))

    def misfit(values: np.ndarray) -> float:
        weights, (size, lowest, step, last) = values[:-4], values[-4:]
        limits = lowest + np.array([0.0, np.exp(step), np.exp(step) + np.exp(last)])
        over = np.exp(size) * (parts @ weights)[:, None] - limits
        signs = np.where(ranks[:, None] >= np.arange(1, 4), -1.0, 1.0)
        return float(np.logaddexp(0, signs * over).sum() + _TRUST * ((weights - now) ** 2).sum())

    start = np.concatenate((now, [1.5, 0.5, 0.5, 0.0]))
    bounds = [(0.0, 3.0)] * now.size + [(None, None)] * 4
    found = -np.expm1(-minimize(misfit, start, bounds=bounds, method="L-BFGS-B").x[:-4])
    of_signals = dict(zip(SPAM_WEIGHTS, found.tolist(), strict=False))
    of_categories = dict(zip(BOILERPLATE_WEIGHTS, found[len(SPAM_WEIGHTS) :].tolist(), strict=True))
    return {"signals": of_signals, "categories": of_categories}


def _labelled(data: Path) -> list[tuple[Page, PageLabel]]:
    pages = []
    for row in read_rows(data / "labelled" / "dev.jsonl.gz"):
        said = row["page"]
        page = Page(_address(row), text="\n".join(line["text"] for line in row["lines"]), title=row["title"])
        pages.append((page, PageLabel(said["is_repost"], said["title_stuffing"] == "yes", said["spam_rank"])))
    return pages


def _own_labels(data: Path, judging: bool) -> list[tuple[Page, PageLabel]]:
    """The pages labelled for this project that judge, or those that weights may be chosen by."""
    labels = read_page_labels()
    rows = (row for row in read_rows(data / "reposts" / "pages.jsonl.gz") if row["id"] in labels)
    return [(_page(row), labels[row["id"]]) for row in rows if judges(row) == judging]


def _page(row: dict[str, Any]) -> Page:
    text = None if row["html"] else row["text"]
    return Page(_address(row), html=row["html"] or None, text=text, title=row["title"])


def _address(row: dict[str, Any]) -> str:
    """The page's address; where it was collected is none."""
    return row["url"] if (row["url"] or "").startswith("http") else ""


def _ranked(model: BoilerplateModel, page: Page, label: PageLabel) -> Ranked:
    reading = read(page, model)
    signals = detect(PageEvidence(reading.document, reading.blocks, reading.own))
    verdict = judge(Evidence(page, reading, signals, (), {}), Settings())
    categories = frozenset(name for block in reading.blocks for name in (block.category, *block.also))
    return Ranked(label, verdict.score, verdict.label, {one.name: one.score for one in signals}, categories)


def _figures(pages: Sequence[Ranked], name: str, log: Callable[[str], None]) -> dict[str, Any]:
    from scipy.stats import spearmanr
    from sklearn.metrics import ndcg_score, roc_auc_score

    ranks = np.array([page.label.spam_rank for page in pages])
    scores = np.array([page.score for page in pages])
    stuffed = np.array([page.label.title_stuffing for page in pages])
    harmless = [page for page in pages if page.label.spam_rank == 0]
    figures = {
        "pages": len(pages),
        "ndcg": float(ndcg_score([2.0**ranks - 1], [scores])),
        "spearman": float(spearmanr(ranks, scores)[0]),
        "title_stuffing_auc": float(
            roc_auc_score(stuffed, [page.signals.get("title_stuffing", 0.0) for page in pages])
        ),
        "harmless_flagged": sum(page.verdict in ("spam", "repost") for page in harmless) / max(1, len(harmless)),
    }
    log(f"{name}: {len(pages)} pages, {len(harmless)} of rank 0")
    for figure in ("ndcg", "spearman", "title_stuffing_auc", "harmless_flagged"):
        log(f"    {figure.replace('_', ' '):20}{figures[figure]:7.3f}")
    return figures
