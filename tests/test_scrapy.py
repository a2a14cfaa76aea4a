"""Real crawls of a site on this machine: the demo's posts, copied and not."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector import Detector, Page, ReferenceIndex, read_pages
from detector.resources import datasets_dir
from tests.site import served

pytest.importorskip("scrapy")

PROJECT = Path(__file__).parent.parent
DEMO = datasets_dir() / "demo"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("scrapy") / "official.index"
    ReferenceIndex.build(path, read_pages(DEMO / "posts.jsonl"))
    return str(path)


def pages() -> dict[str, bytes]:
    """Some pages of the demo's crawl, of each label and kind: path -> HTML."""
    with (DEMO / "truth.csv").open(encoding="utf-8", newline="") as file:
        known = {row["url"]: row["kind"] or row["label"] for row in csv.DictReader(file)}
    taken: Counter[str] = Counter()
    chosen = {}
    for page in read_pages(DEMO / "crawl"):
        kind = known[page.url]
        if isinstance(page.html, bytes) and taken[kind] < 3:
            taken[kind] += 1
            chosen[f"/{kind}/{len(chosen)}"] = page.html
    return chosen


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, dict[str, bytes]]]:
    chosen = pages()
    others = {"/robots.txt": ("text/html", b"<p>User-agent: nobody</p>"), "/logo.png": ("image/png", b"\x89PNG")}
    with served({path: ("text/html", body) for path, body in chosen.items()} | others) as base:
        yield base, chosen


def crawled(base: str, paths: list[str], runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, PROJECT / "tests" / "crawls.py"],
        input=json.dumps([base, paths, runs]),
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    results = json.loads(ran.stdout.splitlines()[-1])
    results[0]["errors"] = ran.stderr
    return results


def test_every_page_of_a_crawl_is_judged(index: str, site: tuple[str, dict[str, bytes]]) -> None:
    base, chosen = site
    assert len(chosen) >= 25
    (result,) = crawled(base, [*chosen, "/logo.png", "/gone"], [{"DETECTOR_INDEX": index, "ROBOTSTXT_OBEY": True}])
    assert result["errors"] == ""
    plain = Detector(index)
    known = {
        url: plain.check(Page(url, html=body, content_type="text/html"))
        for url, body in ((base + path, body) for path, body in chosen.items())
    }
    assert result["pages"] == {
        **{url: [verdict.label, verdict.score, url] for url, verdict in known.items()},
        base + "/logo.png": None,
        base + "/gone": None,
    }
    labels = Counter(verdict.label for verdict in known.values())
    assert labels["repost"] >= 10
    assert {"clean", "spam"} <= set(labels)
    stats = result["stats"]
    of_labels = {name.split("/")[2]: value for name, value in stats.items() if name.startswith("detector/label/")}
    kinds = {name: value for name, value in stats.items() if name.startswith("detector/kind/")}
    assert of_labels == labels
    assert sum(kinds.values()) == labels["repost"] + labels["syndicated"]
    assert stats["detector/seconds"] > 0
    assert stats["finish_reason"] == "finished"


def test_what_is_asked_for_is_dropped_or_logged(index: str, site: tuple[str, dict[str, bytes]]) -> None:
    base, chosen = site
    plain = Detector(index)
    labels = {base + path: plain.check(Page(base + path, html=body)).label for path, body in chosen.items()}
    reposts = {url for url, label in labels.items() if label == "repost"}
    bad = reposts | {url for url, label in labels.items() if label == "spam"}
    items = {"DETECTOR_ITEMS": {"url": "address", "html": "markup"}, "DETECTOR_RESPONSES": False}
    warned, dropped, in_items = crawled(
        base,
        list(chosen),
        [
            {"DETECTOR_INDEX": index, "DETECTOR_ACTION": "warn", "DETECTOR_DROP_LABELS": "repost"},
            {"DETECTOR_INDEX": index, "DETECTOR_ACTION": "drop", "DETECTOR_WORKERS": 2},
            {"DETECTOR_INDEX": index, "DETECTOR_ACTION": "drop", **items},
        ],
    )
    assert len(warned["pages"]) == len(chosen)
    assert {line.split(" is repost: ")[0] for line in warned["logged"]} == reposts
    assert len(warned["items"]) == len(chosen)
    assert {url for url, kind in dropped["lost"]} == bad
    assert {kind for url, kind in dropped["lost"]} == {"IgnoreRequest"}
    assert set(dropped["pages"]) == set(labels) - bad
    assert dropped["stats"]["detector/dropped"] == len(bad)
    judged = {item["address"]: item["detector"] for item in in_items["items"] if item.get("markup")}
    assert {url: row["label"] for url, row in judged.items()} == {
        url: label for url, label in labels.items() if url not in bad and chosen[url.removeprefix(base)]
    }
    assert all(row["url"] == url and "reason" in row and "rank" not in row for url, row in judged.items())
    assert sum("markup" not in item for item in in_items["items"]) == len(chosen)
    assert set(map(str, in_items["pages"].values())) == {"stale"}
    assert in_items["stats"]["item_dropped_count"] == len(bad)
    assert warned["errors"].count("Traceback") == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DETECTOR_ACTION": "delete"}, "DETECTOR_ACTION must be one of tag, warn, drop, not 'delete'"),
        ({"DETECTOR_DROP_LABELS": ["reposts"]}, "DETECTOR_DROP_LABELS: no such name as 'reposts'"),
        ({"DETECTOR_ITEMS": {"body": "html"}}, "DETECTOR_ITEMS: no such name as 'body'"),
        ({"DETECTOR_SETTINGS": {"treshold": 1}}, "DETECTOR_SETTINGS: no such name as 'treshold'"),
        ({"DETECTOR_SETTINGS": '{"threshold": 2}'}, "threshold must be a number between 0 and 1, not 2"),
        ({"DETECTOR_WORKERS": 0}, "jobs must be"),
        ({"DETECTOR_PAGE_SECONDS": 0}, "seconds for a page must be a number above 0"),
        ({"DETECTOR_PAGE_SECONDS": "long"}, "DETECTOR_PAGE_SECONDS must be a number above 0, or None, not 'long'"),
        ({"DETECTOR_INDEX": "missing.index"}, "missing.index"),
        ({"TWISTED_REACTOR": None}, "TWISTED_REACTOR must be"),
    ],
)
def test_settings_without_sense_stop_the_crawl(settings: dict[str, Any], said: str) -> None:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import Settings

    from detector import DetectorError
    from detector.integrations.scrapy import DetectorAddon

    crawler = Crawler(Spider, Settings(settings))
    with pytest.raises(DetectorError, match=re.escape(said)):
        DetectorAddon.from_crawler(crawler).update_settings(crawler.settings)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [({}, 60.0), ({"DETECTOR_PAGE_SECONDS": None}, None), ({"DETECTOR_PAGE_SECONDS": "None"}, None)],
)
def test_pages_may_take_their_time(
    given: dict[str, Any], seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import Settings

    from detector.integrations import scrapy

    asked: list[float | None] = []
    monkeypatch.setattr(scrapy, "AsyncDetector", lambda *_, page_seconds, **__: asked.append(page_seconds))
    crawler = Crawler(Spider, Settings(given))
    scrapy.DetectorAddon.from_crawler(crawler).update_settings(crawler.settings)
    assert asked == [seconds]


def test_an_item_class_needs_the_field(index: str) -> None:
    import asyncio
    from dataclasses import dataclass

    from scrapy import Spider
    from scrapy.utils.test import get_crawler

    from detector import UsageError
    from detector.integrations.scrapy import DetectorAddon, DetectorPipeline

    @dataclass
    class Found:
        link: str
        body: str

    async def process() -> None:
        crawler = get_crawler(
            Spider,
            {"ADDONS": {DetectorAddon: 500}, "DETECTOR_ITEMS": {"url": "link", "text": "body"}},
        )
        pipeline = DetectorPipeline.from_crawler(crawler)
        try:
            with pytest.raises(UsageError, match="items of the class Found need a field 'detector'"):
                await pipeline.process_item(Found("https://a.example", "A few words of text."))
        finally:
            addon = crawler.get_addon(DetectorAddon)
            assert addon is not None
            await addon.close()

    asyncio.run(process())


def test_items_without_a_named_field_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    import asyncio
    from types import SimpleNamespace

    from detector.integrations.scrapy import DetectorPipeline

    pipeline = DetectorPipeline(SimpleNamespace(items={"url": "link", "html": "bodyy"}))  # type: ignore[arg-type]
    item = {"link": "https://a.example/", "body": "<p>words"}
    for _ in range(3):
        assert asyncio.run(pipeline.process_item(item)) is item
    (record,) = caplog.records
    assert "no field 'bodyy'" in record.getMessage()
