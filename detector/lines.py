"""The lines of a file that somebody else wrote: packed or not, too long, damaged."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"


def unpacked(file: BinaryIO) -> BinaryIO:
    """The file's bytes, unpacked when they are gzip, whatever the name says."""
    ahead = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file))
    return io.BufferedReader(gzip.GzipFile(fileobj=ahead)) if ahead.peek(2).startswith(_GZIP) else ahead


@contextmanager
def open_unpacked(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked when they are gzip. Closing what unpacks does not close the file, so both end here.
    Raises OSError for a file that cannot be opened."""
    with path.open("rb") as file:
        yield unpacked(file)


def lines_of(file: BinaryIO, most: int) -> Iterator[tuple[int, bytes, str]]:
    """Number (from 1), bytes and error of every line that is not blank, without a byte order mark in front.

    Of a line of `most` bytes and more, and of one that cannot be read, there are no bytes, and the error says why;
    after the latter nothing comes.
    """
    number = 0
    while True:
        number += 1
        try:
            line = file.readline(most)
            too_long = len(line) == most and not line.endswith(b"\n")
            while too_long and (rest := file.readline(most)) and not rest.endswith(b"\n"):
                pass
        except (OSError, EOFError, zlib.error) as error:
            yield number, b"", f"damaged ({error})"
            return
        if not line:
            return
        if too_long:
            yield number, b"", f"over {most} bytes"
            continue
        line = line.removeprefix(_MARK) if number == 1 else line
        if line.strip():
            yield number, line, ""
