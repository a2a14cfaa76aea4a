"""Writing what others read, whole or not at all: files, and folders with one writer at a time, across processes and
threads."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from detector.data import DetectorError, UsageError

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

STDOUT = "-"
# Seconds until a writer that waits for another gives up, and between two attempts.
PATIENCE = 60.0
_PAUSE = 0.02


@contextmanager
def locked(file: Path, patience: float | None = None) -> Iterator[None]:
    """Hold the lock that `file` stands for; waits up to `patience` seconds (None: PATIENCE) for whoever holds it.

    The operating system lets go of a lock whose process has died; where it knows none (Windows), the lock is that the
    file is there. Raises DetectorError when the wait was in vain, OSError when the file cannot be written.
    """
    take, give_back = (_take, _give_back) if fcntl else (_create, lambda _: file.unlink(missing_ok=True))
    patience = PATIENCE if patience is None else patience
    deadline = time.monotonic() + patience
    while (held := take(file)) is None:
        if time.monotonic() >= deadline:
            hint = "" if fcntl else f" (if none does, delete {file.name})"
            raise DetectorError(
                f"{file.parent}: another process has been writing for over {patience:g} s{hint}; try later"
            )
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        give_back(held)


def _take(file: Path) -> int | None:
    """The open file when the lock was free. Its folder may have been replaced since it was opened: then it is nobody's
    lock any more."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), os.stat(file)):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass  # held by another, or replaced
    os.close(descriptor)
    return None


def _give_back(descriptor: int) -> None:
    # Closing is not enough: a process forked meanwhile has the file open too.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _create(file: Path) -> int | None:
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return None
    return 0


def to_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk: what says that they are there may only be
    written after them."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def whole_file(target: str) -> Iterator[IO[bytes]]:
    """What is written to the file given becomes the one at `target`, or goes to standard output for "-", when the block
    is left without an exception; with one, nothing is written.

    Raises UsageError, on entry, for a folder and for what cannot be written.
    """
    # A link stays a link: what it points to is replaced.
    path = None if target == STDOUT else Path(os.path.realpath(target))
    if path and path.is_dir():
        raise UsageError(f"{target}: is a folder")
    try:
        waiting = tempfile.TemporaryFile(dir=path and path.parent)  # noqa: SIM115
    except OSError as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror})") from error
    with waiting:
        yield waiting
        waiting.seek(0)
        if path is None:
            sys.stdout.flush()
            shutil.copyfileobj(waiting, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
        try:
            with part.open("xb") as file:
                shutil.copyfileobj(waiting, file)
            os.replace(part, path)
        except OSError as error:
            raise UsageError(f"{target}: cannot be written ({error.strerror})") from error
        finally:
            part.unlink(missing_ok=True)
