"""Sums of boosted trees -> probabilities that mean what they say and keep their order in print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detector.trees import Trees

# Log-odds beyond KNEE are squeezed below LIMIT, so that probabilities keep their order in print:
# 1/(1+e^-7) is 0.9991, and the differences above 1/(1+e^-4), 0.982, show within six digits.
KNEE, LIMIT = 4.0, 7.0


def calibration_inputs(sums: np.ndarray, features: np.ndarray, ties: Sequence[int]) -> np.ndarray:
    """What a calibration weighs to make log-odds: the trees' sums (float64[rows]), the features of `ties` (columns;
    without them rows in the same leaves would all get the same probability), and 1. float64[rows, 2 + ties]."""
    return np.column_stack([sums, features[:, ties], np.ones(len(sums))])


def squash(log_odds: np.ndarray) -> np.ndarray:
    """Log-odds -> probability: the logistic function, flattened beyond KNEE so that it stays strictly
    monotone in print and never reaches 0 or 1."""
    beyond = np.maximum(np.abs(log_odds) - KNEE, 0.0)
    bounded = np.minimum(np.abs(log_odds), KNEE) + beyond / (1.0 + beyond / (LIMIT - KNEE))
    return np.asarray(1.0 / (1.0 + np.exp(-np.sign(log_odds) * bounded)))


@dataclass(frozen=True)
class CalibratedTrees:
    """Boosted trees whose sums a calibration makes probabilities of: `weights` float64[2 + ties] weighs what
    `calibration_inputs` gives for the columns `ties`."""

    trees: Trees
    weights: np.ndarray
    ties: tuple[int, ...]

    @classmethod
    def from_arrays(
        cls,
        arrays: Mapping[str, np.ndarray],
        weights: Sequence[float],
        features: Sequence[str],
        ties: Sequence[str],
        prefix: str = "trees_",
    ) -> CalibratedTrees:
        """Read back what a model folder holds of trees over `features`, `ties` of which break ties. Raises KeyError,
        TypeError or ValueError when it is not that."""
        calibration = np.array(weights, np.float64)
        if calibration.shape != (2 + len(ties),):
            raise ValueError(f"a calibration with {len(ties)} ties")
        return cls(Trees.from_arrays(arrays, len(features), prefix), calibration, tuple(map(features.index, ties)))

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Rows of features -> probabilities, float64[rows]."""
        return squash(calibration_inputs(self.trees.evaluate(features), features, self.ties) @ self.weights)
