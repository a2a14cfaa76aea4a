"""Evasion: text disguised so that no search finds it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.data import Page
from detector.signals.registry import Finding, PageEvidence, graded, quoted, signal

# A Han character and one syllable of pinyin, so that glosses in English are none.
_PINYIN = re.compile(
    r"[\u3400-\u9fff][(（](?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?[aeiouvüāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜ]{1,3}(?:ng|n|r)? ?[)）]"
)
_LOST_HAN = re.compile(r"[\u3400-\u9fff](?<![吗呢吧么嘛啊])\?+[\u3400-\u9fff]")
_VARIANTS = re.compile(r"[鉯囙莪卟僦菿伱]|嘚(?![瑟啵嘚])")
# What `Tokens.folds` counts, by kind, and how much it says from 2 per 1,000 characters on. Invisible characters
# count where they part letters that belong together; fancy letters are common in quoted posts.
_DISGUISES = {
    "invisible characters inside words": (
        0.4,
        re.compile(r"(?<=[a-z\u3400-\u9fff])[\u200b\u2060-\u2064\U000e0000-\U000e007f]+(?=[a-z\u3400-\u9fff])"),
    ),
    "characters that turn the reading direction": (0.4, re.compile(r"[\u202a\u202b\u202d\u202e]")),
    "Cyrillic or Greek letters in Latin words": (
        0.4,
        re.compile(r"[A-Za-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][A-Za-z]"),
    ),
    "mathematical or enclosed letters": (0.2, re.compile(r"[\U0001d400-\U0001d7ff\U0001f130-\U0001f189]")),
}


@signal(
    "evasion",
    fires_on=(
        Page(
            "",
            text="A store by the harbour\n"
            "The st\u043er\u0435 \u043en the quay has s\u043eld gard\u0435n t\u043e\u043els f\u043er years.\n"
            "Its \u043ewner r\u0435p\u0430irs sp\u0430des and r\u0430kes in the b\u0430ck r\u043e\u043em.\n"
            "In spring she s\u0435lls seeds as w\u0435ll, which she gr\u043ews h\u0435rself behind the h\u043euse.\n",
        ),
        Page("", text="港口新聞\n" + "漁船網(wǎng)絡(luò )已經(jīng)修復，漁民可以放心出港了(le)。\n" * 8),
        Page(
            "",
            text="Harbour news\n"
            + "The lad\u200bder is bro\u200bken and the li\u200bght is out, so the sh\u200bips wait.\n" * 6,
        ),
    ),
    ignores=(
        Page("", text="Harbour news\n" + "Москва и Athens are linked by the αβγ line; Ω stays below 5.\u200b\n" * 8),
        Page("", text="漢字の読み方\n渚(なぎさ)と岬(みさき)は地名によく使われる。港(harbour)という字もある。\n" * 8),
        Page("", text="Liman haberleri\n" + "Fırtına çıkınca balıkçılar ağlarını topladı ve kıyıya yanaştı.\n" * 8),
    ),
)
def evasion(page: PageEvidence) -> Iterator[Finding]:
    """Disguised characters: 0.6 per 1,000 characters at most on 99 % of 3,251 ordinary pages, where they come
    from editors; a page that is disguised has several and more. Pinyin in brackets after Han characters: 57 per
    1,000 on converted mirrors, 1.5 at most elsewhere. Han characters lost to ?: 4 per 1,000 at most elsewhere,
    where half-width question marks end sentences."""
    tokens, text = page.tokens, page.text
    thousands = max(1.0, len(text) / 1000)
    if tokens.folds >= 8 and tokens.folds / thousands >= 1:
        for name, (least, pattern) in _DISGUISES.items():
            found = pattern.findall(text)
            if len(found) >= 8 and len(found) / thousands >= 2:
                strength = least + 0.5 * graded(len(found) / thousands, 2, 12)
                yield Finding(strength, f"{len(found)} {name}, as in {_around(pattern, text)}")
    brackets = text.count("(") + text.count("（") if page.has_han else 0
    if brackets >= 8 and brackets / thousands >= 4:
        pinyin = len(_PINYIN.findall(text))
        if pinyin >= 8 and pinyin / thousands >= 4:
            yield Finding(
                0.5 + 0.4 * graded(pinyin / thousands, 4, 20),
                f"{pinyin} Han characters with pinyin in brackets, as in {_around(_PINYIN, text)}",
            )
    if page.has_han and text.count("?") / thousands >= 5:
        lost = len(_LOST_HAN.findall(text))
        if lost >= 6 and lost / thousands >= 5:
            yield Finding(
                0.3 + 0.3 * graded(lost / thousands, 5, 20),
                f"{lost} Han characters turned into ?, as in {_around(_LOST_HAN, text)}",
            )
    variants = _VARIANTS.findall(text) if page.has_han else []
    if len(variants) >= 4 and len(set(variants)) >= 2:
        yield Finding(
            0.5, f"{len(variants)} variant characters put in for ordinary ones, as in {_around(_VARIANTS, text)}"
        )


def _around(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return quoted(text[max(0, found.start() - 6) : found.end() + 6], 30) if found else ""
