from __future__ import annotations

import csv
import io
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from detector.data import Match, UsageError, Verdict
from detector.demo import Demo, run_demo
from detector.report import Report
from detector.resources import datasets_dir
from detector.terminal import TABLE_ROWS, print_demo, print_next_steps

SOURCE = "https://official.example/a"
OTHER = "https://official.example/b"
TRUTH = {
    "copy": {"url": "copy", "label": "repost", "kind": "verbatim", "source_url": SOURCE},
    "mix": {"url": "mix", "label": "repost", "kind": "mashup", "source_url": SOURCE},
    "own": {"url": "own", "label": "clean", "kind": "", "source_url": ""},
}


def verdict(url: str, label: str, *sources: str, score: float = 0.5) -> Verdict:
    matches = tuple(Match(source, "The title", "verbatim", 0.9, 1.0, 1.0, ()) for source in sources)
    return Verdict(url, label, score, f"reason of {url}", matches[0] if matches else None, matches)


@pytest.mark.parametrize(
    ("given", "agrees"),
    [
        (verdict("copy", "repost", SOURCE), True),
        (verdict("copy", "repost", OTHER), False),
        (verdict("copy", "repost", OTHER, SOURCE), False),
        (verdict("mix", "repost", OTHER, SOURCE), True),
        (verdict("mix", "repost", OTHER), False),
        (verdict("copy", "repost"), False),
        (verdict("copy", "clean", SOURCE), False),
        (verdict("own", "clean"), True),
        (verdict("own", "clean", SOURCE), True),
        (verdict("own", "spam"), False),
    ],
)
def test_agreement_is_label_and_source(given: Verdict, agrees: bool) -> None:
    assert Demo(Path(), 1, Report([]), TRUTH, 0.0).agrees(given) is agrees


def test_the_table_is_ranked_and_names_what_disagrees() -> None:
    names = [f"copy{place:02}" for place in range(TABLE_ROWS + 2)]
    copies = [verdict(name, "repost", SOURCE, score=0.9 - place / 1000) for place, name in enumerate(names)]
    verdicts = [verdict("own", "spam", score=0.2), *copies]
    truth = {"own": TRUTH["own"], **dict.fromkeys(names, TRUTH["copy"])}
    console = Console(width=100, file=io.StringIO(), record=True)
    print_demo(Demo(Path("out"), 3, Report(verdicts), truth, 1.25), console)
    shown = console.export_text()
    rows = [line.split() for line in shown.splitlines() if "copy" in line or "reason of own" in line]
    assert [row[0] for row in rows] == [*(str(rank) for rank in range(1, TABLE_ROWS + 1)), str(TABLE_ROWS + 3)]
    assert rows[0][1:] == ["0.900", "repost", "verbatim", "100", "%", "copy00", "The", "title"]
    assert rows[-1][1:] == ["0.200", "spam", "own", "reason", "of", "own"]
    assert f"{TABLE_ROWS + 3} pages against 3 official posts in 1.2 s; {TABLE_ROWS + 2} verdicts agree" in shown
    assert f"repost {TABLE_ROWS + 2} of {TABLE_ROWS + 2}, clean 0 of 1" in shown
    assert "own: spam, known as clean" in shown
    assert "copy: repost, known" not in shown


@pytest.mark.parametrize(("offset", "place"), [(None, "the crawl/copy.html"), (7, "the crawl/copy.html#7")])
def test_the_next_commands_can_be_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offset: int | None, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    worst = replace(verdict("copy", "repost", SOURCE), input=str(tmp_path / "the crawl" / "copy.html"), offset=offset)
    console = Console(width=40, file=io.StringIO(), record=True)
    print_next_steps(Demo(Path("out"), 1, Report([worst]), TRUTH, 0.0), console)
    lines = [line.strip() for line in console.export_text().splitlines()]
    commands = [shlex.split(line) for line in lines if line.startswith("detector ")]
    assert commands == [
        ["detector", "index", "build", "YOUR.index", "YOUR_POSTS"],
        ["detector", "score", "YOUR_PAGES", "--index", "YOUR.index", "-o", "report.csv"],
        ["detector", "explain", place, "--index", "out/official.index"],
    ]


def test_the_demo_judges_every_page_it_has_answers_for(tmp_path: Path) -> None:
    demo = run_demo(tmp_path / "out")
    assert sorted(demo.truth) == sorted(verdict.url for verdict in demo.report.verdicts)
    assert demo.posts > 0
    unread = {verdict.url for verdict in demo.report.verdicts if verdict.error}
    assert unread <= {url for url, answer in demo.truth.items() if answer["label"] == "unreadable"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "official.index",
        "report.csv",
        "report.html",
        "matches.csv",
        "blocks.csv",
    }
    with (tmp_path / "out" / "report.csv").open(encoding="utf-8", newline="") as file:
        assert [row["url"] for row in csv.DictReader(file)] == [verdict.url for verdict in demo.report.verdicts]


def test_the_demo_agrees_with_its_answers(tmp_path: Path) -> None:
    demo = run_demo(tmp_path)
    wrong = [verdict.url for verdict in demo.report.verdicts if not demo.agrees(verdict)]
    assert len(wrong) <= 0.1 * len(demo.truth), wrong


def test_the_answers_are_well_formed() -> None:
    with (datasets_dir() / "demo" / "truth.csv").open(encoding="utf-8", newline="") as file:
        assert csv.DictReader(file).fieldnames == ["url", "label", "kind", "source_url"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be made"):
        run_demo(tmp_path / "file" / "out")
