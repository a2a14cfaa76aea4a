"""What a page says about itself: title, canonical address, description, author, date, language."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from detector.addresses import site_of

# Longer addresses are of no use, and would be repeated by every relative link.
_LONGEST_ADDRESS = 2_000
_LONGEST_VALUE = 5_000

# Names of <meta> elements, the most trusted first.
_DESCRIPTION = ("description", "og:description", "twitter:description", "dc.description", "dcterms.description")
_KEYWORDS = ("keywords", "news_keywords", "keyword", "dc.subject")
_AUTHOR = ("author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator", "twitter:creator")
_PUBLISHED = (
    "article:published_time",
    "datepublished",
    "publishdate",
    "pubdate",
    "publish_date",
    "og:published_time",
    "og:release_date",
    "bytedance:published_time",
    "weibo:article:create_at",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "date",
)
_JSON_LD_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
_JSON_LD_AUTHOR = re.compile(r'"author"\s*+:[\[\s]*+(?:\{[^{}]{0,500}?"name"\s*+:\s*+)?"([^"\\]{1,200})"')


class Addresses:
    """Makes the addresses on a page absolute, as far as the page's own address allows it.

    The common forms are joined by hand, for `urljoin` takes longer than all the rest of a link.
    """

    def __init__(self, url: str) -> None:
        self.set_base(url if len(url) <= _LONGEST_ADDRESS else "")

    def set_base(self, url: str) -> None:
        self._base = url
        try:
            parts = urlsplit(url)
            known = bool(parts.netloc) and parts.scheme in ("http", "https")
        except ValueError:
            known = False
        self._scheme = f"{parts.scheme}:" if known else ""
        self._origin = f"{self._scheme}//{parts.netloc}" if known else ""
        self._page = url.partition("#")[0] if known else ""

    def rebase(self, href: str) -> None:
        """Take over the address of a `<base>` element."""
        base = self.absolute(href)
        if len(base) <= _LONGEST_ADDRESS and site_of(base)[0]:
            self.set_base(base)

    def absolute(self, href: str) -> str:
        href = href.strip()[:_LONGEST_ADDRESS]
        if href.startswith(("http://", "https://")) or not self._origin:
            return href
        if href.startswith("#"):
            return self._page + href
        if href.startswith("//"):
            return self._scheme + href
        if href.startswith("/") and "/." not in href:
            return self._origin + href
        try:
            return urljoin(self._base, href)
        except ValueError:
            return href


class Metadata:
    """Collects what the head of a page (or a misplaced part of it) says; the first mention counts."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._meta: dict[str, str] = {}
        self._json_ld: list[str] = []
        self._time = ""
        self.title = ""
        self.canonical = ""
        self.language = ""
        self.redirects = False

    def read_root(self, language: str, xml_language: str) -> None:
        """Take in what the `html` element says."""
        self.language = language or xml_language

    def read_meta(self, content: str, equivalent: str, *names: str) -> None:
        """Take in the `content` of a `<meta>`, its `http-equiv`, and what else names it; "" is an attribute that it
        does not have."""
        if not content:
            return
        if equivalent.lower() == "refresh":
            self.redirects = self.redirects or "url" in content.lower()
        value = " ".join(content[:_LONGEST_VALUE].split())
        for name in (*names, equivalent):
            if name:
                self._meta.setdefault(name.strip().lower(), value)

    def read_link(self, rel: str, href: str) -> None:
        if rel and href and not self.canonical and "canonical" in rel.lower().split():
            self.canonical = self._addresses.absolute(href)

    def read_json_ld(self, text: str) -> None:
        self._json_ld.append(text)

    def read_time(self, time: str) -> None:
        self._time = self._time or time.strip()

    def first(self, names: tuple[str, ...]) -> str:
        return next((self._meta[name] for name in names if self._meta.get(name)), "")

    @property
    def og_url(self) -> str:
        address = self.first(("og:url",))
        return self._addresses.absolute(address) if address else ""

    @property
    def og_title(self) -> str:
        return self.first(("og:title", "twitter:title"))

    @property
    def description(self) -> str:
        return self.first(_DESCRIPTION)

    @property
    def keywords(self) -> str:
        return self.first(_KEYWORDS)

    @property
    def author(self) -> str:
        return self.first(_AUTHOR) or self._in_json_ld(_JSON_LD_AUTHOR)

    @property
    def published(self) -> str:
        return self.first(_PUBLISHED) or self._in_json_ld(_JSON_LD_DATE) or self._time

    @property
    def declared_language(self) -> str:
        """Primary subtag of the declared language: "zh" for "zh-CN"; "" when none is declared."""
        declared = self.language or self.first(("content-language", "language", "og:locale"))
        subtag = re.split(r"[-_,;\s]", declared.strip().lower(), maxsplit=1)[0]
        return subtag if subtag.isascii() and subtag.isalpha() and 2 <= len(subtag) <= 3 else ""

    def _in_json_ld(self, pattern: re.Pattern[str]) -> str:
        found = next(filter(None, map(pattern.search, self._json_ld)), None)
        return found[1].strip() if found else ""
