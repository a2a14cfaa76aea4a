from dataclasses import replace

import numpy as np
import pytest

from detector.allowlist import Allowed, AllowList
from detector.data import Block, Document, Link, Match, Page, Passage, Signal
from detector.reading import Reading
from detector.settings import Settings
from detector.text import tokenise
from detector.verdicts import NOBODY, Evidence, boilerplate_share, decide, judge, noisy_or, score_parts, unreadable

SOURCE = "https://blog.halyard.example/2026/packing"
PAGE = Page(url="https://farm.example/1.html", html="<p>x", input="crawl.warc", offset=7, extra={"depth": 2})
TEXT = "The scheduler packs small batches onto one worker."


def match(probability: float = 0.9, url: str = SOURCE, **changes: object) -> Match:
    passage = Passage(0, 13, 0, 13, TEXT[:13], TEXT[:13])
    return replace(Match(url, "Packing", "verbatim", probability, 0.8, 0.7, (passage,), 40), **changes)


def evidence(
    *,
    page: Page = PAGE,
    matches: tuple[Match, ...] = (),
    signals: tuple[Signal, ...] = (),
    hosts: dict[str, frozenset[str]] | None = None,
    text: str = TEXT,
    category: str = "content",
    **document: object,
) -> Evidence:
    parsed = replace(Document(url=page.url, host="farm.example", from_html=True), **document)
    blocks = (Block(text, category, 0.9),)
    tokens = tokenise(text)
    content = np.full(len(tokens), category == "content")
    reading = Reading(parsed, blocks, tokens, content, content)
    return Evidence(page, reading, signals, matches, hosts or {})


def linked(link: Link, category: str = "content") -> Evidence:
    return evidence(matches=(match(),), links=(link,), category=category)


STRONG = Signal("keyword_stuffing", 0.9, "12 rows of keywords")
OFFICIAL_PAGE = replace(PAGE, url="https://www.blog.halyard.example/2027/other")
HOSTS = {
    "blog.halyard.example": frozenset({"2026"}),
    "medium.com": frozenset({"@halyard"}),
    "baijiahao.baidu.com": frozenset(),
}
MEDIUM = replace(PAGE, url="https://medium.com/@halyard/post")
NAMELESS = replace(PAGE, url="https://baijiahao.baidu.com/s?id=2")
STRANGER_ON_MEDIUM = replace(PAGE, url="https://medium.com/@stranger/post")

CASES = [
    ("nothing at all", evidence(), "clean"),
    ("a copy", evidence(matches=(match(),)), "repost"),
    ("too unlikely", evidence(matches=(match(0.49),)), "clean"),
    ("stuffed", evidence(signals=(STRONG,)), "spam"),
    ("stuffed copy", evidence(matches=(match(),), signals=(STRONG,)), "repost"),
    ("thin or list page", evidence(signals=(Signal("list_page", 1.0, "x"), Signal("thin_content", 1.0, "x"))), "clean"),
    ("the post itself", evidence(page=replace(PAGE, url=SOURCE + "/?utm_source=x"), matches=(match(),)), "official"),
    ("another page of the host", evidence(page=OFFICIAL_PAGE, hosts=HOSTS), "official"),
    ("the account's page", evidence(page=MEDIUM, hosts=HOSTS), "official"),
    ("no account in the address", evidence(page=NAMELESS, hosts=HOSTS, matches=(match(),)), "repost"),
    ("the post itself, without an account", evidence(page=NAMELESS, matches=(match(url=NAMELESS.url),)), "official"),
    ("another account's page", evidence(page=STRANGER_ON_MEDIUM, hosts=HOSTS, matches=(match(),)), "repost"),
    ("canonical names the source", evidence(matches=(match(),), canonical=SOURCE), "syndicated"),
    ("link to the source", linked(Link(SOURCE + "/", "source", block=0)), "syndicated"),
    ("link to something else", linked(Link("https://a.example/", "x", block=0)), "repost"),
    ("link without text", linked(Link(SOURCE, "", block=0)), "repost"),
    ("link around a dot", linked(Link(SOURCE, " .\u200b", block=0)), "repost"),
    ("link in no block", linked(Link(SOURCE, "source")), "repost"),
    ("link in a comment", linked(Link(SOURCE, "source", block=0), "comment"), "repost"),
    ("link in related posts", linked(Link(SOURCE, "source", block=0), "related"), "repost"),
    ("link among friends", linked(Link(SOURCE, "source", block=0), "friend_links"), "repost"),
    ("link among contacts", linked(Link(SOURCE, "source", block=0), "contact"), "repost"),
    ("link to share", linked(Link(SOURCE, "source", block=0), "share_ui"), "repost"),
    ("link among keywords", linked(Link(SOURCE, "source", block=0), "keyword_stuffing"), "repost"),
    ("link in a credit", linked(Link(SOURCE, "source", block=0), "source_credit"), "syndicated"),
    ("link in a menu", linked(Link(SOURCE, "source", block=0), "nav"), "repost"),
    ("link in a source line", linked(Link(SOURCE, "source", block=0), "source_credit"), "syndicated"),
    (
        "address in plain text",
        evidence(matches=(match(),), text=f"{TEXT} Via {SOURCE}.", from_html=False),
        "syndicated",
    ),
    ("address written in HTML, not linked", evidence(matches=(match(),), text=f"{TEXT} Via {SOURCE}."), "repost"),
    ("canonical of a page that copies nothing", evidence(canonical=SOURCE), "clean"),
    ("nothing to judge", evidence(error="no text"), "unreadable"),
    ("nothing to judge on an official host", evidence(page=OFFICIAL_PAGE, hosts=HOSTS, error="no text"), "unreadable"),
]


@pytest.mark.parametrize(("given", "label"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_labels(given: Evidence, label: str) -> None:
    verdict = judge(given, Settings())
    assert verdict.label == label
    assert 0 <= verdict.score <= 1
    assert verdict.reason
    assert (verdict.url, verdict.input, verdict.offset, verdict.extra) == (
        given.page.url,
        "crawl.warc",
        7,
        {"depth": 2},
    )


def test_settings_move_the_thresholds() -> None:
    assert judge(evidence(matches=(match(0.7),)), Settings(threshold=0.8)).label == "clean"
    assert judge(evidence(signals=(STRONG,)), Settings(spam_threshold=0.95)).label == "clean"
    assert judge(evidence(), Settings(official_hosts=("farm.example",))).label == "official"


FRIENDS = AllowList(
    (Allowed("farm.example", "licensed"), Allowed("medium.com", "x"), Allowed("blog.halyard.example", "y"))
)


@pytest.mark.parametrize(
    ("given", "label", "reason"),
    [
        (evidence(matches=(match(),)), "clean", "allowed as farm.example: licensed; copies “Packing” (word for word)"),
        (evidence(signals=(STRONG,)), "clean", "allowed as farm.example: licensed; keyword stuffing: 12 rows"),
        (evidence(), "clean", "allowed as farm.example: licensed"),
        (evidence(matches=(match(),), canonical=SOURCE), "syndicated", "declares its source"),
        (evidence(page=OFFICIAL_PAGE, hosts=HOSTS), "official", "on the official host"),
        (evidence(error="no text"), "unreadable", "no text"),
    ],
)
def test_what_is_allowed_is_neither_repost_nor_spam(given: Evidence, label: str, reason: str) -> None:
    verdict = judge(given, Settings(), FRIENDS)
    assert verdict.label == label
    assert verdict.reason.startswith(reason)
    assert (verdict.match, verdict.signals) == (given.matches[0] if given.matches else None, given.signals)
    if label == "clean":
        assert verdict.score <= 0.05


@pytest.mark.parametrize("given", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_a_verdict_holds_all_that_deciding_needs(given: Evidence) -> None:
    everywhere = (
        Settings(),
        Settings(threshold=0.4, spam_threshold=0.95),
        Settings(official_hosts=("farm.example",), shared_platforms=("halyard.example", "github.com")),
    )
    for allowed in (NOBODY, FRIENDS):
        for first in everywhere:
            for then in everywhere:
                assert decide(judge(given, first), then, allowed) == judge(given, then, allowed)


def test_the_best_candidate_is_given_for_every_label() -> None:
    verdict = judge(evidence(matches=(match(0.2), match(0.1, "https://b.example/"))), Settings())
    assert verdict.label == "clean"
    assert verdict.match is not None
    assert verdict.match.source_url == SOURCE
    assert len(verdict.matches) == 2


def score(**given: object) -> float:
    return judge(evidence(**given), Settings()).score  # type: ignore[arg-type]


def test_scores_rank_pages_as_a_reviewer_would() -> None:
    clean, spam, copy = score(), score(signals=(STRONG,)), score(matches=(match(),))
    stuffed = score(matches=(match(),), signals=(STRONG,))
    declared = score(matches=(match(),), canonical=SOURCE)
    official = score(page=OFFICIAL_PAGE, hosts=HOSTS, signals=(STRONG,), matches=(match(),))
    assert clean < official < declared < copy < stuffed
    assert declared < spam
    assert score(matches=(match(0.6),)) < score(matches=(match(0.8),))
    assert score(matches=(match(share_of_page=0.1, share_of_source=0.1),)) < copy


def test_filing_numbers_and_copyright_lines_add_nothing() -> None:
    assert score(category="icp") == score(category="copyright") == score()
    assert score(category="disclaimer") > score()


def test_reason_can_be_checked() -> None:
    reason = judge(evidence(matches=(match(),), signals=(STRONG,), category="disclaimer"), Settings()).reason
    assert reason == (
        "copies “Packing” (word for word): 80 % of the post, 70 % of this page's own text; "
        "keyword stuffing: 12 rows of keywords; has disclaimer"
    )


CUT = "only the first 4,000,000 bytes were judged"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (evidence(), "nothing found"),
        (evidence(notes=(CUT,)), f"nothing found; {CUT}"),
        (evidence(signals=(STRONG,), notes=(CUT,)), f"keyword stuffing: 12 rows of keywords; {CUT}"),
        (evidence(error="no text", notes=(CUT,)), f"no text; {CUT}"),
    ],
)
def test_the_reason_says_that_a_page_was_cut(given: Evidence, reason: str) -> None:
    assert judge(given, Settings()).reason == reason


@pytest.mark.parametrize(
    ("page", "post", "reason"),
    [
        (
            0.7,
            0.1,
            "has 70 % of this page's own text in common with “Packing”, but is hardly a copy: probability 0.012",
        ),
        (0.0, 0.995, "has 99 % of the post in common with “Packing”, but is hardly a copy: probability 0.012"),
        (0.3, 0.4, "has 30 % of this page's own text and 40 % of the post in common with “Packing”, but"),
        (0.19, 0.1, "nothing found"),
    ],
)
def test_large_shares_of_an_improbable_match_are_explained(page: float, post: float, reason: str) -> None:
    verdict = judge(evidence(matches=(match(0.012, share_of_page=page, share_of_source=post),)), Settings())
    assert verdict.label == "clean"
    assert verdict.reason.startswith(reason)
    # Of a translation the shares are of stretches, not of what both have.
    stretches = replace(match(0.012, share_of_page=page, share_of_source=post), kind="translated")
    assert judge(evidence(matches=(stretches,)), Settings()).reason == "nothing found"


def test_what_was_not_read_of_a_page_is_said() -> None:
    page = replace(PAGE, note="the archive is cut off in this page")
    verdict = judge(evidence(page=page, notes=(CUT,)), Settings())
    assert verdict.reason == f"nothing found; the archive is cut off in this page; {CUT}"
    assert unreadable(page, "no text").reason == "no text; the archive is cut off in this page"


def test_unreadable_keeps_what_is_known() -> None:
    verdict = unreadable(replace(PAGE, title="A title"), "no such file")
    assert (verdict.label, verdict.error, verdict.title, verdict.host) == (
        "unreadable",
        "no such file",
        "A title",
        "farm.example",
    )


def test_the_score_is_made_of_its_parts() -> None:
    verdict = judge(evidence(matches=(match(0.9),), signals=(Signal("evasion", 0.5, "seen"),)), Settings())
    parts = score_parts(verdict)
    assert parts.copy > 0.5 and parts.signals == {"evasion": pytest.approx(0.35)}
    chances = (parts.copy, *parts.signals.values(), *parts.boilerplate.values())
    assert verdict.score == pytest.approx(noisy_or(chances))


def test_noisy_or() -> None:
    assert noisy_or([]) == 0
    assert noisy_or([0.5, 0.5]) == 0.75
    assert noisy_or([0.2, 1.5]) == 1


def test_boilerplate_share_counts_characters() -> None:
    blocks = (Block("a" * 30, "content", 1), Block("b" * 10, "icp", 1), Block("c" * 10, "title", 1))
    assert boilerplate_share(blocks) == 0.2
    assert boilerplate_share(()) == 0
