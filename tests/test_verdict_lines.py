from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from detector.data import Verdict
from detector.verdict_lines import line_of, read_verdicts, verdict_of
from tests.test_report import VERDICT

FULL = replace(
    VERDICT,
    notes=("only the first 10 bytes were judged",),
    credited=("https://official.example/a",),
    known=("host",),
    extra={"crawl_id": 7, "label": "mine", "rank": 3, "known": None, "deep": {"a": [None, True, 1.5, "\u2028"]}},
)


@pytest.mark.parametrize(
    "verdict", [FULL, Verdict("", "unreadable", 0.0, "no text", error="no text"), replace(FULL, matches=(), match=None)]
)
def test_what_is_written_is_read(verdict: Verdict) -> None:
    assert verdict_of(line_of(verdict)) == verdict
    assert line_of(verdict_of(line_of(verdict))) == line_of(verdict)


def test_numbers_come_back_to_the_last_bit() -> None:
    verdict = replace(FULL, score=0.1 + 0.2, boilerplate_share=1 / 3, offset=2**60)
    assert verdict_of(line_of(verdict)) == verdict


def test_what_utf8_cannot_carry_is_written_once_for_all() -> None:
    line = line_of(replace(FULL, url="a\ud800b", title="\0=c", extra={"k\udfff": ["\ud800"]}))
    assert line_of(verdict_of(line)) == line


def changed(**changes: Any) -> bytes:
    return json.dumps(json.loads(line_of(FULL)) | changes).encode()


MATCH = json.loads(line_of(FULL))["match"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "has no `url`: not a full row, or of another version"),
        (json.dumps({k: v for k, v in json.loads(line_of(FULL)).items() if k != "credited"}).encode(), "no `credited`"),
        (changed(url=None), "`url` is null"),
        (changed(score="high"), '`score` is "high"'),
        (changed(score=10**400), "`score` is 1000000000"),
        (changed(words=1 << 63), "`words` is 9223372036854775808"),
        (changed(offset=10**400), "`offset` is 1000000000"),
        (line_of(FULL).replace(b"0.98765432", b"1" * 5_000), "not JSON (Exceeds the limit"),
        (changed(score=True), "`score` is true"),
        (changed(words=1.5), "`words` is 1.5"),
        (changed(label="fine"), "`label` is 'fine'"),
        (changed(blocks={}), "`blocks` is {}"),
        (changed(blocks=["text"]), '`blocks` is "text"'),
        (changed(notes=[1]), "`notes` is 1"),
        (changed(matches=[MATCH | {"kind": "stolen"}]), "`kind` of a match is 'stolen'"),
        (changed(matches=[MATCH | {"probability": None}]), "`probability` is null"),
        (changed(matches=[MATCH | {"passages": [{}]}]), "has no `page_start`"),
        (line_of(FULL).replace(b"0.98765432", b"NaN"), "NaN is no number"),
        (line_of(FULL).replace(b"0.98765432", b"1e999"), "`probability` is Infinity"),
    ],
)
def test_anything_else_is_damaged(line: bytes, complaint: str) -> None:
    ((number, verdict, error),) = read_verdicts(io.BytesIO(line))
    assert (number, verdict) == (1, None)
    assert complaint in error
    assert len(error) <= 200


def test_the_rest_of_a_damaged_file_is_read() -> None:
    lines = b"\xef\xbb\xbf" + line_of(FULL) + b"\n{\n" + line_of(FULL)
    assert [(number, verdict == FULL) for number, verdict, _ in read_verdicts(io.BytesIO(lines))] == [
        (1, True),
        (3, False),
        (4, True),
    ]


def test_a_packed_file_may_be_cut() -> None:
    from detector.lines import unpacked

    packed = gzip.compress(line_of(FULL) + line_of(replace(FULL, title="".join(map(chr, range(0x4E00, 0x9000))))))
    found = list(read_verdicts(unpacked(io.BytesIO(packed[:-2_000]))))
    assert [(number, verdict == FULL) for number, verdict, _ in found] == [(1, True), (2, False)]
    assert "damaged" in found[1][2]
