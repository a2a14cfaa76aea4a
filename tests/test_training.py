"""Training and evaluation of the boilerplate model: labels from gold, figures, and that a fit can be shipped."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from detector.data import CATEGORIES, Document, Page, SourceBlock
from detector.document import parse
from detector.grammar import labelled_blocks, written_pages
from detector.training import gold, quality
from detector.training.evaluation import beyond_limits
from detector.training.examples import plain
from detector.training.synthetic import Forms, is_held_out, page, surrounded, written
from detector.training.weak_labels import UNKNOWN, title_block, weak_categories

ARTICLE = (
    "The ferry left an hour late because the harbour pilot had overslept.",
    "Nobody on board complained, since the morning was calm and the coffee was free.",
    "When the island came into view, the captain sounded the horn three times.",
)


@pytest.mark.parametrize(
    ("blocks", "gold_text", "covered"),
    [
        pytest.param(["Home", *ARTICLE, "Contact"], "\n\n".join(ARTICLE), [0, 1, 1, 1, 0], id="article between chrome"),
        pytest.param(
            ["captain", "coffee", *ARTICLE], "\n".join(ARTICLE), [0, 0, 1, 1, 1], id="a menu word of the text"
        ),
        pytest.param([*ARTICLE, *ARTICLE], "\n".join(ARTICLE), [1, 1, 1, 0, 0, 0], id="said twice, wanted once"),
        pytest.param([ARTICLE[2], ARTICLE[0], ARTICLE[1]], "\n".join(ARTICLE), [1, 1, 1], id="another order"),
        pytest.param(
            ["短い文。", "渡し船は一時間遅れて港を出た。"], "渡し船は一時間遅れて港を出た。", [0, 1], id="unspaced"
        ),
        pytest.param(["Notes", ARTICLE[0]], "Notes\n" + ARTICLE[0], [1, 1], id="one-word heading in place"),
        pytest.param(["a", "b"], "", [0, 0], id="no gold"),
        pytest.param([], ARTICLE[0], [], id="no blocks"),
    ],
)
def test_coverage(blocks: list[str], gold_text: str, covered: list[int]) -> None:
    assert (gold.coverage(blocks, gold_text) >= 0.5).astype(int).tolist() == covered


def test_coverage_is_a_share() -> None:
    half = ARTICLE[0] + " Something else entirely was added here by an advertiser."
    assert 0.3 < gold.coverage([half], ARTICLE[0])[0] < 0.7


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://news.example.co.uk/a", "example.co.uk"),
        ("http://a.b.example.com/", "example.com"),
        ("https://www.example.com.cn/x", "example.com.cn"),
        ("https://someone.github.io/post", "someone.github.io"),
        ("http://localhost/x", "-"),
        (None, "-"),
        ("notes/one.md", "-"),
    ],
)
def test_site_of(url: str | None, site: str) -> None:
    assert gold.site_of(url, "-") == site


def test_folds_keep_a_site_together_and_are_all_used() -> None:
    sites = [f"site{number}.example" for number in range(200)]
    assert {gold.fold_of(site, 5) for site in sites} == set(range(5))
    assert 0.05 < np.mean([gold.is_validation(site) for site in sites]) < 0.25


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Über 3 Dinge, 世界!", ["über", "3", "dinge", "世", "界"]),
        ("カタカナとabc", ["カ", "タ", "カ", "ナ", "と", "abc"]),
        ("한국어 단어", ["한국어", "단어"]),
        ("snake_case don't", ["snake_case", "don", "t"]),
        (" \n", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert quality.tokens(text) == tokens


@pytest.mark.parametrize(
    ("extracted", "wanted", "size", "score"),
    [
        ("a b c", "a b c", 1, 1.0),
        ("a b", "a b c d", 1, 2 / 3),
        ("a a a a", "a b", 1, 1 / 3),
        ("b a", "a b", 1, 1.0),
        ("", "", 1, 1.0),
        ("", "a", 1, 0.0),
        ("a b c d e", "a b c d e", 4, 1.0),
        ("e d c b a", "a b c d e", 4, 0.0),
        ("a b", "a b", 4, 1.0),
    ],
)
def test_token_f1(extracted: str, wanted: str, size: int, score: float) -> None:
    assert quality.token_f1(extracted, wanted, size) == pytest.approx(score)


def test_snippets_count_over_all_pages() -> None:
    first = quality.snippet_counts("one two\nthree", ["two three", "four"], ["one", "five"])
    assert first == (1, 1, 1, 1)
    assert quality.snippet_f1(np.array([first, (3, 0, 0, 2)])) == pytest.approx(2 * 4 / (2 * 4 + 1 + 1))


def test_second_label_counts_as_right() -> None:
    counts = quality.category_counts(
        [["disclaimer", "icp"], ["icp"], ["content"], ["nav"]], ["icp", "icp", "nav", "nav"], CATEGORIES
    )
    scores = dict(zip(CATEGORIES, quality.category_f1(counts), strict=True))
    assert scores["icp"] == 1.0
    assert scores["nav"] == pytest.approx(2 / 3)
    assert scores["content"] == 0.0
    assert np.isnan(scores["disclaimer"])
    assert quality.macro_f1(counts[None]) == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_interval_contains_the_figure() -> None:
    rows = np.random.default_rng(1).random(80)
    figure, low, high = quality.interval(lambda drawn: float(drawn.mean()), rows)
    assert low < figure < high
    assert (low, high) == quality.interval(lambda drawn: float(drawn.mean()), rows)[1:]


def test_weak_categories_trust_names_and_closed_forms_only() -> None:
    from detector.block_features import fold
    from detector.closed_forms import Clause, ClosedForms

    blocks = (
        SourceBlock("Home", "li", "nav/ul/li", "menu-item"),
        SourceBlock(ARTICLE[0], "p", "div/p", "entry"),
        SourceBlock("Alle Rechte vorbehalten", "p", "div/p"),
        SourceBlock("Something", "p", "div/p", "x1f"),
        SourceBlock("A long life of the author. " * 20, "div", "div", "author-name"),
    )
    forms = ClosedForms.compile([Clause("copyright", 2, "Alle Rechte vorbehalten")])
    content = np.array([False, True, False, False, False])
    found = forms.find(fold([block.text for block in blocks]))
    labels = weak_categories(blocks, content, found).tolist()
    expected = [CATEGORIES.index("nav"), 0, CATEGORIES.index("copyright"), UNKNOWN, UNKNOWN]
    assert labels == expected


def test_title_block_prefers_the_heading() -> None:
    blocks = (SourceBlock("The ferry was late"), SourceBlock("The ferry was late", level=1), SourceBlock(ARTICLE[0]))
    overlap, covered = np.array([1.0, 1.0, 0.1]), np.array([0.9, 0.9, 0.1])
    content = np.array([False, False, True])
    assert title_block(blocks, overlap, covered, content) == 1
    assert title_block(blocks, overlap * 0.1, covered, content) == UNKNOWN


def test_made_up_pages_use_every_language_and_keep_forms_apart() -> None:
    blocks = list(labelled_blocks())
    held_out = {block.form for block in blocks if is_held_out(block)}
    assert 0 < len(held_out) < len({block.form for block in blocks}) / 4
    forms = Forms.of(block for block in blocks if not is_held_out(block))
    assert {"en", "zh-Hans"} <= set(forms.languages())
    random = np.random.default_rng(0)
    for from_html in (True, False):
        example = page(forms, "en", 1, random, from_html)
        assert example.document.from_html == from_html
        assert example.content.any()
        assert len(example.category) == len(example.document.blocks)
        assert any(block.tag for block in example.document.blocks) == from_html


def test_written_pages_are_text_with_all_labels_known() -> None:
    pages = list(written_pages())
    assert 0 < sum(map(is_held_out, pages)) < len(pages) / 4
    example = written(pages[0], 0.5)
    assert not example.document.from_html and example.read and example.judged.all() and not example.made_up
    assert [block.text for block in example.document.blocks] == [block.text for block in pages[0].blocks]
    assert [CATEGORIES[label] for label in example.category] == [block.category for block in pages[0].blocks]


def test_plain_rendering_keeps_labels_with_their_lines() -> None:
    forms = Forms.of(labelled_blocks())
    document = Document(
        url="",
        blocks=(SourceBlock("Menu", "li"), SourceBlock("x = 1\ny = 2", "pre"), SourceBlock(ARTICLE[0], "p")),
        from_html=True,
    )
    labels = np.array([CATEGORIES.index("nav"), 0, 0], np.int16)
    from detector.training.examples import Example

    example = Example("t", "t", document, labels, np.ones(3, bool), 1.0)
    rendered = plain(example, np.random.default_rng(0))
    lines = [block.text for block in rendered.document.blocks]
    assert lines[-3:] == ["x = 1", "y = 2", ARTICLE[0]]
    assert rendered.category[-3:].tolist() == [0, 0, 0]
    assert not rendered.document.from_html and rendered.copy
    wrapped = surrounded(rendered, forms, "xx", np.random.default_rng(3))
    assert len(wrapped.document.blocks) == len(wrapped.category) == len(wrapped.judged) > len(lines)
    # What teaches a page as text is its original: each line knows the block it comes from, what was put in none.
    origin = wrapped.blocks_of_original
    assert wrapped.original is example and origin is not None and len(origin) == len(wrapped.category)
    for block, at in zip(wrapped.document.blocks, origin.tolist(), strict=True):
        assert (at >= 0) == (block.text in lines) and (at < 0 or block.text in document.blocks[at].text.split("\n"))


def test_pinned_limits(tmp_path: Path) -> None:
    limits = tmp_path / "baseline.json"
    floors = {"a.b": 0.5, "a.c": 0.5, "a.missing": 0.9, "interval": 0.7}
    limits.write_text(json.dumps({"floors": floors, "ceilings": {"a.b": 0.4, "a.c": 0.5, "missing": 0}}))
    failures = beyond_limits({"a": {"b": 0.4, "c": 0.6}, "interval": [0.6, 0.5, 0.7]}, limits)
    assert failures == ["a.b is 0.4, pinned at 0.5", "interval is 0.6, pinned at 0.7", "a.c is 0.6, pinned at 0.5"]


def test_fit_can_be_saved_loaded_and_used(tmp_path: Path) -> None:
    """A model of made-up pages only: small, but it tells content from boilerplate in both modes."""
    from detector.boilerplate import BoilerplateModel
    from detector.closed_forms import ClosedForms, read_clauses
    from detector.resources import datasets_dir, save_model
    from detector.training.blocks import fit
    from detector.training.examples import with_features

    forms = Forms.of(block for block in labelled_blocks(per_form=2) if block.language == "en")
    random = np.random.default_rng(0)
    examples = [page(forms, "en", number, random, number % 2 == 0) for number in range(60)]
    closed_forms = ClosedForms.compile(read_clauses(datasets_dir() / "closed_forms.tsv"))
    description, arrays = fit(with_features(examples, closed_forms), closed_forms, lambda line: None)
    save_model(tmp_path / "boilerplate_v1", description, arrays)
    model = BoilerplateModel.load(tmp_path / "boilerplate_v1")
    right = total = 0
    for example in (page(forms, "en", number, random, number % 2 == 0) for number in range(100, 110)):
        given = [block.category == "content" for block in model.classify(example.document)]
        right += int((np.array(given) == example.content).sum())
        total += len(given)
    assert right / total > 0.8


def test_gold_labels_of_a_parsed_page() -> None:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLE)
    html = f"<body><nav><a href=/>Home</a></nav><article><h1>Late ferry</h1>{paragraphs}</article></body>"
    document = parse(Page(url="https://ferry.example/", html=html))
    covered = gold.coverage([block.text for block in document.blocks], "\n".join(ARTICLE)) >= 0.5
    assert [block.text for block, content in zip(document.blocks, covered, strict=True) if content] == list(ARTICLE)
