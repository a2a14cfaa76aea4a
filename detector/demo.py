"""The demo: the shipped posts and the shipped crawl through the whole detector, compared with known answers.

`datasets/demo/` holds `posts.jsonl` (the official posts), `crawl/` (the pages) and `truth.csv`: url, label, kind
and source_url of every page.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from detector import kernels, warming
from detector.data import UsageError, Verdict
from detector.detector import Detector
from detector.index import ReferenceIndex
from detector.pages import read_pages
from detector.report import Report
from detector.resources import datasets_dir


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo did. `truth` maps a page's url to its row of truth.csv; `seconds` is the scoring alone."""

    folder: Path
    posts: int
    report: Report
    truth: Mapping[str, Mapping[str, str]]
    seconds: float

    def agrees(self, verdict: Verdict) -> bool:
        """Whether a verdict has the known label and, where the page copies a post, names that post first (of a
        mashup, among its sources)."""
        known = self.truth[verdict.url]
        named = verdict.matches if known["kind"] == "mashup" else verdict.matches[:1]
        sources = {"", *(match.source_url for match in named)}
        return verdict.label == known["label"] and known["source_url"] in sources


def run_demo(folder: Path) -> Demo:
    """Build an index, score the crawl and write report.csv, report.html, matches.csv and blocks.csv into `folder`.

    Raises UsageError when the folder cannot be made.
    """
    data = datasets_dir() / "demo"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made ({error.strerror})") from error
    if kernels.is_cold():
        warming.warm()
    index = ReferenceIndex.build(folder / "official.index", read_pages(data / "posts.jsonl"))
    detector = Detector(index)
    start = time.perf_counter()
    report = detector.scan(read_pages(data / "crawl"))
    seconds = time.perf_counter() - start
    report.write(folder / "report.csv")
    report.write(folder / "report.html")
    report.write_matches(folder / "matches.csv")
    report.write_blocks(folder / "blocks.csv")
    with (data / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["url"]: row for row in csv.DictReader(file)}
    return Demo(folder, len(index), report, truth, seconds)
