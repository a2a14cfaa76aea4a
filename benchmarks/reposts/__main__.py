"""How many copies are found, of every kind of damage, beside the usual tools.

    pip install -e '.[bench]'
    python benchmarks/reposts DATA [--each 100] [--no-peers]      # DATA: see datasets/README.md
    python benchmarks/reposts --each 5                            # in small, on the demo's posts

Real posts are damaged and put into the place of real pages' own text, beside pages that copy nothing. The posts are of
sites none of whose posts trained the matching model; the pages that copy nothing include posts of sites that did, and
docs/quality.md counts what else is known on both sides. Everything goes through the command line, CSV in and CSV out:
`detector index build`, `detector score`. The peers get the same pages' own text. Prints a table and writes it, the
figures and a reliability plot to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from crawl import Crawl, make_crawl, read_copies, score
from judge import clear_negatives, judge, judge_real, reliability_plot, table
from peers import peers

RESULTS = Path(__file__).parent.parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument(
        "--each", type=int, default=100, help="copies of every kind; of other pages three to nine times as many"
    )
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--keep", type=Path, help="leave the made pages and reports in this folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        crawl: Crawl = make_crawl(arguments.data, arguments.each, folder)
        report = score(crawl.posts, crawl.pages, folder / "official.index", folder / "report.csv")
        figures = judge(crawl, report)
        if arguments.data:
            real = read_copies(arguments.data, folder)
            figures["real"] = judge_real(
                real, score(real.posts, real.pages, folder / "real.index", folder / "real.csv")
            )
        if not arguments.no_peers:
            figures["peers"] = peers(crawl, clear_negatives(crawl, report))
    shown = table(figures)
    print(shown)
    if arguments.data:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "reposts.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "reposts.md").write_text(shown, encoding="utf-8")
        (RESULTS / "reposts_reliability.svg").write_text(reliability_plot(figures["reliability"]), encoding="utf-8")


if __name__ == "__main__":
    main()
