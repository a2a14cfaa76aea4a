"""Keyword stuffing, and doorway pages: text written for search engines, not for readers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from detector.data import Page
from detector.rows import percent
from detector.signals.lexicon import INJECTED, OFFERED, PLACE, TRADE, is_adult, plain, sharing
from detector.signals.registry import Finding, PageEvidence, graded, quoted, signal

# "本文关键词:" is a farm's line; a bare "关键词:" stands above abstracts as well.
_LABELLED = re.compile(
    r".{0,6}?(本文关键[词字]|本文標籤|本文标签|(?:热门|熱門)?(?:关键|關鍵)[词字詞])\s{0,3}[:：](.{6,400})"
)
_LABELS = ("关键", "關鍵", "本文标签", "本文標籤")
_SEPARATORS = ",，、|｜_;；/ \n\t\u3000"
_ITEMS = re.compile(r"[,，、|｜_;；\s]+")
_OFFER = re.compile(rf"[^{_SEPARATORS}。！？!?]{{2,14}}(?=[{_SEPARATORS}]|$)")
_SENTENCE_END = re.compile(r"[。！？!?]")
_MOST_ITEMS = 80
_LONGEST_ROW = 600
_LONGEST_ITEM = 16
_MOST_ROWS = 12
_MOST_TRIED = 2_000


@signal(
    "keyword_stuffing",
    fires_on=(
        Page("", text="旧码头的猫\n码头上住着六只猫，渔民每天喂它们。\n本文关键词：旧,码头,的,猫,渔民,九游会,喂,它们"),
        Page(
            "",
            text="木材知识\n松木要晾干半年才能用。\n海州木门厂家,海州木门批发,海州木门价格,海州木门定制,山东海州木门厂家",
        ),
        Page(
            "",
            text="天气很好\n我们去爬山，开云体育的朋友也来了。\n山顶有一座亭子，开云体育在那里休息。\n下山时开云体育下雨了，开云体育没有伞。",
        ),
    ),
    ignores=(
        Page(
            "",
            text="港口噪声的测量\n关键词：港口；噪声；测量方法；吊机\n本文测量了三个港口的夜间噪声，并比较了两种方法。",
        ),
        Page("", text="警方通报\n警方查获一个网络赌场，老虎机和百家乐设备被没收，彩票店照常营业。"),
        Page(
            "",
            text="首页 国际新闻 国内新闻 社会新闻 体育新闻 财经新闻 科技新闻\n大桥周一通车，比计划早了两个月。",
        ),
        Page(
            "",
            text="The old pier\nTags: cats, harbour, pier, fishing, boats\nSix cats live on the pier.",
        ),
    ),
)
def keyword_stuffing(page: PageEvidence) -> Iterator[Finding]:
    """Keyword rows stand on 18 of 35 web samples picked as suspicious; labelled ones (本文关键词) on 7 of 84
    samples and on 1 of 3,251 ordinary pages, brands of gambling sites on 12 and none."""
    if page.has_han:
        yield from _injected(f"{page.title}\n{page.text}".lower())
    yield from _rows(page)
    listed = [item.strip() for item in page.document.keywords[:_LONGEST_ROW].split(",") if item.strip()]
    alike = len(sharing(listed))
    if alike >= 8:
        yield Finding(0.2, f"{alike} of its meta keywords share a stem")


def _injected(text: str) -> Iterator[Finding]:
    brands: Counter[str] = Counter()
    adult: Counter[str] = Counter()
    for found in INJECTED.finditer(text):
        (adult if is_adult(found[0]) else brands)[found[0]] += 1
    if brands:
        times = sum(brands.values())
        yield Finding(
            (0.0, 0.35, 0.6, 0.75)[min(times, 3)] + 0.15 * graded(times, 3, 6),
            f"gambling brands in {times} places: {', '.join(quoted(name) for name, _ in brands.most_common(3))}",
        )
    if len(adult) >= 2:
        names = ", ".join(quoted(name) for name, _ in adult.most_common(3))
        yield Finding(
            0.5 if len(adult) == 2 else 0.8, f"phrases of adult sites in {sum(adult.values())} places: {names}"
        )


def _rows(page: PageEvidence) -> Iterator[Finding]:
    # A row of links may be a menu of names.
    found = {
        block.text: 0.25 * block.confidence
        for block, source in zip(page.blocks, page.document.blocks, strict=True)
        if block.category == "keyword_stuffing" and 2 * source.link_chars < len(block.text)
    }
    if page.has_han:
        title = plain(page.title)
        labels = [label for label in _LABELS if label in page.text]
        lines = (
            block.text for block in page.document.blocks if 12 <= len(block.text) <= _LONGEST_ROW and not block.level
        )
        for text in islice(lines, _MOST_TRIED):
            if text.isascii():
                continue
            labelled = _LABELLED.match(text) if labels and any(label in text for label in labels) else None
            strength = _labelled(labelled[1], labelled[2], title) if labelled else _row(text)
            if strength:
                found[text] = max(strength, found.get(text, 0.0))
    rows = [(strength, text) for text, strength in found.items() if len(text) >= 12]
    for strength, text in sorted(rows, reverse=True)[:_MOST_ROWS]:
        yield Finding(strength, f"a row of keywords: {quoted(text, 60)}")


def _labelled(label: str, row: str, title: str) -> float:
    """How much a labelled line looks like keyword stuffing, 0..1."""
    items = _items(row)
    if label.startswith("本文"):
        cut = sum(len(item) == 1 for item in items) >= 2
        from_title = sum(plain(item) in title for item in items if len(item) > 1)
        return 0.7 if cut or (from_title >= 4 and 2 * from_title >= len(items)) else 0.5
    sold = sum(TRADE.search(item) is not None for item in items)
    return 0.35 if sold >= 2 or len(sharing(items)) >= 3 else 0.0


def _items(row: str) -> list[str]:
    return [item for item in _ITEMS.split(row)[:_MOST_ITEMS] if item]


def _row(text: str) -> float:
    """How much a line looks like keywords in a row, 0..1: five and more short phrases, most made from one stem."""
    if _SENTENCE_END.search(text):
        return 0.0
    items = [item for item in _items(text) if len(item) <= _LONGEST_ITEM]
    if len(items) < 5 or sum(map(len, items)) < 0.7 * len(text):
        return 0.0
    compared = items[:14]
    alike = len(sharing(compared))
    if alike < 4 or 2 * alike < len(compared):
        return 0.0
    sold = sum(TRADE.search(item) is not None or PLACE.match(item) is not None for item in compared)
    return 0.55 if sold >= 3 else 0.3


_GUESTS = (
    "Ada Bell,Ben Cole,Cora Dale,Dan Ekman,Eve Falk,Finn Gard,Gina Holt,Hal Ives,Ida Juhl,Jon Kerr,Kim Lund,Leo Moor"
).split(",")


@signal(
    "doorway",
    fires_on=(
        Page(
            "", text="Ada Bell songbook free\nAda Bell songbook\n" + "\n".join(f"{guest} songbook" for guest in _GUESTS)
        ),
        Page(
            "",
            text="青岛门窗安装\n"
            + "\n".join(f"{city}门窗安装" for city in ("青岛", "济南", "烟台", "潍坊", "临沂", "淄博", "威海", "泰州")),
        ),
    ),
    ignores=(
        Page("", text="The harbour\n" + "\n".join(f"Chapter {n}: {guest}" for n, guest in enumerate(_GUESTS, 1))),
        Page(
            "",
            text="Guests of the choir\n" + "\n".join(_GUESTS) + "\nThe choir meets on Tuesdays in the old pump house.",
        ),
        Page(
            "",
            text="How the songbook was made\n"
            + "\n".join(
                f"{guest} told us how a songbook is bound by hand, and why the glue has to dry for two nights."
                for guest in _GUESTS
            )
            + "\n"
            + "\n".join(f"{guest} songbook" for guest in _GUESTS[:4]),
        ),
        Page(
            "",
            text="城市天气\n青岛 晴 济南 多云 烟台 小雨 潍坊 晴 临沂 阴 淄博 晴\n"
            + "周末有一股冷空气南下，请大家注意添衣，出海的船要提前回港。" * 4,
        ),
    ),
)
def doorway(page: PageEvidence) -> Iterator[Finding]:
    """Lines made from one template: on 29 doorway pages 64-87 % of the lines end in a word that eight and more
    lines share; 3 of 3,251 ordinary pages have 40 % of such lines and little running text. A place before a
    service: five places with one service, or five services with one place."""
    texts = [block.text for block in page.blocks]
    if len(texts) >= 8:
        running = sum(len(text) for text in texts if len(text) >= 100) / len(page.text)
        if running < 0.4:
            yield from _templated(texts, running)
    if page.has_han:
        yield from _places(f"{page.title}\n{page.text}")


def _templated(texts: Sequence[str], running: float) -> Iterator[Finding]:
    distinct = {text for text in texts if len(text) <= 60 and " " in text}
    if len(distinct) < 0.4 * len(texts):
        return
    for side in ("begin", "end"):
        edge = {text: text.partition(" ")[0] if side == "begin" else text.rpartition(" ")[2] for text in distinct}
        # What is numbered or dated is a series: chapters, episodes, releases, minutes.
        words = Counter(word for text, word in edge.items() if not any(char.isdecimal() for char in text))
        common = [(word, times) for word, times in words.most_common(5) if times >= 8 and word.isalpha()]
        share = sum(times for _, times in common) / len(texts)
        if share >= 0.4:
            word, times = common[0]
            example = next(text for text in sorted(distinct) if edge[text] == word)
            yield Finding(
                graded(share, 0.3, 0.65) * (1 - running),
                f"{percent(share)} of the lines are made from one template: {times} {side} with {quoted(word)}, "
                f"as {quoted(example)}",
            )


def _places(text: str) -> Iterator[Finding]:
    """Phrases of a place and what is offered there, each alone between separators."""
    phrases: set[tuple[str, str]] = set()
    for place in islice(PLACE.finditer(text), _MOST_TRIED):
        if place.start() and text[place.start() - 1] not in _SEPARATORS:
            continue
        offer = _OFFER.match(text, place.end())
        if offer and OFFERED.search(offer[0]):
            phrases.add((place[0], offer[0].removeprefix("市").removeprefix("省")))
    services = Counter(service for _, service in phrases)
    for service, times in services.most_common(1):
        if times >= 5:
            yield Finding(0.5 + 0.4 * graded(times, 5, 12), f"{times} places with one service: {quoted(service)}")
    offers: dict[str, list[str]] = {}
    for name, service in sorted(phrases):
        offers.setdefault(name, []).append(service)
    for name, offered in offers.items():
        if len(offered) >= 5 and len(sharing(offered)) >= 3:
            shown = ", ".join(quoted(name + service) for service in offered[:3])
            yield Finding(0.4 + 0.3 * graded(len(offered), 5, 10), f"{len(offered)} services of one place: {shown}")
            break
