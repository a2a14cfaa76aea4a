"""Draws docs/report.svg, the picture in the README: the demo's table as it stands in a terminal.

python scripts/make_report_picture.py
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from detector.demo import run_demo
from detector.terminal import print_demo

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "report.svg"
# A picture loads nothing: the web fonts of rich's template are left out, the system's monospace font serves.
SELF_CONTAINED = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", "Menlo, Consolas, 'DejaVu Sans Mono', monospace"
)


def main() -> None:
    console = Console(width=150, record=True, file=io.StringIO())
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        print_demo(run_demo(Path("detector-demo")), console)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(console.export_svg(title="detector demo", code_format=SELF_CONTAINED), encoding="utf-8")


if __name__ == "__main__":
    main()
