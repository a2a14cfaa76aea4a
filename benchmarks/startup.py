"""How long it takes until something happens: importing, `--help`, the first verdict.

    python benchmarks/startup.py [--index official.index] [--runs 5] [--cold-runs 1]

Each in fresh processes, the median of the runs, wall and processor time; of `import` and `--help` beside an empty
program of the same Python. The first verdict is on a page of the demo, against the demo's posts or the index given,
with everything compiled; the cold one compiles everything into a cache of its own, which takes a minute. Wanted:
0.3 s for the import and for `--help`, 1.5 s for the first verdict. Prints and writes benchmarks/results/startup.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import RESULTS, RUNS, machine, write

from detector import ReferenceIndex, read_pages
from detector.resources import datasets_dir

PROJECT = Path(__file__).parent.parent
DEMO = datasets_dir() / "demo"
WANTED = {"import detector": 0.3, "detector --help": 0.3, "first verdict": 1.5}
VERDICT = (
    "import sys; from detector import Detector, Page; html = open(sys.argv[2], 'rb').read();"
    "print(Detector(index=sys.argv[1]).check(Page(url='https://crawled.example/', html=html)).label)"
)


def spent(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds, and seconds of processor time, of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def summary(runs: list[tuple[float, float]]) -> dict[str, float]:
    wall, processor = zip(*runs, strict=True)
    return {"seconds": round(statistics.median(wall), 3), "cpu_seconds": round(statistics.median(processor), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, help="an index that is there")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--cold-runs", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "startup.json")
    arguments = parser.parse_args()
    path = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    page = next(iter(sorted((DEMO / "crawl" / "news").glob("*.html"))))
    with tempfile.TemporaryDirectory() as folder:
        index = arguments.index or Path(folder) / "official.index"
        if not arguments.index:
            ReferenceIndex.build(index, read_pages(DEMO / "posts.jsonl"))
        verdict = [sys.executable, "-c", VERDICT, str(index), str(page)]
        commands = {
            "empty program": [sys.executable, "-c", "pass"],
            "import detector": [sys.executable, "-c", "import detector"],
            "detector --help": [sys.executable, "-m", "detector", "--help"],
            "first verdict": verdict,
        }
        for command in commands.values():
            spent(command, environment)
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(arguments.runs):
            for name, command in commands.items():
                runs[name].append(spent(command, environment))
        for number in range(arguments.cold_runs):
            cold = {**environment, "NUMBA_CACHE_DIR": str(Path(folder) / f"cache-{number}")}
            runs.setdefault("first verdict, everything to be compiled", []).append(spent(verdict, cold))
    figures: dict[str, Any] = {name: summary(found) for name, found in runs.items()}
    print(json.dumps(figures, indent=1))
    missed = [name for name, most in WANTED.items() if figures[name]["seconds"] > most]
    print(f"slower than wanted: {', '.join(missed) or 'nothing'}")
    write({"machine": machine(), "runs": arguments.runs, "wanted_seconds": WANTED, **figures}, arguments.output)


if __name__ == "__main__":
    main()
