"""The wheel carries models and datasets inside the package, and works from where it is unpacked."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
SHIPPED = ("models", "datasets")


def built(kind: str, source: Path, target: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
    ran = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    (archive,) = target.iterdir()
    return archive


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", PROJECT, tmp_path_factory.mktemp("wheel"))


def shipped_files() -> set[str]:
    paths = (path for name in SHIPPED for path in (PROJECT / name).rglob("*"))
    return {str(path.relative_to(PROJECT)) for path in paths if path.is_file() and "__pycache__" not in path.parts}


def test_models_and_datasets_are_inside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    inside = {
        name.removeprefix("detector/") for name in names if name.startswith(tuple(f"detector/{s}/" for s in SHIPPED))
    }
    assert inside == shipped_files()
    assert "models/normalisation_v1/weights.npz" in inside


def test_the_page_for_people_is_inside(wheel: Path) -> None:
    parts = {path.name for path in (PROJECT / "detector" / "html_report").glob("page.*")}
    parts |= {path.name for path in (PROJECT / "detector" / "html_report").glob("*.js")}
    names = zipfile.ZipFile(wheel).namelist()
    assert {"page.html", "page.css", "table.js"} <= parts
    assert parts <= {name.removeprefix("detector/html_report/") for name in names}


def test_nothing_lies_beside_the_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"detector"}


def test_the_wheel_runs_where_it_is_unpacked(wheel: Path, tmp_path: Path) -> None:
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(tmp_path),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    script = (
        "import detector, detector.cli, detector.resources as r\n"
        "print(detector.__file__); print(r.models_dir()); print(r.datasets_dir())\n"
        "print(r.load_model(r.models_dir() / 'normalisation_v1')[0]['schema'])\n"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    home = tmp_path / "detector"
    assert ran.stdout.split() == [str(home / "__init__.py"), str(home / "models"), str(home / "datasets"), "1"]


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = built("sdist", PROJECT, tmp_path / "sdist")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    again = built("wheel", source, tmp_path / "again")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())
