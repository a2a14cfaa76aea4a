"""Where the pages that were seen are kept: in memory, on disk (SQLite), or in Redis.

A store holds records by key, and buckets of keys. Neither record nor key is ever anything but bytes: what another
program has put into a shared store is compared and decoded, never loaded as an object.
"""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from detector.data import UsageError

# Of a bucket so many keys are looked at: what is common to thousands of pages must not cost thousands of reads a page.
MOST_IN_BUCKET = 256
REDIS = ("redis", "rediss", "unix")
_KEY_BYTES = 16
# So long a process waits for others that write to the same file.
_PATIENCE = 60.0
_SCHEMA = """
create table if not exists header (text text);
create table if not exists pages (id integer primary key, key blob unique, record blob);
create table if not exists buckets (name blob, page integer, primary key (name, page)) without rowid;
"""


class Store(ABC):
    """All methods but `close` are called inside `alone()`. Raise UsageError when the store cannot be reached, or is
    something else."""

    def alone(self) -> AbstractContextManager[Any]:
        """What is done inside is done by nobody else at the same time; of a store whose `claim` suffices, nothing."""
        return nullcontext()

    @abstractmethod
    def header(self, text: str) -> str:
        """What the store was opened with first: `text`, when it is new."""

    @abstractmethod
    def claim(self, key: bytes, record: bytes, buckets: Sequence[bytes]) -> tuple[bytes | None, list[bytes]]:
        """Put in a record that is not there yet, and its key into buckets, in one step: of two that claim at the same
        time one sees the other. Returns the record that was there before, and the keys that were in the buckets (as
        often as they were in one; at most MOST_IN_BUCKET of each)."""

    @abstractmethod
    def records(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The records of these keys."""

    @abstractmethod
    def replace(self, key: bytes, record: bytes) -> None:
        """Put a record in the place of another."""

    @abstractmethod
    def withdraw(self, key: bytes, buckets: Sequence[bytes]) -> None:
        """Take out what was claimed."""

    def close(self) -> None:  # noqa: B027 (most have nothing to close)
        """Let go of the store; what is in it stays, except in memory."""


class MemoryStore(Store):
    """For one process, its threads included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[bytes, bytes] = {}
        self._buckets: dict[bytes, dict[bytes, None]] = {}

    def alone(self) -> AbstractContextManager[Any]:
        return self._lock

    def header(self, text: str) -> str:
        return text

    def claim(self, key: bytes, record: bytes, buckets: Sequence[bytes]) -> tuple[bytes | None, list[bytes]]:
        before = self._records.setdefault(key, record)
        if before is not record:
            return before, []
        found: list[bytes] = []
        for name in buckets:
            bucket = self._buckets.setdefault(name, {})
            found += islice(bucket, MOST_IN_BUCKET)
            bucket[key] = None
        return None, found

    def records(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self._records.get(key) for key in keys]

    def replace(self, key: bytes, record: bytes) -> None:
        self._records[key] = record

    def withdraw(self, key: bytes, buckets: Sequence[bytes]) -> None:
        del self._records[key]
        for name in buckets:
            bucket = self._buckets[name]
            del bucket[key]
            if not bucket:
                del self._buckets[name]


class DiskStore(Store):
    """A file, for the processes of one machine, and for the next run."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._said():
            self._file = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            try:
                self._file.execute("pragma journal_mode = wal")
                self._file.execute("pragma synchronous = normal")
                self._file.executescript(_SCHEMA)
            except sqlite3.Error:
                self._file.close()
                raise

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise UsageError(f"{self._path}: cannot be used as a store of seen pages ({error})") from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._lock, self._said():
            self._file.execute("begin immediate")
            try:
                yield
                self._file.execute("commit")
            except BaseException:
                if self._file.in_transaction:  # of a full disk SQLite has taken it back by itself
                    self._file.execute("rollback")
                raise

    def header(self, text: str) -> str:
        if (row := self._file.execute("select text from header").fetchone()) is not None:
            return str(row[0])
        self._file.execute("insert into header values (?)", (text,))
        return text

    def claim(self, key: bytes, record: bytes, buckets: Sequence[bytes]) -> tuple[bytes | None, list[bytes]]:
        if (before := self.records([key])[0]) is not None:
            return before, []
        page = self._file.execute("insert into pages (key, record) values (?, ?)", (key, record)).lastrowid
        found: list[bytes] = []
        for name in buckets:
            rows = self._file.execute(
                "select key from buckets join pages on pages.id = page where name = ? limit ?", (name, MOST_IN_BUCKET)
            )
            found += (other for (other,) in rows)
        self._file.executemany("insert into buckets values (?, ?)", [(name, page) for name in buckets])
        return None, found

    def records(self, keys: Sequence[bytes]) -> list[bytes | None]:
        rows = (self._file.execute("select record from pages where key = ?", (key,)).fetchone() for key in keys)
        return [row and row[0] for row in rows]

    def replace(self, key: bytes, record: bytes) -> None:
        self._file.execute("update pages set record = ? where key = ?", (record, key))

    def withdraw(self, key: bytes, buckets: Sequence[bytes]) -> None:
        (page,) = self._file.execute("select id from pages where key = ?", (key,)).fetchone()
        self._file.executemany("delete from buckets where name = ? and page = ?", [(name, page) for name in buckets])
        self._file.execute("delete from pages where id = ?", (page,))

    def close(self) -> None:
        self._file.close()


class RedisStore(Store):
    """A Redis database, for a fleet. Buckets are named and filled as by datasketch's `MinHashLSH` with the `basename`
    `name` and `prepickle=False`, but all of a page's in one transaction: datasketch's own insertion is one command
    after the other, between which two processes can miss each other."""

    def __init__(self, url: str, name: str) -> None:
        try:
            import redis
        except ImportError:
            raise UsageError("a store of seen pages in Redis needs redis: pip install redis") from None
        if urlsplit(url).scheme not in REDIS:
            raise UsageError(f"an address in Redis begins with {'://, '.join(REDIS)}://")
        self._errors = redis.RedisError
        self._name = name.encode()
        try:
            self._redis: Any = redis.Redis.from_url(url)
        except ValueError as error:
            raise UsageError(f"the address of Redis makes no sense ({error})") from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise UsageError(f"Redis cannot be used as a store of seen pages ({error})") from error

    def header(self, text: str) -> str:
        key = self._name + b"_header"
        self._redis.setnx(key, text)
        return str(self._redis.get(key) or b"", "utf-8", "replace")

    def claim(self, key: bytes, record: bytes, buckets: Sequence[bytes]) -> tuple[bytes | None, list[bytes]]:
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(self._place(key))
            pipe.setnx(self._place(key), record)
            for name in buckets:
                pipe.srandmember(self._name + name, MOST_IN_BUCKET)
                pipe.sadd(self._name + name, key)
            before, _, *answers = pipe.execute()
        return before, [other for bucket in answers[::2] for other in bucket if len(other) == _KEY_BYTES]

    def records(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return list(self._redis.mget([self._place(key) for key in keys])) if keys else []

    def replace(self, key: bytes, record: bytes) -> None:
        self._redis.set(self._place(key), record)

    def withdraw(self, key: bytes, buckets: Sequence[bytes]) -> None:
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(self._place(key))
            for name in buckets:
                pipe.srem(self._name + name, key)
            pipe.execute()

    def close(self) -> None:
        self._redis.close()

    def _place(self, key: bytes) -> bytes:
        return self._name + b"_page_" + key
