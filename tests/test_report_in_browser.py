"""The page for people in a real browser: a headless Chromium, where there is one.

With "browser" in CI_REQUIRED a missing one is a failure. CHROMIUM names the program, if it is called otherwise.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from detector.data import Block, Match, Passage, Signal, Verdict
from detector.report import Report, write_page
from detector.report_files import read_report
from tests.needs import skip_without
from tests.samples import SCHEDULER, SCHEDULER_ZH
from tests.test_html_report import ATTACKS, attacked
from tests.test_report import VERDICT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
MISSING = "a browser: install Chromium, and pip install 'repost-detector[browser]'"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

GARBLED = " ".join(word for word in SCHEDULER.split() if len(word) < 6)
CHANGED_ZH = SCHEDULER_ZH.replace("三位客户", "四位用户")


def copy(number: int, label: str = "repost", **changes: Any) -> Verdict:
    match = Match(
        "https://blog.halyard.example/2026/packing",
        "Halyard 4.2 packs batches",
        "garbled",
        0.98,
        0.6,
        0.9,
        (Passage(0, len(GARBLED), 0, len(SCHEDULER), GARBLED, SCHEDULER),),
        140,
    )
    verdict = Verdict(
        url=f"https://farm{number % 3}.example/{number}",
        label=label,
        score=round(0.99 - number / 1000, 4),
        reason=f"copies “Halyard 4.2 packs batches”, number {number}",
        match=match,
        matches=(match,),
        blocks=(Block(GARBLED, "content", 0.99, (), "own text"), Block("Home", "nav", 0.9, ("icp",), "links")),
        signals=(Signal("machine_damage", 0.9, "long words are missing"),),
        title=f"Page {number:03}",
        language="en",
        words=number,
        host=f"farm{number % 3}.example",
        boilerplate_share=0.25,
    )
    return replace(verdict, **changes)


CLEAN = Verdict("https://calm.example/bridge", "clean", 0.01, "nothing found", title="The bridge", host="calm.example")
CHINESE = copy(
    500,
    title="先装满一个，再唤醒下一个",
    language="zh",
    matches=(
        Match(
            "https://blog.halyard.example/zh",
            "先装满",
            "verbatim",
            1.0,
            1.0,
            1.0,
            (Passage(0, 9, 0, 9, CHANGED_ZH, SCHEDULER_ZH),),
        ),
    ),
)
CRAWL = [*(copy(number) for number in range(120)), CLEAN, CHINESE]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None  # type: ignore[assignment]
    if sync_playwright is None or PROGRAM is None:
        skip_without("browser", f"needs {MISSING}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=PROGRAM)
        yield started
        started.close()


Opener = Callable[..., "Page"]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Writes a report and opens it. At the end nothing may have been requested beside it, or gone wrong in it."""
    requests: list[str] = []
    errors: list[str] = []
    contexts = []

    def opened(
        verdicts: list[Verdict], *, file: Path | None = None, expected: tuple[str, ...] = (), **options: Any
    ) -> Page:
        path = file or tmp_path / "report.html"
        if file is None:
            Report(verdicts).write(path)
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: None if any(word in message.text for word in expected) else errors.append(message.text),
        )
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []
    assert [url for url in requests if not url.endswith(".html")] == []


def titles(page: Page) -> list[str]:
    return page.locator(".opener").all_inner_texts()


def wait_for_count(page: Page, text: str) -> None:
    """Typing is answered after a moment. (Waiting for an expression would need the page to allow `eval`.)"""
    page.locator("#count", has_text=text).wait_for()


def head(page: Page, key: str) -> Any:
    return page.locator(f"th:has(button[data-key={key}])")


def body_colour(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def too_wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_the_worst_page_is_first_and_few_rows_are_drawn(show: Opener) -> None:
    page = show(CRAWL)
    assert titles(page)[:2] == ["Page 000", "Page 001"]
    assert len(titles(page)) == 50
    assert page.locator("#count").inner_text() == "1 to 50 of 122 pages"
    assert page.locator(".tile").all_inner_texts()[0].split() == ["121", "repost", "99", "%"]
    page.get_by_role("button", name="Next").first.click()
    assert titles(page)[0] == "Page 050"
    page.get_by_role("button", name="Last").last.click()
    assert titles(page)[-1] == "The bridge"
    assert page.locator("#count").inner_text() == "101 to 122 of 122 pages"


@pytest.mark.parametrize(
    ("key", "first", "again"),
    [
        ("rank", "The bridge", "Page 000"),  # it is sorted by rank before
        ("score", "Page 000", "The bridge"),
        ("words", "先装满一个，再唤醒下一个", "Page 000"),
        ("label", "The bridge", "Page 000"),
        ("share_of_source", "Page 000", "The bridge"),
    ],
)
def test_every_column_sorts_both_ways(show: Opener, key: str, first: str, again: str) -> None:
    page = show(CRAWL)
    column = head(page, key)
    column.locator("button").click()
    directions = [column.get_attribute("aria-sort")]
    assert titles(page)[0] == first
    column.locator("button").click()
    directions.append(column.get_attribute("aria-sort"))
    assert titles(page)[0] == again
    assert sorted(directions) == ["ascending", "descending"]
    assert page.locator("th[aria-sort=none]").count() == page.locator("th").count() - 1


def test_all_heads_can_be_clicked(show: Opener) -> None:
    page = show(CRAWL)
    for place in range(page.locator("th button").count()):
        page.locator("th button").nth(place).click()
        assert page.locator("th").nth(place).get_attribute("aria-sort") != "none"
        assert len(titles(page)) == 50


def test_filters_and_search(show: Opener) -> None:
    page = show(CRAWL)
    page.select_option("#label", "clean")
    assert titles(page) == ["The bridge"]
    assert page.locator("#count").inner_text() == "1 page (of 122)"
    page.get_by_role("button", name="Clear").click()
    wait_for_count(page, "1 to 50 of 122 pages")
    page.fill("#query", "HALYARD number 77")
    wait_for_count(page, "1 page (of 122)")
    assert titles(page) == ["Page 077"]
    page.fill("#query", "")
    page.fill("#host", "farm2")
    wait_for_count(page, "41 pages (of 122)")
    page.fill("#query", "nothing of the kind")
    page.locator("#nothing").wait_for(state="visible")
    assert titles(page) == []


def test_the_figures_filter_too(show: Opener) -> None:
    page = show(CRAWL)
    tile = page.locator(".tile[data-label=clean]")
    tile.click()
    assert (titles(page), tile.get_attribute("aria-pressed")) == (["The bridge"], "true")
    tile.click()
    assert (len(titles(page)), tile.get_attribute("aria-pressed")) == (50, "false")
    page.get_by_role("button", name="farm1.example").click()
    assert page.locator("#count").inner_text() == "40 pages (of 122)"
    assert page.locator("#host").input_value() == "farm1.example"


def test_a_row_opens_and_shows_the_evidence(show: Opener) -> None:
    page = show(CRAWL)
    opener = page.locator(".opener").first
    assert opener.get_attribute("aria-expanded") == "false"
    opener.click()
    assert opener.get_attribute("aria-expanded") == "true"
    inside = page.locator(f"#{opener.get_attribute('aria-controls')}")
    assert "copies “Halyard 4.2 packs batches”, number 0" in inside.locator(".reason").inner_text()
    assert inside.locator(".source-title a").get_attribute("href") == "https://blog.halyard.example/2026/packing"
    assert "long words are missing" in inside.locator(".signals").inner_text()
    assert inside.locator(".block .category").all_inner_texts() == ["content", "nav", "+ icp"]
    assert "90 %" in inside.locator(".block").nth(1).inner_text().replace("\xa0", " ")
    missing = inside.locator(".side del").all_inner_texts()
    assert "scheduler" in " ".join(missing).split()
    assert inside.locator(".key del").inner_text() == "in the post only"
    assert inside.locator("ins").count() == 0
    sides = inside.locator(".side .text").all_inner_texts()
    assert [side.split() for side in sides] == [GARBLED.split(), SCHEDULER.split()]
    opener.click()
    assert inside.count() == 0


def test_a_menu_is_one_item_until_it_is_opened(show: Opener) -> None:
    menu = tuple(Block(f"Item {number}", "nav", 0.9 + number / 1000, (), "links") for number in range(30))
    text = tuple(Block(f"Paragraph {number}", "content", 0.9) for number in range(6))
    page = show([copy(1, blocks=(*menu, *text, Block("Legal", "nav", 0.8, ("disclaimer",)))), CLEAN])
    page.locator(".opener").first.click()
    assert page.locator(".blocks > li").count() == 1 + 6 + 1
    run = page.locator(".run summary")
    assert "Item 0" in run.inner_text() and "30 blocks" in run.inner_text()
    assert run.locator(".number").inner_text().replace("\xa0", " ") == "90 % to 93 %"
    assert page.locator(".run .block").count() == 1
    run.press("Enter")
    page.locator(".run ol .text", has_text="Item 29").wait_for()
    assert page.locator(".run ol .block").count() == 30


def test_more_blocks_are_drawn_when_asked_for(show: Opener) -> None:
    page = show([copy(1, blocks=tuple(Block(f"Paragraph {number}", "content", 0.9) for number in range(300))), CLEAN])
    page.locator(".opener").first.click()
    assert page.locator(".block").count() == 120
    page.get_by_role("button", name="Show 180 more blocks").press("Enter")
    assert page.locator(".block").count() == 300
    assert page.evaluate("document.activeElement.textContent").startswith("content") is True
    assert "left out" not in page.locator(".blocks").inner_text()


def test_opened_rows_stay_open_when_sorted(show: Opener) -> None:
    page = show(CRAWL[:10])
    page.locator(".opener").nth(3).click()
    head(page, "words").locator("button").click()
    assert page.locator(".opener[aria-expanded=true]").all_inner_texts() == ["Page 003"]
    assert page.locator(".opened").count() == 1


def test_chinese_is_compared_by_characters_and_drawn_as_chinese(show: Opener) -> None:
    page = show([CHINESE, CLEAN])
    page.locator(".opener").first.click()
    assert page.locator(".passage ins").all_inner_texts() == ["四", "用"]
    assert page.locator(".passage del").all_inner_texts() == ["三", "客"]
    assert page.locator(".passage .text").first.get_attribute("lang") == "zh"
    assert "CJK SC" in page.evaluate("getComputedStyle(document.querySelector('.passage .text')).fontFamily")


@pytest.mark.parametrize(
    ("left", "right", "only_left", "only_right"),
    [
        ("a b c", "a b c", [], []),
        ("The Cat’s here", "the cat's here", [], []),
        ("one two three", "one 2 three", ["two"], ["2"]),
        ("", "all new", [], ["all new"]),
        ("x a b c", "a b c y", ["x "], [" y"]),
        ("我们在三月重写", "我们在五月重写", ["三"], ["五"]),
        ("a, b", "a b", [","], []),
    ],
)
def test_differences(show: Opener, left: str, right: str, only_left: list[str], only_right: list[str]) -> None:
    found = show([CLEAN, copy(1)]).evaluate("([left, right]) => differences(left, right)", [left, right])
    for side, text, only in ((found["left"], left, only_left), (found["right"], right, only_right)):
        assert "".join(piece["text"] for piece in side) == text
        assert [piece["text"].strip() for piece in side if not piece["same"]] == [piece.strip() for piece in only]


def test_differences_of_long_texts_are_found_in_time(show: Opener) -> None:
    page = show([CLEAN, copy(1)])
    words = "const words = Array.from({ length: 40000 }, (_, at) => `w${(at * 7919) % 40009}`);"
    kept = f"(() => {{ {words} const start = performance.now(); const found = differences(words.join(' '), "
    kept += "words.filter((_, at) => at % 9).join(' ')); return [found.common, performance.now() - start]; })()"
    common, milliseconds = page.evaluate(kept)
    assert common > 0.85
    assert milliseconds < 5_000


def test_light_and_dark(show: Opener) -> None:
    page = show(CRAWL, color_scheme="dark")
    dark = body_colour(page)
    button = page.locator("#theme")
    assert button.inner_text() == "Theme: auto"
    button.click()
    light = body_colour(page)
    assert (button.inner_text(), light != dark) == ("Theme: light", True)
    button.click()
    assert (button.inner_text(), body_colour(page)) == ("Theme: dark", dark)
    page.reload()
    assert (page.locator("#theme").inner_text(), body_colour(page)) == ("Theme: dark", dark)
    assert body_colour(show(CRAWL, color_scheme="light")) == light


def test_the_keyboard_is_enough(show: Opener) -> None:
    page = show(CRAWL)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.dataset.key || document.activeElement.id"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline not in ("none", ""), f"focus cannot be seen on {seen[-1]}"
        if seen[-1] == "score":
            page.keyboard.press("Enter")
            page.keyboard.press("Space")
            assert titles(page)[0] == "The bridge"
            assert page.evaluate("document.activeElement.dataset.key") == "score"
        if seen[-1].startswith("open-"):
            break
    assert {"theme", "query", "label", "kind", "host", "rank", "score", "title", "reason"} <= set(seen)
    page.keyboard.press("Enter")
    assert page.locator(".opener").first.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Space")
    assert page.locator(".opened").count() == 0


def test_a_phone_needs_no_scrolling_sideways(show: Opener) -> None:
    long = copy(999, title="x" * 400, url=f"https://farm.example/{'y' * 500}", reason="z" * 700, score=1.0)
    page = show([long, *CRAWL], viewport=PHONE, has_touch=True)
    assert too_wide(page) == 0
    page.locator(".opener").first.tap()
    page.locator("#charts summary").tap()
    assert too_wide(page) == 0
    page.select_option("#sort", "words")
    assert titles(page)[0].startswith("x")
    page.locator("#direction").tap()
    assert titles(page)[0] == "Page 000"
    # The head is no longer seen, but still read out.
    assert head(page, "words").get_attribute("aria-sort") == "ascending"


def test_a_desktop_needs_none_either(show: Opener) -> None:
    for width in (760, 1024, 1280, 1920):
        page = show(CRAWL, viewport={"width": width, "height": 900})
        page.locator(".opener").first.click()
        assert too_wide(page) == 0, f"at {width} pixels"


def test_hostile_pages_change_nothing(show: Opener) -> None:
    page = show([*(replace(attacked(text), score=0.9 - place / 100) for place, text in enumerate(ATTACKS)), CLEAN])
    for place in range(len(ATTACKS)):
        page.locator(".opener").nth(place).click()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, iframe, table svg[onload], #table script").count() == 0
    shown = page.locator(".opener").all_inner_texts()
    assert shown[0] == ATTACKS[0]
    links = page.eval_on_selector_all("a[href]", "links => links.map((link) => link.protocol)")
    assert set(links) <= {"file:", "https:", "http:"}


def test_no_script_can_write_markup(show: Opener) -> None:
    page = show([CLEAN, copy(1)], expected=("TrustedHTML",))
    tried = (
        "() => { try { document.body.innerHTML = '<b>x</b>'; return 'written'; } catch (error) { return error.name; } }"
    )
    assert page.evaluate(tried) == "TypeError"
    page.evaluate("document.body.append(Object.assign(document.createElement('p'), { id: 'alive' }))")
    assert page.locator("#alive").count() == 1


def test_ten_thousand_rows(show: Opener) -> None:
    page = show([copy(number) if number % 3 else replace(CLEAN, offset=number) for number in range(10_000)])
    assert page.locator("tr").count() == 51
    assert page.locator("#count").inner_text() == "1 to 50 of 10,000 pages"
    page.fill("#query", "number 9998")
    wait_for_count(page, "1 page (of 10,000)")
    page.locator(".opener").click()
    assert "number 9998" in page.locator(".opened .reason").inner_text()
    assert page.locator(".passage .text").first.inner_text() != ""


def test_a_report_of_one_page_is_open(show: Opener) -> None:
    page = show([VERDICT])
    assert page.locator(".opened .reason").inner_text() == VERDICT.reason
    assert not page.locator("#filters").is_visible()


def test_a_report_of_none(show: Opener) -> None:
    assert show([]).locator("#nothing").count() == 1


def test_a_report_made_of_rows_says_what_it_lacks(show: Opener, tmp_path: Path) -> None:
    Report(CRAWL).write(tmp_path / "report.csv")
    write_page(read_report(tmp_path / "report.csv", []), tmp_path / "rows.html")
    page = show([], file=tmp_path / "rows.html")
    assert titles(page)[0] == "Page 000"
    page.locator(".opener").first.click()
    inside = page.locator(".opened").inner_text()
    assert "Halyard 4.2 packs batches" in inside and "machine damage" in inside and ".jsonl" in inside


def test_shortened_texts_say_so(show: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.html_report.DETAIL_BYTES", 1_000)
    blocks = tuple(Block(f"word{number} " * 90, "content", 0.9, (), "own text") for number in range(40))
    page = show([copy(1, blocks=blocks), CLEAN])
    page.locator(".opener").first.click()
    inside = page.locator(".opened").inner_text()
    assert "… shortened by" in inside
    assert "blocks of 40 left out here" in inside


def test_the_report_says_what_it_is_about(show: Opener) -> None:
    one = Verdict("https://a.example/<b>", "clean", 0.1, "fine", host="a.example")
    other = Verdict("https://a.example/2", "clean", 0.1, "fine", host="a.example")
    third = Verdict("https://b.example/", "clean", 0.1, "fine", host="b.example")
    for verdicts, name in (([one], one.url), ([one, other], "a.example"), ([one, other, third], "2 hosts")):
        page = show(verdicts)
        assert page.locator("h1").inner_text() == f"Repost report: {name}"
        assert page.title().startswith(f"Repost report: {name}")
