"""Evidence of each block -> how likely it is of each category, in two passes of a small neural network.

The first looks at each block's evidence by itself; the second also sees what the first thinks of the blocks around it
(stacked sequential learning, Cohen & Carvalho 2005), so that the rows of a list follow its heading and each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from threadpoolctl import ThreadpoolController

from detector import kernels
from detector.data import CATEGORIES

_ARRAYS = ("mean", "spread", "hidden", "hidden_bias", "out", "out_bias")
MOST_SPREADS = 5.0  # away from the mean an input is held at
# Digits of a probability that are the same everywhere, and what is left of one below them.
DIGITS, LEAST = 6, 1e-7
_NEIGHBOURS = (1, 2, 3)
_KEEPS = (0.7, 0.92)


@dataclass(frozen=True)
class Network:
    """One hidden layer of rectified units, softmax over the categories; all arrays float32."""

    mean: np.ndarray
    spread: np.ndarray
    hidden: np.ndarray
    hidden_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> Network:
        """Raises KeyError when an array is missing, ValueError when they do not fit together."""
        made = cls(*(arrays[prefix + name] for name in _ARRAYS))
        inputs, units = made.hidden.shape
        shapes = ((inputs,), (inputs,), (inputs, units), (units,), (units, len(CATEGORIES)), (len(CATEGORIES),))
        if tuple(getattr(made, name).shape for name in _ARRAYS) != shapes:
            raise ValueError(f"arrays of {prefix}network that fit together")
        return made

    @cached_property
    def _weights(self) -> np.ndarray:
        return self.hidden.astype(np.float64)

    def to_arrays(self, prefix: str) -> dict[str, np.ndarray]:
        return {prefix + name: getattr(self, name) for name in _ARRAYS}

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """float64[rows, categories] from [rows, inputs], each at least LEAST. Rounded, since how a product of matrices
        is added up depends on the machine and its threads; the same page must give the same answer everywhere."""
        # Much of what is known is the same of all blocks of a page (what it has no closed forms of, elements that it
        # does not use), and multiplied once.
        inputs, vary, alike = kernels.standard_inputs(
            np.ascontiguousarray(rows, np.float32), self.mean, self.spread, MOST_SPREADS
        )
        units = inputs @ self._weights[vary]
        units += alike @ self._weights + self.hidden_bias
        return np.maximum(softmax(np.maximum(units, 0) @ self.out + self.out_bias).round(DIGITS), LEAST)


@dataclass(frozen=True)
class CategoryModel:
    """The two passes, for pages of one kind (HTML, or already extracted text), and `votes` float32[categories]: how
    much the probability of each category counts when one is chosen."""

    first: Network
    second: Network
    votes: np.ndarray

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> CategoryModel:
        """Raises KeyError and ValueError as `Network.from_arrays`."""
        first, second = (Network.from_arrays(arrays, f"{prefix}{name}_") for name in ("first", "second"))
        context = in_context(np.zeros((1, first.mean.size), np.float32), np.zeros((1, len(CATEGORIES))))
        if second.mean.size != context.shape[1]:
            raise ValueError(f"a second pass of {prefix}networks that fits the first")
        votes = arrays[prefix + "votes"]
        if votes.shape != (len(CATEGORIES),):
            raise ValueError(f"{prefix}votes of {len(CATEGORIES)} categories")
        return cls(first, second, votes)

    def to_arrays(self, prefix: str) -> dict[str, np.ndarray]:
        passes = self.first.to_arrays(prefix + "first_") | self.second.to_arrays(prefix + "second_")
        return {**passes, prefix + "votes": self.votes}

    def probabilities(self, evidence: np.ndarray) -> np.ndarray:
        """float64[blocks, categories] of one page's blocks, the mean of both passes."""
        # A page's matrices are so small that more threads would only wait for each other, at full load.
        with _libraries().limit(limits=1, user_api="blas"):
            first = self.first.probabilities(evidence)
            return (first + self.second.probabilities(in_context(evidence, first))) / 2


@cache
def _libraries() -> ThreadpoolController:
    """What multiplies matrices in this process."""
    return ThreadpoolController()


def in_context(evidence: np.ndarray, likely: np.ndarray) -> np.ndarray:
    """The evidence of a page's blocks, then the first pass's probabilities of the block, its neighbours, those before
    and after it, and the page."""
    around = [shifted(likely, step) for distance in _NEIGHBOURS for step in (distance, -distance)]
    around += [kernels.blended(likely, keep, backward) for keep in _KEEPS for backward in (False, True)]
    page = np.broadcast_to(likely.mean(axis=0), likely.shape)
    return np.concatenate((evidence, likely, *around, page), axis=1, dtype=np.float32)


def standard(rows: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Inputs in units of their spread around their mean, held within MOST_SPREADS."""
    return np.asarray(np.clip((rows - mean) / spread, -MOST_SPREADS, MOST_SPREADS))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities from the logits of each row."""
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(likely / likely.sum(axis=1, keepdims=True))


def shifted(rows: np.ndarray, shift: int) -> np.ndarray:
    """The rows `shift` places earlier (or later, when negative); zeros past the page's ends."""
    out = np.zeros_like(rows)
    if abs(shift) < len(rows):
        if shift > 0:
            out[shift:] = rows[:-shift]
        else:
            out[:shift] = rows[-shift:]
    return out
