"""The page for people as a file: what stands in it, that nothing in it can run or load, and how it is cut to size."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from detector import html_report
from detector.data import CATEGORIES, LABELS, Block, Match, Passage, Signal, Verdict
from detector.html_report.details import BLOCKS_A_PAGE, EVIDENCE_BYTES, LEAST_BLOCK, cut, details_of, record_of
from detector.report import Report, ReportWriter
from detector.rows import COLUMNS
from tests.test_report import MATCH, VERDICT

ATTACKS = [
    "</script><script>window.hacked = 1</script>",
    "<!--<script>",
    "--><img src=x onerror='window.hacked = 1'>",
    '"><svg onload=window.hacked=1>',
    "]]>&lt;script&gt;&amp;</title></style>",
    "line\u2028separator\u2029and\x85next",
    "@ROWS@ @ABOUT@ @DETAILS@ @SCRIPT@",
    "javascript:window.hacked=1",
    "\\u003c/script\\u003e \\",
]


def page_of(path: Path) -> LexborHTMLParser:
    return LexborHTMLParser(path.read_text(encoding="utf-8"))


def written(tmp_path: Path, *verdicts: Verdict) -> LexborHTMLParser:
    Report(verdicts).write(tmp_path / "report.html")
    return page_of(tmp_path / "report.html")


def one(page: LexborHTMLParser, selector: str) -> LexborNode:
    (node,) = page.css(selector)
    return node


def data(page: LexborHTMLParser, name: str) -> Any:
    return json.loads(one(page, f"script#{name}").text())


def rows_of(page: LexborHTMLParser) -> list[dict[str, Any]]:
    return [dict(zip(data(page, "about")["columns"], values, strict=True)) for values in data(page, "rows")]


def attacked(text: str) -> Verdict:
    """A verdict whose every text is `text`, but for the names that are ours."""
    match = replace(MATCH, source_url=text, source_title=text, passages=(Passage(0, 9, 0, 9, text, text),))
    return Verdict(
        url=text,
        label="repost",
        score=0.5,
        reason=text,
        match=match,
        matches=(match,),
        blocks=(Block(text, "content", 0.5, (), text),),
        signals=(Signal("evasion", 0.5, text),),
        title=text,
        language=text,
        canonical=text,
        host=text,
        input=text,
        extra={text: text},
    )


def test_a_row_has_the_columns_of_the_report(tmp_path: Path) -> None:
    page = written(tmp_path, VERDICT, replace(VERDICT, url="https://b.example/", score=0.25, label="clean"))
    assert tuple(data(page, "about")["columns"]) == COLUMNS
    worst, other = rows_of(page)
    assert (worst["rank"], worst["url"], worst["score"]) == (1, VERDICT.url, 0.875)
    assert (worst["repost_probability"], worst["offset"]) == (0.987654, 3)  # six digits, as in report.csv
    assert (other["rank"], other["label"]) == (2, "clean")


def test_details_hold_all_of_a_short_page(tmp_path: Path) -> None:
    (details,) = data(written(tmp_path, VERDICT), "details-0")
    assert details["signals"] == [["evasion", 0.6, "9 folds"], ["thin_content", 0.2, "5 words"]]
    (best, other) = details["matches"]
    assert (best["source_url"], best["kind"], best["passage_count"]) == ("https://official.example/a", "garbled", 2)
    assert best["passages"][1] == [5, 20, 20, 35, "fifteen letters", 0, "fifteen LETTERS", 0]
    assert (other["source_url"], other["passages"]) == ("https://official.example/b", [])
    assert details["reasons"] == ["", "clause"]
    assert details["blocks"] == [
        [0, "content", 0.9, "the copied text, which is long", 0, 0],
        [1, "disclaimer", 0.8, "views are the author's | ICP 1", 0, 1, "icp"],
        [2, "breadcrumb", 0.7, "Home > News", 0, 0],
    ]


def test_details_of_many_pages_stand_in_blocks(tmp_path: Path) -> None:
    count = html_report.PAGES_A_BLOCK + 1
    page = written(tmp_path, *(replace(VERDICT, title=str(number), offset=number) for number in range(count)))
    assert [len(data(page, f"details-{number}")) for number in (0, 1)] == [html_report.PAGES_A_BLOCK, 1]
    assert len(rows_of(page)) == count


def test_no_pages_at_all(tmp_path: Path) -> None:
    page = written(tmp_path)
    assert (data(page, "rows"), data(page, "about")["pages"]) == ([], 0)


@pytest.mark.parametrize("text", ATTACKS)
def test_texts_of_pages_never_become_markup(tmp_path: Path, text: str) -> None:
    safe, page = written(tmp_path, VERDICT), written(tmp_path, attacked(text))
    assert [(node.tag, sorted(node.attributes)) for node in page.css("*")] == [
        (node.tag, sorted(node.attributes)) for node in safe.css("*")
    ]
    shown = text.replace("\x85", "\ufffd")
    (row,), (details,) = rows_of(page), data(page, "details-0")
    assert {row[name] for name in ("url", "reason", "title", "host", "source_url", "source_title")} == {shown}
    assert details["blocks"][0][3] == details["matches"][0]["passages"][0][4] == details["signals"][0][2] == shown
    assert details["extra"] == {shown: shown}


@pytest.mark.parametrize("text", ATTACKS)
def test_data_has_no_character_that_means_something_to_html(text: str) -> None:
    raw = html_report.embedded([text, {text: text}])
    assert not set("<>&\u2028\u2029\x85") & set(raw.decode("utf-8"))
    assert json.loads(raw)[0] == text.replace("\x85", "\ufffd")


def test_characters_that_turn_the_direction_are_shown(tmp_path: Path) -> None:
    page = written(tmp_path, attacked("safe\u202egpj.exe\u2066\u2069 \u0627\u200f"))
    assert rows_of(page)[0]["title"] == "safe\ufffdgpj.exe\ufffd\ufffd \u0627\u200f"


def test_lone_surrogates_and_nul(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, attacked("a\ud800b\0c")))[0]["title"] == "a\ufffdb\ufffdc"


def policy_of(page: LexborHTMLParser) -> dict[str, str]:
    content = one(page, "meta[http-equiv]").attributes["content"] or ""
    return dict(rule.partition(" ")[::2] for rule in content.split("; "))


def test_the_policy_allows_the_own_script_and_style_and_nothing_else(tmp_path: Path) -> None:
    page = written(tmp_path, VERDICT)
    policy = policy_of(page)
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "'none'")
    script = next(node for node in page.css("script") if "type" not in node.attributes).text()
    for rule, text in (("script-src", script), ("style-src", one(page, "style").text())):
        assert policy[rule] == f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
    names = [node.tag for node in page.css("head > *")]
    assert names.index("meta") < names.index("style")
    assert "http-equiv" in page.css("head > *")[1].attributes, "the policy stands before all that it is to rule"


def test_nothing_is_loaded(tmp_path: Path) -> None:
    page = written(tmp_path, VERDICT)
    assert page.css("[src], link, iframe, object, embed, base, img, audio, video, [style]") == []
    assert page.css("[href]") == page.css('[href^="#"]')
    assert not any(name.startswith("on") for node in page.css("*") for name in node.attributes)
    style = one(page, "style").text()
    assert "url(" not in style and "@import" not in style and "@font-face" not in style


def test_scripts_never_write_markup() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in Path(html_report.__file__).parent.glob("*.js"))
    sinks = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(|XMLHttpRequest|import\("
    )
    assert re.findall(sinks, scripts) == []


def test_every_script_is_in_the_page(tmp_path: Path) -> None:
    script = "".join(node.text() for node in written(tmp_path).css("script"))
    files = list(Path(html_report.__file__).parent.glob("*.js"))
    assert files and all(path.read_text(encoding="utf-8") in script for path in files)


def test_every_label_and_category_has_a_colour(tmp_path: Path) -> None:
    style = one(written(tmp_path), "style").text()
    names = [f".label-{label}" for label in LABELS] + [f".category-{category}" for category in CATEGORIES]
    assert [name for name in names if f"{name} {{ --hue:" not in style] == []


def test_the_same_verdicts_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        Report([VERDICT]).write(tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_failed_report_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(RuntimeError), ReportWriter(tmp_path / "report.html") as writer:
        writer.add(VERDICT)
        raise RuntimeError
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"report.html": "old"}


# -- cutting --------------------------------------------------------------------------------------------


def test_beyond_the_most_pages_the_worst_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_report, "MOST_PAGES", 3)
    page = written(tmp_path, *(replace(VERDICT, score=score / 10) for score in range(5)))
    assert [row["score"] for row in rows_of(page)] == [0.4, 0.3, 0.2]
    assert (data(page, "about")["pages"], len(data(page, "details-0"))) == (5, 3)


def test_findings_have_more_room_than_other_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_report, "DETAIL_BYTES", 8_000)
    block = Block("word " * 10_000, "content", 0.9)
    same = replace(VERDICT, matches=(), match=None, blocks=(block,) * 400)
    found, other = data(written(tmp_path, same, replace(same, label="clean", score=0.1)), "details-0")
    assert len(json.dumps(found)) > 2 * len(json.dumps(other))
    assert len(json.dumps([found, other])) < 12_000
    assert found["block_count"] == other["block_count"] == 400


@pytest.mark.parametrize("budget", [1_000, 5_000, 100_000])
def test_details_keep_to_their_budget(budget: int) -> None:
    passage = Passage(0, 1, 0, 1, "好" * 9_000, "word " * 9_000)
    match = replace(MATCH, passages=(passage,) * 50)
    blocks = tuple(Block(f"{number} " * 300, ("nav", "content")[number % 2], 0.9, (), "why") for number in range(900))
    verdict = replace(VERDICT, matches=(match, match), blocks=blocks, signals=(Signal("evasion", 1.0, "x" * 9_999),))
    details = details_of(json.loads(record_of(verdict)), budget)
    size = len(json.dumps(details, ensure_ascii=False).encode("utf-8"))
    assert size < 1.5 * budget + EVIDENCE_BYTES + 1_000
    assert details["blocks"] and details["matches"][0]["passages"]
    if budget > 5_000:
        assert size > 0.6 * budget
    page, missing = details["matches"][0]["passages"][0][4:6]
    assert (len(page) + missing, page) == (9_000, "好" * len(page))


def test_the_one_disclaimer_outlives_a_long_menu() -> None:
    menu = tuple(Block(f"item {number}", "nav", 0.9) for number in range(500))
    verdict = replace(VERDICT, matches=(), blocks=(*menu, Block("views are the author's", "disclaimer", 0.9)))
    details = details_of(json.loads(record_of(verdict)), 1_000)
    numbers = [block[0] for block in details["blocks"]]
    assert numbers == sorted(numbers)
    assert numbers[0] == 0 and numbers[-1] == 500
    assert 5 < len(numbers) < 50


def test_a_long_block_leaves_room_for_others() -> None:
    long = Block("a" * 50_000, "content", 0.9)
    details = details_of(json.loads(record_of(replace(VERDICT, matches=(), blocks=(long,) * 5))), 10_000)
    assert len(details["blocks"]) == 5
    for _, _, _, text, missing, *_ in details["blocks"]:
        assert LEAST_BLOCK < len(text) <= 10_000 // BLOCKS_A_PAGE
        assert len(text) + missing == 50_000


@pytest.mark.parametrize(
    ("text", "size", "shown"), [("abc", 3, "abc"), ("abcd", 3, "abc"), ("好好", 5, "好"), ("😀", 3, ""), ("", 0, "")]
)
def test_texts_are_cut_between_characters(text: str, size: int, shown: str) -> None:
    assert cut(text, size) == (shown, len(text) - len(shown))


def test_rows_without_records_say_so() -> None:
    file = io.BytesIO()
    assert html_report.write([html_report.Entry((1, *["" for _ in COLUMNS[1:]]), b"")], file) == 1
    page = LexborHTMLParser(file.getvalue().decode("utf-8"))
    assert data(page, "about")["detailed"] is False
    assert page.css("script#details-0") == []


def test_a_match_without_a_title(tmp_path: Path) -> None:
    bare = Match("https://official.example/a", "", "verbatim", 1.0, 1.0, 1.0, ())
    (details,) = data(written(tmp_path, replace(VERDICT, match=bare, matches=(bare,))), "details-0")
    assert details["matches"][0]["source_title"] == ""
