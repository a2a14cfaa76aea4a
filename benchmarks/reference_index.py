"""The reference index over real posts: time to build, bytes a post, time to open and to ask.

    python benchmarks/reference_index.py DATA [--keep official.index]

DATA is the folder that `datasets/README.md` describes. Asks with the texts of the labelled pages, which are
mostly no copies, and with the posts themselves. Prints and writes benchmarks/results/reference_index.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from detector import Page, ReferenceIndex, read_pages
from detector.text import tokenise

RESULTS = Path(__file__).parent / "results" / "reference_index.json"
ASKED = 300
OPENED = 7


def milliseconds(call: Callable[[str], object], texts: Iterable[str]) -> list[float]:
    times = []
    for text in texts:
        start = time.perf_counter()
        call(text)
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times)


def spread(times: list[float]) -> dict[str, float]:
    return {"p50": round(statistics.median(times), 2), "p99": round(times[int(0.99 * (len(times) - 1))], 2)}


def texts_of_pages(data: Path) -> list[str]:
    with gzip.open(data / "pages" / "train_wcxb.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line)["main_text"] for line, _ in zip(file, range(ASKED), strict=False)]


def texts_of_posts(data: Path) -> list[str]:
    with gzip.open(data / "official" / "posts.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in list(file)[:: 13_509 // ASKED]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--keep", type=Path, help="leave the index here")
    arguments = parser.parse_args()
    official = arguments.data / "official"
    tokenise("compiled before the clock starts")
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.keep or Path(folder) / "official.index"
        ReferenceIndex.build(Path(folder) / "warm.index", [Page(url="https://a.example/", text="a b c d e f g h i")])
        start = time.perf_counter()
        index = ReferenceIndex.build(path, read_pages(official / "posts.jsonl.gz", official / "posts_i18n.jsonl.gz"))
        build = time.perf_counter() - start
        info = index.info()
        # In a process of its own: the time that a crawler's worker sees.
        opening = (
            "import sys, time; from detector.index import ReferenceIndex; t = time.perf_counter();"
            "ReferenceIndex.open(sys.argv[1]); print(1000 * (time.perf_counter() - t))"
        )
        opened = [
            float(subprocess.run([sys.executable, "-c", opening, str(path)], capture_output=True, check=True).stdout)
            for _ in range(OPENED)
        ]
        on_pages, on_posts = texts_of_pages(arguments.data), texts_of_posts(arguments.data)
        milliseconds(index.query, on_pages[:20])
        result = {
            "posts": info["posts"],
            "passed_over": len(index.problems),
            "build_seconds": round(build, 1),
            "sampling": info["sampling"],
            "bytes_a_post": round(info["bytes"] / info["posts"]),
            "of_which_texts": round(info["bytes_of_texts"] / info["posts"]),
            "open_ms": round(statistics.median(opened), 1),
            "query_ms_pages": spread(milliseconds(index.query, on_pages)),
            "query_ms_posts": spread(milliseconds(index.query, on_posts)),
        }
    print(json.dumps(result, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
