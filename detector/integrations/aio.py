"""`AsyncDetector`: a detector for programs that run on asyncio, crawlers above all.

Judging a page keeps a core busy for tens of milliseconds. Here that happens in other processes, so that the event loop
goes on fetching meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from detector.allowlist import AllowList
from detector.data import Page, Settings, UsageError, Verdict
from detector.detector import Detector
from detector.index import ReferenceIndex
from detector.parallel import Workers
from detector.verdicts import unreadable

# Pages handed to each worker: the one that it is at, and the next.
_PAGES_A_WORKER = 2


class AsyncDetector:
    """A `Detector` in `workers` processes (at most one for each core, -1: that many), for one event loop.

    async with AsyncDetector("official.index") as detector:
        verdict = await detector.check(Page(url=..., html=...))

    `index`, `settings` and `allowed` as for `Detector`; an index that is open must have come from disk, since every
    process opens it anew. The processes start with the first page, which takes some seconds. `seconds` is the time that
    they have spent on judging. Raises IndexInvalid or ModelInvalid when made with a damaged index or model,
    UsageError when `workers` makes no sense.
    """

    def __init__(
        self,
        index: str | Path | ReferenceIndex | None = None,
        settings: Settings | None = None,
        allowed: AllowList | None = None,
        *,
        workers: int = 1,
    ) -> None:
        self._work = partial(_timed, Detector(index, settings, allowed).check)
        self._workers = Workers(workers)
        self._slots = asyncio.Semaphore(_PAGES_A_WORKER * self._workers.count)
        self._under_way: set[asyncio.Task[Verdict]] = set()
        self.seconds = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def check(self, page: Page) -> Verdict:
        """Judge a page. Any number of calls may wait, and each is answered for its own page; only so many as keep the
        workers busy are handed to them at a time, in the order of the calls.

        A call may be cancelled at any moment: what a worker is at, it finishes, and only then takes another page.
        A page that kills the process that judges it is `unreadable`. Never raises on page content, but UsageError for
        what is no `Page` and when the detector is closed.
        """
        if not isinstance(page, Page):
            raise UsageError(f"a page must be a Page, such as Page(url=..., html=...), not {type(page).__name__}")
        await self._slots.acquire()
        # A task of its own, so that a cancelled call does not give its slot away before the worker is free.
        judging = asyncio.get_running_loop().create_task(self._judge(page))
        self._under_way.add(judging)
        judging.add_done_callback(self._done)
        return await asyncio.shield(judging)

    async def close(self) -> None:
        """End the workers; calls still under way raise UsageError. Closing again does nothing."""
        await asyncio.to_thread(self._workers.close)
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _judge(self, page: Page) -> Verdict:
        try:
            return await self._judged(self._workers, page)
        except BrokenExecutor:
            pass
        # This page or another that was handed out with it killed its process: alone it shows which.
        alone = Workers()
        try:
            return await self._judged(alone, page)
        except BrokenExecutor:
            return unreadable(page, "could not be judged (the process that judged it died)")
        finally:
            await asyncio.to_thread(alone.close)

    async def _judged(self, workers: Workers, page: Page) -> Verdict:
        try:
            verdict, seconds = await asyncio.wrap_future(workers.submit(self._work, page))
        except BrokenExecutor:
            raise
        except RuntimeError as error:  # what a pool says that is shut down
            raise UsageError("the detector was closed before the page was judged") from error
        self.seconds += seconds
        return verdict

    def _done(self, judging: asyncio.Task[Verdict]) -> None:
        self._under_way.discard(judging)
        self._slots.release()
        if not judging.cancelled():
            judging.exception()  # seen, also when the call that waited for it is gone


def _timed(check: Callable[[Page], Verdict], page: Page) -> tuple[Verdict, float]:
    start = time.perf_counter()
    verdict = check(page)
    return verdict, time.perf_counter() - start
