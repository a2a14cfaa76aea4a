"""Every type that flows through the detector, in the order in which it comes into being.

    Page -> Document(Block source lines) -> Match, Block, Signal -> Verdict -> report

All are frozen: a stage reads what it is given and returns something new.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from types import NoneType
from typing import Any

from detector.columns import made_of

LABELS = ("official", "syndicated", "repost", "spam", "clean", "unreadable")
KINDS = (
    "verbatim",
    "excerpt",
    "reordered",
    "garbled",
    "spun",
    "interleaved",
    "translated",
    "mashup",
)
CATEGORIES = (
    "content",
    "title",
    "title_dup",
    "nav",
    "breadcrumb",
    "byline",
    "toc",
    "related",
    "friend_links",
    "share_ui",
    "promo",
    "comment",
    "consent",
    "keyword_stuffing",
    "contact",
    "source_credit",
    "copyright",
    "disclaimer",
    "icp",
    "powered_by",
)


class DetectorError(Exception):
    """Base of the errors raised on purpose; its text is one line meant for a person."""


# Set when somebody interrupts the command: a KeyboardInterrupt is lost where a library calls back, as while a loop is
# compiled.
interrupted = threading.Event()


def raise_if_interrupted(error: BaseException | None = None) -> None:
    """Raise KeyboardInterrupt when somebody has interrupted the command, or an error came from that: a compiled loop
    that is interrupted ends in a SystemError, which a crawl that goes on whatever happens would take for the page's."""
    if interrupted.is_set():
        raise KeyboardInterrupt from error
    cause = error
    while cause is not None:
        if isinstance(cause, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        cause = cause.__cause__ or cause.__context__


class UsageError(DetectorError):
    """The call cannot be carried out as given (wrong option, unknown suffix, missing extra)."""


class IndexInvalid(DetectorError):
    """A reference index is missing, damaged or of another version; the text says what to do."""


class ModelInvalid(DetectorError):
    """A shipped or trained model is missing or damaged; the text says what to do."""


_PAGE_TYPES: Mapping[str, tuple[type, ...]] = {
    "url": (str,),
    "html": (bytes, str, NoneType),
    **dict.fromkeys(("text", "title", "fetched_at", "content_type"), (str, NoneType)),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One crawled page, or one official post, as it came in.

    `html` is bytes as crawled (charset unknown) or str; with `text` alone each non-empty line
    is a block. `content_type` is the HTTP header's value. `input` and `offset` name the file and
    the byte (archives), line (JSONL) or row (tables) it was read from, `extra` keeps unknown keys.
    `error` says why an input could not be read; such a page becomes an `unreadable` verdict. `note` says what is wrong
    with one that can be judged all the same, and goes into the verdict's `notes`; `partly`: some of its text is lost.
    Raises UsageError when one of the texts is of another type.
    """

    url: str
    html: bytes | str | None = None
    text: str | None = None
    title: str | None = None
    fetched_at: str | None = None
    content_type: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    input: str = ""
    offset: int | None = None
    error: str = ""
    note: str = ""
    partly: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.html, bytearray | memoryview):
            raise UsageError(f"the html of a page must not change: give bytes(html), not a {type(self.html).__name__}")
        for name, types in _PAGE_TYPES.items():
            value = getattr(self, name)
            if not isinstance(value, types):
                said = " or ".join(kind.__name__ for kind in types if kind is not NoneType)
                raise UsageError(f"the {name} of a page must be {said}, not {type(value).__name__}")


@dataclass(frozen=True, slots=True)
class Link:
    """An anchor: `href` absolute where the page's address allows it, `block` its block or -1."""

    href: str
    text: str
    rel: str = ""
    block: int = -1


@dataclass(frozen=True, slots=True)
class SourceBlock:
    """One run of visible text in one block-level element, with what a classifier needs.

    `text` is stripped, never empty; what HTML shows as one space is one (line ends kept in `pre`).
    `tag` is the nearest block-level element, `path` the element names from below `body` to it,
    joined by "/". `hints` are the lower-cased class, id, role and itemprop words of it and of its
    ancestors, nearest first, at most 400 characters. `link_chars` counts the characters of `text`
    inside anchors, `links` the anchors, `level` is 1..6 in a heading, else 0.
    Blocks of already extracted text are its lines as given, only stripped, with `tag` "" and no structure at all.
    """

    text: str
    tag: str = ""
    path: str = ""
    hints: str = ""
    link_chars: int = 0
    links: int = 0
    level: int = 0


@dataclass(frozen=True, slots=True)
class HiddenText:
    """Text that a visitor does not see, and what hides it (`display:none`, `off-screen`, ...)."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A page taken apart. `error` is set when there is nothing to judge; blocks are then empty. `notes` say what a
    reader of the verdict has to know of the parsing, a few words each: that the page was cut, above all."""

    url: str
    host: str = ""
    title: str = ""
    language: str = ""
    blocks: tuple[SourceBlock, ...] = ()
    links: tuple[Link, ...] = ()
    headings: tuple[tuple[int, str], ...] = ()
    image_alts: tuple[str, ...] = ()
    hidden: tuple[HiddenText, ...] = ()
    canonical: str = ""
    og_url: str = ""
    description: str = ""
    keywords: str = ""
    author: str = ""
    published: str = ""
    from_html: bool = False
    notes: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a judged page; `text` as given, only stripped.

    `confidence` is the probability of `category`, 0..1; `also` are further categories of the same
    block (a disclaimer and an ICP number often share a line), strongest first; `reason` says which
    closed form or features decided.
    """

    text: str
    category: str
    confidence: float
    also: tuple[str, ...] = ()
    reason: str = ""


def own_text(blocks: Iterable[Block]) -> str:
    """The content blocks, a line each."""
    return "\n".join(block.text for block in blocks if block.category == "content")


@dataclass(frozen=True, slots=True)
class Signal:
    """A page-level observation: `score` 0..1 (how strongly it holds) and what was seen."""

    name: str
    score: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Passage:
    """An aligned span. Offsets are characters, end exclusive: `page_*` in the page's block texts
    joined by line ends, `source_*` in the post's text as indexed."""

    page_start: int
    page_end: int
    source_start: int
    source_end: int
    page_text: str
    source_text: str


@dataclass(frozen=True, slots=True)
class Match:
    """A post that the page may copy. `probability` is calibrated; `share_of_source` is the share of
    the post's words found on the page, `share_of_page` the share of the page's content words taken
    from the post, both 0..1; `passages` come in the page's order, `matched_words` is their sum on
    the page."""

    source_url: str
    source_title: str
    kind: str
    probability: float
    share_of_source: float
    share_of_page: float
    passages: tuple[Passage, ...]
    matched_words: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one page.

    `match` is the likeliest source, also when it is too unlikely to count (see `probability`),
    `matches` all candidates, likeliest first. `score` 0..1 is what the ranking sorts by. `notes` say what a reader has
    to know of the parsing; `credited` are the `source_url`s of the matches that the page names as its source; `known`
    says what of the page's address the index's posts have: its "host", its "account".
    """

    url: str
    label: str
    score: float
    reason: str
    match: Match | None = None
    matches: tuple[Match, ...] = ()
    blocks: tuple[Block, ...] = ()
    signals: tuple[Signal, ...] = ()
    title: str = ""
    language: str = ""
    words: int = 0
    canonical: str = ""
    host: str = ""
    input: str = ""
    offset: int | None = None
    error: str = ""
    boilerplate_share: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    credited: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    @property
    def categories(self) -> tuple[str, ...]:
        """Boilerplate categories on the page, the one with the most text first."""
        weight: dict[str, int] = {}
        for block in self.blocks:
            for name in (block.category, *block.also):
                if name not in ("content", "title"):
                    weight[name] = weight.get(name, 0) + len(block.text)
        return tuple(sorted(weight, key=lambda name: (-weight[name], name)))

    @property
    def main_text(self) -> str:
        """The page's own text: its content blocks, a line each."""
        return own_text(self.blocks)

    def __reduce__(self) -> tuple[Any, ...]:
        """Verdicts go from process to process, and blocks pickled one by one would take most of the time of that."""
        return _unpickled, (_OF_VERDICT(self), [*zip(*map(_OF_BLOCK, self.blocks), strict=True)])


_OF_BLOCK = attrgetter(*(one.name for one in fields(Block)))
_BESIDE_BLOCKS = tuple(one.name for one in fields(Verdict) if one.name != "blocks")
_OF_VERDICT = attrgetter(*_BESIDE_BLOCKS)


def _unpickled(values: tuple[Any, ...], of_blocks: list[tuple[Any, ...]]) -> Verdict:
    blocks = tuple(made_of(Block, *of_blocks)) if of_blocks else ()
    return Verdict(**dict(zip(_BESIDE_BLOCKS, values, strict=True)), blocks=blocks)
