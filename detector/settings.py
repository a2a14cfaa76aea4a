"""What people change: options of `detector score`, or a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from detector.addresses import PLATFORMS, host_name
from detector.data import UsageError


@dataclass(frozen=True, slots=True)
class Settings:
    """What people change. `from_toml` reads the same names from a file.

    Hosts may be given as the address of their start page, and as any list. Raises UsageError for a
    value that makes no sense.

    `threshold`: a match of at least this probability is a copy. The default is the highest, in steps of
    0.05, at which the mean recall over all kinds of damage is 0.95, out of fold on the sites that train
    (see `detector train`). `spam_threshold`: a page whose spam evidence reaches this (0..1) is `spam`; of 440
    ordinary pages none reaches 0.3, of 29 doorway pages all do. `candidates`: posts aligned in full
    per page, and at most as many more found by names and numbers.
    `official_hosts`: hosts that are official beside those of the index; `shared_platforms`: hosts
    (those below them included) on which `official` goes by account instead, read from an address as
    `addresses.PLATFORMS` says, elsewhere from the first step of the path. `max_bytes`: longer HTML or text is cut here.
    """

    threshold: float = 0.85
    spam_threshold: float = 0.3
    candidates: int = 8
    official_hosts: tuple[str, ...] = ()
    shared_platforms: tuple[str, ...] = tuple(PLATFORMS)
    max_bytes: int = 4_000_000

    def __post_init__(self) -> None:
        for name in ("threshold", "spam_threshold"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise UsageError(f"{name} must be a number between 0 and 1, not {_shown(value)}")
        for name in ("candidates", "max_bytes"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 63:
                raise UsageError(f"{name} must be a whole number above 0 and below 2^63, not {_shown(value)}")
        for name in ("official_hosts", "shared_platforms"):
            object.__setattr__(self, name, _hosts(name, getattr(self, name)))

    @classmethod
    def from_toml(cls, path: str | Path) -> Settings:
        """Read settings from a TOML file.

        Raises UsageError for a file that cannot be read, a name that is not a setting, or a value
        of the wrong type.
        """
        try:
            values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
        except (ValueError, RecursionError) as error:  # of what is no UTF-8, too, and of numbers of too many digits
            raise UsageError(f"{path}: not valid TOML ({error})") from error
        known = {setting.name for setting in fields(cls)}
        for name in values:
            if name not in known:
                raise UsageError(f"{path}: no setting is called {name!r}; there are {', '.join(sorted(known))}")
        return cls(**values)


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:  # Python reads hexadecimal numbers of any length, and writes none of thousands of digits
        return "one of thousands of digits"


def _hosts(name: str, given: Any) -> tuple[str, ...]:
    # A str would be taken for a list of its letters.
    if not isinstance(given, list | tuple | set | frozenset):
        raise UsageError(f"{name} must be a list of hosts, not {_shown(given)}")
    for entry in given:
        if not isinstance(entry, str) or not host_name(entry):
            raise UsageError(f"{name} must be hosts, such as blog.example.com, not {_shown(entry)}")
    return tuple(dict.fromkeys(map(host_name, given)))
