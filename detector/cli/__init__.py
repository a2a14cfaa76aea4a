"""The command `detector`: builds `Settings`, makes one call, writes once.

Exit codes: 0 done; 1 findings (`--fail-on`, a figure beyond its limit); 2 usage, or an output that cannot be written;
3 done, but some inputs could not be read; 4 index or model invalid; 130 interrupted. 1 goes before 3.
Everything heavy is imported inside the commands, so that `detector --help` answers at once.

A new command is a new module in this package that decorates a function with `@cli.command()` of
`detector.cli.group`: every module here is imported, and that registers its commands.
"""

from __future__ import annotations

import signal
import threading
from importlib import import_module
from pkgutil import iter_modules
from types import FrameType

from detector.cli.group import cli
from detector.data import interrupted

__all__ = ["cli", "main"]

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """What the threads of a worker pool shout while it is torn down is of no use to anybody."""
    threading.excepthook = lambda arguments: None
    interrupted.set()
    raise KeyboardInterrupt


def main() -> None:
    """The console script."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    cli.main(prog_name="detector")
