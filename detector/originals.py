"""Which page of a set of near-duplicates is likely the original, and what speaks for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate
from hashlib import blake2b

import numpy as np

from detector.addresses import bare_address, site_of, without_www
from detector.rows import counted, percent

# A page that names more sources than these names none: it is a list.
MOST_NAMED = 500
_DAY = re.compile(
    r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)"
    r"|^\s*(\d{4})(\d\d)(\d\d)(?:\d{6})?(?:\D|$)"
)
# A few words more are a date line or a leftover of the site, not a text that is more complete.
COMPLETE = 0.9
_FIRST_YEAR = 1990
_LONGEST_DATE = 60
_NEVER = "9999"


def address_key(url: str) -> int:
    """64 bits that stand for an address, alike for addresses that show the same page; 0 for what is none."""
    bare = bare_address(url)
    return int.from_bytes(blake2b(bare.encode("utf-8", "replace"), digest_size=8).digest()) if bare else 0


def address_keys(bare_addresses: Collection[str]) -> np.ndarray:
    """The same of many addresses that are bare already, uint64; none of more than MOST_NAMED."""
    if len(bare_addresses) > MOST_NAMED:
        return np.zeros(0, np.uint64)
    return np.array(sorted(map(address_key, (f"https://{bare}" for bare in bare_addresses))), np.uint64)


def day_of(text: str) -> str:
    """The first day that stands in a text, as 2026-01-31; "" where none does.

    >>> day_of("2026-01-31T08:00:00Z"), day_of("Sat, 31 Jan 2026 08:00:00 GMT"), day_of("2026年1月31日")
    ('2026-01-31', '2026-01-31', '2026-01-31')
    >>> day_of("2026-02-31"), day_of("yesterday")
    ('', '')
    """
    text = text[:_LONGEST_DATE]
    found = _DAY.search(text)
    parts = [int(part) for part in found.groups() if part] if found else (parsedate(text) or ())[:3]
    try:
        day = date(*parts)
    except (TypeError, ValueError, OverflowError):
        return ""
    return day.isoformat() if day.year >= _FIRST_YEAR else ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What may speak for a page: `words` of its own, `boilerplate` 0..1 of its characters, `day` as `day_of` gives it,
    and the addresses it names as its source, as `address_key` has them: `canonical`, and `named` by links and texts."""

    url: str
    words: int = 0
    boilerplate: float = 0.0
    day: str = ""
    canonical: int = 0
    named: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))


def original_of(claims: Sequence[Claim], official_hosts: Collection[str] = ()) -> tuple[int, str]:
    """The place of the likely original, and what speaks for it, in words.

    In this order: an official host; how many other pages name it as canonical, or link to it from another host; the
    earliest day; a text of at least COMPLETE of the longest; the least boilerplate, in whole percent; the place.
    """
    hosts = {without_www(host) for host in official_hosts}
    official = [without_www(site_of(claim.url)[0]) in hosts for claim in claims]
    votes = _votes(claims)
    dated = sum(1 for claim in claims if claim.day)
    # The day of a single page tells nothing of when the others came.
    days = [(claim.day if dated > 1 else "") or _NEVER for claim in claims]
    longest = max(claim.words for claim in claims)
    complete = [claim.words >= COMPLETE * longest for claim in claims]
    boilerplate = [round(claim.boilerplate, 2) for claim in claims]
    best = min(
        range(len(claims)),
        key=lambda at: (
            not official[at],
            -votes[at],
            days[at],
            not complete[at],
            boilerplate[at],
            at,
        ),
    )
    claim = claims[best]
    others = [at for at in range(len(claims)) if at != best]
    evidence = []
    if official[best]:
        evidence.append(f"on the official host {site_of(claim.url)[0]}")
    if votes[best]:
        evidence.append(f"named as the source by {votes[best]} of {counted(len(others), 'other page')}")
    if all(days[best] < days[at] for at in others):
        evidence.append(f"earliest date ({claim.day}) of {dated} known")
    if complete[best] and not any(complete[at] for at in others):
        evidence.append(f"most complete text ({counted(claim.words, 'word')})")
    if all(boilerplate[best] < boilerplate[at] for at in others):
        evidence.append(f"least boilerplate ({percent(claim.boilerplate)})")
    return best, "; ".join(evidence or ["the first of equals"])


def _votes(claims: Sequence[Claim]) -> list[int]:
    """How many pages at other addresses name each page as its source. Links inside a site lead everywhere: they are no
    votes, but a canonical address is."""
    keys = [address_key(claim.url) for claim in claims]
    hosts: dict[int, str] = {key: without_www(site_of(claim.url)[0]) for key, claim in zip(keys, claims, strict=True)}
    voters: Counter[int] = Counter()
    for key, claim in zip(keys, claims, strict=True):
        linked = {name for name in claim.named.tolist() if hosts.get(name, hosts[key]) != hosts[key]}
        voters.update(name for name in {claim.canonical, *linked} - {key, 0} if name in hosts)
    return [voters[key] for key in keys]
