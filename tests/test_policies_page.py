"""docs/policies.md names only what there is, and every signal."""

from __future__ import annotations

import re
from pathlib import Path

from detector.data import CATEGORIES, LABELS
from detector.signals import SIGNALS

TEXT = (Path(__file__).parent.parent / "docs" / "policies.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(\w+)`", TEXT))
POLICIES = (
    "cloaking, doorway abuse, expired domain abuse, hacked content, hidden text and link abuse, keyword stuffing, "
    "link spam, machine-generated traffic, malicious practices, misleading functionality, scaled content abuse, "
    "scraping, site reputation abuse, sneaky redirects, thin affiliation, user-generated spam, legal removals, "
    "personal information removals, policy circumvention, scam and fraud, link schemes, social media schemes, "
    "duplicate content, scraped content, automatically generated content, affiliate programs, malicious behavior, "
    "misleading structured data markup, prompt injection, 飓风算法, 清风算法, 惊雷算法, 绿萝算法, 蓝天算法"
)


def test_every_name_exists() -> None:
    assert {*CATEGORIES, *LABELS, *SIGNALS} >= NAMED


def test_every_signal_is_there() -> None:
    assert set(SIGNALS) <= NAMED


def test_the_published_policies_are_there() -> None:
    assert [policy for policy in POLICIES.split(", ") if policy not in TEXT] == []
