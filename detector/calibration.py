"""Sums of boosted trees -> probabilities that mean what they say and keep their order in print."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
