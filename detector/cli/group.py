"""The group `detector`: what every command shares, and what the errors raised on purpose come to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from detector import __version__
from detector.data import DetectorError, IndexInvalid, ModelInvalid, raise_if_interrupted
from detector.rows import printable

FINDINGS, USAGE, UNREAD, INVALID, INTERRUPTED = 1, 2, 3, 4, 130
# Unread inputs, unusable posts and unknown addresses named on stderr before the rest are only counted.
NAMED = 10


def say(message: str) -> None:
    click.echo(f"detector: {printable(message)}", err=True)


class Problems:
    """What is told on stderr when the work is done: the first few problems, and of the rest how many there are."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._named: list[str] = []
        self.count = 0

    def add(self, message: str) -> None:
        self.count += 1
        if len(self._named) < NAMED:
            self._named.append(message)

    @property
    def first(self) -> str:
        return self._named[0]

    def tell(self) -> None:
        for message in self._named:
            say(message)
        if self.count > len(self._named):
            say(f"... and {self.count - len(self._named)} more {self._what}")


def say_some(messages: Iterable[str], what: str) -> None:
    problems = Problems(what)
    for message in messages:
        problems.add(message)
    problems.tell()


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """`detector ... | head` ends quietly: what stdout no longer takes is dropped."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Commands(click.Group):
    """Turns the errors raised on purpose into one line on stderr and the exit code they stand for."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with reader_may_leave():
                return self._run(ctx)
        except (IndexInvalid, ModelInvalid) as error:
            say(str(error))
            ctx.exit(INVALID)
        except DetectorError as error:
            say(str(error))
            ctx.exit(USAGE)
        except OSError as error:
            say(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
            ctx.exit(USAGE)
        except KeyboardInterrupt:
            say("interrupted")
            ctx.exit(INTERRUPTED)

    def _run(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            raise_if_interrupted(error)
            raise


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="detector")
def cli() -> None:
    """Find reposts of official blog posts and SEO boilerplate in crawled pages, and rank the pages.

    PAGES and POSTS are folders (read recursively), .html .htm .txt .md .jsonl[.gz] .csv .parquet .warc[.gz]
    .wet[.gz] files, or - for JSON Lines on standard input; POSTS may be feeds too (see index build --help).
    """
