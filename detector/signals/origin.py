"""Scraped metadata: what shows that a page was copied together, and that its source was cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.data import Page
from detector.signals.linking import host_of, site
from detector.signals.registry import Finding, PageEvidence, quoted, signal

_PLACEHOLDER_HOSTS = frozenset(("yoursite.com", "example.com", "yourdomain.com", "localhost", "127.0.0.1"))
_PLACEHOLDER_AUTHORS = frozenset(
    (
        *"admin administrator root author user webmaster 管理员 管理員 本站 佚名 小编 小編 未知 匿名 网络".split(),
        *("john doe", "discuz! team and comsenz ui team", "your name"),
    )
)
_PLACEHOLDER_BYLINE = re.compile(
    r"(?:作者|编辑|編輯|发布者|發佈者|Author|Posted by)\s{0,2}[:：]?\s{0,2}"
    r"(admin|administrator|管理员|管理員|佚名|小编|小編|未知|匿名|网络|網絡|本站)(?=\W|$)",
    re.IGNORECASE,
)
_VAGUE_SOURCE = re.compile(
    r"(?:来源|來源|稿源|出处|出處)\s{0,2}[:：]\s{0,2}(网络整理|网络|網絡|互联网|互聯網|未知|转载|轉載|佚名|不详|网上)(?=\W|$)"
)
_EMPTY_SOURCE = re.compile(r"(?:来源|來源|稿源|出处|出處)\s{0,2}[:：]\s{0,2}$")
_EMPTY_EDITOR = re.compile(r"(?:责任编辑|責任編輯|责编)\s{0,2}[:：]\s{0,2}(?:$|[)）\]】])")
_ENGLISH_LABEL = "original (?:article|post|source|link)|source link"
# A label with nothing, or only a second colon, where the address was.
_CUT_ADDRESS = re.compile(
    r"^\W{0,3}(?:(?:原文|论文|文章|官网|官方|来源|项目)?(?:地址|链接|連結|網址|网址)"
    rf"|{_ENGLISH_LABEL})\s{{0,2}}[:：]\s{{0,2}}[:：]",
    re.IGNORECASE,
)
_BLANK_ADDRESS = re.compile(
    r"^\W{0,3}(?:(?:原文|原始|转载|轉載|来源|來源)(?:地址|链接|連結|出处|網址|网址)"
    rf"|{_ENGLISH_LABEL})\s{{0,2}}[:：]\s{{0,2}}$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://|www\.|\w\.(?:com|cn|net|org|io)\b")
_LONGEST_LINE = 160
# A line can only be one of these if it has one of these marks.
_MARK = re.compile(
    "来源|來源|稿源|出处|出處|地址|链接|連結|网址|網址|编|編|作者|发布者|發佈者"
    "|riginal (?:article|post|source|link)|ource link|uthor: ad|osted by ad"
)
_LATIN_MARKS = ("riginal ", "ource link", " admin")

_TEXT = "<p>The roof of the boat house was repaired last week. It took four people and two days.</p>"


@signal(
    "scraped_metadata",
    fires_on=(
        Page(
            "",
            text="船屋的屋顶\n来源：网络\n地址: : the roof of the boat\n屋顶上周修好了，四个人花了两天。\n责任编辑：",
        ),
        Page(
            "https://copy.example/1",
            html="<title>Roof</title><meta property='og:url' content='https://harbour.example.org/roof'>"
            f"<meta name='author' content='admin'><p>作者：佚名 来源：网络</p>{_TEXT}<p>原文链接：</p>{_TEXT}",
        ),
    ),
    ignores=(
        Page(
            "https://harbour.example/1",
            html="<title>Roof</title><meta property='og:url' content='http://yoursite.com/roof'>"
            "<meta name='author' content='John Doe'>"
            f"{_TEXT}<p>原文链接：<a href='https://boats.example.org/roof'>Boats</a></p>{_TEXT}",
        ),
        Page(
            "",
            text="船屋的屋顶\n来源：海州日报\n原文链接：\nhttps://boats.example.org/roof\n屋顶上周修好了。\n联系地址：海州市渔港路5号",
        ),
    ),
)
def scraped_metadata(page: PageEvidence) -> Iterator[Finding]:
    """Weak signs that add up. An og:url on another site than page and canonical: 2 of 2,051 ordinary pages; a
    canonical elsewhere is honest syndication (14). Placeholder authors and hosts are left over from templates,
    on harmless blogs too. A source's address cut out: 1 of 4,600 pages, the one that started this."""
    yield from _addresses(page)
    author = " ".join(page.document.author[:100].lower().split())
    if author in _PLACEHOLDER_AUTHORS:
        yield Finding(0.1, f"the author is a placeholder: {quoted(page.document.author)}")
    # A list of posts has as many bylines: each kind of line counts once.
    first: dict[str, Finding] = {}
    for kind, found in _lines(page):
        first.setdefault(kind, found)
    yield from first.values()


def _lines(page: PageEvidence) -> Iterator[tuple[str, Finding]]:
    if not page.has_han and not any(mark in page.text for mark in _LATIN_MARKS):
        return
    blocks = page.document.blocks
    for at, source in enumerate(blocks):
        text = source.text
        if len(text) > _LONGEST_LINE or not _MARK.search(text):
            continue
        vague = _VAGUE_SOURCE.search(text)
        if vague:
            yield "vague", Finding(0.25, f"no source is named: {quoted(vague[0])}")
        elif _EMPTY_SOURCE.search(text) and not source.links:
            yield "empty", Finding(0.15, f"the source is left blank: {quoted(text[-20:])}")
        byline = _PLACEHOLDER_BYLINE.search(text)
        if byline:
            yield "byline", Finding(0.12, f"the author is a placeholder: {quoted(byline[0])}")
        if _EMPTY_EDITOR.search(text):
            yield "editor", Finding(0.1, f"the editor is left blank: {quoted(text[-20:])}")
        if source.links or _ADDRESS.search(text):
            continue
        following = blocks[at + 1] if at + 1 < len(blocks) else None
        if _CUT_ADDRESS.search(text):
            yield "cut", Finding(0.5, f"an address is announced and cut out: {quoted(text)}")
        elif _BLANK_ADDRESS.search(text) and not (following and (following.links or _ADDRESS.search(following.text))):
            yield "blank", Finding(0.35, f"the source's address is announced and missing: {quoted(text)}")


def _addresses(page: PageEvidence) -> Iterator[Finding]:
    document = page.document
    own, canonical, og = (
        site(host) if host else "" for host in (document.host, host_of(document.canonical), host_of(document.og_url))
    )
    for name, host in (("og:url", og), ("canonical", canonical)):
        if host in _PLACEHOLDER_HOSTS:
            yield Finding(0.05, f"{name} is a placeholder: {host}")
    if og and og not in _PLACEHOLDER_HOSTS and own and og not in (own, canonical) and not _related(og, own):
        yield Finding(0.35, f"og:url is on another site: {og}")
    if canonical and canonical not in _PLACEHOLDER_HOSTS and own and canonical != own and not _related(canonical, own):
        yield Finding(0.15, f"canonical is on another site: {canonical}")


def _related(one: str, other: str) -> bool:
    """Whether two sites have the same name under different endings."""
    first, second = one.split(".")[0], other.split(".")[0]
    return first in second or second in first
