"""How well the score ranks pages, beside what readers say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector.boilerplate import BoilerplateModel
from detector.data import Page, Settings
from detector.reading import read
from detector.signals import PageEvidence, detect
from detector.training.gold import read_rows
from detector.training.hand_labels import PageLabel, judges, read_page_labels
from detector.verdicts import Evidence, judge


@dataclass(frozen=True)
class Ranked:
    """A page as a reader and as the detector see it."""

    label: PageLabel
    score: float
    verdict: str
    title_stuffing: float


def evaluate_ranking(model: BoilerplateModel, data: Path, log: Callable[[str], None]) -> dict[str, Any]:
    """Figures on the hand-labelled pages and on those labelled for this project that are kept from training: nDCG and
    Spearman's rank correlation of the score with the spam rank, the area under the curve of the title signal, and the
    share of pages of rank 0 that are called spam or a repost. No reference index is used."""
    return {
        "labelled_pages": _figures([_ranked(model, *row) for row in _labelled(data)], "hand-labelled pages", log),
        "held_back_pages": _figures([_ranked(model, *row) for row in _held_back(data)], "pages held back", log),
    }


def _labelled(data: Path) -> list[tuple[Page, PageLabel]]:
    pages = []
    for row in read_rows(data / "labelled" / "dev.jsonl.gz"):
        said = row["page"]
        page = Page(_address(row), text="\n".join(line["text"] for line in row["lines"]), title=row["title"])
        pages.append((page, PageLabel(said["is_repost"], said["title_stuffing"] == "yes", said["spam_rank"])))
    return pages


def _held_back(data: Path) -> list[tuple[Page, PageLabel]]:
    labels = read_page_labels()
    rows = (row for row in read_rows(data / "reposts" / "pages.jsonl.gz") if row["id"] in labels and judges(row))
    return [(_page(row), labels[row["id"]]) for row in rows]


def _page(row: dict[str, Any]) -> Page:
    text = None if row["html"] else row["text"]
    return Page(_address(row), html=row["html"] or None, text=text, title=row["title"])


def _address(row: dict[str, Any]) -> str:
    """The page's address; where it was collected is none."""
    return row["url"] if (row["url"] or "").startswith("http") else ""


def _ranked(model: BoilerplateModel, page: Page, label: PageLabel) -> Ranked:
    reading = read(page, model)
    signals = detect(PageEvidence(reading.document, reading.blocks, reading.tokens.where(reading.content)))
    verdict = judge(Evidence(page, reading, signals, (), {}), Settings())
    title = max((signal.score for signal in signals if signal.name == "title_stuffing"), default=0.0)
    return Ranked(label, verdict.score, verdict.label, title)


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
        "title_stuffing_auc": float(roc_auc_score(stuffed, [page.title_stuffing for page in pages])),
        "harmless_flagged": sum(page.verdict in ("spam", "repost") for page in harmless) / max(1, len(harmless)),
    }
    log(f"{name}: {len(pages)} pages, {len(harmless)} of rank 0")
    for figure in ("ndcg", "spearman", "title_stuffing_auc", "harmless_flagged"):
        log(f"    {figure.replace('_', ' '):20}{figures[figure]:7.3f}")
    return figures
