"""Work on a stream of pages in several processes: in order, with bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from typing import TypeVar

from detector.data import UsageError

T = TypeVar("T")
R = TypeVar("R")

# Items handed to a worker at once, and batches on their way per worker: bounds what waits in memory.
_BATCH, _BATCHES_A_WORKER = 16, 3


def mapped(work: Callable[[T], R], items: Iterable[T], jobs: int = 1) -> Iterator[R]:
    """`work` of every item, in order. `jobs` processes, at most one for each core that this process may use (-1: that
    many); `work` is pickled once a batch. Raises UsageError when `jobs` is 0 or below -1."""
    if jobs == 0 or jobs < -1:
        raise UsageError(f"jobs must be a positive number or -1, not {jobs}")
    if jobs == 1:
        yield from map(work, items)
        return
    from joblib import cpu_count
    from joblib.externals.loky import ProcessPoolExecutor

    # The work keeps a core busy: more processes than cores only take memory, and minutes to start.
    workers = cpu_count() if jobs == -1 else min(jobs, cpu_count())
    pool = ProcessPoolExecutor(workers)
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
