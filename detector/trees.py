"""Boosted decision trees as plain arrays.

Trained by scikit-learn, but shipped and evaluated without it: an estimator pickled under one version of
scikit-learn silently changes its answers under another, and unpickling runs code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from detector import kernels


@dataclass(frozen=True)
class Trees:
    """All nodes of all trees in one row each. Node i of an inner kind goes to `left[i]` where feature
    `feature[i]` is <= `threshold[i]`, else to `right[i]`; a leaf has feature -1 and adds `value[i]`.
    `roots` are the first nodes of the trees, int32; `base` (float64[1]) is what the sum starts from.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    roots: np.ndarray
    base: np.ndarray

    @classmethod
    def from_classifier(cls, classifier: Any) -> Trees:
        """Take over a fitted two-class HistGradientBoostingClassifier without categorical features."""
        columns: dict[str, list[Any]] = {name: [] for name in ("feature", "threshold", "left", "right", "value")}
        roots = []
        for (predictor,) in classifier._predictors:
            start = len(columns["feature"])
            roots.append(start)
            for node in predictor.nodes:
                leaf = bool(node["is_leaf"])
                columns["feature"].append(-1 if leaf else int(node["feature_idx"]))
                columns["threshold"].append(0.0 if leaf else float(node["num_threshold"]))
                columns["left"].append(0 if leaf else start + int(node["left"]))
                columns["right"].append(0 if leaf else start + int(node["right"]))
                columns["value"].append(float(node["value"]) if leaf else 0.0)
        return cls(
            np.array(columns["feature"], np.int16),
            np.array(columns["threshold"], np.float64),
            np.array(columns["left"], np.int32),
            np.array(columns["right"], np.int32),
            np.array(columns["value"], np.float64),
            np.array(roots, np.int32),
            np.asarray(classifier._baseline_prediction, np.float64).reshape(1),
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str = "trees_") -> Trees:
        """Read back what `to_arrays` gave."""
        return cls(**{field.name: arrays[prefix + field.name] for field in fields(cls)})

    def to_arrays(self, prefix: str = "trees_") -> dict[str, np.ndarray]:
        return {prefix + field.name: getattr(self, field.name) for field in fields(self)}

    def evaluate(self, features: np.ndarray) -> np.ndarray:
        """Log-odds of each row of `features` (float64[rows, features]), float64[rows]."""
        return np.asarray(
            kernels.sum_trees(
                np.ascontiguousarray(features, np.float64),
                self.feature,
                self.threshold,
                self.left,
                self.right,
                self.value,
                self.roots,
                self.base[0],
            )
        )
