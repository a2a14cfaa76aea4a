import csv
import json
import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

from detector.data import KINDS, LABELS
from detector.pages import read_pages
from detector.resources import datasets_dir

DEMO = datasets_dir() / "demo"


@pytest.fixture(scope="module")
def truth() -> list[dict[str, str]]:
    with (DEMO / "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_posts_are_whole() -> None:
    posts = [json.loads(line) for line in (DEMO / "posts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len({post["url"] for post in posts}) == len(posts) >= 28
    assert len({post["language"] for post in posts}) >= 5
    assert all(post["title"] and len(post["text"]) > 200 for post in posts)


def test_truth_names_every_page_once(truth: list[dict[str, str]]) -> None:
    pages = [page.url for page in read_pages(DEMO / "crawl")]
    assert Counter(pages) == Counter(row["url"] for row in truth)
    assert len(pages) >= 110
    assert max(Counter(pages).values()) == 1


def test_every_label_and_kind_is_there(truth: list[dict[str, str]]) -> None:
    assert {row["label"] for row in truth} == set(LABELS)
    assert {row["kind"] for row in truth if row["kind"]} == set(KINDS)
    assert all(bool(row["source_url"]) == (row["label"] in ("official", "syndicated", "repost")) for row in truth)


def test_the_script_makes_the_same_bytes(tmp_path: Path) -> None:
    runpy.run_path(str(DEMO / "make_crawl.py"))["write"](tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(DEMO): path.read_bytes() for path in (DEMO / "crawl").rglob("*") if path.is_file()}
    assert made == kept | {Path("truth.csv"): (DEMO / "truth.csv").read_bytes()}


def test_no_address_is_real() -> None:
    for page in read_pages(DEMO / "crawl"):
        data = page.html if isinstance(page.html, bytes) else (page.html or "").encode()
        hosts = re.findall(rb"https?://([\w.-]+)", data)
        assert all(host.endswith(b".example") for host in hosts), page.url
