"""Sets of near-duplicates inside a crawl, without any reference.

    clusters = cluster(read_pages("crawl"), similarity=0.8)
    for found in clusters.sets:
        print(found.original.url, found.evidence, [member.url for member in found.members])
    clusters.write("clusters.csv")

Pages are compared by their own text. Of a page only its signature, the hashes of its shingles and a few facts are
kept: about 15 KB for a page of a thousand words.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from detector.boilerplate import shipped_model
from detector.data import Page, UsageError, raise_if_interrupted
from detector.duplicates import SIMILARITY, DuplicateFinder, Sketch, jaccard, shared, sketch
from detector.originals import Claim, address_key, address_keys, day_of, original_of
from detector.parallel import mapped
from detector.reading import read
from detector.rows import CLUSTER_COLUMNS as COLUMNS
from detector.rows import Cell, csv_header, csv_line, percent
from detector.settings import Settings
from detector.verdicts import boilerplate_share, named_addresses
from detector.writing import STDOUT, whole_file

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Card:
    """What is kept of a page. `error` says why it could not be judged at all."""

    claim: Claim
    sketch: Sketch
    title: str = ""
    host: str = ""
    input: str = ""
    offset: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A page of a set. `role`: "original" (the likely one), "exact" (the same words), "near". `similarity`: the Jaccard
    of its shingles and the original's, 0..1, 1 for the same words; it may be below what was asked for when the page is
    alike to another member. `evidence` says how it belongs to the original. `words` of its own; `date` as 2026-01-31,
    or "" when it is not known."""

    role: str
    url: str
    similarity: float
    evidence: str
    title: str
    host: str
    words: int
    date: str
    input: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class DuplicateSet:
    """Pages that are near-duplicates: the likely original, then the most similar. `evidence` says what speaks for the
    original."""

    members: tuple[Member, ...]
    evidence: str

    @property
    def original(self) -> Member:
        return self.members[0]

    @property
    def similarity(self) -> float:
        """The lowest of its members'."""
        return min(member.similarity for member in self.members)


@dataclass(frozen=True, slots=True)
class Clusters:
    """The sets, largest first, and of how many pages; `textless` have no text of their own, `problems` name those that
    could not be judged. `pairs` are the addresses of two pages with different words that were measured and found alike,
    with their Jaccard; of a set as many as hold it together."""

    sets: tuple[DuplicateSet, ...]
    pages: int
    textless: int
    problems: tuple[str, ...]
    pairs: tuple[tuple[str, str, float], ...]

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """Rows of `COLUMNS`: of every set one for itself, which repeats its original's facts, then one a member."""
        for number, found in enumerate(self.sets, start=1):
            size, original = len(found.members), found.original
            yield number, "set", original.url, size, found.similarity, original.url, found.evidence, *_facts(original)
            for member in found.members:
                place = number, member.role, member.url, size, member.similarity, original.url
                yield *place, member.evidence, *_facts(member)

    def write(self, path: str | Path, excel: bool = False) -> None:
        """Write the rows to a .csv file, or to standard output for "-". Raises UsageError for another suffix and for
        what cannot be written."""
        with csv_file(path) as file:
            self.write_to(file, excel)

    def write_to(self, file: IO[bytes], excel: bool = False) -> None:
        """Write the rows as CSV in UTF-8; `excel` as in `detector.report`."""
        file.write(csv_header(COLUMNS, excel))
        file.writelines(csv_line(COLUMNS, row, excel) for row in self.rows())


def csv_file(path: str | Path) -> AbstractContextManager[IO[bytes]]:
    """A file for `Clusters.write_to`, whole or not at all (see `whole_file`). Raises UsageError as `Clusters.write`."""
    suffix = Path(path).suffix.lower()
    if str(path) != STDOUT and suffix != ".csv":
        raise UsageError(f"{path}: cannot write {suffix or 'a file without suffix'}; use .csv")
    return whole_file(str(path))


def cluster(
    pages: Iterable[Page], similarity: float = SIMILARITY, *, jobs: int = 1, settings: Settings | None = None
) -> Clusters:
    """Find the sets of near-duplicates among `pages`, and the likely original of each.

    `similarity`: the Jaccard of two pages' shingles from which they are alike, above 0, at most 1 (see
    `DuplicateFinder`). Of the settings `official_hosts` and `max_bytes` count. `jobs` processes read the pages.
    Never raises on page content; raises UsageError when `similarity` or `jobs` make no sense.
    """
    chosen = settings or Settings()
    finder = DuplicateFinder(similarity)
    cards: list[Card] = []
    for card in mapped(partial(card_of, max_bytes=chosen.max_bytes), pages, jobs, lost=_lost):
        first = finder.add(card.sketch)
        cards.append(card if first == len(cards) else replace(card, sketch=cards[first].sketch))
    groups = finder.groups()
    sets = [_set_of([cards[place] for place in group], chosen) for group in groups]
    sets.sort(key=lambda found: (-len(found.members), _order(found.original)))
    return Clusters(
        tuple(sets),
        len(cards),
        sum(1 for card in cards if not card.sketch.words),
        tuple(f"{card.claim.url or card.input}: {card.error}" for card in cards if card.error),
        tuple((cards[a].claim.url, cards[b].claim.url, measured) for a, b, measured in finder.pairs),
    )


def card_of(page: Page, max_bytes: int) -> Card:
    """What is kept of a page. Never raises on page content."""
    try:
        return _card_of(page, max_bytes)
    except Exception as error:  # a crawl must go on; the caller says what happened
        raise_if_interrupted(error)
        _log.exception("%s could not be judged", page.url)
        return _lost(page, f"{type(error).__name__}: {error}")


def _lost(page: Page, reason: str) -> Card:
    said = f"could not be judged ({reason})"[:300]
    return Card(Claim(page.url), Sketch(b"", np.zeros(0, np.uint32), None), input=page.input, error=said)


def _card_of(page: Page, max_bytes: int) -> Card:
    reading = read(page, shipped_model(), max_bytes)
    document, own = reading.document, reading.own
    claim = Claim(
        page.url,
        words=own.words,
        boilerplate=boilerplate_share(reading.blocks),
        day=day_of(document.published) or day_of(page.fetched_at or ""),
        canonical=address_key(document.canonical),
        named=address_keys(named_addresses(reading)),
    )
    return Card(claim, sketch(own), reading.title[:300], document.host, page.input, page.offset)


def _set_of(cards: Sequence[Card], settings: Settings) -> DuplicateSet:
    best, evidence = original_of([card.claim for card in cards], settings.official_hosts)
    members = [_member(card, cards[best]) for card in cards]
    original = members.pop(best)
    members.sort(key=lambda member: (-member.similarity, _order(member)))
    return DuplicateSet((original, *members), evidence)


def _member(card: Card, original: Card) -> Member:
    one, other = card.sketch.shingles, original.sketch.shingles
    role, similarity, evidence = "exact", 1.0, "the same words"
    if card is original:
        role, evidence = "original", "the likely original"
    elif card.sketch.words != original.sketch.words:
        common = shared(one, other)
        role, similarity = "near", jaccard(common, one.size, other.size)
        parts = percent(common / one.size), percent(common / other.size)
        evidence = f"{parts[0]} of its shingles are the original's, {parts[1]} of the original's are here"
    claim = card.claim
    return Member(
        role,
        claim.url,
        similarity,
        evidence,
        card.title,
        card.host,
        claim.words,
        claim.day,
        card.input,
        card.offset,
    )


def _order(member: Member) -> tuple[str, str, int]:
    return member.url, member.input, -1 if member.offset is None else member.offset


def _facts(member: Member) -> tuple[Cell, ...]:
    return member.title, member.host, member.words, member.date, member.input, member.offset
