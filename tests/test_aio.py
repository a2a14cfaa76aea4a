from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from detector import Detector, Page, ReferenceIndex, Settings, UsageError, Verdict, parallel
from detector.data import IndexInvalid
from detector.integrations.aio import AsyncDetector, _timed
from tests.samples import COOKING, POSTS, SCHEDULER

PAGES = [
    Page(url=f"https://copies.example/{number}", text=f"{text}\n{number} is the number of this page.")
    for number, text in enumerate([SCHEDULER, COOKING, "Nothing but a few words of its own stand here."] * 4)
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("aio") / "official.index"
    ReferenceIndex.build(path, POSTS)
    yield path


def test_verdicts_are_those_of_the_detector_whatever_the_order(index: Path) -> None:
    async def crawl() -> tuple[list[Verdict], float]:
        async with AsyncDetector(index, Settings(threshold=0.6), workers=2) as detector:
            return await asyncio.gather(*map(detector.check, PAGES)), detector.seconds

    verdicts, seconds = asyncio.run(crawl())
    plain = Detector(index, Settings(threshold=0.6))
    assert verdicts == [plain.check(page) for page in PAGES]
    assert seconds > 0


def test_the_loop_goes_on_meanwhile(index: Path) -> None:
    async def crawl() -> int:
        async with AsyncDetector(index) as detector:
            await detector.check(PAGES[0])
            calls = asyncio.gather(*map(detector.check, PAGES))
            turns = 0
            while not calls.done():
                await asyncio.sleep(0)
                turns += 1
            await calls
        return turns

    assert asyncio.run(crawl()) > 10 * len(PAGES)


def _slow(page: Page) -> Verdict:
    time.sleep(0.2)
    return Verdict(page.url, "clean", 0.0, "")


def _deadly(page: Page) -> Verdict:
    if page.url.endswith("/1"):
        os.kill(os.getpid(), signal.SIGKILL)
    return _slow(page)


def _stuck(page: Page) -> Verdict:
    if page.url.endswith("/2"):
        time.sleep(600)
    return _slow(page)


def judging_by(work: Callable[[Page], Verdict], **chosen: Any) -> AsyncDetector:
    """A detector that judges in another way."""
    detector = AsyncDetector(**chosen)
    detector._pool._work = partial(_timed, work)
    return detector


def test_cancelled_calls_give_their_place_away() -> None:
    async def crawl() -> tuple[list[Verdict], float]:
        async with judging_by(_slow) as detector:
            await detector.check(PAGES[0])
            dropped = [asyncio.create_task(detector.check(page)) for page in PAGES * 4]
            await asyncio.sleep(0.05)
            for task in dropped:
                task.cancel()
            await asyncio.gather(*dropped, return_exceptions=True)
            start = time.perf_counter()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(detector.check(PAGES[3]), 0.01)
            return await asyncio.gather(*map(detector.check, PAGES[:3])), time.perf_counter() - start

    verdicts, seconds = asyncio.run(crawl())
    assert [verdict.url for verdict in verdicts] == [page.url for page in PAGES[:3]]
    assert seconds < 0.2 * len(PAGES)


@pytest.mark.parametrize(
    ("work", "at", "said"), [(_deadly, 1, "ended the process that was at it"), (_stuck, 2, "took over 1 s")]
)
def test_a_page_that_kills_or_stops_its_process_is_unreadable_and_no_other(
    monkeypatch: pytest.MonkeyPatch, work: Callable[[Page], Verdict], at: int, said: str
) -> None:
    monkeypatch.setattr(parallel, "FIRST_SECONDS", 5.0)

    async def crawl() -> list[Verdict]:
        async with judging_by(work, workers=2, page_seconds=1) as detector:
            return await asyncio.gather(*map(detector.check, PAGES[:5]))

    verdicts = asyncio.run(crawl())
    assert [verdict.url for verdict in verdicts] == [page.url for page in PAGES[:5]]
    assert [verdict.label for verdict in verdicts] == ["unreadable" if n == at else "clean" for n in range(5)]
    assert verdicts[at].reason == f"could not be judged ({said})"


def test_closing_ends_what_is_under_way() -> None:
    async def crawl() -> tuple[list[object], float]:
        detector = judging_by(_slow)
        detector.start()
        await detector.check(PAGES[0])
        calls = [asyncio.create_task(detector.check(page)) for page in PAGES]
        await asyncio.sleep(0.05)
        start = time.perf_counter()
        await detector.close()
        await detector.close()
        results = await asyncio.gather(*calls, return_exceptions=True)
        with pytest.raises(UsageError, match="closed"):
            await detector.check(PAGES[0])
        return list(results), time.perf_counter() - start

    results, seconds = asyncio.run(crawl())
    assert all(isinstance(result, UsageError) for result in results)
    assert seconds < 2


@pytest.mark.parametrize("workers", [0, -2, 1.5, True])
def test_workers_must_make_sense(workers: int) -> None:
    with pytest.raises(UsageError, match="jobs must be"):
        AsyncDetector(workers=workers)


def test_bad_calls_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexInvalid):
        AsyncDetector(tmp_path / "missing.index")

    async def crawl() -> None:
        async with AsyncDetector() as detector:
            await detector.check("https://copies.example")  # type: ignore[arg-type]

    with pytest.raises(UsageError, match="a page must be a Page"):
        asyncio.run(crawl())
