"""Pages in a Spark DataFrame -> their verdicts, for crawls that one machine is too small for.

    verdicts = judged(spark.read.parquet("pages"), Detector("official.index"))
    verdicts.where("label = 'repost'").write.parquet("reposts")

The frame has the columns of a `Page` that there are: `url`, `html` (string or binary) or `text`, `title`, `fetched_at`
(string or timestamp), `content_type`; others are passed over. The verdicts have those of report.csv without `rank`, a
row a page, in the order of each partition: the same values as from `Report.to_frame`. Every Python worker opens the
index once, so it has to be at the same path on all of them. Needs Java and `pip install 'repost-detector[spark]'`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from detector.detector import Detector
from detector.rows import COLUMNS, Cell, plain, report_row
from detector.tables import FIELDS, typed_page

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
        columns = batch[[name for name in FIELDS if name in batch]].astype(object)
        # What is missing is None in one column, and something else in another.
        pages = (
            typed_page(values, name=values["url"] if isinstance(values.get("url"), str) else "")
            for values in columns.where(columns.notna(), None).to_dict("records")
        )
        rows: list[list[Cell]] = [plain(report_row(detector.check(page))) for page in pages]
        # Whole numbers with gaps stay whole numbers only as objects.
        yield type(batch)(rows, columns=list(COLUMNS[1:]), dtype=object)
