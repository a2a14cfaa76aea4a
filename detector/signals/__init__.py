"""Page signals: what makes a page look stuffed, damaged, hidden, templated, in words a person can check.

A signal is one decorated function that yields what it found; the decorator takes pages it must fire on and
pages it must ignore, and one test runs them all:

    @signal("shouting", fires_on=(Page("", text="BUY NOW"),), ignores=(Page("", text="Buy bread."),))
    def shouting(page: PageEvidence) -> Iterator[Finding]:
        loud = [block.text for block in page.blocks if block.text.isupper()]
        if loud:
            yield Finding(0.5, f"in capitals only: {quoted(loud[0])}")
"""

from __future__ import annotations

from detector.signals import damage, evasion, hidden, linking, origin, stuffing, titles, topic, volume
from detector.signals.registry import SIGNALS, Finding, PageEvidence, Rule, detect, quoted, signal

__all__ = ["SIGNALS", "Finding", "PageEvidence", "Rule", "detect", "quoted", "signal"]

# Importing a module registers its signals.
_MODULES = (damage, evasion, hidden, linking, origin, stuffing, titles, topic, volume)
