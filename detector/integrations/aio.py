"""`AsyncDetector`: a detector for programs that run on asyncio, crawlers above all.

Judging a page keeps a core busy for tens of milliseconds. Here that happens in other processes, so that the event loop
goes on fetching meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from detector.allowlist import AllowList
from detector.data import Page, UsageError, Verdict
from detector.detector import PAGE_SECONDS, Detector
from detector.index import ReferenceIndex
from detector.parallel import Pool
from detector.settings import Settings
from detector.verdicts import unreadable


class AsyncDetector:
    """A `Detector` in `workers` processes (at most one for each core, -1: that many), for one event loop.

    async with AsyncDetector("official.index") as detector:
        verdict = await detector.check(Page(url=..., html=...))

    `index`, `settings` and `allowed` as for `Detector`; an index that is open must have come from disk, since every
    process opens it anew. A process starts, which takes some seconds, when a page finds all others busy. A page that
    takes one longer than `page_seconds` (None: no limit), or ends it, is `unreadable`. `seconds` is the time that they
    have spent on judging. Raises IndexInvalid or ModelInvalid when made with a damaged index or model, UsageError when
    `workers` or `page_seconds` makes no sense.
    """

    def __init__(
        self,
        index: str | Path | ReferenceIndex | None = None,
        settings: Settings | None = None,
        allowed: AllowList | None = None,
        *,
        workers: int = 1,
        page_seconds: float | None = PAGE_SECONDS,
    ) -> None:
        check = Detector(index, settings, allowed).check
        self._pool: Pool[Page, tuple[Verdict, float]] = Pool(partial(_timed, check), workers, page_seconds, _lost)
        self.seconds = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def start(self) -> None:
        """Start a worker before the first page comes."""
        self._pool.start()

    async def check(self, page: Page) -> Verdict:
        """Judge a page. Any number of calls may wait, and each is answered for its own page; a worker has few pages at
        a time, in the order of the calls.

        A call may be cancelled at any moment: its page is judged only if a worker has it already. Never raises on page
        content, but UsageError for what is no `Page` and when the detector is closed.
        """
        if not isinstance(page, Page):
            raise UsageError(f"a page must be a Page, such as Page(url=..., html=...), not {type(page).__name__}")
        verdict, seconds = await asyncio.wrap_future(self._pool.submit(page))
        self.seconds += seconds
        return verdict

    async def close(self) -> None:
        """End the workers; calls still under way raise UsageError. Closing again does nothing."""
        await asyncio.to_thread(self._pool.close)


def _timed(check: Callable[[Page], Verdict], page: Page) -> tuple[Verdict, float]:
    start = time.perf_counter()
    verdict = check(page)
    return verdict, time.perf_counter() - start


def _lost(page: Page, reason: str) -> tuple[Verdict, float]:
    return unreadable(page, f"could not be judged ({reason})"), 0.0
