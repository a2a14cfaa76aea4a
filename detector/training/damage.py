"""Damaged copies: what happens to a post on its way onto another site.

Each kind is a function from the post's text (and a random generator) to the copy's text; `KINDS_OF_DAMAGE` and
`DAMAGE_TO_CHINESE` list them with the kind that a verdict should name. Used to train and to judge the matching model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

from detector.text import normalisation

# Words of alphabets, single characters of scripts without spaces, everything else in between.
_PIECES = re.compile(r"[^\W\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]+|[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[\W]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[。！？])\s*(?=\S)")
_TWINS = str.maketrans("aeopcxiy", "аеорсхіу")
_LEET = str.maketrans({"l": "1", "o": "0", "i": "l", "m": "rn", "e": "c"})

_HAN = re.compile(r"[\u4e00-\u9fff]")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_SYLLABLES = "luò wǎng jì shù de xìng zhōng guó rén dà lái shí yǐ yú yòng fāng fǎ xué".split()

# Of scripts without spaces so many characters say what one of others does: lengths given in characters are cut by it.
_DENSER = 2.5

Damage = Callable[[str, Random], str]
Registry = dict[str, tuple[Damage, str]]
KINDS_OF_DAMAGE: Registry = {}
DAMAGE_TO_CHINESE: Registry = {}


def damage(name: str, kind: str, to: Registry = KINDS_OF_DAMAGE) -> Callable[[Damage], Damage]:
    """Register a way of damaging; `kind` is what a verdict should call it."""

    def register(function: Damage) -> Damage:
        to[name] = (function, kind)
        return function

    return register


def characters(text: str, count: int) -> int:
    """As many characters of a text as say what `count` of an English one do."""
    unspaced = len(_UNSPACED.findall(text[:4_000]))
    return int(count / _DENSER) if 2 * unspaced > len(text[:4_000]) else count


def is_word(piece: str) -> bool:
    return piece[0].isalnum()


def sentences_of(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]


def vocabulary(texts: Sequence[str]) -> list[str]:
    """Words to replace with, as frequent as in `texts`."""
    return [piece for text in texts for piece in _PIECES.findall(text[:4000]) if is_word(piece)]


def _slice(text: str, random: Random, low: float, high: float) -> str:
    """A run of whole lines (of sentences, when there are few) that makes up the given share of the text."""
    units = [line for line in text.split("\n") if line.strip()]
    if len(units) < 6:
        units = sentences_of(text)
    goal = random.uniform(low, high) * len(text)
    first = random.randrange(max(1, len(units)))
    last = first
    while first > 0 and sum(map(len, units[first:])) < goal:
        first -= 1
    while last < len(units) and sum(map(len, units[first:last])) < goal:
        last += 1
    return "\n".join(units[first:last])


def _each_word(text: str, change: Callable[[str], str]) -> str:
    return "".join(change(piece) if is_word(piece) else piece for piece in _PIECES.findall(text))


@damage("verbatim", "verbatim")
def verbatim(text: str, random: Random) -> str:
    return text


@damage("excerpt 20-40 %", "excerpt")
def excerpt(text: str, random: Random) -> str:
    return _slice(text, random, 0.2, 0.4)


@damage("excerpt 8-15 %", "excerpt")
def short_excerpt(text: str, random: Random) -> str:
    return _slice(text, random, 0.08, 0.15)


@damage("teaser", "excerpt")
def teaser(text: str, random: Random) -> str:
    return text[: characters(text, random.randint(300, 700))].rsplit(" ", 1)[0] + "..."


@damage("long words deleted", "garbled")
def long_words_deleted(text: str, random: Random) -> str:
    """As careless filters do it; some take the numbers too, and some lose lines on the way."""
    longest = random.choice([4, 5, 5, 6, 7])
    numbers = random.random() < 0.4
    lost = random.choice([0, 0, 0.1, 0.3])
    kept = "\n".join(line for line in text.split("\n") if random.random() >= lost)

    def gone(word: str) -> bool:
        return len(word) > longest or (numbers and word[0].isdecimal())

    return _each_word(kept, lambda word: "" if gone(word) else word)


def _dropped(low: float, high: float) -> Damage:
    def drop(text: str, random: Random) -> str:
        share = random.uniform(low, high)
        return _each_word(text, lambda word: "" if random.random() < share else word)

    return drop


damage("words dropped 10-30 %", "garbled")(_dropped(0.1, 0.3))
damage("words dropped 40-55 %", "garbled")(_dropped(0.4, 0.55))


def replaced(low: float, high: float, words: Sequence[str]) -> Damage:
    """Words replaced by others of `words`; half of the copies always replace a word by the same one."""

    def replace(text: str, random: Random) -> str:
        share = random.uniform(low, high)
        consistent = random.random() < 0.5
        chosen: dict[str, str] = {}

        def change(word: str) -> str:
            if consistent and word in chosen:
                return chosen[word]
            new = random.choice(words) if random.random() < share else word
            chosen[word] = new
            return new

        return _each_word(text, change)

    return replace


@damage("shuffled", "reordered")
def shuffled(text: str, random: Random) -> str:
    units = [line for line in text.split("\n") if line.strip()]
    if len(units) < 4:
        units = sentences_of(text)
    random.shuffle(units)
    return "\n".join(units)


@damage("look-alike and invisible characters", "verbatim")
def disguised(text: str, random: Random) -> str:
    share = random.uniform(0.2, 0.6)

    def change(word: str) -> str:
        if random.random() >= share or len(word) < 3:
            return word
        if random.random() < 0.5:
            cut = len(word) // 2
            return word[:cut] + "\u200b" + word[cut:]
        at = random.randrange(len(word))
        return word[:at] + word[at].translate(_TWINS) + word[at + 1 :]

    return _each_word(text, change)


@damage("characters misread, words joined and split", "garbled")
def misread(text: str, random: Random) -> str:
    share = random.uniform(0.1, 0.25)
    damaged = []
    for piece in _PIECES.findall(text):
        chance = random.random()
        if chance >= share:
            damaged.append(piece)
        elif not is_word(piece):
            damaged.append("" if piece == " " else piece)
        elif len(piece) > 4 and chance < share / 2:
            cut = random.randrange(2, len(piece) - 1)
            damaged.append(piece[:cut] + " " + piece[cut:])
        else:
            damaged.append(piece.translate(_LEET))
    return "".join(damaged)


@damage("leftovers of machines", "verbatim")
def with_leftovers(text: str, random: Random) -> str:
    """What converters and editors leave in a text: broken entities, style sheets, an editor's JSON, doubled lines."""
    leftovers = (
        "&amp;nbsp;", "&#8217", "â€™", "Ã©", "\\n", "{{ content }}", "[caption id=attachment]", "</span>",
    )  # fmt: skip
    lines = (
        "#wrap .post-body { margin: 0 auto; max-width: 720px; line-height: 1.6 } .post-body img { width: 100% }",
        '{"type":"paragraph","attrs":{"align":"left","indent":0},"content":[{"type":"text","marks":[]}]}',
        "window.__STATE__ = {}; (function () { var s = document.createElement('script'); s.async = true; })();",
        "['title', 'summary', []]",
    )
    share = random.uniform(0.01, 0.05)
    damaged = []
    for line in text.split("\n"):
        words = [word + random.choice(leftovers) if random.random() < share else word for word in line.split(" ")]
        damaged.append(" ".join(words))
        if line.strip() and random.random() < 0.08:
            damaged.append(random.choice((*lines, line)))
    return "\n".join(damaged)


def _han_each(text: str, change: Callable[[str], str]) -> str:
    return _HAN.sub(lambda found: change(found[0]), text)


@damage("script swapped", "verbatim", to=DAMAGE_TO_CHINESE)
def script_swapped(text: str, random: Random) -> str:
    """Simplified characters for traditional ones, or the other way round."""
    to_simplified, to_traditional = _script_tables()
    traditional = sum(character in to_simplified for character in text)
    table = to_simplified if 50 * traditional > len(text) else to_traditional
    return "".join(table.get(character, character) for character in text)


@damage("pinyin in brackets", "verbatim", to=DAMAGE_TO_CHINESE)
def with_pinyin(text: str, random: Random) -> str:
    """As converters to traditional characters leave it behind characters with several readings."""
    share = random.uniform(0.01, 0.15)
    return _han_each(
        text,
        lambda han: f"{han}({random.choice(_SYLLABLES)}{random.choice(['', ' '])})" if random.random() < share else han,
    )


@damage("characters lost", "garbled", to=DAMAGE_TO_CHINESE)
def han_lost(text: str, random: Random) -> str:
    """As a wrong charset leaves it."""
    share = random.uniform(0.05, 0.25)
    return _han_each(text, lambda han: random.choice(["?", "?", "□"]) if random.random() < share else han)


@cache
def _script_tables() -> tuple[dict[str, str], dict[str, str]]:
    """Traditional to simplified characters, and back (where several are folded into one, to the first of them)."""
    fold = normalisation().fold
    simplified = {
        chr(code): chr(fold[code])
        for code in range(0x4E00, 0xA000)
        if 0x4E00 <= fold[code] < 0xA000 and fold[code] != code
    }
    return simplified, {new: old for old, new in reversed(simplified.items())}


def interleave(text: str, translation: str, random: Random) -> str:
    """Original and translation in turn: by paragraph or by sentence, one line for both or one for each."""
    by_sentence = random.random() < 0.4
    own, other = ([part for part in _parts(side, by_sentence) if part.strip()] for side in (text, translation))
    between = random.choice(["\n", " "])
    mixed = []
    for at, part in enumerate(own):
        first, last = at * len(other) // len(own), (at + 1) * len(other) // len(own)
        mixed.append(between.join([part, *other[first:last]]))
    return "\n".join(mixed)


def _parts(text: str, by_sentence: bool) -> list[str]:
    return _SENTENCE.split(text) if by_sentence else text.split("\n")
