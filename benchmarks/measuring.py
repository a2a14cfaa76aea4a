"""What the benchmarks of speed share: calls timed side by side, memory, the machine, and where the figures go."""

from __future__ import annotations

import gzip
import json
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from detector import Page

RESULTS = Path(__file__).parent / "results"
RUNS = 5
Times = dict[str, list[float]]


def rounds(calls: Mapping[str, Callable[[], object]], runs: int = RUNS) -> Times:
    """Seconds of processor time of each call, one a run. Every run makes all calls one after the other, so that what
    else the machine does falls on all alike. Nothing is warmed up."""
    times: Times = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            start = time.process_time()
            call()
            times[name].append(time.process_time() - start)
    return times


def medians(times: Times, scale: float = 1.0, digits: int = 3) -> dict[str, float]:
    return {name: round(scale * statistics.median(runs), digits) for name, runs in times.items()}


def times_as_long(times: Times, name: str, as_name: str, digits: int = 2) -> float:
    """How many times as long one call takes as another: the median of the runs, each compared with itself."""
    pairs = zip(times[name], times[as_name], strict=True)
    return round(statistics.median(one / other for one, other in pairs), digits)


def cpu_seconds() -> float:
    """Processor time so far, of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_mb() -> int:
    """The most memory that this process had so far, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def resident_mb() -> float:
    """The memory that this process has now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def machine() -> dict[str, Any]:
    cpu = Path("/proc/cpuinfo")
    named = [line for line in cpu.read_text().splitlines() if line.startswith("model name")] if cpu.exists() else []
    return {
        "processor": named[0].partition(":")[2].strip() if named else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "load_at_the_end": round(os.getloadavg()[1], 1),
    }


def rows(path: Path, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The first rows of a gzipped file of JSON Lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, islice(file, limit))


def news_pages(data: Path, limit: int | None = None) -> list[Page]:
    """The news pages as crawled, see `datasets/README.md`."""
    return [Page(url=row["url"], html=row["html"]) for row in rows(data / "pages" / "test_scrapinghub.jsonl.gz", limit)]


def write(result: Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
