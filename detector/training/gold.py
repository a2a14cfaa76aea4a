"""Pages with gold main text: reading them, telling sites apart, and marking which blocks are in the gold."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from detector.data import Page
from detector.kernels import ngrams
from detector.text import tokenise

TRAIN_SETS = (
    "train_wcxb",
    "train_aed_news",
    "train_readability",
    "train_zh_wce",
    "train_cx_zh_silver",
    "train_magic_article",
)
TEST_SETS = ("test_scrapinghub", "test_trafilatura_eval")

# Second-level names under which domains are registered (the frequent ones of the Public Suffix List).
_SHARED_SUFFIX = re.compile(
    r"(?:^|\.)(?:(?:com|net|org|gov|edu|ac|co|or|ne|go|gob|nom|web|info)\.[a-z]{2}"
    r"|(?:github|gitlab|blogspot|wordpress|medium|substack|netlify|vercel|pages)\.(?:io|com|app|dev))$"
)
# What in a head states the page's address; without it, links to one site, so many and most of all, do.
_HEAD_TAG, _OWN_TAG = (
    re.compile(r"<(?:text|link|meta)\b[^>]*>", re.I),
    re.compile(r"<text id=|\bcanonical\b|og:url", re.I),
)
_ADDRESS, _LINK = re.compile(r"https?://[^\"'<> ]+"), re.compile(r"""<a\b[^>]*?href=["']?(https?://[^"'<> ]+)""", re.I)
_LONGEST_HEAD, _LEAST_LINKS = 50_000, 10
# A project, under whichever owner, whose licence shipped weights may not be made from.
_UNFREE_SOURCE = "/GeneralNewsExtractor"
_SHINGLE = 4
_CANDIDATES = 24
_SLACK = 8


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page and what a reader took for its main text. `weight` 0..1 is how far the gold is trusted."""

    name: str
    source: str
    site: str
    page: Page
    main_text: str
    title: str
    page_type: str
    language: str
    weight: float
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def site_of(url: str | None, fallback: str) -> str:
    """The registrable domain of an address, or `fallback` when there is none.

    >>> site_of("https://news.example.co.uk/a", "-"), site_of("http://a.b.example.com", "-"), site_of(None, "x:1")
    ('example.co.uk', 'example.com', 'x:1')
    """
    host = (urlsplit(url).hostname or "") if url else ""
    if not host or "." not in host:
        return fallback
    suffix = _SHARED_SUFFIX.search(host)
    labels = host.split(".")
    keep = (suffix.group().strip(".").count(".") + 2) if suffix else 2
    return ".".join(labels[-keep:])


def site_of_row(row: dict[str, Any]) -> str:
    """The registrable domain of a row of `reposts/`, as far as it is known; else the repository that it was collected
    from (`github:owner/name:path`), whose files are of one site, or of one collector."""
    return site_of(row["url"], "") or site_of(own_address(row["html"] or ""), ":".join(row["source"].split(":")[:2]))


def is_unfree(row: dict[str, Any]) -> bool:
    """Whether shipped weights may not be made from a row of `reposts/`."""
    return _UNFREE_SOURCE in row["source"]


def test_sites(folder: Path) -> frozenset[str]:
    """The sites of the test sets: no page of theirs may train, whichever set it is in."""
    return frozenset(gold.site for source in TEST_SETS for gold in read_gold(folder, source))


def fold_of(site: str, folds: int) -> int:
    """The fold of a site, 0..folds - 1: the same in every run and on every machine."""
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % folds


def is_validation(site: str) -> bool:
    """Whether a site of the training sets is kept out of training, for choices and for figures: one in eight."""
    return fold_of(site, 8) == 0


def read_gold(folder: Path, source: str) -> list[GoldPage]:
    """The pages of one set in `pages/`, those whose gold is not in the static HTML left out."""
    pages = []
    for row in read_rows(folder / "pages" / f"{source}.jsonl.gz"):
        if row.get("good_alignment") is False:
            continue
        # Some sets name a page otherwise than by its address.
        named = row.get("url") or ""
        url = named if named.startswith("http") else own_address(row["html"]) or named
        pages.append(
            GoldPage(
                name=row["id"],
                source=source,
                site=site_of(url, row["id"]),
                page=Page(url=url or "", html=row["html"]),
                main_text=row["main_text"] or "",
                title=row.get("title") or "",
                page_type=row.get("page_type") or "",
                language=row.get("lang") or "",
                weight=0.5 if row.get("gt") == "silver" else 1.0,
                wanted=tuple(row.get("with") or ()),
                unwanted=tuple(row.get("without") or ()),
            )
        )
    return pages


def own_address(html: str) -> str | None:
    """The address that a page states in its head: where it was saved from, its canonical one, that of its preview;
    else one of the site that most of its links lead to."""
    end = html.lower().find("</head>")
    for tag in _HEAD_TAG.finditer(html[: end if end >= 0 else _LONGEST_HEAD]):
        if _OWN_TAG.search(tag[0]) and (found := _ADDRESS.search(tag[0])):
            return found[0]
    linked = Counter(site_of(address, "") for address in _LINK.findall(html))
    site, times = next(iter(linked.most_common(1)), ("", 0))
    return f"https://{site}/" if site and times >= _LEAST_LINKS and 2 * times > linked.total() else None


def coverage(texts: Sequence[str], gold: str) -> np.ndarray:
    """float32[blocks]: which share of each block's tokens stands in the gold text, in the gold's order.

    Runs of four tokens (or the whole of a shorter block) propose where in the gold a block lies; the chain of
    blocks in page order that covers most tokens wins, so that a word in a menu is not taken for the same word in
    the article. Long blocks out of order count when they lie in a part of the gold that nothing else covers.
    """
    target = tokenise(gold).hashes
    tokens = [tokenise(text).hashes for text in texts]
    tables = {size: _positions(target, size) for size in range(1, _SHINGLE + 1)}
    places: list[tuple[int, int, int, int]] = []  # block, gold start, gold end, tokens covered
    for block, own in enumerate(tokens):
        if own.size > 0:
            places.extend((block, *place) for place in _candidates(own, tables[min(_SHINGLE, own.size)], target.size))
    chosen = _best_chain(places)
    result = np.zeros(len(texts), np.float32)
    taken = np.zeros(target.size, bool)
    for block, start, end, covered in chosen:
        result[block] = covered / tokens[block].size
        taken[start:end] = True
    for block, start, end, covered in sorted(places, key=lambda place: -place[3]):
        if result[block] == 0 and covered >= 6 and taken[start:end].mean() < 0.3:
            result[block] = covered / tokens[block].size
            taken[start:end] = True
    return result


def _positions(target: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The gold's runs of `size` tokens: sorted hashes, and where each is."""
    hashes = ngrams(target, size)
    order = np.argsort(hashes, kind="stable")
    return hashes[order], order


def _candidates(own: np.ndarray, table: tuple[np.ndarray, np.ndarray], length: int) -> list[tuple[int, int, int]]:
    """Where in the gold this block may lie: (start, end, tokens covered), the best few."""
    keys, order = table
    size = min(_SHINGLE, own.size)
    wanted = ngrams(own, size)
    first, last = np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")
    found = np.minimum(last - first, _CANDIDATES)
    if not found.any():
        return []
    run = np.repeat(np.arange(wanted.size), found)
    offset = np.arange(found.sum()) - np.repeat(np.cumsum(found) - found, found)
    position = order[np.repeat(first, found) + offset]
    diagonal = position - run
    # Diagonals near each other are one place: a few tokens may be missing on either side.
    by_diagonal = np.argsort(diagonal, kind="stable")
    breaks = np.flatnonzero(np.diff(diagonal[by_diagonal]) > _SLACK) + 1
    places = []
    for group in np.split(by_diagonal, breaks):
        runs = np.unique(run[group])
        covered = np.zeros(own.size, bool)
        for shift in range(size):
            covered[runs + shift] = True
        start = int(position[group].min())
        places.append((start, min(int(position[group].max()) + size, length), int(covered.sum())))
    places.sort(key=lambda place: -place[2])
    return [place for place in places[:_CANDIDATES] if place[2] * 4 >= own.size]


def _best_chain(places: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """The places, at most one a block, in page order and gold order, that cover most tokens; of equals the first."""
    ends = sorted({end for _, _, end, _ in places})
    rank = {end: index + 1 for index, end in enumerate(ends)}
    # Fenwick tree: the best chain that ends at or before a gold position, as its tokens and its last place's -index.
    best = [(0.0, 1)] * (len(ends) + 1)
    came_from = [-1] * len(places)
    for _, group in groupby(range(len(places)), key=lambda index: places[index][0]):
        totals = []
        for index in group:
            _, start, _, covered = places[index]
            score, came_from[index] = _best_before(best, bisect_right(ends, start + min(2, covered - 1)))
            # Half a token is taken off per block, so that one long run beats scattered words.
            totals.append((score + covered - 0.5, -index))
        for total in totals:
            slot = rank[places[-total[1]][2]]
            while slot <= len(ends):
                best[slot] = max(best[slot], total)
                slot += slot & -slot
    chain = []
    index = _best_before(best, len(ends))[1]
    while index >= 0:
        chain.append(places[index])
        index = came_from[index]
    return chain[::-1]


def _best_before(best: list[tuple[float, int]], slot: int) -> tuple[float, int]:
    """Tokens of the best chain in the first `slot` positions, and its last place or -1."""
    found = (0.0, 1)
    while slot > 0:
        found = max(found, best[slot])
        slot -= slot & -slot
    return found[0], -found[1]
