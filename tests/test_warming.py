"""Compiling ahead: what a verdict needs is compiled, and no process is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from detector import kernels, warming
from tests.command import run

# Counts the compiled variants of every loop after each half, then after real work.
PROGRAM = """
import importlib, json, pkgutil, sys
from pathlib import Path
from detector import kernels, warming
from detector.demo import run_demo

def variants():
    names = [module.name for module in pkgutil.iter_modules(kernels.__path__)]
    modules = [importlib.import_module(f"detector.kernels.{name}") for name in names]
    functions = {f"{function.py_func.__module__}.{name}": function for module in modules
                 for name, function in vars(module).items() if hasattr(function, "signatures")}
    return {name: len(function.signatures) for name, function in functions.items()}

warming.judge_pages()
first = variants()
warming.find_copies()
both = variants()
kernels.is_cold = lambda: False
run_demo(Path(sys.argv[1]))
print(json.dumps([first, both, variants()]))
"""


def test_both_halves_are_all_that_the_demo_needs(tmp_path: Path) -> None:
    call = [sys.executable, "-c", PROGRAM, str(tmp_path / "demo")]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    first, both, after = json.loads(done.stdout)
    assert after == both
    compiled = sum(map(bool, both.values()))
    assert 0.3 * compiled < sum(map(bool, first.values())) < 0.7 * compiled


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this process did, in place of compiling."""
    halves: list[str] = []
    for half in ("judge_pages", "find_copies"):
        monkeypatch.setattr(warming, half, lambda half=half: halves.append(half))
    return halves


def test_one_core_does_both(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    warming.warm()
    assert sorted(done) == ["find_copies", "judge_pages"]


def test_two_processes_do_one_half_each(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    warming.warm()
    assert done == ["find_copies"]


def test_without_another_process_this_one_does_both(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)

    def refuse(self: object) -> None:
        raise RuntimeError("a process could not be started")

    monkeypatch.setattr("detector.processes.Process.start", refuse)
    warming.warm()
    assert done == ["find_copies", "judge_pages"]


@pytest.mark.parametrize("cold", [True, False])
def test_the_demo_begins_so_when_cold(cold: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(kernels, "is_cold", lambda: cold)
    monkeypatch.setattr(warming, "warm", lambda: begun.append(True))
    assert run("demo", "-o", str(tmp_path / "demo")).exit_code == 0
    assert begun == [True] * cold


def test_the_doctor_tells_and_mends(monkeypatch: pytest.MonkeyPatch) -> None:
    cold = [True]
    monkeypatch.setattr(kernels, "is_cold", lambda: bool(cold))
    monkeypatch.setattr(warming, "warm", cold.clear)
    assert "detector doctor --warm" in run("doctor").output
    assert "detector doctor --warm" not in run("doctor", "--warm").output


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the children of a process are looked up in /proc")
def test_an_interrupt_leaves_no_process(tmp_path: Path) -> None:
    program = "import joblib; joblib.cpu_count = lambda: 2; from detector.cli import main; main()"
    call = [sys.executable, "-c", program, "doctor", "--warm"]
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    process = subprocess.Popen(call, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (children := children_of(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert children
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.endswith("detector: interrupted\n")
    # The resource tracker of the processes ends by itself.
    deadline = time.monotonic() + 20
    while (left := [pid for pid in children if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


def children_of(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
