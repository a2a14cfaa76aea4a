"""A page's table of contents, found by what it is: a run of lines that come again further down, in the same order and
further apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

LONGEST = 160  # characters of a line of a table of contents
LEAST_LINES = 4  # that come again
MOST_BETWEEN = 8  # blocks from one line that comes again to the next: some headings were changed, or are cut off
LEAST_SHARE = 0.4  # of the run's lines come again
SPREAD = 2.5  # the headings lie at least so many times as far apart as the lines that list them
_WORD = re.compile(r"[^\W\d_]{2}")
_NUMBERING = re.compile(r"^\W*(?:\d+(?:\.\d+)*|[一二三四五六七八九十]+[、.])?[\s.、)）:：]*")


def table_of_contents(texts: Sequence[str]) -> range:
    """The blocks of a page, first to last, that list headings which come later; empty when there is no such run. Linear
    in the length of the page."""
    keys = [_NUMBERING.sub("", text).casefold() if len(text) <= LONGEST else "" for text in texts]
    places: dict[str, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        places[key].append(at)
    best: list[tuple[int, int]] = []
    run: list[tuple[int, int]] = []
    for at, key in enumerate(keys):
        # A heading stands there once; what comes again more often is code, or a row of many tables.
        if len(places[key]) != 2 or places[key][0] != at or not _WORD.search(key):
            continue
        heading = places[key][1]
        if run and (at - run[-1][0] > MOST_BETWEEN or at >= run[0][1]):
            run = []
        if not run or heading > run[-1][1]:
            run.append((at, heading))
            if len(run) > len(best) and _is_listing(run):
                best = list(run)
    return range(best[0][0], best[-1][0] + 1) if len(best) >= LEAST_LINES else range(0)


def _is_listing(run: Sequence[tuple[int, int]]) -> bool:
    (first, first_heading), (last, last_heading) = run[0], run[-1]
    size = last + 1 - first
    apart = last_heading - first_heading >= SPREAD * (last - first)
    return last < first_heading and apart and len(run) >= LEAST_SHARE * size
