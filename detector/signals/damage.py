"""Machine damage: text that a program has cut, broken or emptied."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from detector.data import Page
from detector.rows import percent
from detector.signals.registry import Finding, PageEvidence, graded, quoted, signal
from detector.text import LATIN, Tokens, word_hash

LEAST_WORDS = 150
_LONG_WORD = 6
_MOST_PAIRS = 5_000
# Text that words were cut out of still has many different function words; code that is full of "for" has not.
_LEAST_DISTINCT = 8
# Words that stay behind when the words around them are cut out.
_ARTICLES = "the a an our their its his her your my every"
_PREPOSITIONS = "of with from into at by for and or"
_NEVER_AFTER_ARTICLE = (
    "of and is are was were to in for with by from or but the a an that has have will can at on as it we you they "
    "be not"
)
_NEVER_AFTER_PREPOSITION = "of and is are was were or but by has have will can"
_FUNCTION_WORDS = (
    f"{_ARTICLES} {_PREPOSITIONS} {_NEVER_AFTER_ARTICLE} "
    "this these those he she me him them us who what when how all more so if then had would could may do does did "
    "which up out over about after before than been being no some any each there here "
    "de la le les et des du en un une der die das und den dem ein eine ist von zu mit el los las que del por con para "
    "il che di per"
)
_HOLE = re.compile(
    r"\b(?:of|to|and|in|the|a|an|with|for|our|is|by|from|or|at|are|more) {1,2}[,.;:)](?!\w)", re.IGNORECASE
)
_EMPTY_PLACE = re.compile(r"、\s?、|、\s?[。，；]|《\s?[:：》]")
_PRINTED_LIST = re.compile(r"\[['‘’][\u3400-\u9fff][^\[\]\n]{10,400}['‘’]\]")
_MOJIBAKE = re.compile(r"\ufffd|Ã[©¨¤¶¼³±]|â€[™œž“”˜¦]|锟斤拷|烫烫烫")
_ENTITY = re.compile(r"&(?:nbsp|middot|[lr][ds]quo|hellip|mdash|amp|quot|#\d{2,5});")


_FUNCTION, _ARTICLE, _PREPOSITION, _AFTER_ARTICLE, _AFTER_PREPOSITION = 1, 2, 4, 8, 16
_ROLES = {
    _FUNCTION: _FUNCTION_WORDS,
    _ARTICLE: _ARTICLES,
    _PREPOSITION: _PREPOSITIONS,
    _AFTER_ARTICLE: _NEVER_AFTER_ARTICLE,
    _AFTER_PREPOSITION: _NEVER_AFTER_PREPOSITION,
}


def _table() -> tuple[np.ndarray, np.ndarray]:
    """Sorted hashes (uint64) of the words above, and the roles (uint8, bits) of each."""
    roles: dict[int, int] = {}
    for role, words in _ROLES.items():
        for word in set(words.split()):
            hashed = word_hash(word)
            roles[hashed] = roles.get(hashed, 0) | role
    known = sorted(roles)
    return np.array(known, dtype=np.uint64), np.array([roles[hashed] for hashed in known], dtype=np.uint8)


_KNOWN, _KNOWN_ROLES = _table()

_SENTENCES = (
    "The lighthouse keeper wrote a letter to the harbour office and asked for a second ladder before the storms. ",
    "Nobody answered him for several weeks, so he borrowed planks from the neighbours and repaired the stairs alone. ",
    "In the evening the fishermen gathered around the kitchen table and listened to stories about the great flood. ",
    "Their children counted the passing ships through an old telescope and painted every vessel into a notebook. ",
)
_STORY = "".join(_SENTENCES) * 3
_CUT_STORY = re.sub(r"\b[A-Za-z]{6,}\b", "", _STORY)


@signal(
    "machine_damage",
    fires_on=(
        Page("", text="The keeper of the harbour\n" + "\n".join([re.sub(" +", " ", _CUT_STORY)] * 2)),
        Page(
            "",
            text="港口的旧灯塔\n他们带来了、、，还修好了、。\n"
            "守塔人说：屋顶上有、、、风向标，窗边放着《 》和《 : 一本旧书》。\n夜里大家听海。" * 3,
        ),
    ),
    ignores=(
        Page("", text="The keeper of the harbour\n" + "\n".join([_STORY] * 2)),
        Page("", text="Cheat sheet\n" + "ls -l | wc -c ; cd /tmp && rm -f a b c ; x = y + z , i += 1 ;\n" * 40),
        Page(
            "",
            text="Bến cảng cũ\n" + "Anh ấy đã viết thư cho bến cảng và xin một cái thang mới trước khi bão về .\n" * 20,
        ),
    ),
)
def machine_damage(page: PageEvidence) -> Iterator[Finding]:
    """Words of six letters and more are 39 % of the Latin words of an ordinary page (median of 510; 1 % quantile
    0.09; least of 1,700 English pages 0.17): under 3 % they were deleted. Function words that meet where grammar
    keeps them apart make up 0.9 % of the words on ordinary pages (99 % quantile), 4.5 % on the page that started
    this; blanks between a function word and a stop 0.1 % and 4.5 %. No ordinary page of 3,251 reaches 0.3."""
    yield from _cut_words(page.tokens, page)
    text = page.content
    per_thousand = 1000 / max(1, len(text))
    empty = _EMPTY_PLACE.findall(text) if page.has_han else []
    if len(empty) >= 2 and len(empty) * per_thousand >= 0.25:
        shown = _EMPTY_PLACE.search(text)
        where = text[max(0, shown.start() - 8) : shown.end() + 8] if shown else ""
        yield Finding(
            0.3 + 0.4 * graded(len(empty), 1, 6), f"{len(empty)} empty places in lists and titles: {quoted(where)}"
        )
    printed = _PRINTED_LIST.search(text) if "['" in text or "[‘" in text else None
    if printed and printed[0].count(",") + printed[0].count("，") >= 5:
        yield Finding(0.4, f"a program's list printed as text: {quoted(printed[0])}")
    suspicious = "\ufffd" in page.text or "Ã" in page.text or "â€" in page.text or page.has_han
    broken = len(_MOJIBAKE.findall(page.text)) if suspicious else 0
    if broken >= 8 and broken * 1000 >= len(page.text):
        yield Finding(0.25, f"{broken} characters broken by a wrong character set")
    entities = _ENTITY.findall(text) if "&" in text else []
    if len(entities) >= 3 and len(entities) * per_thousand >= 2:
        yield Finding(0.2, f"{len(entities)} character references printed as text: {quoted(entities[0])}")


def _cut_words(tokens: Tokens, page: PageEvidence) -> Iterator[Finding]:
    latin = tokens.kinds == LATIN
    words = int(latin.sum())
    if words < LEAST_WORDS:
        return
    roles = _roles(tokens.hashes)
    if int(((roles & _FUNCTION) > 0).sum()) < 0.2 * words:
        # Code, names, formulas, or a language whose words are short, as Vietnamese.
        return
    long = int((tokens.lengths[latin] >= _LONG_WORD).sum()) / words
    if long < 0.06 and np.unique(tokens.hashes[(roles & _FUNCTION) > 0]).size >= _LEAST_DISTINCT:
        yield Finding(
            0.3 + 0.65 * graded(long, 0.06, 0.03),
            f"{percent(long)} of {words:,} words have six letters and more, 39 % are usual: long words were deleted",
        )
    close = tokens.starts[1:] - tokens.ends[:-1] == 1
    left, right = roles[:-1], roles[1:]
    collisions = ((left & _ARTICLE) > 0) & ((right & _AFTER_ARTICLE) > 0)
    collisions |= ((left & _PREPOSITION) > 0) & ((right & _AFTER_PREPOSITION) > 0)
    pairs = [tokens.text[slice(*tokens.span(at, at + 1))] for at in np.flatnonzero(collisions & close)[:_MOST_PAIRS]]
    # A letter "â" of broken encoding has the normal form of the article.
    pairs = [pair for pair in pairs if pair.isascii()]
    # Two standard errors less than seen, so that a short text is not judged by chance.
    share = (len(pairs) - 2 * len(pairs) ** 0.5) / words
    if share > 0.008:
        shown = ", ".join(quoted(pair, 20) for pair in list(dict.fromkeys(map(str.lower, pairs)))[:3])
        yield Finding(
            0.3 + 0.5 * graded(share, 0.008, 0.025),
            f"words are missing between function words in {len(pairs)} places: {shown}",
        )
    blanks = page.content.count(" ,") + page.content.count(" .")
    holes = len(_HOLE.findall(page.content)) if blanks >= 6 else 0
    if holes >= 6 and holes / words > 0.004:
        shown_hole = _HOLE.search(page.content)
        example = quoted(shown_hole[0], 20) if shown_hole else ""
        yield Finding(
            0.2 + 0.5 * graded(holes / words, 0.004, 0.02), f"{holes} blanks after a function word, as in {example}"
        )


def _roles(hashes: np.ndarray) -> np.ndarray:
    """The roles (uint8, bits) of each token; 0 for other words."""
    at = np.searchsorted(_KNOWN, hashes)
    at[at == _KNOWN.size] = 0
    return np.where(_KNOWN[at] == hashes, _KNOWN_ROLES[at], np.uint8(0))
