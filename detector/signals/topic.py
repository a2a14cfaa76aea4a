"""Titles that speak of something else than the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from detector.data import Page
from detector.rows import percent
from detector.signals.lexicon import JOINTS, stems
from detector.signals.registry import Finding, PageEvidence, graded, quoted, signal
from detector.signals.volume import THIN, own_words
from detector.text import normalise

# Parts (pairs of characters, or words) that a title must have to be held against the text, those from which on it
# counts fully, and characters of the title that are looked at: what follows is names of sites.
_LEAST_PARTS, _ENOUGH_PARTS, _TITLE_LENGTH = 2, 4, 120
# Text that is not of the title's script may be its translation, or code.
_LEAST_OF_SCRIPT, _LOOKED_AT = 0.4, 2_000
# So much of a title may be missing.
_MUCH = 0.4
_LATIN, _KANA, _HAN = -1, -2, -3

_HEDGE = (
    "修剪绿篱要在春天新芽长出之前进行，剪刀要先磨快，剪下的枝条可以留作堆肥。每次只剪去三分之一，植物才能恢复过来。" * 4
)
_KNOTS = (
    "A bowline holds under load and can still be untied. Sailors learn this knot first, climbers learn another. Wet "
    "rope is harder to untie, so leave a little slack. "
) * 4


@signal(
    "unrelated_title",
    fires_on=(
        Page("", text=f"绿篱什么时候修剪\n{_HEDGE}", title="海州市宏达精密机械制造有限公司"),
        Page("", text=f"How to tie a bowline\n{_KNOTS}", title="Cheap marble countertops and kitchen cabinets"),
    ),
    ignores=(
        Page("", text=f"绿篱什么时候修剪\n{_HEDGE}", title="绿篱什么时候修剪_园艺问答_海州生活网"),
        Page("", text=f"How to tie a bowline\n{_KNOTS}", title="How to tie a bowline | The Sailing Almanac"),
        Page("", text=f"How to tie a bowline\n{_KNOTS}", title="布林结的打法与注意事项"),
        Page("", text=f"How to tie a bowline\n{_KNOTS}", title="Как завязать узел булинь правильно"),
        Page("", text=f"绿篱什么时候修剪\n{_HEDGE}", title="生け垣の刈り込みはいつするのか"),
        Page("", text=f"Bowline\n{_KNOTS}", title="Index"),
        Page("", text=f"绿篱什么时候修剪\n{_HEDGE}", title="綠籬什麼時候修剪"),
    ),
)
def unrelated_title(page: PageEvidence) -> Iterator[Finding]:
    """The title's words are not in the text: articles about anything on a site that was a company's. At half strength
    24 of 63 pages drawn from a Chinese web corpus, among them half of those that a reader ranked as filler or spam, and
    1 of 1,012 articles. A title that is only the site's name is none of its text either."""
    title = page.title[:_TITLE_LENGTH]
    # Nearly all titles are in the text as it is: only the others are looked at closely.
    if (
        _missing(_segments(title), page.text.lower()) <= _MUCH
        or own_words(page) < THIN
        or not _same_script(title, page)
    ):
        return
    segments = _segments(normalise(title))
    missing = _missing(segments, normalise(page.text))
    if missing > _MUCH:
        strength = graded(missing, _MUCH, 0.7) * graded(max(map(len, segments)), 0, _ENOUGH_PARTS)
        yield Finding(strength, f"{percent(missing)} of the title is not in the text: {quoted(title)}")


def _segments(title: str) -> list[frozenset[str]]:
    """What the title and each of its segments is made of: a headline that the text has may well be followed by names of
    sites that it has not."""
    return [parts for parts in map(stems, (title, *JOINTS.split(title))) if len(parts) >= _LEAST_PARTS]


def _missing(segments: list[frozenset[str]], text: str) -> float:
    """The share of a title that is not in a text, of the segment of which most is."""
    return min((sum(part not in text for part in parts) / len(parts) for parts in segments), default=0.0)


def _same_script(title: str, page: PageEvidence) -> bool:
    """Whether enough of the text is of the script that most of the title is of."""
    scripts = Counter(_script(char) for char in title if char.isalpha())
    content = Counter(_script(char) for char in page.content[:_LOOKED_AT] if char.isalpha())
    if not scripts or (scripts[_KANA] and not content[_KANA]):
        return False
    return content[scripts.most_common(1)[0][0]] >= _LEAST_OF_SCRIPT * content.total()


def _script(char: str) -> int:
    """Which script a letter is of, roughly: Latin, kana, Han, or its block of 256 characters."""
    code = ord(char)
    if code < 0x250:
        return _LATIN
    if 0x3040 <= code <= 0x30FF:
        return _KANA
    return _HAN if 0x3400 <= code <= 0x9FFF else code >> 8
