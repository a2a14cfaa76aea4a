from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from detector import Detector, Page, ReferenceIndex, Settings, UsageError, Verdict
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


def test_the_loop_goes_on_meanwhile_and_little_is_handed_out(index: Path) -> None:
    async def crawl() -> tuple[int, int]:
        async with AsyncDetector(index) as detector:
            await detector.check(PAGES[0])
            calls = asyncio.gather(*map(detector.check, PAGES))
            turns, most = 0, 0
            while not calls.done():
                await asyncio.sleep(0)
                turns, most = turns + 1, max(most, len(detector._under_way))
            await calls
        return turns, most

    turns, most = asyncio.run(crawl())
    assert turns > 10 * len(PAGES)
    assert most == 2


def _slow(page: Page) -> Verdict:
    time.sleep(0.2)
    return Verdict(page.url, "clean", 0.0, "")


def _deadly(page: Page) -> Verdict:
    if page.url.endswith("/1"):
        os.kill(os.getpid(), signal.SIGKILL)
    return _slow(page)


def test_cancelled_calls_give_their_place_away_when_the_worker_is_free() -> None:
    async def crawl() -> tuple[list[Verdict], int]:
        async with AsyncDetector() as detector:
            detector._work = partial(_timed, _slow)
            await detector.check(PAGES[0])
            dropped = [asyncio.create_task(detector.check(page)) for page in PAGES]
            await asyncio.sleep(0.05)
            for task in dropped:
                task.cancel()
            await asyncio.gather(*dropped, return_exceptions=True)
            left = len(detector._under_way)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(detector.check(PAGES[3]), 0.01)
            return await asyncio.gather(*map(detector.check, PAGES[:3])), left

    verdicts, left = asyncio.run(crawl())
    assert left == 2
    assert [verdict.url for verdict in verdicts] == [page.url for page in PAGES[:3]]


def test_a_page_that_kills_its_process_is_unreadable_and_no_other() -> None:
    async def crawl() -> list[Verdict]:
        async with AsyncDetector(workers=2) as detector:
            detector._work = partial(_timed, _deadly)
            return await asyncio.gather(*map(detector.check, PAGES[:5]))

    verdicts = asyncio.run(crawl())
    assert [verdict.label for verdict in verdicts] == ["clean", "unreadable", "clean", "clean", "clean"]
    assert "died" in verdicts[1].reason


def test_closing_ends_what_is_under_way() -> None:
    async def crawl() -> tuple[list[object], float]:
        detector = AsyncDetector()
        detector._work = partial(_timed, _slow)
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
