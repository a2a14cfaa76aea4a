"""`detector report`: a report written before, as a page for people."""

from __future__ import annotations

import click

from detector.cli.group import UNREAD, cli, say_some
from detector.cli.inputs import output_option, paths_of
from detector.rows import counted


@cli.command()
@click.argument("report", metavar="REPORT")
@output_option("report.html", "The page: .html.")
@click.pass_context
def report(ctx: click.Context, report: str, output: str) -> None:
    """Make an HTML page of a REPORT (.csv, .jsonl or .parquet) to sort, filter and read in a browser.

    Only a .jsonl report holds the passages and blocks that the page shows of each row.
    """
    from detector.report import write_page
    from detector.report_files import read_report

    paths_of((output,), (report,))
    damaged: list[str] = []
    pages = write_page(read_report(report, damaged), output)
    say_some(damaged, "that could not be read")
    click.echo(f"{output}: {counted(pages, 'page')}", err=True)
    ctx.exit(UNREAD if damaged else 0)
