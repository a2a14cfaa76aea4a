"""A Scrapy crawl of a site on this machine, with and without the detector: pages a second.

    python benchmarks/scrapy_crawl.py [--pages 300] [--repeats 5]

The site is the demo's crawl over and over, a third of which copies the indexed blog. All crawls fetch with
CONCURRENT_REQUESTS 16; the site is served by this process, every crawl is a process of its own, and the kinds of crawl
take turns. Seconds are Scrapy's own, from the start to the last page; the detector's workers start then, so that their
start is in them. `once_started` counts from the first page that reached the spider. `slowdown` is that of the fastest
crawl of a kind, once started, since other programs only slow a crawl down, against the fastest without the detector. In
`handing over alone` a worker has each verdict ready, which is what the integration costs without the judging;
`crawler_cpu` is the time that the crawler's own process keeps a core busy. Prints and writes
benchmarks/results/scrapy_crawl.json; exits with 1 when a page is lost or a label differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess

from detector import Detector, Page, ReferenceIndex, Verdict, read_pages
from detector.integrations import aio
from detector.resources import datasets_dir

RESULTS = Path(__file__).parent / "results" / "scrapy_crawl.json"
SETTINGS = {
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "WARNING",
    "TELNETCONSOLE_ENABLED": False,
}
ADDON = {"ADDONS": {"detector.integrations.scrapy.DetectorAddon": 500}}


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages: list[bytes]

    def do_GET(self) -> None:
        body = self.pages[int(self.path[1:]) % len(self.pages)]
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class CountingSpider(scrapy.Spider):
    name = "counting"
    base: str
    count: int

    async def start(self) -> Any:
        for number in range(self.count):
            yield scrapy.Request(f"{self.base}/{number}")

    def parse(self, response: Any) -> None:
        self.crawler.stats.inc_value("pages")
        self.crawler.stats.min_value("first", time.perf_counter())
        self.crawler.stats.max_value("last", time.perf_counter())
        self.crawler.stats.min_value("first_cpu", time.process_time())
        self.crawler.stats.max_value("last_cpu", time.process_time())


class Known:
    """A detector that has judged every page of the demo already."""

    def __init__(self, index: str, *settings: Any) -> None:
        detector = Detector(index, *settings)
        pages = read_pages(datasets_dir() / "demo" / "crawl")
        self.verdicts = {page.html: detector.check(Page("http://127.0.0.1/", html=page.html)) for page in pages}

    def check(self, page: Page) -> Verdict:
        return self.verdicts[page.html]


# Kinds of crawl: how many workers judge, and whether they do.
CRAWLS = {"without": (0, True), "one worker": (1, True), "two workers": (2, True), "handing over alone": (1, False)}


def crawl(base: str, count: int, index: str, kind: str) -> None:
    """One crawl in this process; prints its stats."""
    workers, judging = CRAWLS[kind]
    if not judging:
        aio.Detector = Known  # type: ignore[attr-defined,misc,assignment]
    chosen = {**ADDON, "DETECTOR_INDEX": index, "DETECTOR_WORKERS": workers} if workers else {}
    process = CrawlerProcess({**SETTINGS, **chosen})
    crawler = process.create_crawler(CountingSpider)
    process.crawl(crawler, base=base, count=count)
    process.start()
    stats = crawler.stats.get_stats()
    print(json.dumps({name: value for name, value in stats.items() if isinstance(value, int | float | str)}))


def measured(base: str, count: int, index: str, kind: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--crawl", base, "--pages", str(count), "--index", index]
    ran = subprocess.run([*command, "--kind", kind], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(ran.stderr)
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def labels_of(stats: dict[str, Any]) -> dict[str, int]:
    return {name.split("/")[2]: value for name, value in stats.items() if name.startswith("detector/label/")}


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {"least": ordered[0], "median": ordered[len(ordered) // 2], "most": ordered[-1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--crawl", help=argparse.SUPPRESS)
    parser.add_argument("--index", help=argparse.SUPPRESS)
    parser.add_argument("--kind", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.crawl:
        crawl(arguments.crawl, arguments.pages, arguments.index, arguments.kind)
        return
    demo = datasets_dir() / "demo"
    Site.pages = [page.html for page in read_pages(demo / "crawl") if isinstance(page.html, bytes)]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder) / "official.index")
        plain = Detector(ReferenceIndex.build(index, read_pages(demo / "posts.jsonl")))
        known = [plain.check(Page(f"{base}/{at}", html=body)).label for at, body in enumerate(Site.pages)]
        expected = Counter(known[number % len(known)] for number in range(arguments.pages))
        runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in CRAWLS}
        for _ in range(arguments.repeats):
            for kind, crawls in runs.items():
                crawls.append(measured(base, arguments.pages, index, kind))
    server.shutdown()
    figures: dict[str, dict[str, Any]] = {
        name: {
            "pages_per_second": spread([round(stats["pages"] / stats["elapsed_time_seconds"], 1) for stats in crawls]),
            "once_started": spread(
                [round((stats["pages"] - 1) / (stats["last"] - stats["first"]), 1) for stats in crawls]
            ),
            "crawler_cpu_milliseconds_a_page": spread(
                [round(1000 * (stats["last_cpu"] - stats["first_cpu"]) / (stats["pages"] - 1), 2) for stats in crawls]
            ),
            "judging_milliseconds_a_page": spread(
                [round(1000 * stats.get("detector/seconds", 0) / stats["pages"], 1) for stats in crawls]
            ),
        }
        for name, crawls in runs.items()
    }
    result = {
        "pages": arguments.pages,
        "concurrent_requests": SETTINGS["CONCURRENT_REQUESTS"],
        "cores": os.cpu_count(),
        "labels": dict(expected),
        **figures,
    }
    fetched = figures["without"]["once_started"]["most"]
    for kind in list(CRAWLS)[1:]:
        figures[kind]["slowdown"] = round(1 - figures[kind]["once_started"]["most"] / fetched, 3)
    print(json.dumps(result, indent=1))
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    lost = any(stats["pages"] != arguments.pages for crawls in runs.values() for stats in crawls)
    judged = [stats for name, crawls in runs.items() if name != "without" for stats in crawls]
    if lost or any(labels_of(stats) != expected for stats in judged):
        sys.exit("pages were lost, or labels differ")


if __name__ == "__main__":
    main()
