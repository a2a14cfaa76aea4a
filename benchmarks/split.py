"""What the pages and posts that judge the models have in common with those that trained them.

    python benchmarks/split.py DATA          # DATA: see datasets/README.md

Of every kind of page and post that judges: how many there are, how many are of a site, or have the address, of a page
that trained the boilerplate model, and how many have two telling lines in common with one (see
`detector.training.examples`); how many are of a site of a post that trained either model, and of how many half of the
shingles, runs of five words, are in any such posts. Wanted: no site and no address of a page, and no site of a post
that is copied; lines and shingles may be phrases of a licence or a library, or of one post on two sites. Takes some
minutes; prints a table and writes benchmarks/results/split.json.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from measuring import RESULTS, rows, write

from detector import kernels
from detector.closed_forms import ClosedForms, read_clauses
from detector.document import parse
from detector.resources import datasets_dir
from detector.text import tokenise
from detector.training.corpus import kept_for_evaluation
from detector.training.examples import MOST_LINES, Example, from_labels, from_reposts, gold_examples, telling_lines
from detector.training.gold import TEST_SETS, TRAIN_SETS, GoldPage, is_validation, read_gold, site_of, site_of_row
from detector.training.hand_labels import judges, read_labels
from detector.training.official import Corpus
from detector.training.shells import ordinary_pages

SHINGLE, HALF = 5, 0.5
COLUMNS = (
    "all",
    "site known",
    "site of a page",
    "address of a page",
    "lines of a page",
    "site of a post",
    "half of its shingles",
)


class Judging(NamedTuple):
    """A page or post that judges; "" for what is not known of it."""

    site: str
    url: str
    text: str


def judging(data: Path, posts: Corpus) -> Iterator[tuple[str, Judging]]:
    """All that judges, each with its kind."""
    for name in ("dev", "unlabelled"):
        for row in rows(data / "labelled" / f"{name}.jsonl.gz"):
            lines = [line["text"] if isinstance(line, dict) else line for line in row["lines"]]
            yield "labelled by hand", Judging(site_of(row["url"], ""), row["url"] or "", "\n".join(lines))
    labelled = read_labels()
    for row in rows(data / "reposts" / "pages.jsonl.gz"):
        if row["id"] in labelled and judges(row):
            yield "labelled, held back", Judging(site_of_row(row), row["url"] or "", row["text"])
    for gold in chain.from_iterable(read_gold(data, source) for source in TEST_SETS):
        yield gold.source, whole(gold)
    for gold in chain.from_iterable(read_gold(data, source) for source in TRAIN_SETS):
        if is_validation(gold.site):
            yield "kept for choices", whole(gold)
    for gold in ordinary_pages(data, test=True):
        if gold.source not in TEST_SETS:
            yield "pages around copies", whole(gold)
    for post in posts.posts.values():
        yield "posts that are copied", Judging(post.site, post.url, post.text)
    for row in rows(data / "official" / "copies.jsonl.gz"):
        if row["original_id"] in posts.posts:
            yield "real copies", Judging("", "", row["copy_text"])


def whole(gold: GoldPage) -> Judging:
    """A page with all that stands on it. A site that is not known is called by the page's set and number."""
    site = "" if ":" in gold.site else gold.site
    return Judging(site, gold.page.url, "\n".join(block.text for block in parse(gold.page).blocks))


def trained_on(data: Path) -> list[Example]:
    """The real pages that trained the boilerplate model."""
    closed_forms = ClosedForms.compile(read_clauses(datasets_dir() / "closed_forms.tsv"))
    excluded = kept_for_evaluation(data)
    gold = gold_examples(data, TRAIN_SETS, closed_forms, excluded, print)
    return [*gold, *from_reposts(data, closed_forms, excluded), *from_labels(data, excluded)]


def shingles(text: str) -> np.ndarray:
    """Hashes of the runs of SHINGLE words, uint64, each once."""
    return np.unique(kernels.ngrams(tokenise(text).hashes, SHINGLE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "split.json")
    arguments = parser.parse_args()
    corpus = Corpus.read(arguments.data)
    trained, posts = trained_on(arguments.data), corpus.side(test=False)
    page_sites, urls = {one.site for one in trained}, {one.document.url for one in trained} - {""}
    post_sites = {post.site for post in posts.posts.values()}
    known = kernels.table_of(np.concatenate([shingles(post.text) for post in posts.posts.values()]))
    having: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(trained):
        for line in telling_lines(one.text):
            having[line].append(number)

    figures: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, one in judging(arguments.data, corpus.side(test=True)):
        common = Counter(number for line in telling_lines(one.text) for number in having.get(line, ()))
        own = shingles(one.text)
        found = (
            True,
            bool(one.site) and not one.site.startswith("github:"),
            one.site in page_sites,
            one.url in urls,
            max(common.values(), default=0) >= MOST_LINES,
            one.site in post_sites,
            bool(own.size) and kernels.contained(own, known).mean() >= HALF,
        )
        figures[kind].update(name for name, is_so in zip(COLUMNS, found, strict=True) if is_so)
    print(f"{len(trained)} pages and {len(posts.posts)} posts train. What judges, and has in common with them:")
    print(f"{'':24}" + "".join(f"{name:>22}" for name in COLUMNS))
    for kind, counts in figures.items():
        print(f"{kind:24}" + "".join(f"{counts[name]:22,}" for name in COLUMNS))
    judged = {kind: {name: counts[name] for name in COLUMNS} for kind, counts in figures.items()}
    write({"pages_that_train": len(trained), "posts_that_train": len(posts.posts), **judged}, arguments.output)


if __name__ == "__main__":
    main()
