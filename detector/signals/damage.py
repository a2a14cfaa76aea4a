"""Machine damage: text that a program has cut, broken or emptied. Evasion: text made so that no search finds it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from detector.data import Page
from detector.signals.registry import Finding, PageEvidence, graded, quoted, signal
from detector.text import LATIN, Tokens, word_hash

LEAST_WORDS = 150
_LONG_WORD = 6
# Words that stay behind when the words around them are cut out.
_ARTICLES = "the a an our their its his her your my every"
_PREPOSITIONS = "of with from into at by for and or"
_NEVER_AFTER_ARTICLE = "of and is are was were to in for with by from or but the a an that has have will can at on as it we you they be not"
_NEVER_AFTER_PREPOSITION = "of and is are was were or but by has have will can"
_FUNCTION_WORDS = (
    f"{_ARTICLES} {_PREPOSITIONS} {_NEVER_AFTER_ARTICLE} this these those he she i me him them us who what when how all more so if then "
    "had would could may do does did which up out over about after before than been being no some any each there here "
    "de la le les et des du en un une der die das und den dem ein eine ist von zu mit el los las y que del por con para il che di per"
)
_HOLE = re.compile(r"\b(?:of|to|and|in|the|a|an|with|for|our|is|by|from|or|at|are|more) ?[ ][,.;:)](?!\w)", re.IGNORECASE)
_EMPTY_PLACE = re.compile(r"、\s?、|、\s?[。，；]|《\s?[:：》]")
_PRINTED_LIST = re.compile(r"\[['‘’][\u3400-\u9fff][^\]\n]{10,400}['‘’]\]")
_MOJIBAKE = re.compile(r"\ufffd|Ã[©¨¤¶¼³±]|â€[™œž“”˜¦]|锟斤拷|烫烫烫|ï¿½")
_BROKEN_MARKS = ("\ufffd", "Ã", "â€", "锟斤拷", "烫烫烫", "ï¿½")
_ENTITY = re.compile(r"&(?:nbsp|middot|[lr][ds]quo|hellip|mdash|amp|quot|#\d{2,5});")
_PINYIN = re.compile(r"[\u3400-\u9fff][(（][a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜü]{1,7} ?[)）]")
_LOST_HAN = re.compile(r"[\u3400-\u9fff](?<![吗呢吧么嘛啊])\?+[\u3400-\u9fff]")
_VARIANTS = re.compile(r"[鉯囙莪卟僦菿伱]|嘚(?![瑟啵嘚])")
# What `Tokens.folds` counts, by kind; invisible ones only where they part letters that belong together.
_DISGUISES = {
    "invisible characters inside words": re.compile(
        r"(?<=[A-Za-z\u3400-\u9fff])[\u200b\u2060-\u2064\U000e0000-\U000e007f]+(?=[A-Za-z\u3400-\u9fff])"
    ),
    "characters that turn the reading direction": re.compile(r"[\u202a\u202b\u202d\u202e]"),
    "Cyrillic or Greek letters in Latin words": re.compile(
        r"[A-Za-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][A-Za-z]"
    ),
    "mathematical or enclosed letters": re.compile(r"[\U0001d400-\U0001d7ff\U0001f130-\U0001f189]"),
}


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
    "The lighthouse keeper wrote a letter to the harbour office and asked for a second ladder before the autumn storms arrived. ",
    "Nobody answered him for several weeks, so he borrowed wooden planks from the neighbours and repaired the broken stairs alone. ",
    "In the evening the fishermen gathered around the kitchen table and listened to stories about the winter of the great flood. ",
    "Their children counted the passing ships through an old telescope and painted every single vessel into a yellow notebook. ",
)
_STORY = "".join(_SENTENCES) * 3
_CUT_STORY = re.sub(r"\b[A-Za-z]{6,}\b", "", _STORY)


@signal(
    "machine_damage",
    fires_on=(
        Page("", text="The keeper of the harbour\n" + "\n".join([re.sub(" +", " ", _CUT_STORY)] * 2)),
        Page("", text="港口的旧灯塔\n他们带来了、、，还修好了、。\n守塔人说：屋顶上有、、、风向标，窗边放着《 》和《 : 一本旧书》。\n夜里大家听海。" * 3),
    ),
    ignores=(
        Page("", text="The keeper of the harbour\n" + "\n".join([_STORY] * 2)),
        Page("", text="Cheat sheet\n" + "ls -l | wc -c ; cd /tmp && rm -f a b c ; x = y + z , i += 1 ;\n" * 40),
        Page("", text="Bến cảng cũ\n" + "Anh ấy đã viết thư cho bến cảng và xin một cái thang mới trước khi bão về .\n" * 20),
    ),
)
def machine_damage(page: PageEvidence) -> Iterator[Finding]:
    """Words of six letters and more are 39 % of the Latin words of an ordinary page (median of 2,900 pages; 1 %
    quantile 0.09, among texts with English function words 0.17): under 3 % they were deleted. Function words
    that meet where grammar keeps them apart are 0.9 % of the words at most (99 % quantile) on ordinary pages,
    4.5 % on the page that started this; blanks before a comma or stop 0.2 % and 4.5 %."""
    yield from _cut_words(page.tokens, page)
    text = page.content
    per_thousand = 1000 / max(1, len(text))
    empty = _EMPTY_PLACE.findall(text) if "、" in text or "《" in text else []
    if len(empty) >= 2 and len(empty) * per_thousand >= 0.25:
        shown = _EMPTY_PLACE.search(text)
        where = text[max(0, shown.start() - 8) : shown.end() + 8] if shown else ""
        yield Finding(0.3 + 0.4 * graded(len(empty), 1, 6), f"{len(empty)} empty places in lists and titles: {quoted(where)}")
    printed = _PRINTED_LIST.search(text) if "['" in text or "[‘" in text else None
    if printed:
        yield Finding(0.4, f"a program's list printed as text: {quoted(printed[0])}")
    broken = len(_MOJIBAKE.findall(page.text)) if any(mark in page.text for mark in _BROKEN_MARKS) else 0
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
    if long < 0.06:
        yield Finding(
            0.3 + 0.65 * graded(long, 0.06, 0.03),
            f"{long:.1%} of {words:,} words have six letters and more, 39 % are usual: long words were deleted",
        )
    close = tokens.starts[1:] - tokens.ends[:-1] == 1
    left, right = roles[:-1], roles[1:]
    collisions = ((left & _ARTICLE) > 0) & ((right & _AFTER_ARTICLE) > 0)
    collisions |= ((left & _PREPOSITION) > 0) & ((right & _AFTER_PREPOSITION) > 0)
    where = np.flatnonzero(collisions & close)
    # Two standard errors less than seen, so that a short text is not judged by chance.
    share = (where.size - 2 * where.size**0.5) / words
    if share > 0.008:
        seen = dict.fromkeys(tokens.text[slice(*tokens.span(at, at + 1))].lower() for at in where[:30].tolist())
        shown = ", ".join(quoted(pair, 20) for pair in list(seen)[:3])
        yield Finding(
            0.3 + 0.5 * graded(share, 0.008, 0.025),
            f"words are missing between function words in {where.size} places: {shown}",
        )
    blanks = sum(page.content.count(blank) for blank in (" ,", " .", " ;", " )"))
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


@signal(
    "evasion",
    fires_on=(
        Page("", text="Rocket garden tools\n" + "Buy the b\u0435st gard\u0435n t\u043e\u043els in our st\u043er\u0435 and s\u0430ve money.\n" * 6),
        Page("", text="港口新聞\n" + "漁船網(wǎng)絡(luò )已經(jīng)修復，漁民可以放心出港了(le)。\n" * 8),
        Page("", text="Harbour news\n" + "The lad\u200bder is bro\u200bken and the li\u200bght is out, so the sh\u200bips wait.\n" * 6),
    ),
    ignores=(
        Page("", text="Harbour news\n" + "Москва и Athens are linked by the αβγ line; Ω stays below 5.\u200b\n" * 8),
        Page("", text="漢字の読み方\n渚(なぎさ)と岬(みさき)は地名によく使われる。港(harbour)という字もある。\n" * 8),
        Page("", text="Liman haberleri\n" + "Fırtına çıkınca balıkçılar ağlarını topladı ve kıyıya yanaştı.\n" * 8),
    ),
)
def evasion(page: PageEvidence) -> Iterator[Finding]:
    """Disguised characters: half of one per 1,000 characters at most on 99 % of 4,700 ordinary pages, where
    they come from editors; a page that is disguised has ten and more. Pinyin in brackets after Han characters:
    57 per 1,000 on converted mirrors, 1.5 at most elsewhere (English glosses among them)."""
    tokens, text = page.tokens, page.text
    thousands = max(1.0, len(text) / 1000)
    if tokens.folds >= 8 and tokens.folds / thousands >= 1:
        for name, pattern in _DISGUISES.items():
            found = pattern.findall(text)
            if len(found) >= 8 and len(found) / thousands >= 2:
                yield Finding(
                    0.4 + 0.5 * graded(len(found) / thousands, 2, 12), f"{len(found)} {name}, as in {_around(pattern, text)}"
                )
    brackets = text.count("(") + text.count("（")
    if brackets >= 8 and brackets / thousands >= 4:
        pinyin = len(_PINYIN.findall(text))
        if pinyin >= 8 and pinyin / thousands >= 4:
            yield Finding(
                0.5 + 0.4 * graded(pinyin / thousands, 4, 20), f"{pinyin} Han characters with pinyin in brackets, as in {_around(_PINYIN, text)}"
            )
    if text.count("?") / thousands >= 5:
        lost = len(_LOST_HAN.findall(text))
        if lost >= 6 and lost / thousands >= 5:
            yield Finding(
                0.3 + 0.3 * graded(lost / thousands, 5, 20), f"{lost} Han characters turned into ?, as in {_around(_LOST_HAN, text)}"
            )
    variants = _VARIANTS.findall(text)
    if len(variants) >= 4 and len(set(variants)) >= 2:
        yield Finding(0.5, f"{len(variants)} variant characters put in for ordinary ones, as in {_around(_VARIANTS, text)}")


def _around(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return quoted(text[max(0, found.start() - 6) : found.end() + 6], 30) if found else ""
