from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from detector import kernels, training, warming
from detector.cli import cli
from detector.data import DetectorError, IndexInvalid, ModelInvalid, UsageError
from detector.detector import Detector
from detector.index import ReferenceIndex
from tests.command import report, run, write_lines
from tests.samples import COOKING, POSTS, SCHEDULER

PROJECT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from detector.cli import main; main()"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(PROJECT)}
ORDINARY = """The bridge over the Aller was closed for eleven weeks while masons renewed its two middle piers.
Ferries ran every twenty minutes, and the bakery on the far side sold bread from the landing stage.
On Sunday the mayor cut a ribbon, the brass band played two marches, and the first bus crossed at noon."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in an empty folder of its own, with no terminal width of the caller's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(kernels, "is_cold", lambda: False)
    return tmp_path


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(ReferenceIndex.build(tmp_path_factory.mktemp("index") / "official.index", POSTS).path)


def crawl() -> str:
    return write_lines(
        "crawl.jsonl",
        {"url": "https://calm.example/bridge", "text": ORDINARY, "crawl_id": 7},
        {"url": "https://farm.example/copy", "text": SCHEDULER},
    )


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom detector.cli import cli\n"
        "try:\n    cli(['score', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'numba', 'pandas', 'rich', 'selectolax', 'sklearn', 'joblib', 'resiliparse', 'fastwarc'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert "--fail-on" in ran.stdout
    assert ran.stdout.endswith("loaded: []\n")


@pytest.mark.parametrize(
    "command",
    [[], *([name] for name in cli.commands), *(["index", name] for name in ("build", "add", "remove", "info"))],
)
def test_every_command_has_help(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")


def test_an_index_is_built_changed_and_shown() -> None:
    first, second = POSTS
    write_lines("first.jsonl", {"url": first.url, "text": first.text, "title": first.title})
    write_lines("second.jsonl", {"url": second.url, "text": second.text})
    assert run("index", "build", "official.index", "first.jsonl").stdout == "official.index: 1 post\n"
    added = run("index", "add", "official.index", "first.jsonl", "second.jsonl")
    assert (added.exit_code, added.stdout) == (0, "official.index: 1 post added, 2 in all\n")
    removed = run("index", "remove", "official.index", first.url, "https://never.example/")
    assert (removed.exit_code, removed.stdout) == (3, "official.index: 1 post removed, 1 left\n")
    known = "no such post in the index, which has posts of blog.halyard.example"
    assert removed.stderr == f"detector: https://never.example/: {known}\n"
    assert run("index", "remove", "official.index", second.url).exit_code == 0
    run("index", "add", "official.index", "second.jsonl")
    assert "posts: 1\n" in run("index", "info", "official.index").stdout


def test_posts_that_cannot_be_used_are_named() -> None:
    write_lines("posts.jsonl", {"url": "https://a.example/empty", "text": " "}, {"url": "b", "text": COOKING})
    result = run("index", "build", "official.index", "posts.jsonl")
    assert (result.exit_code, result.stdout) == (0, "official.index: 1 post\n")
    assert "not indexed: https://a.example/empty" in result.stderr
    missing = run("index", "add", "official.index", "missing.jsonl")
    assert missing.exit_code == 3
    assert "missing.jsonl" in missing.stderr


@pytest.mark.parametrize("posts", ["typo.jsonl", "empty", "blank.txt"])
def test_an_index_is_not_replaced_by_an_empty_one(posts: str) -> None:
    Path("empty").mkdir()
    Path("blank.txt").touch()
    run("index", "build", "official.index", write_lines("posts.jsonl", {"url": "b", "text": COOKING}))
    result = run("index", "build", "official.index", posts)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "official.index: not written, no" in result.stderr
    assert result.stderr.count("\n") == 1
    assert "posts: 1\n" in run("index", "info", "official.index").stdout


@pytest.mark.parametrize("command", ["build", "add"])
def test_a_post_that_cannot_be_read_is_named_once(command: str) -> None:
    write_lines("posts.jsonl", {"url": "b", "text": COOKING})
    run("index", "build", "official.index", "posts.jsonl")
    result = run("index", command, "official.index", "posts.jsonl", "gone.jsonl")
    assert result.exit_code == 3
    assert result.stderr == "detector: not indexed: gone.jsonl: no such file or folder\n"


@pytest.mark.parametrize("command", ["score", "explain"])
def test_an_index_without_posts_is_named_once(command: str) -> None:
    write_lines("posts.jsonl", {"url": "b", "text": COOKING})
    run("index", "build", "bare.index", "posts.jsonl")
    run("index", "remove", "bare.index", "b")
    result = run(command, "posts.jsonl", "-i", "bare.index")
    assert result.exit_code == 0
    assert result.stderr.count("bare.index: holds no posts, so reposts cannot be found") == 1


def test_score_ranks_and_writes_three_files(official: str) -> None:
    result = run("score", crawl(), "-i", official, "--matches", "m.csv", "--blocks", "b.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "report.csv: 2 pages (1 repost, 1 clean)\n"
    assert [(row["rank"], row["url"], row["label"]) for row in report()] == [
        ("1", "https://farm.example/copy", "repost"),
        ("2", "https://calm.example/bridge", "clean"),
    ]
    assert report()[0]["source_url"] == POSTS[0].url
    assert report("m.csv")[0]["source_url"] == POSTS[0].url
    assert report("b.csv")[0]["text"] == SCHEDULER.splitlines()[0]
    assert sorted(path.name for path in Path().iterdir()) == ["b.csv", "crawl.jsonl", "m.csv", "report.csv"]


EXCEL = ((), ("--excel",))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        *((("score", "crawl.jsonl", *excel), "report.csv") for excel in EXCEL),
        *((("rescore", "full.jsonl", *excel), "rescored.csv") for excel in EXCEL),
        *((("cluster", "crawl.jsonl", *excel), "clusters.csv") for excel in EXCEL),
        (("report", "full.jsonl"), "report.html"),
    ],
)
def test_only_a_report_is_written_over_unasked(call: tuple[str, ...], name: str) -> None:
    run("score", crawl(), "-o", "full.jsonl")
    assert run(*call).exit_code == 0
    written = Path(name).read_bytes()
    assert run(*call).exit_code == 0
    Path(name).write_text("month,turnover\nMay,7\n")
    refused = run(*call)
    said = f"detector: {name}: is there already and no report of this program: say with -o where to write\n"
    assert (refused.exit_code, refused.stderr) == (2, said)
    assert Path(name).read_text() == "month,turnover\nMay,7\n"
    assert run(*call, "-o", name).exit_code == 0
    assert Path(name).read_bytes() == written
    Path(name).write_bytes(b"")  # holds nothing that could be lost
    assert run(*call).exit_code == 0


def test_jobs_change_nothing(official: str) -> None:
    pages = crawl()
    assert run("score", pages, "-i", official, "-o", "one.jsonl").exit_code == 0
    assert run("score", pages, "-i", official, "-o", "two.jsonl", "--jobs", "2").exit_code == 0
    assert Path("one.jsonl").read_bytes() == Path("two.jsonl").read_bytes()


def test_without_an_index_it_says_so_once(official: str) -> None:
    result = run("score", crawl())
    assert result.exit_code == 0
    assert result.stderr.count("reposts cannot be found") == 1
    assert "reposts cannot be found" not in run("score", "crawl.jsonl", "-i", official).stderr


def test_one_page_is_one_page() -> None:
    Path("page.txt").write_text(ORDINARY)
    assert run("score", "page.txt").stderr.endswith("report.csv: 1 page (1 clean)\n")


def test_standard_input_and_output(official: str) -> None:
    lines = json.dumps({"url": "https://farm.example/copy", "text": SCHEDULER}) + "\n"
    result = run("score", "-", "-i", official, "-o", "-", stdin=lines)
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert (row["url"], row["label"]) == ("https://farm.example/copy", "repost")
    assert list(Path().iterdir()) == []


def test_unknown_keys_reach_json_lines() -> None:
    run("score", crawl(), "-o", "report.jsonl")
    records = [json.loads(line) for line in Path("report.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record.get("crawl_id") for record in records if "calm" in record["url"]] == [7]


def test_options_go_before_the_settings_file(official: str) -> None:
    Path("settings.toml").write_text('threshold = 1.0\nofficial_hosts = ["calm.example"]\n')
    run("score", crawl(), "-i", official, "--settings", "settings.toml")
    assert {row["url"].split("/")[2]: row["label"] for row in report()} == {
        "farm.example": "clean",
        "calm.example": "official",
    }
    run(
        "score",
        crawl(),
        "-i",
        official,
        "--settings",
        "settings.toml",
        "--threshold",
        "0.5",
        "--official-host",
        "x.example",
    )
    assert {row["url"].split("/")[2]: row["label"] for row in report()} == {
        "farm.example": "repost",
        "calm.example": "official",
    }


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["crawl.jsonl", "-i", "INDEX"], 0, "2 pages"),
        (["crawl.jsonl", "-i", "INDEX", "--fail-on", "spam"], 0, "2 pages"),
        (["crawl.jsonl", "-i", "INDEX", "--fail-on", "spam", "--fail-on", "repost"], 1, "1 repost"),
        (["crawl.jsonl", "gone.html", "-i", "INDEX"], 3, "gone.html"),
        (["crawl.jsonl", "gone.html", "-i", "INDEX", "--fail-on", "repost"], 1, "gone.html"),
        ([], 2, "Missing argument"),
        (["crawl.jsonl", "--nonsense"], 2, "--nonsense"),
        (["crawl.jsonl", "--fail-on", "bad"], 2, "bad"),
        (["crawl.jsonl", "-o", "report.xyz"], 2, ".csv, .jsonl, .parquet"),
        (["crawl.jsonl", "-o", "crawl.jsonl"], 2, "is an input and an output"),
        (["crawl.jsonl", "-o", "no/such/report.csv"], 2, "cannot be written"),
        (["crawl.jsonl", "--threshold", "1.5"], 2, "between 0 and 1"),
        (["crawl.jsonl", "--jobs", "0"], 2, "jobs"),
        (["crawl.jsonl", "--official-host", ""], 2, "must be hosts"),
        (["crawl.jsonl", "--settings", "gone.toml"], 2, "gone.toml"),
        (["crawl.jsonl", "-i", "gone.index"], 4, "detector index build"),
    ],
)
def test_exit_codes_of_score(official: str, arguments: list[str], code: int, complaint: str) -> None:
    crawl()
    result = run("score", *(official if argument == "INDEX" else argument for argument in arguments))
    assert result.exit_code == code
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr
    assert Path("report.csv").exists() == (code in (0, 1, 3))


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DetectorError("what happened"), 2, "detector: what happened\n"),
        (UsageError("wrong\x1b[2J"), 2, "detector: wrong\ufffd[2J\n"),
        (IndexInvalid("bad index"), 4, "detector: bad index\n"),
        (ModelInvalid("bad model"), 4, "detector: bad model\n"),
        (OSError(28, "No space left on device", "report.csv"), 2, "detector: report.csv: No space left on device\n"),
        (KeyboardInterrupt(), 130, "detector: interrupted\n"),
    ],
)
def test_errors_are_one_line_and_a_code(
    monkeypatch: pytest.MonkeyPatch, official: str, error: BaseException, code: int, line: str
) -> None:
    def fail(self: Detector, page: Any) -> Any:
        raise error

    monkeypatch.setattr(Detector, "check", fail)
    result = run("score", crawl(), "-i", official)
    assert (result.exit_code, result.stderr) == (code, line)
    assert not Path("report.csv").exists()


def test_a_damaged_index_is_named(official: str) -> None:
    write_lines("posts.jsonl", {"url": "https://a.example/", "text": COOKING})
    run("index", "build", "bad.index", "posts.jsonl")
    Path("bad.index/manifest.json").write_text("{")
    for command in (["score", "posts.jsonl"], ["explain", "posts.jsonl"], ["doctor"]):
        result = run(*command, "-i", "bad.index")
        assert result.exit_code == 4
        assert "bad.index: manifest.json is damaged; build the index anew" in result.output


def test_many_unread_inputs_are_counted() -> None:
    result = run("score", *(f"gone{number}.html" for number in range(14)), "-o", "-")
    assert result.exit_code == 3
    assert result.stderr.count("detector: gone") == 10
    assert "... and 4 more that could not be read" in result.stderr
    assert len(list(csv.DictReader(io.StringIO(result.stdout)))) == 14


@pytest.mark.parametrize(
    "arguments", [("score", "page.txt"), ("explain", "page.txt"), ("index", "build", "i", "page.txt"), ("cluster", ".")]
)
def test_loops_are_compiled_ahead_once(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("page.txt").write_text(ORDINARY)
    warmed: list[bool] = []
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    monkeypatch.setattr("detector.kernels.cache.TEMPORARY", False)
    monkeypatch.setattr(warming, "warm", lambda: warmed.append(True))
    assert "compiling" not in run(*arguments).stderr
    monkeypatch.setattr(kernels, "is_cold", lambda: not warmed)
    assert "compiling" not in run("score", "nowhere.txt").stderr
    assert "detector: compiling on first use" in run(*arguments).stderr
    assert warmed == [True]
    monkeypatch.setattr(kernels, "is_cold", lambda: True)
    monkeypatch.setattr("detector.kernels.cache.TEMPORARY", True)
    assert "compiling" not in run(*arguments).stderr


def test_what_cannot_be_compiled_ahead_is_compiled_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("no space left")

    Path("page.txt").write_text(ORDINARY)
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    monkeypatch.setattr("detector.kernels.cache.TEMPORARY", False)
    monkeypatch.setattr(kernels, "is_cold", lambda: True)
    monkeypatch.setattr(warming, "warm", refuse)
    assert run("score", "page.txt").exit_code == 0


def test_what_is_passed_over_is_counted() -> None:
    Path("crawl").mkdir()
    Path("crawl/page.txt").write_text(ORDINARY)
    Path("crawl/index.php").write_text("<?php echo 1;")
    Path("crawl/.hidden").write_text("")
    lines = run("score", "crawl").stderr.splitlines()
    assert lines[1:] == ["detector: passed over: files of other kinds (1)", "report.csv: 1 page (1 clean)"]


@pytest.mark.parametrize(("pages", "code"), [("crawl", 3), ("crawl/b.parquet", 2)])
def test_a_missing_extra_stops_only_what_needs_it(monkeypatch: pytest.MonkeyPatch, pages: str, code: int) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    Path("crawl").mkdir()
    Path("crawl/a.txt").write_text(ORDINARY)
    Path("crawl/b.parquet").write_bytes(b"PAR1")
    result = run("score", pages)
    assert result.exit_code == code
    assert "detector: crawl/b.parquet: needs pyarrow: pip install pyarrow\n" in result.stderr
    assert Path("report.csv").exists() == (code == 3)


def test_a_page_without_text_is_no_error() -> None:
    Path("empty.html").write_text("<html><body></body></html>")
    assert run("score", "empty.html").exit_code == 0
    assert report()[0]["label"] == "unreadable"


def test_an_old_report_among_the_inputs_is_passed_over() -> None:
    Path("crawl").mkdir()
    Path("crawl/page.txt").write_text(ORDINARY)
    for _ in range(2):
        assert run("score", "crawl", "-o", "crawl/report.csv").exit_code == 0
        assert [row["url"] for row in report("crawl/report.csv")] == ["page.txt"]


def test_explain_shows_label_passages_blocks(official: str) -> None:
    shown = run("explain", f"{crawl()}#2", "-i", official).stdout
    assert shown.startswith("repost  score 0.")
    assert "https://farm.example/copy" in shown.splitlines()[0]
    assert POSTS[0].url in shown
    assert "verbatim, probability 0." in shown
    assert "score made of: the copy 0." in shown
    assert "signals" in shown or "blocks" in shown
    assert "content" in shown


def test_explain_takes_threshold_and_allow_list(official: str) -> None:
    call = ("explain", crawl(), "--url", "https://farm.example/copy", "-i", official)
    assert run(*call).stdout.startswith("repost ")
    assert not run(*call, "--threshold", "1").stdout.startswith("repost ")
    Path("allow.csv").write_text("site,reason\nfarm.example,a partner\n")
    shown = run(*call, "--allow", "allow.csv").stdout
    assert shown.startswith("clean ")
    assert "allowed as farm.example: a partner" in shown
    assert "; lowered, as the page is official, allowed or names its source" in " ".join(shown.split())


@pytest.mark.parametrize("width", ["80", "140"])
def test_explain_shows_both_sides(official: str, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    lines = run("explain", crawl(), "--url", "https://farm.example/copy", "-i", official).stdout.splitlines()
    assert max(map(len, lines)) <= int(width)
    sides = [line for line in lines if "page 0-" in line]
    assert ("post 0-" in sides[0]) == (width == "140")
    assert any("post 0-" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["crawl.jsonl"], 2, "more than one page"),
        (["crawl.jsonl#9"], 2, "no such page"),
        (["crawl.jsonl", "--url", "https://other.example/"], 2, "no such page"),
        (["gone.html"], 3, "gone.html"),
    ],
)
def test_explain_needs_one_page(arguments: list[str], code: int, complaint: str) -> None:
    crawl()
    result = run("explain", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert complaint in result.stderr


def test_explain_is_safe_for_the_terminal() -> None:
    hostile = f"{ORDINARY}\n[bold]not markup[/bold] \x1b[31mred \x9b2J \u202eback"
    write_lines("page.jsonl", {"url": "https://a.example/\x1b]0;title\x07", "text": hostile, "title": "\x1b[1m[red]T"})
    shown = run("explain", "page.jsonl").stdout
    assert "[bold]not markup[/bold]" in shown
    assert not set(shown) & set("\x1b\x9b\x07\u202e")


def test_doctor_finds_this_installation_sound(official: str) -> None:
    result = run("doctor", "--index", official)
    assert result.exit_code == 0, result.stdout
    assert "BAD" not in result.stdout
    assert "2 posts" in result.stdout


def test_doctor_finds_damage(official: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "models" / "thing_v1").mkdir(parents=True)
    monkeypatch.setattr("detector.doctor.models_dir", lambda: tmp_path / "models")
    result = run("doctor")
    assert result.exit_code == 4
    assert "BAD  thing_v1" in result.stdout


def test_train_and_evaluate_pass_their_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []

    def train(output: Path, data: Path | None = None, log: Any = print) -> None:
        calls.append((output, data))
        log("trained")

    def evaluate(data: Path | None = None, log: Any = print) -> dict[str, Any]:
        calls.append((data,))
        return {"ok": data is None}

    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(training, "evaluate", evaluate)
    assert run("train", "-o", "out", "--data", "in").stdout == "trained\n"
    assert run("train").exit_code == 0
    assert run("evaluate").exit_code == 0
    assert run("evaluate", "--data", "in").exit_code == 1
    assert calls == [(Path("out"), Path("in")), (Path("models"), None), (None,), (Path("in"),)]


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def start(processes: list[subprocess.Popen[str]], *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    processes.append(process)
    return process


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_interrupting_leaves_nothing_behind(started: list[subprocess.Popen[str]], jobs: str) -> None:
    process = start(started, "score", "-", "-o", "report.csv", "--blocks", "b.csv", "--jobs", jobs)
    assert process.stdin and process.stderr
    process.stdin.write(json.dumps({"url": "u", "text": ORDINARY}) + "\n")
    process.stdin.flush()
    assert "--index" in process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "detector: interrupted\n")
    assert list(Path().iterdir()) == []


def test_a_page_that_breaks_the_detector_is_a_row() -> None:
    script = (
        "from detector import cli, document\n"
        "def parse(page, max_bytes=0):\n    raise ValueError('broken')\n"
        "document.parse = parse\n"
        "cli.main()"
    )
    arguments = ["score", crawl(), "-o", "report.csv"]
    ran = subprocess.run([sys.executable, "-c", script, *arguments], env=ENVIRONMENT, capture_output=True, text=True)
    assert ran.returncode == 0
    assert "Traceback" not in ran.stderr
    assert [row["reason"] for row in report()] == ["could not be judged (ValueError: broken)"] * 2


@pytest.mark.parametrize("command", ["score", "explain"])
def test_a_reader_that_leaves_is_no_error(started: list[subprocess.Popen[str]], command: str) -> None:
    given = ["score", crawl(), "-o", "-"] if command == "score" else ["explain", f"{crawl()}#1"]
    process = start(started, *given)
    assert process.stdout and process.stderr
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors


def test_explain_says_that_it_cannot_find_reposts_without_an_index(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("The scheduler packs small batches onto one worker.", encoding="utf-8")
    result = CliRunner().invoke(cli, ["explain", str(tmp_path / "page.txt")])
    assert result.exit_code == 0
    assert "no --index given" in result.stderr
