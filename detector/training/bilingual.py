"""Learning the bilingual lexicon from texts that are translations of each other.

A pair is laid side by side by the names, numbers and addresses that occur once in both and keep their order, and cut
into stretches of a few English words. A unit of the other language (a word, two words, two to four characters) and an
English word belong together when the stretches of the one are mostly among those of the other.

The forms of an English word count as one (see `inflections`), and all but one are entries of the lexicon themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse

from detector.alignment import Anchors, common_in_order
from detector.bilingual import Lexicon, units_of
from detector.data import DetectorError
from detector.text import LATIN, Tokens, tokenise
from detector.training.gold import read_rows
from detector.training.inflections import Inflections, inflections_of
from detector.training.official import Corpus, beginning
from detector.views import is_anchor, is_function_word

STRETCH, OVERLAP = 24, 8  # English tokens of a stretch, and into the next one
LONGEST_TEXT = 60_000  # characters
LEAST_UNIT, LEAST_WORD = 5, 8  # stretches that a unit and a word must be in
MOST_UNIT, MOST_WORD = 0.05, 0.1  # share of all stretches that they may be in
LEAST_TOGETHER = 5
LEAST_ENGLISH = 3  # English texts that a unit must be in to be English itself
# Of a unit's stretches so many have the word, and so much does that say: p ln(p / chance), the word's share of the
# Kullback-Leibler divergence (pointwise KL, as Tomokiyo & Hurst 2003 weigh phrases). Looser limits gave more entries
# and no better matches.
LEAST_SHARE, LEAST_SCORE = 0.3, 1.5
_ROWS = 20_000


@dataclass(frozen=True)
class _Occurrences:
    """Which key (uint64) is in which stretch (int64), each pair once."""

    keys: np.ndarray
    stretches: np.ndarray

    @classmethod
    def of(cls, keys: np.ndarray, stretches: np.ndarray) -> _Occurrences:
        pairs = np.unique(np.stack([keys.astype(np.uint64), stretches.astype(np.uint64)]), axis=1)
        return cls(pairs[0], pairs[1].astype(np.int64))


def translated_texts(data: Path) -> Iterator[tuple[str, str]]:
    """English texts and their translations, of the sites that train; none that is among the real copies."""
    corpus = Corpus.read(data).side(test=False)
    copies = {beginning(row["copy_text"]) for row in read_rows(data / "official" / "copies.jsonl.gz")}
    for pair in corpus.translations:
        own, other = (corpus.posts[id] for id in pair)
        if own.language == "en" and other.language != "en" and beginning(other.text) not in copies:
            yield own.text, other.text


def learn_lexicon(
    pairs: Iterator[tuple[str, str]], log: Callable[[str], None] = print
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The lexicon's description and its arrays, from (English, other) texts.

    Raises DetectorError when there are no pairs, or too few to learn a word.
    """
    read = list(pairs)
    inflections = inflections_of(english[:LONGEST_TEXT] for english, _ in read)
    units, words, stretches, texts, english = _read(read, inflections)
    log(f"lexicon: {len(texts):,} pairs of texts, {stretches:,} stretches")
    unit_keys, unit_rows, unit_counts = np.unique(units.keys, return_inverse=True, return_counts=True)
    word_keys, word_rows, word_counts = np.unique(words.keys, return_inverse=True, return_counts=True)
    usable = (unit_counts >= LEAST_UNIT) & (unit_counts < MOST_UNIT * stretches) & ~np.isin(unit_keys, english)
    telling = (word_counts >= LEAST_WORD) & (word_counts < MOST_WORD * stretches)
    of_units = _matrix(units.stretches, unit_rows, usable, stretches)
    of_words = _matrix(words.stretches, word_rows, telling, stretches).T.tocsr()
    unit_keys, unit_counts = unit_keys[usable], unit_counts[usable]
    word_keys, word_counts = word_keys[telling], word_counts[telling]
    keys, targets = [], []
    for first in range(0, unit_keys.size, _ROWS):
        together = (of_units[first : first + _ROWS] @ of_words).tocoo()
        row, word, count = first + together.row, together.col, together.data
        # One less than counted: what stands together once may do so by chance.
        share = (count - 1) / unit_counts[row]
        score = share * np.log(np.maximum(share, 1e-9) * stretches / word_counts[word])
        kept = (count >= LEAST_TOGETHER) & (share >= LEAST_SHARE) & (score >= LEAST_SCORE)
        order = np.lexsort((-score[kept], row[kept]))
        rows, best = np.unique(row[kept][order], return_index=True)
        keys.append(unit_keys[rows])
        targets.append(word[kept][order][best])
    if not any(own.size for own in keys):
        raise DetectorError(f"no word is often enough in {len(texts)} pairs of texts to learn what it means")
    found = Lexicon.of(np.concatenate(keys).astype(np.uint32), np.concatenate(targets), word_keys)
    found = _without_padding(found, texts)
    log(f"lexicon: {found.keys.size:,} units, {inflections.keys.size:,} forms of English words")
    # Where a form is spelled like a word of another language, it is taken for the English one.
    foreign = ~np.isin(found.keys, inflections.keys)
    all_keys, places = np.unique(np.concatenate([found.keys[foreign], inflections.keys]), return_index=True)
    meant = np.concatenate([word_keys[found.target[foreign]], inflections.base])[places]
    used, target = np.unique(meant, return_inverse=True)
    description = {"name": "bilingual", "version": 1, "pairs": len(texts), "entries": int(all_keys.size)}
    arrays = {"keys": all_keys, "target": target.astype(np.min_scalar_type(used.size)), "english": used}
    return description, arrays


def _read(
    pairs: Iterable[tuple[str, str]], inflections: Inflections
) -> tuple[_Occurrences, _Occurrences, int, list[Tokens], np.ndarray]:
    """Units of the other texts, words of the English ones, how many stretches, the other texts, and the keys of units
    that are English."""
    units: list[_Occurrences] = []
    words: list[_Occurrences] = []
    texts = []
    in_english = []
    total = 0
    for english_text, other_text in pairs:
        english, other = tokenise(english_text[:LONGEST_TEXT]), tokenise(other_text[:LONGEST_TEXT])
        if min(len(english), len(other)) < STRETCH:
            continue
        count = len(english) // STRETCH + 1
        common = common_in_order(_names(other).single, _names(english).single)
        on_other, on_english = ([-1, *common[:, side].tolist(), len(text)] for side, text in ((0, other), (1, english)))
        places, _, keys = units_of(other)
        at = np.interp(places, on_other, on_english)
        units.append(_Occurrences.of(keys, np.clip(at // STRETCH, 0, count - 1) + total))
        own = (english.kinds == LATIN) & (english.lengths > 2) & ~is_function_word(english.hashes)
        place = np.flatnonzero(own)
        early, late = np.maximum(place - OVERLAP, 0) // STRETCH, np.minimum((place + OVERLAP) // STRETCH, count - 1)
        words.append(
            _Occurrences.of(np.tile(inflections.fold(english.hashes[place]), 2), np.concatenate([early, late]) + total)
        )
        places, _, keys = units_of(english)
        in_english.append(np.unique(keys[english.kinds[places] == LATIN]))
        texts.append(other)
        total += count
    if not texts:
        raise DetectorError("no pair of texts to learn a lexicon from")
    joined = [
        _Occurrences(np.concatenate([one.keys for one in of]), np.concatenate([one.stretches for one in of]))
        for of in (units, words)
    ]
    keys, counts = np.unique(np.concatenate(in_english), return_counts=True)
    return joined[0], joined[1], total, texts, keys[counts >= LEAST_ENGLISH]


def _names(text: Tokens) -> Anchors:
    places = np.flatnonzero(is_anchor(text))
    return Anchors(places, text.hashes[places])


def _matrix(stretches: np.ndarray, rows: np.ndarray, kept: np.ndarray, width: int) -> sparse.csr_matrix:
    """1 where a kept key (a row each, in order) is in a stretch (a column each)."""
    chosen = kept[rows]
    row_of = np.cumsum(kept) - 1
    ones = np.ones(int(chosen.sum()), np.float32)
    return sparse.csr_matrix((ones, (row_of[rows[chosen]], stretches[chosen])), shape=(int(kept.sum()), width))


def _without_padding(lexicon: Lexicon, texts: list[Tokens]) -> Lexicon:
    """Leave out the units that say what a shorter one within them says already."""
    word_of = dict(zip(lexicon.keys.tolist(), lexicon.target.tolist(), strict=True))
    padded: set[int] = set()
    for text in texts:
        places, sizes, keys = units_of(text)
        known = lexicon.keys[np.minimum(np.searchsorted(lexicon.keys, keys), lexicon.keys.size - 1)] == keys
        runs = zip(places[known].tolist(), sizes[known].tolist(), strict=True)
        at = dict(zip(runs, keys[known].tolist(), strict=True))
        for (place, size), key in at.items():
            parts = (at.get((place, size - 1)), at.get((place + 1, size - 1)))
            if size > 1 and word_of[key] in [word_of[part] for part in parts if part is not None]:
                padded.add(key)
    kept = ~np.isin(lexicon.keys, np.fromiter(padded, np.uint32, len(padded)))
    return Lexicon.of(lexicon.keys[kept], lexicon.target[kept], lexicon.english)
