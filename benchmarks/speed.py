"""What a verdict costs, stage by stage, beside the bare parse of the same pages and beside other extractors.

    pip install -e '.[bench]'
    python benchmarks/speed.py DATA [--index official.index]

DATA is the folder that `datasets/README.md` describes. Judges the 181 news pages against 10,000 official posts (or an
index that is there), on one core: the processor time a page, the median of five rounds, each through all stages and all
peers in the same process. Peers: bare parses (lexbor, resiliparse), main-text extractors, and the usual pipeline of
trafilatura, a HashingVectorizer on characters and datasketch. What is not installed is named in table and figures.
Wanted of our main text (parsing and classifying): an eighth of trafilatura's time.
Takes four minutes, two more to index the posts. Prints a table and writes benchmarks/results/speed.json.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from main_text import EXTRACTORS
from measuring import RESULTS, RUNS, machine, medians, news_pages, peak_mb, rounds, times_as_long, write
from selectolax.lexbor import LexborHTMLParser

from detector import Detector, Page, ReferenceIndex, read_pages, signals, verdicts
from detector.boilerplate import BoilerplateModel
from detector.document import parse
from detector.features import Asked
from detector.matching import Matcher
from detector.reading import read
from detector.text import tokenise

POSTS, LIMIT = 10_000, 8
BARE, OURS, THEIRS, WANTED = "bare parse", "detector", "trafilatura fast", 8
Call = Callable[[], object]


def stages(pages: list[Page], index: ReferenceIndex) -> dict[str, Call]:
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
        BARE: lambda: [LexborHTMLParser(page.html or "") for page in pages],
        "document": lambda: [parse(page) for page in pages],
        "boilerplate": lambda: [model.classify(document) for document in documents],
        "tokens": lambda: [tokenise(text) for text in texts],
        "query": lambda: [index.query(side.tokens, LIMIT) for side in asked],
        "query, alignment, features, trees": lambda: [matcher.matches(index, reading, LIMIT) for reading in readings],
        "signals": lambda: [signals.detect(page) for page in shown],
        "verdict": lambda: [verdicts.judge(page, detector.settings, detector.allowed) for page in evidence],
        "everything": lambda: [detector.check(page) for page in pages],
    }


def peers(pages: list[Page]) -> Iterator[tuple[str, Callable[[], Call]]]:
    """The peers by name, and what makes the call that runs one over all pages; it raises ImportError when the peer is
    not installed. `detector` among them is our own main text: parsing and classifying."""
    yield "bare parse (resiliparse)", lambda: _resiliparse_parse(pages)
    for name, (_, load) in EXTRACTORS.items():
        yield f"main text: {name}", lambda load=load: _over(load(), pages)
    yield "trafilatura, HashingVectorizer, datasketch", lambda: _usual_pipeline(pages)


def _resiliparse_parse(pages: list[Page]) -> Call:
    from resiliparse.parse.html import HTMLTree

    return lambda: [HTMLTree.parse(page.html) for page in pages]


def _over(extract: Callable[[str], str], pages: list[Page]) -> Call:
    def attempt(html: str) -> None:
        # A peer that gives up on a page has been as quick as that.
        with suppress(Exception):
            extract(html)

    return lambda: [attempt(str(page.html)) for page in pages]


def _usual_pipeline(pages: list[Page]) -> Call:
    import trafilatura
    from datasketch import MinHash
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer(analyzer="char", ngram_range=(3, 5))

    def run() -> None:
        for page in pages:
            text = trafilatura.extract(page.html, fast=True) or ""
            vectorizer.transform([text])
            words = text.split()
            signature = MinHash(num_perm=128)
            signature.update_batch([" ".join(words[at : at + 5]).encode() for at in range(len(words) - 4)])

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--index", type=Path, help="an index that is there")
    parser.add_argument("--pages", type=int, help="the first so many pages only")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "speed.json")
    arguments = parser.parse_args()
    pages = news_pages(arguments.data, arguments.pages)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.index:
            index = ReferenceIndex.open(arguments.index)
        else:
            posts = islice(read_pages(arguments.data / "official" / "posts.jsonl.gz"), POSTS)
            index = ReferenceIndex.build(Path(folder) / "official.index", posts, jobs=2)
        memory = {"before": peak_mb()}
        calls = stages(pages, index)
        rounds(calls, 1)  # compiles, and fills what is filled once
        memory["after all stages"] = peak_mb()
        missing = {}
        for name, load in peers(pages):
            try:
                calls[name] = load()
            except ImportError as error:
                missing[name] = str(error)
                continue
            rounds({name: calls[name]}, 1)
            memory[f"after {name}"] = peak_mb()
        times = rounds(calls, arguments.runs)
    spent = medians(times, 1000 / len(pages))
    ratios = {name: times_as_long(times, name, BARE) for name in times}
    for name, figure in spent.items():
        print(f"{name:45} {figure:8.2f} ms {ratios[name]:8.1f} x")
    result = {
        "machine": machine(),
        "pages": len(pages),
        "kilobytes_a_page": round(sum(len(page.html or "") for page in pages) / len(pages) / 1000),
        "posts": len(index),
        "runs": arguments.runs,
        "ms_a_page": spent,
        "times_the_bare_parse": ratios,
        "peak_mb": memory,
        "not_installed": missing,
    }
    ours, theirs = f"main text: {OURS}", f"main text: {THEIRS}"
    if theirs in times:
        result["trafilatura_fast_times_our_main_text"] = faster = times_as_long(times, theirs, ours)
        print(f"trafilatura (fast) takes {faster:.1f} times as long as our main text; wanted: {WANTED}")
    for name, error in missing.items():
        print(f"{name}: not installed ({error})")
    print(f"peak memory, MB: {', '.join(f'{name} {size}' for name, size in memory.items())}")
    write(result, arguments.output)


if __name__ == "__main__":
    main()
