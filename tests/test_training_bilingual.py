import numpy as np
import pytest

from detector.bilingual import Lexicon
from detector.data import DetectorError
from detector.text import tokenise
from detector.training.bilingual import learn_lexicon

# Invented words of two invented languages, so that nothing but the pairs can teach them.
SYLLABLES = "bar del fim gon hul jat kes lor mun nip".split()
NOUNS = {f"{one}{other}zon": f"{other}{one}wick" for one in SYLLABLES for other in SYLLABLES}
FILLER = "walking slowly past everything that morning without looking anywhere near whatever stood beside".split()


def pairs(count: int) -> list[tuple[str, str]]:
    random = np.random.default_rng(0)
    made = []
    for number in range(count):
        own, other = [], []
        for sentence in range(12):
            noun = list(NOUNS)[random.integers(len(NOUNS))]
            name = f"Halyard{number}x{sentence}"
            own.append(f"{name} {' '.join(random.permutation(FILLER)[:9])} {NOUNS[noun]}.")
            other.append(f"{name} {' '.join(word[::-1] + 'a' for word in random.permutation(FILLER)[:9])} {noun}.")
        made.append(("\n".join(own), "\n".join(other)))
    return made


def test_words_are_learned_from_where_they_stand() -> None:
    lines: list[str] = []
    description, arrays = learn_lexicon(iter(pairs(120)), lines.append)
    lexicon = Lexicon.of(arrays["keys"], arrays["target"], arrays["english"])
    assert description["entries"] == lexicon.keys.size and description["pairs"] == 120
    known = 0
    for noun, word in NOUNS.items():
        tokens = tokenise(noun)
        _, hashes = lexicon.bridge(tokens, np.zeros(len(tokens), bool))
        known += hashes.tolist() == tokenise(word).hashes.tolist()
    assert known > 0.8 * len(NOUNS)
    assert arrays["target"].max() < arrays["english"].size
    assert "120 pairs" in lines[0]


def test_texts_that_teach_nothing_are_an_error() -> None:
    with pytest.raises(DetectorError, match="no pair of texts"):
        learn_lexicon(iter([("too short", "viel zu kurz")]))
    with pytest.raises(DetectorError, match="no word"):
        learn_lexicon(iter([(" ".join(FILLER * 5), " ".join(SYLLABLES * 5))]))
