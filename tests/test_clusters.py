from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import click
import pytest

from detector import cluster, clusters, read_pages
from detector.cli import cli
from detector.clusters import COLUMNS
from detector.data import Page, UsageError
from detector.duplicates import SIMILARITY
from detector.resources import datasets_dir
from detector.settings import Settings
from tests.command import run, write_lines
from tests.samples import COOKING, SCHEDULER, SCHEDULER_ZH

CHANGED = SCHEDULER.replace("forty", "fifty").replace("March", "April")


def paragraphs(text: str) -> str:
    return "".join(f"<p>{line}</p>" for line in text.split("\n"))


def framed(text: str, head: str = "", links: int = 12) -> str:
    """A page of a site with its own menu and foot around the text."""
    menu = "".join(f"<li><a href=/{number}>Section {number}</a></li>" for number in range(links))
    return (
        f"<html><head><title>T</title>{head}</head><body><nav><ul>{menu}</ul></nav><article>{paragraphs(text)}"
        "</article><footer><p>Copyright © 2026 Harbour Notes. All rights reserved.</p></footer></body></html>"
    )


CRAWL = (
    Page("https://thief.example/1", html=framed(SCHEDULER, "<link rel=canonical href=https://blog.example/packing>")),
    Page("https://other.example/garden", text=COOKING),
    Page("https://blog.example/packing", text=SCHEDULER, fetched_at="2026-03-01"),
    Page("https://far.example/copy", text=CHANGED, fetched_at="2026-03-02T10:00:00Z"),
    Page("https://other.example/empty", text=" "),
    Page("https://other.example/void", text=""),
    Page("https://other.example/zh", text=SCHEDULER_ZH),
    Page("https://other.example/gone", error="no such file"),
)


def test_sets_name_their_original_and_how_the_others_belong_to_it() -> None:
    found = cluster(CRAWL)
    (group,) = found.sets
    assert [(member.role, member.url) for member in group.members] == [
        ("original", "https://blog.example/packing"),
        ("exact", "https://thief.example/1"),
        ("near", "https://far.example/copy"),
    ]
    assert group.evidence.startswith("named as the source by 1 of 2 other pages; earliest date (2026-03-01) of 2 known")
    assert group.original.evidence == "the likely original"
    assert group.members[1].similarity == 1
    assert 0.7 < group.similarity == group.members[2].similarity < 1
    assert group.members[2].date == "2026-03-02"
    assert "% of its shingles are the original's" in group.members[2].evidence
    assert (found.pages, found.textless, found.problems) == (8, 3, ())
    ((one, other, measured),) = found.pairs
    assert {one, other} == {"https://thief.example/1", "https://far.example/copy"}
    assert measured == group.similarity


def test_boilerplate_makes_no_set() -> None:
    pages = [
        Page(f"https://site.example/{at}", html=framed(text, links=80)) for at, text in enumerate((SCHEDULER, COOKING))
    ]
    assert cluster(pages).sets == ()


def test_official_hosts_are_where_originals_are() -> None:
    (group,) = cluster(CRAWL, settings=Settings(official_hosts=("far.example",))).sets
    assert group.original.url == "https://far.example/copy"
    assert group.evidence.startswith("on the official host far.example")


def test_similarity_is_what_pages_need() -> None:
    assert cluster(CRAWL, 0.99).sets[0].similarity == 1
    assert len(cluster(CRAWL, 0.5).sets[0].members) == 3
    with pytest.raises(UsageError, match="similarity must be"):
        cluster(CRAWL, 0)


def test_the_largest_set_comes_first_and_order_does_not_matter() -> None:
    garden = [Page(f"https://{name}.example/garden", text=COOKING) for name in "abcd"]
    one, other = cluster([*CRAWL, *garden]), cluster([*garden[::-1], *CRAWL[::-1]])
    assert [len(group.members) for group in one.sets] == [5, 3]
    assert {member.url for member in one.sets[0].members} == {member.url for member in other.sets[0].members}
    assert [member.url for member in one.sets[1].members] == [member.url for member in other.sets[1].members]


def test_jobs_change_nothing() -> None:
    crawl = list(read_pages(datasets_dir() / "demo" / "crawl"))
    assert cluster(crawl, jobs=2) == cluster(crawl)


def test_a_page_that_breaks_the_reading_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(page: Page, *rest: Any) -> Any:
        raise ValueError("broken")

    monkeypatch.setattr(clusters, "read", read)
    found = cluster(CRAWL[:2])
    assert found.sets == ()
    assert found.problems == (
        "https://thief.example/1: could not be judged (ValueError: broken)",
        "https://other.example/garden: could not be judged (ValueError: broken)",
    )


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    fields = ("url", "html", "text", "fetched_at")
    records = ({name: value for name in fields if (value := getattr(page, name))} for page in CRAWL[:-1])
    return write_lines("crawl.jsonl", *records)


def rows(path: str = "clusters.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(path).read_text(encoding="utf-8"), newline="")))


def test_the_command_writes_a_row_a_set_and_a_row_a_member(crawl: str) -> None:
    result = run("cluster", crawl)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "clusters.csv: 1 set of 3 pages, of 7 read, 2 without text of their own\n"
    assert tuple(rows()[0]) == COLUMNS
    assert [(row["cluster"], row["role"], row["size"], row["url"]) for row in rows()] == [
        ("1", "set", "3", "https://blog.example/packing"),
        ("1", "original", "3", "https://blog.example/packing"),
        ("1", "exact", "3", "https://thief.example/1"),
        ("1", "near", "3", "https://far.example/copy"),
    ]
    whole, original, exact, near = rows()
    assert {row["original"] for row in rows()} == {"https://blog.example/packing"}
    assert whole["similarity"] == near["similarity"] != original["similarity"] == exact["similarity"] == "1"
    assert whole["evidence"].startswith("named as the source by 1 of 2")
    assert (whole["host"], whole["date"], whole["input"], whole["offset"]) == ("blog.example", "2026-03-01", crawl, "3")
    assert int(near["words"]) > 100
    assert run("cluster", crawl, "-o", "-").stdout.encode() == Path("clusters.csv").read_bytes()
    run("cluster", crawl, "-o", "excel.csv", "--excel", "--jobs", "2")
    assert Path("excel.csv").read_bytes() == b"\xef\xbb\xbf" + Path("clusters.csv").read_bytes()


def test_the_columns_are_stable() -> None:
    assert ",".join(COLUMNS) == (
        "cluster,role,url,size,similarity,original,evidence,title,host,words,date,input,offset"
    )


def test_hostile_cells_are_guarded(crawl: str) -> None:
    hostile = {"title": "=1+1\n\0", "text": COOKING}
    write_lines("crawl.jsonl", {"url": "=cmd", **hostile}, {"url": "@b", **hostile})
    run("cluster", crawl)
    assert {row["url"] for row in rows()} == {"'=cmd", "'@b"}
    assert {row["title"][:5] for row in rows()} == {"'=1+1"}
    assert len(Path("clusters.csv").read_text(encoding="utf-8").splitlines()) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["crawl.jsonl", "--official-host", "far.example"], 0, "1 set"),
        (["crawl.jsonl", "--settings", "settings.toml"], 0, "1 set"),
        (["crawl.jsonl", "gone.html"], 3, "detector: gone.html: no such file or folder"),
        (["broken.jsonl"], 3, "broken.jsonl: line 2: not JSON"),
        (["empty.jsonl"], 3, "empty.jsonl: an empty file"),
        ([], 2, "Missing argument"),
        (["crawl.jsonl", "--similarity", "0"], 2, "similarity must be above 0"),
        (["crawl.jsonl", "--jobs", "0"], 2, "jobs must be"),
        (["crawl.jsonl", "-o", "clusters.jsonl"], 2, "use .csv"),
        (["crawl.jsonl", "-o", "crawl.jsonl"], 2, "is an input and an output"),
        (["crawl.jsonl", "-o", "no/such/clusters.csv"], 2, "cannot be written"),
        (["crawl.jsonl", "-o", "folder.csv"], 2, "is a folder"),
    ],
)
def test_exit_codes(crawl: str, arguments: list[str], code: int, complaint: str) -> None:
    Path("settings.toml").write_text('official_hosts = ["far.example"]\n')
    Path("broken.jsonl").write_text(
        Path(crawl).read_text().splitlines()[2] + "\n{\n" + json.dumps({"url": "u", "text": SCHEDULER})
    )
    Path("empty.jsonl").touch()
    Path("folder.csv").mkdir()
    result = run("cluster", *arguments)
    assert result.exit_code == code
    assert complaint in result.stderr
    assert Path("clusters.csv").exists() == (code in (0, 3))
    assert not [name for name in os.listdir() if name.endswith(".part")]
    if code == 3 and "empty.jsonl" not in arguments:
        assert len(rows()) >= 3
    if "settings.toml" in arguments:
        assert rows()[0]["original"] == "https://far.example/copy"


def test_the_option_says_the_default() -> None:
    (option,) = (parameter for parameter in cli.commands["cluster"].params if parameter.name == "similarity")
    assert isinstance(option, click.Option)
    assert option.default == SIMILARITY
