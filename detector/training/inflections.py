"""English words that are forms of one word: "releases" and "released" stand for "release" when texts are compared with
their translations, since a translator may take any of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import snowballstemmer

from detector.alignment import places_among
from detector.bilingual import units_of
from detector.text import LATIN, tokenise

LEAST_OCCURRENCES = 3  # of a form, for it to be more than a slip


@dataclass(frozen=True)
class Inflections:
    """`forms` (uint64, sorted token hashes), what each is a form of (`base`, uint64), and the form's key as an entry of
    a lexicon (`keys`, uint32)."""

    forms: np.ndarray
    base: np.ndarray
    keys: np.ndarray

    def fold(self, hashes: np.ndarray) -> np.ndarray:
        """The hashes (uint64), with what forms stand for in their place."""
        if not self.forms.size:
            return hashes
        at, found = places_among(self.forms, hashes)
        return np.where(found, self.base[at], hashes)


def inflections_of(texts: Iterable[str]) -> Inflections:
    """The forms of the words of English texts that have the same stem (Porter 2001, "Snowball"); of each stem the most
    frequent form is the base of the others."""
    count: Counter[int] = Counter()
    spelled: dict[int, tuple[str, int]] = {}
    for text in texts:
        tokens = tokenise(text)
        places, sizes, keys = units_of(tokens)
        single = (sizes == 1) & (tokens.kinds[places] == LATIN)
        hashes = tokens.hashes[places[single]].tolist()
        count.update(hashes)
        for hash_, place, key in zip(hashes, places[single].tolist(), keys[single].tolist(), strict=True):
            if hash_ not in spelled:
                spelled[hash_] = tokens.text[tokens.starts[place] : tokens.ends[place]].lower(), key
    stemmer = snowballstemmer.stemmer("english")
    by_stem: dict[str, list[int]] = defaultdict(list)
    for hash_, (word, _) in spelled.items():
        if count[hash_] >= LEAST_OCCURRENCES and word.isascii() and word.isalpha():
            by_stem[stemmer.stemWord(word)].append(hash_)
    rows = []
    for forms in by_stem.values():
        base = max(forms, key=lambda form: (count[form], form))
        rows += [(form, base, spelled[form][1]) for form in forms if form != base]
    rows.sort()
    return Inflections(
        np.array([form for form, _, _ in rows], np.uint64),
        np.array([base for _, base, _ in rows], np.uint64),
        np.array([key for _, _, key in rows], np.uint32),
    )
