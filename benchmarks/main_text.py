"""Main-text extraction beside other extractors, on pages with gold main text.

    pip install -e '.[bench]'
    python benchmarks/main_text.py DATA [SET ...]

DATA is a folder with `pages/<set>.jsonl.gz` (keys url, html, main_text, with, without); the sets default to the two
test sets and `kept`, the pages of the training sets whose sites are kept out of training, by language and kind of page:
few, and what was chosen for the models was chosen by them. Every extractor gets the same strings in the same process.
Prints a table and writes the figures, no text, to benchmarks/results/main_text.json. An extractor that is not installed
is named and left out.

Figures: `token` is the F1 of the multisets of tokens (lower-cased runs of word characters, Han and kana by character)
and `four` the same of runs of four tokens, both averaged over pages, on sets that have the full text; `snippet`
precision, recall and F1 count wanted and unwanted snippets found word for word over all pages, on sets that have them;
`ms` is the mean per page.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from detector.training.gold import TEST_SETS, TRAIN_SETS, GoldPage, is_validation, read_gold, test_sites
from detector.training.quality import interval, snippet_counts, snippet_f1, token_f1

RESULTS = Path(__file__).parent / "results" / "main_text.json"
Extractor = Callable[[str], str]
KEPT = "kept"
LISTS = {"collection": "lists", "listing": "lists"}


def _detector() -> Extractor:
    from detector import main_text

    return main_text


def _trafilatura() -> Extractor:
    import trafilatura

    return lambda html: trafilatura.extract(html, include_comments=False) or ""


def _trafilatura_fast() -> Extractor:
    import trafilatura

    return lambda html: trafilatura.extract(html, include_comments=False, fast=True) or ""


def _resiliparse() -> Extractor:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html: extract_plain_text(html, main_content=True, alt_texts=False)


def _justext() -> Extractor:
    import justext

    # Most pages are English, and its lists of stop words are per language.
    stop_words = justext.get_stoplist("English")

    def extract(html: str) -> str:
        return "\n".join(part.text for part in justext.justext(html, stop_words) if not part.is_boilerplate)

    return extract


def _readability() -> Extractor:
    import lxml.html
    from readability import Document

    def extract(html: str) -> str:
        summary = Document(html).summary()
        return str(lxml.html.fromstring(summary).text_content()) if summary.strip() else ""

    return extract


EXTRACTORS: dict[str, tuple[str, Callable[[], Extractor]]] = {
    "detector": ("detector", _detector),
    "trafilatura": ("trafilatura", _trafilatura),
    "trafilatura fast": ("trafilatura", _trafilatura_fast),
    "resiliparse": ("resiliparse", _resiliparse),
    "jusText": ("justext", _justext),
    "readability-lxml": ("readability-lxml", _readability),
}


def groups(data: Path, names: Sequence[str]) -> dict[str, list[GoldPage]]:
    """The pages of the sets by what they are judged as."""
    found: dict[str, list[GoldPage]] = {}
    for name in names:
        if name != KEPT:
            found[name] = read_gold(data, name)
            continue
        judging = test_sites(data)
        kept = (page for source in TRAIN_SETS for page in read_gold(data, source) if is_validation(page.site))
        for page in kept:
            if page.site not in judging:
                kind = page.page_type or "article"
                found.setdefault(f"{KEPT}: {LISTS.get(kind, kind)}", []).append(page)
                if page.language.startswith("zh"):
                    found.setdefault(f"{KEPT}: in Chinese", []).append(page)
    return found


def measure(extract: Extractor, pages: list[GoldPage]) -> dict[str, Any]:
    """All figures of one extractor on one set. A page on which it raises counts as empty."""
    for page in pages[:3]:
        _attempt(extract, page)
    tokens, fours, snippets, seconds = [], [], [], 0.0
    for page in pages:
        start = time.perf_counter()
        text = _attempt(extract, page)
        seconds += time.perf_counter() - start
        tokens.append(token_f1(text, page.main_text))
        fours.append(token_f1(text, page.main_text, 4))
        snippets.append(snippet_counts(text, page.wanted, page.unwanted))
    figures: dict[str, Any] = {"pages": len(pages), "ms": round(1000 * seconds / len(pages), 2)}
    if any(page.main_text for page in pages):
        figures["token"] = _rounded(interval(lambda rows: float(rows.mean()), np.array(tokens)))
        figures["four"] = _rounded(interval(lambda rows: float(rows.mean()), np.array(fours)))
    counts = np.array(snippets)
    if counts[:, :2].any():
        hits, misses, false, _ = (int(total) for total in counts.sum(axis=0))
        figures["snippet"] = {
            "precision": round(hits / max(1, hits + false), 4),
            "recall": round(hits / max(1, hits + misses), 4),
            "f1": _rounded(interval(snippet_f1, counts)),
        }
    return figures


def _attempt(extract: Extractor, page: GoldPage) -> str:
    html = page.page.html
    try:
        return extract(html) if isinstance(html, str) else ""
    except Exception:  # a peer that gives up on a page has extracted nothing
        return ""


def _rounded(figures: tuple[float, float, float]) -> list[float]:
    return [round(figure, 4) for figure in figures]


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
    lines = []
    for name, extractors in results.items():
        lines.append(f"\n{name}\n{'':18}{'token F1':>22}{'4-gram F1':>11}{'snippet P/R/F1':>24}{'ms':>9}")
        for extractor, figures in extractors.items():
            token = four = ""
            if "token" in figures:
                mean, low, high = figures["token"]
                token, four = f"{mean:.4f} ({low:.3f}-{high:.3f})", f"{figures['four'][0]:.4f}"
            snippet = figures.get("snippet")
            shown = f"{snippet['precision']:.3f} {snippet['recall']:.3f} {snippet['f1'][0]:.3f}" if snippet else ""
            lines.append(f"{extractor:18}{token:>22}{four:>11}{shown:>24}{figures['ms']:>9.2f}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__)
        return 2
    sets = groups(Path(arguments[0]), arguments[1:] or (*TEST_SETS, KEPT))
    results: dict[str, dict[str, Any]] = {name: {} for name in sets}
    versions = {}
    for name, (package, load) in EXTRACTORS.items():
        try:
            extract = load()
        except ImportError as error:
            print(f"{name}: not installed ({error})", file=sys.stderr)
            continue
        versions[package] = _version(package)
        for group, pages in sets.items():
            results[group][name] = measure(extract, pages)
    print(table(results))
    RESULTS.parent.mkdir(exist_ok=True)
    record = {"python": platform.python_version(), "cpus": os.cpu_count(), "versions": versions, "sets": results}
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "checkout"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
