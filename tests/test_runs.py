"""Runs that are killed and continued: no row is lost, none is there twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from detector.data import Page, Verdict
from detector.runs import Run
from tests.command import report, run, write_lines
from tests.samples import COOKING, SCHEDULER

PROJECT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "detector", "score", "crawl", "--manifest", "run.json"]
PAGES = 400


@pytest.fixture(autouse=True)
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "crawl"
    folder.mkdir()
    (folder / "one.html").write_text(f"<title>One</title><p>{COOKING}</p>")
    (folder / "broken.parquet").write_bytes(b"")
    records = ({"url": f"https://a.example/{n}", "text": f"{n} {SCHEDULER}", "n": n} for n in range(PAGES))
    write_lines("crawl/pages.jsonl", *records)
    return folder


def killed(output: str, *options: str, rows: int = 20) -> None:
    """A run that is killed when it has judged some pages, with all its processes."""
    process = subprocess.Popen(
        [*COMMAND, "-o", output, *options],
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        start = time.monotonic()
        kept = Path("run.json.rows")
        while not kept.exists() or kept.read_bytes().count(b"\n") < rows:
            assert process.poll() is None, "it was done before it could be killed"
            assert time.monotonic() < start + 120
            time.sleep(0.02)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


@pytest.mark.parametrize(
    ("output", "jobs"), [("report.csv", "1"), ("report.jsonl", "1"), ("report.csv", "2"), ("report.jsonl", "2")]
)
def test_a_killed_run_is_continued(output: str, jobs: str) -> None:
    killed(output, "--jobs", jobs)
    assert not Path(output).exists()
    manifest = json.loads(Path("run.json").read_text())
    assert manifest["state"] == "running"
    size = (Path("crawl") / "pages.jsonl").stat().st_size
    assert manifest["facts"]["files"][str(Path("crawl", "pages.jsonl"))][0] == size
    before = Path("run.json.rows").read_bytes()
    # Half a line is what a run leaves that is killed while it writes.
    Path("run.json.rows").write_bytes(before[: before.rindex(b"\n") - 40])
    ended = run("score", "crawl", "--manifest", "run.json", "--resume", "-o", output, "--jobs", jobs)
    assert ended.exit_code == 3
    assert run("score", "crawl", "-o", f"whole-{output}").exit_code == 3
    assert Path(output).read_bytes() == Path(f"whole-{output}").read_bytes()
    assert Path(output).read_bytes().count(b'https://a.example/7"' if output.endswith("l") else b"a.example/7,") >= 1
    manifest = json.loads(Path("run.json").read_text())
    assert (manifest["state"], manifest["rows"], sum(manifest["labels"].values())) == ("finished", PAGES + 2, PAGES + 2)
    assert {path.name for path in Path().iterdir()} == {"crawl", "run.json", output, f"whole-{output}"}


@pytest.fixture
def interrupted() -> str:
    """A run that was killed at once."""
    killed("report.csv", rows=1)
    return "run.json"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--threshold", "0.9"], "settings (threshold) differ"),
        (["--index", "x.index"], "index differs"),
        (["--allow", "allow.csv"], "allowed differs"),
    ],
)
def test_another_run_is_refused(interrupted: str, options: list[str], says: str) -> None:
    Path("allow.csv").write_text("site,reason\na.example,ours\n")
    run("index", "build", "x.index", write_lines("post.jsonl", {"url": "https://b.example/", "text": COOKING}))
    rows = Path("run.json.rows").read_bytes()
    result = run("score", "crawl", "--manifest", interrupted, "--resume", *options)
    assert result.exit_code == 2
    assert says in result.stderr
    assert Path("run.json.rows").read_bytes() == rows


def test_what_changed_meanwhile_is_refused(interrupted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resume = ("score", "crawl", "--manifest", interrupted, "--resume")
    with monkeypatch.context() as context:
        context.setattr("detector.runs.model_hashes", lambda: {"repost_v1": "another"})
        assert "models (" in run(*resume).stderr
    Path("crawl/new.txt").write_text("new")
    result = run(*resume)
    assert (result.exit_code, "files (crawl/new.txt) differ" in result.stderr) == (2, True)
    Path("crawl/new.txt").unlink()
    os.utime("crawl/pages.jsonl", (1, 1))
    assert "files (crawl/pages.jsonl) differ" in run(*resume).stderr


def test_a_run_is_not_begun_over_one_that_was_interrupted(interrupted: str) -> None:
    result = run("score", "crawl", "--manifest", interrupted)
    kept = Path("run.json.rows").read_bytes().count(b"\n")
    assert kept
    assert (result.exit_code, f"after {kept} rows: continue it with --resume" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "wrong", [("-o", "none/report.csv"), ("-o", "report.doc"), ("--jobs", "0"), ("--page-seconds", "0")]
)
def test_a_call_that_is_wrong_leaves_no_run_behind(wrong: tuple[str, str]) -> None:
    before = set(Path().iterdir())
    assert run("score", "crawl", "--manifest", "run.json", *wrong).exit_code == 2
    assert set(Path().iterdir()) == before


def test_a_wrong_output_leaves_an_interrupted_run_as_it_was(interrupted: str) -> None:
    rows, manifest = Path("run.json.rows").read_bytes(), Path(interrupted).read_bytes()
    for output in ("none/report.csv", "report.doc"):
        assert run("score", "crawl", "--manifest", interrupted, "--resume", "-o", output).exit_code == 2
        assert (Path("run.json.rows").read_bytes(), Path(interrupted).read_bytes()) == (rows, manifest)


@pytest.mark.parametrize("ends", ["raise RuntimeError('no compiled object yet')", "return judged(self, page)"])
def test_an_interruption_that_a_library_loses_is_one(ends: str) -> None:
    """What is raised in a callback of a compiler is lost, and the compiler fails, or not."""
    script = f"""
import os, signal, sys
from detector import cli, detector
judged = detector.Detector._check
def check(self, page):
    if page.url != "https://a.example/3":
        return judged(self, page)
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        pass
    {ends}
detector.Detector._check = check
sys.argv = ["detector", "score", "crawl", "--manifest", "run.json"]
cli.main()
"""
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    ended = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert ended.returncode == 130
    assert ended.stderr.endswith("detector: interrupted\n")
    assert not Path("report.csv").exists()
    assert run("score", "crawl", "--manifest", "run.json", "--resume").exit_code == 3
    assert not [row["url"] for row in report() if "could not be judged" in row["error"]]


@pytest.mark.parametrize("output", [("-o", "other.csv"), ("-o", "-"), ("--matches", "matches.csv")])
def test_a_finished_run_has_no_other_outputs(output: tuple[str, str]) -> None:
    Path("small.txt").write_text(COOKING)
    assert run("score", "small.txt", "--manifest", "run.json").exit_code == 0
    again = run("score", "small.txt", "--manifest", "run.json", "--resume", *output)
    assert (again.exit_code, f"is finished, without {output[1]}" in again.stderr) == (2, True)
    assert not Path(output[1]).exists()


def test_resume_begins_where_there_is_no_run_and_leaves_a_finished_one() -> None:
    Path("small.txt").write_text(COOKING)
    call = ("score", "small.txt", "--manifest", "run.json", "--resume", "--fail-on", "clean")
    assert run(*call).exit_code == 1
    first = Path("report.csv").stat().st_mtime_ns
    again = run(*call)
    assert (again.exit_code, "this run is finished" in again.stderr) == (1, True)
    assert Path("report.csv").stat().st_mtime_ns == first
    assert run("score", "small.txt", "--manifest", "run.json").exit_code == 0
    assert Path("report.csv").stat().st_mtime_ns > first


@pytest.mark.parametrize(
    ("rows", "code"), [("a,boats", 0), ("a,boats, and bread", 3)], ids=["all of it read", "a part lost"]
)
def test_a_finished_run_ends_as_it_did(rows: str, code: int) -> None:
    Path("pages.csv").write_text(f"url,text\n{rows}\n")
    call = ("score", "pages.csv", "--manifest", "run.json", "--resume")
    assert [run(*call).exit_code, run(*call).exit_code] == [code, code]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (["crawl", "--resume"], "needs the --manifest"),
        (["-", "--manifest", "run.json"], "standard input"),
        (["crawl", "--manifest", "odd.json", "--resume"], "is no manifest"),
        (["crawl", "--manifest", "nested.json", "--resume"], "is no manifest"),
        (["crawl", "--manifest", "none/run.json"], "cannot be written"),
    ],
)
def test_calls_that_make_no_sense(call: list[str], says: str) -> None:
    Path("odd.json").write_text("[]")
    Path("nested.json").write_text('{\n "format": ' + "[" * 100_000)
    result = run("score", *call)
    assert (result.exit_code, says in result.stderr) == (2, True)


def test_a_slow_manifest_is_written_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a crawl of a million files the manifest has a hundred megabytes."""
    clock = iter(range(0, 1_000_000, 50))
    pages = [Page(f"https://a.example/{n}", text=COOKING) for n in range(30)]
    written = 0

    def counted(part: Path) -> None:
        nonlocal written
        written += 1

    monkeypatch.setattr("detector.runs.to_disk", counted)
    monkeypatch.setattr("detector.runs.time", SimpleNamespace(monotonic=lambda: next(clock)))
    with Run("run.json", {}) as run_:
        verdicts = list(run_.judged(pages, lambda rest: (Verdict(page.url, "clean", 0.0, "") for page in rest)))
    assert (len(verdicts), written) == (30, 1)
