"""What hides text from a visitor: attributes, inline styles, class names, simple rules of a style sheet."""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from detector import kernels

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
# What each of them has behind its colon, as `kernels.hiding_rules` looks for it too. A search for this leaps from
# colon to colon, ten times as fast.
_HIDING_VALUE = re.compile(r":\s*(?:none|hidden|collapse|-|rect)|:(?<=[ye\s]:)\s*\.?0", re.IGNORECASE)
_COLOUR = re.compile(r"(?<![\w-])(color|background(?:-color)?)\s*:\s*([^;!]+)", re.IGNORECASE)
_NAMED_COLOURS = {"white": "#fff", "black": "#000"}
_LONGEST_STYLE = 2_000

_SCREEN_READER_CLASSES = frozenset(
    "sr-only sr_only visually-hidden visuallyhidden visually_hidden screen-reader-text screen-reader-only "
    "screenreader screen-reader screenreader-only element-invisible show-for-sr hidden-visually a11y-hidden "
    "u-visually-hidden u-hiddenvisually u-sr-only is-visually-hidden is-sr-only usa-sr-only offscreen "
    "assistive-text accessibly-hidden vh-only".split()
)

# Every reason there is, by number; the first is that of what is seen.
REASONS = ("", SCREEN_READER, *_REASONS, "colour of the background", "hidden", "closed dialog")
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


def hiding_selectors(sheet: bytes) -> dict[str, str]:
    """Selectors of one class or id (".x", "#x") that a style sheet hides, with the reason.

    Rules inside `@media` and other blocks do not count: they hide on some screens only.
    """
    hidden: dict[str, str] = {}
    for begin, opening, declarations, end in kernels.hiding_rules(np.frombuffer(sheet, np.uint8)).tolist():
        found = _HIDING.search(_COMMENT.sub("", sheet[declarations:end].decode(errors="replace")))
        for selector in _COMMENT.sub("", sheet[begin:opening].decode(errors="replace")).split(",") if found else ():
            if _SIMPLE_SELECTOR.fullmatch(selector.strip()):
                hidden[selector.strip()] = _REASONS[((found.lastindex if found else 0) or 1) - 1]
    return hidden


class Visibility:
    """Says of the classes and ids of a page's elements whether they hide what is inside."""

    def __init__(self) -> None:
        self._reasons: dict[np.uint64, int] = {}
        self._unread = _LONGEST_SHEETS

    def learn(self, sheet: bytes) -> None:
        """Take in a style sheet of the page; of all sheets together, the first _LONGEST_SHEETS bytes."""
        for selector, reason in hiding_selectors(sheet[: self._unread]).items():
            self._reasons[kernels.name_hash(selector)] = REASONS.index(reason)
        self._unread = max(0, self._unread - len(sheet))

    def known(self) -> tuple[np.ndarray, np.ndarray]:
        """Hashes of the selectors that hide, in order, and the numbers of their reasons."""
        hashes = sorted(self._reasons)
        return np.array(hashes, np.uint64), np.array([self._reasons[name] for name in hashes], np.int8)


@cache
def screen_reader_hashes() -> np.ndarray:
    """Hashes of the lower-cased classes of what is for screen readers only, in order."""
    return np.array(sorted(map(kernels.name_hash, _SCREEN_READER_CLASSES)), np.uint64)
