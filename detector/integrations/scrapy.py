"""A Scrapy add-on that judges every page of a crawl, and what the spider makes of them if asked to.

    ADDONS = {"detector.integrations.scrapy.DetectorAddon": 500}
    DETECTOR_INDEX = "official.index"

Pages are judged in other processes (see `AsyncDetector`), so that the crawl goes on meanwhile; a page that waits to be
judged still counts as one that is being downloaded, so that Scrapy's own limits (CONCURRENT_REQUESTS) bound memory.

| setting | default | |
|---|---|---|
| DETECTOR_INDEX | none | the index of official posts; without it no reposts are found |
| DETECTOR_ACTION | "tag" | "tag": only say it; "warn": log what has one of the labels; "drop": drop it |
| DETECTOR_DROP_LABELS | ["repost", "spam"] | the labels that are logged or dropped |
| DETECTOR_SETTINGS | {} | of the detector: {"threshold": 0.8, ...}, see `Settings` |
| DETECTOR_WORKERS | -1 | processes that judge, at most one for each core (-1: that many), when so many are needed |
| DETECTOR_PAGE_SECONDS | 60 | a page that takes a process longer is `unreadable` |
| DETECTOR_RESPONSES | True | whether responses are judged |
| DETECTOR_ITEMS | {} | which items are judged: the fields of a `Page` and where an item has them, such as
                         {"url": "link", "html": "body"}; items without html and text are not |
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Self
from urllib.parse import urlsplit

from itemadapter import ItemAdapter
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem, IgnoreRequest
from scrapy.http import HtmlResponse, Response
from scrapy.settings import BaseSettings

from detector.data import LABELS, Page, UsageError, Verdict
from detector.detector import PAGE_SECONDS
from detector.integrations.aio import AsyncDetector
from detector.rows import COLUMNS, Cell, report_row
from detector.settings import Settings

# Where a response's `meta` and an item have the verdict.
KEY = "detector"
ACTIONS = ("tag", "warn", "drop")
_ASYNCIO = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
# Next to the spider: what is judged is unpacked, and no redirect.
_MIDDLEWARE_PRIORITY, _PIPELINE_PRIORITY = 25, 100
_PAGE_FIELDS = frozenset(field.name for field in fields(Page))

_log = logging.getLogger(__name__)


class DetectorAddon:
    """Holds the detector of a crawl, and puts `DetectorMiddleware` and `DetectorPipeline` in their places, unless the
    project has given them others. Raises DetectorError when a setting makes no sense, or the index or a model is
    damaged."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._detector: AsyncDetector | None = None
        self.action = "tag"
        self.labels: frozenset[str] = frozenset()
        self.items: Mapping[str, str] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        addon = cls(crawler)
        crawler.signals.connect(addon.start, signal=signals.engine_started)
        crawler.signals.connect(addon.close, signal=signals.engine_stopped)
        return addon

    def update_settings(self, settings: BaseSettings) -> None:
        if settings.getbool("TWISTED_REACTOR_ENABLED", True) and settings.get("TWISTED_REACTOR") != _ASYNCIO:
            raise UsageError(f"TWISTED_REACTOR must be {_ASYNCIO}, Scrapy's default")
        self.action = settings.get("DETECTOR_ACTION", "tag")
        if self.action not in ACTIONS:
            raise UsageError(f"DETECTOR_ACTION must be one of {', '.join(ACTIONS)}, not {self.action!r}")
        self.labels = frozenset(settings.getlist("DETECTOR_DROP_LABELS", ["repost", "spam"]))
        _known("DETECTOR_DROP_LABELS", self.labels, frozenset(LABELS))
        self.items = settings.getdict("DETECTOR_ITEMS")
        _known("DETECTOR_ITEMS", frozenset(self.items), _PAGE_FIELDS)
        chosen = settings.getdict("DETECTOR_SETTINGS")
        _known("DETECTOR_SETTINGS", frozenset(chosen), frozenset(field.name for field in fields(Settings)))
        self._detector = AsyncDetector(
            settings.get("DETECTOR_INDEX"),
            Settings(**chosen),
            workers=settings.getint("DETECTOR_WORKERS", -1),
            page_seconds=_page_seconds(settings),
        )
        if settings.getbool("DETECTOR_RESPONSES", True):
            settings.setdefault_in_component_priority_dict(
                "DOWNLOADER_MIDDLEWARES", DetectorMiddleware, _MIDDLEWARE_PRIORITY
            )
        if self.items:
            settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", DetectorPipeline, _PIPELINE_PRIORITY)

    async def judge(self, page: Page) -> Verdict:
        """The verdict on a page, which is counted in the crawl's stats, and logged where it is to be."""
        assert self._detector is not None
        verdict = await self._detector.check(page)
        stats = self._crawler.stats
        stats.inc_value(f"detector/label/{verdict.label}")
        if verdict.match is not None and verdict.label in ("repost", "syndicated"):
            stats.inc_value(f"detector/kind/{verdict.match.kind}")
        stats.set_value("detector/seconds", round(self._detector.seconds, 3))
        if self.action == "warn" and verdict.label in self.labels:
            _log.warning("%s", _said(verdict), extra={"spider": self._crawler.spider})
        return verdict

    def drops(self, verdict: Verdict) -> bool:
        """Whether what has this verdict is to be dropped; if so, that is counted."""
        dropped = self.action == "drop" and verdict.label in self.labels
        if dropped:
            self._crawler.stats.inc_value("detector/dropped")
        return dropped

    def start(self) -> None:
        if self._detector is not None:
            self._detector.start()

    async def close(self) -> None:
        if self._detector is not None:
            await self._detector.close()


class DetectorMiddleware:
    """Puts the `Verdict` on every HTML page into `response.meta["detector"]`, or drops the page (IgnoreRequest).
    Answers with another status than 2xx are left alone."""

    def __init__(self, addon: DetectorAddon) -> None:
        self._addon = addon

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(_addon_of(crawler))

    async def process_response(self, request: Request, response: Response) -> Response:
        # What a request was made with, such as the meta of another response, says nothing of this page.
        request.meta.pop(KEY, None)
        if not isinstance(response, HtmlResponse) or not 200 <= response.status < 300 or _is_robots(response.url):
            return response
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        verdict = await self._addon.judge(Page(response.url, html=response.body, content_type=content_type or None))
        request.meta[KEY] = verdict
        if self._addon.drops(verdict):
            raise IgnoreRequest(_said(verdict))
        return response


class DetectorPipeline:
    """Puts a dict with the columns of report.csv into the field `detector` of every item that holds a page
    (DETECTOR_ITEMS), or drops the item (DropItem)."""

    def __init__(self, addon: DetectorAddon) -> None:
        self._addon = addon
        self._known: set[type] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(_addon_of(crawler))

    async def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        self._tell_missing(item, adapter)
        given: dict[str, Any] = {name: adapter.get(field) for name, field in self._addon.items.items()}
        if not given.get("html") and not given.get("text"):
            return item
        verdict = await self._addon.judge(Page(given.pop("url", None) or "", **given))
        if self._addon.drops(verdict):
            raise DropItem(_said(verdict))
        try:
            adapter[KEY] = summary(verdict)
        except KeyError:
            raise UsageError(f"items of the class {type(item).__name__} need a field {KEY!r}") from None
        return item

    def _tell_missing(self, item: Any, adapter: ItemAdapter) -> None:
        """Log, once for each class of items, that it lacks fields: a name may be wrong, or the items be of another
        kind, which only who wrote the settings knows."""
        if type(item) in self._known:
            return
        self._known.add(type(item))
        declared = set(adapter.field_names())
        if missing := [field for field in self._addon.items.values() if field not in declared]:
            _log.warning(
                "DETECTOR_ITEMS: items of the class %s have no field %s; those without html and text are not judged",
                type(item).__name__,
                ", ".join(map(repr, missing)),
            )


def summary(verdict: Verdict) -> dict[str, Cell]:
    """A verdict as the columns of report.csv, without the rank: all that is text or a number of it."""
    return dict(zip(COLUMNS[1:], report_row(verdict), strict=True))


def _addon_of(crawler: Crawler) -> DetectorAddon:
    addon = crawler.get_addon(DetectorAddon)
    if addon is None:
        raise UsageError('ADDONS must have "detector.integrations.scrapy.DetectorAddon"')
    return addon


def _page_seconds(settings: BaseSettings) -> float | None:
    """None, also written as on the command line, for no limit."""
    # `get` takes a setting that is None for one that is not there.
    if "DETECTOR_PAGE_SECONDS" not in settings:
        return PAGE_SECONDS
    given = settings["DETECTOR_PAGE_SECONDS"]
    if given is None or str(given).strip().lower() in ("", "none"):
        return None
    try:
        return float(given)
    except (TypeError, ValueError):
        raise UsageError(f"DETECTOR_PAGE_SECONDS must be a number above 0, or None, not {given!r}") from None


def _known(setting: str, given: frozenset[str], known: frozenset[str]) -> None:
    if unknown := sorted(given - known):
        raise UsageError(f"{setting}: no such name as {unknown[0]!r}; there are {', '.join(sorted(known))}")


def _said(verdict: Verdict) -> str:
    return f"{verdict.url} is {verdict.label}: {verdict.reason}"


def _is_robots(url: str) -> bool:
    return urlsplit(url).path == "/robots.txt"
