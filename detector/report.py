"""Verdicts -> files, the worst page first.

    report = Report(verdicts)
    report.write("report.csv")                  # one row a page; also .jsonl, .parquet, and .html for people
    report.write_matches("matches.csv")         # one row a pair of page and source
    report.write_blocks("blocks.csv")           # one row a block

`ReportWriter` writes the same files from verdicts that come one by one, in bounded memory: rows, and the keys by which
they are sorted, wait in unnamed temporary files. Each output gets its final name only when all of them are complete.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from detector import html_report
from detector.data import UsageError, Verdict
from detector.ordering import Ordered
from detector.rows import (
    BLOCK_COLUMNS,
    COLUMNS,
    MATCH_COLUMNS,
    Cell,
    block_rows,
    csv_header,
    csv_line,
    match_rows,
    one_line,
    plain,
    rank_key,
    report_row,
)
from detector.verdict_lines import line_of
from detector.writing import STDOUT, whole_file

if TYPE_CHECKING:
    from pandas import DataFrame


def _row_line(verdict: Verdict) -> bytes:
    return json.dumps(plain(report_row(verdict)), ensure_ascii=False).encode("utf-8") + b"\n"


def _frame(rows: Iterable[Sequence[Cell]]) -> DataFrame:
    """Ranked rows of `report_row` -> the report's columns, with `offset` as nullable integers."""
    import pandas

    frame = pandas.DataFrame([(rank, *row) for rank, row in enumerate(rows, start=1)], columns=list(COLUMNS))
    return frame.astype({"offset": "Int64"})


def _write_parquet(chunks: Iterator[bytes], file: IO[bytes]) -> None:
    _frame(json.loads(chunk) for chunk in chunks).to_parquet(file, index=False)


def parquet_rows(path: Path) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Column names and rows of a Parquet file; empty cells are None. Raises UsageError without pyarrow, and for what
    is no Parquet."""
    import pandas

    _needs_pyarrow(path)
    try:
        frame = pandas.read_parquet(path)
    except (ValueError, NotImplementedError) as error:
        raise UsageError(f"{path}: not Parquet, or damaged ({one_line(str(error))[:100]})") from error
    frame = frame.astype(object).where(frame.notna(), None)
    return [str(name) for name in frame.columns], frame.itertuples(index=False, name=None)


def _needs_pyarrow(target: str | Path) -> None:
    if find_spec("pyarrow") is None:
        raise UsageError(f"{target}: needs pyarrow: pip install pyarrow")


def write_page(entries: Iterable[html_report.Entry], target: str | Path) -> int:
    """Write the page for people of rows that are there already, in their order, or print it for "-"; how many they
    are. Raises UsageError for another suffix than .html, and when the file cannot be written."""
    if str(target) != STDOUT and Path(target).suffix.lower() != ".html":
        raise UsageError(f"{target}: cannot write {Path(target).suffix or 'a file without suffix'}; use .html")
    with whole_file(str(target)) as file:
        return html_report.write(entries, file)


@dataclass(frozen=True, slots=True)
class _Format:
    """How verdicts become a file: `encode` one at a time, in any order, then `finish` in the ranking's order."""

    encode: Callable[[Verdict], bytes]
    finish: Callable[[Iterator[bytes], IO[bytes]], None]


def _text_format(encode: Callable[[Verdict], bytes], header: bytes = b"", rank: str = "") -> _Format:
    def finish(chunks: Iterator[bytes], file: IO[bytes]) -> None:
        file.write(header)
        for number, chunk in enumerate(chunks, start=1):
            file.write(rank.format(number).encode("ascii"))
            file.write(chunk)

    return _Format(encode, finish)


def _csv_format(
    columns: Sequence[str], rows: Callable[[Verdict], Iterable[tuple[Cell, ...]]], excel: bool, ranked: bool = False
) -> _Format:
    def encode(verdict: Verdict) -> bytes:
        return b"".join(csv_line(columns[ranked:], row, excel) for row in rows(verdict))

    return _text_format(encode, csv_header(columns, excel), "{}," if ranked else "")


REPORT_FORMATS: Mapping[str, Callable[[bool], _Format]] = {
    ".csv": lambda excel: _csv_format(COLUMNS, lambda verdict: (report_row(verdict),), excel, ranked=True),
    ".jsonl": lambda excel: _text_format(lambda verdict: line_of(verdict)[1:], rank='{{"rank": {}, '),
    ".parquet": lambda excel: _Format(_row_line, _write_parquet),
    ".html": lambda excel: _Format(html_report.encode, html_report.finish),
}
MATCH_FORMATS = {".csv": lambda excel: _csv_format(MATCH_COLUMNS, match_rows, excel)}
BLOCK_FORMATS = {".csv": lambda excel: _csv_format(BLOCK_COLUMNS, block_rows, excel)}


class _Output:
    """One file to be: its target, its format, and the temporary file its rows wait in."""

    def __init__(self, target: str, formats: Mapping[str, Callable[[bool], _Format]], excel: bool) -> None:
        suffix = ".csv" if target == STDOUT else Path(target).suffix.lower()
        if suffix not in formats:
            raise UsageError(f"{target}: cannot write {suffix or 'a file without suffix'}; use {', '.join(formats)}")
        if suffix == ".parquet":
            _needs_pyarrow(target)
        # A link stays a link: what it points to is replaced.
        self.path = None if target == STDOUT else Path(os.path.realpath(target))
        if self.path and self.path.is_dir():
            raise UsageError(f"{target}: is a folder")
        self.format = formats[suffix](excel)
        self._target = target
        with self.said():
            self.rows: IO[bytes] = tempfile.TemporaryFile(dir=self.path and self.path.parent)  # noqa: SIM115

    @contextmanager
    def said(self) -> Iterator[None]:
        """Say of what cannot be written inside that it is this output."""
        try:
            yield
        except BrokenPipeError:  # who reads standard output may leave
            raise
        except OSError as error:
            raise UsageError(f"{self._target}: cannot be written ({error.strerror or error})") from error

    def add(self, verdict: Verdict) -> tuple[int, int]:
        with self.said():
            start = self.rows.tell()
            return start, self.rows.write(self.format.encode(verdict))

    def close(self) -> None:
        with suppress(OSError):  # of what a full disk did not take nothing is wanted any longer
            self.rows.close()

    def finish(self, places: Iterable[tuple[int, int]], file: IO[bytes]) -> None:
        self.format.finish(self._chunks(places), file)

    def _chunks(self, places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        for start, size in places:
            self.rows.seek(start)
            yield self.rows.read(size)


class ReportWriter:
    """Writes reports of verdicts that come one by one; a context manager.

    `report` goes to .csv, .jsonl, .parquet or .html by suffix, `matches` and `blocks` to .csv, and one of them may be
    "-" for CSV on standard output. `excel` adds a byte order mark and keeps cells within Excel's limit.
    Raises UsageError on entry, before any work, for another suffix, a missing extra or a folder that cannot be
    written. Leaving the `with` block without an exception writes all files; with one, none.
    """

    def __init__(
        self,
        report: str | Path | None = None,
        *,
        matches: str | Path | None = None,
        blocks: str | Path | None = None,
        excel: bool = False,
    ) -> None:
        wanted = ((report, REPORT_FORMATS), (matches, MATCH_FORMATS), (blocks, BLOCK_FORMATS))
        self._outputs = [_Output(str(target), formats, excel) for target, formats in wanted if target is not None]
        self._wanted = True
        paths = [output.path for output in self._outputs]
        # By page, where its rows are in each output.
        self._pages = Ordered(next((path.parent for path in paths if path), None))
        if len(set(paths)) < len(paths):
            raise UsageError("two outputs cannot go to the same place")

    def __enter__(self) -> Self:
        return self

    def add(self, verdict: Verdict) -> None:
        """Take the rows of one verdict."""
        self._pages.add(rank_key(verdict), [output.add(verdict) for output in self._outputs])

    def keep_old(self) -> list[str]:
        """Write nothing if one of the files is there already; which are."""
        old = [str(output.path) for output in self._outputs if output.path is not None and output.path.exists()]
        self._wanted = not old
        return old

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._wanted:
                self._write()
        finally:
            self._pages.close()
            for output in self._outputs:
                output.close()

    def _write(self) -> None:
        parts: list[tuple[Path, Path]] = []
        try:
            for position, output in enumerate(self._outputs):
                if output.path is None:
                    continue
                part = output.path.with_name(f".{output.path.name}.{uuid.uuid4().hex[:8]}.part")
                parts.append((part, output.path))
                with part.open("xb") as file:
                    output.finish(self._places(position), file)
            for part, path in parts:
                os.replace(part, path)
        except OSError as error:
            raise UsageError(f"{error.filename or 'output'}: cannot be written ({error.strerror})") from error
        finally:
            for part, _ in parts:
                part.unlink(missing_ok=True)
        for position, output in enumerate(self._outputs):
            if output.path is None:
                self._print(output, position)

    def _print(self, output: _Output, position: int) -> None:
        with output.said(), tempfile.TemporaryFile() as whole:
            output.finish(self._places(position), whole)
            whole.seek(0)
            sys.stdout.flush()
            shutil.copyfileobj(whole, sys.stdout.buffer)
            sys.stdout.buffer.flush()

    def _places(self, position: int) -> Iterator[tuple[int, int]]:
        return ((start, size) for _, places in self._pages for start, size in [places[position]])


class Report:
    """Verdicts in memory, ranked: score descending, ties by url, input and offset."""

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        self.verdicts: list[Verdict] = sorted(verdicts, key=rank_key)

    def __len__(self) -> int:
        return len(self.verdicts)

    def to_frame(self) -> DataFrame:
        """The columns of report.csv as a pandas DataFrame: numbers as they are, texts without what UTF-8 cannot carry
        (see `detector.rows`) but not guarded against spreadsheets."""
        return _frame(plain(report_row(verdict)) for verdict in self.verdicts)

    def write(self, path: str | Path, excel: bool = False) -> None:
        """Write the report to .csv, .jsonl, .parquet or .html by suffix, or as CSV to standard output for "-"."""
        self._fill(ReportWriter(path, excel=excel))

    def write_matches(self, path: str | Path, excel: bool = False) -> None:
        """Write one CSV row a pair of page and candidate source."""
        self._fill(ReportWriter(matches=path, excel=excel))

    def write_blocks(self, path: str | Path, excel: bool = False) -> None:
        """Write one CSV row a block."""
        self._fill(ReportWriter(blocks=path, excel=excel))

    def _fill(self, writer: ReportWriter) -> None:
        with writer:
            for verdict in self.verdicts:
                writer.add(verdict)
