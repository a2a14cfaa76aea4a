"""Closed forms in all blocks of a page at once."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.tokens import mix64


@njit(cache=True, error_model="numpy")
def _fill(found_block, found_clause, letters, bounds, keys, targets, fail, clause, shorter):
    """Set what is found as far as there is room, and return how much there is."""
    size = np.uint64(keys.size - 1)
    used = 0
    for block in range(bounds.size - 1):
        state = 0
        for at in range(bounds[block] - 1, bounds[block + 1] + 1):
            if at < bounds[block]:
                code = np.uint64(2)
            elif at == bounds[block + 1]:
                code = np.uint64(3)
            else:
                code = np.uint64(letters[at])
            while True:
                key = (np.uint64(state) << np.uint64(21) | code) + np.uint64(1)
                slot = mix64(key) & size
                while keys[slot] != 0 and keys[slot] != key:
                    slot = (slot + np.uint64(1)) & size
                if keys[slot] == key:
                    state = targets[slot]
                    break
                if state == 0:
                    break
                state = fail[state]
            ending = state
            while ending > 0:
                if clause[ending] >= 0:
                    if used < found_block.size:
                        found_block[used], found_clause[used] = block, clause[ending]
                    used += 1
                ending = shorter[ending]
    return used


@njit(cache=True, error_model="numpy")
def find_clauses(letters, bounds, keys, targets, fail, clause, shorter):
    """Every clause of the automaton in every block: int32 arrays block and clause, in the text's order.

    A block's start reads as the letter 2, its end as 3.

    The Aho-Corasick automaton's transitions are an open-addressing table: `keys` uint64 holds
    (state << 21 | letter) + 1 or 0, `targets` the next state; `fail` is per state, `clause` the clause that
    ends there or -1, `shorter` the next state down the failure links at which one ends, or 0.
    """
    # An array that grew inside the loop would have its references counted at every letter.
    room = bounds.size + 256
    while True:
        found_block, found_clause = np.empty(room, np.int32), np.empty(room, np.int32)
        used = _fill(found_block, found_clause, letters, bounds, keys, targets, fail, clause, shorter)
        if used <= room:
            return found_block[:used].copy(), found_clause[:used].copy()
        room = used
