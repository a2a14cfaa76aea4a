"""The package's shape: imports go down the flow of data, never in a circle; each library has one place."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "detector"

# Each line may import from the lines above it, never from its own or from below. A new module needs a line.
FLOW = """
addresses
columns
data
allowlist    processes    writing     ordering    settings
resources    lines    parallel
kernels      rows
decoding     text        verdict_lines   originals
postings
html_report
report
document     warc        tables      bilingual   trees     fillers   toc
fragments    views       report_files   calibration
markdown     feeds       sitemaps    manifest
pages        alignment   block_features   block_categories
closed_forms
boilerplate  signals     grammar     sources
posts        reading     sampling
fingerprints
segments
search       merging     versions   contents
changes
index       dotplot     screening
features
matching     duplicates
verdicts     stores
detector     clusters
integrations seen        warming
training     demo        doctor      runs
terminal
cli
__main__
"""
RANKS = {module: rank for rank, line in enumerate(FLOW.splitlines()) for module in line.split()}

# The common language of arrays.
EVERYWHERE = {"numpy"}
# Modules of libraries whose distribution is called otherwise, or comes with another.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "scipy": "scikit-learn", "yaml": "PyYAML", "markdown_it": "markdown-it-py"}


def module_of(path: Path) -> str:
    """`detector/a.py` and everything in the package `detector/a/` are module `a`; `__init__` is the front."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Absolute dotted names of everything a file imports, wherever in the file it stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)
MODULES = {module_of(path) for path in FILES}


def own_imports(path: Path) -> set[str]:
    parts = [name.split(".") for name in imported(path) if name.split(".")[0] == "detector"]
    return {name[1] for name in parts if name[1] in MODULES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_the_flow(path: Path) -> None:
    module = module_of(path)
    assert module in RANKS, f"{module} has no place in FLOW (tests/test_layers.py)"
    upward = {name for name in own_imports(path) - {module} if RANKS[name] >= RANKS[module]}
    assert not upward, f"{module} imports {sorted(upward)}, which is not above it in FLOW"


def test_every_module_of_the_flow_exists() -> None:
    assert set(RANKS) == MODULES


@pytest.mark.parametrize("module", ["views", "boilerplate", "signals"])
def test_evidence_does_not_know_of_other_evidence(module: str) -> None:
    known = set().union(*(own_imports(path) for path in FILES if module_of(path) == module))
    assert not known & ({"views", "boilerplate", "signals"} - {module})


def places_of_libraries() -> dict[str, set[str]]:
    places: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        for name in imported(path):
            library = name.split(".")[0]
            if library not in sys.stdlib_module_names | {"detector"}:
                places[library].add(module_of(path))
    return places


def test_a_library_has_one_place() -> None:
    places = places_of_libraries()
    assert {library: found for library, found in places.items() if len(found) > 1 and library not in EVERYWHERE} == {}


def test_every_library_is_declared() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [
        entry for extra in ("parquet", "redis", "scrapy", "train") for entry in project["optional-dependencies"][extra]
    ]
    declared = {entry.split(">")[0] for entry in project["dependencies"] + extras}
    assert {DISTRIBUTIONS.get(library, library) for library in places_of_libraries()} <= declared


def test_the_front_imports_nothing_at_once() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    at_once = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert at_once <= {"__future__", "typing"}
    assert not any(isinstance(node, ast.Import) for node in tree.body)
