"""`Detector`: page in, verdict out. Reads like a table of contents."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from detector import signals, verdicts
from detector.allowlist import AllowList
from detector.boilerplate import BoilerplateModel, shipped_model
from detector.data import DetectorError, Match, Page, UsageError, Verdict, own_text, raise_if_interrupted
from detector.document import parse
from detector.index import ReferenceIndex
from detector.matching import Matcher
from detector.parallel import mapped
from detector.reading import read
from detector.report import Report
from detector.settings import Settings

_log = logging.getLogger(__name__)
# Who wants the tracebacks asks for them by configuring logging; by default the verdict alone says what happened.
_log.addHandler(logging.NullHandler())
# Hostile pages at the limits of the parser take a second or two, on a busy machine some more.
PAGE_SECONDS = 60.0


class Detector:
    """Judges pages against a reference index (a path or an opened one; None: no posts are known); what `allowed` has
    is never a repost or spam.

    Raises IndexInvalid or ModelInvalid when made with a damaged index or model. A detector can be
    pickled when its index came from disk, and used from several threads.
    """

    def __init__(
        self,
        index: str | Path | ReferenceIndex | None = None,
        settings: Settings | None = None,
        allowed: AllowList | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.allowed = allowed or verdicts.NOBODY
        self.index = index if isinstance(index, ReferenceIndex) or index is None else ReferenceIndex.open(index)
        self._boilerplate = BoilerplateModel.load()
        self._matcher = Matcher.load() if self.index is not None else None

    def __reduce__(self) -> tuple[Any, ...]:
        if self.index is None:
            return _reopened, (None, "", self.settings, self.allowed)
        return _reopened, (self.index.path, self.index.version, self.settings, self.allowed)

    def check(self, page: Page) -> Verdict:
        """Judge one page. Asks, remembers nothing; never raises on page content, but UsageError for what is no
        `Page`."""
        if not isinstance(page, Page):
            raise UsageError(f"a page must be a Page, such as Page(url=..., html=...), not {type(page).__name__}")
        try:
            return self._check(page)
        except DetectorError:
            raise
        except Exception as error:  # a crawl must go on; the row says what happened
            raise_if_interrupted(error)
            _log.exception("%s could not be judged", page.url)
            return verdicts.unreadable(page, f"could not be judged ({type(error).__name__}: {error})"[:300])

    def _check(self, page: Page) -> Verdict:
        reading = read(page, self._boilerplate, self.settings.max_bytes)
        matches: tuple[Match, ...] = ()
        hosts: Mapping[str, frozenset[str]] = {}
        if self._matcher is not None and self.index is not None:
            matches = self._matcher.matches(self.index, reading, self.settings.candidates)
            hosts = self.index.hosts
        seen = signals.detect(signals.PageEvidence(reading.document, reading.blocks, reading.own))
        return verdicts.judge(verdicts.Evidence(page, reading, seen, matches, hosts), self.settings, self.allowed)

    def check_all(self, pages: Iterable[Page], jobs: int = 1, page_seconds: float | None = None) -> Iterator[Verdict]:
        """Judge pages in order, with bounded memory; `jobs` processes share the mapped index, at most one for each
        core that this process may use (-1: that many).

        A page that takes such a process longer than `page_seconds` (None: PAGE_SECONDS), or ends it, is `unreadable`.
        With one job pages are judged in this process, which nobody ends: a time limit gives them one of their own.
        Raises UsageError when `jobs` is 0 or below -1, or `page_seconds` is not above 0."""
        seconds = PAGE_SECONDS if page_seconds is None and jobs != 1 else page_seconds
        yield from mapped(self.check, pages, jobs, seconds, _lost)

    def scan(self, pages: Iterable[Page], jobs: int = 1) -> Report:
        """Judge pages and rank them."""
        return Report(list(self.check_all(pages, jobs)))


def _lost(page: Page, reason: str) -> Verdict:
    return verdicts.unreadable(page, f"could not be judged ({reason})")


def main_text(html: str | bytes) -> str:
    """The page's own text, boilerplate removed: one line a block."""
    return own_text(shipped_model().classify(parse(Page(url="", html=html))))


@lru_cache(maxsize=1)
def _reopened(path: Path | None, version: str, settings: Settings, allowed: AllowList) -> Detector:
    """What a pickled detector becomes: one a process, however many batches of pages it comes with. `version` only
    tells that the index at `path` is another than before."""
    return Detector(path, settings, allowed)
