"""What commands are given: pages, settings, an index; and what is said of them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.cli.group import NAMED, UNREAD, say
from detector.data import Page, Settings, UsageError

if TYPE_CHECKING:
    from detector.index import ReferenceIndex


class Inputs:
    """The pages of the inputs, with a count of what could not be read; `outputs` are passed over."""

    def __init__(self, inputs: Sequence[str], outputs: Sequence[str | None] = ()) -> None:
        self._inputs = inputs
        self._outputs = {Path(output).resolve() for output in outputs if output and output != "-"}
        if clash := next((name for name in inputs if Path(name).resolve() in self._outputs), None):
            raise UsageError(f"{clash}: is an input and an output")
        self._skipped: Counter[str] = Counter()
        self._named: list[str] = []
        self.read = 0
        self.unread = 0

    def __iter__(self) -> Iterator[Page]:
        from detector.pages import read_pages

        stdin = sys.stdin.buffer
        names = {output.name for output in self._outputs}
        for page in read_pages(*self._inputs, skipped=self._skipped, stdin=stdin):
            if Path(page.input).name in names and Path(page.input).resolve() in self._outputs:
                continue
            self.read += 1
            if page.error:
                self.unread += 1
                if len(self._named) < NAMED:
                    self._named.append(f"{page.input or page.url}: {page.error}")
            yield page

    def tell(self) -> None:
        """Say on stderr what could not be read and what was passed over."""
        for line in self._named:
            say(line)
        if self.unread > len(self._named):
            say(f"... and {self.unread - len(self._named)} more that could not be read")
        self.tell_rest()

    def tell_rest(self) -> None:
        """Say on stderr what was passed over."""
        if self._skipped:
            say("passed over: " + ", ".join(f"{what} ({count})" for what, count in self._skipped.most_common()))
        if not self.read:
            say("no pages found")

    @property
    def exit_code(self) -> int:
        return UNREAD if self.unread else 0


def settings_of(
    file: str | None, threshold: float | None, spam_threshold: float | None, official_hosts: tuple[str, ...]
) -> Settings:
    """The settings file's values, each overruled by its option; hosts add up."""
    settings = Settings.from_toml(file) if file else Settings()
    given: dict[str, Any] = {"threshold": threshold, "spam_threshold": spam_threshold}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(settings, official_hosts=(*settings.official_hosts, *official_hosts), **changes)


def tell_blind(asked: ReferenceIndex | None) -> None:
    """Say it when nothing can be found to be a repost."""
    if asked is None:
        say("no --index given: reposts cannot be found, only boilerplate and spam")
    elif not len(asked):
        say(f"{asked.path}: holds no posts, so reposts cannot be found; add some with `detector index add`")
