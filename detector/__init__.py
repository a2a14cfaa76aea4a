"""Finds reposted official posts and SEO boilerplate in crawled pages.

from detector import Detector, Page, ReferenceIndex, read_pages

ReferenceIndex.build("official.index", read_pages("posts.jsonl"))
verdict = Detector(index="official.index").check(Page(url="https://...", html=b"<html>..."))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detector.allowlist import AllowList as AllowList
    from detector.clusters import cluster as cluster
    from detector.data import Block as Block
    from detector.data import DetectorError as DetectorError
    from detector.data import Match as Match
    from detector.data import Page as Page
    from detector.data import Passage as Passage
    from detector.data import Signal as Signal
    from detector.data import UsageError as UsageError
    from detector.data import Verdict as Verdict
    from detector.detector import Detector as Detector
    from detector.detector import main_text as main_text
    from detector.index import ReferenceIndex as ReferenceIndex
    from detector.pages import read_pages as read_pages
    from detector.report import Report as Report
    from detector.settings import Settings as Settings
    from detector.sources import read_posts as read_posts

__version__ = "0.1.0"

_OF_DATA = ("Block", "DetectorError", "Match", "Page", "Passage", "Signal", "UsageError", "Verdict")
# Where each public name lives; loaded at first use, so that `import detector` costs nothing.
_HOME = {
    **dict.fromkeys(_OF_DATA, "data"),
    **dict.fromkeys(("Detector", "main_text"), "detector"),
    "AllowList": "allowlist",
    "cluster": "clusters",
    "ReferenceIndex": "index",
    "read_pages": "pages",
    "read_posts": "sources",
    "Report": "report",
    "Settings": "settings",
}
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'detector' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"detector.{_HOME[name]}"), name)
