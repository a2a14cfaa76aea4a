"""`detector explain`: all that is known of one page."""

from __future__ import annotations

import shlex
from itertools import islice
from pathlib import Path

import click

from detector.cli.group import NAMED, UNREAD, cli, say
from detector.cli.inputs import Inputs, allowed_of, paths_of, settings_of, tell_blind
from detector.data import Page, UsageError
from detector.rows import number_text


@cli.command()
@click.argument("page", metavar="PAGE")
@click.option("--index", "-i", help="Reference index; without one reposts cannot be found.")
@click.option("--url", help="The page with this address, of those in PAGE.")
@click.option("--output", "-o", metavar="FILE", help="Write it there instead: .html for a browser, or .jsonl.")
@click.option("--threshold", type=float, help="Probability from which a match is a copy.")
@click.option("--settings", metavar="TOML", help="File with settings; options go before it.")
@click.option("--allow", metavar="CSV", help="File of sites (site, reason, expires) that are never repost or spam.")
@click.pass_context
def explain(
    ctx: click.Context,
    page: str,
    index: str | None,
    url: str | None,
    output: str | None,
    threshold: float | None,
    settings: str | None,
    allow: str | None,
) -> None:
    """Show all that is known of one page, with the matching passages side by side.

    PAGE is a file with one page, or FILE#N for the page at line or row N (byte N in an archive).
    """
    from detector.detector import Detector
    from detector.report import Report
    from detector.terminal import print_explanation

    paths_of((output,), (page, page.rpartition("#")[0]))
    wanted = _pick(page, url)
    if wanted.error:
        say(f"{wanted.url or page}: {wanted.error}")
        ctx.exit(UNREAD)
    detector = Detector(index, settings_of(settings, threshold), allowed_of(allow))
    tell_blind(detector.index)
    verdict = detector.check(wanted)
    if output is None:
        print_explanation(verdict)
    else:
        Report([verdict]).write(output)
        click.echo(f"{output}: {verdict.label}, score {number_text(verdict.score)}", err=True)


def _pick(place: str, url: str | None) -> Page:
    """The one page that `place` and `url` name. Raises UsageError when there is none, or more than one."""
    file, hash_sign, number = place.rpartition("#")
    offset = int(number) if hash_sign and number.isdecimal() and not Path(place).exists() else None
    pages = (
        page
        for page in Inputs([place if offset is None else file])
        if (url is None or page.url == url) and (offset is None or page.offset == offset)
    )
    # Of an address the first page is meant.
    found = list(islice(pages, NAMED + 1 if url is None else 1))
    if not found:
        raise UsageError(f"{place}: has no such page" if url or offset is not None else f"{place}: has no page")
    if len(found) > 1:
        at = f"#{offset}" if offset is not None else ""
        files = list(dict.fromkeys(f"{page.input}{at}" for page in found))
        if len(files) > 1:
            named = " ".join(shlex.quote(file) for file in files[:NAMED])
            raise UsageError(f"{place}: has more than one page; choose a file: {named}{' ...' * (len(found) > NAMED)}")
        raise UsageError(f"{place}: has more than one page; choose with --url or {place}#LINE")
    return found[0]
