"""From a text to its MinHash signature of 128 permutations: ours beside datasketch's and rensa's.

    pip install -e '.[bench]'
    python benchmarks/signatures.py DATA [--posts 500]

DATA is the folder that `datasets/README.md` describes. Texts are the main text of the 181 news pages and 500 official
posts; all start from the text and sketch its runs of five words whole: ours are the detector's tokens, hashed; the
peers join the words between spaces, which is the least that they could do. datasketch 2 hashes them as it does by
default (`update_batch`); of rensa's ways the one that takes a text by itself and the one for all texts at once, without
its sparse sketches. `given shingles` is the same from shingles that are made, or hashed, already. Wanted: a tenth of
datasketch's time, and no more than rensa's.
One core; the processor time a text, the median of five rounds in one process. Takes half a minute. Prints a table and
writes benchmarks/results/signatures.json.
"""

from __future__ import annotations

import os

# Before it is loaded: rensa would use all cores.
os.environ["RAYON_NUM_THREADS"] = "1"

import argparse
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from measuring import RESULTS, RUNS, machine, medians, rounds, rows, times_as_long, write

from detector.duplicates import PERMUTATIONS, shingles, signature
from detector.text import tokenise
from detector.views import VIEWS

OURS, POSTS, WORDS, SEED = "detector", 500, 5, 1
Call = Callable[[], object]


def joined(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)]


def ours(texts: list[str]) -> Iterator[tuple[str, Call]]:
    tokens = [tokenise(text) for text in texts]
    made = [shingles(one) for one in tokens]
    yield OURS, lambda: [signature(shingles(tokenise(text))) for text in texts]
    yield f"{OURS}: tokens alone", lambda: [tokenise(text) for text in texts]
    yield f"{OURS}: hashes of the shingles alone", lambda: [VIEWS["words"].shingles(one) for one in tokens]
    yield f"{OURS}: given shingles", lambda: [signature(values) for values in made]


def datasketch(texts: list[str]) -> Iterator[tuple[str, Call]]:
    from datasketch import LeanMinHash, MinHash

    def sketch(encoded: list[bytes]) -> LeanMinHash:
        made = MinHash(num_perm=PERMUTATIONS, seed=SEED)
        made.update_batch(encoded)
        return LeanMinHash(made)

    made = [[shingle.encode() for shingle in joined(text)] for text in texts]
    yield "datasketch", lambda: [sketch([shingle.encode() for shingle in joined(text)]) for text in texts]
    yield "datasketch: given shingles", lambda: [sketch(encoded) for encoded in made]


def rensa(texts: list[str]) -> Iterator[tuple[str, Call]]:
    from rensa import CMinHash, RMinHash

    def sketch(kind: Any, text: str) -> object:
        made = kind(num_perm=PERMUTATIONS, seed=SEED)
        made.update(joined(text))
        return made.digest()

    made = [joined(text) for text in texts]
    hashed = RMinHash.hash_token_sets(made)
    matrix, of_hashes = RMinHash.digest_matrix_from_token_sets, RMinHash.digest_matrix_from_token_hash_sets
    yield "rensa R-MinHash", lambda: [sketch(RMinHash, text) for text in texts]
    yield "rensa C-MinHash", lambda: [sketch(CMinHash, text) for text in texts]
    yield "rensa R-MinHash, all at once", lambda: matrix([joined(text) for text in texts], PERMUTATIONS, SEED)
    yield "rensa R-MinHash, all at once: given shingles", lambda: matrix(made, PERMUTATIONS, SEED)
    yield "rensa R-MinHash, all at once: given hashes", lambda: of_hashes(hashed, PERMUTATIONS, SEED)


def measure(texts: list[str], runs: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Figures about a set of texts, and which peers are missing, and why."""
    calls: dict[str, Call] = {}
    missing = {}
    for make in (ours, datasketch, rensa):
        try:
            calls |= make(texts)
        except ImportError as error:
            missing[make.__name__] = str(error)
    calls["making the peers' shingles alone"] = lambda: [joined(text) for text in texts]
    rounds(calls, 1)
    times = rounds(calls, runs)
    figures = {
        "texts": len(texts),
        "shingles": {
            "detector": round(sum(shingles(tokenise(text)).size for text in texts) / len(texts)),
            "words between spaces": round(sum(len(set(joined(text))) for text in texts) / len(texts)),
        },
        "ms_a_text": medians(times, 1000 / len(texts), 4),
        "times_as_long_as_detector": {name: times_as_long(times, name, OURS) for name in calls},
    }
    return figures, missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "signatures.json")
    arguments = parser.parse_args()
    sets = {
        "main text of news pages": [
            row["main_text"] for row in rows(arguments.data / "pages" / "test_scrapinghub.jsonl.gz")
        ],
        "official posts": [
            row["text"] for row in rows(arguments.data / "official" / "posts.jsonl.gz", arguments.posts)
        ],
    }
    measured = {name: measure(texts, arguments.runs) for name, texts in sets.items()}
    missing = next(iter(measured.values()))[1]
    for name, (figures, _) in measured.items():
        print(f"{name} ({figures['texts']}): shingles a text {figures['shingles']}")
        for call, spent in figures["ms_a_text"].items():
            print(f"  {call:48} {spent:9.4f} ms {figures['times_as_long_as_detector'][call]:8.2f} x")
    for name, error in missing.items():
        print(f"{name}: not installed ({error})")
    versions = {name: metadata.version(name) for name in ("datasketch", "rensa") if name not in missing}
    write(
        {
            "machine": machine(),
            "versions": versions,
            "permutations": PERMUTATIONS,
            "runs": arguments.runs,
            "sets": {name: figures for name, (figures, _) in measured.items()},
            "not_installed": missing,
        },
        arguments.output,
    )


if __name__ == "__main__":
    main()
