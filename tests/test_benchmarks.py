"""The benchmarks run, in small, on what is shipped."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def test_the_benchmark_of_copies_runs_on_the_demo() -> None:
    """Without peers, which are extras."""
    ran = subprocess.run(
        [sys.executable, "benchmarks/reposts", "--each", "1", "--no-peers"],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    rows = [line.split(" | ") for line in ran.stdout.splitlines() if line.startswith("| ")]
    recall = {row[0].strip("| "): row[1:] for row in rows}
    assert recall["verbatim"] == ["1.000", "1.000 |"]
    assert {"long words deleted", "list of teasers", "kind right"} <= set(recall)
