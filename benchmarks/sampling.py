"""What an index loses by keeping fewer keys: copies found and false alarms at several samplings, on the same pages.

    python benchmarks/sampling.py DATA [--samplings 1 16] [--each 100]      # DATA: see datasets/README.md
    python benchmarks/sampling.py --each 2                                  # in small, on the demo's posts

The posts of the sites that judge are indexed with one key in so many, and asked for damaged copies of them in real
pages, and for pages that copy nothing, as `detector evaluate` does it at one sampling; an index of a million posts
keeps one key in 16. Prints and writes benchmarks/results/sampling.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from measuring import RESULTS, machine, write

from detector.boilerplate import BoilerplateModel
from detector.matching import Matcher
from detector.sampling import COARSEST
from detector.training.matcher import evaluate_matcher


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--samplings", type=int, nargs="+", default=[1, COARSEST])
    parser.add_argument("--each", type=int, default=100, help="copies of every kind")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "sampling.json")
    arguments = parser.parse_args()
    matcher, model = Matcher.load(), BoilerplateModel.load()
    measured = {}
    for sampling in arguments.samplings:
        print(f"one key in {sampling}", flush=True)
        measured[sampling] = evaluate_matcher(matcher, model, arguments.data, each=arguments.each, sampling=sampling)
    write({"each": arguments.each, "machine": machine(), "samplings": measured}, arguments.output)


if __name__ == "__main__":
    main()
