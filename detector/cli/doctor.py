"""`detector doctor`: is this installation sound?"""

from __future__ import annotations

import click

from detector.cli.group import INVALID, cli
from detector.rows import printable


@cli.command()
@click.option("--index", "-i", help="Also check this reference index, every byte of it.")
@click.option("--warm", is_flag=True, help="First compile what the first verdict would, on two cores.")
@click.pass_context
def doctor(ctx: click.Context, index: str | None, warm: bool) -> None:
    """Check the installation: versions, models, compiled code, charsets, an index."""
    from detector import warming
    from detector.doctor import examine

    if warm:
        warming.warm()
    healthy = True
    for finding in examine(index):
        healthy &= finding.healthy
        click.echo(f"{'ok ' if finding.healthy else 'BAD'}  {finding.subject:<18} {printable(finding.detail)}")
    ctx.exit(0 if healthy else INVALID)
