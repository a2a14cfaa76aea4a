"""Work on pages in other processes: on a stream, in order and with bounded memory, or on one page at a time."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from detector.data import UsageError

T = TypeVar("T")
R = TypeVar("R")

# Items read ahead of what is yielded, and of these given to a process at once, for each process: bounds what waits in
# memory, and keeps a process busy while its results are taken.
_AHEAD, _GIVEN = 48, 8
# More seconds for the first item of a process: on a new machine the loops are compiled then.
FIRST_SECONDS = 120.0
# There are as many processes as cores: each has one thread for its arithmetic.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def mapped(
    work: Callable[[T], R],
    items: Iterable[T],
    jobs: int = 1,
    seconds: float | None = None,
    lost: Callable[[T, str], R] | None = None,
) -> Iterator[R]:
    """`work` of every item, in order. `jobs` processes, at most one for each core that this process may use (-1: that
    many); with 1, and no `seconds`, it is done in this process.

    An item that takes a process longer than `seconds`, or ends it, is what `lost` makes of it and of the reason, in
    words; a new process goes on with the next one. Raises UsageError when `jobs` is 0 or below -1 or `seconds` not
    above 0, RuntimeError for a lost item without `lost`, and what `work` raises.
    """
    if seconds is not None and not seconds > 0:
        raise UsageError(f"the seconds for a page must be a number above 0, not {seconds}")
    if jobs == 1 and seconds is None:
        yield from map(work, items)
        return
    pool = _Pool(work, processes(jobs), seconds, lost or _no_result)
    iterator = iter(items)
    read, taken, more = 0, 0, True
    try:
        while True:
            while more and read - taken < _AHEAD * pool.count:
                for item in iterator:
                    pool.give(read, item)
                    read += 1
                    break
                else:
                    more = False
            if taken == read:
                return
            yield pool.result(taken)
            taken += 1
    finally:
        pool.close()


def _no_result(item: Any, reason: str) -> Any:
    raise RuntimeError(f"the work on an item {reason}")


class _Pool(Generic[T, R]):
    """Processes that are given numbered items. An item is given to the process that has the fewest, and again if that
    was killed before it came to it."""

    def __init__(self, work: Callable[[T], R], count: int, seconds: float | None, lost: Callable[[T, str], R]) -> None:
        from joblib.externals.loky.backend.reduction import dumps

        self.count = count
        self._work = bytes(dumps(work))  # what is defined in the program that was started, too
        self._seconds = seconds
        self._lost = lost
        self._processes: list[_Process[T]] = []
        self._waiting: deque[tuple[int, T]] = deque()
        self._done: dict[int, R] = {}

    def give(self, number: int, item: T) -> None:
        self._waiting.append((number, item))
        self._hand_out()

    def result(self, number: int) -> R:
        """The result of an item that was given, when it is there."""
        while number not in self._done:
            self._hand_out()
            now = time.monotonic()
            limits = [limit for process in self._processes if (limit := process.limit(self._seconds)) is not None]
            ready = wait(
                [process.results for process in self._processes], max(0.0, min(limits) - now) if limits else None
            )
            for process in [process for process in self._processes if process.results in ready]:
                self._take(process)
            self._end_stuck()
        return self._done.pop(number)

    def _hand_out(self) -> None:
        while self._waiting:
            free = min(self._processes, key=lambda process: len(process.given), default=None)
            if (free is None or free.given) and len(self._processes) < self.count:
                free = _Process(self._work)
                self._processes.append(free)
            if free is None or len(free.given) >= _GIVEN:
                return
            free.give(*self._waiting.popleft())

    def _take(self, process: _Process[T]) -> None:
        try:
            fine, value = process.results.recv()
        except (EOFError, OSError):
            self._end(process, "ended the process that was at it")
            return
        if not fine:
            raise value
        process.since = time.monotonic()
        if process.ready:
            process.used = True
            self._done[process.given.popleft()[0]] = value
        process.ready = True

    def _end_stuck(self) -> None:
        """Results may have waited while nobody took them: only who has none to give is stuck."""
        now = time.monotonic()
        for process in list(self._processes):
            limit = process.limit(self._seconds)
            if limit is not None and now >= limit and not process.results.poll():
                self._end(process, f"took over {self._seconds:g} s")

    def _end(self, process: _Process[T], reason: str) -> None:
        process.kill()
        self._processes.remove(process)
        if not process.ready:
            raise RuntimeError("a process could not be started")
        number, item = process.given.popleft()
        self._waiting.extendleft(reversed(process.given))
        self._done[number] = self._lost(item, reason)

    def close(self) -> None:
        for process in self._processes:
            process.kill()


class _Process(Generic[T]):
    """A process that works on what it is given, one after the other: it is at the first of `given`, `since` when is
    known here (seconds of the monotonic clock)."""

    def __init__(self, work: bytes) -> None:
        from joblib.externals.loky.backend import get_context

        # Unlike those of the standard library these processes do not run the program that was started once more.
        context = get_context("loky")
        tasks, self._tasks = context.Pipe(duplex=False)
        self.results: Connection
        self.results, results = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(work, tasks, results), daemon=True, env=ONE_THREAD)
        with _no_interrupts():
            self._process.start()
        # Only the process has these now: when it ends, `results` does.
        tasks.close()
        results.close()
        self.given: deque[tuple[int, T]] = deque()
        self.since = time.monotonic()
        self.ready = self.used = False
        # A process reads nothing while it works, and a large item does not go into a pipe.
        self._queue: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=self._feed, daemon=True).start()

    def give(self, number: int, item: T) -> None:
        packed = ForkingPickler.dumps(item)
        if not self.given:
            self.since = time.monotonic()
        self.given.append((number, item))
        self._queue.put(packed)

    def limit(self, seconds: float | None) -> float | None:
        """When the item it is at must be done; None when there is no such time."""
        if seconds is None or not self.given or not self.ready:
            return None
        return self.since + seconds + (0 if self.used else FIRST_SECONDS)

    def _feed(self) -> None:
        try:
            while (packed := self._queue.get()) is not None:
                self._tasks.send_bytes(packed)
        except OSError:
            pass  # it has ended
        finally:
            self._tasks.close()

    def kill(self) -> None:
        self._queue.put(None)
        if self._process.is_alive():
            os.kill(self._process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        self._process.join()
        self.results.close()


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Processes that start here never get the SIGINT that a terminal sends to all: they are ended by this one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(packed: bytes, tasks: Connection, results: Connection) -> None:
    """What a process does: it says that it is ready, and then the result of each item."""
    try:
        try:
            work = pickle.loads(packed)
        except Exception as error:
            results.send((False, error))
            return
        results.send((True, None))
        while True:
            item = tasks.recv()
            try:
                answer = ForkingPickler.dumps((True, work(item)))
            except Exception as error:
                answer = _said(error)
            results.send_bytes(answer)
    except (EOFError, OSError):
        pass  # the other side has ended


def _said(error: Exception) -> Any:
    try:
        return ForkingPickler.dumps((False, error))
    except Exception:
        return ForkingPickler.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))


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
