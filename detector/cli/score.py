"""`detector score`: judge pages and write a report."""

from __future__ import annotations

from collections import Counter

import click

from detector.cli.group import FINDINGS, cli, reader_may_leave
from detector.cli.inputs import Inputs, settings_of, tell_blind
from detector.data import LABELS
from detector.rows import counted


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

    inputs = Inputs(pages, (output, matches, blocks))
    chosen = settings_of(settings, threshold, spam_threshold, official_host)
    with reader_may_leave(), ReportWriter(output, matches=matches, blocks=blocks, excel=excel) as writer:
        detector = Detector(index, chosen)
        tell_blind(detector.index)
        labels: Counter[str] = Counter()
        for verdict in watched(detector.check_all(inputs, jobs), "pages"):
            labels[verdict.label] += 1
            writer.add(verdict)
    inputs.tell()
    found = ", ".join(f"{labels[label]} {label}" for label in LABELS if labels[label])
    click.echo(f"{output}: {counted(labels.total(), 'page')}" + (f" ({found})" if found else ""), err=True)
    ctx.exit(FINDINGS if any(labels[label] for label in fail_on) else inputs.exit_code)
