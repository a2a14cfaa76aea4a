from __future__ import annotations

import doctest
from typing import Any

import numpy as np
import pytest

from detector import originals
from detector.originals import MOST_NAMED, Claim, address_key, address_keys, day_of, original_of


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T23:59:59+02:00", "2026-01-31"),
        ("2026/1/3 08:00", "2026-01-03"),
        ("31.01.2026", ""),
        ("发布于 2026 年 1 月 3 日", "2026-01-03"),
        ("20260131", "2026-01-31"),
        ("20260131T080000Z", "2026-01-31"),
        ("20260131080000", "2026-01-31"),
        ("2026013", ""),
        ("Sat, 31 Jan 2026 08:00:00 GMT", "2026-01-31"),
        ("0001-01-01", ""),
        ("Sat, 31 Jan 99999999999 08:00:00 GMT", ""),
        ("2026-13-01", ""),
        ("", ""),
        ("x" * 10_000 + "2026-01-31", ""),
        ("\ud800\0", ""),
    ],
)
def test_days(text: str, day: str) -> None:
    assert day_of(text) == day


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(originals).failed == 0


def test_addresses_that_show_one_page_have_one_key() -> None:
    assert address_key("https://www.a.example/x/?utm_source=y") == address_key("http://a.example/x") != 0
    assert address_key("page.html") == address_key("") == 0
    assert address_keys({"a.example/x"}).tolist() == [address_key("https://a.example/x")]
    assert address_keys({f"a.example/{number}" for number in range(MOST_NAMED + 1)}).size == 0


A, B, C, D = (f"https://{name}.example/1" for name in "abcd")


def claim(url: str, *named: str, canonical: str = "", **facts: Any) -> Claim:
    keys = np.array(sorted(map(address_key, named)), np.uint64)
    return Claim(url, **({"words": 100, "boilerplate": 0.2} | facts), canonical=address_key(canonical), named=keys)


CASES = [
    ("equals", [claim(A), claim(B)], 0, "the first of equals"),
    ("one has no address", [claim("a.html"), claim("b.html")], 0, "the first of equals"),
    ("canonical", [claim(A, canonical=B), claim(B)], 1, "named as the source by 1 of 1 other page"),
    (
        "canonical of the same site",
        [claim(f"{B}?print=1", canonical=B), claim(A), claim(B)],
        2,
        "named as the source by 1 of 2 other pages",
    ),
    ("its own canonical", [claim(A), claim(B, canonical=B)], 0, "the first of equals"),
    ("link", [claim(A), claim(B), claim(C, B)], 1, "named as the source by 1 of 2 other pages"),
    ("link inside the site", [claim(A), claim("https://b.example/2"), claim(B, "https://b.example/2")], 0, "the first"),
    ("link and canonical are one vote", [claim(A, B, canonical=B), claim(B), claim(C, A), claim(D, A)], 0, "by 2 of 3"),
    (
        "official",
        [claim(A, C, canonical=B), claim(B), claim(C), claim("https://www.o.example/")],
        3,
        "official host www",
    ),
    (
        "date",
        [claim(A, day="2026-02-01"), claim(B, day="2026-01-31"), claim(C)],
        1,
        "earliest date (2026-01-31) of 2 known",
    ),
    ("a single date", [claim(A), claim(B, day="2026-01-31")], 0, "the first of equals"),
    ("the same day", [claim(A, day="2026-01-31"), claim(B, day="2026-01-31")], 0, "the first of equals"),
    ("votes before dates", [claim(A, B, day="2026-01-01"), claim(B, day="2026-02-01")], 1, "named as the source"),
    ("complete", [claim(A, words=80), claim(B, words=100)], 1, "most complete text (100 words)"),
    ("a few words more", [claim(A, words=95), claim(B, words=100)], 0, "the first of equals"),
    ("boilerplate", [claim(A, boilerplate=0.5), claim(B, boilerplate=0.1)], 1, "least boilerplate (10 %)"),
    (
        "everything",
        [claim(A, B), claim(B, day="2026-01-01", words=200, boilerplate=0.1), claim(C, day="2026-02-01")],
        1,
        "named as the source by 1 of 2 other pages; earliest date (2026-01-01) of 2 known; "
        "most complete text (200 words); least boilerplate (10 %)",
    ),
]


@pytest.mark.parametrize(("claims", "best", "evidence"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_likely_original(claims: list[Claim], best: int, evidence: str) -> None:
    found, said = original_of(claims, ("o.example",))
    assert found == best
    assert evidence in said
