"""What commands are given: pages, settings, an index; and what is said of them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from detector.addresses import site_of
from detector.allowlist import AllowList
from detector.cli.group import NAMED, UNREAD, Problems, say, say_some
from detector.data import LABELS, DetectorError, Page, UsageError, raise_if_interrupted
from detector.rows import PAGE_MARK, REPORT_TABLES
from detector.settings import Settings

if TYPE_CHECKING:
    from detector.index import ReferenceIndex

# The first lines of reports are shorter.
_LONGEST_HEADER = 4_096


class Inputs:
    """The pages of the inputs, with a count of what could not be read; `outputs` are passed over."""

    def __init__(self, inputs: Sequence[str], outputs: Sequence[str | None] = ()) -> None:
        self._inputs = inputs
        self._outputs = paths_of(outputs, inputs)
        self._skipped: Counter[str] = Counter()
        self._unread = Problems("that could not be read")
        self._notes = Problems("with something wrong that can be judged all the same")
        self._partly = False
        self.read = 0

    def __iter__(self) -> Iterator[Page]:
        names = {output.name for output in self._outputs}
        for page in self._pages():
            raise_if_interrupted()
            if Path(page.input).name in names and Path(page.input).resolve() in self._outputs:
                continue
            if self.nothing_read and not page.error:
                compile_ahead()
            self.read += 1
            if page.error:
                self._unread.add(f"{page.input or page.url}: {page.error}")
            if page.note:
                self._notes.add(f"{page.input or page.url}: {page.note}")
            self._partly |= page.partly
            yield page
        raise_if_interrupted()

    def _pages(self) -> Iterator[Page]:
        from detector.pages import read_pages

        return read_pages(*self._inputs, skipped=self._skipped, stdin=sys.stdin.buffer)

    def tell(self) -> None:
        """Say on stderr what could not be read and what was passed over."""
        self._unread.tell()
        self.tell_rest()

    def tell_skipped(self) -> None:
        """Say on stderr what was passed over."""
        if self._skipped:
            say("passed over: " + ", ".join(f"{what} ({count})" for what, count in self._skipped.most_common()))

    def tell_rest(self) -> None:
        """Say on stderr what is wrong with pages that could be read, what was passed over, and that there was nothing
        else."""
        self._notes.tell()
        self.tell_skipped()
        if not self.read:
            say("no pages found")

    @property
    def outputs(self) -> set[Path]:
        return self._outputs

    @property
    def nothing_read(self) -> bool:
        """Whether there was no page, or none that could be read."""
        return self.read == self._unread.count

    @property
    def exit_code(self) -> int:
        return UNREAD if self._unread.count or self._partly or not self.read else 0


class PostInputs(Inputs):
    """The posts of the inputs: feeds are read too, and `sitemaps` say which pages are posts."""

    def __init__(self, inputs: Sequence[str], sitemaps: Sequence[str], site: str | None) -> None:
        from detector.sitemaps import Sitemap

        super().__init__(inputs)
        if site is not None and not site_of(site)[0]:
            raise UsageError(f"--site must be a web address, such as https://blog.example.com, not {site[:100]!r}")
        self._site = site
        self._sitemap = Sitemap(sitemaps) if sitemaps else None
        self._told: list[str] = []

    def _pages(self) -> Iterator[Page]:
        from detector.sources import read_posts

        return read_posts(
            *self._inputs,
            sitemap=self._sitemap,
            site=self._site,
            skipped=self._skipped,
            notes=self._told,
            stdin=sys.stdin.buffer,
        )

    def tell_rest(self) -> None:
        super().tell_rest()
        self.tell_notes()
        if self._sitemap is not None and (unasked := self._sitemap.unasked):
            named = ", ".join(unasked[:NAMED]) + (", ..." if len(unasked) > NAMED else "")
            say(f"{len(unasked)} of {len(self._sitemap)} addresses of the sitemap have no page: {named}")

    def tell_notes(self) -> None:
        """Say on stderr what is to know of feeds, sitemaps and addresses."""
        say_some(self._told, "to know of feeds and sitemaps")


def paths_of(outputs: Sequence[str | None], inputs: Sequence[str]) -> set[Path]:
    """Where the outputs go. Raises UsageError when one of them is an input."""
    paths = {Path(output).resolve() for output in outputs if output and output != "-"}
    if clash := next((name for name in inputs if Path(name).resolve() in paths), None):
        raise UsageError(f"{clash}: is an input and an output")
    return paths


def output_option(default: str, said: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option for where a report goes. What has the default's name already stays unless this program wrote it."""

    def checked(ctx: click.Context, option: click.Parameter, output: str) -> str:
        chosen = ctx.get_parameter_source("output") is not ParameterSource.DEFAULT
        if not chosen and Path(output).is_file() and not _is_report(Path(output)):
            raise UsageError(f"{output}: is there already and no report of this program: say with -o where to write")
        return output

    return click.option("--output", "-o", default=default, show_default=True, callback=checked, help=said)


def _is_report(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_LONGEST_HEADER)
    if not head or PAGE_MARK in head:
        return True
    names = tuple(head.partition(b"\n")[0].decode("utf-8-sig", "replace").strip().split(","))
    return any(names[: len(columns)] == columns for columns in REPORT_TABLES)  # new ones go last


def judging_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options from which `settings_of` and `allowed_of` make what decides, and those of what is done with it."""
    options = (
        click.option("--matches", metavar="FILE", help="Also write one CSV row a pair of page and source."),
        click.option("--blocks", metavar="FILE", help="Also write one CSV row a block."),
        click.option(
            "--fail-on", multiple=True, type=click.Choice(LABELS), help="Exit with 1 if a page has this label."
        ),
        click.option("--threshold", type=float, help="Probability from which a match is a copy."),
        click.option("--spam-threshold", type=float, help="Spam evidence from which a page is spam."),
        click.option("--official-host", multiple=True, metavar="HOST", help="Official beside the hosts of the index."),
        click.option("--settings", metavar="TOML", help="File with settings; options go before it."),
        click.option(
            "--allow", metavar="CSV", help="File of sites (site, reason, expires) that are never repost or spam."
        ),
        click.option("--excel", is_flag=True, help="CSV for Excel: byte order mark, cells within its limit."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def settings_of(
    settings: str | None,
    threshold: float | None = None,
    spam_threshold: float | None = None,
    official_host: tuple[str, ...] = (),
) -> Settings:
    """The settings file's values, each overruled by its option; hosts add up."""
    chosen = Settings.from_toml(settings) if settings else Settings()
    given: dict[str, Any] = {"threshold": threshold, "spam_threshold": spam_threshold}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(chosen, official_hosts=(*chosen.official_hosts, *official_host), **changes)


def allowed_of(file: str | None) -> AllowList:
    """The file's allow-list; what of it has expired is told."""
    if file is None:
        return AllowList()
    allowed, expired = AllowList.read(file)
    say_some(expired, "expired")
    return allowed


def compile_ahead() -> None:
    """On a machine that has not compiled the loops yet, do it on two cores: the first page would on one."""
    from detector import kernels
    from detector.processes import count_of

    # What is kept for no other process is compiled as it is needed. Counting cores loads a library: last.
    if kernels.cache.TEMPORARY or not kernels.is_cold() or count_of(2) == 1:
        return
    from detector import warming

    say("compiling on first use, for half a minute or a whole one; later runs need not")
    try:
        warming.warm()
    except (DetectorError, OSError):  # such as no room for temporary files, which a page may not need
        return


def tell_blind(asked: ReferenceIndex | None) -> None:
    """Say it when nothing can be found to be a repost."""
    if asked is None:
        say("no --index given: reposts cannot be found, only boilerplate and spam")
    elif not len(asked):
        say(f"{asked.path}: holds no posts, so reposts cannot be found; add some with `detector index add`")
