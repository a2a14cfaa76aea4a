"""Text -> tokens: normal form, scripts, and offsets back into the text as given.

One tokenisation serves everything that compares texts. Case, compatibility forms, marks, traditional
characters and invisible characters are folded away; look-alikes only inside words that mix scripts.
A word, a number, an address or one character of a script without spaces is one token. HTML tags,
character references and addresses in the text are not words.

>>> [t.text[s:e] for t in [tokenise("Node 22.4 出ました")] for s, e in zip(t.starts, t.ends)]
['Node', '22.4', '出', 'ま', 'し', 'た']
>>> tokenise("ＳＨＡＲＤ").hashes == tokenise("shard").hashes
array([ True])
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from detector import kernels
from detector.data import ModelInvalid
from detector.kernels import CJK, LATIN, NUMBER, SEPARATOR, URL, WORD
from detector.resources import load_model, models_dir

__all__ = ["CJK", "LATIN", "NUMBER", "SEPARATOR", "URL", "WORD", "Tokens", "normalise", "tokenise", "word_hash"]

# Words that one token of a script without spaces stands for.
WORDS_A_CHARACTER = 0.6


@dataclass(frozen=True)
class Tokens:
    """The tokens of a text; every array has one entry a token.

    `starts`/`ends` are character offsets into `text`, `kinds` one of LATIN, NUMBER, CJK, WORD, URL,
    `lengths` characters in normal form (at most 255). `folds` counts characters that only make sense
    as an evasion: invisible ones inside text, look-alikes inside words, mathematical letters.
    """

    text: str
    hashes: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    kinds: np.ndarray
    lengths: np.ndarray
    folds: int

    def __len__(self) -> int:
        return int(self.hashes.size)

    @cached_property
    def words(self) -> int:
        """How many tokens are words: everything but addresses."""
        return int((self.kinds != URL).sum())

    @cached_property
    def unspaced(self) -> float:
        """Share of the tokens that are characters of a script without spaces, 0..1."""
        return float((self.kinds == CJK).mean()) if len(self) else 0.0

    @cached_property
    def words_a_token(self) -> float:
        """How many words a token stands for, on average."""
        return words_a_token(self.unspaced)

    def where(self, kept: np.ndarray) -> Tokens:
        """Only the tokens marked in `kept` (bool, one a token); offsets stay those of the whole text."""
        return Tokens(
            self.text,
            self.hashes[kept],
            self.starts[kept],
            self.ends[kept],
            self.kinds[kept],
            self.lengths[kept],
            self.folds,
        )

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Character offsets of the tokens `first` to `last`, both included."""
        return int(self.starts[first]), int(self.ends[last])


def words_a_token(unspaced: float) -> float:
    """How many words a token stands for in a text of which the share `unspaced` are characters without spaces."""
    return 1.0 - (1.0 - WORDS_A_CHARACTER) * unspaced


@dataclass(frozen=True)
class Normalisation:
    """The tables of models/normalisation, indexed by code point (planes 0 to 2)."""

    fold: np.ndarray
    kinds: np.ndarray
    expansions: np.ndarray
    confusable: np.ndarray
    evasive: np.ndarray


@cache
def normalisation() -> Normalisation:
    """Load the shipped tables. Raises ModelInvalid when they are damaged."""
    folder = models_dir() / "normalisation_v1"
    _, arrays = load_model(folder)
    try:
        return Normalisation(**arrays)
    except TypeError as error:
        raise ModelInvalid(f"model {folder.name}: holds other tables than this version reads") from error


def code_points(text: str) -> np.ndarray:
    """The text as uint32, one entry a character (lone surrogates included)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def tokenise(text: str) -> Tokens:
    """Cut a text into tokens; linear in its length, never raises on content."""
    tables = normalisation()
    count, hashes, starts, ends, kinds, lengths, folds = kernels.tokenise(
        code_points(text), tables.fold, tables.kinds, tables.expansions, tables.confusable, tables.evasive
    )
    # Copies, so that the kernel's generous scratch arrays are let go.
    return Tokens(
        text,
        hashes[:count].copy(),
        starts[:count].copy(),
        ends[:count].copy(),
        kinds[:count].copy(),
        lengths[:count].copy(),
        int(folds),
    )


def word_hash(word: str) -> int:
    """The hash that `tokenise` gives this single word."""
    hashes = tokenise(word).hashes
    if hashes.size != 1:
        raise ValueError(f"{word!r} is not one token")
    return int(hashes[0])


@cache
def _translation() -> dict[int, str | None]:
    tables = normalisation()
    changed = np.flatnonzero(tables.fold != np.arange(tables.fold.size, dtype=np.uint32))
    table: dict[int, str | None] = {}
    for code in changed.tolist():
        target = int(tables.fold[code])
        if target == 0:
            table[code] = None
        elif target >> 31:
            where = target ^ (1 << 31)
            size = int(tables.expansions[where])
            table[code] = "".join(map(chr, tables.expansions[where + 1 : where + 1 + size].tolist()))
        else:
            table[code] = chr(target)
    return table


def normalise(text: str) -> str:
    """The text in normal form, for looking for phrases: compatibility forms, case, marks, invisible
    characters and traditional characters folded. Offsets are not kept; use `tokenise` for those."""
    return text.translate(_translation())
