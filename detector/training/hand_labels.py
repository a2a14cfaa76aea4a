"""Lines and blocks of real pages labelled by reading them: which block of a page is of which category.

The labels are in `datasets/labels`, and `datasets/README.md` says by whom. They name pages and numbers only; the
pages themselves are in the data folder.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np

from detector.data import CATEGORIES, DetectorError, Document, Page
from detector.document import parse
from detector.resources import datasets_dir
from detector.training.gold import fold_of, is_unfree, site_of_row
from detector.training.weak_labels import UNKNOWN

UNDECIDED = "?"
Labels = tuple[str, ...]
# One site in four is kept for judging, and every page that shipped weights may not be made from.
HELD_BACK = 4


@dataclass(frozen=True)
class LabelledPage:
    """A page of `reposts/` as a row of that file, and the labels of its lines that are not blank, the main one first;
    none for a line that the reader left undecided."""

    row: dict[str, Any]
    labels: Sequence[Labels]

    @property
    def lines(self) -> list[str]:
        return lines_of(self.row["text"])


def lines_of(text: str) -> list[str]:
    """The lines that labels are of: those with anything in them, white space folded."""
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def read_labels(path: Path | None = None) -> dict[str, list[Labels]]:
    """Labels of each labelled page's lines, by page id. Raises DetectorError naming a line that is malformed."""
    path = path or datasets_dir() / "labels" / "lines.tsv"
    labels: dict[str, list[Labels]] = defaultdict(list)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            continue
        wrong = DetectorError(f"{path.name}, line {number}: not the page's next lines and their categories: {line!r}")
        try:
            page, first, last, names = line.split("\t")
            count = int(last) + 1 - int(first)
            follows = int(first) == len(labels[page])
        except ValueError as error:
            raise wrong from error
        given = tuple(names.split("+")) if names != UNDECIDED else ()
        if not follows or count < 1 or not set(given) <= set(CATEGORIES):
            raise wrong
        labels[page].extend([given] * count)
    return dict(labels)


def labelled_pages(rows: Iterator[dict[str, Any]]) -> Iterator[LabelledPage]:
    """Those of the rows of `reposts/pages` that are labelled. Raises DetectorError when a page has other lines than
    when it was labelled."""
    labels = read_labels()
    for row in rows:
        if row["id"] in labels:
            page = LabelledPage(row, labels[row["id"]])
            if len(page.lines) != len(page.labels):
                raise DetectorError(f"page {row['id']}: has {len(page.lines)} lines, {len(page.labels)} are labelled")
            yield page


def judges(row: dict[str, Any]) -> bool:
    """Whether a labelled page judges and never trains."""
    return is_unfree(row) or fold_of(site_of_row(row) + " held back", HELD_BACK) == 0


def as_text(page: LabelledPage) -> tuple[Document, np.ndarray]:
    """The page as already extracted text, a block a line, and the blocks' categories (int16, see `weak_labels`)."""
    document = parse(Page(url=page.row["url"] or "", text="\n".join(page.lines), title=page.row["title"] or ""))
    return document, np.array([_category(names) for names in page.labels], np.int16)


def as_html(page: LabelledPage) -> tuple[Document, np.ndarray]:
    """The page as it was crawled, and the categories of the blocks whose lines are found again: that of most of their
    characters, UNKNOWN for the others."""
    document = parse(Page(url=page.row["url"] or "", html=page.row["html"]))
    owner: list[int] = []
    found: list[str] = []
    for number, block in enumerate(document.blocks):
        for line in lines_of(block.text):
            owner.append(number)
            found.append(line)
    weight = np.zeros((len(document.blocks), len(CATEGORIES)))
    matcher = SequenceMatcher(None, found, page.lines, autojunk=False)
    for ours, theirs, size in matcher.get_matching_blocks():
        for step in range(size):
            category = _category(page.labels[theirs + step])
            if category != UNKNOWN:
                weight[owner[ours + step], category] += len(found[ours + step])
    known = weight.any(axis=1) if len(weight) else np.zeros(0, bool)
    return document, np.where(known, weight.argmax(axis=1) if len(weight) else 0, UNKNOWN).astype(np.int16)


def checksum(text: str) -> str:
    """Four hexadecimal digits by which a labelled block is found again, though its page be parsed otherwise."""
    return f"{zlib.crc32(' '.join(text.split()).encode(errors='replace')) & 0xFFFF:04x}"


def read_block_labels(path: Path | None = None) -> dict[str, list[tuple[str, int]]]:
    """Checksum and category (an index into CATEGORIES, or UNKNOWN) of each labelled block, in page order, by set and
    id of the page in `pages/`: "set/id". Raises DetectorError naming a line that is malformed."""
    path = path or datasets_dir() / "labels" / "blocks.tsv"
    labels: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) != 3 or len(parts[2]) % 4 or parts[1] not in (*CATEGORIES, UNDECIDED):
            raise DetectorError(f"{path.name}, line {number}: not page, category, checksums of blocks: {line!r}")
        page, name, digits = parts
        category = CATEGORIES.index(name) if name != UNDECIDED else UNKNOWN
        labels[page].extend((digits[at : at + 4], category) for at in range(0, len(digits), 4))
    return dict(labels)


def found_again(texts: Sequence[str], labelled: Sequence[tuple[str, int]]) -> np.ndarray:
    """int16[texts]: the categories of the blocks that were labelled, UNKNOWN for others."""
    category = np.full(len(texts), UNKNOWN, np.int16)
    ours, theirs = [checksum(text) for text in texts], [digits for digits, _ in labelled]
    for first, second, size in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        category[first : first + size] = [known for _, known in labelled[second : second + size]]
    return category


def _category(names: Labels) -> int:
    return CATEGORIES.index(names[0]) if names else UNKNOWN


@dataclass(frozen=True, slots=True)
class PageLabel:
    """What a reader says of a whole page. `is_repost`: yes, no, unclear. `spam_rank`: 0 official, original or licensed,
    1 ordinary reprint or small site, 2 aggregator or filler, 3 spun, injected, doorway or damaged."""

    is_repost: str
    title_stuffing: bool
    spam_rank: int


def read_page_labels(path: Path | None = None) -> dict[str, PageLabel]:
    """Labels of whole pages, by page id."""
    path = path or datasets_dir() / "labels" / "pages.tsv"
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {page: PageLabel(repost, stuffed == "yes", int(rank)) for page, repost, stuffed, rank in rows}
