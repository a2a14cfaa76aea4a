from pathlib import Path
from typing import Any

import pytest

from detector.data import CATEGORIES, DetectorError
from detector.training import hand_labels
from detector.training.hand_labels import (
    LabelledPage,
    as_html,
    as_text,
    checksum,
    found_again,
    judges,
    labelled_pages,
    read_block_labels,
    read_labels,
)
from detector.training.weak_labels import UNKNOWN


def row(**changed: Any) -> dict[str, Any]:
    text = "Home\n\n  Long   story \nIt began in spring.\n(c) 2020 Acme"
    html = "<nav>Home</nav><h1>Long story</h1><p>It began in spring.</p><p>Not in the text</p><footer>(c) 2020 Acme"
    made = {"id": "p1", "url": "https://a.example/x", "title": "Long story", "text": text, "html": html, "source": "s"}
    return made | changed


LABELS = [("nav",), ("title",), ("content",), ("copyright", "contact")]


def write(folder: Path, *lines: str) -> Path:
    path = folder / "lines.tsv"
    path.write_text("# comment\n" + "\n".join(line.replace(" ", "\t") for line in lines) + "\n", encoding="utf-8")
    return path


def test_runs_of_lines_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, "p1 0 1 nav", "p1 2 2 copyright+icp", "p2 0 0 ?", "p2 1 1 content")
    assert read_labels(path) == {
        "p1": [("nav",), ("nav",), ("copyright", "icp")],
        "p2": [(), ("content",)],
    }


@pytest.mark.parametrize("line", ["p1 1 1 nav", "p1 0 -1 nav", "p1 0 0 navigation", "p1 0 nav", "p1 a b nav"])
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(DetectorError, match=r"lines\.tsv, line 2"):
        read_labels(write(tmp_path, line))


def test_lines_of_text_and_blocks_of_html_get_their_labels() -> None:
    page = LabelledPage(row(), LABELS)
    document, category = as_text(page)
    assert [block.text for block in document.blocks] == ["Home", "Long story", "It began in spring.", "(c) 2020 Acme"]
    assert [CATEGORIES[label] for label in category] == ["nav", "title", "content", "copyright"]
    document, category = as_html(page)
    assert document.from_html and len(category) == 5
    assert category[3] == UNKNOWN
    assert [CATEGORIES[label] for label in category[[0, 1, 2, 4]]] == ["nav", "title", "content", "copyright"]


def test_an_undecided_line_has_no_category() -> None:
    page = LabelledPage(row(), [("nav",), (), ("content",), ("copyright",)])
    assert as_text(page)[1][1] == as_html(page)[1][1] == UNKNOWN


def test_a_page_that_has_changed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_labels, "read_labels", lambda: {"p1": LABELS[:3]})
    with pytest.raises(DetectorError, match="page p1: has 4 lines, 3 are labelled"):
        list(labelled_pages(iter([row()])))


def test_whole_sites_and_unfree_pages_judge() -> None:
    sites = [row(url=f"https://site{number}.example/{page}") for number in range(80) for page in "ab"]
    judging = [judges(one) for one in sites]
    assert judging[::2] == judging[1::2]
    assert 0.1 < sum(judging) / len(judging) < 0.4
    assert judges(row(source="github:somebody/GeneralNewsExtractor:x"))


def test_the_shipped_labels_are_whole() -> None:
    labels = read_labels()
    assert len(labels) > 400
    seen = {names[0] for lines in labels.values() for names in lines if names}
    assert seen >= set(CATEGORIES) - {"consent"}


def test_the_shipped_block_labels_are_whole() -> None:
    labels = read_block_labels()
    assert len(labels) > 600
    assert all("/" in page for page in labels)
    assert {category for page in labels.values() for _, category in page} >= set(range(19))


def test_labelled_blocks_are_found_again_though_others_come_and_go() -> None:
    labelled = [
        (checksum("Menu"), 3),
        (checksum("A paragraph."), 0),
        (checksum("Read more"), 7),
        (checksum("?"), UNKNOWN),
    ]
    assert found_again(["Menu", "New", "A  paragraph.", "?"], labelled).tolist() == [3, UNKNOWN, 0, UNKNOWN]
    assert found_again([], labelled).tolist() == []
    assert found_again(["New"], ()).tolist() == [UNKNOWN]


@pytest.mark.parametrize("line", ["a/1\tnav", "a/1\tmenus\tabcd", "a/1\tnav\tabc"])
def test_block_labels_that_are_malformed_are_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "blocks.tsv"
    path.write_text(f"# comment\na/1\t?\tabcd0123\n{line}\n", encoding="utf-8")
    with pytest.raises(DetectorError, match="line 3"):
        read_block_labels(path)
    path.write_text("a/1\t?\tabcd0123\na/1\tnav\tffff\n", encoding="utf-8")
    assert read_block_labels(path) == {"a/1": [("abcd", UNKNOWN), ("0123", UNKNOWN), ("ffff", 3)]}
