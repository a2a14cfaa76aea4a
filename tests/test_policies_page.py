"""docs/policies.md names only what there is, and every signal."""

from __future__ import annotations

import re
from pathlib import Path

from detector.data import CATEGORIES, LABELS
from detector.signals import SIGNALS

TEXT = (Path(__file__).parent.parent / "docs" / "policies.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(\w+)`", TEXT))
POLICIES = (
    "scraped content, cloaking, doorway, hidden text and links, keyword stuffing, link spam, thin affiliation, "
    "scaled content abuse, sneaky redirects, site reputation abuse, user-generated spam, expired domain abuse, "
    "hacked content, malicious practices, scam and fraud, machine-generated traffic"
)


def test_every_name_exists() -> None:
    assert {*CATEGORIES, *LABELS, *SIGNALS} >= NAMED


def test_every_signal_is_there() -> None:
    assert set(SIGNALS) <= NAMED


def test_the_published_policies_are_there() -> None:
    assert [policy for policy in POLICIES.split(", ") if policy not in TEXT] == []
