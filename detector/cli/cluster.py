"""`detector cluster`: sets of near-duplicates inside a crawl."""

from __future__ import annotations

from pathlib import Path

import click

from detector.cli.group import UNREAD, cli, reader_may_leave, say, say_some
from detector.cli.inputs import Inputs, output_option, settings_of
from detector.rows import counted


@cli.command()
@click.argument("pages", metavar="PAGES...", nargs=-1, required=True)
@output_option("clusters.csv", ".csv, or - for standard output.")
@click.option("--similarity", type=float, default=0.7, show_default=True, help="Jaccard from which pages are alike.")
@click.option(
    "--jobs", "-j", type=int, default=1, show_default=True, help="Processes, no more than cores; -1: one a core."
)
@click.option("--official-host", multiple=True, metavar="HOST", help="Where originals are.")
@click.option("--settings", metavar="TOML", help="File with settings; of these official_hosts and max_bytes count.")
@click.option("--excel", is_flag=True, help="CSV for Excel: byte order mark, cells within its limit.")
@click.pass_context
def cluster(
    ctx: click.Context,
    pages: tuple[str, ...],
    output: str,
    similarity: float,
    jobs: int,
    official_host: tuple[str, ...],
    settings: str | None,
    excel: bool,
) -> None:
    """Find sets of near-duplicates among PAGES, and of each the likely original; no reference is needed."""
    from detector.clusters import cluster as find_sets
    from detector.clusters import csv_file
    from detector.terminal import watched

    inputs = Inputs(pages, (output,))
    chosen = settings_of(settings, official_host=official_host)
    with reader_may_leave(), csv_file(output) as file:
        found = find_sets(watched(inputs, "pages"), similarity, jobs=jobs, settings=chosen)
        if inputs.nothing_read and Path(output).exists():
            inputs.tell()
            say(f"left as before, since nothing could be read: {output}")
            ctx.exit(UNREAD)  # before anything is written
        found.write_to(file, excel)
    inputs.tell()
    say_some(found.problems, "that could not be judged")
    inside = sum(len(group.members) for group in found.sets)
    textless = f", {found.textless} without text of their own" if found.textless else ""
    sets = f"{counted(len(found.sets), 'set')} of {counted(inside, 'page')}, of {found.pages} read"
    click.echo(f"{output}: {sets}{textless}", err=True)
    ctx.exit(UNREAD if found.problems else inputs.exit_code)
