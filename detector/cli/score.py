"""`detector score`: judge pages and write a report; `detector rescore`: decide anew what a report holds."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detector.cli.group import FINDINGS, UNREAD, Problems, cli, reader_may_leave, say
from detector.cli.inputs import Inputs, allowed_of, judging_options, output_option, paths_of, settings_of, tell_blind
from detector.data import LABELS, Page, UsageError, Verdict
from detector.rows import counted

if TYPE_CHECKING:
    from detector.report import ReportWriter
    from detector.runs import Run

_SUFFIXES = ".csv, .jsonl, .parquet, .html or - (CSV)."


@cli.command()
@click.argument("pages", metavar="PAGES...", nargs=-1, required=True)
@click.option("--index", "-i", help="Reference index; without one reposts cannot be found.")
@output_option("report.csv", _SUFFIXES)
@click.option(
    "--jobs", "-j", type=int, default=1, show_default=True, help="Processes, no more than cores; -1: one a core."
)
@click.option(
    "--page-seconds",
    type=float,
    help="A page that takes a process longer is unreadable. [default: 60 with several jobs, else none]",
)
@click.option("--manifest", metavar="JSON", help="Keep what is finished there, so that --resume can go on with it.")
@click.option("--resume", is_flag=True, help="Go on with the run of the --manifest; where there is none, begin.")
@judging_options
@click.pass_context
def score(
    ctx: click.Context,
    /,
    pages: tuple[str, ...],
    index: str | None,
    output: str,
    jobs: int,
    page_seconds: float | None,
    manifest: str | None,
    resume: bool,
    matches: str | None,
    blocks: str | None,
    fail_on: tuple[str, ...],
    allow: str | None,
    excel: bool,
    **settings: Any,
) -> None:
    """Judge PAGES and write a report, the worst page first."""
    from detector.detector import Detector
    from detector.report import ReportWriter
    from detector.runs import Run, places_beside, run_facts

    if resume and manifest is None:
        raise UsageError("--resume needs the --manifest of the run")
    beside = [manifest, *map(str, places_beside(manifest))] if manifest else []
    inputs = Inputs(pages, (output, matches, blocks, *beside))
    chosen, allowed = settings_of(**settings), allowed_of(allow)
    detector = Detector(index, chosen, allowed)

    def judge(some: Iterable[Page]) -> Iterator[Verdict]:
        return detector.check_all(some, jobs, page_seconds)

    # Before the run: outputs that cannot be written are no reason for one.
    writer = ReportWriter(output, matches=matches, blocks=blocks, excel=excel)
    run: Run | None = None
    old: list[str] = []
    if manifest:
        run = Run(manifest, run_facts(pages, inputs.outputs, chosen, allowed, detector.index), resume)
    with run or nullcontext():
        if run and run.state == "finished":
            _check_written(run, (output, matches, blocks))
            say(f"{manifest}: this run is finished; delete the file to begin anew")
            labels, unread = Counter(run.labels), run.unread
        else:
            with reader_may_leave(), writer:
                tell_blind(detector.index)
                labels = _write(run.judged(inputs, judge) if run else judge(inputs), writer)
                # A wrong path does not cost the report that is there.
                old = writer.keep_old() if inputs.nothing_read else []
            unread = inputs.exit_code == UNREAD
            if run and old:
                run.forget()
            elif run:
                run.finish(labels, unread)
            inputs.tell()
    if old:
        say(f"left as before, since nothing could be read: {', '.join(old)}")
    else:
        _tell_labels(output, labels)
    ctx.exit(FINDINGS if any(labels[label] for label in fail_on) else UNREAD if unread else 0)


@cli.command()
@click.argument("report", metavar="REPORT")
@output_option("rescored.csv", _SUFFIXES)
@judging_options
@click.pass_context
def rescore(
    ctx: click.Context,
    /,
    report: str,
    output: str,
    matches: str | None,
    blocks: str | None,
    fail_on: tuple[str, ...],
    allow: str | None,
    excel: bool,
    **settings: Any,
) -> None:
    """Decide label, score and reason of every page in REPORT anew, without reading the pages again.

    REPORT is a full report, as `detector score -o report.jsonl` writes it, packed or not, or - for standard input.
    Of the settings the thresholds and hosts count; `candidates` and `max_bytes` had their say when the pages were read.
    """
    from detector.report import ReportWriter
    from detector.verdicts import decide

    paths_of((output, matches, blocks), (report,))
    chosen, allowed = settings_of(**settings), allowed_of(allow)
    damaged = Problems("damaged")
    with reader_may_leave(), ReportWriter(output, matches=matches, blocks=blocks, excel=excel) as writer:
        verdicts = _saved(report, damaged)
        labels = _write((decide(verdict, chosen, allowed) for verdict in verdicts), writer)
        if damaged.count and not labels:
            raise UsageError(
                f"{damaged.first}; no line is a row of a full report, as `detector score -o report.jsonl` writes it"
            )
        damaged.tell()
    _tell_labels(output, labels)
    ctx.exit(FINDINGS if any(labels[label] for label in fail_on) else UNREAD if damaged.count else 0)


def _check_written(run: Run, outputs: Iterable[str | None]) -> None:
    """Raises UsageError when a finished run, which has no verdicts any longer, is asked for another output."""
    if missing := next((name for name in outputs if name and not (name != "-" and Path(name).exists())), None):
        raise UsageError(f"{run.path}: this run is finished, without {missing}; delete the manifest to begin anew")


def _saved(report: str, damaged: Problems) -> Iterator[Verdict]:
    """The verdicts of a full report. Raises UsageError for a file that cannot be opened."""
    from detector.lines import unpacked
    from detector.verdict_lines import read_verdicts

    try:
        file: Any = nullcontext(sys.stdin.buffer) if report == "-" else open(report, "rb")  # noqa: SIM115
        with file as opened:
            for number, verdict, error in read_verdicts(unpacked(opened)):
                if verdict:
                    yield verdict
                else:
                    damaged.add(f"{report}: line {number}: {error}")
    except OSError as error:
        raise UsageError(f"{report}: cannot be read ({error.strerror or error})") from error


def _write(verdicts: Iterator[Verdict], writer: ReportWriter) -> Counter[str]:
    """Write the verdicts, count their labels."""
    from detector.terminal import watched

    labels: Counter[str] = Counter()
    for verdict in watched(verdicts, "pages"):
        labels[verdict.label] += 1
        writer.add(verdict)
    return labels


def _tell_labels(output: str, labels: Counter[str]) -> None:
    found = ", ".join(f"{labels[label]} {label}" for label in LABELS if labels[label])
    click.echo(f"{output}: {counted(labels.total(), 'page')}" + (f" ({found})" if found else ""), err=True)
