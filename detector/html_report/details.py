"""A page's details, cut to size: what the report shows when a row is opened.

Half of a page's budget is for the passages, the rest and what they leave for its blocks. Texts that are cut carry how
many characters are missing, and what is left out altogether is counted, so that the report can say so.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from detector.data import Verdict
from detector.rows import number_text, plain

# Bytes below which a side of a passage, or a block, shows too little to be worth its place.
LEAST_SIDE, LEAST_BLOCK = 240, 160
# A block's text takes at most this share of its page's budget: no paragraph hides the others.
BLOCKS_A_PAGE = 20
# Bytes that a block takes beside its text: numbers, category, confidence.
_BLOCK_OVERHEAD = 40
# Evidence and unknown keys are short; where a hostile page makes them long, they are cut here.
EVIDENCE_BYTES, EXTRA_BYTES, EXTRA_KEYS = 600, 300, 12

Cut = tuple[str, int]
Passages = list[tuple[int, int, int, int, str, int, str, int]]


def record_of(verdict: Verdict) -> bytes:
    """What of a verdict the details are made from: a line of JSON, without the line end."""
    record = plain({name: getattr(verdict, name) for name in ("matches", "signals", "blocks", "extra")})
    return json.dumps(record, ensure_ascii=False).encode("utf-8")


def details_of(record: Mapping[str, Any], budget: int) -> dict[str, Any]:
    """The details of a page in about `budget` bytes, from a line of `record_of`.

    `signals`: name, score, evidence, strongest first. `matches`: as in a verdict, with `passages`: the four offsets,
    the page's text, characters missing from it, the source's text, characters missing from it. `blocks`: number
    (from 0), category, confidence, text, characters missing, place of the reason in `reasons`, further categories;
    `block_count` counts those left out too.
    """
    heads = [{name: value for name, value in match.items() if name != "passages"} for match in record["matches"]]
    budget -= len(json.dumps(heads))
    passages, used = _passages(record["matches"], max(0, budget // 2))
    blocks, reasons = _blocks(record["blocks"], budget - used)
    return {
        "signals": [
            (signal["name"], signal["score"], cut(signal["evidence"], EVIDENCE_BYTES)[0])
            for signal in sorted(record["signals"], key=lambda signal: -signal["score"])
        ],
        "matches": [
            {**head, "passages": shown, "passage_count": len(match["passages"])}
            for head, match, shown in zip(heads, record["matches"], passages, strict=True)
        ],
        "blocks": blocks,
        "block_count": len(record["blocks"]),
        "reasons": reasons,
        "extra": _extra(record["extra"]),
    }


def cut(text: str, size: int) -> Cut:
    """The beginning of a text in at most `size` bytes of UTF-8, and how many characters are missing."""
    if 4 * len(text) <= size:
        return text, 0
    data = text.encode("utf-8")
    if len(data) <= size:
        return text, 0
    shown = data[:size].decode("utf-8", "ignore")
    return shown, len(text) - len(shown)


def _passages(matches: Sequence[Mapping[str, Any]], budget: int) -> tuple[list[Passages], int]:
    """The passages of every match, those of the likeliest first, and the bytes they take. Short ones leave their room
    to those behind them; of very many only the first are shown."""
    shown: list[Passages] = [[] for _ in matches]
    every = [(place, passage) for place, match in enumerate(matches) for passage in match["passages"]]
    fitting = every[: max(1, budget // (2 * LEAST_SIDE))]
    used = 0
    for waiting, (place, passage) in zip(range(len(fitting), 0, -1), fitting, strict=True):
        side = max(LEAST_SIDE, (budget - used) // (2 * waiting))
        page, page_missing = cut(passage["page_text"], side)
        source, source_missing = cut(passage["source_text"], side)
        used += len(page.encode("utf-8")) + len(source.encode("utf-8"))
        offsets = (passage["page_start"], passage["page_end"], passage["source_start"], passage["source_end"])
        shown[place].append((*offsets, page, page_missing, source, source_missing))
    return shown, used


def _blocks(blocks: Sequence[Mapping[str, Any]], budget: int) -> tuple[list[tuple[Any, ...]], list[str]]:
    """Blocks that fit, in the page's order, and their reasons. The first of every category go before the second ones,
    so that a long menu does not push out the one disclaimer in the footer."""
    limit = max(LEAST_BLOCK, budget // BLOCKS_A_PAGE)
    before: Counter[str] = Counter()
    order: list[tuple[int, int]] = []
    for number, block in enumerate(blocks):
        order.append((before[block["category"]], number))
        before[block["category"]] += 1
    reasons: dict[str, int] = {}
    kept: list[tuple[Any, ...]] = []
    for _, number in sorted(order):
        block = blocks[number]
        text, missing = cut(block["text"], limit)
        budget -= len(text.encode("utf-8")) + _BLOCK_OVERHEAD
        if block["reason"] not in reasons:
            budget -= len(block["reason"].encode("utf-8"))
        if budget < 0 and kept:
            break
        reason = reasons.setdefault(block["reason"], len(reasons))
        kept.append(
            (number, block["category"], float(number_text(block["confidence"])), text, missing, reason, *block["also"])
        )
    return sorted(kept), list(reasons)


def _extra(extra: Mapping[str, Any]) -> dict[str, str]:
    """Unknown keys of the input with their values as text."""
    written = {
        cut(name, EXTRA_BYTES)[0]: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in list(extra.items())[:EXTRA_KEYS]
    }
    return {name: cut(value, EXTRA_BYTES)[0] for name, value in written.items()}
