"""Verdicts -> one HTML file in which a person sorts, filters, searches and reads them. It loads nothing.

    with open("report.html", "wb") as file:
        write(entries, file)  # one `Entry` a page, in the ranking's order

The page is `page.html` with the style and the scripts beside it. What pages said goes into blocks of JSON that the
scripts put on the screen as text, never as markup. The rows come first, so that the table can be used while the details
behind it are still being read, and details are drawn when a person asks for them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from detector import __version__
from detector.data import CATEGORIES, KINDS, LABELS, Verdict
from detector.html_report.details import details_of, record_of
from detector.rows import COLUMNS, Cell, number_text, plain, report_row

# Pages in one file. Rows alone take some 700 bytes a page; with more of them browsers get slow at sorting and
# searching, and nobody reads the twenty-thousandth page from the top: .csv and .jsonl hold them all.
MOST_PAGES = 20_000
# Bytes of details (blocks, passages, evidence) in one file, shared by its pages. A browser takes in so many in a second
# or two (benchmarks/html_report.py); those of 10,000 whole pages would be ten times as many.
DETAIL_BYTES = 24_000_000
# Shares in these bytes of a page with a finding, which people open to check it; any other page has one.
FINDING_SHARES = 3
FINDINGS = frozenset(("repost", "spam", "syndicated"))
# Bytes of details of a share: the most, so that a page of megabytes can still be opened, and the least, which is enough
# for the beginning of a passage and some blocks.
MOST_SHARE, LEAST_SHARE = 400_000, 1_000
# Pages whose details stand in one block of JSON: a browser has few elements to keep, and few rows to parse for one.
PAGES_A_BLOCK = 50

_HERE = Path(__file__).parent
_LABEL = COLUMNS.index("label")
_SCRIPTS = ("diff.js", "text.js", "charts.js", "details.js", "table.js")
# Inside <script>, "<" could end the data. The others are for whoever copies the data elsewhere: ">" and "&" mean
# something to HTML, the two separators ended a line of JavaScript until 2019.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
# Characters that turn the direction of what stands around them, or have no picture, are shown as U+FFFD.
_TO_ESCAPE = re.compile("[<>&\u2028\u2029\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Entry(NamedTuple):
    """One page: the values of `COLUMNS`, and what `record_of` its verdict gives; empty where a report in rows is all
    there is."""

    row: tuple[Cell, ...]
    record: bytes


def encode(verdict: Verdict) -> bytes:
    """All that `finish` needs of a verdict: a line for its row, and one for its record."""
    row = json.dumps(plain(report_row(verdict)), ensure_ascii=False)
    return row.encode("utf-8") + b"\n" + record_of(verdict)


def finish(chunks: Iterator[bytes], file: IO[bytes]) -> None:
    """Write the page of encoded verdicts, given in the ranking's order."""
    pairs = (chunk.split(b"\n") for chunk in chunks)
    write((Entry((rank, *json.loads(row)), record) for rank, (row, record) in enumerate(pairs, start=1)), file)


def write(entries: Iterable[Entry], file: IO[bytes]) -> int:
    """Write the page of `entries`, in their order, and return how many they are; of more than MOST_PAGES the first
    are in it, and it says so."""
    head, between, tail = _template()
    with tempfile.TemporaryFile() as waiting:
        file.write(head)
        pages = 0
        shares: list[int] = []
        detailed = False
        for entry in entries:
            pages += 1
            if pages > MOST_PAGES:
                continue
            file.write(b",\n" * (pages > 1) + embedded([_rounded(value) for value in entry.row]))
            waiting.write(entry.record + b"\n")
            shares.append(FINDING_SHARES if entry.row[_LABEL] in FINDINGS else 1)
            detailed = detailed or bool(entry.record)
        share = min(MOST_SHARE, max(LEAST_SHARE, DETAIL_BYTES // max(sum(shares), 1)))
        about = {
            "version": __version__,
            "columns": COLUMNS,
            "labels": LABELS,
            "kinds": KINDS,
            "categories": CATEGORIES,
            "pages": pages,
            "detailed": detailed,
            "pagesABlock": PAGES_A_BLOCK,
        }
        file.write(between.replace(b"@ABOUT@", embedded(about)))
        if detailed:
            waiting.seek(0)
            _write_details(waiting, [share * held for held in shares], file)
        file.write(tail)
    return pages


def _write_details(records: Iterable[bytes], budgets: Sequence[int], file: IO[bytes]) -> None:
    """Blocks of details, in the rows' order."""
    for number, (line, budget) in enumerate(zip(records, budgets, strict=True)):
        if number % PAGES_A_BLOCK == 0:
            end = b"]</script>\n" if number else b""
            file.write(end + b'<script type="application/json" id="details-%d">[' % (number // PAGES_A_BLOCK))
        else:
            file.write(b",\n")
        file.write(embedded(details_of(json.loads(line), budget) if line.strip() else None))
    file.write(b"]</script>\n")


def _rounded(value: Cell) -> Cell:
    """A cell as report.csv says it, so that both reports make the same page."""
    return float(number_text(value)) if isinstance(value, float) else value


def embedded(value: Any) -> bytes:
    """JSON that can stand in a <script> element, whatever the texts in it are."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _TO_ESCAPE.sub(lambda found: _ESCAPES.get(found[0], "\ufffd"), written).encode("utf-8")


@cache
def _template() -> tuple[bytes, bytes, bytes]:
    """What stands before the rows, between them and the details, and behind these."""
    style = _read("page.css")
    script = "".join(map(_read, _SCRIPTS))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "base-uri 'none'",
            "form-action 'none'",
            # No text can become markup, whatever a script does with it.
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
    page = _read("page.html")
    for name, text in (("POLICY", policy), ("STYLE", style), ("SCRIPT", script)):
        page = page.replace(f"@{name}@", text)
    head, rest = page.split("@ROWS@")
    between, tail = rest.split("@DETAILS@")
    return head.encode(), between.encode(), tail.encode()


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression that allows an inline element of exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
