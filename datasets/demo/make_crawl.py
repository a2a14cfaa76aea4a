"""Makes the demo crawl: pages in the shells of invented sites, and `truth.csv`, which says what each page is.

    python datasets/demo/make_crawl.py [FOLDER]

The same texts give the same bytes. Nothing here uses the detector: what it is judged by must not depend on it.
"""

from __future__ import annotations

import csv
import html
import json
import re
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from string import Template
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
CHARSETS = {
    "zh": "gbk",
    "zh-Hant": "big5",
    "ja": "shift_jis",
    "ko": "euc-kr",
    "de": "windows-1252",
    "fr": "windows-1252",
}
SHELLS = {path.stem: Template(path.read_text(encoding="utf-8")) for path in (HERE / "shells").glob("*.html")}
HOSTS = {
    "aggregator": ("大全驿站", "daquan-yizhan.example"),
    "portal": ("北陵在线", "beiling-online.example"),
    "wordpress": ("Harbour Notes", "harbour-notes.example"),
    "forum": ("Night Shift Forum", "nightshift-forum.example"),
    "corporate": ("Ashford & Daughters", "ashford.example"),
    "docs": ("Quillpress", "docs.quillpress.example"),
    "hexo": ("萝卜地", "luobodi.example"),
    "vendor": ("Halyard", "blog.halyard.example"),
    "matome": ("川辺まとめ", "kawabe-matome.example"),
}
CHROME = {
    "en": ("We use cookies to keep your basket.", "Products", "Service", "Contact", "Imprint", "Privacy policy"),
    "de": ("Wir verwenden Cookies für den Warenkorb.", "Produkte", "Leistungen", "Kontakt", "Impressum", "Datenschutz"),
    "zh": ("本网站使用 Cookie 记住您的语言。", "产品中心", "服务支持", "联系我们", "法律声明", "隐私政策"),
}


@dataclass(frozen=True)
class Text:
    """A post or a text of its own; `kind` says for which shell it was written."""

    url: str
    title: str
    text: str
    language: str
    kind: str = ""

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")


@dataclass(frozen=True)
class CrawledPage:
    url: str
    body: bytes
    label: str
    kind: str = ""
    source: str = ""


def sections(name: str) -> Iterator[tuple[list[str], str]]:
    """The parts of a text file: the fields of each head line, and the text below it."""
    for part in (HERE / name).read_text(encoding="utf-8").split("@@ ")[1:]:
        head, _, text = part.partition("\n")
        yield [field.strip() for field in head.split(" | ")], text.strip()


POSTS = {
    row["url"].removeprefix("https://blog.halyard.example/"): Text(
        row["url"], row["title"], row["text"], row["language"]
    )
    for row in map(json.loads, (HERE / "posts.jsonl").read_text(encoding="utf-8").splitlines())
}
OWN = [Text("", head[2], text, head[0], head[1]) for head, text in sections("own_texts.txt")]
TRANSLATED = {head[0]: Text("", head[1], text, "zh") for head, text in sections("translations.txt")}
THESAURUS = dict(line.split() for line in (HERE / "thesaurus.txt").read_text(encoding="utf-8").splitlines())
WORD = re.compile(r"[A-Za-z]+")


def without_long_words(text: str) -> str:
    return WORD.sub(lambda word: "" if len(word.group()) >= 6 else word.group(), text)


def without_some_words(text: str, random: Random) -> str:
    return re.sub(r"\S+ ", lambda word: "" if random.random() < 0.3 else word.group(), text)


def spun(text: str) -> str:
    return WORD.sub(lambda word: THESAURUS.get(word.group(), word.group()), text)


def excerpt(post: Text, random: Random) -> str:
    count = max(2, len(post.lines) // 3)
    first = random.randrange(len(post.lines) - count + 1)
    return "\n".join(post.lines[first : first + count])


def reordered(post: Text, random: Random) -> str:
    lines = post.lines
    cut = len(lines) // 2
    return "\n".join([*lines[cut:], *random.sample(lines[:cut], cut)])


def interleaved(text: str, other: str) -> str:
    pairs = zip(text.split("\n"), other.split("\n"), strict=False)
    return "\n".join(line for pair in pairs for line in pair)


class Crawl:
    """Collects pages; every address is used once."""

    def __init__(self) -> None:
        self.random = Random(20260401)
        self.pages: list[CrawledPage] = []

    def add(
        self,
        shell: str,
        title: str,
        text: str,
        language: str,
        label: str,
        kind: str = "",
        source: str = "",
        *,
        url: str = "",
        head: str = "",
        charset: str = "utf-8",
        markup: str = "",
    ) -> None:
        """Put a text into a shell."""
        site, host = HOSTS[shell]
        number = len(self.pages) + 1
        url = url or f"https://{host}/{shell}/{1000 + number}.html"
        random = self.random
        values = {
            # Every third page in an old charset does not say so.
            "charset": "" if charset != "utf-8" and number % 3 == 0 else charset,
            "title": html.escape(title),
            "cut": html.escape(title[:22]),
            "site": site,
            "host": urlsplit(url).netloc,
            "address": url,
            "body": "\n".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n")) + markup,
            "head": head,
            "language": language,
            "date": f"2026-0{random.randint(4, 9)}-{random.randint(10, 28)}",
            "views": str(random.randint(20, 900)),
            "author": random.choice(
                ("岸边读报人", "小编", "admin") if language == "zh" else ("J. Marlow", "admin", "kestrel")
            ),
            "icp": f"{random.choice('京沪粤桂苏浙鄂蜀')}ICP备"
            f"{random.randint(2015, 2025)}{random.randrange(10**6):06}号",
            "police": f"京公网安备11010{random.randint(10**8, 10**9 - 1)}号",
            **dict(
                zip(
                    ("consent", "nav1", "nav2", "nav3", "nav4", "nav5"), CHROME.get(language, CHROME["en"]), strict=True
                )
            ),
        }
        page = SHELLS[shell].substitute(values)
        if shell == "corporate" and language != "zh":
            page = page.replace(f"<p>{values['icp']}</p>", "")
        self.pages.append(CrawledPage(url, page.encode(charset, "xmlcharrefreplace"), label, kind, source))

    def reposts(self) -> None:
        random, english = self.random, [post for post in POSTS.values() if post.language == "en"]
        shells = ("aggregator", "wordpress", "forum", "aggregator", "portal", "hexo")

        def copy(kind: str, place: int, post: Text, text: str, **options: str) -> None:
            shell = shells[place % len(shells)]
            self.add(shell, options.pop("title", post.title), text, post.language, "repost", kind, post.url, **options)

        for place, post in enumerate(english[:5]):
            copy("verbatim", place, post, post.text)
        for path, shell, charset in (
            ("zh/2026/packing-batches", "aggregator", "gbk"),
            ("zh/2026/meetup-hangcheng", "portal", "gb18030"),
            ("zh/2025/python-client-tips", "hexo", "utf-8"),
            ("ja/2025/osaka-office", "matome", "shift_jis"),
            ("de/2025/rechenzentrum-abwaerme", "wordpress", "windows-1252"),
            ("ko/2026/seoul-users", "forum", "euc-kr"),
            ("fr/2025/astreinte", "wordpress", "windows-1252"),
        ):
            post = POSTS[path]
            self.add(shell, post.title, post.text, post.language, "repost", "verbatim", post.url, charset=charset)
        for place, post in enumerate(english[5:10]):
            copy("excerpt", place, post, excerpt(post, random))
        for place, post in enumerate(english[9:13]):
            copy("reordered", place, post, reordered(post, random))
        for place, post in enumerate(english[1:5]):
            copy("garbled", place, post, without_long_words(post.text))
        for place, post in enumerate(english[11:15]):
            copy("garbled", place, post, without_some_words(post.text, random))
        for place, post in enumerate([english[0], english[8], english[11], english[12]]):
            copy("spun", place, post, spun(post.text), title=spun(post.title))
        for place, path in enumerate(("2026/packing-batches", "2026/incident-march-2", "2025/garden-ninth-floor")):
            post, other = POSTS[path], POSTS[f"zh/{path}"]
            copy("interleaved", place, post, interleaved(post.text, other.text), title=f"《{post.title}》的翻译与解读")
        for place, (path, other) in enumerate(TRANSLATED.items()):
            post = POSTS[path]
            copy(
                "interleaved",
                3,
                post,
                interleaved(without_long_words(post.text), other.text),
                title=f"《{post.title}》翻译",
            )
            self.add(
                ("portal", "hexo", "aggregator")[place], other.title, other.text, "zh", "repost", "translated", post.url
            )
        for place, trio in enumerate((english[2:5], english[7:10], english[12:15])):
            text = "\n".join([trio[0].text, *(excerpt(post, random) for post in trio[1:])])
            self.add(shells[place], "What we read this week", text, "en", "repost", "mashup", trio[0].url)

    def official_and_syndicated(self) -> None:
        english = [post for post in POSTS.values() if post.language == "en"]
        for post in [
            *english[:9],
            *(POSTS[path] for path in ("zh/2026/packing-batches", "ja/2026/release-4-2", "fr/2025/astreinte")),
        ]:
            self.add("vendor", post.title, post.text, post.language, "official", "", post.url, url=post.url)
        for post in english[10:13]:
            head = f'<link rel="canonical" href="{post.url}">'
            self.add("wordpress", post.title, post.text, "en", "syndicated", "verbatim", post.url, head=head)
        for post in english[13:16]:
            credit = f'<p>Originally published at <a href="{post.url}">blog.halyard.example</a>.</p>'
            self.add("wordpress", post.title, post.text, "en", "syndicated", "verbatim", post.url, markup=credit)

    def clean(self) -> None:
        english = [post for post in POSTS.values() if post.language == "en"]
        quoted = iter(english[4:12])
        for place, own in enumerate(OWN):
            quotes = own.language == "en" and own.kind in ("blog", "docs") and place % 2
            self.own_page(own, next(quoted, None) if quotes else None)
        for start in (0, 4, 8, 12):
            teasers = "".join(
                f'<h2><a href="{post.url}">{html.escape(post.title)}</a></h2>'
                f'<p>{html.escape(post.text[:90])}… <a href="{post.url}">Read more</a></p>'
                for post in english[start : start + 6]
            )
            self.add(
                "wordpress", f"Links of the week {start // 4 + 1}", "Six things to read.", "en", "clean", markup=teasers
            )

    def own_page(self, own: Text, quoted: Text | None) -> None:
        """An original text in a shell that suits it; with a sentence of a post, quoted and linked."""
        shell = {"blog": "wordpress", "news": "portal"}.get(own.kind, own.kind)
        if own.language.startswith("zh"):
            shell = "hexo" if own.kind == "blog" else shell
        elif own.language == "ja":
            shell = "matome"
        elif shell == "portal":
            shell = "wordpress"
        lines, markup = own.lines, ""
        if quoted is not None:
            sentence = quoted.lines[1].split(". ")[0]
            lines = [*lines[:2], f"Elsewhere somebody put it like this: “{sentence}.” It stayed with me.", *lines[2:]]
            markup = f'<p>The quotation is from <a href="{quoted.url}">a post</a> that is worth reading whole.</p>'
        charset = CHARSETS.get(own.language, "utf-8") if len(self.pages) % 2 else "utf-8"
        self.add(shell, own.title, "\n".join(lines), own.language, "clean", charset=charset, markup=markup)

    def spam(self) -> None:
        cities, services = (
            "青岚 白渡 南汐 云泽 龙溪 石门 望江".split(),
            "开锁 搬家公司 网站建设 私家侦探 发电机出租".split(),
        )
        for service in services:
            rows = "".join(
                f"<p>{'_'.join(city + service + end for end in ('', '公司', '价格', '电话'))}</p>" for city in cities
            )
            title = "_".join(f"{city}{service}" for city in cities[:5])
            text = "\n".join(
                f"{city}{service}哪家好？{city}{service}找我们，{city}{service}专业团队二十四小时服务。"
                for city in cities
            )
            self.add("aggregator", title, text, "zh", "spam", markup=rows)
        for brand in ("Kazomir", "Belluno88", "Zantora"):
            row = "".join(
                f'<a href="https://{brand.lower()}{n}.example/">{brand} {word}</a> '
                for n, word in enumerate(("casino", "slots", "betting", "bonus", "login") * 6)
            )
            words = ("casino", "slots", "betting", "bonus code", "app download", "login")
            body = (", ".join(f"{brand} {word}" for word in words) + ". ") * 12
            self.add(
                "wordpress",
                f"{brand} casino - {brand} slots - {brand} betting - {brand} app",
                body.strip(),
                "en",
                "spam",
                markup=f'<div class="links">{row}</div>',
            )
        wares = ("watches", "payday loans", "viagra", "essays", "replica bags")
        phrases = " ".join(f"cheap {word} online, buy {word} now, best {word} price," for word in wares) * 2
        styles = ("display:none", "position:absolute;left:-9999px", "font-size:0", "text-indent:-9999px")
        for own, style in zip(sections("hiding.txt"), styles, strict=True):
            self.add("forum", own[0][0], own[1], "en", "spam", markup=f'<div style="{style}">{phrases}</div>')

    def unreadable(self) -> None:
        bodies = (
            b"",
            b" \n\n ",
            b"<html><head><script>load('app.js')</script></head><body></body></html>",
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
            b"<html><frameset cols=20,80><frame src=a.html></frameset></html>",
        )
        self.pages += [CrawledPage("", body, "unreadable") for body in bodies]


def gzipped(data: bytes) -> bytes:
    """A gzip member of stored blocks: what compressors write differs between versions of Python and zlib."""
    blocks = [data[start : start + 65_535] for start in range(0, len(data), 65_535)]
    stored = b"".join(
        struct.pack("<BHH", place == len(blocks), len(block), len(block) ^ 0xFFFF) + block
        for place, block in enumerate(blocks, start=1)
    )
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stored + struct.pack("<II", zlib.crc32(data), len(data))


def http_record(kind: str, url: str, http: bytes) -> bytes:
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-05-01T12:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{Random(url).getrandbits(48):012x}-0000-4000-8000-000000000000>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return gzipped(head.encode() + http + b"\r\n\r\n")


def warc(pages: list[CrawledPage]) -> bytes:
    """The pages as an archive, with a revisit and a redirect, and every eighth page chunked and gzipped."""
    records = []
    for place, page in enumerate(pages):
        body, coding = page.body, f"Content-Length: {len(page.body)}\r\n"
        if place % 8 == 3:
            packed = gzipped(page.body)
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
            coding = "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{coding}\r\n".encode()
        records.append(http_record("response", page.url, head + body))
    records.insert(5, http_record("revisit", pages[0].url, b"HTTP/1.1 200 OK\r\n\r\n"))
    records.insert(
        9, http_record("response", "https://moved.example/", b"HTTP/1.1 301 Moved\r\nLocation: /new\r\n\r\n")
    )
    return b"".join(records)


def write(target: Path) -> None:
    crawl = Crawl()
    for step in (crawl.reposts, crawl.official_and_syndicated, crawl.clean, crawl.spam, crawl.unreadable):
        step()
    archived = [page for place, page in enumerate(crawl.pages) if place % 3 == 1 and page.url]
    saved = [page for page in crawl.pages if page not in archived]
    rows = []
    for place, page in enumerate(saved):
        name = f"{('forum', 'blogs', 'news', 'misc')[place % 4]}/page{place:03}.html"
        path = target / "crawl" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # A few pages, and those without any text, were saved without their address. Without it nobody could
        # tell the vendor's own page from a copy.
        stated = page.url if place % 25 != 7 or page.label == "official" else ""
        comment = f"<!-- saved from url=({len(stated):04}){stated} -->\n".encode() if stated else b""
        path.write_bytes(comment + page.body)
        rows.append((stated or name, page.label, page.kind, page.source))
    (target / "crawl" / "archive.warc.gz").write_bytes(warc(archived))
    rows += [(page.url, page.label, page.kind, page.source) for page in archived]
    with (target / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("url", "label", "kind", "source_url"), *sorted(rows)])


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
