"""Work on items in other processes: each item gets a future, or a stream its results in order and bounded memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Generic, NamedTuple, TypeVar

from detector.data import UsageError
from detector.processes import FIRST_SECONDS, Process, count_of, packed

T = TypeVar("T")
R = TypeVar("R")

# Items of a stream read ahead of what is yielded, for each process: bounds what waits in memory.
_AHEAD = 48
# Items with a process, the one that it is at and the next: keeps it busy while its results are taken, and leaves few
# behind one that is stuck.
_GIVEN = 3


def mapped(
    work: Callable[[T], R],
    items: Iterable[T],
    jobs: int = 1,
    seconds: float | None = None,
    lost: Callable[[T, str], R] | None = None,
) -> Iterator[R]:
    """`work` of every item, in order. `jobs` processes, at most one for each core that this process may use (-1: that
    many); with 1, and no `seconds`, it is done in this process.

    `seconds` and `lost` are those of `Pool`. Raises what `Pool` does, and what `work` raises.
    """
    limit(seconds)
    if jobs == 1 and seconds is None:
        yield from map(work, items)
        return
    with Pool(work, jobs, seconds, lost) as pool:
        iterator = iter(items)
        waiting: deque[Future[R]] = deque()
        more = True
        while True:
            while more and len(waiting) < _AHEAD * pool.count:
                for item in iterator:
                    waiting.append(pool.submit(item))
                    break
                else:
                    more = False
            if not waiting:
                return
            yield waiting.popleft().result()


def limit(seconds: float | None) -> float | None:
    """The time limit of an item, seconds; None for none. Raises UsageError when it is not above 0."""
    if seconds is not None and not seconds > 0:
        raise UsageError(f"the seconds for a page must be a number above 0, not {seconds}")
    return seconds


class _Task(NamedTuple, Generic[T, R]):
    item: T
    future: Future[R]
    # Given to a process that had ended before.
    again: bool = False


class Pool(Generic[T, R]):
    """`jobs` processes that do `work` on the items they are given; a context manager.

    An item that takes a process longer than `seconds`, or ends it, is what `lost` makes of it and of the reason, in
    words; a new process takes its place, and what the old one had not come to. What is given to a process that somebody
    ended while it was idle goes to another one, once. Processes start when all others are busy. May be used from
    several threads. Raises UsageError when `jobs` is 0 or below -1 or `seconds` not above 0.
    """

    def __init__(
        self,
        work: Callable[[T], R],
        jobs: int = 1,
        seconds: float | None = None,
        lost: Callable[[T, str], R] | None = None,
    ) -> None:
        self.count = count_of(jobs)
        self._work = work
        self._seconds = limit(seconds)
        self._lost = lost or _no_result
        self._lock = threading.RLock()
        self._waiting: deque[_Task[T, R]] = deque()
        self._processes: list[Process[_Task[T, R]]] = []
        self._packed: bytes | None = None
        self._closed: Exception | None = None

    def __enter__(self) -> Pool[T, R]:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(self) -> None:
        """Start a process now, which the first item finds ready."""
        with self._lock:
            if not self._processes and self._closed is None:
                self._begin()

    def submit(self, item: T) -> Future[R]:
        """The future `work` of an item; both are pickled. It can be cancelled while no process has it. A lost item has,
        without `lost`, a RuntimeError; when no process can be started it has what kept it. Raises UsageError when the
        pool is closed, and what kept an earlier process from starting."""
        with self._lock:
            if self._closed is not None:
                raise self._closed.with_traceback(None)
            task = _Task(item, Future[R]())
            self._waiting.append(task)
            self._hand_out()
        return task.future

    def close(self) -> None:
        """End the processes, whatever they are at; what is under way has no result (UsageError)."""
        self._end(UsageError("the pool of processes is closed"))

    def _begin(self) -> Process[_Task[T, R]]:
        if self._packed is None:
            self._packed = packed(self._work)
        process: Process[_Task[T, R]] = Process(self._packed)
        threading.Thread(target=self._watch, args=(process,), daemon=True).start()
        self._processes.append(process)
        return process

    def _hand_out(self) -> None:
        """Give what waits to the processes that have the fewest; holds the lock."""
        while self._waiting:
            free = min(self._processes, key=lambda process: len(process.given), default=None)
            if (free is None or free.given) and len(self._processes) < self.count:
                try:
                    free = self._begin()
                except Exception as error:  # such as no more threads
                    if free is None:
                        self._end(error)
                        return
                    self.count = len(self._processes)
            if free is None or len(free.given) >= _GIVEN:
                return
            task = self._waiting.popleft()
            # One that is given again runs already.
            if not task.future.running() and not task.future.set_running_or_notify_cancel():
                continue
            try:
                free.give(task, task.item)
            except Exception as error:  # it cannot be pickled
                task.future.set_exception(error)

    def _watch(self, process: Process[_Task[T, R]]) -> None:
        """What a thread does for each process: it starts it, and takes its results until there are none."""
        try:
            process.start()
            self._take_answers(process)
        except Exception as error:
            self._end(error)
        finally:
            process.close()

    def _take_answers(self, process: Process[_Task[T, R]]) -> None:
        first = FIRST_SECONDS
        idle = False
        try:
            while process.begun.get():
                idle = process.ended
                fine, value = process.answer(None if self._seconds is None else self._seconds + first)
                first = 0.0
                self._answered(process, fine, value)
        except TimeoutError:
            self._replace(process, f"took over {self._seconds:g} s")
        except (EOFError, OSError):
            self._replace(process, "ended the process that was at it", idle)

    def _answered(self, process: Process[_Task[T, R]], fine: bool, value: Any) -> None:
        with self._lock:
            if self._closed is not None:
                return
            future = process.given.popleft().future
            self._hand_out()
        if fine:
            future.set_result(value)
        else:
            future.set_exception(value)

    def _replace(self, process: Process[_Task[T, R]], reason: str, idle: bool = False) -> None:
        """Lose the item that a process is at, unless that had ended before; the others go to other processes."""
        process.kill()
        with self._lock:
            if self._closed is not None:
                return
            self._processes.remove(process)
            task = process.given.popleft()
            self._waiting.extendleft(reversed(process.given))
            innocent = idle and not task.again
            if innocent:
                self._waiting.appendleft(task._replace(again=True))
            self._hand_out()
        if innocent:
            return
        try:
            task.future.set_result(self._lost(task.item, reason))
        except Exception as error:
            task.future.set_exception(error)

    def _end(self, reason: Exception) -> None:
        with self._lock:
            if self._closed is not None:
                return
            self._closed = reason
            tasks = [task for process in self._processes for task in process.given] + list(self._waiting)
            self._waiting.clear()
        for process in self._processes:
            process.kill()
        for task in tasks:
            if task.future.running() or task.future.set_running_or_notify_cancel():
                task.future.set_exception(reason)


def _no_result(item: Any, reason: str) -> Any:
    raise RuntimeError(f"the work on an item {reason}")
