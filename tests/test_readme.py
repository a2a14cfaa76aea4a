"""Every command and snippet of README.md runs as it stands there, one after the other, on the demo's data."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from detector import allowlist, clusters
from detector.data import LABELS
from detector.rows import BLOCK_COLUMNS, COLUMNS, MATCH_COLUMNS
from detector.settings import Settings

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Setting up an environment needs the network: .ci/run runs these lines.
SETUP = "python3 -m venv"
EXIT_CODE = re.compile(r"#.*\bexit code (\d+)")


@dataclass(frozen=True)
class Step:
    """A shell line or a Python snippet, and the exit code that the README says it has."""

    command: list[str]
    exit_code: int = 0


def steps() -> list[Step]:
    found = []
    for language, body in BLOCK.findall(README):
        if language == "python":
            found.append(Step([sys.executable, "-c", body]))
        if language == "sh":
            for line in body.splitlines():
                if not line.startswith(SETUP):
                    said = EXIT_CODE.search(line)
                    found.append(Step(["bash", "-euo", "pipefail", "-c", line], int(said[1]) if said else 0))
    return found


def test_commands_and_snippets_run(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "detector"
    program.write_text(f"#!{sys.executable}\nfrom detector.cli import main\nmain()\n")
    program.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    (work / "datasets").symlink_to(PROJECT / "datasets")
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(PROJECT)}
    for step in steps():
        ran = subprocess.run(step.command, cwd=work, env=environment, capture_output=True, text=True)
        assert ran.returncode == step.exit_code, f"{step.command[-1]}\n{ran.stdout}\n{ran.stderr}"
    assert len(steps()) >= 10
    assert {"official.index", "report.csv", "matches.csv", "blocks.csv"} <= {path.name for path in work.iterdir()}


def test_the_two_commands_are_there_for_ci() -> None:
    lines = [line for line in README.splitlines() if line.startswith(SETUP)]
    assert [line.split("/")[-1] for line in lines] == ["detector demo", "pytest"]
    ci = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert all(f"'{ending}'" in ci for ending in ("detector demo", "pytest"))


def test_ci_refuses_arguments_at_once() -> None:
    ran = subprocess.run(["bash", PROJECT / ".ci" / "run", "--help"], capture_output=True, text=True, timeout=10)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", "usage: .ci/run (it takes no arguments)\n")


def test_settings_in_the_readme_are_settings() -> None:
    (toml,) = (body for language, body in BLOCK.findall(README) if language == "toml")
    Settings(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in tomllib.loads(toml).items()}
    )


@pytest.mark.parametrize(
    "names",
    [
        COLUMNS,
        MATCH_COLUMNS,
        BLOCK_COLUMNS,
        allowlist.COLUMNS,
        clusters.COLUMNS,
        LABELS,
        Settings.__slots__,
    ],
)
def test_every_name_is_documented(names: tuple[str, ...]) -> None:
    assert [name for name in names if f"`{name}`" not in README] == []


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", README)
    assert [target for target in targets if "://" not in target and not (PROJECT / target).exists()] == []
    assert len(targets) > 3
