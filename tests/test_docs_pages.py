"""Every command and snippet of docs/command-line.md and docs/reports.md runs as it stands there, in order."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
DOCS = PROJECT / "docs"
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT_CODE = re.compile(r"#.*\bexit code (\d+)")


@pytest.fixture
def run_page(tmp_path: Path) -> Callable[[str], list[tuple[str, str]]]:
    """Runs a page in a folder of its own; each command or snippet with what it said."""
    (tmp_path / "datasets").symlink_to(PROJECT / "datasets")
    program = tmp_path / "detector"
    program.write_text(f"#!{sys.executable}\nfrom detector.cli import main\nmain()\n")
    program.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(PROJECT)}

    def run(name: str) -> list[tuple[str, str]]:
        said = []
        for language, body in BLOCK.findall(PAGES[name]):
            for code in body.splitlines() if language == "sh" else [body]:
                shell = ["bash", "-euo", "pipefail", "-c"] if language == "sh" else [sys.executable, "-c"]
                ran = subprocess.run([*shell, code], cwd=tmp_path, env=environment, capture_output=True, text=True)
                expected = int(found[1]) if language == "sh" and (found := EXIT_CODE.search(code)) else 0
                assert ran.returncode == expected, f"{code}\n{ran.stdout}\n{ran.stderr}"
                said.append((code, ran.stdout + ran.stderr))
        return said

    return run


def test_command_line(run_page: Callable[[str], list[tuple[str, str]]], tmp_path: Path) -> None:
    said = dict(run_page("command-line.md"))
    added = next(text for code, text in said.items() if code.startswith("detector index add"))
    assert "2 posts added" in added
    assert "only a teaser is there" in added
    assert "this run is finished" in next(text for code, text in said.items() if "--resume" in code)
    with (tmp_path / "long.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(
            list((PROJECT / "datasets" / "demo" / "crawl" / "news").iterdir())
        )
    assert json.loads((tmp_path / "run.json").read_text())["state"] == "finished"
    assert not (tmp_path / "run.json.rows").exists()


def test_reports(run_page: Callable[[str], list[tuple[str, str]]], tmp_path: Path) -> None:
    said = [text for code, text in run_page("reports.md") if "import " in code]
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    copies = [row for row in rows if row["label"] == "repost"]
    assert copies
    most_copied, full, own, duplicates, unread = said
    assert all(row["source_url"] in most_copied for row in copies)
    assert {line.split()[0] for line in full.splitlines() if "://" in line or ".html" in line} >= {
        row["url"] for row in copies
    }
    assert 0 < int(own.split()[0]) <= len(rows)
    assert int(duplicates.split()[0]) > 0
    assert unread.strip()


def test_all_blocks_are_run() -> None:
    for name in ("command-line.md", "reports.md"):
        assert {language for language, _ in BLOCK.findall(PAGES[name])} <= {"sh", "python"}


def test_every_command_is_on_the_page() -> None:
    ran = " ".join(body for _, body in BLOCK.findall(PAGES["command-line.md"]))
    commands = ("index build", "index add", "index remove", "index info", "score", "explain", "cluster", "rescore")
    assert [name for name in (*commands, "doctor") if f"detector {name} " not in ran] == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_linked_and_their_links_lead_somewhere(name: str) -> None:
    assert f"docs/{name}" in (PROJECT / "README.md").read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", PAGES[name]) if "://" not in target]
    assert [target for target in targets if not (DOCS / target).exists()] == []
