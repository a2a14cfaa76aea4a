"""Closed forms in all blocks of a page at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

from detector.kernels.tokens import mix64

SIEVE_BITS = 1 << 16
_MIX_STATE, _MIX_LETTER, _UPPER, _LAST = (np.uint64(n) for n in (0x9E3779B1, 0x85EBCA6B, 16, SIEVE_BITS - 1))


@register_jitable
def sieve_place(state: Any, letter: Any) -> Any:
    """Which of SIEVE_BITS a transition from `state` by `letter` (both uint64, or arrays of them) has."""
    return (state * _MIX_STATE + letter * _MIX_LETTER) >> _UPPER & _LAST


@njit(cache=True, error_model="numpy")
def find_clauses(
    letters, bounds, first, sieve, keys, targets, fail, clause, shorter, category, weight, size, categories
):
    """What clauses of the automaton each block has, each counted once: float32[blocks, categories] their `weight` by
    `category`, float32[blocks] their `size`, and int32[blocks] the heaviest of them (the longest, the last in the
    table) or -1.

    A block's start reads as the letter 2, its end as 3.

    The Aho-Corasick automaton's transitions are an open-addressing table: `keys` uint64 holds
    (state << 21 | letter) + 1 or 0, `targets` the next state; `fail` is per state, `clause` the clause that
    ends there or -1, `shorter` the next state down the failure links at which one ends, or 0. Most letters go on with
    no clause: `first` int32 is the state after each of the lowest letters from the start on, and `sieve` uint8 has the
    bit of each key's `sieve_place` set, so that few are looked for in vain.
    """
    blocks, last = bounds.size - 1, np.uint64(keys.size - 1)
    weights, sizes = np.zeros((blocks, categories), np.float32), np.zeros(blocks, np.float32)
    best, counted = np.empty(blocks, np.int32), np.zeros(weight.size, np.int64)
    for block in range(blocks):
        best[block] = -1
        state = 0
        for at in range(bounds[block] - 1, bounds[block + 1] + 1):
            if at < bounds[block]:
                code = np.uint64(2)
            elif at == bounds[block + 1]:
                code = np.uint64(3)
            else:
                code = np.uint64(letters[at])
            while True:
                if state == 0 and code < np.uint64(first.size):
                    state = first[code]
                    break
                place = sieve_place(np.uint64(state), code)
                if not (sieve[place >> np.uint64(3)] >> (place & np.uint64(7))) & np.uint64(1):
                    if state == 0:
                        break
                    state = fail[state]
                    continue
                key = (np.uint64(state) << np.uint64(21) | code) + np.uint64(1)
                slot = mix64(key) & last
                while keys[slot] != 0 and keys[slot] != key:
                    slot = (slot + np.uint64(1)) & last
                if keys[slot] == key:
                    state = targets[slot]
                    break
                if state == 0:
                    break
                state = fail[state]
            ending = state
            while ending > 0:
                which, held = clause[ending], best[block]
                if which >= 0 and counted[which] <= block:
                    counted[which] = block + 1
                    weights[block, category[which]] += weight[which]
                    sizes[block] += size[which]
                    if (
                        held < 0
                        or weight[which] > weight[held]
                        or (weight[which] == weight[held] and size[which] > size[held])
                        or (weight[which] == weight[held] and size[which] == size[held] and which > held)
                    ):
                        best[block] = which
                ending = shorter[ending]
    return weights, sizes, best
