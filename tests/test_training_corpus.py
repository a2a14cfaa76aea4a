"""What judges never trains: the guards of the training corpus, on made-up rows."""

import gzip
import importlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from detector.boilerplate import BoilerplateModel
from detector.closed_forms import Clause, ClosedForms
from detector.training import corpus, evaluation, examples, hand_labels
from detector.training.bilingual import translated_texts
from detector.training.corpus import kept_for_evaluation
from detector.training.examples import Excluded, from_labels, from_reposts, telling_lines
from detector.training.gold import TEST_SETS, TRAIN_SETS, is_validation, own_address, read_gold, site_of_row
from detector.training.hand_labels import judges
from detector.training.official import Corpus, is_test_site
from detector.training.shells import ordinary_pages

FOOTER = "Registered office: 12 Harbour Lane, Northwick; company number 0000000"
MOTTO = "The paper of record for everybody who keeps bees above the fifth floor"


# Of posts that judge, and of ones that train.
JUDGING, TRAINING = (
    next(site for site in (f"blog{number}.example" for number in range(99)) if is_test_site(site) == test)
    for test in (True, False)
)
ONE, TWO = "The colony was moved to the roof of the old harbour office", "Its honey tastes of lime trees and of salt"


def write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def post(id: str, site: str, text: str) -> dict[str, Any]:
    return {"id": id, "url": f"https://{site}/{id}", "site": site, "title": "", "text": text, "lang": "en"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    line = {"text": FOOTER, "label": "contact"}
    write(
        tmp_path / "labelled" / "dev.jsonl.gz",
        [{"id": "d1", "url": "https://www.judged.example/1", "lines": [line, {"text": MOTTO, "label": "nav"}]}],
    )
    write(tmp_path / "labelled" / "unlabelled.jsonl.gz", [{"id": "u1", "url": None, "lines": ["short"]}])
    write(tmp_path / "labelled" / "hard_lines.jsonl.gz", [{"page": "h1", "text": "x", "label": "content"}])
    write(tmp_path / "reposts" / "pages.jsonl.gz", [{"id": "h1", "url": "https://hard.example/x"}])
    write(tmp_path / "official" / "posts.jsonl.gz", [post("p1", JUDGING, f"{ONE}\n{TWO}"), post("p2", TRAINING, "x")])
    for name in ("posts_i18n", "translations", "translations_community", "copies", "hardneg"):
        write(tmp_path / "official" / f"{name}.jsonl.gz", [])
    for number, name in enumerate((*TRAIN_SETS, *TEST_SETS)):
        pages = [
            {"id": f"{name}{page}", "url": f"https://site{page}.example/{number}", "html": "<p>x", "main_text": "x"}
            for page in range(40 if name in TRAIN_SETS else 4)
        ]
        write(tmp_path / "pages" / f"{name}.jsonl.gz", pages)
    return tmp_path


def test_all_that_judges_is_kept_out(data: Path) -> None:
    kept = kept_for_evaluation(data)
    assert {"d1", "u1", "h1"} <= kept.ids
    assert {"judged.example", "hard.example", "site0.example", "site3.example"} <= kept.sites
    assert kept.lines == {FOOTER, MOTTO, ONE, TWO}


def test_what_is_of_a_post_that_judges_copies_trains_nothing(data: Path) -> None:
    kept = kept_for_evaluation(data)
    assert JUDGING in kept.sites and TRAINING not in kept.sites
    rows = [
        labelled_row("of its site", f"https://{JUDGING}/1", "One line\nand another"),
        {**labelled_row("a copy", "", f"Moved\n{ONE}\n{TWO}"), "source": "github:somebody/mirror:a.md"},
        {**labelled_row("no copy", "", f"Moved\n{ONE}"), "source": "github:somebody/other:b.md"},
    ]
    write(data / "reposts" / "pages.jsonl.gz", rows)
    read = from_reposts(data, ClosedForms.compile([Clause("copyright", 2, "Alle Rechte vorbehalten")]), kept)
    assert [example.site for example in read] == ["github:somebody/other"]


def test_the_benchmark_of_the_split_counts_what_the_guards_let_through(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = {**labelled_row("a copy", "", f"Moved\n{ONE}\n{TWO}"), "source": "github:somebody/mirror:a.md"}
    write(data / "reposts" / "pages.jsonl.gz", [copy, labelled_row("of its site", f"https://{JUDGING}/p1", "One line")])
    monkeypatch.syspath_prepend(Path(__file__).parent.parent / "benchmarks")
    split = importlib.import_module("split")
    for name in ("split", "measuring"):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("sys.argv", ["split.py", str(data), "-o", str(tmp_path / "split.json")])
    found = []
    for guard in (kept_for_evaluation, lambda _: Excluded(frozenset(), frozenset(), frozenset())):
        monkeypatch.setattr(split, "kept_for_evaluation", guard)
        split.main()
        found.append(json.loads((tmp_path / "split.json").read_text())["posts that are copied"])
    names = ("site of a page", "address of a page", "lines of a page", "site of a post")
    assert [[counts[name] for name in names] for counts in found] == [[0, 0, 0, 0], [1, 1, 1, 0]]


def test_what_is_called_boilerplate_of_posts_that_judge_is_counted(data: Path) -> None:
    footer = "Copyright © 2019-2024 All Rights Reserved."
    write(data / "official" / "posts.jsonl.gz", [post("p1", JUDGING, f"{ONE}\n{TWO}\n{ONE}\n{footer}")])
    assert evaluation.bare_posts(BoilerplateModel.load(), data, lambda _: None) == {
        "posts": 1,
        "lines_flagged": 0.25,
        "characters_flagged": round(len(footer) / len(ONE + TWO + ONE + footer), 4),
    }


def test_a_page_that_is_not_named_by_its_address_is_of_the_site_that_it_states(tmp_path: Path) -> None:
    html = '<link rel="canonical" href="https://www.judged.example/a"><p>x'
    rows = [{"id": str(n), "url": url, "html": html, "main_text": "x"} for n, url in enumerate(("hard::a.html", None))]
    write(tmp_path / "pages" / "test_scrapinghub.jsonl.gz", rows)
    assert [page.site for page in read_gold(tmp_path, "test_scrapinghub")] == ["judged.example"] * 2


def test_sites_kept_for_validation_train_in_no_set(data: Path) -> None:
    judging = [site for site in (f"site{page}.example" for page in range(40)) if is_validation(site)]
    assert judging and set(judging) <= kept_for_evaluation(data).sites


def test_pages_labelled_to_judge_train_in_no_way(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = [f"https://labelled{number}.example/" for number in range(40)]
    judging = next(site for site in sites if judges(labelled_row("x", site, "")))
    training = [site for site in sites if not judges(labelled_row("x", site, ""))]
    rows = [
        labelled_row("judges", judging, f"{FOOTER}\n{MOTTO}"),
        labelled_row("trains", training[0], "One line\nand another"),
        labelled_row("same template", training[1], f"{FOOTER}\n{MOTTO}"),
        labelled_row("same site, not labelled", judging, "One line\nand another"),
        labelled_row("not labelled", training[2], "One line\nand another"),
        labelled_row("h1", "https://hard.example/x", "x"),
    ]
    write(data / "reposts" / "pages.jsonl.gz", rows)
    labels = {row["id"]: [("content",)] * 2 for row in rows[:3]}
    for module in (corpus, examples, hand_labels):
        monkeypatch.setattr(module, "read_labels", lambda: labels)
    kept = kept_for_evaluation(data)
    assert {"judges", "h1"} <= kept.ids and "trains" not in kept.ids
    assert kept.lines >= {FOOTER, MOTTO}
    forms = ClosedForms.compile([Clause("copyright", 2, "Alle Rechte vorbehalten")])
    read = list(from_labels(data, kept))
    assert [example.site for example in read] == ["labelled" + training[0].split("labelled")[1].strip("/")]
    assert read[0].read and read[0].content.all()
    guessed = [example.site for example in from_reposts(data, forms, kept)]
    assert guessed == ["labelled" + training[2].split("labelled")[1].strip("/")]


def labelled_row(id: str, url: str, text: str) -> dict[str, Any]:
    return {"id": id, "url": url, "text": text, "html": None, "title": "", "source": "somewhere"}


@pytest.mark.parametrize(
    ("id", "site", "text", "has"),
    [
        ("d1", "elsewhere.example", "", True),
        ("x", "judged.example", "", True),
        ("x", "", f"Something\n  {FOOTER}\n{MOTTO}", True),
        ("x", "elsewhere.example", f"{FOOTER}\nSomething else", False),
        ("x", "elsewhere.example", "short\nshort\nx", False),
    ],
)
def test_a_page_is_excluded_by_id_by_site_or_by_its_template(id: str, site: str, text: str, has: bool) -> None:
    excluded = Excluded(frozenset({"d1"}), frozenset({"judged.example"}), frozenset({FOOTER, MOTTO}))
    assert excluded.has(id, site, text) == has


def test_lines_that_tell_count_in_bytes() -> None:
    line = "本站所有文章均由作者本人撰写"
    assert telling_lines(f"{line}\nAbout us\n{FOOTER}") == {line, FOOTER}


def test_no_site_has_pages_that_train_and_pages_that_judge(data: Path) -> None:
    train, test = ({page.site for page in ordinary_pages(data, side)} for side in (False, True))
    assert train and test and not train & test
    assert {f"site{page}.example" for page in range(4)} <= test


def test_the_address_that_a_page_states() -> None:
    assert own_address('<link rel="canonical" href="https://a.example/b">') == "https://a.example/b"
    assert own_address("<text id=https://a.example/b>") == "https://a.example/b"
    scripts = f"<script>{'x' * 9_000}</script>"
    assert own_address(f"{scripts}<META content='http://a.example/c' property=og:url></head>") == "http://a.example/c"
    assert own_address("</head><body><meta property='og:url' content='http://a.example/c'>") is None
    # A page that states none is of the site that most of its links lead to.
    ours = "".join(f"<a href='https://www.a.example/{number}'>" for number in range(12))
    theirs = "".join(f'<a class="x" href="https://b{number}.example/">' for number in range(9))
    assert own_address(f"<head></head>{ours}{theirs}") == "https://a.example/"
    assert own_address(f"<head></head>{ours}{theirs * 2}") is None
    assert own_address("<p>no address") is None


def test_lexicons_learn_from_sites_that_train_and_not_from_real_copies(data: Path) -> None:
    sites = [f"blog{number}.example" for number in range(12)]

    def post(site: str, lang: str) -> dict[str, Any]:
        own = {"id": f"{site}-{lang}", "url": f"https://{site}/{lang}", "text": f"{lang} of {site}"}
        return own | {"site": site, "title": "", "lang": lang}

    posts = [post(site, lang) for site in sites for lang in ("en", "zh")]
    write(data / "official" / "posts.jsonl.gz", [post for post in posts if post["lang"] == "en"])
    write(data / "official" / "posts_i18n.jsonl.gz", [post for post in posts if post["lang"] == "zh"])
    pairs = [{"en_id": f"{site}-en", "other_id": f"{site}-zh"} for site in sites]
    write(data / "official" / "translations.jsonl.gz", pairs)
    write(data / "official" / "hardneg.jsonl.gz", [])
    training = [site for site in sites if not is_test_site(site)]
    copied, *others = training
    write(data / "official" / "copies.jsonl.gz", [{"copy_text": f"ZH of  {copied}"}])
    community = [
        {"id": f"c{at}", "via": f"https://{site}/", "site": site, "en_title": f"20240102 Of {site}", "zh_title": None}
        | {"en_text": f"e {site}", "zh_text": f"c {site}"}
        for at, site in enumerate(sites)
    ]
    again = [community[sites.index(copied)] | {"id": "again"}]
    real = [community[0] | {"id": "real", "site": copied, "en_text": "another", "zh_text": f"zh of {copied}"}]
    write(data / "official" / "translations_community.jsonl.gz", [*community, *again, *real])
    corpus = Corpus.read(data)
    assert [id for id in corpus.posts if id.endswith("-zh") and id.startswith(("c", "again", "real"))] == [
        f"c{at}-zh" for at in range(len(sites))
    ]
    assert corpus.posts["c0-en"].title == f"Of {sites[0]}" and corpus.posts["c0-zh"].site == sites[0]
    assert ("c0-en", "c0-zh") in corpus.translations
    learned = [other for _, other in translated_texts(data)]
    assert learned == [f"zh of {site}" for site in others] + [f"c {site}" for site in training]


def test_the_files_of_one_repository_are_of_one_site() -> None:
    rows = [
        {"url": None, "html": None, "source": f"github:owner/{path}"} for path in ("a:x/1.md", "a:y/2.md", "b:x/1.md")
    ]
    assert [site_of_row(row) for row in rows] == ["github:owner/a", "github:owner/a", "github:owner/b"]
