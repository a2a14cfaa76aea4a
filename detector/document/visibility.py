"""What hides text from a visitor: attributes, inline styles, class names, simple rules of a style sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from detector.kernels import ATTRIBUTES

SCREEN_READER = "screen reader only"

# Reason -> declaration that hides. Positions count from 500 px off, so that small nudges do not.
_DECLARATIONS = {
    "display:none": r"display\s*:\s*none",
    "visibility:hidden": r"visibility\s*:\s*(?:hidden|collapse)",
    "opacity:0": r"(?<!-)opacity\s*:\s*(?:0(?:\.0*)?|\.0+)\s*(?:;|!|$)",
    "font-size:0": r"font-size\s*:\s*(?:0(?:\.0*)?|\.0+)(?:px|pt|r?em|%)?\s*(?:;|!|$)",
    "text-indent": r"text-indent\s*:\s*-(?:[5-9]\d\d|\d{4,})",
    "off-screen": r"(?<![\w-])(?:(?:margin-)?(?:left|top)|right|bottom)\s*:\s*-(?:[5-9]\d\d|\d{4,})(?:\.\d*)?px",
    "clipped": r"clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)",
}
_REASONS = tuple(_DECLARATIONS)
_HIDING = re.compile("|".join(f"({pattern})" for pattern in _DECLARATIONS.values()), re.IGNORECASE)
# What each of them has around its colon. A search for this leaps from colon to colon, ten times as fast.
_HIDING_VALUE = re.compile(
    r":(?:(?<=[ye\s]:)\s*(?:none|hidden|collapse|(?:0(?:\.0*)?|\.0+)(?![.\d]))"
    r"|(?<=[tpm\s]:)\s*(?:-(?:[5-9]\d\d|\d{4})|rect))",
    re.IGNORECASE,
)
# Longer declarations in a style sheet are none of them.
_LONGEST_DECLARATION = 200
_COLOUR = re.compile(r"(?<![\w-])(color|background(?:-color)?)\s*:\s*([^;!]+)", re.IGNORECASE)
_NAMED_COLOURS = {"white": "#fff", "black": "#000"}
_LONGEST_STYLE = 2_000

_SCREEN_READER_CLASSES = frozenset(
    "sr-only sr_only visually-hidden visuallyhidden visually_hidden screen-reader-text screen-reader-only "
    "screenreader screen-reader screenreader-only element-invisible show-for-sr hidden-visually a11y-hidden "
    "u-visually-hidden u-hiddenvisually u-sr-only is-visually-hidden is-sr-only usa-sr-only offscreen "
    "assistive-text accessibly-hidden vh-only".split()
)

# Each of the classes has one of these in it.
_SCREEN_READER_MARKS = ("hidden", "screen", "sr-", "sr_", "-sr", "assistive", "invisible", "vh-")

# Every reason there is, by number; the first is that of what is seen.
REASONS = ("", SCREEN_READER, *_REASONS, "colour of the background", "hidden", "closed dialog")
_NUMBERS = {reason: number for number, reason in enumerate(REASONS)}
_CLASS, _ID, _STYLE, _HIDDEN = (ATTRIBUTES.index(name) for name in ("class", "id", "style", "hidden"))
_BRACE = re.compile(r"[{}]")
_SIMPLE_SELECTOR = re.compile(r"[.#][\w-]+")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_LONGEST_SHEETS = 400_000


def hiding_style(style: str) -> str:
    """The reason why an inline style hides its element, or ""."""
    style = style[:_LONGEST_STYLE]
    found = _HIDING.search(style) if _HIDING_VALUE.search(style) else None
    if found:
        return _REASONS[(found.lastindex or 1) - 1]
    if "olor" in style and "background" in style:
        colours: dict[str, str] = {}
        for name, value in _COLOUR.findall(style.lower()):
            value = value.strip()
            colours[name[:5]] = _NAMED_COLOURS.get(value, re.sub(r"^#(.)\1(.)\2(.)\3$", r"#\1\2\3", value))
        if colours.get("color", "") == colours.get("backg"):
            return "colour of the background"
    return ""


def hiding_selectors(sheet: str) -> dict[str, str]:
    """Selectors of one class or id (".x", "#x") that a style sheet hides, with the reason.

    Rules inside `@media` and other blocks do not count: they hide on some screens only.
    """
    if not _HIDING_VALUE.search(sheet):
        return {}
    if "/*" in sheet:
        sheet = _COMMENT.sub("", sheet)
    hidden: dict[str, str] = {}
    # How many braces are open at `at`, and where the last one before it stands; where the rule that goes on there
    # opens, if it is in no other block, and the brace before that; the next brace.
    depth, at, brace = 0, 0, -1
    rule, before, end = -1, -1, _BRACE.search(sheet)
    for value in _HIDING_VALUE.finditer(sheet):
        place = value.start()
        if place < at:
            continue
        last, at = at, place
        if end is not None and end.start() < place:
            opening, closing = sheet.rfind("{", last, place), sheet.rfind("}", last, place)
            before = max(brace, sheet.rfind("{", last, max(last, opening)), closing)
            depth += sheet.count("{", last, place) - sheet.count("}", last, place)
            brace = max(brace, opening, closing)
            rule = opening if opening > closing and depth <= 1 else -1
            end = _BRACE.search(sheet, place)
        if end is None:
            break
        if rule < 0 or end[0] == "{":
            continue
        declaration = max(rule, last, sheet.rfind(";", max(rule, last), place)) + 1
        found = _HIDING.search(sheet, declaration, min(end.start(), place + _LONGEST_DECLARATION))
        if found:
            at = end.start()
            for selector in sheet[before + 1 : rule].split(","):
                if _SIMPLE_SELECTOR.fullmatch(selector.strip()):
                    hidden[selector.strip()] = _REASONS[(found.lastindex or 1) - 1]
    return hidden


class Visibility:
    """Says of values of attributes of one page whether they hide what their elements hold."""

    def __init__(self) -> None:
        self._classes: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._unread = _LONGEST_SHEETS

    def learn(self, sheet: str) -> None:
        """Take in a style sheet of the page; of all sheets together, the first _LONGEST_SHEETS characters."""
        if self._unread > 0:
            for selector, reason in hiding_selectors(sheet[: self._unread]).items():
                (self._ids if selector[0] == "#" else self._classes)[selector[1:]] = reason
        self._unread = max(0, self._unread - len(sheet))

    def reasons(self, attributes: bytes, values: Sequence[str]) -> list[int]:
        """Numbers in `REASONS` of attributes, which are given by their numbers in `ATTRIBUTES`, one a byte."""
        reasons = [0] * len(values)
        for at, reason in self._hidden(attributes, values):
            reasons[at] = _NUMBERS[reason]
        return reasons

    def _hidden(self, attributes: bytes, values: Sequence[str]) -> Iterator[tuple[int, str]]:
        # Words that are a class which hides stand in few values, and in none on many pages.
        everything = " ".join(values)
        lower = everything.lower()
        marked = any(mark in lower for mark in _SCREEN_READER_MARKS)
        marks = marked and not _SCREEN_READER_CLASSES.isdisjoint(lower.split())
        classes = self._classes.keys()
        if marks or not classes.isdisjoint(everything.split()):
            for at in _places(attributes, _CLASS):
                words = values[at].split()
                if marks and not _SCREEN_READER_CLASSES.isdisjoint(values[at].lower().split()):
                    yield at, SCREEN_READER
                elif not classes.isdisjoint(words):
                    yield at, next(self._classes[word] for word in words if word in classes)
        if self._ids:
            for at in _places(attributes, _ID):
                if values[at] in self._ids:
                    yield at, self._ids[values[at]]
        for at in _places(attributes, _STYLE):
            if found := hiding_style(values[at]):
                yield at, found
        for at in _places(attributes, _HIDDEN):
            if values[at] != "until-found":
                yield at, "hidden"


def _places(attributes: bytes, wanted: int) -> Iterator[int]:
    at = attributes.find(wanted)
    while at >= 0:
        yield at
        at = attributes.find(wanted, at + 1)
