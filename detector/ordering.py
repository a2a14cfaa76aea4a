"""Entries of a report in order, however many: what is not at hand waits in a file.

>>> ordered = Ordered(at_hand=2)
>>> for name in ("c", "a", "d", "b", "a"):
...     ordered.add((name,), len(name))
>>> [key for key, _ in ordered]
[('a',), ('a',), ('b',), ('c',), ('d',)]
"""

from __future__ import annotations

import heapq
import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from detector.data import UsageError

# Entries in memory, some five megabytes.
AT_HAND = 10_000
# Bytes of a run that are read at a time.
_READ = 1 << 14
_key = itemgetter(0)
Entry = tuple[tuple[Any, ...], Any]


class Ordered:
    """Takes entries, a key and what belongs to it, both of what JSON knows; gives them back by ascending keys, those of
    equal keys as they came, lists in the place of tuples but for the key.

    Every `at_hand` entries, in order, become a run in an unnamed file (in `folder`, None: where temporary files are),
    and the runs are merged as they are read. Raises UsageError when that file cannot be written.
    """

    def __init__(self, folder: Path | None = None, at_hand: int = AT_HAND) -> None:
        self._folder, self._most = folder, at_hand
        self._at_hand: list[Entry] = []
        self._runs: list[tuple[int, int]] = []
        self._file: IO[bytes] | None = None

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # of what a full disk did not take nothing is wanted any longer
                self._file.close()

    def add(self, key: tuple[Any, ...], entry: Any) -> None:
        self._at_hand.append((key, entry))
        if len(self._at_hand) >= self._most:
            self._put_away()

    def __iter__(self) -> Iterator[Entry]:
        """All entries; as often as wanted, one time after the other."""
        self._at_hand.sort(key=_key)
        return heapq.merge(*map(self._read, self._runs), self._at_hand, key=_key)

    def _put_away(self) -> None:
        self._at_hand.sort(key=_key)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
            begin = self._file.seek(0, 2)
            self._file.writelines(json.dumps(entry).encode("ascii") + b"\n" for entry in self._at_hand)
            self._file.flush()
        except OSError as error:
            folder = self._folder or tempfile.gettempdir()
            raise UsageError(f"{folder}: a temporary file cannot be written ({error.strerror or error})") from error
        self._runs.append((begin, self._file.tell()))
        self._at_hand.clear()

    def _read(self, run: tuple[int, int]) -> Iterator[Entry]:
        at, end = run
        while at < end:
            for line in self._lines(at):
                # What is read may be more than the run.
                if at < end:
                    at += len(line)
                    key, entry = json.loads(line)
                    yield tuple(key), entry

    def _lines(self, at: int) -> list[bytes]:
        """The next lines from there; others move the file's place in between."""
        assert self._file is not None
        self._file.seek(at)
        return self._file.readlines(_READ)
