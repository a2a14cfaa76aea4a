"""What the command line draws: progress, the explanation of a page, the demo's table. The only place of rich."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from detector.data import LABELS, Match, Verdict
from detector.rows import counted, number_text, percent, printable
from detector.verdicts import noisy_or, score_parts

if TYPE_CHECKING:
    from detector.demo import Demo

T = TypeVar("T")

# Terminal columns from which passages stand side by side.
SIDE_BY_SIDE = 100
# Where output goes to a file or a pipe, there is no width to ask for.
PIPE_WIDTH = 120
# Passages and characters of each that an explanation shows; the .jsonl report has all.
PASSAGES, PASSAGE_CHARACTERS = 8, 600
BLOCK_CHARACTERS = 300
# Probability from which a source after the first is worth a line.
ALSO_POSSIBLE = 0.1
TABLE_ROWS = 15
# A part of the score below this is not worth a place on the line.
LEAST_PART = 0.01
DISAGREEMENTS = 8
LABEL_STYLES = {
    "official": "green",
    "syndicated": "cyan",
    "repost": "bold red",
    "spam": "bold magenta",
    "clean": "green",
    "unreadable": "yellow",
}


def watched(items: Iterable[T], what: str) -> Iterator[T]:
    """Pass items on; on a terminal, count them on stderr meanwhile."""
    if not sys.stderr.isatty():
        yield from items
        return
    columns = (SpinnerColumn(), TextColumn("{task.completed} {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        for item in items:
            yield item
            progress.advance(task)


class _Printer(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command what it means that its reader has gone: rich would end it with code 1."""
        raise BrokenPipeError


def _console() -> Console:
    plain = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return _Printer(highlight=False, width=PIPE_WIDTH if plain else None)


def _text(value: str, limit: int | None = None, style: str = "") -> Text:
    """Text from a page: never markup, never control characters."""
    cut = f"{value[:limit]} ..." if limit is not None and len(value) > limit else value
    return Text(printable(cut), style=style)


def print_explanation(verdict: Verdict, console: Console | None = None) -> None:
    """Print everything about one page: label, score, reason, matches with passages, blocks, signals."""
    console = console or _console()
    headline = Text(verdict.label, style=LABEL_STYLES.get(verdict.label, ""))
    console.print(headline.append(f"  score {number_text(verdict.score)}  ", style="not bold default"), end="")
    console.print(_text(verdict.url))
    console.print(_text(verdict.reason))
    if made_of := _made_of(verdict):
        console.print(Text("score made of: ", style="dim") + _text(made_of))
    if verdict.title:
        console.print(Text("title: ", style="dim") + _text(verdict.title, BLOCK_CHARACTERS))
    for rank, match in enumerate(verdict.matches):
        if rank and match.probability < ALSO_POSSIBLE:
            break
        _heading(console, "also possible" if rank else "likeliest source")
        _print_match(console, match, with_passages=not rank)
    if verdict.signals:
        _heading(console, "signals")
        console.print(
            _table(
                ("signal", "score", "evidence"),
                [
                    (_text(signal.name), Text(number_text(signal.score)), _text(signal.evidence, BLOCK_CHARACTERS))
                    for signal in verdict.signals
                ],
            )
        )
    if verdict.blocks:
        _heading(console, "blocks")
        console.print(
            _table(
                ("category", "sure", "text", "why"),
                [
                    (
                        Text("\n".join((block.category, *(f"+ {name}" for name in block.also)))),
                        Text(f"{block.confidence:.2f}"),
                        _text(block.text, BLOCK_CHARACTERS, style="" if block.category == "content" else "dim"),
                        _text(block.reason, BLOCK_CHARACTERS, style="dim"),
                    )
                    for block in verdict.blocks
                ],
            )
        )


def _made_of(verdict: Verdict) -> str:
    """The parts of the score, largest first, and what was made of them."""
    parts = score_parts(verdict)
    chances = {"the copy": parts.copy}
    chances |= {name.replace("_", " "): chance for name, chance in parts.signals.items()}
    chances |= {f"{name.replace('_', ' ')} blocks": chance for name, chance in parts.boilerplate.items()}
    strongest = sorted(chances.items(), key=lambda part: -part[1])
    shown = ", ".join(f"{name} {chance:.2f}" for name, chance in strongest if chance >= LEAST_PART)
    if not shown:
        return ""
    if noisy_or(chances.values()) - verdict.score > LEAST_PART:
        return f"{shown}; lowered, as the page is official, allowed or names its source"
    return f"{shown} (1 - the product of 1 - each)"


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _table(columns: Iterable[str], rows: Iterable[tuple[RenderableType, ...]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("category", "signal", "score", "sure", "#"))
    for row in rows:
        table.add_row(*row)
    return table


def _print_match(console: Console, match: Match, with_passages: bool) -> None:
    console.print(_text(match.source_title, BLOCK_CHARACTERS), _text(match.source_url, style="dim"))
    console.print(
        f"{match.kind}, probability {number_text(match.probability)}: {counted(match.matched_words, 'word')},"
        f" {percent(match.share_of_source)} of the post, {percent(match.share_of_page)} of the page"
    )
    if not with_passages:
        return
    for passage in match.passages[:PASSAGES]:
        page, source = (_text(text, PASSAGE_CHARACTERS) for text in (passage.page_text, passage.source_text))
        console.print()
        if console.width >= SIDE_BY_SIDE:
            where = (
                f"page {passage.page_start}-{passage.page_end}",
                f"post {passage.source_start}-{passage.source_end}",
            )
            sides = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=True)
            for side in where:
                sides.add_column(side, ratio=1, overflow="fold")
            sides.add_row(page, source)
            console.print(sides)
        else:
            for name, start, end, text in (
                ("page", passage.page_start, passage.page_end, page),
                ("post", passage.source_start, passage.source_end, source),
            ):
                console.print(Text(f"{name} {start}-{end}", style="dim"))
                console.print(Padding(text, (0, 0, 0, 2)))
    if len(match.passages) > PASSAGES:
        console.print(f"... and {counted(len(match.passages) - PASSAGES, 'more passage')}")


def _demo_cells(verdict: Verdict) -> tuple[Text, ...]:
    copied = verdict.match if verdict.label in ("official", "syndicated", "repost") else None
    return (
        Text(f"{verdict.score:.3f}"),
        Text(verdict.label, style=LABEL_STYLES.get(verdict.label, "")),
        Text(copied.kind if copied else ""),
        Text(percent(copied.share_of_source) if copied else "", justify="right"),
        _text(verdict.url.removeprefix("https://")),
        _text(copied.source_title if copied else verdict.reason),
    )


def print_demo(demo: Demo, console: Console | None = None) -> None:
    """Print the worst pages of the demo crawl, and how the verdicts agree with the known answers."""
    console = console or _console()
    verdicts = demo.report.verdicts
    top = verdicts[:TABLE_ROWS]
    labels = {verdict.label for verdict in top}
    later = {verdict.label: verdict for verdict in reversed(verdicts) if verdict.label not in labels}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=True)
    for heading in ("#", "score", "label", "kind", "of post"):
        table.add_column(heading, no_wrap=True)
    for heading, share in (("page", 4), ("source, or reason", 5)):
        table.add_column(heading, ratio=share, no_wrap=True, overflow="ellipsis")
    for rank, verdict in enumerate(verdicts, start=1):
        if rank <= TABLE_ROWS or verdict is later.get(verdict.label):
            table.add_row(str(rank), *_demo_cells(verdict))
    console.print(table)
    console.print(f"the worst {len(top)}, then the first of every other label; all are in {demo.folder / 'report.csv'}")
    known = Counter(answer["label"] for answer in demo.truth.values())
    right = Counter(verdict.label for verdict in verdicts if demo.agrees(verdict))
    console.print(
        f"\n{counted(len(verdicts), 'page')} against {counted(demo.posts, 'official post')} in {demo.seconds:.1f} s;"
        f" {right.total()} verdicts agree with the known answers:"
    )
    console.print(", ".join(f"{label} {right[label]} of {known[label]}" for label in LABELS if known[label]))
    wrong = [verdict for verdict in verdicts if not demo.agrees(verdict)]
    for verdict in wrong[:DISAGREEMENTS]:
        answer = demo.truth[verdict.url]
        line = f"  {verdict.url}: {verdict.label}, known as {answer['label']} {answer['source_url']}"
        console.print(_text(line), no_wrap=True, overflow="ellipsis")
    if len(wrong) > DISAGREEMENTS:
        console.print(f"  ... and {len(wrong) - DISAGREEMENTS} more that disagree")
    console.print(f"written to {demo.folder}: report.html, report.csv, matches.csv, blocks.csv, official.index")


def print_next_steps(demo: Demo, console: Console | None = None) -> None:
    """Print the commands that come after the demo, ready to be copied: one's own pages, and the demo's worst page."""
    console = console or _console()
    console.print("\nnext, with your own files in the place of the words in capitals:", soft_wrap=True)
    console.print("  detector index build YOUR.index YOUR_POSTS", soft_wrap=True)
    console.print("  detector score YOUR_PAGES --index YOUR.index -o report.csv", soft_wrap=True)
    for worst in demo.report.verdicts[:1]:
        page, index = Path(worst.input), demo.folder / "official.index"
        shown = page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page
        place = str(shown) if worst.offset is None else f"{shown}#{worst.offset}"
        console.print("why the worst page is the worst:", soft_wrap=True)
        console.print(_text(f"  {shlex.join(['detector', 'explain', place, '--index', str(index)])}"), soft_wrap=True)
