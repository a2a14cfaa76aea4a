"""Train, evaluate, gate: everything behind `detector train` and `detector evaluate`."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from detector.resources import datasets_dir, models_dir, note_metrics, save_model

Log = Callable[[str], None]
BLOCK_DATASETS = ("blocks/*.tsv", "labels/lines.tsv", "labels/blocks.tsv", "closed_forms.tsv")
MATCHER_INPUTS = ("official/posts*", "official/translations*", "official/hardneg.jsonl", "pages/*")


def train(output: Path, data: Path | None = None, log: Log = print) -> None:
    """Train every model into `output`/<name>_v<N>, and note in each how good it is.

    With `data` (a folder with pages/, labelled/, reposts/ and official/) from real pages and our own examples,
    without from our own examples in datasets/ alone; these hold no translations to learn a lexicon from. The matching
    model is made for the lexicon that is installed, so that a new one is best written there. The same inputs give the
    same models.
    """
    from detector.bilingual import MODEL as LEXICON
    from detector.boilerplate import NAME, BoilerplateModel
    from detector.matching import MODEL
    from detector.training import bilingual, blocks
    from detector.training.corpus import boilerplate_examples
    from detector.training.matcher import train_matcher

    featured, closed_forms = boilerplate_examples(data, log)
    description, arrays = blocks.fit(featured, closed_forms, log)
    inputs = _inputs(data, BLOCK_DATASETS, ("pages/*", "reposts/*", "official/posts*"))
    save_model(output / NAME, {**description, **_provenance(inputs)}, arrays)
    log(f"wrote {output / NAME}")
    if data is not None:
        description, arrays = bilingual.learn_lexicon(bilingual.translated_texts(data), log)
        save_model(
            output / LEXICON,
            {**description, **_provenance(_inputs(data, (), ("official/posts*", "official/translations*")))},
            arrays,
        )
        log(f"wrote {output / LEXICON}")
    description, arrays = train_matcher(BoilerplateModel.load(output / NAME), data, log)
    inputs = _inputs(data, () if data else ("demo/posts.jsonl",), MATCHER_INPUTS)
    save_model(output / MODEL, {**description, **_provenance(inputs)}, arrays)
    log(f"wrote {output / MODEL}")
    figures = measure(output, data, log)
    of_matching = {name: figures.pop(name) for name in list(figures) if name.startswith("matching")}
    note_metrics(output / MODEL, of_matching)
    note_metrics(output / NAME, figures)


def measure(models: Path, data: Path | None = None, log: Log = print) -> dict[str, Any]:
    """Figures of the models in a folder, on what none of them was trained on: with `data` on its test sets and test
    sites, without on the demo's posts and on block templates kept out of training."""
    from detector.boilerplate import NAME, BoilerplateModel
    from detector.matching import MODEL, Matcher
    from detector.training import evaluation
    from detector.training.matcher import evaluate_matcher
    from detector.training.ranking import evaluate_ranking

    model = BoilerplateModel.load(models / NAME)
    boilerplate = evaluation.boilerplate(model, data, log)
    if data is not None:
        boilerplate["ranking"] = evaluate_ranking(model, data, log)
    matching = evaluate_matcher(Matcher.load(models / MODEL), model, data, log)
    return {**boilerplate, "matching" if data else "matching_of_demo": matching}


def evaluate(data: Path | None = None, log: Log = print) -> dict[str, Any]:
    """Measure the shipped models; print the figures as a table and return them.

    `ok` in the result is False when a figure is beyond the limit that datasets/baseline.json pins for it.
    """
    from detector.training import evaluation

    figures = measure(models_dir(), data, log)
    failures = evaluation.beyond_limits(figures, datasets_dir() / "baseline.json")
    for failure in failures:
        log(f"beyond the pinned limit: {failure}")
    return {"ok": not failures, "failures": failures, **figures}


def _inputs(data: Path | None, own: tuple[str, ...], given: tuple[str, ...]) -> list[Path]:
    """The files that a model is made from: of datasets/, those that match a pattern of `own`; of `data`, those that
    match one of `given`, but the test sets."""
    paths = [path for pattern in own for path in datasets_dir().glob(pattern)]
    if data is not None:
        paths += [path for pattern in given for path in data.glob(f"{pattern}.gz")]
    return sorted(path for path in paths if not path.name.startswith("test_"))


def _provenance(inputs: list[Path]) -> dict[str, Any]:
    """What a model was made from: SHA-256 of every input file, versions of what made it."""
    return {
        "made_from": {
            f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs
        },
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("numpy", "scipy", "scikit-learn", "selectolax")},
        },
    }
