"""The walk over a page's tree, which reads what the parser writes out, against the tree itself and by example."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from detector import kernels
from detector.data import Document, Page
from detector.document import parse
from detector.document.outline import MOST_BLOCKS
from detector.document.tree import Tree, numbers_of
from detector.document.visibility import hiding_selectors

# Of these elements a page shows nothing, and those that are empty without a meaning.
SKIPPED = (
    "audio canvas datalist embed iframe meter noembed progress rp rt select svg template textarea video applet "
    "annotation".split()
)
RAW = "script style noscript noframes title".split()
PIECES = [
    *(f"<{name}>" for name in "p div span a b i li ul table tr td h2 pre br hr svg math template select".split()),
    *(f"</{name}>" for name in "p div span a b i li ul table tr td h2 pre svg math template select".split()),
    "<a href=/x>", "<div class='c d' id=\"e\">", "<p hidden>", "<x =a b<c='&quot;>' d\"e=1>", "<img alt='&lt;p>'>",
    "<style>p>a{color:red}</style>", "<script>if (a<b) '</p>'</script>", "<!--<script>-->", "<!-- <p> -- > -->",
    "<!-->", "<?php if ($a<1) ?>", "<![CDATA[<p>]]>", "<textarea><p></textarea>", "<noscript><p>n</p></noscript>",
    "<xmp><b></xmp>", "<iframe><p></iframe>", "<svg><style>a<b</style>", "<svg><style>&lt;/style>&lt;/svg>",
    "<svg><title><p>t</title></svg>",
    "word ", "a&amp;lt;b", "&nbsp;", " \n", "\u3000é", "１２",
]  # fmt: skip


def shown(node: LexborNode) -> str:
    """All text of the page below a node, the tree walked element by element."""
    texts = []
    child = node.first_child
    while child is not None:
        if child.tag == "-text":
            texts.append(child.text_content or "")
        elif child.tag not in SKIPPED and child.tag not in RAW and child.is_element_node:
            texts.append(shown(child))
        child = child.next
    return "".join(texts)


def letters(text: str) -> str:
    return "".join(text.split())


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_no_text_is_lost_or_added(pieces: list[str]) -> None:
    markup = "<body>" + "".join(pieces)
    tree = LexborHTMLParser(markup.encode(), scripting=True, options=1)
    document = parse(Page("", html=markup))
    found = "".join(block.text for block in document.blocks)
    hidden = "".join(held.text for held in document.hidden if held.reason not in ("noscript", "noframes"))
    assert sorted(letters(found + hidden)) == sorted(letters(shown(tree.root)))


def document_of(markup: str) -> Document:
    return parse(Page("https://a.example/dir/page", html=markup))


# Markup, and its blocks: text, path, hints, characters in links, links.
BLOCKS = [
    ("<p>a <b>b</b>&amp;lt; c", [("a b&lt; c", "p", "", 0, 0)]),
    ("<div class='Row X'><p id=i role=note itemprop='z'>a", [("a", "div/p", "i note z row x", 0, 0)]),
    ("<p><span class=s>a</span>", [("a", "p", "s", 0, 0)]),
    ("<p><i class=s>a</i> <i class=s>b</i>", [("a b", "p", "s", 0, 0)]),
    ("<p><i class=s>a</i><style>p{top:0}</style><i class=s>b</i>", [("ab", "p", "s", 0, 0)]),
    ("<p><i class=s>a</i><i class=t>b</i>", [("ab", "p", "", 0, 0)]),
    ("<table><tr><td>a<br>b<td hidden>c<br>d<td>e", [("a b e", "table/tbody/tr", "", 0, 0)]),
    ("<p><i class=s><b class=t>a</b> b</i>", [("a b", "p", "", 0, 0)]),
    ("<p><i class=s>a</i> b", [("a b", "p", "", 0, 0)]),
    ("<p><a href=1>x</a><a href=2>y z</a>", [("x y z", "p", "", 4, 2)]),
    ("<p>first<br>second", [("first", "p", "", 0, 0), ("second", "p", "", 0, 0)]),
    ("<p>this line is longer than thirty,<br>letters", [
        ("this line is longer than thirty,", "p", "", 0, 0), ("letters", "p", "", 0, 0)]),
    ("<p>this line is longer than thirty and<br>goes on", [
        ("this line is longer than thirty and goes on", "p", "", 0, 0)]),
    ("<p>one<br> <a href=x><img></a> <br>two", [("one", "p", "", 0, 0), ("two", "p", "", 0, 1)]),
    ("<table><tr><td>a<td>b<tr><td><p>c", [
        ("a b", "table/tbody/tr", "", 0, 0), ("c", "table/tbody/tr/td/p", "", 0, 0)]),
    ("<pre>a</pre><plaintext><p>b\nc</p>", [("a", "pre", "", 0, 0), ("<p>b\nc</p>", "plaintext", "", 0, 0)]),
    (f"<table><tr><td>a<td>{'long ' * 40}", [
        ("a", "table/tbody/tr/td", "", 0, 0), (("long " * 40).strip(), "table/tbody/tr/td", "", 0, 0)]),
    ("<pre>a  b\n\n <a href=x>c\nd</a></pre>", [("a b\nc\nd", "pre", "", 3, 1)]),
    ("<xmp><b>&amp;</b></xmp>", [("<b>&amp;</b>", "xmp", "", 0, 0)]),
    ("<p>a<svg><style>b<c</style><text>d</text></svg>e", [("ae", "p", "", 0, 0)]),
    ("<p>a</p><svg><style>&lt;/style>&lt;/svg>&lt;p>never</style></svg><p>e", [
        ("a", "p", "", 0, 0), ("e", "p", "", 0, 0)]),
    ("<p>a<?php echo '<b>'; ?>", [("a'; ?>", "p", "", 0, 0)]),
    ("<template><p>x<template></template></template><p>y", [("y", "p", "", 0, 0)]),
    ("<p ä='<p>' \"=x y>é\u3000\u2003z", [("é z", "p", "", 0, 0)]),
    ("<p>a<script><!--<script></script>b</script>--></script>c", [("a-->c", "p", "", 0, 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "blocks"), BLOCKS, ids=[case[0][:60] for case in BLOCKS])
def test_blocks(markup: str, blocks: list[tuple[str, str, str, int, int]]) -> None:
    found = document_of(markup).blocks
    assert [(block.text, block.path, block.hints, block.link_chars, block.links) for block in found] == blocks


# What text of a style sheet in a drawing or a formula may look like: no tags as a parser writes them.
LOOKALIKES = {
    "attributes with a quote each": "<p" + ' class x"' * 300 + ">never",
    "one attribute again and again": "<a" + ' href="x"' * 300 + ">never</a>",
    "no references": "<p>&\u00e9\u4e2d x & y",
    "half a character": '<p class \u00e9\u4e2d">never</p>',
    "a tag without an end": '<p class="',
    "a comment without an end": "<!--",
    "elements without ends": "<div>" * 300,
}


@pytest.mark.parametrize("foreign", ["svg", "math"])
@pytest.mark.parametrize("inside", LOOKALIKES.values(), ids=LOOKALIKES)
def test_style_sheets_that_look_like_tags(foreign: str, inside: str) -> None:
    text = html.escape(f"</style></{foreign}>{inside}")
    document = document_of(f"<p>before</p><{foreign}><style>{text}</style></{foreign}><p>after")
    assert [block.text for block in document.blocks] == ["before", "after"]


def test_no_kernel_goes_beyond_its_arrays() -> None:
    """Compiled loops check no index; Python does, where nothing is compiled."""
    pages = [
        f"<p>before</p><{foreign}><{name}>{html.escape(f'</{name}></{foreign}>{inside}')}</{name}></{foreign}><p>after"
        for foreign in ("svg", "math")
        for name in ("style", "xmp", "noscript")
        for inside in LOOKALIKES.values()
    ]
    program = (
        "import json, sys\n"
        "from detector.data import Page\n"
        "from detector.document import parse\n"
        "for markup in json.load(sys.stdin):\n"
        "    parse(Page('', html=markup))\n"
    )
    call = [sys.executable, "-W", "ignore::RuntimeWarning", "-c", program]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run(call, input=json.dumps(pages + [case[0] for case in BLOCKS]), env=environment, text=True, check=True)


def test_hidden_blocks_without_number_hide_nothing_else() -> None:
    long = "Seen by everybody. " * 10_000
    document = document_of(f"<p>before<div hidden>{'<p>x' * (MOST_BLOCKS + 10)}</div><p>{long}")
    assert [block.text for block in document.blocks] == ["before", long.strip()]
    assert [len(held.text.split("\n")) for held in document.hidden] == [MOST_BLOCKS]


def test_a_link_around_many_blocks_is_read_in_linear_time() -> None:
    (link,) = document_of("<a href=x>" + "<p>some words of a paragraph" * 20_000).links
    assert len(link.text) == 20_000 * len("some words of a paragraph ") - 1


def test_a_link_has_the_text_in_it_and_the_base_of_the_page() -> None:
    document = document_of(
        "<a href=x rel='next nofollow'>one <b>two</b></a><base href=/other/><p><a href=y&amp;z>three</a>"
        "<a href=w><img alt=' an  image '></a><a name=n>four</a>"
    )
    assert [(link.href, link.text, link.rel, link.block) for link in document.links] == [
        ("https://a.example/other/x", "one two", "next nofollow", 0),
        ("https://a.example/other/y&z", "three", "", 1),
        ("https://a.example/other/w", "", "", 1),
    ]
    assert document.image_alts == ("an image",)


@pytest.mark.parametrize(
    ("bases", "expected"),
    [
        ("", "https://a.example/dir/x"),
        ("<base href=/one/><base href=/two/>", "https://a.example/one/x"),
        ("<base target=_top><base href=/one/>", "https://a.example/one/x"),
        ("<base href=https://b.example/one/><base href=two/>", "https://b.example/one/x"),
        # What is no address of a page is no base, and it is the first all the same.
        ("<base href=data:,x><base href=/two/>", "https://a.example/dir/x"),
        ("<template><base href=/never/></template><base href=/one/>", "https://a.example/one/x"),
    ],
)
def test_the_first_base_holds_for_the_whole_page(bases: str, expected: str) -> None:
    before = "<link rel=canonical href=x><meta property=og:url content=x><a href=x>one</a>"
    document = document_of(f"{before}{bases}<p><a href=x>two</a>")
    assert [document.canonical, document.og_url, *(link.href for link in document.links)] == [expected] * 4


def test_a_link_on_an_empty_line_has_not_the_text_of_the_next() -> None:
    document = document_of("<p>one<br> <a href=x><img></a> <br>two<br><a href=y>three</a>")
    assert [(link.text, link.block) for link in document.links] == [("", 1), ("three", 2)]


def test_a_time_is_read_if_anything_is_in_it() -> None:
    assert document_of("<time datetime=2019></time><time datetime=2020><b class=t></b></time>a").published == "2020"


def test_lines_of_hidden_text_are_lines() -> None:
    lines = "<br>".join(("One.", "Two.", "three", "this line is longer than thirty and", "goes on"))
    cells = f"<table><tr><td>a<td>{'long ' * 40}</table>"
    document = document_of(f"<p>{'Seen by everybody. ' * 30}<b hidden>{lines}</b> seen<div hidden>{cells}</div>")
    assert [held.text.split("\n") for held in document.hidden] == [
        ["One.", "Two.", "three", "this line is longer than thirty and goes on"],
        ["a", ("long " * 40).strip()],
    ]
    assert [block.text[-5:] for block in document.blocks] == [" seen"]


# Markup around the word "unseen", and why it is.
HIDDEN = [
    ("<p class='x SR-only'>unseen", "screen reader only"),
    ("<p class=show-for-sr>unseen", "screen reader only"),
    ("<p style='color:red;Display : NONE'>unseen", "display:none"),
    ("<p style='left:-999px'>unseen", "off-screen"),
    ("<p style='color:#FFF;background:white'>unseen", "colour of the background"),
    ("<p hidden>unseen", "hidden"),
    ("<dialog>unseen</dialog>", "closed dialog"),
    ("<style>p,/* a */ .n, p b{color:red; visibility:hidden}</style><p class='m n'>unseen", "visibility:hidden"),
    ("<style>@media print{.o{display:none}} #n /* b */{opacity: .0}</style><p id=n>unseen", "opacity:0"),
    ("<noscript><p>unseen</p></noscript>", "noscript"),
    ("<p class=c><style></style><style>.a{display:none}</style><p class=a>unseen", "display:none"),
]
SEEN = [
    "<p class='only sr'>seen",
    "<p style='left:-9px;opacity:0.5'>seen",
    "<p hidden=until-found>seen",
    "<dialog open>seen</dialog>",
    "<p class=n>seen</p><style>.n{display:none}</style>",
    "<style>@media print{.n{display:none}}</style><p class=n>seen",
    "<style>.n b{display:none}.m{color:red}</style><p class='n m'>seen",
    "<style>.N{display:none}</style><p class=n>seen",
]


@pytest.mark.parametrize(("markup", "reason"), HIDDEN)
def test_what_hides(markup: str, reason: str) -> None:
    document = document_of(f"{markup}<div>{'Seen by everybody who comes here. ' * 9}")
    assert [(held.text, held.reason) for held in document.hidden] == [("unseen", reason)]
    assert "unseen" not in "".join(block.text for block in document.blocks)


@pytest.mark.parametrize("markup", SEEN)
def test_what_does_not_hide(markup: str) -> None:
    document = document_of(markup)
    assert ([block.text for block in document.blocks], document.hidden) == (["seen"], ())


def test_a_style_sheet_is_read_in_linear_time() -> None:
    for sheet in ("a/**/", "{", "y:none{", ".a,{y:-0", "/*", ".a{x:none", "}y:none", "y:none /*{", "p : "):
        assert hiding_selectors(sheet * (400_000 // len(sheet))) == {}


def test_the_tree_of_a_page_as_arrays() -> None:
    html = b'<html><head></head><body><p class="a" title="t">x<br>&amp;</p><i></i></body></html>'
    page = LexborHTMLParser(html, scripting=True, options=1)
    tree = Tree(page)
    tags, begins, ends = tree.tokens
    assert tree.bytes.tobytes() == html
    assert [kernels.TAGS[tag] if tag >= 0 else "" for tag in tags] == [
        "html", "body", "p", "", "br", "", "", "", ""
    ]  # fmt: skip
    assert [html[begin:end] for begin, end in zip(begins[3:6:2], ends[3:6:2], strict=True)] == [b"x", b"&amp;"]
    assert [(kernels.ATTRIBUTES[name], html[begin:end]) for name, begin, end in zip(*tree.rows[:3], strict=True)] == [
        ("class", b"a")
    ]
    assert tree.values(np.array([2, 1], np.int32), numbers_of("id", "class")) == ["", "a", "", ""]
    assert tree.reasons.tolist() == [0]
