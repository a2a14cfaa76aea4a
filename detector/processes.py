"""A process that does the work it is started with on one item after the other."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from detector.data import UsageError

T = TypeVar("T")

# Seconds in which a process must be ready, and more of them for its first item: on a new machine the loops are compiled
# then.
FIRST_SECONDS = 120.0
# The operating system waits for no longer, 23 days.
_LONGEST_WAIT = 2_000_000.0
# There are as many processes as cores: each has one thread for its arithmetic.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def count_of(jobs: int) -> int:
    """How many processes `jobs` are: at most one for each core that this process may use (-1: that many), since the
    work keeps a core busy and more only take memory, and minutes to start. Raises UsageError when 0 or below -1."""
    from joblib import cpu_count

    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs == 0 or jobs < -1:
        raise UsageError(f"jobs must be a positive number or -1, not {jobs}")
    cores = int(cpu_count())
    return cores if jobs == -1 else min(jobs, cores)


def packed(work: Any) -> bytes:
    """A function for processes; it may be defined in the program that was started."""
    from joblib.externals.loky.backend.reduction import dumps

    return bytes(dumps(work))


class Process(Generic[T]):
    """A process for `work`, a packed function of an item; it is at the first of `given`.

    `start` and `answer` are for one thread, which waits in them; `give` is for who holds the lock that guards `given`.
    """

    def __init__(self, work: bytes) -> None:
        self.given: deque[T] = deque()
        # One entry for each item given, and a last None.
        self.begun: SimpleQueue[bool | None] = SimpleQueue()
        self._work = work
        # A process reads nothing while it works, and a large item does not go into a pipe.
        self._packed: SimpleQueue[Any] = SimpleQueue()
        self._lock = threading.Lock()
        self._process: Any = None
        self._killed = False
        self._results: Connection | None = None

    def start(self) -> None:
        """Start it and wait until it is ready. Raises RuntimeError when it does not get so far, and what unpickling the
        work raises."""
        from joblib.externals.loky.backend import get_context

        # Unlike those of the standard library these processes do not run the program that was started once more.
        context = get_context("loky")
        try:
            tasks, ours = context.Pipe(duplex=False)
            threading.Thread(target=self._feed, args=(ours,), daemon=True).start()
            self._results, results = context.Pipe(duplex=False)
            # Only the process has these when it has started: when it ends, `answer` says so.
            with tasks, results, self._lock:
                if self._killed:
                    return
                process = context.Process(target=_serve, args=(self._work, tasks, results), daemon=True, env=ONE_THREAD)
                with _no_interrupts():
                    process.start()
                self._process = process
            fine, error = self.answer(FIRST_SECONDS)
        except TimeoutError:
            raise RuntimeError(f"a process was not ready {FIRST_SECONDS:g} s after its start") from None
        except (EOFError, OSError) as failure:
            raise RuntimeError(f"a process could not be started ({failure or 'it has ended'})") from failure
        if not fine:
            raise error

    def give(self, entry: T, item: Any) -> None:
        """Add an entry to `given`, of which the process gets the item. Raises what pickling it does."""
        self._packed.put(ForkingPickler.dumps(item))
        self.given.append(entry)
        self.begun.put(True)

    def answer(self, seconds: float | None) -> tuple[bool, Any]:
        """Whether it went well, and the result or error. Raises TimeoutError when there is none within `seconds`,
        EOFError or OSError when the process has ended."""
        assert self._results is not None
        if not self._results.poll(None if seconds is None else min(seconds, _LONGEST_WAIT)):
            raise TimeoutError
        return self._results.recv()

    @property
    def ended(self) -> bool:
        """Whether the process has started and is no more."""
        with self._lock:
            return self._process is not None and not self._process.is_alive()

    def kill(self) -> None:
        """End it; who waits for its answer gets an error."""
        with self._lock:
            self._killed = True
            if self._process is not None and self._process.is_alive():
                os.kill(self._process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
                self._process.join()
        self._packed.put(None)
        self.begun.put(None)

    def close(self) -> None:
        """Kill it, and let go of what it said; for who waits for its answers."""
        self.kill()
        if self._results is not None:
            self._results.close()

    def _feed(self, tasks: Connection) -> None:
        with tasks:
            try:
                while (packed := self._packed.get()) is not None:
                    tasks.send_bytes(packed)
            except OSError:
                pass  # it has ended


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Processes that start here never get the SIGINT that a terminal sends to all: they are ended by this one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from joblib.externals.loky.backend import resource_tracker as lokys

    # The first process of all needs these two, and starting them would let the signal through again.
    resource_tracker.ensure_running()
    lokys.ensure_running()
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
