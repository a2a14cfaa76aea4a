"""What the reference index costs as it grows: made-up posts, from a thousand to a million.

    python benchmarks/index_scale.py [--posts 1000 10000 100000 1000000] [--jobs 2] [--keep FOLDER]

Builds an index of each size in a process of its own, opens it in others, and asks it with copies (half of a post, one
word in ten lost, between as much other text) and with pages that copy nothing. Prints a table, and writes it and the
figures to benchmarks/results/; sizes that are not asked for keep the figures they have. A million posts take some four
gigabytes of disk, twice as much while they are merged, and with two processes on two cores half an hour: wanted are 3.6
ms of one core a post.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from made_up_posts import MadeUpPosts
from measuring import RESULTS, cpu_seconds, machine

from detector import Page, ReferenceIndex
from detector.search import keys_of
from detector.text import Tokens, tokenise

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ASKED, ROUNDS, OPENED = 500, 5, 7
LOST = 0.1
OPENING = (
    "import sys, time; from detector.index import ReferenceIndex; t = time.perf_counter();"
    "ReferenceIndex.open(sys.argv[1]); print(1000 * (time.perf_counter() - t))"
)
COLUMNS = {
    "posts": "posts",
    "sampling": "one key in",
    "build_seconds": "build, s",
    "made_up_seconds": "making up the posts, s of one core",
    "cpu_seconds": "build, s of one core",
    "cpu_ms_a_post": "build, ms of one core a post, without making it up",
    "peak_mb": "peak memory, MB",
    "peak_mb_a_job": "and for each job",
    "keys_bytes_a_post": "keys and postings, bytes a post",
    "texts_bytes_a_post": "texts, bytes a post",
    "open_ms": "open, ms",
    "copies_query_ms": "copies: query, ms",
    "copies_hashing_ms": "of which its keys' hashing",
    "copies_retrieval_ms": "of which finding candidates",
    "strangers_query_ms": "other pages: query, ms",
    "strangers_hashing_ms": "of which its keys' hashing",
    "strangers_retrieval_ms": "of which finding candidates",
    "found": "copies found",
    "first": "found first",
}


class Timed:
    """Pages, and the seconds of one core that making them took."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self.seconds = 0.0
        self._pages = pages

    def __iter__(self) -> Iterator[Page]:
        iterator = iter(self._pages)
        while True:
            start = time.thread_time()
            page = next(iterator, None)
            self.seconds += time.thread_time() - start
            if page is None:
                return
            yield page


@cache
def _made_up() -> MadeUpPosts:
    return MadeUpPosts()


def build(posts: int, jobs: int, path: Path) -> dict[str, float]:
    """Build an index in this process; figures about it."""
    made_up = _made_up()
    ReferenceIndex.build(path, [made_up.page(0)])  # reads the models, compiles the loops, makes the vocabulary
    start, before = time.perf_counter(), cpu_seconds()
    pages = Timed(made_up.pages(posts))
    ReferenceIndex.build(path, pages, jobs=jobs)
    seconds, used = time.perf_counter() - start, cpu_seconds() - before
    return {
        "build_seconds": round(seconds, 1),
        "made_up_seconds": round(pages.seconds, 1),
        "cpu_seconds": round(used, 1),
        "cpu_ms_a_post": round(1000 * (used - pages.seconds) / posts, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "peak_mb_a_job": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }


def ask(posts: int, path: Path) -> dict[str, Any]:
    """Figures about asking an index; warm, and of each text the fastest of some rounds."""
    made_up, random = _made_up(), np.random.default_rng(1)
    numbers = random.choice(posts, min(ASKED, posts), replace=False).tolist()
    copies = [tokenise(copy_of(made_up, number, random)) for number in numbers]
    strangers = [tokenise(made_up.stranger(number)) for number in range(ASKED)]
    index = ReferenceIndex.open(path)
    sampling = index.info()["sampling"]

    def hash_keys(tokens: Tokens) -> object:
        return keys_of(tokens, sampling)

    figures: dict[str, Any] = {"sampling": sampling}
    for name, texts in (("copies", copies), ("strangers", strangers)):
        hashing, whole = fastest(hash_keys, texts), fastest(index.query, texts)
        for what, times in (("query", whole), ("hashing", hashing), ("retrieval", whole - hashing)):
            figures[f"{name}_{what}_ms"] = {
                "p50": round(float(np.quantile(times, 0.5)), 3),
                "p99": round(float(np.quantile(times, 0.99)), 3),
                "mean": round(float(times.mean()), 3),
            }
    found = [[index.post(candidate.number).url for candidate in index.query(tokens)] for tokens in copies]
    urls = [made_up.page(number).url for number in numbers]
    figures["found"] = round(float(np.mean([url in those for url, those in zip(urls, found, strict=True)])), 3)
    figures["first"] = round(float(np.mean([url in those[:1] for url, those in zip(urls, found, strict=True)])), 3)
    return figures


def fastest(call: Any, texts: list[Tokens]) -> np.ndarray:
    """Milliseconds that a call takes for each text, the fastest of ROUNDS."""
    return np.array([min(_milliseconds(call, tokens) for _ in range(ROUNDS)) for tokens in texts])


def _milliseconds(call: Any, tokens: Tokens) -> float:
    start = time.perf_counter()
    call(tokens)
    return 1000 * (time.perf_counter() - start)


def copy_of(made_up: MadeUpPosts, number: int, random: np.random.Generator) -> str:
    words = (made_up.page(number).text or "").split(" ")
    begin = int(random.integers(0, len(words) // 2 + 1))
    kept = [word for word in words[begin : begin + max(20, len(words) // 2)] if random.random() > LOST]
    around = made_up.stranger(1_000_000 + number).split(" ")[: len(kept)]
    half = len(around) // 2
    return " ".join([*around[:half], *kept, *around[half:]])


def measure(posts: int, jobs: int, folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    path, built_before = folder / f"{posts}.index", folder / f"{posts}.json"
    if not built_before.exists():
        # A process of its own, whose memory is the build's.
        command = [sys.executable, __file__, "--build-only", str(path), "--posts", str(posts), "--jobs", str(jobs)]
        with built_before.open("w", encoding="utf-8") as file:
            subprocess.run(command, stdout=file, check=True)
    built = json.loads(built_before.read_text(encoding="utf-8"))
    info = ReferenceIndex.open(path).info()
    opened = [
        float(subprocess.run([sys.executable, "-c", OPENING, str(path)], capture_output=True, check=True).stdout)
        for _ in range(OPENED)
    ]
    return {
        "posts": posts,
        "jobs": jobs,
        "segments": info["segments"],
        **built,
        "keys_bytes_a_post": round((info["bytes"] - info["bytes_of_texts"]) / posts),
        "texts_bytes_a_post": round(info["bytes_of_texts"] / posts),
        "open_ms": round(statistics.median(opened), 1),
        **ask(posts, path),
    }


def table(figures: dict[str, Any]) -> str:
    rows = [figures["sizes"][size] for size in sorted(figures["sizes"], key=int)]
    lines = [
        "Made-up posts with the lengths of real ones (`python benchmarks/index_scale.py`). Times of queries are p50 /"
        f" p99 / mean, warm; of each page, its tokens given, the fastest of {ROUNDS} rounds.",
        "",
        "| " + " | ".join(["", *(f"{row['posts']:,}" for row in rows)]) + " |",
        "|---" * (len(rows) + 1) + "|",
    ]
    for name, title in COLUMNS.items():
        if name != "posts":
            lines.append("| " + " | ".join([title, *(_shown(row.get(name)) for row in rows)]) + " |")
    lines.append("| load of the machine | " + " | ".join(str(row["machine"]["load_at_the_end"]) for row in rows) + " |")
    one = rows[-1]["machine"]
    lines += [
        "",
        f"Largest size on {one['cores']} cores, {one['memory_gb']} GB, Python {one['python']}, numpy {one['numpy']};"
        f" {rows[-1]['jobs']} jobs.",
    ]
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return " / ".join(f"{part:g}" for part in value.values()) if isinstance(value, dict) else f"{value:,}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, nargs="+", default=SIZES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="leave the indexes here; those that are there are only asked")
    parser.add_argument("--build-only", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.build_only:
        print(json.dumps(build(arguments.posts[0], arguments.jobs, arguments.build_only)))
        return
    written = RESULTS / "index_scale.json"
    figures = json.loads(written.read_text(encoding="utf-8")) if written.exists() else {"sizes": {}}
    with tempfile.TemporaryDirectory() as scratch:
        for posts in arguments.posts:
            measured = measure(posts, arguments.jobs, arguments.keep or Path(scratch))
            figures["sizes"][str(posts)] = {**measured, "machine": machine()}
            print(json.dumps(measured), file=sys.stderr)
    shown = table(figures)
    print(shown)
    RESULTS.mkdir(exist_ok=True)
    written.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "index_scale.md").write_text(shown, encoding="utf-8")


if __name__ == "__main__":
    main()
