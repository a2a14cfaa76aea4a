import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from detector.data import CATEGORIES
from detector.fillers import FILLERS, PROVINCES, icp
from detector.grammar import DatasetInvalid, LabelledBlock, expand, labelled_blocks, parse, written_pages

LANGUAGES = ["de", "en", "es", "fr", "ja", "ko", "pt", "ru", "zh-Hans", "zh-Hant"]
# 8 digits (two of the year), or 10 (four); operators have a certificate instead.
ICP = re.compile(
    rf"\[?[{PROVINCES}] ?ICP ?(?:[备備] ?(?:\d{{8}}|\d{{10}})(?: ?[号號])?(?:-\d)?|证(?:\d{{6}}号|:.B2-\d{{8}}))\]?"
)


@pytest.fixture(scope="module")
def blocks() -> list[LabelledBlock]:
    return list(labelled_blocks())


def test_every_language_has_every_category(blocks: list[LabelledBlock]) -> None:
    assert sorted({block.language for block in blocks}) == LANGUAGES
    for language in LANGUAGES:
        assert {block.category for block in blocks if block.language == language} == set(CATEGORIES)


def test_blocks_are_finished_texts(blocks: list[LabelledBlock]) -> None:
    for block in blocks:
        assert block.text.strip() == block.text != ""
        assert not re.search(r"\{[a-z_]+\}", block.text)
        assert set(block.also) <= set(CATEGORIES) - {block.category}


def test_expansions_differ(blocks: list[LabelledBlock]) -> None:
    repeated = sum(count - 1 for count in Counter((block.language, block.text) for block in blocks).values())
    assert repeated < 0.06 * len(blocks)


def test_the_same_seed_gives_the_same_blocks(blocks: list[LabelledBlock]) -> None:
    assert list(labelled_blocks()) == blocks
    assert list(labelled_blocks(seed=1)) != blocks


def test_filing_numbers_of_every_province_in_every_form() -> None:
    random = Random(0)
    numbers = [icp(random) for _ in range(4_000)]
    assert all(ICP.fullmatch(number) for number in numbers)
    assert {char for number in numbers for char in number[:2]} >= set(PROVINCES)
    for form in (r"备\d{8}号$", r"备\d{10}号$", r"号-\d$", r" ICP 备 ", r"^\[", r"备\d+$", r"ICP证\d"):
        assert any(re.search(form, number) for number in numbers), form


@pytest.mark.parametrize("name", FILLERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_speaks_every_language(name: str, language: str) -> None:
    random = Random(1)
    assert len({FILLERS[name](random, language) for _ in range(30)}) > 1


@pytest.mark.parametrize(
    ("template", "texts"),
    [
        ("plain", {"plain"}),
        ("a[b]c", {"ac", "abc"}),
        ("(x|y)", {"x", "y"}),
        ("(x|y[z])!", {"x!", "y!", "yz!"}),
        (r"\(x\) \{n\}", {"(x) {n}"}),
        ("a | b", {"a | b"}),
        ("(|x)", {"", "x"}),
    ],
)
def test_syntax(template: str, texts: set[str]) -> None:
    random = Random(0)
    assert {expand(parse(template), random, "en") for _ in range(60)} == texts


def test_a_block_has_one_title() -> None:
    first, second = expand(parse("{title}#{title}"), Random(0), "en").split("#")
    assert first == second


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("content", "has no tab"),
        ("content!\ttext", "'content!' is no label"),
        ("content*3-2\ttext", "cannot make 3-2 lines"),
        ("contents\ttext", "no category is called 'contents'"),
        ("icp+shop\ttext", "no category is called 'shop'"),
        ("content\t{nothing}", "no placeholder is called 'nothing'"),
        ("content\t{icp", "not closed"),
        ("content\t(a|b", "not closed"),
        ("content\t[a", "not closed"),
        ("content\ta)", "closes nothing"),
        ("content\tcall()", "nothing to choose from"),
    ],
)
def test_malformed_lines_are_named(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "en.tsv").write_text(f"# comment\n\ncontent\tfine\n{line}\n", encoding="utf-8")
    with pytest.raises(DatasetInvalid, match=re.escape(says)) as caught:
        list(labelled_blocks(tmp_path))
    assert str(caught.value).startswith("en.tsv, line 4: ")


PAGE = """# a comment
# page: a post
title\t{title}
byline+share_ui\t{date} [Share]
related*2-3\t{headline}

# page: another
content\tText of {brand}.
content\t{brand} again.
"""


def test_written_pages_keep_their_lines_together(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text(PAGE, encoding="utf-8")
    pages = list(written_pages(tmp_path, times=20))
    assert [page.form for page in pages] == ["en:2"] * 20 + ["en:7"] * 20
    categories = [[block.category for block in page.blocks] for page in pages[:20]]
    assert {len(own) for own in categories} == {4, 5}
    assert categories[0][:3] == ["title", "byline", "related"]
    assert pages[0].blocks[1].also == ("share_ui",)
    for page in pages[20:]:
        first, second = (block.text for block in page.blocks)
        assert first == f"Text of {second.removesuffix(' again.')}."
    assert list(written_pages(tmp_path, times=20)) == pages


def test_lines_before_the_first_page_are_named(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("content\ttext\n", encoding="utf-8")
    with pytest.raises(DatasetInvalid, match=r"en\.tsv, line 1: stands before the first page"):
        list(written_pages(tmp_path))
