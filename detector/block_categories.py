"""Evidence of each block -> how likely it is of each category, in two passes of a small neural network.

The first looks at each block's evidence by itself; the second also sees what the first thinks of the blocks around it
(stacked sequential learning, Cohen & Carvalho 2005), so that the rows of a list follow its heading and each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detector import kernels
from detector.data import CATEGORIES

_ARRAYS = ("mean", "spread", "hidden", "hidden_bias", "out", "out_bias")
MOST_SPREADS = 5.0  # away from the mean an input is held at
# Digits of a probability that are the same everywhere, and what is left of one below them.
DIGITS, LEAST = 6, 1e-7
_NEIGHBOURS = 3
_KEEPS = (0.7, 0.92)
_VIEWS = 1 + 2 * _NEIGHBOURS + 2 * len(_KEEPS) + 1  # of the first pass's probabilities that the second one gets


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

    def to_arrays(self, prefix: str) -> dict[str, np.ndarray]:
        return {prefix + name: getattr(self, name) for name in _ARRAYS}

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """float64[rows, categories] from [rows, inputs], each at least LEAST, with DIGITS digits."""
        return np.asarray(
            kernels.network(
                np.ascontiguousarray(rows, np.float32),
                self.mean,
                self.spread,
                MOST_SPREADS,
                self.hidden,
                self.hidden_bias,
                self.out,
                self.out_bias,
                10.0**DIGITS,
                LEAST,
            )
        )


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
        first = self.first.probabilities(evidence)
        return (first + self.second.probabilities(in_context(evidence, first))) / 2


def in_context(evidence: np.ndarray, likely: np.ndarray) -> np.ndarray:
    """The evidence of a page's blocks, then the first pass's probabilities of the block, its neighbours, those before
    and after it, and the page."""
    inputs = evidence.shape[1]
    out = np.empty((len(evidence), inputs + _VIEWS * likely.shape[1]), np.float32)
    out[:, :inputs] = evidence
    kernels.context_columns(out, inputs, likely, _NEIGHBOURS, _KEEPS)
    return out


def standard(rows: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Inputs in units of their spread around their mean, held within MOST_SPREADS."""
    return np.asarray(np.clip((rows - mean) / spread, -MOST_SPREADS, MOST_SPREADS))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities from the logits of each row."""
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(likely / likely.sum(axis=1, keepdims=True))
