"""Closed forms in all blocks of a page at once."""

from __future__ import annotations

import numpy as np
from numba import njit

from detector.kernels.tokens import mix64


@njit(cache=True, error_model="numpy")
def find_clauses(letters, bounds, keys, targets, fail, clause, shorter):
    """Every clause of the automaton in every block: int32 arrays block and clause, in the text's order.

    A block's start reads as the letter 2, its end as 3.

    The Aho-Corasick automaton's transitions are an open-addressing table: `keys` uint64 holds
    (state << 21 | letter) + 1 or 0, `targets` the next state; `fail` is per state, `clause` the clause that
    ends there or -1, `shorter` the next state down the failure links at which one ends, or 0.
    """
    size = np.uint64(keys.size - 1)
    blocks = bounds.size - 1
    room = 256
    found_block = np.empty(room, np.int32)
    found_clause = np.empty(room, np.int32)
    used = 0
    for block in range(blocks):
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
                    if used == room:
                        room *= 2
                        more_blocks = np.empty(room, np.int32)
                        more_clauses = np.empty(room, np.int32)
                        more_blocks[:used] = found_block
                        more_clauses[:used] = found_clause
                        found_block, found_clause = more_blocks, more_clauses
                    found_block[used] = block
                    found_clause[used] = clause[ending]
                    used += 1
                ending = shorter[ending]
    return found_block[:used].copy(), found_clause[:used].copy()
