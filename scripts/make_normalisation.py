"""Make `models/normalisation_v1`: what `detector.text` folds every character to.

    pip install opencc-python-reimplemented
    python scripts/make_normalisation.py

The tables come from this Python's Unicode data (compatibility decomposition, case folding, marks
dropped) and from OpenCC's character dictionary (traditional -> simplified, Apache-2.0). They are
shipped, rather than computed at run time, so that an index means the same under every Python.
"""

from __future__ import annotations

import unicodedata
from importlib import resources as package_resources
from pathlib import Path

import numpy as np

from detector.resources import save_model

SIZE = 0x30000  # planes 0 to 2: everything in real pages; what is above is left as it is
EXPANDS = 1 << 31
LONGEST_EXPANSION = 4
SEPARATOR, LATIN, NUMBER, CJK, WORD = 0, 1, 2, 3, 4

# One character a token: scripts that are written without spaces.
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # kana
    (0x3100, 0x312F),  # Bopomofo
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2FFFF),
)
# Look-alikes of Latin letters, folded only in words that mix scripts (after Unicode's confusables).
CONFUSABLES = {
    "авгекмнопрстухьіјѕһԁԛԝѵ": "abrekmhonpctyxbijshdqwv",
    "αβγεηικνορτυχω": "abyenikvoptuxw",
    "ɑɡɩʏʀɴᴀʙᴄᴅᴇɢʜᴊᴋʟᴍᴏᴘᴛᴜᴠᴡᴢ": "agiyrnabcdeghjklmoptuvwz",
    "օսհոցզ": "ouhngq",
}
# Characters that nobody types in ordinary text, but that keep copies from being found.
EVASIVE = (
    (0x200B, 0x200B),
    (0x202A, 0x202E),
    (0x2060, 0x2064),
    (0x2066, 0x2069),
    (0x1D400, 0x1D7FF),
    (0x1F130, 0x1F189),
    (0xE0000, 0xE007F),
)


def simplified() -> dict[str, str]:
    """Traditional -> simplified for single characters, first choice of OpenCC's dictionary."""
    dictionary = package_resources.files("opencc") / "dictionary" / "TSCharacters.txt"
    pairs = (line.split("\t") for line in dictionary.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return {source: target.split()[0] for source, target in pairs if len(source) == 1}


def folded(char: str, to_simplified: dict[str, str]) -> str:
    """The normal form of one character: compatibility, case, marks, script variants folded."""
    code = ord(char)
    if 0xAC00 <= code <= 0xD7A3:
        return char
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    kept = (part for part in parts if unicodedata.category(part) not in ("Mn", "Me", "Cf"))
    return "".join(to_simplified.get(part, part) for part in kept)


def kind_of(char: str) -> int:
    code, category = ord(char), unicodedata.category(char)
    if any(low <= code <= high for low, high in UNSPACED) and category[0] in "LMN":
        return CJK
    if category == "Nd":
        return NUMBER
    if category[0] in "LMN":
        return LATIN if "LATIN" in unicodedata.name(char, "") else WORD
    return SEPARATOR


def main() -> None:
    to_simplified = simplified()
    fold = np.arange(SIZE, dtype=np.uint32)
    kinds = np.zeros(SIZE, dtype=np.uint8)
    expansions: list[int] = []
    for code in range(1, SIZE):
        if 0xD800 <= code <= 0xDFFF:
            fold[code] = 0x20
            continue
        char = chr(code)
        kinds[code] = kind_of(char)
        target = folded(char, to_simplified)
        if len(target) == 0:
            fold[code] = 0
        elif len(target) == 1:
            fold[code] = ord(target)
        else:
            target = target[:LONGEST_EXPANSION]
            fold[code] = EXPANDS | len(expansions)
            expansions += [len(target), *map(ord, target)]
    fold[0] = 0x20
    confusable = np.zeros(SIZE, dtype=np.uint32)
    for letters, latin in CONFUSABLES.items():
        for letter, target in zip(letters, latin, strict=True):
            confusable[ord(letter)] = ord(target)
    evasive = np.zeros(SIZE, dtype=np.uint8)
    for low, high in EVASIVE:
        evasive[low : min(high + 1, SIZE)] = 1
    save_model(
        Path(__file__).resolve().parent.parent / "models" / "normalisation_v1",
        {
            "name": "normalisation",
            "version": 1,
            "unicode": unicodedata.unidata_version,
            "script_variants": "OpenCC TSCharacters",
        },
        {
            "fold": fold,
            "kinds": kinds,
            "expansions": np.array(expansions, dtype=np.uint32),
            "confusable": confusable,
            "evasive": evasive,
        },
    )


if __name__ == "__main__":
    main()
