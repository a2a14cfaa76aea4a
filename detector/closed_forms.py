"""Closed forms: phrases that mark boilerplate by themselves, found in all blocks of a page in one pass.

The phrases are `datasets/closed_forms.tsv`; `detector train` compiles them into an automaton that ships with the
model. One phrase inside a long sentence proves nothing (an article about filing numbers quotes one): how long a
block may be grows with the number and weight of the distinct phrases in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detector import kernels
from detector.block_features import Letters, fold
from detector.data import CATEGORIES

# Letters that each unit of weight accounts for; a letter of an unspaced script says about as much as three others.
_LETTERS_PER_WEIGHT = 42
_UNSPACED_SIZE = 2
_FIRST_LETTERS = 1 << 16  # that the state after them from the start on is kept of in a row
_START, _END = "\x02", "\x03"
_ARRAYS = ("keys", "targets", "fail", "clause", "shorter", "category", "weight", "size")


@dataclass(frozen=True, slots=True)
class Clause:
    """One row of the table: `phrase` as written there, `weight` 1 or 2."""

    category: str
    weight: int
    phrase: str


@dataclass(frozen=True)
class Found:
    """`weight` float32[blocks, categories]: summed weight of the distinct phrases of each category; `share`
    float32[blocks]: how much of the block they are, 0..1; `closed` bool[blocks, categories]: the phrases suffice
    for the block's length. `best` int32[blocks]: the heaviest, longest phrase of the block or -1."""

    weight: np.ndarray
    share: np.ndarray
    closed: np.ndarray
    best: np.ndarray


class ClosedForms:
    """The compiled phrases. `phrases` are kept for the reasons that are given."""

    def __init__(self, phrases: Iterable[str], arrays: Mapping[str, np.ndarray]) -> None:
        self.phrases = tuple(phrases)
        self.arrays = {name: arrays[name] for name in _ARRAYS}
        used = self.arrays["keys"] > 0
        state, letter = np.divmod(self.arrays["keys"][used] - np.uint64(1), np.uint64(1 << 21))
        sieve = np.zeros(kernels.SIEVE_BITS, np.bool_)
        sieve[kernels.sieve_place(state, letter)] = True
        self._sieve = np.packbits(sieve, bitorder="little")
        self._first = np.zeros(_FIRST_LETTERS, np.int32)
        starts = (state == 0) & (letter < _FIRST_LETTERS)
        self._first[letter[starts]] = self.arrays["targets"][used][starts]

    @classmethod
    def compile(cls, clauses: Iterable[Clause]) -> ClosedForms:
        """Build the Aho-Corasick automaton over the phrases in normal form."""
        rows = list(dict.fromkeys(clauses))
        bare = fold([row.phrase.removeprefix("^").removesuffix("$") for row in rows])
        children: list[dict[int, int]] = [{}]
        ends: list[int] = [-1]
        sizes = []
        for index, row in enumerate(rows):
            letters = [ord(letter) for letter in bare.text(index)]
            sizes.append(_size(letters))
            letters = [ord(_START)] * row.phrase.startswith("^") + letters + [ord(_END)] * row.phrase.endswith("$")
            state = 0
            for letter in letters:
                if letter not in children[state]:
                    children[state][letter] = len(children)
                    children.append({})
                    ends.append(-1)
                state = children[state][letter]
            if ends[state] < 0:
                ends[state] = index
        fail, shorter = _failure_links(children, ends)
        keys, targets = _transition_table(children)
        return cls(
            [row.phrase for row in rows],
            {
                "keys": keys,
                "targets": targets,
                "fail": fail,
                "clause": np.array(ends, np.int32),
                "shorter": shorter,
                "category": np.array([CATEGORIES.index(row.category) for row in rows], np.int16),
                "weight": np.array([row.weight for row in rows], np.float32),
                "size": np.array(sizes, np.float32),
            },
        )

    def find(self, letters: Letters) -> Found:
        """Look for the phrases in all blocks."""
        own = self.arrays
        weight, share, best = kernels.find_clauses(
            letters.letters,
            letters.bounds,
            self._first,
            self._sieve,
            own["keys"],
            own["targets"],
            own["fail"],
            own["clause"],
            own["shorter"],
            own["category"],
            own["weight"],
            own["size"],
            len(CATEGORIES),
        )
        sizes = np.diff(letters.bounds) + _UNSPACED_SIZE * letters.counts[:, kernels.COUNTS.index("unspaced")]
        share = np.minimum(share / np.maximum(sizes, 1), 1).astype(np.float32)
        total = weight.sum(axis=1)
        decided = (total >= 2) & (sizes <= _LETTERS_PER_WEIGHT * total)
        return Found(weight, share, decided[:, None] & (weight >= 2), best)


def read_clauses(path: Path) -> list[Clause]:
    """The rows of `closed_forms.tsv`. Raises ValueError naming the line that is malformed."""
    clauses = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 3 or fields[0] not in CATEGORIES or fields[1] not in ("1", "2") or not fields[2].strip("^$ "):
            raise ValueError(f"{path.name}, line {number}: not category, weight 1 or 2, phrase: {line!r}")
        clauses.append(Clause(fields[0], int(fields[1]), fields[2]))
    return clauses


def _size(letters: list[int]) -> int:
    return sum(1 + _UNSPACED_SIZE * (0x3040 <= letter <= 0x9FFF) for letter in letters)


def _failure_links(children: list[dict[int, int]], ends: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Per state: where to go on when no letter fits, and the next state on that way at which a phrase ends."""
    fail = np.zeros(len(children), np.int32)
    shorter = np.zeros(len(children), np.int32)
    waiting = deque(children[0].values())
    while waiting:
        state = waiting.popleft()
        below = int(fail[state])
        shorter[state] = below if ends[below] >= 0 else shorter[below]
        for letter, child in children[state].items():
            back = below
            while back and letter not in children[back]:
                back = int(fail[back])
            fail[child] = children[back].get(letter, 0)
            waiting.append(child)
    return fail, shorter


def _transition_table(children: list[dict[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """An open-addressing hash table of (state, letter) -> state, at most half full."""
    entries = [(state << 21 | letter, child) for state, row in enumerate(children) for letter, child in row.items()]
    room = 1 << (2 * len(entries)).bit_length()
    keys = np.zeros(room, np.uint64)
    targets = np.zeros(room, np.int32)
    for key, child in entries:
        slot = int(kernels.mix64(np.uint64(key + 1))) & (room - 1)
        while keys[slot]:
            slot = (slot + 1) & (room - 1)
        keys[slot], targets[slot] = key + 1, child
    return keys, targets
