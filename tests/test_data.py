import copy
import pickle
from typing import Any

import pytest

from detector.data import CATEGORIES, KINDS, LABELS, Block, Match, Page, Passage, UsageError, Verdict


def test_names_are_those_of_the_interface() -> None:
    assert LABELS == ("official", "syndicated", "repost", "spam", "clean", "unreadable")
    assert len(KINDS) == 8
    assert len(CATEGORIES) == len(set(CATEGORIES)) == 20


def test_categories_of_a_verdict_come_by_amount_of_text() -> None:
    blocks = (
        Block("own text " * 50, "content", 0.9),
        Block("ICP 1", "icp", 0.9),
        Block("views are the author's own", "disclaimer", 0.9, also=("icp",)),
        Block("Headline", "title", 0.9),
    )
    verdict = Verdict("u", "clean", 0.1, "", blocks=blocks)
    assert verdict.categories == ("icp", "disclaimer")
    assert verdict.main_text == blocks[0].text


@pytest.mark.parametrize(
    ("html", "says"),
    [
        (bytearray(b"<p>"), r"bytes\(html\), not a bytearray"),
        (memoryview(b"<p>"), r"bytes\(html\), not a memoryview"),
        (7, "must be bytes or str"),
    ],
)
def test_html_of_another_type_is_refused(html: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Page(url="u", html=html)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"url": None}, "the url of a page must be str, not NoneType"),
        ({"html": 7}, "the html of a page must be bytes or str, not int"),
        ({"text": b"x"}, "the text of a page must be str, not bytes"),
        ({"title": 7}, "the title of a page must be str, not int"),
        ({"content_type": b"text/html"}, "the content_type of a page must be str, not bytes"),
        ({"fetched_at": 1.5}, "the fetched_at of a page must be str, not float"),
    ],
    ids=str,
)
def test_pages_of_other_types_are_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Page(**{"url": "https://a.test/", **fields})


def test_verdicts_are_the_same_in_another_process() -> None:
    blocks = (
        Block("Harbour news", "title", 0.9),
        Block("© 2026 Harbour Ltd, ICP 12", "copyright", 0.75, ("icp",), "closed form: ©"),
    )
    match = Match("https://a.example/1", "One", "spun", 0.5, 0.1, 0.2, (Passage(0, 1, 2, 3, "a", "b"),), 4)
    for own in (blocks, ()):
        verdict = Verdict("https://b.example/", "repost", 0.5, "because", match, (match,), own, extra={"depth": 3})
        assert pickle.loads(pickle.dumps(verdict)) == copy.deepcopy(verdict) == verdict
