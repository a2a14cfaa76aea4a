"""Making probabilities of trees' sums, choosing thresholds, and judging how well probabilities are calibrated."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

TIE_WEIGHT = 0.01


def calibrate(sums: np.ndarray, labels: np.ndarray, ties: int) -> np.ndarray:
    """The weights of `detector.calibration.calibration_inputs`: the trees' sums (float64[rows]) scaled and shifted so
    that they are log-odds (Platt 1999), and next to nothing for what breaks `ties`, always in favour of a copy."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1.0).fit(sums[:, None], labels)
    return np.array([fitted.coef_[0, 0], *ties * [TIE_WEIGHT], fitted.intercept_[0]])


def highest_but(values: Iterable[float], share: float) -> float:
    """The lowest threshold that at most `share` of the values are above; 0.5 without any."""
    ordered = sorted(values, reverse=True)
    return ordered[int(share * len(ordered))] if ordered else 0.5


def lowest_but(values: Iterable[float], share: float) -> float:
    """The highest threshold that at most `share` of the values are below; 0 without any."""
    ordered = sorted(values)
    return ordered[int(share * len(ordered))] if ordered else 0.0


def calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean distance of probability and frequency over equal bins, weighted by
    the share of pages in each (Naeini et al. 2015)."""
    if not probabilities.size:
        return 0.0
    bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(probabilities[bin_of == bin].mean() - truth[bin_of == bin].mean()) * (bin_of == bin).mean()
            for bin in np.unique(bin_of)
        )
    )
