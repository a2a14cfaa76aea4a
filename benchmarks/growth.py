"""How what `detector score` does grows with the crawl, with the processes, and with the posts.

    python benchmarks/growth.py DATA --index official.index [--pages 1000 10000 100000] [--jobs 1 2] [--compared 1000]

DATA is the folder that `datasets/README.md` describes. The crawl is its 181 news pages over and over, each time at
other addresses; they are judged and written to a report as `detector score` does it, each size in a process of its own.
Of a run, its first 1,000 pages (or half of it, if that is less) left out:

- the median of the milliseconds a page in ten equal parts, and the last part's over the first's;
- the peak memory, and by how much it rises, in MB for 100,000 pages more (wanted: at most 5).

Then two processes against one, by turns, five times each over `--compared` pages, from when all work on: pages a second
(wanted: 1.8 times as many). The times of queries by posts are those that benchmarks/index_scale.py measured.
100,000 pages of 25 ms take 40 minutes of a core. Prints and writes benchmarks/results/growth.json and growth.svg; sizes
that are not asked for keep the figures they have.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any

from measuring import RESULTS, RUNS, cpu_seconds, machine, news_pages, peak_mb, write

from detector import Detector, Page
from detector.report import ReportWriter

SIZES, COMPARED = (1_000, 10_000, 100_000), 1_000
# Memory still settles while a crawl is smaller.
PARTS, WARM, LEAST_FOR_MEMORY = 10, 1_000, 10_000
WANTED_SLOPE, WANTED_SPEEDUP = 5, 1.8
COLOURS = ("steelblue", "darkorange", "seagreen", "gray")
Line = tuple[str, list[tuple[float, float]]]


def crawl(pages: Sequence[Page], size: int) -> Iterator[Page]:
    for number, page in enumerate(islice(cycle(pages), size)):
        joint = "&" if "?" in page.url else "?"
        yield Page(url=f"{page.url}{joint}copy={number // len(pages)}", html=page.html, input="crawl", offset=number)


def run(data: Path, index: Path, size: int, jobs: int, report: Path) -> dict[str, Any]:
    """Judge a crawl in this process; figures about it."""
    detector, pages = Detector(index), news_pages(data)
    warm = min(size // 2, WARM)
    part = max(1, (size - warm) // PARTS)
    start, before = time.perf_counter(), cpu_seconds()
    ends: list[float] = []
    peaks: list[int] = []
    with ReportWriter(report) as writer:
        for number, verdict in enumerate(detector.check_all(crawl(pages, size), jobs), start=1):
            writer.add(verdict)
            if number >= warm and (number - warm) % part == 0:
                ends.append(time.perf_counter())
                peaks.append(peak_mb())
    seconds = time.perf_counter() - start
    spent = [1000 * (end - begin) / part for begin, end in pairwise(ends)]
    rise = (peaks[-1] - peaks[0]) / (part * (len(peaks) - 1)) * 100_000
    return {
        "pages": size,
        "jobs": jobs,
        "seconds": round(seconds, 1),
        "cpu_ms_a_page": round(1000 * (cpu_seconds() - before) / size, 2),
        "ms_a_page": round(statistics.median(spent), 2),
        "last_part_over_first": round(spent[-1] / spent[0], 3),
        "peak_mb": peak_mb(),
        "mb_for_100000_more": round(rise, 1) if size >= LEAST_FOR_MEMORY else None,
    }


def in_own_process(arguments: argparse.Namespace, size: int, jobs: int) -> dict[str, Any]:
    command = [sys.executable, __file__, str(arguments.data), "--index", str(arguments.index), "--run-only"]
    ran = subprocess.run([*command, "--pages", str(size), "--jobs", str(jobs)], stdout=subprocess.PIPE, check=True)
    return dict(json.loads(ran.stdout))


def compare(data: Path, index: Path, jobs: Sequence[int], size: int) -> dict[str, Any]:
    """Pages a second with each number of processes, by turns, in one process."""
    detector, pages = Detector(index), news_pages(data)
    for page in pages[:20]:
        detector.check(page)
    rates: dict[int, list[float]] = {count: [] for count in jobs}
    warm = size // 10
    for _ in range(RUNS):
        for count in jobs:
            start = 0.0
            for number, _ in enumerate(detector.check_all(crawl(pages, size), count), start=1):
                if number == warm:
                    start = time.perf_counter()
            rates[count].append((size - warm) / (time.perf_counter() - start))
    first = rates[jobs[0]]
    speedup = {
        f"{count}_over_{jobs[0]}": [round(rate / one, 3) for rate, one in zip(rates[count], first, strict=True)]
        for count in jobs[1:]
    }
    return {
        "pages": size,
        "pages_a_second": {str(count): round(statistics.median(found), 1) for count, found in rates.items()},
        "speedup": {name: statistics.median(found) for name, found in speedup.items()},
        "speedups": speedup,
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
    }


def queries() -> list[Line]:
    """Of benchmarks/index_scale.py: the times of queries over the posts; nothing where it has not run."""
    written = RESULTS / "index_scale.json"
    sizes = json.loads(written.read_text(encoding="utf-8"))["sizes"].values() if written.exists() else ()
    named = {"copies": "copies_query_ms", "other pages": "strangers_query_ms"}
    return [
        (f"{name}, {what}", sorted((row["posts"], row[key][what]) for row in sizes))
        for name, key in named.items()
        for what in ("p50", "p99")
    ]


def plot(panels: Sequence[tuple[str, str, Sequence[Line]]]) -> str:
    """An SVG: panels side by side, each a title, what is from left to right, and lines, on logarithmic scales."""
    drawn = "".join(
        f'<g transform="translate({360 * place} 0)">{_panel(*panel)}</g>' for place, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {360 * len(panels)} 360" font-family="sans-serif"'
        f' font-size="9"><rect width="{360 * len(panels)}" height="360" fill="white"/>{drawn}</svg>\n'
    )


def _panel(title: str, across: str, lines: Sequence[Line]) -> str:
    points = [point for _, line in lines for point in line]
    if not points:
        return f'<text x="40" y="20">{title}: not measured</text>'
    left, right = _decades(x for x, _ in points)
    low, high = _decades(y for _, y in points)

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            40 + 300 * (math.log10(x) - left) / (right - left),
            320 - 280 * (math.log10(y) - low) / (high - low),
        )

    parts = [f'<path d="M40 320H340M40 320V40" stroke="black" fill="none"/><text x="40" y="20">{title}</text>']
    for decade in range(left, right + 1):
        parts.append(f'<text x="{place(10**decade, 10**low)[0]:.1f}" y="334">{10**decade:,}</text>')
    for decade in range(low, high + 1):
        parts.append(f'<text x="8" y="{place(10**left, 10**decade)[1]:.1f}">{10**decade:g}</text>')
    for number, (name, line) in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        at = [place(*point) for point in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(f'<polyline points="{path}" stroke="{colour}" fill="none"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in at]
        parts.append(f'<text x="48" y="{36 + 12 * number}" fill="{colour}">{name}</text>')
    return "".join([*parts, f'<text x="180" y="350">{across}</text>'])


def _decades(values: Iterator[float]) -> tuple[int, int]:
    """The powers of ten that all values are between."""
    logarithms = [math.log10(max(value, 1e-9)) for value in values]
    low, high = math.floor(min(logarithms)), math.ceil(max(logarithms))
    return low, max(high, low + 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--pages", type=int, nargs="+", default=SIZES)
    parser.add_argument("--jobs", type=int, nargs="+", default=(1, 2))
    parser.add_argument("--compared", type=int, default=COMPARED, help="pages of the comparison of processes; 0: none")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "growth.json", help="the plot goes beside it")
    parser.add_argument("--run-only", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if min(arguments.pages) < 2 * PARTS:
        parser.error(f"a crawl that is looked at in {PARTS} parts has {2 * PARTS} pages at least")
    if arguments.run_only:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.csv"
            print(json.dumps(run(arguments.data, arguments.index, arguments.pages[0], arguments.jobs[0], report)))
        return
    output: Path = arguments.output
    result = json.loads(output.read_text(encoding="utf-8")) if output.exists() else {"runs": {}}
    for size in arguments.pages:
        for jobs in arguments.jobs:
            figures = in_own_process(arguments, size, jobs)
            result["runs"][f"{size} pages, {jobs} jobs"] = {**figures, "machine": machine()}
            print(json.dumps(figures), file=sys.stderr, flush=True)
    if arguments.compared:
        result["processes"] = compare(arguments.data, arguments.index, arguments.jobs, arguments.compared)
    print(json.dumps(result, indent=1))
    print(
        f"wanted: {WANTED_SLOPE} MB for 100,000 pages more at most, {WANTED_SPEEDUP} times as fast with two processes"
    )
    write(result, output)
    runs = result["runs"].values()
    lines = [
        (f"{jobs} jobs", sorted((one["pages"], one["ms_a_page"]) for one in runs if one["jobs"] == jobs))
        for jobs in sorted({one["jobs"] for one in runs})
    ]
    panels = [("ms a page", "pages of a crawl", lines), ("ms a query", "posts in the index", queries())]
    output.with_suffix(".svg").write_text(plot(panels), encoding="utf-8")


if __name__ == "__main__":
    main()
