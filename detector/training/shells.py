"""Real pages with the place of their own text left open: where copies and other texts are put for training and
judging, with the menus, sidebars and footers that a crawl has around them."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from random import Random

from detector.training.gold import TEST_SETS, TRAIN_SETS, GoldPage, fold_of, read_gold, test_sites

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_UNSEEN = frozenset(("script", "style", "title", "noscript", "template"))
# A piece of text of so many characters that the gold has too is taken for part of it.
_LEAST_PIECE = 12
# The innermost element with so much of the gold that is in the markup is the place; of the gold so much must be there.
_MOST_OF_IT, _ENOUGH = 0.85, 0.5
_LEAST_GOLD = 200
_TITLE = re.compile(r"(<title\b[^>]*>)(.*?)(</title)", re.IGNORECASE | re.DOTALL)
_LONGEST = 400_000
_TEST_FOLD, _TRAINING_FOLDS = 0, (8, 3)


@dataclass(frozen=True)
class Shell:
    """A page's markup before and after its own text; `site` is its registrable domain, `title` its own."""

    site: str
    url: str
    before: str
    after: str
    title: str

    def page(self, title: str, text: str, random: Random) -> str:
        """The page with another title (its own when empty) and text, a paragraph each line."""
        before = self.before
        if title:
            escaped = entities.escape(title)
            before = _TITLE.sub(lambda found: found[1] + escaped + found[3], before, count=1)
        headline = f"<h1>{entities.escape(title)}</h1>\n" if title and random.random() < 0.8 else ""
        return before + headline + _paragraphs(text, random) + self.after


def _paragraphs(text: str, random: Random) -> str:
    lines = [entities.escape(line, quote=False) for line in text.split("\n") if line.strip()]
    style = random.random()
    if style < 0.15:
        return "<p>" + "<br><br>\n".join(lines) + "</p>"
    tag = "div" if style < 0.25 else "p"
    return "\n".join(f"<{tag}>{line}</{tag}>" for line in lines)


def shells(data: Path, test: bool) -> list[Shell]:
    """The shells that train, or those that judge, in the same order in every run.

    Those that judge are of the test sets and of half of the sites that the boilerplate model's training leaves out
    (`gold.is_validation`, fold 0 of 8); those that train are of the other half and of as many that it has seen.
    """
    found = (shell_of(gold) for gold in ordinary_pages(data, test) if test or fold_of(gold.site, 16) in _TRAINING_FOLDS)
    return [shell for shell in found if shell is not None]


def ordinary_pages(data: Path, test: bool) -> Iterator[GoldPage]:
    """The pages with gold text whose sites train, or judge: no site does both."""
    judging = test_sites(data)
    for source in (*TRAIN_SETS, *(TEST_SETS if test else ())):
        for gold in read_gold(data, source):
            if (gold.site in judging or fold_of(gold.site, 16) == _TEST_FOLD) == test:
                yield gold


def shell_of(gold: GoldPage) -> Shell | None:
    """Cut a page's own text out of its markup; None where it cannot be found in one element."""
    html = gold.page.html
    if not isinstance(html, str) or len(html) > _LONGEST or not gold.main_text:
        return None
    finder = _PlaceFinder(gold.main_text)
    finder.feed(html)
    finder.close()
    place = finder.place()
    if place is None:
        return None
    line_starts = [0, *(found.end() for found in re.finditer("\n", html))]
    start, end = (line_starts[line - 1] + column for line, column in place)
    start = html.index(">", start) + 1
    return Shell(gold.site, gold.page.url, html[:start], html[end:], gold.title)


@dataclass
class _Open:
    """An element that is open: its name, where its tag begins (line, column), how much gold text it has so far."""

    tag: str
    start: tuple[int, int]
    covered: int = 0


class _PlaceFinder(HTMLParser):
    """Finds the innermost element that holds the gold text."""

    def __init__(self, gold: str) -> None:
        super().__init__(convert_charrefs=True)
        self._gold = "".join(gold.split())
        self._open: list[_Open] = []
        self._closed: list[tuple[int, tuple[int, int], tuple[int, int]]] = []
        self._found = 0

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._open.append(_Open(tag, self.getpos()))

    def handle_startendtag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        """Nothing is inside."""

    def handle_endtag(self, tag: str) -> None:
        at = next((at for at in reversed(range(len(self._open))) if self._open[at].tag == tag), -1)
        if at < 0:
            return
        covered = sum(element.covered for element in self._open[at:])
        start = self._open[at].start
        del self._open[at:]
        if self._open:
            self._open[-1].covered += covered
        if covered:
            self._closed.append((covered, start, self.getpos()))

    def handle_data(self, data: str) -> None:
        piece = "".join(data.split())
        if len(piece) < _LEAST_PIECE or not self._open or self._open[-1].tag in _UNSEEN or piece not in self._gold:
            return
        self._found += len(piece)
        self._open[-1].covered += len(piece)

    def place(self) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Where the element's start tag begins and where its end tag does."""
        if self._found < max(_LEAST_GOLD, _ENOUGH * len(self._gold)):
            return None
        # Elements are closed from the inside out.
        return next(
            ((start, end) for covered, start, end in self._closed if covered >= _MOST_OF_IT * self._found), None
        )
