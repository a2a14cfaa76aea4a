"""Pages put together from the labelled blocks of `datasets/blocks`, and those of `datasets/pages`: what a model can
learn without any crawl, and boilerplate of every category for real content that has little of it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.data import CATEGORIES, Document, SourceBlock
from detector.grammar import LabelledBlock, WrittenPage
from detector.training.examples import MADE_UP, WRITTEN, Example

# The order of a page: category, how likely the section is there, fewest and most blocks of it.
_LAYOUT: tuple[tuple[str, float, int, int], ...] = (
    ("consent", 0.15, 1, 3),
    ("nav", 0.85, 2, 14),
    ("share_ui", 0.3, 1, 3),
    ("breadcrumb", 0.6, 1, 1),
    ("title", 0.95, 1, 1),
    ("byline", 0.8, 1, 3),
    ("share_ui", 0.2, 1, 3),
    ("toc", 0.15, 3, 8),
    ("content", 1.0, 3, 24),
    ("title_dup", 0.12, 1, 2),
    ("keyword_stuffing", 0.15, 1, 2),
    ("source_credit", 0.4, 1, 2),
    ("disclaimer", 0.3, 1, 2),
    ("copyright", 0.3, 1, 2),
    ("byline", 0.15, 1, 1),
    ("share_ui", 0.4, 1, 4),
    ("promo", 0.4, 1, 4),
    ("related", 0.7, 2, 14),
    ("comment", 0.35, 1, 6),
    ("friend_links", 0.3, 1, 6),
    ("contact", 0.5, 1, 6),
    ("copyright", 0.6, 1, 2),
    ("icp", 0.4, 1, 3),
    ("powered_by", 0.35, 1, 2),
    ("consent", 0.15, 1, 3),
)
# Categories that also come as a run of lines made alike, how likely on a page, and fewest and most lines of the run.
_RUNS: tuple[tuple[str, float, int, int], ...] = (
    ("keyword_stuffing", 0.08, 10, 60),
    ("comment", 0.1, 6, 50),
    ("friend_links", 0.1, 5, 30),
    ("related", 0.15, 8, 40),
)
_MOST_FORMS = {"comment": 4}
_BEFORE_CONTENT = [row[0] for row in _LAYOUT].index("content")
# Element, path and class names that each category is often found in; half the blocks get none of them.
_DRESS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "content": (
        ("p", "div/article/p", "entry-content post article"),
        ("p", "div/div/div/p", "article-body main content"),
    ),
    "title": (("h1", "div/header/h1", "entry-title post-header"), ("h1", "div/div/h1", "title article-head")),
    "nav": (("li", "header/nav/ul/li", "menu-item main-menu nav"), ("a", "div/ul/li", "navbar header")),
    "breadcrumb": (("div", "div/div", "breadcrumb"), ("li", "nav/ol/li", "crumbs")),
    "byline": (("div", "div/article/div", "post-meta"), ("span", "div/header/p", "author date")),
    "toc": (("li", "div/div/ul/li", "toc"),),
    "related": (("li", "div/aside/ul/li", "related-posts widget"), ("div", "div/div", "prev-next pagination")),
    "friend_links": (("li", "footer/div/ul/li", "friend-links footer"),),
    "share_ui": (("div", "div/div/div", "share social-buttons"),),
    "promo": (("div", "div/div", "newsletter subscribe"), ("p", "div/aside/div/p", "ad-banner sponsor")),
    "comment": (("p", "div/section/ol/li/p", "comment-body comments"), ("h3", "div/div/h3", "comment-respond")),
    "consent": (("p", "div/div/p", "cookie-banner consent"),),
    "contact": (("li", "footer/ul/li", "footer-links"), ("p", "footer/p", "contact footer")),
    "copyright": (("p", "footer/div/p", "copyright footer"),),
    "disclaimer": (("p", "div/div/p", "disclaimer"), ("p", "footer/p", "footer")),
    "icp": (("p", "footer/p", "beian footer"),),
    "powered_by": (("p", "footer/p", "powered footer"),),
}
_LINKED = frozenset(("nav", "breadcrumb", "toc", "related", "friend_links", "share_ui", "contact"))


@dataclass(frozen=True)
class Forms:
    """Labelled blocks by language and category, those of one form together."""

    by_language: dict[str, dict[str, list[list[LabelledBlock]]]]

    @classmethod
    def of(cls, blocks: Iterable[LabelledBlock]) -> Forms:
        table: dict[str, dict[str, dict[str, list[LabelledBlock]]]] = defaultdict(lambda: defaultdict(dict))
        for block in blocks:
            table[block.language][block.category].setdefault(block.form, []).append(block)
        return cls(
            {
                language: {category: list(forms.values()) for category, forms in rows.items()}
                for language, rows in table.items()
            }
        )

    def languages(self) -> tuple[str, ...]:
        """Those that have content and enough else to build a page of."""
        return tuple(sorted(name for name, rows in self.by_language.items() if "content" in rows and len(rows) > 5))

    def count(self, language: str) -> int:
        """How many forms there are of a language."""
        return sum(map(len, self.by_language[language].values()))

    def closest(self, language: str) -> dict[str, list[list[LabelledBlock]]]:
        """The forms of a language (ISO 639-1), English ones where there are none of it."""
        found = next((name for name in self.by_language if name.split("-")[0] == language), "en")
        return self.by_language[found]


def is_held_out(made: LabelledBlock | WrittenPage) -> bool:
    """Whether a form (not only an expansion of it) is kept out of training: one form in eight, by its hash."""
    return hashlib.sha256(made.form.encode()).digest()[0] % 8 == 0


def written(page: WrittenPage, weight: float) -> Example:
    """A page that was written as text with its labels."""
    title = next((block.text for block in page.blocks if block.category == "title"), "")
    return Example(
        WRITTEN,
        f"{WRITTEN}/{page.form}",
        Document(url="", title=title, blocks=tuple(SourceBlock(block.text) for block in page.blocks)),
        np.array([CATEGORIES.index(block.category) for block in page.blocks], np.int16),
        np.ones(len(page.blocks), bool),
        weight,
        read=True,
    )


def page(forms: Forms, language: str, number: int, random: np.random.Generator, from_html: bool) -> Example:
    """One made-up page in the order of real ones."""
    rows = forms.by_language[language]
    chosen: list[LabelledBlock] = []
    for category, likely, fewest, most in _LAYOUT:
        if category in rows and random.random() < likely:
            chosen.extend(_some(rows[category], int(random.integers(fewest, most + 1)), random))
    for category, likely, fewest, most in _RUNS:
        if category in rows and random.random() < likely:
            at = int(random.integers(0, len(chosen) + 1)) if category == "keyword_stuffing" else len(chosen)
            chosen[at:at] = _run(rows[category], int(random.integers(fewest, most + 1)), category, random)
    blocks = tuple(_dressed(block, random) if from_html else SourceBlock(block.text) for block in chosen)
    title = next((block.text for block in chosen if block.category == "title"), "")
    return Example(
        MADE_UP,
        f"datasets/{language}/{number}",
        Document(url="", title=title if random.random() < 0.7 else "", blocks=blocks, from_html=from_html),
        np.array([CATEGORIES.index(block.category) for block in chosen], np.int16),
        np.ones(len(chosen), bool),
        1.0,
    )


def _some(forms: Sequence[Sequence[LabelledBlock]], count: int, random: np.random.Generator) -> Iterator[LabelledBlock]:
    """Blocks of any of the forms."""
    for pick in random.integers(0, len(forms), count).tolist():
        yield forms[pick][int(random.integers(0, len(forms[pick])))]


def _run(
    forms: Sequence[Sequence[LabelledBlock]], count: int, category: str, random: np.random.Generator
) -> list[LabelledBlock]:
    """Lines made alike, as doorways and lists of comments have them: one form, or a few in turn, again and again."""
    most = min(_MOST_FORMS.get(category, 1), len(forms))
    turn = [
        forms[pick] for pick in random.choice(len(forms), int(random.integers(1, most + 1)), replace=False).tolist()
    ]
    chosen = (turn[step % len(turn)] for step in range(count))
    return [form[int(random.integers(0, len(form)))] for form in chosen]


def surrounded(example: Example, forms: Forms, language: str, random: np.random.Generator) -> Example:
    """A plain page with made-up boilerplate before and after its blocks, in the page's language where there is any."""
    rows = forms.closest(language)
    sides: list[list[LabelledBlock]] = [[], []]
    for place, (category, likely, fewest, most) in enumerate(_LAYOUT):
        if category in ("content", "title", "title_dup") or category not in rows or random.random() > likely / 2:
            continue
        count = int(random.integers(fewest, min(most, 5) + 1))
        sides[place > _BEFORE_CONTENT].extend(_some(rows[category], count, random))
    blocks = tuple(tuple(SourceBlock(block.text) for block in side) for side in sides)
    labels = [np.array([CATEGORIES.index(block.category) for block in side], np.int16) for side in sides]
    known = [np.ones(len(side), bool) for side in sides]
    origin = example.blocks_of_original
    if origin is not None:
        origin = np.concatenate([np.full(len(sides[0]), -1), origin, np.full(len(sides[1]), -1)])
    return replace(
        example,
        document=replace(example.document, blocks=(*blocks[0], *example.document.blocks, *blocks[1])),
        category=np.concatenate((labels[0], example.category, labels[1])),
        judged=np.concatenate((known[0], example.judged, known[1])),
        blocks_of_original=origin,
    )


def _dressed(block: LabelledBlock, random: np.random.Generator) -> SourceBlock:
    dress: Sequence[tuple[str, str, str]] = _DRESS.get(block.category, ())
    linked = block.category in _LINKED and random.random() < 0.8
    links = len(block.text) if linked else 0
    if not dress or random.random() < 0.5:
        return SourceBlock(block.text, "div", "div/div/div", "", links, int(linked))
    tag, path, hints = dress[int(random.integers(0, len(dress)))]
    level = int(tag[1]) if tag in ("h1", "h2", "h3") else 0
    return SourceBlock(block.text, tag, path, hints, links, int(linked), level)
