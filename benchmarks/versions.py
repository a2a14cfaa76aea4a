"""Whether other versions of numpy, scikit-learn and the rest give the same verdicts.

    python benchmarks/versions.py DATA new.json                        # in one environment
    python benchmarks/versions.py DATA old.json --against new.json     # in another

DATA is the folder that `datasets/README.md` describes. Judges news pages, other pages and real copies against
official posts, and writes what was found and by which versions; with another such file it prints how many verdicts
differ, and by how much their numbers do at most. Wanted: none, and 1e-6. Takes a minute.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

from measuring import news_pages, rows, write

from detector import Detector, Page, ReferenceIndex, Verdict, read_pages

POSTS, EACH = 2_000, 200
WANTED = 1e-6
VERSIONS = ("numpy", "scikit-learn", "numba", "pandas", "selectolax")


def pages_of(data: Path) -> list[Page]:
    others = rows(data / "reposts" / "pages.jsonl.gz", EACH)
    copies = rows(data / "official" / "copies.jsonl.gz", EACH)
    return [
        *news_pages(data),
        *(
            Page(row["url"] or "", html=row["html"] or None, text=None if row["html"] else row["text"])
            for row in others
        ),
        *(Page("", text=row["copy_text"]) for row in copies),
    ]


def said(verdict: Verdict) -> list[Any]:
    return [
        [verdict.label, *(block.category for block in verdict.blocks)],
        [[match.source_url, match.kind] for match in verdict.matches],
        [[signal.name, signal.evidence] for signal in verdict.signals],
    ]


def numbers(verdict: Verdict) -> list[float]:
    return [
        verdict.score,
        *(block.confidence for block in verdict.blocks),
        *(match.probability for match in verdict.matches),
        *(signal.score for signal in verdict.signals),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--against", type=Path, help="what another environment has written")
    arguments = parser.parse_args()
    posts = islice(read_pages(arguments.data / "official" / "posts.jsonl.gz"), POSTS)
    with tempfile.TemporaryDirectory() as folder:
        detector = Detector(ReferenceIndex.build(Path(folder) / "official.index", posts))
        verdicts = [detector.check(page) for page in pages_of(arguments.data)]
    found = {
        "versions": {name: metadata.version(name) for name in VERSIONS},
        "verdicts": [[said(verdict), numbers(verdict)] for verdict in verdicts],
    }
    write(found, arguments.output)
    if arguments.against:
        other = json.loads(arguments.against.read_text(encoding="utf-8"))
        own = json.loads(arguments.output.read_text(encoding="utf-8"))
        pairs = list(zip(own["verdicts"], other["verdicts"], strict=True))
        differing = sum(one[0] != two[0] for one, two in pairs)
        same = [(one[1], two[1]) for one, two in pairs if one[0] == two[0]]
        largest = max(abs(a - b) for one, two in same for a, b in zip(one, two, strict=True))
        print(f"{own['versions']}\n{other['versions']}")
        print(f"of {len(pairs)} verdicts {differing} differ; numbers do by {largest:g} at most, wanted: {WANTED:g}")


if __name__ == "__main__":
    main()
