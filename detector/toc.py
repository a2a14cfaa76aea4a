"""A page's table of contents, found by what it is: a run of lines that come again further down, in the same order and
further apart."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

LONGEST = 160  # characters of a line of a table of contents
LEAST_LINES = 4  # that come again
MOST_BETWEEN = 8  # blocks from one line that comes again to the next: some headings were changed, or are cut off
LEAST_SHARE = 0.4  # of the run's lines come again
SPREAD = 2.5  # the headings lie at least so many times as far apart as the lines that list them
Listed = tuple[int, int]  # a line, and the heading further down that says the same
_WORD = re.compile(r"[^\W\d_]{2}")
_NUMERALS = "一二三四五六七八九十"
_NUMBERING = re.compile(rf"^\W*(?:\d+(?:\.\d+)*|[{_NUMERALS}]+[、.])?[\s.、)）:：]*")


def table_of_contents(texts: Sequence[str]) -> range:
    """The blocks of a page, first to last, that list headings which come later; empty when there is no such run. In
    time n log n for n blocks."""
    keys = [_key(text) if len(text) <= LONGEST else "" for text in texts]
    # A heading stands there once; what comes again more often is code, or a row of many tables.
    twice = {key for key, times in Counter(keys).items() if times == 2 and _WORD.search(key)}
    if len(twice) < LEAST_LINES:
        return range(0)
    places: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        if key in twice:
            places.setdefault(key, []).append(at)
    stretches: list[list[Listed]] = [[]]
    for at, heading in places.values():
        if stretches[-1] and at - stretches[-1][-1][0] > MOST_BETWEEN:
            stretches.append([])
        stretches[-1].append((at, heading))
    runs = [run for run in map(_in_order, stretches) if len(run) >= LEAST_LINES and _is_listing(run)]
    best = max(runs, key=len, default=[])
    return range(best[0][0], best[-1][0] + 1) if best else range(0)


def _key(text: str) -> str:
    """What a line says but for its number."""
    first = text[:1]
    return (text if first.isalpha() and first not in _NUMERALS else _NUMBERING.sub("", text)).casefold()


def _in_order(lines: Sequence[Listed]) -> list[Listed]:
    """The most of the lines whose headings come in the same order (longest increasing subsequence): a link home or a
    title that stands at the page's end as well must not hide the rest."""
    ends: list[int] = []  # the lowest heading that a sequence of so many lines ends at, and which line that is
    last: list[int] = []
    before: list[int] = []
    for number, (_, heading) in enumerate(lines):
        size = bisect_left(ends, heading)
        before.append(last[size - 1] if size else -1)
        ends[size : size + 1], last[size : size + 1] = [heading], [number]
    run = []
    number = last[-1] if last else -1
    while number >= 0:
        run.append(lines[number])
        number = before[number]
    return run[::-1]


def _is_listing(run: Sequence[Listed]) -> bool:
    (first, first_heading), (last, last_heading) = run[0], run[-1]
    apart = last_heading - first_heading >= SPREAD * (last - first)
    return last < first_heading and apart and len(run) >= LEAST_SHARE * (last + 1 - first)
