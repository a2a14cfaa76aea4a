"""Boosted decision trees as plain arrays.

Trained by scikit-learn, but shipped and evaluated without it: an estimator pickled under one version of
scikit-learn silently changes its answers under another, and unpickling runs code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from detector import kernels

MOST_LEAVES = 64  # of a tree: each is a bit


@dataclass(frozen=True)
class Masks:
    """The trees as `kernels.sum_trees` walks them. The inner nodes of tree t are `first[t]` to `first[t + 1]` (int64);
    the leaves are bits, left to right from the lowest, and a row that is not <= `threshold` in `feature` (int64) keeps
    those in `keep` (uint64): none of the node's left branch. The lowest that is left at last is the row's leaf;
    `values` float64[trees, MOST_LEAVES] are at the upper bits of its product with `kernels.DE_BRUIJN`.
    """

    first: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    keep: np.ndarray
    values: np.ndarray


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
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], features: int, prefix: str = "trees_") -> Trees:
        """Read back what `to_arrays` gave, for rows of so many `features`. Raises KeyError when an array is missing,
        ValueError as `masks` and when they do not belong together or ask for more features."""
        made = cls(**{field.name: arrays[prefix + field.name] for field in fields(cls)})
        try:
            made.masks  # noqa: B018  (refused now rather than at the first page)
        except IndexError as error:
            raise ValueError(f"trees whose nodes are there ({error})") from error
        if made.features > features:
            raise ValueError(f"trees that ask for no more than {features} features")
        return made

    def to_arrays(self, prefix: str = "trees_") -> dict[str, np.ndarray]:
        return {prefix + field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def masks(self) -> Masks:
        """Raises ValueError when a left branch does not follow its node, or a tree has too many leaves."""
        leaf = self.feature < 0
        inner, leaves = np.flatnonzero(~leaf), np.flatnonzero(leaf)
        before = np.concatenate(([0], np.cumsum(leaf)))  # leaves of all trees
        tree = np.searchsorted(self.roots, np.arange(leaf.size), side="right") - 1
        number = before[:-1] - before[self.roots][tree]  # of leaves of the same tree before each node
        left, right = self.left[inner], self.right[inner]
        if not (np.array_equal(left, inner + 1) and (right > left).all()) or number[leaves].max() >= MOST_LEAVES:
            raise ValueError(f"trees of at most {MOST_LEAVES} leaves whose left branches come first")
        one = np.uint64(1)
        values = np.zeros((self.roots.size, MOST_LEAVES))
        slots = ((one << number[leaves].astype(np.uint64)) * kernels.DE_BRUIJN) >> np.uint64(58)
        values[tree[leaves], slots] = self.value[leaves]
        return Masks(
            np.searchsorted(inner, np.append(self.roots, leaf.size)),
            self.feature[inner].astype(np.int64),
            self.threshold[inner],
            ~((one << number[right].astype(np.uint64)) - (one << number[left].astype(np.uint64))),
            values,
        )

    @cached_property
    def features(self) -> int:
        """How many features the trees ask for at least."""
        return int(self.feature.max()) + 1

    def evaluate(self, features: np.ndarray) -> np.ndarray:
        """Log-odds of each row of `features` (float64[rows, features]), float64[rows]. Raises ValueError when there are
        fewer features than the trees ask for."""
        own = self.masks
        if features.shape[1] < self.features:
            raise ValueError(f"trees ask for {self.features} features, not {features.shape[1]}")
        columns = np.ascontiguousarray(np.asarray(features, np.float64).T)
        return np.asarray(
            kernels.sum_trees(columns, own.first, own.feature, own.threshold, own.keep, own.values, float(self.base[0]))
        )
