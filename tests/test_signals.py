"""Signals: every one fires on the pages it must and ignores those it must; hostile pages; the headline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from detector.boilerplate import BoilerplateModel
from detector.data import Block, Document, Link, Page, SourceBlock
from detector.reading import read
from detector.signals import SIGNALS, Finding, PageEvidence, Rule, detect, signal
from detector.signals.damage import LEAST_WORDS
from detector.signals.lexicon import has_han, sharing, stems
from detector.signals.linking import host_of, site
from detector.text import tokenise
from detector.verdicts import SPAM_WEIGHTS

FIRES = [
    pytest.param(name, page, id=f"{name}-{n}") for name, rule in SIGNALS.items() for n, page in enumerate(rule.fires_on)
]
IGNORES = [
    pytest.param(name, page, id=f"{name}-{n}") for name, rule in SIGNALS.items() for n, page in enumerate(rule.ignores)
]


@pytest.fixture(scope="module")
def model() -> BoilerplateModel:
    return BoilerplateModel.load()


def evidence_of(page: Page, model: BoilerplateModel) -> PageEvidence:
    """As in the detector: blocks by the shipped model, tokens of the content blocks."""
    reading = read(page, model)
    return PageEvidence(reading.document, reading.blocks, reading.own)


def by_hand(*lines: str, category: str = "content", title: str = "", **document: object) -> PageEvidence:
    """Evidence whose blocks all have one category, so that nothing hangs on the classifier."""
    parsed = Document("", title=title, blocks=tuple(map(SourceBlock, lines)), **document)  # type: ignore[arg-type]
    return evidence_in(parsed, category)


def evidence_in(document: Document, *categories: str) -> PageEvidence:
    """Evidence whose blocks have these categories, again and again: all are the page's own text, or none is."""
    blocks = tuple(Block(block.text, category, 1.0) for block, category in zip(document.blocks, cycle(categories)))
    tokens = tokenise("\n".join(block.text for block in blocks))
    return PageEvidence(document, blocks, tokens.where(np.full(len(tokens), categories == ("content",))))


def score(name: str, evidence: PageEvidence) -> float:
    found = SIGNALS[name].check(evidence)
    return found.score if found else 0.0


@pytest.mark.parametrize(("name", "page"), FIRES)
def test_a_signal_fires_on_its_examples(name: str, page: Page, model: BoilerplateModel) -> None:
    found = SIGNALS[name].check(evidence_of(page, model))
    assert found is not None and found.score >= 0.5, found
    assert found.evidence


@pytest.mark.parametrize(("name", "page"), IGNORES)
def test_a_signal_ignores_its_examples(name: str, page: Page, model: BoilerplateModel) -> None:
    found = SIGNALS[name].check(evidence_of(page, model))
    assert found is None or found.score < 0.3, found


@pytest.mark.parametrize("rule", SIGNALS.values(), ids=SIGNALS)
def test_every_signal_has_examples_and_a_weight(rule: Rule) -> None:
    assert rule.fires_on and rule.ignores
    assert rule.look.__doc__
    assert rule.name in SPAM_WEIGHTS


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="doorway"):

        @signal("doorway", fires_on=(), ignores=())
        def again(page: PageEvidence) -> Iterator[Finding]:
            yield Finding(1.0, "")


def test_findings_add_up_strongest_first() -> None:
    def look(page: PageEvidence) -> Iterator[Finding]:
        yield Finding(0.2, "weak")
        yield Finding(0.5, "strong")
        yield Finding(7.0 if page.title == "over" else 0.0, "none")

    rule = Rule("made up", look, (), ())
    found = rule.check(by_hand("A line."))
    assert found is not None
    assert (found.score, found.evidence) == (pytest.approx(0.6), "strong; weak; none")
    over = rule.check(by_hand("A line.", title="over"))
    assert over is not None and over.score == 1.0


def test_nothing_is_said_of_pages_without_text() -> None:
    assert detect(PageEvidence(Document("", error="no text"), (), tokenise(""))) == ()
    assert detect(PageEvidence(Document(""), (), tokenise(""))) == ()


def test_signals_come_strongest_first(model: BoilerplateModel) -> None:
    page = Page("", text="木窗\n" + "本文关键词：木,窗,九游会\n" * 3, title="木窗【九游会】_九游会")
    scores = [found.score for found in detect(evidence_of(page, model))]
    assert len(scores) >= 3
    assert scores == sorted(scores, reverse=True)
    assert all(0 < value <= 1 for value in scores)


@pytest.mark.parametrize(
    ("evidence", "title"),
    [
        (by_hand("Some text.", title="(3) The old pier"), "The old pier"),
        (by_hand("Some text.", title="(99+ 封私信 / 87 条消息) 旧码头"), "旧码头"),
        (by_hand("Some text.", title="(1998) The old pier"), "(1998) The old pier"),
        (by_hand("Some text.", title="(Second part) The old pier"), "(Second part) The old pier"),
        (by_hand("首页 >> 大全", "旧码头的历史", "码头建于上个世纪。"), "旧码头的历史"),
        (by_hand("The old pier burnt down.", "It was rebuilt."), ""),
        (by_hand("Menu of the day", headings=((2, "Lower"), (1, "The old pier"))), "The old pier"),
    ],
    ids=str,
)
def test_title(evidence: PageEvidence, title: str) -> None:
    assert evidence.title == title


def test_a_block_called_title_is_the_headline() -> None:
    document = Document("", blocks=(SourceBlock("Harbour news"), SourceBlock("The old pier")))
    assert evidence_in(document, "nav", "title").title == "The old pier"


# Words of five letters and fewer, as a deletion leaves them, with the marks that it leaves too.
LEFT = "We sat by the of the and to a , for in the was and by the . "
WHOLE = "We walked slowly along the harbour to the station, because the evening train would leave before seven. "


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        (LEFT * 20, True),
        (LEFT * 3, False),  # too short to say
        (WHOLE * 20, False),
        ("int a = b + c ; for ( i = 0 ; i < n ; ++ i ) ; x , y , z ; " * 30, False),
        ("Tôi đi chợ và mua cá cho mẹ ở nhà . " * 40, False),
        (
            "Wir standen am Hafen und sahen, wie die Fischer ihre Netze aus dem Wasser zogen und nach Hause gingen. "
            * 20,
            False,
        ),
    ],
)
def test_word_lengths(text: str, fires: bool) -> None:
    evidence = by_hand(text)
    assert (score("machine_damage", evidence) >= 0.5) is fires


def test_too_few_words_are_not_judged() -> None:
    words = LEFT.split()
    assert len(words[: LEAST_WORDS - 1]) < LEAST_WORDS
    assert score("machine_damage", by_hand(" ".join((words * 20)[: LEAST_WORDS - 30]))) == 0.0


def test_the_title_in_headings_and_code_does_not_count() -> None:
    title = "How sails are mended by hand"
    heading = tuple(SourceBlock(title, tag="h2", level=2) for _ in range(6))
    code = tuple(SourceBlock(title, tag="pre") for _ in range(6))
    plain_lines = tuple(SourceBlock(title, tag="p") for _ in range(6))
    scores = []
    for sources in (heading, code, plain_lines):
        document = Document("", title=title, blocks=sources)
        scores.append(score("title_stuffing", evidence_in(document, "content")))
    assert scores[:2] == [0.0, 0.0]
    assert scores[2] >= 0.5


@pytest.mark.parametrize(
    "alts",
    [
        ("_A long walk along the northern harbo_A long walk along the northern harbo",),
        ("A long walk along the northern harbour A long walk along the northern harbour", "a boat"),
    ],
)
def test_the_title_doubled_in_an_image_text(alts: tuple[str, ...]) -> None:
    title = "A long walk along the northern harbour"
    assert score("title_stuffing", by_hand("The walk takes an hour.", title=title, image_alts=alts)) >= 0.3
    assert score("title_stuffing", by_hand("The walk takes an hour.", title=title, image_alts=(title,) * 5)) == 0.0


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("修屋顶_步骤、图解及说明_海州民居大全_看民居网", 0.2),
        ("修屋顶_海州民居大全_看民居网", 0.0),
        ("如何使用 get_user_by_id 函数", 0.0),
        ("数学题 |a|+|b|+|c| 的最小值", 0.0),
        ("Roofs | Repairs | Homes | Spoke", 0.0),
    ],
)
def test_a_long_chain_of_segments_is_a_hint(title: str, expected: float) -> None:
    assert score("title_stuffing", by_hand("先看厚度。", title=title)) == pytest.approx(expected)


def test_friend_links_to_public_bodies_do_not_count() -> None:
    def page(ending: str, *before: str) -> PageEvidence:
        hosts = [*before, *(f"https://www.town{n}{ending}/" for n in range(60))]
        line = SourceBlock("Town " * 60, link_chars=300, links=60)
        document = Document(
            "https://harbour.example/",
            host="harbour.example",
            blocks=(line,),
            links=tuple(Link(host, "Town", block=0) for host in hosts),
            from_html=True,
        )
        return evidence_in(document, "friend_links")

    assert score("link_farm", page(".com")) >= 0.5
    assert score("link_farm", page(".gov.cn")) == 0.0
    # Links to other services of the same hosts say nothing of these.
    services = [f"ftp://www.town{n}.com/" for n in range(60)]
    assert score("link_farm", page(".com", *services)) == score("link_farm", page(".com"))


@pytest.mark.parametrize(
    ("og_url", "canonical", "expected"),
    [
        ("https://harbour.example/1", "", 0.0),
        ("https://m.harbour.example/1", "https://www.harbour.example/1", 0.0),
        ("https://source.test/1", "", 0.35),
        ("", "https://source.test/1", 0.15),
        ("https://source.test/1", "https://source.test/1", 0.15),
        ("https://harbour.test/1", "", 0.0),
        ("http://yoursite.com/1", "", 0.0),
        ("http://[broken", "http://", 0.0),
    ],
)
def test_addresses_in_the_head(og_url: str, canonical: str, expected: float) -> None:
    evidence = by_hand("Some text.", host="www.harbour.example", og_url=og_url, canonical=canonical)
    assert score("scraped_metadata", evidence) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("href", "host", "owner"),
    [
        ("https://www.Harbour.com.cn:8080/a?b#c", "www.harbour.com.cn", "harbour.com.cn"),
        ("HTTP://user:word@boats.example", "boats.example", "boats.example"),
        ("https://a.b.co.uk?x", "a.b.co.uk", "b.co.uk"),
        ("ftp://boats.example/", "", ""),
        ("/relative/path", "", ""),
        ("https://", "", ""),
        ("javascript://boats.example", "", ""),
    ],
)
def test_hosts(href: str, host: str, owner: str) -> None:
    assert host_of(href) == host
    assert site(host) == owner


@pytest.mark.parametrize(
    ("phrases", "expected"),
    [
        (("海州网站建设", "海州网站设计", "海州网站优化"), [0, 1, 2]),
        (("海州新闻", "国内新闻", "体育新闻"), []),
        (("copper kettles sale", "copper kettles shop", "garden tools"), [0, 1]),
        (("the best of the north", "the best of the south"), []),
        (("海州网站建设", "海州网站建设"), []),
        ((), []),
    ],
)
def test_phrases_made_from_one_stem(phrases: tuple[str, ...], expected: list[int]) -> None:
    assert sharing(phrases) == expected


def test_stems_are_pairs_and_words() -> None:
    assert stems("海州网 Boat-7 of") == {"海州", "州网", "boat"}


HOSTILE = {
    "10,000 links": Page(
        "https://a.example/",
        html="".join(f"<a href='https://h{n}.example.com/'>木门厂家{n}</a>" for n in range(10_000)),
    ),
    "one giant block": Page("", text="九游会(" * 200_000),
    "a giant line of separators": Page("", text="、。" * 150_000 + "_,_," * 100_000),
    "brackets without end": Page("", text="港" + "((((" * 100_000, title="【《“(" * 5_000),
    "many lines": Page("", text="海州木门价格\n" * 40_000, title="海州木门价格_" * 3_000),
    "blanks": Page("", text="of " + " , . " * 100_000 + "来源 :" + " " * 50_000),
    "broken characters": Page("", text="\ufffd\u200b\u202e\ud800 a\u0301" * 20_000, title="\ud800\u0000"),
    "hidden": Page("", html="<p>Boats and nets.</p>" + "<div style='font-size:0'>木门厂家,木门批发</div>" * 10_000),
    "only markup": Page("", html="<div>" * 5_000),
    "empty": Page("", text=""),
    "nothing": Page(""),
}


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_hostile_pages(page: Page, model: BoilerplateModel) -> None:
    evidence = evidence_of(page, model)
    found = detect(evidence)
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert 0 < one.score <= 1
        assert 0 < len(one.evidence) < 1_000
        assert "\n" not in one.evidence
    assert detect(evidence) == found


def test_shares_are_written_as_everywhere() -> None:
    """By one function, which never calls nearly all of it all."""
    sources = sorted((Path(__file__).parent.parent / "detector" / "signals").glob("*.py"))
    assert [source.name for source in sources if re.search(r"\{100 \*|:\.\d%", source.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "before", ["", "Plain words. " * 40, "“Curled” words — many. " * 40], ids=["", "long", "marks"]
)
def test_han_and_kana_are_seen_in_short_and_in_long_texts(before: str) -> None:
    assert not has_han(before)
    assert not has_han(f"{before}Ünlü Слово 한국어")
    assert all(has_han(f"{before}{letter}.") for letter in "\u3040\u30ff\u3400\u9fff字カ")
