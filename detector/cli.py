"""The command `detector`: builds `Settings`, makes one call, writes once.

Exit codes: 0 done; 1 findings (`--fail-on`, a figure beyond its limit); 2 usage, or an output that cannot be written;
3 done, but some inputs could not be read; 4 index or model invalid; 130 interrupted. 1 goes before 3.
Everything heavy is imported inside the commands, so that `detector --help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from detector import __version__
from detector.data import LABELS, DetectorError, IndexInvalid, ModelInvalid, Page, Settings, UsageError
from detector.rows import counted, printable

if TYPE_CHECKING:
    from detector.index import ReferenceIndex

FINDINGS, USAGE, UNREAD, INVALID, INTERRUPTED = 1, 2, 3, 4, 130
# Unread inputs, unusable posts and unknown addresses named on stderr before the rest are only counted.
NAMED = 10


def _say(message: str) -> None:
    click.echo(f"detector: {printable(message)}", err=True)


def _say_some(messages: Sequence[str], what: str) -> None:
    """The first messages, and of the rest how many there are."""
    for message in messages[:NAMED]:
        _say(message)
    if len(messages) > NAMED:
        _say(f"... and {len(messages) - NAMED} more {what}")


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """`detector ... | head` ends quietly: what stdout no longer takes is dropped."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Commands(click.Group):
    """Turns the errors raised on purpose into one line on stderr and the exit code they stand for."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _reader_may_leave():
                return super().invoke(ctx)
        except (IndexInvalid, ModelInvalid) as error:
            _say(str(error))
            ctx.exit(INVALID)
        except DetectorError as error:
            _say(str(error))
            ctx.exit(USAGE)
        except OSError as error:
            _say(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
            ctx.exit(USAGE)
        except KeyboardInterrupt:
            _say("interrupted")
            ctx.exit(INTERRUPTED)


class _Inputs:
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
            _say(line)
        if self.unread > len(self._named):
            _say(f"... and {self.unread - len(self._named)} more that could not be read")
        self.tell_rest()

    def tell_rest(self) -> None:
        """Say on stderr what was passed over."""
        if self._skipped:
            _say("passed over: " + ", ".join(f"{what} ({count})" for what, count in self._skipped.most_common()))
        if not self.read:
            _say("no pages found")

    @property
    def exit_code(self) -> int:
        return UNREAD if self.unread else 0


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="detector")
def cli() -> None:
    """Find reposts of official blog posts and SEO boilerplate in crawled pages, and rank the pages.

    PAGES and POSTS are folders (read recursively), .html .htm .txt .md .jsonl[.gz] .csv .parquet .warc[.gz]
    .wet[.gz] files, or - for JSON Lines on standard input.
    """


@cli.group()
def index() -> None:
    """Make and change a reference index of official posts."""


@index.command("build")
@click.argument("path", metavar="INDEX")
@click.argument("posts", metavar="POSTS...", nargs=-1, required=True)
@click.pass_context
def build_index(ctx: click.Context, path: str, posts: tuple[str, ...]) -> None:
    """Make INDEX of POSTS; an index that is there is replaced, unless none of the posts can be used."""
    from detector.index import ReferenceIndex
    from detector.terminal import watched

    inputs = _Inputs(posts)
    built = ReferenceIndex.build(path, watched(inputs, "posts"))
    _tell_problems(built)
    inputs.tell_rest()
    click.echo(f"{path}: {counted(len(built), 'post')}")
    ctx.exit(inputs.exit_code)


@index.command("add")
@click.argument("path", metavar="INDEX")
@click.argument("posts", metavar="POSTS...", nargs=-1, required=True)
@click.pass_context
def add_to_index(ctx: click.Context, path: str, posts: tuple[str, ...]) -> None:
    """Add POSTS to INDEX; posts already there are passed over."""
    from detector.index import ReferenceIndex
    from detector.terminal import watched

    inputs = _Inputs(posts)
    opened = ReferenceIndex.open(path)
    added = opened.add(watched(inputs, "posts"))
    _tell_problems(opened)
    inputs.tell_rest()
    click.echo(f"{path}: {counted(added, 'post')} added, {len(opened)} in all")
    ctx.exit(inputs.exit_code)


def _tell_problems(changed: ReferenceIndex) -> None:
    """Say on stderr which posts are not in the index, those that could not be read too, and which were cut."""
    _say_some([f"not indexed: {problem}" for problem in changed.problems], "not indexed")
    _say_some(changed.notes, "cut")


@index.command("remove")
@click.argument("path", metavar="INDEX")
@click.argument("urls", metavar="URLS...", nargs=-1, required=True)
def remove_from_index(path: str, urls: tuple[str, ...]) -> None:
    """Take the posts with these addresses out of INDEX."""
    from detector.index import ReferenceIndex

    opened = ReferenceIndex.open(path)
    _say_some([f"{url}: no such post in the index" for url in dict.fromkeys(urls) if url not in opened], "not found")
    click.echo(f"{path}: {counted(opened.remove(urls), 'post')} removed, {len(opened)} left")


@index.command("info")
@click.argument("path", metavar="INDEX")
def show_index(path: str) -> None:
    """Print what INDEX holds."""
    from detector.index import ReferenceIndex

    for name, value in ReferenceIndex.open(path).info().items():
        click.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")


def _settings(
    file: str | None, threshold: float | None, spam_threshold: float | None, official_hosts: tuple[str, ...]
) -> Settings:
    """The settings file's values, each overruled by its option; hosts add up."""
    settings = Settings.from_toml(file) if file else Settings()
    given: dict[str, Any] = {"threshold": threshold, "spam_threshold": spam_threshold}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(settings, official_hosts=(*settings.official_hosts, *official_hosts), **changes)


@cli.command()
@click.argument("pages", metavar="PAGES...", nargs=-1, required=True)
@click.option("--index", "-i", help="Reference index; without one reposts cannot be found.")
@click.option("--output", "-o", default="report.csv", show_default=True, help=".csv, .jsonl, .parquet or - (CSV).")
@click.option("--matches", metavar="FILE", help="Also write one CSV row a pair of page and source.")
@click.option("--blocks", metavar="FILE", help="Also write one CSV row a block.")
@click.option(
    "--jobs", "-j", type=int, default=1, show_default=True, help="Processes, no more than cores; -1: one a core."
)
@click.option("--fail-on", multiple=True, type=click.Choice(LABELS), help="Exit with 1 if a page has this label.")
@click.option("--threshold", type=float, help="Probability from which a match is a copy.")
@click.option("--spam-threshold", type=float, help="Spam evidence from which a page is spam.")
@click.option("--official-host", multiple=True, metavar="HOST", help="Official beside the hosts of the index.")
@click.option("--settings", metavar="TOML", help="File with settings; options go before it.")
@click.option("--excel", is_flag=True, help="CSV for Excel: byte order mark, cells within its limit.")
@click.pass_context
def score(
    ctx: click.Context,
    pages: tuple[str, ...],
    index: str | None,
    output: str,
    matches: str | None,
    blocks: str | None,
    jobs: int,
    fail_on: tuple[str, ...],
    threshold: float | None,
    spam_threshold: float | None,
    official_host: tuple[str, ...],
    settings: str | None,
    excel: bool,
) -> None:
    """Judge PAGES and write a report, the worst page first."""
    from detector.detector import Detector
    from detector.report import ReportWriter
    from detector.terminal import watched

    inputs = _Inputs(pages, (output, matches, blocks))
    chosen = _settings(settings, threshold, spam_threshold, official_host)
    with _reader_may_leave(), ReportWriter(output, matches=matches, blocks=blocks, excel=excel) as writer:
        detector = Detector(index, chosen)
        _tell_blind(detector.index)
        labels: Counter[str] = Counter()
        for verdict in watched(detector.check_all(inputs, jobs), "pages"):
            labels[verdict.label] += 1
            writer.add(verdict)
    inputs.tell()
    found = ", ".join(f"{labels[label]} {label}" for label in LABELS if labels[label])
    click.echo(f"{output}: {counted(labels.total(), 'page')}" + (f" ({found})" if found else ""), err=True)
    ctx.exit(FINDINGS if any(labels[label] for label in fail_on) else inputs.exit_code)


@cli.command()
@click.argument("page", metavar="PAGE")
@click.option("--index", "-i", help="Reference index; without one reposts cannot be found.")
@click.option("--url", help="The page with this address, of those in PAGE.")
@click.option("--settings", metavar="TOML", help="File with settings.")
@click.pass_context
def explain(ctx: click.Context, page: str, index: str | None, url: str | None, settings: str | None) -> None:
    """Show all that is known of one page, with the matching passages side by side.

    PAGE is a file with one page, or FILE#N for the page at line or row N (byte N in an archive).
    """
    from detector.detector import Detector
    from detector.terminal import print_explanation

    wanted = _pick(page, url)
    if wanted.error:
        _say(f"{wanted.url or page}: {wanted.error}")
        ctx.exit(UNREAD)
    detector = Detector(index, _settings(settings, None, None, ()))
    _tell_blind(detector.index)
    print_explanation(detector.check(wanted))


def _tell_blind(asked: ReferenceIndex | None) -> None:
    """Say it when nothing can be found to be a repost."""
    if asked is None:
        _say("no --index given: reposts cannot be found, only boilerplate and spam")
    elif not len(asked):
        _say(f"{asked.path}: holds no posts, so reposts cannot be found; add some with `detector index add`")


def _pick(place: str, url: str | None) -> Page:
    """The one page that `place` and `url` name. Raises UsageError when there is none, or more than one."""
    file, hash_sign, number = place.rpartition("#")
    offset = int(number) if hash_sign and number.isdecimal() and not Path(place).exists() else None
    pages = (
        page
        for page in _Inputs([place if offset is None else file])
        if (url is None or page.url == url) and (offset is None or page.offset == offset)
    )
    first = next(pages, None)
    if first is None:
        raise UsageError(f"{place}: has no such page" if url or offset is not None else f"{place}: has no page")
    if url is None and offset is None and next(pages, None) is not None:
        raise UsageError(f"{place}: has more than one page; choose with --url or {place}#LINE")
    return first


@cli.command()
@click.option("--data", metavar="DIR", help="Datasets to learn from; default: the shipped ones.")
@click.option("--output", "-o", default="models", show_default=True, help="Folder for the model folders.")
def train(data: str | None, output: str) -> None:
    """Train every model anew."""
    from detector.training import train as train_models

    train_models(Path(output), Path(data) if data else None, log=click.echo)


@cli.command()
@click.option("--data", metavar="DIR", help="Datasets to measure on; default: the shipped ones.")
@click.pass_context
def evaluate(ctx: click.Context, data: str | None) -> None:
    """Measure the models, print every quality figure, and exit with 1 if one is beyond its pinned limit."""
    from detector.training import evaluate as evaluate_models

    figures = evaluate_models(Path(data) if data else None, log=click.echo)
    ctx.exit(0 if figures["ok"] else FINDINGS)


@cli.command()
@click.option("--index", "-i", help="Also check this reference index, every byte of it.")
@click.pass_context
def doctor(ctx: click.Context, index: str | None) -> None:
    """Check the installation: versions, models, compiled code, charsets, an index."""
    from detector.doctor import examine

    healthy = True
    for finding in examine(index):
        healthy &= finding.healthy
        click.echo(f"{'ok ' if finding.healthy else 'BAD'}  {finding.subject:<18} {printable(finding.detail)}")
    ctx.exit(0 if healthy else INVALID)


@cli.command()
@click.option("--output", "-o", default="detector-demo", show_default=True, help="Folder for the demo's files.")
def demo(output: str) -> None:
    """Index the shipped posts, score the shipped crawl, and compare with its known answers."""
    from detector.demo import run_demo
    from detector.terminal import print_demo, print_next_steps

    done = run_demo(Path(output))
    print_demo(done)
    print_next_steps(done)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """What the threads of a worker pool shout while it is torn down is of no use to anybody."""
    threading.excepthook = lambda arguments: None
    raise KeyboardInterrupt


def main() -> None:
    """The console script."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    cli.main(prog_name="detector")
