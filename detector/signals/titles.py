"""Title stuffing: a title made of keywords, or repeated all over the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from detector.data import Page
from detector.signals.lexicon import INJECTED, JOINTS, TRADE, has_han, plain, sharing, stems
from detector.signals.registry import Finding, PageEvidence, graded, quoted, signal

_LISTED = re.compile(r"[_|｜»•,，、/;；]+|\s+[-–—:]+\s+|-{2,}|—{2,}")
# As _LISTED, but for commas, and at a single hyphen: "headline-word,word,word".
_TAILED = re.compile(r"[_|｜»•/]+|\s*[-–—]+\s*|\s+:+\s+")
_COMMAS = re.compile(r"[,，、;；]+")
# Not within identifiers.
_CHAINED, _LONG_CHAIN = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[|｜]"), 4
_KEYWORD_LENGTHS, _LONGEST_SITE = range(2, 9), 14
_SITE_NAME = re.compile(r"(?:网|社区|论坛|中国|之家|平台|门户|俱乐部|博客|媒体)$")
_PAIRS = ("《》", "【】", "（）", "「」", "『』", "“”")
_NAMED = re.compile(r"[【'‘“\"「]([^】'’”\"」]{3,20})[】'’”\"」]")
_DOUBLE_FORM = re.compile(r"(?:^|_)([^()（）_]{4,80})[(（]([^()（）]{4,80})[)）](_?)")
_EMPTY_SEGMENT = re.compile(r"^\s*_|_\s*$")
_TEMPLATE_NAME = re.compile(r"织梦(?:模板|源码)|\(自适应手机端\)|dedecms|帝国cms", re.IGNORECASE)
_DOUBLED_WORD = re.compile(r"\b([^\W\d_]{4,30})-\1\b", re.IGNORECASE)
_TEMPLATE_AFTER = re.compile(r"^\W{0,2}(?:的)?相关(?:图片|经验|资讯|信息|文章|推荐)")
_SENTENCE_EDGE = frozenset('。！？!?.;；，,:：\n“”"…<>》《')
# Lines that name the title because it is their task.
_NAMES_PAGES = frozenset(("breadcrumb", "related", "toc", "share_ui", "comment"))
_CODE = frozenset(("pre", "code", "xmp", "listing", "plaintext"))
_NEIGHBOURS = ("上一篇", "下一篇", "上一条", "下一条", "上一則", "下一則")
_LONGEST_NEIGHBOUR = 150
# A repeat is often cut off: this much of the title's beginning has to come again.
_KEY = 20
_LEAST_KEY = 5
_LEAST_DOUBLED = 10
_LEAST_SENTENCE = 7
_LEAST_LATIN = 15
_MOST_OCCURRENCES = 50


@signal(
    "title_stuffing",
    fires_on=(
        Page(
            "", text="屋面防水_海州屋面防水施工_海州屋面防水公司_海州屋面防水价格\n每年雨季之前，我们都会检查一遍屋顶。"
        ),
        Page(
            "",
            text="读《A short history of tin roo\n锡皮屋顶在港口很常见，冬天也不漏水。\n"
            "_读《A short history of tin roo_读《A short history of tin roo\n后来人们改用瓦片。",
        ),
        Page("", text="怎么选\n先看厚度。", title="Z型梁怎么选_问答_Z型梁_Z型梁尺寸_冷弯Z型梁_镀锌Z型梁-海州某公司"),
        Page("", text="先看厚度。", title="三步选好防水卷材，老屋顶不再漏水-防水卷材,屋顶,漏水-海州生活网"),
        Page("", text="先看厚度。", title="怎么选 - 修屋顶俱乐部 - 屋顶中国 - 海州防水社区"),
        Page("", text="木窗保养三个步骤\n先擦干净窗框，再上一层油。", title="木窗保养三个步骤【九游会】_九游会"),
        Page(
            "",
            html="<title>Copper kettles for small kitchens</title><h1>Copper kettles for small kitchens</h1>"
            "<p>A kettle should pour without dripping.</p>"
            + "<p>Copper kettles for small kitchens</p><p>The lid has to sit tight.</p>"
            * 8,
        ),
    ),
    ignores=(
        Page(
            "",
            text="河边的旧书市场周末重新开放\n市场里有四十个摊位，多半卖旧地图。",
            title="河边的旧书市场周末重新开放_文化频道_河岸日报",
        ),
        Page(
            "",
            text="How to mend a bicycle chain\nYou need a chain tool.",
            title="How to mend a bicycle chain | Repairs | Spoke",
        ),
        Page(
            "", text="(2条消息) 队列的实现\n用两个栈可以实现一个队列。", title="(2条消息) 队列的实现_一个人的博客-某站"
        ),
        Page(
            "",
            html="<title>Sorting lists</title><h1>Sorting lists</h1><p>Call sort to order a list.</p>"
            "<h2>Sorting lists</h2><pre>Sorting lists</pre><h3>Sorting lists</h3><p>Sorting pairs is alike.</p>",
        ),
    ),
)
def title_stuffing(page: PageEvidence) -> Iterator[Finding]:
    """AUC 0.97 on 59 pages labelled by a reader, at 0.5 14 of 17 stuffed pages and none of 42 others; 1 of 3,251
    ordinary pages. Repeats of the whole title count outside headings and code only, since 15 % of clean
    documentation repeats its title three times and more."""
    title = page.title
    if len(title) < 4:
        return
    yield from _chains(title, plain(page.document.host), page.content)
    yield from _forms(title)
    yield from _repeats(title, page)


def _chains(title: str, host: str, content: str) -> Iterator[Finding]:
    """Segments made from one keyword (1 of 3,251 ordinary pages, 3 of 17 that a reader called stuffed), words of
    trade, brands of gambling sites, a name that comes twice (1 ordinary page), and many segments (7 of the 34
    stuffed titles of all labelled pages, one in forty of ordinary Chinese ones)."""
    # Between words of other scripts a comma or slash parts no segments.
    segments = [part.strip() for part in (_LISTED if has_han(title) else JOINTS).split(title) if part.strip()]
    alike = sharing(segments)
    if len(alike) >= 3:
        shown = ", ".join(quoted(segments[at], 20) for at in alike[:3])
        yield Finding(0.6 + 0.1 * min(3, len(alike) - 3), f"{len(alike)} segments of the title share a stem: {shown}")
    elif held := _held_by_others(segments):
        yield Finding(0.5, f"{quoted(held, 20)} comes again in other segments of the title")
    joints = [part.strip() for part in JOINTS.split(title) if part.strip()]
    named = [match[1] for match in _NAMED.finditer(title) if has_han(match[0]) and title.count(match[1]) > 1]
    named += [name for name, times in Counter(joints[:-1]).items() if name in joints[-1:] or times > 1]
    for name in named[:1]:
        # Some sites append their own name twice.
        if plain(name) and plain(name) not in host and not (name == joints[-1] == joints[-2:][0] and name.isascii()):
            yield Finding(0.35 if name.isascii() else 0.55, f"the title names {quoted(name)} twice")
    sold = [part for part in segments if TRADE.search(part)]
    if len(sold) >= 2:
        yield Finding(0.55, f"the title lists offers: {', '.join(quoted(part, 20) for part in sold[:3])}")
    elif len(joints) > 1 and content and TRADE.search(joints[-1]):
        topic = stems(TRADE.sub("", joints[-1]))
        if topic and not any(part in content for part in topic):
            yield Finding(0.5, f"the title ends in an offer that the text does not speak of: {quoted(joints[-1])}")
    if has_han(title):
        yield from _appended(title)
        # Hyphens and dashes stand in titles of all kinds; these part what generators of titles put together.
        chain = [part.strip() for part in _CHAINED.split(title)]
        chain = [part for part in chain if has_han(part) or len(plain(part)) > 3]
        if len(chain) >= _LONG_CHAIN:
            # Portals, too, chain the names of a headline's column, section and site.
            shown = ", ".join(quoted(part, 20) for part in chain[1:4])
            yield Finding(0.2, f"the title is a chain of {len(chain)} segments: {shown}")
    brand = INJECTED.search(title.lower())
    if brand:
        yield Finding(0.8, f"the title carries {quoted(brand[0])}")


def _appended(title: str) -> Iterator[Finding]:
    """What stands behind a headline: its own words once more as a list, or names of several sites; neither on 2,966
    ordinary pages."""
    headline, *rest = (part.strip() for part in _TAILED.split(title))
    bare = plain(headline)
    listed = [part.strip() for behind in rest for part in _COMMAS.split(behind)]
    short = [part for part in listed if len(part) in _KEYWORD_LENGTHS and 2 * len(part) <= len(headline)]
    again = [part for part in short if plain(part) and plain(part) in bare]
    if len(again) >= 2:
        shown = ", ".join(quoted(part, 20) for part in again[:4])
        # Two may be tags, as blogs put them there.
        yield Finding(0.5 if len(again) > 2 else 0.25, f"the title lists words of its headline: {shown}")
    sites = [part for part in rest if len(part) <= _LONGEST_SITE and _SITE_NAME.search(part)]
    if len(sites) >= 3:
        yield Finding(0.5, f"the title names {len(sites)} sites: {', '.join(quoted(part, 20) for part in sites[:4])}")


def _held_by_others(segments: Sequence[str]) -> str:
    """A segment in Chinese that three others or more hold whole, or ""."""
    bare = [plain(segment) for segment in segments]
    for segment, own in zip(segments, bare, strict=True):
        if len(own) >= 3 and has_han(own) and sum(own in other for other in bare if other != own) >= 3:
            return segment
    return ""


def _forms(title: str) -> Iterator[Finding]:
    """Shapes that title generators leave: none of them on 3,251 ordinary pages."""
    double = _DOUBLE_FORM.search(title)
    if double and (double[3] or has_han(double[1])) and sharing((double[1], double[2])):
        yield Finding(0.55 if double[3] else 0.3, f"the title says the same twice: {quoted(double[0].strip('_'), 60)}")
    doubled = _DOUBLED_WORD.search(title)
    if doubled:
        yield Finding(0.55, f"a word of the title is doubled: {quoted(doubled[0])}")
    template = _TEMPLATE_NAME.search(title)
    if template:
        yield Finding(0.5, f"the title still names the site template: {quoted(template[0])}")
    if _EMPTY_SEGMENT.search(title):
        yield Finding(0.2, f"a segment of the title is empty: {quoted(title, 60)}")
    for pair in _PAIRS:
        at = title.rfind(pair[0])
        # German closes „…“ with what opens “…” elsewhere.
        if at >= 0 and title.find(pair[1], at) < 0 and len(title) > 15 and "„" not in title:
            yield Finding(0.3, f"the title is cut off after {pair[0]}: {quoted(title, 60)}")
            break


def _repeats(title: str, page: PageEvidence) -> Iterator[Finding]:
    """The title again in the body: as lines, doubled within a line or image text, within template phrases, as
    sentences dropped into paragraphs."""
    head = JOINTS.split(title, maxsplit=1)[0].strip()
    head = head if len(plain(head)) >= _LEAST_SENTENCE else title
    wanted = {plain(title), plain(head)}
    key, rest = plain(title)[:_KEY], plain(title)[_KEY:]
    if len(key) < _LEAST_KEY:
        return
    alone, doubled, joined, neighbour, template = 0, "", False, "", ""
    longest = 3 * len(title) + 20
    probe = title[:4]
    if page.has_han:
        links = (block.text for block in page.blocks if block.text.startswith(_NEIGHBOURS))
        neighbour = next((link for link in islice(links, 4) if _is_stuffed(link[:_LONGEST_NEIGHBOUR])), "")
    for at in [at for at, block in enumerate(page.blocks) if probe in block.text]:
        source, block = page.document.blocks[at], page.blocks[at]
        if len(block.text) > longest or source.level or source.tag in _CODE:
            continue
        line = plain(block.text)
        if line in wanted:
            alone += source.link_chars == 0 and block.category not in _NAMES_PAGES
        elif _is_doubled(line, key, rest):
            doubled, joined = doubled or block.text, joined or "_" in block.text
        elif block.text.startswith(head) and _TEMPLATE_AFTER.match(block.text[len(head) :]):
            template = template or block.text
    for alt in page.document.image_alts:
        line = plain(alt[:longest]) if alt.count(probe) > 1 else ""
        if len(line) > len(key) and _is_doubled(line, key, rest):
            doubled, joined = doubled or alt, joined or "_" in alt
    if neighbour:
        yield Finding(0.4, f"the title of a neighbouring page is stuffed: {quoted(neighbour, 60)}")
    if template:
        yield Finding(0.5, f"the title in a template phrase: {quoted(template)}")
    if doubled:
        yield Finding(0.75 if joined else 0.3, f"the title doubled in one line: {quoted(doubled, 70)}")
    # A name of one or two words stands in tables and captions of a page about it.
    alone -= 1  # the headline
    if alone >= 3 and (has_han(title) or len(plain(head)) >= _LEAST_LATIN):
        yield Finding(0.2 + 0.4 * graded(alone, 2, 6), f"the title stands alone in {alone} more lines")
    inside = _sentences(page.content, head)
    if inside >= 3:
        yield Finding(0.3 + 0.4 * graded(inside, 2, 5), f"{quoted(head)} is dropped into the text {inside} times")


def _is_stuffed(link: str) -> bool:
    title = link.partition(":")[2] or link.partition("：")[2]
    return INJECTED.search(title.lower()) is not None or any(found.strength >= 0.5 for found in _forms(title.strip()))


def _is_doubled(line: str, key: str, rest: str) -> bool:
    """Whether the line is the title twice and more, each time whole (key and rest) or cut off."""
    before, *after = line.split(key)
    return (
        len(key) >= _LEAST_DOUBLED
        and len(after) >= 2
        and len(before) <= 8
        and all(rest.startswith(part) for part in after)
    )


def _sentences(content: str, phrase: str) -> int:
    """How often a phrase stands in the text as a sentence of its own, lines of nothing else not counted."""
    if len(phrase) < _LEAST_SENTENCE or (phrase.isascii() and phrase.count(" ") < 3):
        return 0
    found = 0
    at = content.find(phrase)
    for _ in range(_MOST_OCCURRENCES):
        if at < 0:
            break
        end = at + len(phrase)
        before, after = content[at - 1 : at] or "\n", content[end : end + 1] or "\n"
        if before in _SENTENCE_EDGE and after in _SENTENCE_EDGE and not (before == "\n" and after == "\n"):
            found += 1
        at = content.find(phrase, end)
    return found
