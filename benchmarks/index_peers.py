"""The reference index beside what one would use instead, on made-up posts.

    python benchmarks/index_peers.py [--posts 10000] [--asked 300]

The peers: datasketch's MinHashLSH (128 permutations, threshold 0.1), and a dict from hashes of five-word shingles to
posts; both pickled. Each is built in a process of its own from the same texts, opened in others, and asked with copies
(half of a post, one word in ten lost, between as much other text: see benchmarks/index_scale.py) from their texts on;
`found` is the share of the copies of which the post is among the answers. The index holds six views and the posts'
texts, the peers one view and no texts. Processor time; opening is the median of five processes, and a query's time the
fastest of five rounds. Takes five minutes and 2 GB for 10,000 posts. Prints a table and writes
benchmarks/results/index_peers.json.
"""

from __future__ import annotations

import argparse
import json
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from index_scale import copy_of, fastest
from made_up_posts import MadeUpPosts
from measuring import RESULTS, RUNS, cpu_seconds, machine, peak_mb, resident_mb, write

from detector import Page, ReferenceIndex, read_pages

POSTS, ASKED, WORDS, PERMUTATIONS, THRESHOLD, ANSWERS = 10_000, 300, 5, 128, 0.1, 8


class Peer(Protocol):
    """`build` writes an index of pages to a path and says how many bytes it has; `open` gives the function that answers
    a text with posts, and the one that gives the address of such a post. `needs` is a module to be imported before."""

    needs: str

    def build(self, path: Path, pages: Iterable[Page]) -> int: ...

    def open(self, path: Path) -> tuple[Callable[[str], list[Any]], Callable[[Any], str]]: ...


def shingles(text: str) -> set[bytes]:
    words = text.split()
    return {" ".join(words[at : at + WORDS]).encode() for at in range(len(words) - WORDS + 1)}


class Ours:
    needs = "detector.index"

    def build(self, path: Path, pages: Iterable[Page]) -> int:
        return int(ReferenceIndex.build(path, pages).info()["bytes"])

    def open(self, path: Path) -> tuple[Callable[[str], list[Any]], Callable[[Any], str]]:
        index = ReferenceIndex.open(path)
        return lambda text: index.query(text, ANSWERS), lambda found: index.post(found.number).url


class Lsh:
    needs = "datasketch"

    def build(self, path: Path, pages: Iterable[Page]) -> int:
        from datasketch import MinHashLSH

        lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
        for page in pages:
            lsh.insert(page.url, self._sketch(page.text or ""))
        return path.write_bytes(pickle.dumps(lsh))

    def open(self, path: Path) -> tuple[Callable[[str], list[Any]], Callable[[Any], str]]:
        lsh = pickle.loads(path.read_bytes())
        return lambda text: list(lsh.query(self._sketch(text))), str

    @staticmethod
    def _sketch(text: str) -> Any:
        from datasketch import MinHash

        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch(shingles(text))
        return sketch


class Dict:
    """Answers are the posts that have most of a text's shingles."""

    needs = "hashlib"

    def build(self, path: Path, pages: Iterable[Page]) -> int:
        urls: list[str] = []
        posts: dict[bytes, list[int]] = {}
        for number, page in enumerate(pages):
            urls.append(page.url)
            for key in self._keys(page.text or ""):
                posts.setdefault(key, []).append(number)
        return path.write_bytes(pickle.dumps((urls, posts)))

    def open(self, path: Path) -> tuple[Callable[[str], list[Any]], Callable[[Any], str]]:
        urls, posts = pickle.loads(path.read_bytes())

        def query(text: str) -> list[int]:
            counted = Counter(post for key in self._keys(text) for post in posts.get(key, ()))
            return [post for post, _ in counted.most_common(ANSWERS)]

        return query, lambda post: str(urls[post])

    @staticmethod
    def _keys(text: str) -> set[bytes]:
        return {blake2b(shingle, digest_size=8).digest() for shingle in shingles(text)}


PEERS: dict[str, Peer] = {"detector": Ours(), "datasketch MinHashLSH": Lsh(), "pickled dict": Dict()}


def build(peer: Peer, path: Path, texts: Path) -> dict[str, Any]:
    pages = list(read_pages(texts / "posts.jsonl"))
    peer.build(path.with_suffix(".warm"), pages[:1])
    before, memory = cpu_seconds(), peak_mb()
    size = peer.build(path, pages)
    return {
        "build_ms_a_post": round(1000 * (cpu_seconds() - before) / len(pages), 2),
        "build_mb_more": peak_mb() - memory,
        "bytes_a_post": round(size / len(pages)),
    }


def opened(peer: Peer, path: Path, texts: Path) -> dict[str, Any]:
    del texts
    memory, start = resident_mb(), time.process_time()
    kept = peer.open(path)
    spent = time.process_time() - start
    figures = {"open_ms": round(1000 * spent, 1), "open_mb_more": round(resident_mb() - memory, 1)}
    del kept
    return figures


def ask(peer: Peer, path: Path, texts: Path) -> dict[str, Any]:
    copies = list(read_pages(texts / "copies.jsonl"))
    query, address = peer.open(path)
    query(copies[0].text or "")
    times = fastest(query, [copy.text or "" for copy in copies])
    found = [copy.url in map(address, query(copy.text or "")) for copy in copies]
    return {
        "query_ms": {"p50": round(float(np.median(times)), 3), "p99": round(float(np.quantile(times, 0.99)), 3)},
        "found": round(float(np.mean(found)), 3),
    }


STEPS = {"build": build, "open": opened, "ask": ask}


def in_own_process(step: str, name: str, path: Path, texts: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--step", step, name, str(path), str(texts)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(ran.stdout))


def measure(name: str, path: Path, texts: Path, opened: int) -> dict[str, Any]:
    built = in_own_process("build", name, path, texts)
    runs = [in_own_process("open", name, path, texts) for _ in range(opened)]
    opening = {figure: statistics.median(run[figure] for run in runs) for figure in runs[0]}
    return {**built, **opening, **in_own_process("ask", name, path, texts)}


def write_texts(folder: Path, posts: int, asked: int) -> None:
    """The posts, and copies of some of them under the posts' addresses."""
    made_up, random = MadeUpPosts(), np.random.default_rng(1)
    numbers = random.choice(posts, min(asked, posts), replace=False).tolist()
    copies = (Page(url=made_up.page(number).url, text=copy_of(made_up, number, random)) for number in numbers)
    for name, pages in (("posts", made_up.pages(posts)), ("copies", copies)):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"url": page.url, "text": page.text}) + "\n" for page in pages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--asked", type=int, default=ASKED)
    parser.add_argument("--runs", type=int, default=RUNS, help="processes that open each")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "index_peers.json")
    parser.add_argument("--step", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        step, name, path, texts = arguments.step
        import_module(PEERS[name].needs)
        print(json.dumps(STEPS[step](PEERS[name], Path(path), Path(texts))))
        return
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        write_texts(Path(folder), arguments.posts, arguments.asked)
        for number, name in enumerate(PEERS):
            figures[name] = measure(name, Path(folder) / str(number), Path(folder), arguments.runs)
            print(f"{name}: {json.dumps(figures[name])}", flush=True)
    write({"machine": machine(), "posts": arguments.posts, "asked": arguments.asked, **figures}, arguments.output)


if __name__ == "__main__":
    main()
