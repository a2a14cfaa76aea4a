"""Work on pages in other processes: on a stream, in order and with bounded memory, or on one page at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from itertools import islice
from typing import Any, TypeVar

from detector.data import UsageError

T = TypeVar("T")
R = TypeVar("R")

# Items handed to a worker at once, and batches on their way per worker: bounds what waits in memory.
_BATCH, _BATCHES_A_WORKER = 16, 3


def mapped(work: Callable[[T], R], items: Iterable[T], jobs: int = 1) -> Iterator[R]:
    """`work` of every item, in order. `jobs` processes, at most one for each core that this process may use (-1: that
    many); `work` is pickled once a batch. Raises UsageError when `jobs` is 0 or below -1."""
    if jobs == 1:
        yield from map(work, items)
        return
    workers = processes(jobs)
    pool = _pool(workers)
    waiting: deque[Future[list[R]]] = deque()
    try:
        # A batch is read when one is done with: joblib's own generator reads on, however slowly results are taken.
        for batch in _batches(items):
            waiting.append(pool.submit(_all_of, work, batch))
            if len(waiting) == _BATCHES_A_WORKER * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(kill_workers=True)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _all_of(work: Callable[[T], R], batch: list[T]) -> list[R]:
    return [work(item) for item in batch]


class Workers:
    """A pool of processes that is given work item by item. A process that dies takes with it what the pool had at that
    moment (BrokenExecutor); the next item finds a new pool. Raises UsageError when `jobs` is 0 or below -1.

    The processes start at the first item. May be used from several threads.
    """

    def __init__(self, jobs: int = 1) -> None:
        self.count = processes(jobs)
        self._lock = threading.Lock()
        self._pool: Any = None
        self._closed = False

    def submit(self, work: Callable[[T], R], item: T) -> Future[R]:
        """The future `work` of an item; both are pickled. Raises UsageError when closed."""
        with self._lock:
            if self._closed:
                raise UsageError("the pool of processes is closed")
            if self._pool is None:
                self._pool = _pool(self.count)
            try:
                return self._pool.submit(work, item)
            except BrokenExecutor:
                self._pool = _pool(self.count)
                return self._pool.submit(work, item)

    def close(self) -> None:
        """End the processes, whatever they are at; what is under way has no result (RuntimeError)."""
        with self._lock:
            self._closed, pool, self._pool = True, self._pool, None
        if pool is not None:
            pool.shutdown(kill_workers=True)


def processes(jobs: int) -> int:
    """How many processes `jobs` are: at most one for each core that this process may use (-1: that many), since the
    work keeps a core busy and more only take memory, and minutes to start. Raises UsageError when 0 or below -1."""
    from joblib import cpu_count

    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs == 0 or jobs < -1:
        raise UsageError(f"jobs must be a positive number or -1, not {jobs}")
    cores = int(cpu_count())
    return cores if jobs == -1 else min(jobs, cores)


def _pool(workers: int) -> Any:
    from joblib.externals.loky import ProcessPoolExecutor

    return ProcessPoolExecutor(workers)
