"""The allow-list: pages that may copy, or look stuffed, and need nobody's attention.

A CSV file with the columns `site`, `reason` and, if one likes, `expires`:

    site,reason,expires
    partner.example,licensed reprints,2027-03-31
    https://portal.example/news/,our own newsroom there,

A site is a host (`www.` aside; hosts below it are not meant) or the address with which a page's address begins, up to
the end of a step of its path or of its query: `/news` allows `/news/1` and `/news?page=2`, not `/newsletter`.
`expires` is the last day on which an entry counts; where it is empty, the entry always does.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from detector.addresses import host_name, site_of, without_www
from detector.data import UsageError

COLUMNS = ("site", "reason", "expires")
_LONGEST_SHOWN = 200
# A prefix that ends so ends where a step does.
_STEP_ENDS = ("/", "?", "&", "=")


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry, `site` as given. `expires`: the last day on which it counts."""

    site: str
    reason: str
    expires: date | None = None

    def __str__(self) -> str:
        until = f" until {self.expires}" if self.expires else ""
        return f"allowed as {self.site}{until}: {self.reason}"


@dataclass(frozen=True)
class AllowList:
    """Entries that count. Lists of equal entries are equal; asking is fast, however many entries there are."""

    entries: tuple[Allowed, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.entries,)  # without what is made of them

    @cached_property
    def _by_host(self) -> Mapping[str, Sequence[tuple[str, Allowed]]]:
        """Bare host -> what follows it in the entries, the longest first: of the entries that allow a page, the one
        that says most decides, of equals the first."""
        found: defaultdict[str, list[tuple[str, Allowed]]] = defaultdict(list)
        for entry in self.entries:
            host, rest = _host_and_rest(entry.site)
            found[host].append((rest, entry))
        return {host: sorted(prefixes, key=lambda pair: -len(pair[0])) for host, prefixes in found.items()}

    @classmethod
    def read(cls, path: str | Path, today: date | None = None) -> tuple[Self, list[str]]:
        """Read a file; entries that have expired before `today` are left out, and named in the second value.

        Raises UsageError, with the line, for a file that cannot be read or is not as the module says.
        """
        day, expired, kept = today or date.today(), [], []
        for line, entry in _entries(path):
            if entry.expires and entry.expires < day:
                expired.append(f"{path}: line {line}: {entry.site} was allowed until {entry.expires}, no longer")
            else:
                kept.append(entry)
        return cls(tuple(kept)), expired

    def entry_for(self, url: str) -> Allowed | None:
        """The entry that allows the page at this address; None for paths of files, too."""
        host, _ = site_of(url)
        prefixes = self._by_host.get(without_www(host)) if host else None
        if not prefixes:
            return None
        _, rest = _host_and_rest(url)
        # Nobody knows where a path with such a step leads.
        if ".." in rest.partition("?")[0].split("/"):
            return None
        return next((entry for prefix, entry in prefixes if _begins(rest, prefix)), None)


def _begins(rest: str, prefix: str) -> bool:
    after = rest[len(prefix) :]
    return rest.startswith(prefix) and (not after or not prefix or prefix.endswith(_STEP_ENDS) or after[0] in "/?&")


def _host_and_rest(site: str) -> tuple[str, str]:
    """The bare host of a host or web address, "" for what is neither, and what follows it: "" for a host."""
    if host := host_name(site):
        return without_www(host), ""
    host, _ = site_of(site)
    if not host:
        return "", ""
    parts = urlsplit(site)
    return without_www(host), unquote(parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _entries(path: str | Path) -> Iterator[tuple[int, Allowed]]:
    """The entries of a file with their lines."""
    text = _text_of(path)
    # What spreadsheets put between cells depends on the country.
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    names: list[str] = []
    line = 1
    try:
        for cells in rows:
            if any(cell.strip() for cell in cells):
                if names:
                    yield line, _entry(names, cells)
                else:
                    names = _names(cells)
            line = rows.line_num + 1
        if not names:
            raise ValueError(f"has no columns; they are {', '.join(COLUMNS)}")
    except csv.Error as error:
        raise UsageError(f"{path}: line {line}: not CSV ({error}){_shown(text, line)}") from error
    except ValueError as error:
        raise UsageError(f"{path}: line {line}: {error}{_shown(text, line)}") from error


def _shown(text: str, line: int) -> str:
    """The line that is wrong, as far as it is worth reading."""
    lines = text.split("\n")
    found = lines[line - 1].strip() if line <= len(lines) else ""
    return f", in: {found[:_LONGEST_SHOWN]}" if found else ""


def _text_of(path: str | Path) -> str:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}: line {line}: not UTF-8") from error


def _names(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    for name in names:
        if name not in COLUMNS or names.count(name) > 1:
            raise ValueError(f"the columns are {', '.join(COLUMNS)}, each once, not {name!r}")
    for name in COLUMNS[:2]:
        if name not in names:
            raise ValueError(f"no column is called {name}")
    return names


def _entry(names: Sequence[str], cells: Sequence[str]) -> Allowed:
    if len(cells) != len(names):
        raise ValueError(f"{len(cells)} cells in {len(names)} columns")
    values: Mapping[str, str] = dict(zip(names, (" ".join(cell.split()) for cell in cells), strict=True))
    site, reason, expires = values["site"], values["reason"], values.get("expires", "")
    if not reason:
        raise ValueError(f"no reason is given for {site!r}")
    if not _host_and_rest(site)[0]:
        raise ValueError(f"site must be a host or a web address, such as partner.example, not {site[:100]!r}")
    try:
        return Allowed(site, reason, date.fromisoformat(expires) if expires else None)
    except ValueError:
        raise ValueError(f"expires must be a day such as 2027-03-31, not {expires[:100]!r}") from None
