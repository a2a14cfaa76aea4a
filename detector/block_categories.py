"""Evidence of each block -> how likely it is of each category, and how much speaks for the page's own text: a small
convolutional network over the blocks of a page in their order.

Each block sees the evidence of those around it through layers whose reach doubles, so that the rows of a list follow
its heading and each other (Yu & Koltun 2016, "Multi-scale context aggregation by dilated convolutions").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detector import kernels
from detector.data import CATEGORIES

_ARRAYS = ("mean", "spread", "hidden", "hidden_bias", "nearest", "around", "around_bias", "out", "out_bias")
MOST_SPREADS = 5.0  # away from the mean an input is held at
# Digits of a probability that are kept, and what is left of one below them; digits of log-odds.
DIGITS, LEAST, OWN_DIGITS = 5, 1e-6, 3
# Blocks that each layer after the first sees of a page, and how far they are apart: all see 14 before and after.
TAPS, DILATIONS = 5, (1, 2, 4)


@dataclass(frozen=True)
class Network:
    """All arrays float32; `layers` are the DILATIONS, `units` and `width` multiples of four.

    `hidden` [inputs, units] and its bias: rectified units of each block. `nearest` [TAPS, units, width] and `around`
    [layers - 1, TAPS, width, width], with their bias [layers, width]: the layers after it, rectified too. Tap t of a
    layer sees in the one before the block (t - TAPS // 2) * dilation further on, nothing past the page's ends. `out`
    [units + layers * width, categories + 1] and its bias: from all layers, of categories, and the log-odds that a block
    is the page's own text."""

    mean: np.ndarray
    spread: np.ndarray
    hidden: np.ndarray
    hidden_bias: np.ndarray
    nearest: np.ndarray
    around: np.ndarray
    around_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> Network:
        """Raises KeyError when an array is missing, ValueError when they do not fit together."""
        made = cls(*(arrays[prefix + name] for name in _ARRAYS))
        (inputs, units), width = made.hidden.shape, made.around_bias.shape[-1]
        said, layers = len(CATEGORIES) + 1, len(DILATIONS)
        shapes = (
            *((inputs,), (inputs,), (inputs, units), (units,)),
            *((TAPS, units, width), (layers - 1, TAPS, width, width), (layers, width)),
            *((units + layers * width, said), (said,)),
        )
        if tuple(getattr(made, name).shape for name in _ARRAYS) != shapes:
            raise ValueError(f"arrays of {prefix}network that fit together")
        if units % 4 or width % 4:
            raise ValueError(f"layers of {prefix}network whose units are multiples of four")
        return made

    def to_arrays(self, prefix: str) -> dict[str, np.ndarray]:
        return {prefix + name: getattr(self, name) for name in _ARRAYS}

    def evaluate(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of a page's blocks, from [blocks, inputs]: float64[blocks, categories], each at least LEAST and with DIGITS
        digits; and float64[blocks], log-odds of the page's own text, with OWN_DIGITS."""
        likely, own = kernels.network(
            np.ascontiguousarray(rows, np.float32),
            self.mean,
            self.spread,
            MOST_SPREADS,
            self.hidden,
            self.hidden_bias,
            self.nearest,
            self.around,
            self.around_bias,
            np.array(DILATIONS),
            self.out,
            self.out_bias,
            10.0**DIGITS,
            LEAST,
            10.0**OWN_DIGITS,
        )
        return likely, own


@dataclass(frozen=True)
class CategoryModel:
    """A network for pages of one kind (HTML, or already extracted text), which also has a say in what is content, and
    `votes` float32[categories]: how much the probability of each category counts when one is chosen."""

    network: Network
    votes: np.ndarray

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> CategoryModel:
        """Raises KeyError and ValueError as `Network.from_arrays`."""
        votes = arrays[prefix + "votes"]
        if votes.shape != (len(CATEGORIES),):
            raise ValueError(f"{prefix}votes of {len(CATEGORIES)} categories")
        return cls(Network.from_arrays(arrays, prefix), votes)

    def to_arrays(self, prefix: str) -> dict[str, np.ndarray]:
        return {**self.network.to_arrays(prefix), prefix + "votes": self.votes}
