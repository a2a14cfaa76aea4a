"""Every command and snippet of docs/crawlers.md runs as it stands there, on a site of this machine."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector import read_pages
from tests.site import served

PROJECT = Path(__file__).parent.parent
TEXT = (PROJECT / "docs" / "crawlers.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SNIPPETS = {
    next(name for name in ("scrapy", "crawlee", "crawl4ai", "pyspark", "detector.seen") if f"from {name}" in body): body
    for language, body in BLOCK.findall(TEXT)
    if language == "python"
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page's shell commands have run."""
    folder = tmp_path_factory.mktemp("crawlers")
    (folder / "datasets").symlink_to(PROJECT / "datasets")
    program = folder / "detector"
    program.write_text(f"#!{sys.executable}\nfrom detector.cli import main\nmain()\n")
    program.chmod(0o755)
    for line in (line for language, body in BLOCK.findall(TEXT) if language == "sh" for line in body.splitlines()):
        run(["bash", "-euc", line], folder, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def run(command: list[str], folder: Path, **variables: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "HOME": str(folder)} | variables
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a site of six pages, and their labels."""
    with (PROJECT / "datasets" / "demo" / "truth.csv").open(encoding="utf-8", newline="") as file:
        kinds = {row["url"]: row["label"] for row in csv.DictReader(file)}
    pages: dict[str, tuple[str, bytes]] = {}
    labels: dict[str, str] = {}
    for page in read_pages(PROJECT / "datasets" / "demo" / "crawl"):
        label = kinds[page.url]
        if label in ("repost", "clean") and isinstance(page.html, bytes) and [*labels.values()].count(label) < 3:
            path = f"/{len(pages)}"
            pages[path] = ("text/html", page.html)
            labels[path] = label
    with served(pages) as base:
        yield base, {base + path: label for path, label in labels.items()}


@pytest.mark.parametrize("name", ["scrapy", "crawlee", "crawl4ai"])
def test_crawlers(name: str, folder: Path, site: tuple[str, dict[str, str]]) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    base, labels = site
    program = folder / f"crawl_with_{name}.py"
    program.write_text(SNIPPETS[name], encoding="utf-8")
    said = run([sys.executable, str(program), *labels], folder)
    if name == "scrapy":
        rows = map(json.loads, (folder / "found.jsonl").read_text(encoding="utf-8").splitlines())
        found = {row["url"]: row["label"] for row in rows}
    else:
        found = {url: label for label, url in re.findall(rf"^(\w+) ({base}\S+)$", said, re.MULTILINE)}
    assert found == labels


def test_spark(folder: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip("needs pyspark and Java")
    with (PROJECT / "datasets" / "demo" / "truth.csv").open(encoding="utf-8", newline="") as file:
        copies = {row["url"] for row in csv.DictReader(file) if row["label"] == "repost"}
    crawl = read_pages(PROJECT / "datasets" / "demo" / "crawl")
    pages = [page for page in crawl if isinstance(page.html, bytes)]
    columns = {"url": [page.url for page in pages], "html": [page.html for page in pages]}
    parquet.write_table(pyarrow.table(columns), folder / "pages.parquet")
    program = folder / "judge_with_spark.py"
    program.write_text(SNIPPETS["pyspark"], encoding="utf-8")
    run(
        [sys.executable, str(program), "pages.parquet"],
        folder,
        SPARK_LOCAL_IP="127.0.0.1",
        PYSPARK_PYTHON=sys.executable,
    )
    found = set(parquet.read_table(folder / "reposts").column("url").to_pylist())
    assert found == copies


def test_pages_seen_before(folder: Path) -> None:
    said = run([sys.executable, "-c", SNIPPETS["detector.seen"]], folder)
    assert len(said.splitlines()) > 3
    assert all(re.fullmatch(r"\S+ is \d+% of \S+", line) for line in said.splitlines())


def test_all_snippets_are_tested() -> None:
    assert set(SNIPPETS) == {"scrapy", "crawlee", "crawl4ai", "pyspark", "detector.seen"}


def test_every_setting_is_documented() -> None:
    code = (PROJECT / "detector" / "integrations" / "scrapy.py").read_text(encoding="utf-8")
    settings = set(re.findall(r"DETECTOR_[A-Z_]+", code))
    assert len(settings) == 8
    assert {name for name in settings if f"`{name}`" not in TEXT} == set()
