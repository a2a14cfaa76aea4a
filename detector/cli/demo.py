"""`detector demo`: the whole way once, on what is shipped."""

from __future__ import annotations

from pathlib import Path

import click

from detector.cli.group import cli


@cli.command()
@click.option("--output", "-o", default="detector-demo", show_default=True, help="Folder for the demo's files.")
def demo(output: str) -> None:
    """Index the shipped posts, score the shipped crawl, and compare with its known answers."""
    from detector.demo import run_demo
    from detector.terminal import print_demo, print_next_steps

    done = run_demo(Path(output))
    print_demo(done)
    print_next_steps(done)
