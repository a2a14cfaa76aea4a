"""Link farms, and pages that are lists of links."""

from __future__ import annotations

from collections.abc import Iterator

from detector.data import Page
from detector.rows import percent
from detector.signals.lexicon import INJECTED, TRADE
from detector.signals.registry import Finding, PageEvidence, graded, quoted, signal

# Ministries and universities list each other by the hundred.
_PUBLIC = (".gov", ".edu", ".gov.cn", ".edu.cn", ".ac.cn", ".org.cn", ".mil")
_SECOND_LEVEL = frozenset(("com", "co", "net", "org", "gov", "edu", "ac", "or", "ne", "go"))
_MOST_LINKS = 5_000
_HEADLINE = (8, 150)

_ROOF = "<p>The roof of the boat house was repaired last week. It took four people and two days.</p>"


def site(host: str) -> str:
    """The part of a host that one owner holds, without a list of public suffixes.

    >>> site("www.harbour.com.cn"), site("blog.harbour.example")
    ('harbour.com.cn', 'harbour.example')
    """
    labels = host.lower().split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keep:])


def host_of(href: str) -> str:
    """Host of an absolute web address in small letters, without port; "" for others."""
    scheme, slashes, rest = href.partition("://")
    if not slashes or scheme.lower() not in ("http", "https"):
        return ""
    host = rest.split("/", 1)[0].split("?", 1)[0].rpartition("@")[2].partition(":")[0].lower()
    return host if "." in host or host == "localhost" else ""


@signal(
    "link_farm",
    fires_on=(
        Page(
            "https://harbour.example/",
            html=f"<title>Boat house</title>{_ROOF}<div class='friendlink'>友情链接："
            + "".join(f"<a href='https://shop{n}.example{n}.com/'>海州屋面{n}防水厂家</a> " for n in range(12))
            + "</div>",
        ),
        Page(
            "https://harbour.example/",
            html=f"<title>Boat house</title>{_ROOF}<p><a href='https://a.example.net'>九游会</a> "
            "<a href='https://b.example.org'>开云体育</a> "
            "<a href='https://c.example.com'>星空体育</a></p>",
        ),
    ),
    ignores=(
        Page(
            "https://harbour.example/",
            html=f"<title>Boat house</title>{_ROOF * 3}<p>Friends: <a href='https://one.example.com'>Ada's boats</a> "
            "<a href='https://two.example.net'>Ben's nets</a> <a href='https://three.example.org'>Cora's maps</a></p>",
        ),
        Page(
            "https://harbour.example/",
            html="<title>Sources</title>"
            + "".join(
                f"<p>The tide was measured in {1900 + n}, see <a href='https://a{n}.test{n}.org/'>the book</a>.</p>"
                for n in range(30)
            ),
        ),
    ),
)
def link_farm(page: PageEvidence) -> Iterator[Finding]:
    """Links to other sites in rows of nothing but links. Friend links to 8 sites and more are on 4 of 2,051
    ordinary pages, rows that lead to 40 and more on 5, most of them of one publisher; public bodies list more
    and do not count."""
    document = page.document
    own = site(document.host) if document.host else ""
    friends: set[str] = set()
    in_rows: set[str] = set()
    bought: dict[str, str] = {}
    injected: dict[str, str] = {}
    # By the parts of the address before and after "//": the site if it is another's, else "".
    foreign: dict[tuple[str, str], str] = {}
    for link in document.links[:_MOST_LINKS]:
        parts = link.href.split("/", 3)
        if len(parts) < 3:
            continue
        beginning = (parts[0], parts[2])
        target = foreign.get(beginning)
        if target is None:
            host = host_of(link.href)
            target = site(host) if host and not host.endswith(_PUBLIC) else ""
            target = foreign[beginning] = target if target != own else ""
        if not target:
            continue
        if 0 <= link.block < len(page.blocks):
            source, block = document.blocks[link.block], page.blocks[link.block]
            if block.category == "friend_links" or "friend_links" in block.also:
                friends.add(target)
            elif source.link_chars >= 0.8 * len(source.text) and block.category != "content":
                in_rows.add(target)
        text = link.text
        if text and len(text) <= 30 and not text.isascii():
            if INJECTED.search(text.lower()):
                injected.setdefault(target, text)
            elif TRADE.search(text.strip()):
                bought.setdefault(target, text)
    if injected:
        names = ", ".join(quoted(text, 20) for text in list(injected.values())[:3])
        yield Finding(
            (0.0, 0.5, 0.7, 0.85)[min(len(injected), 3)], f"links to {len(injected)} gambling or adult sites: {names}"
        )
    if len(bought) >= 4:
        names = ", ".join(quoted(text, 20) for text in list(bought.values())[:3])
        yield Finding(
            0.3 + 0.4 * graded(len(bought), 4, 12), f"links with keywords as their text to {len(bought)} sites: {names}"
        )
    if len(friends) >= 8:
        yield Finding(0.15 + 0.4 * graded(len(friends), 8, 40), f"friend links to {len(friends)} sites")
    if len(in_rows) >= 40:
        yield Finding(0.1 + 0.25 * graded(len(in_rows), 40, 120), f"rows of links to {len(in_rows)} other sites")
    if not document.from_html:
        rows = "\n".join(block.text for block in page.blocks if block.category in ("friend_links", "related", "nav"))
        named = {match[0] for match in INJECTED.finditer(rows.lower())} if not rows.isascii() else set()
        if len(named) >= 2:
            yield Finding(0.6, f"rows that name gambling or adult sites: {', '.join(map(quoted, sorted(named)[:3]))}")


@signal(
    "list_page",
    fires_on=(
        Page(
            "https://harbour.example/news",
            html="<title>News</title><ul>"
            + "".join(f"<li><a href='/{n}'>The tide table for week {n} of this year is out</a></li>" for n in range(30))
            + "</ul>",
        ),
    ),
    ignores=(
        Page(
            "",
            text="Boat house\n"
            + "The roof of the boat house was repaired last week. It took four people and two days.\n" * 6,
        ),
        Page(
            "https://harbour.example/a",
            html="<title>Roof</title>"
            + _ROOF * 12
            + "<ul>"
            + "".join(f"<li><a href='/{n}'>More news of week {n}</a></li>" for n in range(10))
            + "</ul>",
        ),
    ),
)
def list_page(page: PageEvidence) -> Iterator[Finding]:
    """Mostly headlines that are links, little running text: a third of 181 listings and collections, 3 % of
    1,185 articles. It says what the page is, not that something is wrong with it."""
    document = page.document
    least, most = _HEADLINE
    headlines = running = count = 0
    for source, block in zip(document.blocks, page.blocks, strict=True):
        size = len(source.text)
        if source.link_chars >= 0.7 * size if document.from_html else block.category == "related":
            if least <= size <= most:
                headlines += size
                count += 1
        elif block.category == "content":
            running += size - source.link_chars
    if count >= 12:
        share = headlines / (headlines + running)
        yield Finding(
            graded(share, 0.6, 0.9),
            f"{count} linked headlines, {percent(share)} of them and the running text together",
        )
