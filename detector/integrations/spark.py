"""Pages in a Spark DataFrame -> their verdicts, for crawls that one machine is too small for.

    verdicts = judged(spark.read.parquet("pages"), Detector("official.index"))
    verdicts.where("label = 'repost'").write.parquet("reposts")

The frame has the columns of a `Page` that there are: `url`, `html` (string or binary) or `text`, `title`, `fetched_at`,
`content_type`; others are passed over. The verdicts have those of report.csv without `rank`, a row a page, in the order
of each partition: the same values as from `Report.to_frame`. Every Python worker opens the index once, so it has to be
at the same path on all of them. Needs Java and `pip install 'repost-detector[spark]'`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from detector.data import Page
from detector.detector import Detector
from detector.rows import COLUMNS, Cell, plain, report_row

_FIELDS = ("url", "html", "text", "title", "fetched_at", "content_type")
_DOUBLES = frozenset(("score", "repost_probability", "share_of_source", "share_of_page", "boilerplate_share"))
_LONGS = frozenset(("matched_words", "words", "offset"))
# The verdicts' columns and types, as Spark writes them.
SCHEMA = ", ".join(
    f"`{name}` {'double' if name in _DOUBLES else 'bigint' if name in _LONGS else 'string'}" for name in COLUMNS[1:]
)


def judged(frame: Any, detector: Detector) -> Any:
    """The verdicts on a DataFrame of pages, as a DataFrame; nothing is judged before Spark needs it. A page that has
    neither html nor text, or a value of another type, is `unreadable`."""
    return frame.mapInPandas(partial(_judge, detector), SCHEMA)


def _judge(detector: Detector, batches: Iterator[Any]) -> Iterator[Any]:
    """Frames of pandas, as Spark hands them out and takes them."""
    for batch in batches:
        rows: list[list[Cell]] = [plain(report_row(detector.check(_page(row)))) for row in batch.to_dict("records")]
        # Whole numbers with gaps stay whole numbers only as objects.
        yield type(batch)(rows, columns=list(COLUMNS[1:]), dtype=object)


def _page(row: dict[Any, Any]) -> Page:
    given = {name: row[name] for name in _FIELDS if row.get(name) is not None}
    if isinstance(given.get("html"), bytearray | memoryview):
        given["html"] = bytes(given["html"])
    wrong = next((name for name, value in given.items() if not isinstance(value, str | bytes)), None)
    if wrong:
        return Page(str(given.get("url") or ""), error=f"{wrong} is not a text")
    return Page(given.pop("url", ""), **given)
