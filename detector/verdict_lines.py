"""Verdict <-> a line of JSON: what a full report, `detector score -o report.jsonl`, holds of every page.

A line has every field of a `Verdict`, so that it can be decided anew from it; a field more, and lines written before
are no full rows any longer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO, NoReturn, TypeVar, get_args, get_origin, get_type_hints

from detector.data import KINDS, LABELS, Block, Match, Passage, Signal, Verdict
from detector.lines import lines_of
from detector.rows import plain, well_formed

T = TypeVar("T")

# A page's blocks, and its passages with each of its sources, are in one line.
MOST_BYTES = 256_000_000
_HINTS: dict[Any, dict[str, Any]] = {kind: get_type_hints(kind) for kind in (Verdict, Match, Passage, Block, Signal)}
# What stands in a line beside the fields.
_BESIDE = frozenset(("rank", "categories"))


def line_of(verdict: Verdict) -> bytes:
    """All fields of a verdict; unknown input keys keep their names, those called like a field are under `extra`."""
    record = plain(verdict)
    extra = record.pop("extra")
    record["categories"] = list(verdict.categories)
    taken = {"extra", *_BESIDE, *record}
    record |= {name: value for name, value in extra.items() if name not in taken}
    record["extra"] = {name: value for name, value in extra.items() if name in taken}
    return json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n"


def read_verdicts(file: BinaryIO) -> Iterator[tuple[int, Verdict | None, str]]:
    """Number, verdict and error of every line that is not blank: what is no full row has no verdict, and the error says
    why. The file may be packed."""
    for number, line, error in lines_of(file, MOST_BYTES):
        verdict = None
        try:
            verdict = None if error else verdict_of(line)
        except RecursionError:
            error = "not JSON (nested too deep)"
        except ValueError as wrong:
            error = str(wrong)[:200]
        yield number, verdict, error


def verdict_of(line: bytes) -> Verdict:
    """The verdict that `line_of` wrote. Raises ValueError, in words, for anything else."""
    try:
        record = json.loads(line, parse_constant=_no_number)
    except ValueError as error:
        raise ValueError(f"not JSON ({str(error)[:80]})") from error
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    verdict = _made(Verdict, record)
    own = {name: value for name, value in record.items() if name not in _HINTS[Verdict].keys() | _BESIDE}
    if verdict.label not in LABELS:
        raise ValueError(f"`label` is {verdict.label[:40]!r}")
    if wrong := next((match.kind for match in verdict.matches if match.kind not in KINDS), None):
        raise ValueError(f"`kind` of a match is {wrong[:40]!r}")
    return replace(verdict, match=next(iter(verdict.matches), None), extra={**own, **verdict.extra})


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _made(kind: type[T], record: dict[str, Any]) -> T:
    """A dataclass of data.py from its fields; others are passed over."""
    hints = _HINTS[kind]
    if missing := next((name for name in hints if name not in record), None):
        raise ValueError(f"has no `{missing}`: not a full row, or of another version")
    return kind(**{name: _value(name, hint, record[name]) for name, hint in hints.items()})


def _value(name: str, hint: Any, value: Any) -> Any:
    """A value as its type wants it. Raises ValueError for one that is of another type."""
    if type(None) in get_args(hint):
        if value is None:
            return None
        (hint,) = (other for other in get_args(hint) if other is not type(None))
    kind = get_origin(hint) or hint
    if kind is str and isinstance(value, str):
        return well_formed(value)
    if kind is int and type(value) is int and abs(value) < 1 << 63:
        return value
    if kind is float and type(value) in (int, float) and abs(value) <= sys.float_info.max:
        return float(value)
    if kind is tuple and isinstance(value, list):
        return tuple(_value(name, get_args(hint)[0], entry) for entry in value)
    if kind is Mapping and isinstance(value, dict):
        return value
    if kind in _HINTS and isinstance(value, dict):
        return _made(kind, value)
    raise ValueError(f"`{name}` is {json.dumps(value)[:40]}")
