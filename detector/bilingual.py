"""The bilingual lexicon: what words of other languages are in English, so that a translation can be told.

Entries are learned from pairs of texts that are translations (see `detector.training.bilingual`): hashes of words and
of runs of characters, each with the hash of one English word. Names, numbers and addresses need no entry; a text in
English has none, so that it stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from detector import kernels
from detector.data import ModelInvalid
from detector.resources import load_header, load_model, models_dir
from detector.text import Tokens

MODEL = "bilingual_v1"


@dataclass(frozen=True)
class Lexicon:
    """`keys` (uint32, distinct) of units, for each the place `target` (unsigned) of its word among `english` (uint64,
    token hashes); `slots` is the table that finds a key, `sieve` tells soon of most that they are none."""

    keys: np.ndarray
    target: np.ndarray
    english: np.ndarray
    slots: np.ndarray
    sieve: np.ndarray
    version: str

    @classmethod
    def of(cls, keys: np.ndarray, target: np.ndarray, english: np.ndarray, version: str = "") -> Lexicon:
        return cls(keys, target, english, kernels.slots_of(keys), kernels.sieve_of(keys), version)

    def bridge(self, tokens: Tokens, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places (int32) and hashes (uint64), in the text's order, of the English words of known units and of the
        tokens marked in `kept` (bool, one a token) that are in none."""
        places, sizes, found = units_of(tokens)
        known = self.keys, self.slots, self.sieve, self.english, self.target
        places, hashes = kernels.bridge(places, sizes, found, kept, tokens.hashes, *known)
        return places, hashes


def units_of(tokens: Tokens) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every run of a text's tokens that may be an entry: places, how many tokens (both int32), and keys (uint32)."""
    places, sizes, keys = kernels.units(tokens.hashes, tokens.starts, tokens.ends, tokens.kinds, tokens.lengths)
    return places, sizes, keys


@cache
def lexicon_version() -> str:
    """The version of the shipped lexicon, which is not loaded. Raises ModelInvalid when its header is damaged."""
    return _version(load_header(models_dir() / MODEL))


def _version(header: dict[str, Any]) -> str:
    return str(header.get("sha256"))[:16]


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon. Raises ModelInvalid when it is missing or damaged."""
    folder = models_dir() / MODEL
    header, arrays = load_model(folder)
    try:
        found = Lexicon.of(arrays["keys"], arrays["target"], arrays["english"], _version(header))
    except KeyError as error:
        raise ModelInvalid(f"model {folder.name}: lacks {error}; reinstall or run `detector train`") from error
    if found.target.size != found.keys.size or not (found.target < found.english.size).all():
        raise ModelInvalid(f"model {folder.name}: names words that it does not hold; reinstall or run `detector train`")
    return found
