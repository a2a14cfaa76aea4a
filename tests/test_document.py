import random
import tracemalloc

import pytest

from detector.data import Page
from detector.document import parse

NOISE = random.Random(1).randbytes(4_000)
FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><item><title>One</title></item></channel></rss>"


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (Page("a", html=NOISE), "not HTML: binary data"),
        (Page("a", text=NOISE.decode("latin-1")), "not text: binary data"),
        (Page("a", text=NOISE.decode("utf-8", "replace")), "not text: binary data"),
        (Page("a", text="name\0\0\0\0\0\0\1\2" * 200), "not text: binary data"),
        (Page("a", html=b"\1\2\3"), "not HTML: binary data"),
        (Page("a", text="\x1b \x7f\n"), "not text: binary data"),
        (Page("a", html=b"%PDF-1.7 x"), "not HTML: PDF"),
        (Page("a", text="%PDF-1.7 x"), "not text: PDF"),
        (Page("a", html=FEED), "a feed, no page"),
        (Page("a", html=FEED.decode().encode("utf-16")), "a feed, no page"),
        (Page("a", html="\n<urlset><url>"), "a sitemap, no page"),
    ],
)
def test_what_is_neither_html_nor_text(page: Page, error: str) -> None:
    assert parse(page).error == error


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (Page("a", html="<p>a \ud800 b\0c"), "a \ufffd bc"),
        (Page("a", text="\ud800\0 \x07"), "\ufffd \x07"),
        (Page("a", text="RIFF is a container format."), "RIFF is a container format."),
        (Page("a", text="Cheap\6\6\7\7\7 pills, best\6\6\7\7\7 price"), "Cheap\6\6\7\7\7 pills, best\6\6\7\7\7 price"),
    ],
)
def test_a_little_damage_leaves_text_what_it_is(page: Page, text: str) -> None:
    document = parse(page)
    assert (document.error, [block.text for block in document.blocks]) == ("", [text])


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("a  b\tc", ["a  b\tc"]),
        ("  a b \r\n\r\n\u3000c\x0b d\t\n", ["a b", "c\x0b d"]),
        ("a\u2028b\x85c\rd", ["a\u2028b\x85c\rd"]),
        ("same\nsame\n \n", ["same", "same"]),
    ],
)
def test_lines_of_text_are_blocks_as_given(text: str, blocks: list[str]) -> None:
    assert [block.text for block in parse(Page("", text=text)).blocks] == blocks


def test_html_shows_white_space_as_one_space() -> None:
    document = parse(Page("", html="<p>a  b\tc\nd</p><pre>a  b\nc</pre>"))
    assert [block.text for block in document.blocks] == ["a b c d", "a b\nc"]


@pytest.mark.parametrize(
    ("page", "note"),
    [
        (Page("", html=b"<p>word" * 100), "only the first 70 bytes were judged"),
        (Page("", html="<p>word" * 100), "only the first 70 characters were judged"),
        (Page("", text="words " * 100), "only the first 70 characters were judged"),
        (Page("", html="<p>" * 100 + "word"), "only the first 70 characters were judged"),
    ],
)
def test_what_was_cut_is_noted(page: Page, note: str) -> None:
    assert parse(page, max_bytes=70).notes == (note,)
    assert parse(page).notes == ()


@pytest.mark.parametrize("fields", [{"text": "a\n" * 60_000}, {"html": "<p>a" * 60_000}])
def test_too_many_blocks_are_noted(fields: dict[str, str]) -> None:
    assert parse(Page("", **fields)).notes == ("only the first 50,000 blocks were judged",)


def test_text_beyond_the_limit_takes_no_memory() -> None:
    page = Page("", text="words " * 1_000_000)
    tracemalloc.start()
    parse(page, max_bytes=1_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
