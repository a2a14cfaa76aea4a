"""All official posts through `cluster`, as pages of text: time, memory, sets, and pairs to be read by eye.

    python benchmarks/clusters.py DATA [--similarity 0.7] [--jobs 1]

DATA is the folder that `datasets/README.md` describes. Prints and writes benchmarks/results/clusters.json, with a
seeded sample of pairs that were measured and found alike; of the texts nothing is written.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from detector import Page, cluster, read_pages

RESULTS = Path(__file__).parent / "results" / "clusters.json"
SEED, SAMPLE = 20260101, 100


def posts(data: Path) -> Iterator[Page]:
    """Every post as a page of text that was first seen on the post's day."""
    for page in read_pages(*sorted((data / "official").glob("posts*.jsonl.gz"))):
        yield replace(page, fetched_at=page.extra.get("date"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--similarity", type=float, default=0.7)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    start = time.perf_counter()
    found = cluster(posts(arguments.data), arguments.similarity, jobs=arguments.jobs)
    minutes = (time.perf_counter() - start) / 60
    sizes = Counter(len(group.members) for group in found.sets)
    roles = Counter(member.role for group in found.sets for member in group.members)
    sample = random.Random(SEED).sample(sorted(found.pairs), min(SAMPLE, len(found.pairs)))
    result = {
        "pages": found.pages,
        "textless": found.textless,
        "similarity": arguments.similarity,
        "jobs": arguments.jobs,
        "minutes": round(minutes, 2),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "sets": len(found.sets),
        "roles": dict(sorted(roles.items())),
        "less_alike_to_the_original_than_asked": sum(
            member.similarity < arguments.similarity for group in found.sets for member in group.members
        ),
        "sizes": {str(size): count for size, count in sorted(sizes.items())},
        "pairs": len(found.pairs),
        "seed": SEED,
        "sample": [[one, other, round(measured, 3)] for one, other, measured in sample],
    }
    print(json.dumps(result, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
