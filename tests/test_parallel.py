"""Streams of work in other processes: order, bounds, stuck and dying workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from detector import parallel, processes
from detector.allowlist import AllowList
from detector.data import IndexInvalid, Page, UsageError
from detector.detector import Detector
from detector.parallel import Pool, mapped
from tests.samples import COOKING


@pytest.fixture(autouse=True)
def no_first_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "FIRST_SECONDS", 5.0)
    monkeypatch.setattr(processes, "FIRST_SECONDS", 30.0)


def work(item: int | str) -> str:
    """What an item asks for; where it is done is said too."""
    match item:
        case "sleep":
            time.sleep(600)
        case "nap":
            time.sleep(0.02)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise UsageError("no such item")
        case "odd":
            return lambda: "cannot be sent"  # type: ignore[return-value]
        case "large":
            return "x" * 3_000_000
    return str(item)


def lost(item: int | str, reason: str) -> str:
    return f"{item} {reason}"


@pytest.mark.parametrize("jobs", [1, 2])
def test_order_is_kept_around_what_is_stuck_or_dies(jobs: int) -> None:
    items = [*range(10), "sleep", *range(10, 60), "die", 60, "die", "sleep", *range(61, 100)]
    found = list(mapped(work, items, jobs, 0.5, lost))
    said = {"sleep": "sleep took over 0.5 s", "die": "die ended the process that was at it"}
    assert found == [said.get(str(item), str(item)) for item in items]


def test_a_limit_counts_from_when_an_item_is_begun() -> None:
    """A consumer that takes its time is no reason to kill anybody."""
    results = mapped(work, range(200), 2, 0.5, lost)
    assert next(results) == "0"
    time.sleep(2)
    assert list(results) == [str(number) for number in range(1, 200)]


def test_large_items_and_results_block_nobody() -> None:
    found = list(mapped(len, ["x" * 3_000_000] * 40, 2, 30, lambda item, reason: -1))
    assert found == [3_000_000] * 40
    assert [len(text) for text in mapped(work, ["large"] * 40, 2)] == [3_000_000] * 40


def test_what_work_raises_is_raised() -> None:
    with pytest.raises(UsageError, match="no such item"):
        list(mapped(work, [1, "raise", 2], 2))
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        list(mapped(work, [1, "odd", 2], 2))
    with pytest.raises(RuntimeError, match="ended the process"):
        list(mapped(work, [1, "die"], 2))


def test_work_may_be_a_closure() -> None:
    more = 2
    assert list(mapped(lambda item: item + more, range(5), 2)) == [2, 3, 4, 5, 6]


def test_a_pool_is_given_items_by_several_threads() -> None:
    with Pool(work, 2, 0.5, lost) as pool, ThreadPoolExecutor(8) as threads:
        futures = list(threads.map(pool.submit, [*range(20), "die", *range(20, 40)]))
        assert [future.result() for future in futures] == [
            *map(str, range(20)),
            "die ended the process that was at it",
            *map(str, range(20, 40)),
        ]


def test_what_is_cancelled_in_time_is_not_done() -> None:
    with Pool(work, 1) as pool:
        futures = [pool.submit("nap") for _ in range(10)]
        assert futures[9].cancel()
        assert not futures[0].cancel()
        assert [future.result() for future in futures[:9]] == ["nap"] * 9
        assert pool.submit("nap").result() == "nap"


def test_closing_ends_what_is_under_way() -> None:
    pool = Pool(work, 2)
    pool.start()
    futures = [pool.submit("sleep") for _ in range(20)]
    futures[19].cancel()
    start = time.monotonic()
    pool.close()
    pool.close()
    assert time.monotonic() - start < 10
    assert futures[19].cancelled()
    for future in futures[:19]:
        with pytest.raises(UsageError, match="is closed"):
            future.result()
    with pytest.raises(UsageError, match="is closed"):
        pool.submit(1)


def test_what_an_idle_process_that_was_killed_gets_is_done_by_another() -> None:
    with Pool(work, 1, 30.0, lost) as pool:
        assert pool.submit(1).result() == "1"
        process = pool._processes[0]
        assert process._process is not None
        os.kill(process._process.pid, signal.SIGKILL)
        while not process.ended:
            time.sleep(0.02)
        futures = [pool.submit(item) for item in (2, "die", 3)]
        assert [future.result() for future in futures] == ["2", "die ended the process that was at it", "3"]


@pytest.mark.parametrize("there", [0, 1])
def test_threads_that_cannot_start_leave_no_item_without_a_result(monkeypatch: pytest.MonkeyPatch, there: int) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with Pool(work, 2) as pool:
        if there:
            assert pool.submit(0).result() == "0"
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            futures = [pool.submit("nap") for _ in range(9 if there else 1)]
        if there:
            assert [future.result(60) for future in futures] == ["nap"] * 9
            return
        with pytest.raises(RuntimeError, match="new thread"):
            futures[0].result(60)
        with pytest.raises(RuntimeError, match="new thread"):
            pool.submit(1)


class Broken:
    """Work that no process gets to read."""

    def __init__(self, reading: Callable[[], object]) -> None:
        self.reading = reading

    def __call__(self, item: int) -> int:
        return item

    def __reduce__(self) -> tuple[object, ...]:
        return self.reading, ()


def hang() -> None:
    time.sleep(600)


def refuse() -> None:
    raise IndexInvalid("the index is gone")


def lack() -> None:
    raise PermissionError("the index may not be read")


def end() -> None:
    os._exit(3)


@pytest.mark.parametrize(
    ("reading", "error", "said"),
    [
        (hang, RuntimeError, "not ready 2 s after its start"),
        (refuse, IndexInvalid, "the index is gone"),
        (lack, PermissionError, "the index may not be read"),
        (end, RuntimeError, "could not be started"),
    ],
)
def test_a_process_that_does_not_start_ends_the_pool(
    monkeypatch: pytest.MonkeyPatch, reading: Callable[[], object], error: type[Exception], said: str
) -> None:
    if reading is hang:
        monkeypatch.setattr(processes, "FIRST_SECONDS", 2.0)
    with pytest.raises(error, match=said):
        list(mapped(Broken(reading), range(5), 2))


def test_an_item_that_cannot_be_sent_harms_no_other() -> None:
    with Pool(str, 1) as pool:
        odd, good = pool.submit(lambda: None), pool.submit(3)
        with pytest.raises((AttributeError, TypeError), match="pickle"):
            odd.result()
        assert good.result() == "3"


def test_reading_that_fails_ends_the_processes() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(mapped(work, items(), 2))


def test_a_limit_may_be_endless() -> None:
    assert list(mapped(work, range(3), 1, float("inf"))) == ["0", "1", "2"]


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_impossible_limits_are_refused(seconds: float) -> None:
    with pytest.raises(UsageError, match="above 0"):
        list(mapped(work, [], 2, seconds))


@pytest.mark.parametrize(("jobs", "found"), [(2, 2), (1_000, 3), (-1, 3)])
def test_processes_are_at_most_the_cores(monkeypatch: pytest.MonkeyPatch, jobs: int, found: int) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 3)
    assert processes.count_of(jobs) == found


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be kept from a thread here")
def test_the_first_process_of_all_gets_no_interrupts() -> None:
    program = (
        "import signal\n"
        "from detector.parallel import mapped\n"
        "print(*mapped(lambda item: signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []), [1], 1, 60.0))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


class Stuck(AllowList):
    """Hangs when asked about one page, as a page could make the detector hang."""

    def entry_for(self, url: str) -> None:
        if "hang" in url:
            time.sleep(600)
        if "die" in url:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_stuck_page_is_unreadable(jobs: int) -> None:
    urls = [f"https://a.example/{name}" for name in (1, "hang", 2, "die", 3)]
    pages = (Page(url, text=COOKING) for url in urls)
    verdicts = list(Detector(allowed=Stuck()).check_all(pages, jobs, page_seconds=1.5))
    assert [verdict.url for verdict in verdicts] == urls
    assert [verdict.label for verdict in verdicts] == ["clean", "unreadable", "clean", "unreadable", "clean"]
    assert verdicts[1].reason == "could not be judged (took over 1.5 s)"
    assert verdicts[3].reason == "could not be judged (ended the process that was at it)"


def test_partial_work_is_pickled_once() -> None:
    assert list(mapped(partial(int, base=2), ["1", "10", "11"], 2)) == [1, 2, 3]
