"""Pages with little or nothing of their own."""

from __future__ import annotations

from collections.abc import Iterator

from detector.data import Page
from detector.rows import counted
from detector.signals.registry import Finding, PageEvidence, graded, signal
from detector.text import CJK

THIN = 80
_MENU = "".join(
    f"<li><a href='/{name}'>{name}</a></li>"
    for name in "Home Boats Tides Maps Weather Harbour Contact About Login Register".split()
)
_FOOT = "<p>Copyright 2024 Harbour. All rights reserved.</p><p>Powered by WordPress</p><p>Terms of service</p>"
_ROOF = (
    "<p>The roof of the boat house was repaired last week. It took four people and two days to carry the slates up.</p>"
)


@signal(
    "thin_content",
    fires_on=(Page("", text="Boat house\nThe roof was repaired."), Page("", text="船屋\n屋顶上周修好了。")),
    ignores=(
        Page("", html=f"<title>Roof</title><ul>{_MENU}</ul><h1>Roof</h1>{_ROOF * 8}{_FOOT}"),
        Page("", text="船屋\n" + "船屋的屋顶上周修好了，四个人花了两天时间，把石板一块一块搬上去。\n" * 8),
    ),
)
def thin_content(page: PageEvidence) -> Iterator[Finding]:
    """Fewer than 80 words of its own (in Chinese some 130 characters); at half strength, under 50, 1 of 695
    articles and a tenth of product pages and of short announcements."""
    words = own_words(page)
    if words < THIN:
        yield Finding(graded(words, THIN, 15), f"{counted(words, 'word')} of its own")


@signal(
    "template_only",
    fires_on=(
        Page(
            "",
            html=f"<title>Harbour</title><nav><ul>{_MENU}</ul></nav><footer>{_FOOT}</footer><nav><ul>{_MENU}</ul></nav>",
        ),
    ),
    ignores=(
        Page("", html=f"<title>Roof</title><ul>{_MENU}</ul><h1>Roof</h1>{_ROOF * 8}{_FOOT}"),
        Page("", text="Boat house\nThe roof was repaired."),
    ),
)
def template_only(page: PageEvidence) -> Iterator[Finding]:
    """A page full of furniture without content: under 8 % of its characters and 20 words are its own; 7 of 2,051
    ordinary pages, most of them shops whose goods come by script."""
    if len(page.blocks) < 12:
        return
    words = own_words(page)
    share = len(page.content) / len(page.text)
    if words < 30:
        yield Finding(
            graded(share, 0.15, 0.02) * graded(words, 30, 8),
            f"{counted(words, 'word')} of its own among {len(page.blocks)} blocks of furniture",
        )


def own_words(page: PageEvidence) -> int:
    """Words of the page's own text; of scripts without spaces, 1.6 characters count as a word, as in the
    official translations of English posts."""
    unspaced = int((page.tokens.kinds == CJK).sum())
    return len(page.tokens) - unspaced + round(unspaced / 1.6)
