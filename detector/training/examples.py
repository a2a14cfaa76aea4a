"""Labelled pages to learn block categories from, as HTML and as the same text without any structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detector.block_features import PageFeatures, featurise
from detector.closed_forms import ClosedForms, Found
from detector.data import CATEGORIES, Document, Page, SourceBlock
from detector.document import parse
from detector.training.gold import GoldPage, coverage, is_unfree, is_validation, read_gold, read_rows, site_of_row
from detector.training.hand_labels import (
    as_html,
    as_text,
    found_again,
    judges,
    labelled_pages,
    read_block_labels,
    read_labels,
)
from detector.training.weak_labels import UNKNOWN, title_block, weak_categories

_TITLE = CATEGORIES.index("title")
# The sources of examples that were put together from forms, and that were written as whole pages.
MADE_UP, WRITTEN = "datasets/blocks", "datasets/pages"
# Bytes of a line that tells a site or a text (a dozen characters of Chinese), and lines of that kind by which a page is
# taken for one of a known site: one may be a phrase that everybody uses.
TELLING_BYTES, MOST_LINES = 36, 2


@dataclass(frozen=True)
class Example:
    """A page with labels: `category` int16[blocks] is an index into CATEGORIES or UNKNOWN; `judged` bool[blocks] says
    where content or not is known (an UNKNOWN category there means "some boilerplate"). `weight` is the page's; `copy`
    marks another rendering of a page that is there already, whose words need not be learnt twice; `read` one that was
    labelled by reading its lines or blocks, or written with its labels. `original` is the page in its markup of which
    this is the text, and `blocks_of_original` int64[blocks] where in it each block comes from, -1 for those put in."""

    source: str
    site: str
    document: Document
    category: np.ndarray
    judged: np.ndarray
    weight: float
    copy: bool = False
    read: bool = False
    original: Example | None = None
    blocks_of_original: np.ndarray | None = None

    @property
    def made_up(self) -> bool:
        """Whether it was put together from forms."""
        return self.source == MADE_UP

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.document.blocks)

    @property
    def content(self) -> np.ndarray:
        return np.asarray(self.category == 0)


@dataclass(frozen=True)
class Featured:
    """An example with what the model's parts see of it."""

    example: Example
    features: PageFeatures
    found: Found


def from_gold(page: GoldPage, closed_forms: ClosedForms, read: Sequence[tuple[str, int]] = ()) -> Example | None:
    """Label a page's blocks by its gold main text; None when it has no block or nothing of the gold. `read` are labels
    of its blocks (see `hand_labels.read_block_labels`), which say what is not content better than names do."""
    document = parse(page.page)
    if not document.blocks:
        return None
    content = coverage([block.text for block in document.blocks], page.main_text) >= 0.5
    if not content.any():
        return None
    example = label(page.source, page.site, document, content, closed_forms, page.weight, page.title)
    if not read:
        return example
    category = found_again([block.text for block in document.blocks], read)
    # What the gold leaves out is not content, whatever else it may be.
    category[category == 0] = UNKNOWN
    return replace(example, category=np.where(content, example.category, category), read=True)


def label(
    source: str,
    site: str,
    document: Document,
    content: np.ndarray,
    closed_forms: ClosedForms,
    weight: float,
    title: str = "",
) -> Example:
    """Weak categories for what is not content; the headline is a title, whether or not the gold includes it."""
    features = featurise(replace(document, title=title or document.title))
    found = closed_forms.find(features.letters)
    category = weak_categories(document.blocks, content, found)
    headline = title_block(document.blocks, features.overlap[:, 0], features.overlap[:, 1], content)
    if headline != UNKNOWN:
        category[headline] = _TITLE
    return Example(source, site, document, category, np.ones(len(category), bool), weight)


@dataclass(frozen=True)
class Excluded:
    """What is kept for evaluation: ids and sites of pages, and the lines that tell their sites or texts."""

    ids: frozenset[str]
    sites: frozenset[str]
    lines: frozenset[str]

    def has(self, id: str, site: str, text: str) -> bool:
        """Whether a page is one of them, of one of their sites, or has several of their lines: the sites of many pages
        are not known."""
        return id in self.ids or site in self.sites or len(telling_lines(text) & self.lines) >= MOST_LINES


def telling_lines(text: str) -> set[str]:
    """The lines that hardly two sites have in common by chance."""
    return {line.strip() for line in text.split("\n") if len(line.strip().encode(errors="replace")) >= TELLING_BYTES}


def from_reposts(folder: Path, closed_forms: ClosedForms, excluded: Excluded) -> Iterator[Example]:
    """Real pages without gold: only what closed forms and names say of their blocks, nothing about content."""
    labelled = read_labels()
    for row in read_rows(folder / "reposts" / "pages.jsonl.gz"):
        site = site_of_row(row)
        if row["id"] in labelled or excluded.has(row["id"], site, row["text"]) or is_unfree(row):
            continue
        document = parse(
            Page(url=row["url"] or "", html=row["html"] or None, text=None if row["html"] else row["text"])
        )
        if not document.blocks:
            continue
        nothing = np.zeros(len(document.blocks), bool)
        example = label("reposts", site, document, nothing, closed_forms, 1.0, row["title"] or "")
        yield replace(example, judged=nothing)


def from_labels(folder: Path, excluded: Excluded) -> Iterator[Example]:
    """Pages labelled line by line, as text and, where the markup is known, as HTML; none that judges."""
    for page in labelled_pages(read_rows(folder / "reposts" / "pages.jsonl.gz")):
        site = site_of_row(page.row)
        if judges(page.row) or excluded.has(page.row["id"], site, page.row["text"]):
            continue
        renderings = [as_html(page), as_text(page)] if page.row["html"] else [as_text(page)]
        for document, category in renderings:
            if document.blocks:
                copy = bool(page.row["html"]) and not document.from_html
                yield Example("labelled", site, document, category, category != UNKNOWN, 1.0, copy, read=True)


def plain(example: Example, random: np.random.Generator) -> Example:
    """The same page as already extracted text: a block a line, no structure; now and then without most of what stands
    before and after the content, as extractors leave it (unless its blocks were read), and without the title."""
    content = example.content
    keep = np.ones(len(content), bool)
    if not example.read and example.judged.all() and content.any() and random.random() < 0.5:
        first, last = int(np.argmax(content)), len(content) - 1 - int(np.argmax(content[::-1]))
        outside = np.ones(len(content), bool)
        outside[max(0, first - int(random.integers(0, 5))) : last + 1 + int(random.integers(0, 8))] = False
        keep = ~outside | (random.random(len(content)) < 0.05)
    blocks: list[SourceBlock] = []
    rows: list[int] = []
    for index in np.flatnonzero(keep).tolist():
        for line in example.document.blocks[index].text.split("\n"):
            if line.strip():
                blocks.append(SourceBlock(line.strip()))
                rows.append(index)
    title = example.document.title if random.random() < 0.6 else ""
    return replace(
        example,
        document=Document(url=example.document.url, host=example.document.host, title=title, blocks=tuple(blocks)),
        category=example.category[rows],
        judged=example.judged[rows],
        copy=True,
        original=example,
        blocks_of_original=np.array(rows, np.int64),
    )


def with_features(examples: Sequence[Example], closed_forms: ClosedForms) -> list[Featured]:
    featured = []
    for example in examples:
        features = featurise(example.document)
        featured.append(Featured(example, features, closed_forms.find(features.letters)))
    return featured


def gold_examples(
    data: Path, sources: Sequence[str], closed_forms: ClosedForms, excluded: Excluded, log: Callable[[str], None]
) -> list[Example]:
    """The labelled pages of some sets of `pages/`, without the sites that are kept for validation."""
    examples: list[Example] = []
    labels = read_block_labels()
    for source in sources:
        pages = [page for page in read_gold(data, source) if not is_validation(page.site)]
        found = [(page.name, from_gold(page, closed_forms, labels.get(f"{source}/{page.name}", ()))) for page in pages]
        kept = [
            example
            for name, example in found
            if example is not None and not excluded.has(name, example.site, example.text)
        ]
        log(f"{source}: {len(kept)} pages, {sum(len(example.category) for example in kept)} blocks")
        examples.extend(kept)
    return examples
