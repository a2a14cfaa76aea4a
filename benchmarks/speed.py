"""What a verdict costs, stage by stage, beside the bare parse of the same pages.

    python benchmarks/speed.py DATA [--index official.index]

DATA is the folder that `datasets/README.md` describes. Judges the 181 labelled pages against 10,000 official posts (or
an index that is there), on one core: the processor time a page, the median of five runs. Where trafilatura and
datasketch are installed, the usual pipeline of the two and a HashingVectorizer on characters runs in the same process.
Prints a table and writes benchmarks/results/speed.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from detector import Detector, Page, ReferenceIndex, read_pages, signals, verdicts
from detector.boilerplate import BoilerplateModel
from detector.document import parse
from detector.features import Asked
from detector.matching import Matcher
from detector.reading import read
from detector.text import tokenise

RESULTS = Path(__file__).parent / "results" / "speed.json"
POSTS, RUNS, LIMIT = 10_000, 5, 8


def stages(pages: list[Page], index: ReferenceIndex) -> dict[str, Callable[[], object]]:
    """The stages by name; each runs over all pages, with what the stages before it gave."""
    detector, model, matcher = Detector(index), BoilerplateModel.load(), Matcher.load()
    documents = [parse(page) for page in pages]
    readings = [read(page, model) for page in pages]
    texts = ["\n".join(block.text for block in reading.blocks) for reading in readings]
    asked = [Asked.of(reading) for reading in readings]
    matches = [matcher.matches(index, reading, LIMIT) for reading in readings]
    shown = [signals.PageEvidence(r.document, r.blocks, r.tokens.where(r.content)) for r in readings]
    seen = [signals.detect(evidence) for evidence in shown]
    evidence = [verdicts.Evidence(*parts, index.hosts) for parts in zip(pages, readings, seen, matches, strict=True)]
    return {
        "bare parse": lambda: [LexborHTMLParser(page.html or "") for page in pages],
        "document": lambda: [parse(page) for page in pages],
        "boilerplate": lambda: [model.classify(document) for document in documents],
        "tokens": lambda: [tokenise(text) for text in texts],
        "query": lambda: [index.query(side.tokens, LIMIT) for side in asked],
        "query, alignment, features, trees": lambda: [matcher.matches(index, reading, LIMIT) for reading in readings],
        "signals": lambda: [signals.detect(page) for page in shown],
        "verdict": lambda: [verdicts.judge(page, detector.settings, detector.allowed) for page in evidence],
        "everything": lambda: [detector.check(page) for page in pages],
    }


def usual_pipeline(pages: list[Page]) -> dict[str, Callable[[], object]]:
    try:
        import trafilatura
        from datasketch import MinHash
    except ImportError:
        return {}
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer(analyzer="char", ngram_range=(3, 5))

    def run() -> None:
        for page in pages:
            text = trafilatura.extract(page.html, fast=True) or ""
            vectorizer.transform([text])
            words = text.split()
            signature = MinHash(num_perm=128)
            signature.update_batch([" ".join(words[at : at + 5]).encode() for at in range(len(words) - 4)])

    return {"trafilatura, HashingVectorizer, datasketch": run}


def milliseconds(call: Callable[[], object], pages: int) -> float:
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        call()
        times.append(1000 * (time.process_time() - start) / pages)
    return statistics.median(times)


def machine() -> dict[str, Any]:
    cpu = Path("/proc/cpuinfo")
    named = [line for line in cpu.read_text().splitlines() if line.startswith("model name")] if cpu.exists() else []
    name = named[0].partition(":")[2].strip() if named else platform.processor()
    return {"processor": name, "python": platform.python_version(), "numpy": np.__version__}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--index", type=Path, help="an index that is there")
    arguments = parser.parse_args()
    with gzip.open(arguments.data / "pages" / "test_scrapinghub.jsonl.gz", "rt", encoding="utf-8") as file:
        pages = [Page(url=row["url"], html=row["html"]) for row in map(json.loads, file)]
    with tempfile.TemporaryDirectory() as folder:
        if arguments.index:
            index = ReferenceIndex.open(arguments.index)
        else:
            posts = islice(read_pages(arguments.data / "official" / "posts.jsonl.gz"), POSTS)
            index = ReferenceIndex.build(Path(folder) / "official.index", posts)
        calls = {**stages(pages, index), **usual_pipeline(pages)}
        times = {name: milliseconds(call, len(pages)) for name, call in calls.items()}
        bare = times["bare parse"]
        for name, spent in times.items():
            print(f"{name:45} {spent:8.2f} ms {spent / bare:8.1f} x")
        result = {
            "machine": machine(),
            "pages": len(pages),
            "kilobytes_a_page": round(sum(len(page.html or "") for page in pages) / len(pages) / 1000),
            "posts": len(index),
            "ms_a_page": {name: round(spent, 2) for name, spent in times.items()},
            "times_the_bare_parse": {name: round(spent / bare, 1) for name, spent in times.items()},
        }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
