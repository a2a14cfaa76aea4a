"""The shipped boilerplate model: what it must say of ordinary pages, and that no page can break it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from detector import kernels
from detector.block_features import COLUMNS, TEXT_BUCKETS, columns, featurise, fold, text_buckets
from detector.boilerplate import NAME, BoilerplateModel, Linear
from detector.closed_forms import Clause, ClosedForms, read_clauses
from detector.data import CATEGORIES, Document, ModelInvalid, Page, SourceBlock
from detector.document import parse
from detector.resources import datasets_dir, load_model, models_dir, save_model

ENGLISH = (
    "The town council voted on Tuesday to repair the old stone bridge before winter, after two engineers warned that "
    "its eastern arch could not carry lorries any longer.",
    "Work begins in March and will take about nine weeks. During that time, traffic is led over the dam road, which "
    "adds some twelve minutes to the way into the centre.",
    "Shopkeepers near the bridge had asked for a temporary footpath. The council agreed, and will put up a wooden "
    "walkway with lights so that customers can still reach the market on foot.",
    "The repair costs less than was feared: the quarry across the river offered the stone for free, provided that "
    "its name is carved into the parapet.",
)
CHINESE = (
    "镇上那座老石桥的东侧桥拱出现裂缝，两位工程师建议在入冬之前完成维修，镇议会周二就此进行了表决。",
    "工程将于三月开工，预计需要九周时间。施工期间车辆改走堤坝路，进城大约要多花十二分钟。",
    "桥边的店主希望修一条临时步道，议会同意搭建一座带照明的木桥，让顾客仍然可以步行去集市。",
    "维修费用比预想的少：河对岸的采石场愿意免费提供石料，条件是把它的名字刻在护栏上。",
)
CHROME = (
    ("下一篇：今年的集市推迟到五月", "related"),
    ("分享到：", "share_ui"),
    ("扫描二维码关注公众号", "promo"),
    ("免责声明：本文来自网友投稿，观点仅代表作者本人，如有侵权请联系删除。", "disclaimer"),
    ("粤ICP备2021009421号-3", "icp"),
    ("Powered by Z-BlogPHP", "powered_by"),
    ("Copyright © 2019-2024 All Rights Reserved.", "copyright"),
    ("We use cookies to improve your experience. Accept all cookies", "consent"),
    ("Leave a Reply", "comment"),
    ("Related articles", "related"),
    ("Subscribe to our newsletter", "promo"),
    ("Alle Rechte vorbehalten", "copyright"),
    ("Ce site utilise des cookies", "consent"),
    ("関連記事", "related"),
)


@pytest.fixture(scope="module")
def model() -> BoilerplateModel:
    return BoilerplateModel.load()


def document(*lines: str, title: str = "") -> Document:
    return Document(url="", title=title, blocks=tuple(SourceBlock(line) for line in lines))


def mostly_content(categories: list[str]) -> bool:
    """All but one: of so few lines at the edge of a text the model is now and then wrong about one."""
    return categories.count("content") >= len(categories) - 1


@pytest.mark.parametrize(
    ("menu", "path", "prose"),
    [
        (("首页", "新闻中心", "产品中心", "关于我们"), "当前位置：首页 > 本地新闻 > 正文", CHINESE),
        (("Home", "News", "Products", "Shop"), "Home » News » Local", ENGLISH),
    ],
    ids=["zh", "en"],
)
def test_menu_and_path_above_the_text(
    model: BoilerplateModel, menu: tuple[str, ...], path: str, prose: tuple[str, ...]
) -> None:
    found = [block.category for block in model.classify(document(*menu, path, *prose))]
    assert found[: -len(prose)] == ["nav"] * len(menu) + ["breadcrumb"]
    assert mostly_content(found[-len(prose) :])


@pytest.mark.parametrize(("line", "category"), CHROME, ids=[category + ": " + line[:12] for line, category in CHROME])
@pytest.mark.parametrize("prose", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_category_of_a_line_below_the_text(
    model: BoilerplateModel, prose: tuple[str, ...], line: str, category: str
) -> None:
    blocks = model.classify(document("The bridge", *prose, line))
    assert blocks[-1].category == category
    assert mostly_content([block.category for block in blocks[1:-1]])


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("免责声明：本站不拥有所有权，不承担相关法律责任，如有侵权请联系删除。桂ICP备2021009421号", "icp"),
        ("Copyright © 2020 版权所有 京ICP备12345678号 京公网安备11010502030143号", "copyright"),
    ],
)
def test_second_category_of_the_same_line(model: BoilerplateModel, text: str, also: str) -> None:
    block = model.classify(document(*CHINESE, text))[-1]
    assert also in (block.category, *block.also)
    assert len({block.category, *block.also}) >= 2
    assert block.reason.startswith("closed form: ")


@pytest.mark.parametrize(
    "text",
    [
        "网站备案的流程并不复杂：先在服务商处提交资料，再由管理局审核，通过后会得到形如“京ICP备12345678号”的编号，"
        "把它放在页面底部即可。整个过程一般需要两到三周，期间网站不能打开，所以最好在上线之前一个月就开始准备。",
        "The phrase “all rights reserved” once had a meaning of its own: under the Buenos Aires Convention of 1910 an "
        "author had to state it to be protected in the other member states, and printers got so used to it that it is "
        "still found under most pages today, although no country has asked for it since the year 2000.",
    ],
    ids=["filing numbers", "copyright lines"],
)
def test_an_article_about_boilerplate_is_content(model: BoilerplateModel, text: str) -> None:
    prose = CHINESE if "备" in text else ENGLISH
    assert model.classify(document(*prose[:2], text, *prose[2:]))[2].category == "content"


HTML = """<html><head><title>Old bridge to be repaired | Valley Courier</title></head><body>
<header><nav><ul>{nav}</ul></nav></header>
<div class="breadcrumbs"><a href="/">Home</a> &gt; <a href="/local">Local</a></div>
<article class="story"><h1>Old bridge to be repaired</h1>
<div class="byline">By <a href="/jo">Jo Lind</a>, 4 May 2021</div>
<div class="story-body">{prose}</div></article>
<div class="share-buttons"><a href="#">Facebook</a> <a href="#">Twitter</a></div>
<aside class="related-stories"><h3>More stories</h3><ul>{related}</ul></aside>
<footer class="site-footer"><p>© 2021 Valley Courier. All rights reserved.</p></footer></body></html>"""


def news_page() -> Document:
    nav = "".join(f'<li class="menu-item"><a href="/{name}">{name}</a></li>' for name in ("News", "Sport", "Weather"))
    related = "".join(f'<li><a href="/{n}">{n} things to do at the lake this weekend</a></li>' for n in range(5, 10))
    prose = "".join(f"<p>{paragraph}</p>" for paragraph in ENGLISH)
    return parse(Page(url="https://courier.example/a", html=HTML.format(nav=nav, prose=prose, related=related)))


def test_html_page(model: BoilerplateModel) -> None:
    page = news_page()
    blocks = model.classify(page)
    assert [block.text for block in blocks] == [block.text for block in page.blocks]
    given = {block.text: block.category for block in blocks}
    assert [text for text, category in given.items() if category == "content"] == list(ENGLISH)
    assert given["Old bridge to be repaired"] == "title"
    assert given["Sport"] == "nav"
    assert given["9 things to do at the lake this weekend"] == "related"
    assert given["© 2021 Valley Courier. All rights reserved."] == "copyright"


def test_every_block_has_a_known_category_a_probability_and_a_reason(model: BoilerplateModel) -> None:
    for block in model.classify(news_page()):
        assert block.category in CATEGORIES
        assert 0 <= block.confidence <= 1
        assert block.reason and "\n" not in block.reason and len(block.reason) < 200
        assert block.category not in block.also and len(set(block.also)) == len(block.also)


def test_nothing_is_remembered_between_pages(model: BoilerplateModel) -> None:
    first = model.classify(news_page())
    model.classify(document(*(text for text, _ in CHROME)))
    assert model.classify(news_page()) == first


def test_the_first_of_the_same_titles_is_the_title(model: BoilerplateModel) -> None:
    name = "Old bridge to be repaired"
    blocks = model.classify(document(name, *ENGLISH[:2], name, *ENGLISH[2:], f"“{name}”", title=name))
    assert [blocks[at].category for at in (0, 3, 6)] == ["title", "title_dup", "title_dup"]
    assert mostly_content([blocks[at].category for at in (1, 2, 4, 5)])


def test_own_text_that_says_the_same_as_the_title_says_so(model: BoilerplateModel) -> None:
    name, other = "镇议会表决维修老石桥", "镇议会表决维修新石桥"
    lines = [name, *CHINESE[:2], other, *CHINESE[2:]]
    without = model.classify(document(*lines))
    repeated = model.classify(document(*(name if line == other else line for line in lines)))
    assert (without[3].category, repeated[3].category) == ("content", "title_dup")
    assert repeated[3].reason == "says the same as the title"
    assert repeated[3].confidence == 0.5


def test_a_title_of_few_letters_is_repeated_in_own_text(model: BoilerplateModel) -> None:
    blocks = model.classify(document("石桥", *CHINESE[:2], "石桥", *CHINESE[2:]))
    assert blocks[3].reason != "says the same as the title"


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param((), id="no blocks"),
        pytest.param((SourceBlock("x"),), id="one letter"),
        pytest.param((SourceBlock("\u200b\u202e"),), id="nothing but invisible characters"),
        pytest.param((SourceBlock("\U0001f600" * 50), SourceBlock("\ufdfa" * 50)), id="astral and long expansions"),
        pytest.param((SourceBlock("a " * 400_000),), id="a huge block"),
        pytest.param(
            tuple(SourceBlock("x" * (n % 7 + 1), "li", "ul/li") for n in range(20_000)), id="very many blocks"
        ),
        pytest.param((SourceBlock("abc", "p", "div/" * 5_000 + "p", "x " * 200, 900, 40, 6),), id="absurd structure"),
        pytest.param((SourceBlock("0" * 100), SourceBlock("。" * 100), SourceBlock("|" * 100)), id="no words"),
    ],
)
@pytest.mark.parametrize("from_html", [True, False])
def test_no_page_breaks_it(model: BoilerplateModel, blocks: tuple[SourceBlock, ...], from_html: bool) -> None:
    page = Document(url="", title="x" * 10_000, description="\x00", blocks=blocks, from_html=from_html)
    result = model.classify(page)
    assert len(result) == len(blocks)
    assert all(np.isfinite(block.confidence) for block in result)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda header: header | {"categories": ["content"]}, "other categories"),
        (lambda header: header | {"features": []}, "other categories or features"),
        (lambda header: {key: value for key, value in header.items() if key != "closed_forms"}, "lacks"),
        (lambda header: header | {"sha256": "0"}, "SHA-256"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(tmp_path: Path, damage, message: str) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / NAME
    shutil.copytree(models_dir() / NAME, folder)
    header = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / "model.json").write_text(json.dumps(damage(header)), encoding="utf-8")
    with pytest.raises(ModelInvalid, match=message):
        BoilerplateModel.load(folder)


def test_a_model_of_which_an_array_is_missing_is_refused(tmp_path: Path) -> None:
    header, arrays = load_model(models_dir() / NAME)
    del arrays["plain_around"]
    save_model(tmp_path / NAME, header, arrays)
    with pytest.raises(ModelInvalid, match="lacks 'plain_around'"):
        BoilerplateModel.load(tmp_path / NAME)


def test_the_shipped_model_is_small() -> None:
    assert (models_dir() / NAME / "weights.npz").stat().st_size < 8_000_000


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Copyright © 2023 Foo", "copyright©0000foo"),
        ("桂 ICP 备 2021009421 号", "桂icp备0000000000号"),
        ("All Rights  Reserved.", "all rights reserved."),
        ("ＡＢ　Ｃ", "ab c"),
        ("ﬁne", "fine"),
        ("網站", "网站"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_normal_form_of_blocks(text: str, letters: str) -> None:
    assert fold([text]).text(0) == letters


def test_counts_of_blocks() -> None:
    counts = fold(["He said “no.” Twice, in 1999!", "标题：第一章。", "a|b > c", "首页 » 新闻 → 正文"]).counts
    column = {name: kernels.COUNTS.index(name) for name in kernels.COUNTS}
    assert counts[0, column["words"]] == 5
    assert counts[0, column["digits"]] == 4
    assert counts[0, column["capitals"]] == 2
    assert counts[0, column["sentence_ends"]] == 2
    assert counts[0, column["commas"]] == 1
    assert counts[0, column["ends_sentence"]] == 1
    assert counts[1, column["unspaced"]] == 5
    assert counts[2, column["separators"]] == 2
    assert counts[:, column["path_marks"]].tolist() == [0, 0, 1, 2]


def test_columns_have_names() -> None:
    page = news_page()
    rows, headline = columns(featurise(page), np.zeros((len(page.blocks), 2)), np.zeros((len(page.blocks), 3)))
    assert rows.shape == (len(page.blocks), len(COLUMNS)) and len(set(COLUMNS)) == len(COLUMNS)
    assert page.blocks[headline].text == "Old bridge to be repaired"
    of = {block.text: dict(zip(COLUMNS, row, strict=True)) for block, row in zip(page.blocks, rows, strict=True)}
    assert of["Sport"]["inside_nav"] == 1 and of["Sport"]["link_density"] == 1
    assert of[ENGLISH[1]]["tag_p"] == 1 and of[ENGLISH[1]]["inside_article"] == 1 and of[ENGLISH[1]]["inside_nav"] == 0
    assert of[ENGLISH[1]]["lead_same_names"] == 1 and of["Sport"]["lead_same_names"] == 0
    assert of[ENGLISH[0]]["prose_distance"] == 0 < of["Sport"]["prose_distance"]
    assert of["Old bridge to be repaired"]["title_overlap"] > 0.7 and of["Sport"]["title_overlap"] < 0.3
    assert of["9 things to do at the lake this weekend"]["heading_level"] == 3


def test_linear_scores_are_the_sparse_product() -> None:
    random = np.random.default_rng(0)
    weights = random.integers(-127, 128, (TEXT_BUCKETS, 3)).astype(np.int8)
    linear = Linear(weights, np.array([0.1, 0.2, 0.3], np.float32), np.array([1, 2, 3], np.float32))
    buckets, bounds = text_buckets(fold(["Some words here", "一行中文", ""]))
    given = linear.score(buckets, bounds)
    for row in range(3):
        own = buckets[bounds[row] : bounds[row + 1]]
        sums = weights[own].astype(float).sum(axis=0) / np.sqrt(max(1, own.size))
        np.testing.assert_allclose(given[row], sums * [0.1, 0.2, 0.3] + [1, 2, 3], rtol=1e-4)


PHRASES = ("^home", "home page$", "page", "ome p", "首页", "首", "^首页$", "©0000")


@pytest.mark.parametrize(
    "text", ["home page", "Home Page 3", "my home page", "首页", "去首页看", "© 2024 x", "", "hom"]
)
def test_the_automaton_finds_what_plain_search_finds(text: str) -> None:
    forms = ClosedForms.compile(Clause(CATEGORIES[at], 1, phrase) for at, phrase in enumerate(PHRASES))
    folded = fold(["", text, text + text])
    found = forms.find(folded)
    for block in range(3):
        marked = f"^{folded.text(block)}$"
        wanted = {phrase for phrase in PHRASES if phrase in marked}
        assert {PHRASES[category] for category in np.flatnonzero(found.weight[block])} == wanted
        assert found.weight[block].max() <= 1
        longest = max((len(phrase.strip("^$")) for phrase in wanted if phrase.isascii()), default=0)
        best = forms.phrases[found.best[block]] if found.best[block] >= 0 else ""
        assert len(best.strip("^$")) == longest or not best.isascii()


def test_the_heaviest_closed_form_is_named() -> None:
    forms = ClosedForms.compile(
        [Clause("nav", 1, "very long home"), Clause("icp", 2, "home"), Clause("nav", 1, "long")]
    )
    found = forms.find(fold(["a very long home, a long home", "a long way", "away"]))
    assert found.best.tolist() == [1, 2, -1]
    assert found.weight.sum(axis=1).tolist() == [4, 1, 0]
    np.testing.assert_allclose(found.share, [(14 + 4 + 4) / 28, 4 / 10, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("ICP备00000000号", True),
        ("ICP备00000000号" + "，还有很多很多别的话" * 20, False),
        ("仅供参考", False),
        ("仅供参考，据此操作风险自担", True),
        ("完全无关", False),
    ],
)
def test_how_long_a_closed_form_may_be(text: str, closed: bool) -> None:
    clauses = [
        Clause("icp", 2, "ICP备00000000"),
        Clause("disclaimer", 1, "仅供参考"),
        Clause("disclaimer", 1, "风险自担"),
    ]
    assert bool(ClosedForms.compile(clauses).find(fold([text])).closed.any()) == closed


def test_shipped_clauses_are_well_formed_and_compiled_in(model: BoilerplateModel) -> None:
    clauses = read_clauses(datasets_dir() / "closed_forms.tsv")
    assert len(clauses) == len({(clause.category, clause.phrase) for clause in clauses})
    assert model.closed_forms.phrases == tuple(dict.fromkeys(clause.phrase for clause in clauses))


@pytest.mark.parametrize("line", ["nav\t3\tx", "sidebar\t2\tx", "nav\t2", "nav\t2\t^$"])
def test_malformed_clauses_are_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "forms.tsv").write_text(f"# comment\n\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"forms.tsv, line 3"):
        read_clauses(tmp_path / "forms.tsv")
