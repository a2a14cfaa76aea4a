"""Train, evaluate, gate: everything behind `detector train` and `detector evaluate`."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from detector.resources import datasets_dir, save_model

Log = Callable[[str], None]


def train(output: Path, data: Path | None = None, log: Log = print) -> None:
    """Train every model into `output`/<name>_v<N>.

    With `data` (a folder with pages/, labelled/, reposts/ and official/) from real pages and our own examples,
    without from our own examples in datasets/ alone. The same inputs give the same models.
    """
    from detector.boilerplate import NAME
    from detector.training import blocks
    from detector.training.copies import train_matcher
    from detector.training.corpus import boilerplate_examples

    featured, closed_forms = boilerplate_examples(data, log)
    description, arrays = blocks.fit(featured, closed_forms, log)
    save_model(output / NAME, {**description, **_provenance(data)}, arrays)
    log(f"wrote {output / NAME}")
    train_matcher(output, data, log)


def evaluate(data: Path | None = None, log: Log = print) -> dict[str, Any]:
    """Measure the shipped models; print the figures as a table and return them.

    `ok` in the result is False when a figure is below the floor that datasets/baseline.json pins for it.
    """
    from detector.training import evaluation
    from detector.training.copies import evaluate_matcher

    figures = {**evaluation.boilerplate(data, log), "matching": evaluate_matcher(data, log)}
    failures = evaluation.below_floors(figures, datasets_dir() / "baseline.json")
    for failure in failures:
        log(f"below the pinned floor: {failure}")
    return {"ok": not failures, "failures": failures, **figures}


def _provenance(data: Path | None) -> dict[str, Any]:
    """What the model was made from: SHA-256 of every input file, versions of what made it."""
    inputs = sorted(
        path
        for folder in (
            datasets_dir() / "blocks",
            *((data / name for name in ("pages", "reposts", "official")) if data else ()),
        )
        for path in folder.glob("*")
        if path.is_file() and not path.name.startswith("test_")
    )
    inputs.append(datasets_dir() / "closed_forms.tsv")
    return {
        "made_from": {
            f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs
        },
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("numpy", "scipy", "scikit-learn", "selectolax")},
        },
    }
