"""What a signal is given, what it yields, and the registry of them all."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from detector.data import Block, Document, Page, Signal, own_text
from detector.signals.lexicon import has_han
from detector.text import Tokens

# Below this nothing is reported.
LEAST_SCORE = 0.1
# So many findings are put into the evidence, strongest first.
_SHOWN = 4
_LONGEST_TITLE = 300
# "(3) ", "(99+ 封私信 / 87 条消息)": what a browser put before the title of a saved page.
_COUNTER = re.compile(
    r"^\s*[(（]\s*(?:\d{1,3}\+?|\d{1,5}\+?\s*(?:[封条條則则][^()（）]{1,30}|new\b[^()（）]{0,20}))\s*[)）]\s*"
)
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# The headline of a page without title stands among the first lines, and is no path, sentence or date line.
_HEADLINE_LINES = 6
_NOT_A_HEADLINE = re.compile(r">>|»|›|^(?:首页|首頁|Home)\b|[。！.]$|^\W*\d{4}\D\d{1,2}\D\d{1,2}")


class Finding(NamedTuple):
    """One thing that was seen: how strongly it speaks for the signal, 0..1, and what it was, in words."""

    strength: float
    seen: str


@dataclass(frozen=True)
class PageEvidence:
    """What signals look at. `blocks[i]` is the classified twin of `document.blocks[i]`; `tokens` are those
    of the content blocks, their offsets into the texts of all blocks joined by line ends."""

    document: Document
    blocks: tuple[Block, ...]
    tokens: Tokens

    @cached_property
    def content(self) -> str:
        """The page's own text, a line each block."""
        return own_text(self.blocks)

    @property
    def text(self) -> str:
        """The texts of all blocks, a line each."""
        return self.tokens.text

    @cached_property
    def has_han(self) -> bool:
        """Whether Han or kana occur: what is only looked for in Chinese can be left out elsewhere."""
        return has_han(self.text) or has_han(self.title)

    @cached_property
    def title(self) -> str:
        """The page's title without a browser's counter; of a page that states none, its headline. At most
        300 characters."""
        title = self.document.title or self._headline()
        return _COUNTER.sub("", title[: 2 * _LONGEST_TITLE], count=1).strip()[:_LONGEST_TITLE]

    def _headline(self) -> str:
        blocks = self.blocks
        for level in (1, 2):
            for depth, text in self.document.headings[:20]:
                if depth == level:
                    return text
        for block in blocks:
            if block.category == "title":
                return block.text
        for block in blocks[:_HEADLINE_LINES]:
            if 4 <= len(block.text) <= 120 and not _NOT_A_HEADLINE.search(block.text):
                return block.text
        return ""


Check = Callable[[PageEvidence], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """A signal: its name, the function that looks for it, and pages that show what it is and is not.

    On `fires_on` it scores at least 0.5, on `ignores` less than 0.3.
    """

    name: str
    look: Check
    fires_on: tuple[Page, ...]
    ignores: tuple[Page, ...]

    def check(self, evidence: PageEvidence) -> Signal | None:
        """The signal on this page; its score is 1 - the product of (1 - strength) over the findings."""
        findings = sorted(self.look(evidence), key=lambda finding: -finding.strength)
        score = 1 - math.prod(1 - min(max(finding.strength, 0.0), 1.0) for finding in findings)
        if score < LEAST_SCORE:
            return None
        shown = dict.fromkeys(finding.seen for finding in findings)
        return Signal(self.name, round(score, 3), "; ".join(list(shown)[:_SHOWN]))


SIGNALS: dict[str, Rule] = {}


def signal(name: str, *, fires_on: tuple[Page, ...], ignores: tuple[Page, ...]) -> Callable[[Check], Check]:
    """Register a function as the signal `name`. Raises ValueError when the name is taken."""

    def register(look: Check) -> Check:
        if name in SIGNALS:
            raise ValueError(f"there is a signal called {name} already")
        SIGNALS[name] = Rule(name, look, fires_on, ignores)
        return look

    return register


def detect(evidence: PageEvidence) -> tuple[Signal, ...]:
    """Every signal of at least 0.1 on the page, strongest first. Nothing on a page that cannot be judged."""
    if evidence.document.error or not evidence.blocks:
        return ()
    found = (rule.check(evidence) for rule in SIGNALS.values())
    return tuple(sorted((signal for signal in found if signal), key=lambda signal: (-signal.score, signal.name)))


def quoted(text: str, limit: int = 40) -> str:
    """A piece of the page for the evidence: on one line, cut short, without invisible characters.

    >>> quoted("one\\n two   three", limit=9)
    '“one two …”'
    """
    line = " ".join(_NOT_SHOWN.sub(" ", text[: 4 * limit]).split())
    return f"“{line if len(line) <= limit else line[: limit - 1] + '…'}”"


def graded(value: float, low: float, high: float) -> float:
    """0 at `low` and below, 1 at `high` and above, linear in between.

    >>> graded(3, 2, 4), graded(1, 2, 4), graded(0.01, 0.06, 0.03)
    (0.5, 0.0, 1.0)
    """
    return min(max((value - low) / (high - low), 0.0), 1.0)
