"""Pages with gold main text, whose blocks somebody has read."""

from __future__ import annotations

import numpy as np
import pytest

from detector.closed_forms import ClosedForms, read_clauses
from detector.data import CATEGORIES, Page
from detector.resources import datasets_dir
from detector.training.examples import from_gold, plain
from detector.training.gold import GoldPage
from detector.training.hand_labels import checksum
from detector.training.weak_labels import UNKNOWN

STORY = (
    "The harbour office counted more boats this spring than in any year before.",
    "Most of them came from the islands, and stayed for less than a week.",
)
HTML = (
    "<title>Boats</title><p>Latest from the quay</p><article>"
    + "".join(f"<p>{line}</p>" for line in STORY)
    + "</article><p>Pictured: the old crane</p><p>Send us your photographs</p>"
)
PAGE = GoldPage("1", "set", "a.example", Page("https://a.example/", html=HTML), "\n".join(STORY), "", "", "en", 1.0)
READ = {
    "Latest from the quay": "related",
    STORY[0]: "promo",
    STORY[1]: "content",
    "Pictured: the old crane": "content",
    "Send us your photographs": "promo",
}


@pytest.fixture(scope="module")
def closed_forms() -> ClosedForms:
    return ClosedForms.compile(read_clauses(datasets_dir() / "closed_forms.tsv"))


def test_a_reader_names_what_the_gold_leaves_out(closed_forms: ClosedForms) -> None:
    read = [(checksum(text), CATEGORIES.index(name)) for text, name in READ.items()]
    example = from_gold(PAGE, closed_forms, read)
    assert example is not None and example.read
    named = dict(zip((block.text for block in example.document.blocks), example.category.tolist(), strict=True))
    assert named["Latest from the quay"] == CATEGORIES.index("related")
    assert named["Send us your photographs"] == CATEGORIES.index("promo")
    # The gold says what is content, and what is not: there the reader is not believed, or not followed.
    assert named[STORY[0]] == named[STORY[1]] == CATEGORIES.index("content")
    assert named["Pictured: the old crane"] == UNKNOWN
    assert example.judged.all()


def test_a_page_that_was_read_keeps_all_of_it_as_text(closed_forms: ClosedForms) -> None:
    read = [(checksum(text), CATEGORIES.index(name)) for text, name in READ.items()]
    example = from_gold(PAGE, closed_forms, read)
    assert example is not None
    for seed in range(8):
        text = plain(example, np.random.default_rng(seed))
        assert len(text.document.blocks) == len(example.document.blocks) and text.read and text.original is example


def test_nothing_read_is_nothing_known(closed_forms: ClosedForms) -> None:
    example = from_gold(PAGE, closed_forms)
    assert example is not None and not example.read
    assert (example.category[~example.content] == UNKNOWN).all()
