"""The scan of a page before it is parsed, against what a parser makes of the same markup."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from detector.kernels import EXTREMES, markup_extremes


def extremes(markup: str) -> dict[str, int]:
    found = markup_extremes(np.frombuffer(markup.encode(), np.uint8))
    return dict(zip(EXTREMES, found.tolist(), strict=True))


# Markup, most elements open at once, formatting elements among them.
OPEN = [
    ("", 0, 0),
    ("<", 0, 0),
    ("<div", 1, 0),
    ("<p>a<p>b<br><img src=x>", 0, 0),
    ("<div>a</div><div>b</div>", 1, 0),
    ("<ul><li><b>a</b><li>b</ul><div>", 2, 1),
    ("<DIV></div><dIv>", 1, 0),
    ("<div></span><div>", 2, 0),
    ("<span><div></span></div><span>", 2, 0),
    ("<span><p></span><span>", 2, 0),
    ("<div><span><i></div><div>", 3, 1),
    ("<b><div></b><div>", 2, 1),
    ("<h1><i></h2><h3>", 2, 1),
    ("<div><table><td></div><div>", 3, 0),
    ("<!-- <div> --><!-- <div> --!><!--> <div> -->", 1, 0),
    ("<!x <div> <div>", 1, 0),
    ("</ <div> <div>", 1, 0),
    ("<?x <div> <div>", 1, 0),
    ("<p title='<div>' alt=\"<div>\" x=<div><div>", 1, 0),
    ("<p '><div><p \"><div>", 2, 0),
    ("<p a = '><div>'><div>", 1, 0),
    ("<script><div><b></div></script><div>", 1, 0),
    ("<script><!--<script></script><div></script><div>", 1, 0),
    ("<script><!--<script>--></script><div>", 1, 0),
    ("<title><div></title><textarea><div></textarea><style><div></style><div>", 1, 0),
    ("<svg><path/><path/><path/></svg><div>", 1, 0),
    ("<svg><div><path/><path/><path/>", 5, 0),
    ("<svg><style><![CDATA[<g><g>]]></style><path/></svg><div>", 2, 0),
    ("<svg><title>Arrow</title><path/></svg><div>", 2, 0),
    ("<![CDATA[<div><div>", 1, 0),
]


@pytest.mark.parametrize(("markup", "depth", "formatting"), OPEN, ids=[case[0] for case in OPEN])
def test_open_elements(markup: str, depth: int, formatting: int) -> None:
    found = extremes(markup)
    assert (found["depth"], found["formatting"]) == (depth, formatting)


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("<p>", 0),
        ("<p a>", 1),
        ("<p a=1 b='2' c=\"3\" d>", 4),
        ("<p a='1'b=\"2\"c=3>", 3),
        ("<p a = '1' / b/c>", 3),
        ("<p a=b=c/d e>", 2),
        ("<p = => x", 1),
        ("<body a b><p><body c>", 3),
    ],
)
def test_attributes(tag: str, attributes: int) -> None:
    assert extremes(tag)["attributes"] == attributes


PIECES = (
    "<div>", "</div>", "<span>", "</span>", "<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<a>", "</a>", "<h1>", "</h2>",
    "<table>", "<td>", "</td>", "</table>", "<ul>", "<li>", "</li>", "</ul>", "<dd>", "<form>", "</form>", "<button>",
    "</button>", "<select>", "<option>", "</select>", "<object>", "</object>", "<svg>", "</svg>", "<g>", "</g>",
    "<path/>", "<desc>", "</desc>", "<foreignObject>", "</foreignObject>", "<math>", "<mi>", "</math>", "<style>",
    "</style>", "<script>", "</script>", "<title>", "</title>", "<xmp>", "</xmp>", "<template>", "</template>", "<!--",
    "-->", "<![CDATA[", "]]>", "<p '>", "<p a='", "'>", "text",
)  # fmt: skip


def parsed_depth(markup: str) -> int:
    """Elements inside each other under the body, at most."""
    body = LexborHTMLParser(markup.encode(), scripting=True, options=1).body
    return max((_ancestors(node) for node in body.css("*")), default=0) if body is not None else 0


def _ancestors(node: object) -> int:
    count = 0
    while (node := getattr(node, "parent", None)) is not None:
        count += 1
    return count


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))
def test_no_markup_hides_how_deep_it_nests(pieces: list[str]) -> None:
    """Again and again, it nests deep for the scan where it does for a parser: a few elements of each piece apart."""
    markup = "<body>" + "".join(pieces) * 60
    assert parsed_depth(markup) <= 8 * (extremes(markup)["depth"] + extremes(markup)["formatting"]) + 40
