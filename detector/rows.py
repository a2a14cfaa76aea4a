"""Verdict -> rows: the columns of the three reports, and what stands in a cell.

In CSV, a text cell that a spreadsheet would take for a formula, white space and invisible characters at its start
aside, gets a leading apostrophe (`source_url` never: it is the post's address byte for byte). In every format NUL and
lone surrogates become U+FFFD.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from numbers import Integral, Real
from types import SimpleNamespace
from typing import Any

from detector.data import Block, Match, Passage, Signal, Verdict

Cell = str | int | float | None

COLUMNS = (
    "rank",
    "url",
    "score",
    "label",
    "reason",
    "repost_probability",
    "repost_kind",
    "source_url",
    "source_title",
    "share_of_source",
    "share_of_page",
    "matched_words",
    "boilerplate_share",
    "categories",
    "signals",
    "title",
    "language",
    "words",
    "canonical",
    "host",
    "input",
    "offset",
    "error",
)
MATCH_COLUMNS = (
    "url",
    "source_url",
    "source_title",
    "kind",
    "probability",
    "share_of_source",
    "share_of_page",
    "matched_words",
    "passages",
    "page_start",
    "page_end",
    "source_start",
    "source_end",
    "page_text",
    "source_text",
    "input",
    "offset",
)
BLOCK_COLUMNS = ("url", "input", "offset", "block", "category", "also", "confidence", "reason", "text")
CLUSTER_COLUMNS = (
    "cluster",
    "role",
    "url",
    "size",
    "similarity",
    "original",
    "evidence",
    "title",
    "host",
    "words",
    "date",
    "input",
    "offset",
)
# The first lines of the reports that are tables.
REPORT_TABLES = frozenset((COLUMNS, MATCH_COLUMNS, BLOCK_COLUMNS, CLUSTER_COLUMNS))
# What the head of one that is a page has.
PAGE_MARK = b'<meta name="generator" content="repost-detector">'

# What OWASP lists for CSV injection, the full-width forms included.
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
# Spreadsheets drop these when they read a cell, or a person does who edits it: white space, controls, and characters
# without a picture (joiners, directions, fillers, variation selectors, tags).
_UNSEEN = re.compile(
    r"[\s\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]*"
)
# Columns in which runs of white space become one space, so that a row of report.csv is a line.
ONE_LINE = frozenset({"reason", "source_title", "title", "error"})
# The share of a passage that matches.csv shows; JSON Lines has it whole.
PASSAGE_CHARACTERS = 1_000
# More in a cell, and Excel cuts it off or spills it into the next row.
EXCEL_CHARACTERS = 32_767
_NO_MATCH = Match("", "", "", 0.0, 0.0, 0.0, ())
_NOT_UTF8 = re.compile("[\0\ud800-\udfff]")
_NOT_PRINTABLE = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Unknown keys of a hostile page may nest as deep as the parser allows: deeper than this they are cut.
DEEPEST = 40
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in (Verdict, Match, Passage, Block, Signal)}


def rank_key(verdict: Verdict) -> tuple[float, str, str, int]:
    """What reports are sorted by: score descending, then url, input and offset."""
    place = -1 if verdict.offset is None else verdict.offset
    return -verdict.score, well_formed(verdict.url), well_formed(verdict.input), place


def report_row(verdict: Verdict) -> tuple[Cell, ...]:
    """The values of `COLUMNS` after `rank`. Without a candidate the source's numbers are 0 and its texts empty."""
    match = verdict.match or _NO_MATCH
    return (
        verdict.url,
        float(verdict.score),
        verdict.label,
        verdict.reason,
        float(match.probability),
        match.kind,
        match.source_url,
        match.source_title,
        float(match.share_of_source),
        float(match.share_of_page),
        match.matched_words,
        float(verdict.boilerplate_share),
        "; ".join(verdict.categories),
        "; ".join(signal.name for signal in sorted(verdict.signals, key=lambda signal: -signal.score)),
        verdict.title,
        verdict.language,
        verdict.words,
        verdict.canonical,
        verdict.host,
        verdict.input,
        verdict.offset,
        verdict.error,
    )


def match_rows(verdict: Verdict) -> Iterator[tuple[Cell, ...]]:
    """Rows of `MATCH_COLUMNS`: every candidate source, likeliest first, with its longest passage."""
    for match in verdict.matches:
        yield (
            verdict.url,
            match.source_url,
            match.source_title,
            match.kind,
            float(match.probability),
            float(match.share_of_source),
            float(match.share_of_page),
            match.matched_words,
            len(match.passages),
            *_longest_passage(match.passages),
            verdict.input,
            verdict.offset,
        )


def _longest_passage(passages: Sequence[Passage]) -> tuple[Cell, ...]:
    if not passages:
        return (None, None, None, None, "", "")
    longest = max(passages, key=lambda passage: passage.page_end - passage.page_start)
    return (
        longest.page_start,
        longest.page_end,
        longest.source_start,
        longest.source_end,
        longest.page_text[:PASSAGE_CHARACTERS],
        longest.source_text[:PASSAGE_CHARACTERS],
    )


def block_rows(verdict: Verdict) -> Iterator[tuple[Cell, ...]]:
    """Rows of `BLOCK_COLUMNS`, in the page's order, blocks counted from 1."""
    for number, block in enumerate(verdict.blocks, start=1):
        yield (
            verdict.url,
            verdict.input,
            verdict.offset,
            number,
            block.category,
            "; ".join(block.also),
            float(block.confidence),
            block.reason,
            block.text,
        )


def number_text(value: float) -> str:
    """Six significant digits; from 0.9999 on, six of the distance to 1, so that only 1 is written as 1."""
    if not 0.9999 < value < 1:
        return f"{value:.6g}"
    decimals = min(17, 5 + math.ceil(-math.log10(1 - value)))
    return f"{value:.{decimals}f}".rstrip("0")


def percent(share: float) -> str:
    """A share in whole percent; 0 % and 100 % only when it is exactly that.

    >>> percent(0.9999), percent(1.0), percent(0.0001)
    ('99 %', '100 %', '1 %')
    """
    rounded = round(100 * share)
    if rounded == 100 and share < 1:
        rounded = 99
    if rounded == 0 and share > 0:
        rounded = 1
    return f"{rounded} %"


def counted(number: int, thing: str) -> str:
    """A number with its noun: "1 page", "2 pages"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def one_line(text: str) -> str:
    """`text` with a space for each run of white space: what libraries say of an error may have line breaks."""
    return " ".join(text.split())


def cell_text(column: str, value: Cell, limit: int | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return number_text(value) if isinstance(value, float) else str(value)
    value = well_formed(value)
    if column == "source_url":
        return value
    if column in ONE_LINE:
        value = one_line(value)
    if is_formula(value):
        value = f"'{value}"
    return value[:limit]


def csv_line(columns: Sequence[str], row: Sequence[Cell], excel: bool = False) -> bytes:
    """One row of CSV in UTF-8; `excel` keeps cells within Excel's limit."""
    limit = EXCEL_CHARACTERS if excel else None
    lines: list[str] = []
    # The CRLF makes the writer quote both characters; the line's own is replaced below.
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\r\n")
    writer.writerow([cell_text(column, value, limit) for column, value in zip(columns, row, strict=True)])
    return f"{lines[0][:-2]}\n".encode()


def csv_header(columns: Sequence[str], excel: bool = False) -> bytes:
    """The first line; `excel` puts the byte order mark in front that Excel wants."""
    return ("\ufeff" if excel else "").encode() + f"{','.join(columns)}\n".encode()


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula: what is seen first decides, and so does what stands first.
    A lone dash is none."""
    seen = _UNSEEN.sub("", text, count=1)
    return (text[:1] in FORMULA_STARTS or seen[:1] in FORMULA_STARTS) and seen.rstrip() != "-"


def well_formed(text: str) -> str:
    """`text` with everything replaced that UTF-8 or a C reader cannot carry."""
    if text.isascii() and "\0" not in text:
        return text
    return _NOT_UTF8.sub("\ufffd", text)


def plain(value: Any, depth: int = 0) -> Any:
    """What JSON can say: dataclasses as objects, foreign values as their text, NaN as null, no lone surrogates."""
    kind = type(value)
    if isinstance(value, str):
        return well_formed(value)
    if kind in _FIELDS:
        return {name: plain(getattr(value, name), depth + 1) for name in _FIELDS[kind]}
    if value is None or kind in (bool, int):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if depth > DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry, depth + 1) for entry in value]
    return well_formed(str(value))


def printable(text: str) -> str:
    """`text` for a terminal: control and direction characters, which could rewrite the screen, become U+FFFD."""
    return _NOT_PRINTABLE.sub("\ufffd", well_formed(text))
