"""Where compiled code is kept, also where nothing may be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from detector import kernels
from detector.kernels import cache

PROJECT = Path(__file__).parent.parent


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """A copy of the package that has no place for compiled code, not even for root."""
    shutil.copytree(PROJECT / "detector", tmp_path / "detector", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "detector" / "kernels" / "__pycache__").touch()
    for name in ("models", "datasets"):
        (tmp_path / name).symlink_to(PROJECT / name)
    return tmp_path


def test_without_any_place_there_is_a_temporary_one(read_only: Path) -> None:
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"), "/dev/null/nowhere")
    temporary = read_only / "temporary"
    temporary.mkdir()
    environment = {**os.environ, **nowhere, "TMPDIR": str(temporary), "PYTHONPATH": str(read_only)}
    environment.pop("NUMBA_CACHE_DIR", None)
    program = (
        "import os, subprocess, sys\n"
        "import numpy as np\n"
        "from detector import doctor, kernels\n"
        "kernels.mix64(np.uint64(1))\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    sys.exit()\n"
        "os.waitpid(child, 0)\n"
        "print(*os.listdir(kernels.cache.FOLDER), sep='\\n')\n"
        "print(*(finding.detail for finding in doctor._compiled()), sep='\\n')\n"
        "other = 'from detector import kernels; print(kernels.cache.FOLDER, kernels.cache.TEMPORARY)'\n"
        "print(subprocess.run([sys.executable, '-c', other], capture_output=True, text=True).stdout)\n"
        "print(kernels.cache.FOLDER, False)\n"
    )
    call = [sys.executable, "-c", program]
    done = subprocess.run(call, cwd=read_only, env=environment, text=True, capture_output=True, check=True)
    lines = done.stdout.split("\n")
    assert any(line.endswith(".nbi") for line in lines)
    assert any("set NUMBA_CACHE_DIR to a folder" in line for line in lines)
    # Other processes use it too.
    assert lines[-2].startswith(str(temporary))
    assert lines[:-2].count(lines[-2]) == 1
    assert list(temporary.iterdir()) == []


def test_cold_is_what_has_to_be_compiled(tmp_path: Path) -> None:
    functions = [kernels.mix64, kernels.sum_trees, kernels.CJK]
    assert cache.is_cold(functions, tmp_path)
    (tmp_path / "tokens.mix64-1.py311.nbi").touch()
    assert cache.is_cold(functions, tmp_path)
    (tmp_path / "linear.sum_trees-1.py311.nbi").touch()
    assert not cache.is_cold(functions, tmp_path)
    os.utime(tmp_path / "linear.sum_trees-1.py311.nbi", (1, 1))
    assert cache.is_cold(functions, tmp_path)
