"""The language of a text: its script where that says enough, else its letters, its commonest words, and
resiliparse's n-gram profiles."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import numpy as np
from resiliparse.parse.lang import detect_fast

_SAMPLE = 5_000
_LEAST_LETTERS = 20
# Of them in whole words, when addresses and code are left out.
_LEAST_IN_WORDS = 12
_LEAST_IDEOGRAPHS = 4
_LETTERS = re.compile(r"[^\W\d_]+")
# Not the parts of addresses, file names and code.
_WORD = re.compile(r"(?<![\w./@:=\\-])[^\W\d_]+(?![\w/@:=(-]|\.\w)")
# Scripts by the code points of their letters, first and last of each range.
_HAN, _KANA, _HANGUL = ((0x3400, 0x9FFF),), ((0x3040, 0x30FF),), ((0xAC00, 0xD7A3),)
# Share of the letters from which a script decides: an ideograph says as much as several letters, and Chinese
# and Japanese pages about software are full of Latin names.
_SHARE = 0.25
_KANA_SHARE = 0.1
_SCRIPTS = {
    "th": ((0x0E00, 0x0E7F),),
    "el": ((0x0370, 0x03FF), (0x1F00, 0x1FFF)),
    "he": ((0x0590, 0x05FF),),
    "arabic": ((0x0600, 0x06FF),),
    "cyrillic": ((0x0400, 0x052F),),
}
# Letters that only some languages of a script have; the first language that has enough of them decides.
_TELLING_LETTERS: dict[str, tuple[tuple[str, str], ...]] = {
    "cyrillic": (("sr", "јљњћђџ"), ("be", "ў"), ("uk", "іїєґ"), ("ru", "ыэ"), ("bg", "ъ")),
    "arabic": (("ur", "ٹڈڑےںہ"), ("fa", "پچژگکی")),
}
_TELLING_SHARE = 0.004
# Without telling letters. Russian has ы and э in every few words, so longer Cyrillic text without is Bulgarian.
_PLAIN = {"arabic": "ar", "cyrillic": "ru"}
_PLAIN_LONG = {**_PLAIN, "cyrillic": "bg"}
_LONG = 80
# The commonest words, for texts too short for n-grams.
_COMMON_WORDS = {
    "en": "a the of and to in is that for it with as was on be at by this are from or an have not you we which can "
    "will has",
    "de": "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
    "hat dass sie nach wird bei einer um am sind noch wie einem über einen zum haben nur oder aber vor zur "
    "bis durch wurde wir",
    "fr": "le la les des et est un une du en dans que pour qui pas au sur par plus ne se ce avec il sont nous vous "
    "cette aux ou mais son leur être été ont comme ses",
    "es": "el la los las de que y en un una por con para es se del al lo como más su este pero sus esta ha son "
    "también fue si muy cuando sin sobre entre",
    "pt": "o a os as de que e em um uma para com não do da dos das no na por mais se ao como foi são seu sua ou ser "
    "está também pelo pela isso você",
    "it": "il la di che e in un una per è con del della non sono gli le si da al dei nel alla più anche come questo "
    "ha delle ma lo i",
    "nl": "de het een van en in is dat op te zijn voor met die niet aan er ook als bij om door uit naar maar wordt "
    "nog je worden",
    "sv": "och att det som en på är av för med den till inte om ett har de från var kan men vi sig så",
    "da": "og at det er en på af for med den til ikke der har de fra som var kan men et vi sig ved blev",
    "no": "og å det er en på av for med den til ikke som har de fra var kan men et vi seg ved ble",
    "fi": "ja on ei että se oli ovat kun hän mutta myös joka niin sen tai voi sekä ole kuin",
    "pl": "i w na z się do nie to jest że o jak za od po przez dla są a ale oraz tym jego być może które",
    "cs": "a v se na je že s z do o i k pro jako by jsou ale po od které při za jeho nebo také byl",
    "sk": "a v sa na je že s z do o i k pre ako by sú ale po od ktoré pri za jeho alebo aj bol",
    "hu": "a az és hogy nem is egy ez meg volt de csak van el már mint még vagy kell lehet",
    "ro": "și de la în a cu nu că pe o din pentru este un care mai sunt prin sau se au fost",
    "hr": "i je u se na da za su od s koji kao ili iz što nije to a do bi te",
    "sl": "in je v se na da za so od z ki kot ali iz ni to pa do bi tudi",
    "tr": "ve bir bu için de da ile olarak olan daha çok gibi kadar ama ne var en ya sonra her değil",
    "vi": "và của là có được cho các không trong một những với để người này đã khi từ về đến ra như cũng",
    "id": "dan yang di untuk dengan ini dari dalam tidak pada adalah itu ke akan oleh atau juga sebagai telah bisa "
    "dapat anda",
}
# So many votes of common words, so much ahead of the second language, decide.
_VOTES, _AHEAD = 1.0, 1.25
# Of resiliparse's languages, those that pages are in; the rest (Luxembourgish, Latin, ...) are what it
# takes short English texts for.
_LANGUAGES = (*_COMMON_WORDS, "hi", "bn", "ta", "te", "ka", "hy", "lt", "lv", "et", "ca")


def _voters() -> dict[str, tuple[str, ...]]:
    voters: dict[str, list[str]] = defaultdict(list)
    for language, words in _COMMON_WORDS.items():
        for word in words.split():
            voters[word].append(language)
    return {word: tuple(languages) for word, languages in voters.items()}


_VOTERS = _voters()


def language_of(text: str) -> str:
    """ISO 639-1 code of the language most of the text is in, "" when there are too few letters to say: 4
    ideographs, kana or Hangul, else 20 letters."""
    sample = text[:_SAMPLE]
    codes = np.frombuffer(sample.encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = int(np.count_nonzero(((codes | 0x20) - 0x61) < 26))
    beyond_ascii = codes[codes > 0x7F]
    if beyond_ascii.size:
        letters += sum(map(len, _LETTERS.findall(beyond_ascii.tobytes().decode("utf-32-le", "surrogatepass"))))
    # Of most texts too few characters are beyond for any of the scripts to have enough, which need not be counted then.
    scripts = beyond_ascii.size > _SHARE * letters
    if scripts:
        han, kana, hangul = (_count(beyond_ascii, ranges) for ranges in (_HAN, _KANA, _HANGUL))
        if max(han + kana, hangul) > _SHARE * letters:
            if max(han + kana, hangul) < _LEAST_IDEOGRAPHS:
                return ""
            return "ko" if hangul > han + kana else "ja" if kana > _KANA_SHARE * (han + kana) else "zh"
    if letters < _LEAST_LETTERS:
        return ""
    if scripts:
        for script, ranges in _SCRIPTS.items():
            if (number := _count(beyond_ascii, ranges)) > _SHARE * letters:
                return _by_letters(sample.lower(), number, script)
    return _by_words(sample)


def _count(codes: np.ndarray, ranges: tuple[tuple[int, int], ...]) -> int:
    """How many of the code points are in one of the ranges."""
    return sum(int(np.count_nonzero((codes >= first) & (codes <= last))) for first, last in ranges)


def _by_letters(sample: str, number: int, script: str) -> str:
    for language, letters in _TELLING_LETTERS.get(script, ()):
        if sum(map(sample.count, letters)) > _TELLING_SHARE * number:
            return language
    return (_PLAIN_LONG if number >= _LONG else _PLAIN).get(script, script)


def _by_words(sample: str) -> str:
    words = _WORD.findall(sample.lower())
    if sum(map(len, words)) < _LEAST_IN_WORDS:
        return ""
    votes: dict[str, float] = defaultdict(float)
    for word, times in Counter(words).items():
        for language in (languages := _VOTERS.get(word, ())):
            votes[language] += times / len(languages)
    second, first = [("", 0.0), ("", 0.0), *sorted(votes.items(), key=lambda item: item[1])][-2:]
    if first[1] >= _VOTES and first[1] > _AHEAD * second[1]:
        return first[0]
    code = str(detect_fast(" ".join(words), langs=_LANGUAGES)[0])
    return "" if code == "unknown" else code
