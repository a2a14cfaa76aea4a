"""`detector train` and `detector evaluate`: make the models, and measure them."""

from __future__ import annotations

from pathlib import Path

import click

from detector.cli.group import FINDINGS, cli


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
