"""Hidden text: words for search engines that a visitor does not see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.data import Page
from detector.signals.lexicon import INJECTED, PEDDLED, TRADE, sharing
from detector.signals.registry import Finding, PageEvidence, graded, quoted, signal

# Nobody puts running text there but to hide it; menus, dialogs and tabs are hidden in the other ways.
_TRICKS = frozenset(("off-screen", "font-size:0", "colour of the background", "text-indent"))
# Meant for screen readers or for browsers without scripts.
_HARMLESS = frozenset(("screen reader only", "noscript", "noframes", "closed dialog"))
_ITEMS = re.compile(r"[,，、|｜;；\n]+")
_LEAST_TEXT = 40
_LONG_LINE = 60
_MOST_PIECES = 300
_LONGEST_PIECE = 4_000
_MOST_ITEMS = 14

_KEYWORDS = "海州屋顶防水厂家,海州屋顶防水价格,海州屋顶防水施工,海州屋顶防水批发,海州屋顶防水报价,海州屋顶防水公司"
_BODY = "<p>The roof of the boat house was repaired last week. It took four people and two days.</p>"


@signal(
    "hidden_text",
    fires_on=(
        Page("", html=f"<title>Boat house</title>{_BODY * 3}<div style='display:none'>{_KEYWORDS}</div>"),
        Page(
            "",
            html=f"<title>Boat house</title>{_BODY * 3}<div style='position:absolute;left:-9999px'>"
            "Best online casino bonus for new players, and buy cialis from our friends without asking a doctor.</div>",
        ),
    ),
    ignores=(
        Page(
            "",
            html=f"<title>Boat house</title>{_BODY}<span class='sr-only'>Skip to the main content of this page</span>"
            "<noscript>This page needs scripts to show the tide table and the boats that are due.</noscript>"
            "<div style='display:none'><ul><li>Home</li><li>Boats</li><li>Tides</li><li>Contact</li></ul></div>",
        ),
        Page("", text="Boat house\nThe roof was repaired last week."),
    ),
)
def hidden_text(page: PageEvidence) -> Iterator[Finding]:
    """A third of ordinary pages hide menus, dialogs and tabs with `display:none`, up to tens of thousands of
    characters: the amount alone says nothing. Running text moved off the screen, or without size or contrast,
    stands on 7 of 2,051 of them; advertised goods on one, which had been hacked; keywords on none."""
    tricked = 0
    example = ""
    strongest: dict[str, Finding] = {}
    for piece in page.document.hidden[:_MOST_PIECES]:
        if piece.reason in _HARMLESS or len(piece.text) < _LEAST_TEXT:
            continue
        text = piece.text[:_LONGEST_PIECE]
        trick = piece.reason in _TRICKS
        for kind, found in _wares(text, piece.reason, trick):
            if kind not in strongest or found.strength > strongest[kind].strength:
                strongest[kind] = found
        if trick:
            long_lines = [line for line in text.split("\n") if len(line) >= _LONG_LINE]
            tricked += sum(map(len, long_lines))
            example = example or (f"{quoted(long_lines[0], 60)} ({piece.reason})" if long_lines else "")
    yield from strongest.values()
    if tricked >= 300:
        share = tricked / (tricked + sum(len(block.text) for block in page.blocks))
        yield Finding(
            0.2 + 0.4 * graded(share, 0.1, 0.6), f"{tricked:,} characters of running text are not seen: {example}"
        )


def _wares(text: str, reason: str, trick: bool) -> Iterator[tuple[str, Finding]]:
    """What a piece of hidden text advertises, by kind."""
    small = text.lower()
    peddled = sorted({match[0] for match in PEDDLED.finditer(small)})
    if len(peddled) >= (1 if trick else 3):
        shown = ", ".join(map(quoted, peddled[:3]))
        yield "peddled", Finding(0.6 if trick else 0.4, f"advertised in hidden text ({reason}): {shown}")
    if text.isascii():
        return
    injected = INJECTED.search(small)
    if injected:
        yield "injected", Finding(0.8, f"{quoted(injected[0])} in hidden text ({reason})")
    phrases = [item.strip() for item in _ITEMS.split(text)[: 2 * _MOST_ITEMS] if 3 <= len(item.strip()) <= 20]
    sold = sum(TRADE.search(item) is not None for item in phrases)
    if len(phrases) >= 5 and sold >= 3 and len(sharing(phrases)) >= 4:
        yield "keywords", Finding(0.6, f"keywords in hidden text ({reason}): {quoted(text, 60)}")
