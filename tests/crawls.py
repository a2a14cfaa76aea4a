"""Crawls with several settings in one process, each of which fetches all pages: what came of them.

Reads [address of the site, paths, [settings, ...]] as JSON on standard input and prints an object a crawl.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

ALWAYS = {
    "ADDONS": {"detector.integrations.scrapy.DetectorAddon": 500},
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_DELAY": 0,
    "HTTPERROR_ALLOW_ALL": True,
    "LOG_LEVEL": "ERROR",
    "TELNETCONSOLE_ENABLED": False,
}


class Item(scrapy.Item):
    address, markup = scrapy.Field(), scrapy.Field()


class SiteSpider(scrapy.Spider):
    name = "site"
    base: str
    paths: list[str]
    result: dict[str, Any]

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for path in self.paths:
            yield scrapy.Request(self.base + path, self.parse, errback=self.lost, meta={"detector": "stale"})

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> SiteSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.kept, signal=scrapy.signals.item_scraped)
        return spider

    def kept(self, item: Any) -> None:
        self.result["items"].append(dict(item))

    def parse(self, response: Response) -> Iterator[Any]:
        verdict = response.meta.get("detector")
        said = [verdict.label, verdict.score, verdict.url] if hasattr(verdict, "label") else verdict
        self.result["pages"][response.url] = said
        if self.settings.getdict("DETECTOR_ITEMS"):
            yield {"address": response.url, "markup": response.text}
            yield {"address": response.url}
        else:
            yield Item(address=response.url)

    def lost(self, failure: Any) -> None:
        self.result["lost"].append([failure.request.url, failure.type.__name__])


class Log(logging.Handler):
    """Keeps what the detector says."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("detector"):
            self.lines.append(record.getMessage())


def main() -> None:
    base, paths, runs = json.load(sys.stdin)
    process = CrawlerProcess(ALWAYS)
    results, crawlers = [], []
    for settings in runs:
        result: dict[str, Any] = {"pages": {}, "lost": [], "items": [], "logged": []}
        crawler = process.create_crawler(type("Spider", (SiteSpider,), {"custom_settings": settings}))
        process.crawl(crawler, base=base, paths=paths, result=result)
        results.append(result)
        crawlers.append(crawler)
    logging.getLogger().addHandler(Log(results[0]["logged"]))
    process.start()
    for crawler, result in zip(crawlers, results, strict=True):
        known = crawler.stats.get_stats().items()
        result["stats"] = {name: value for name, value in known if isinstance(value, int | float | str)}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
