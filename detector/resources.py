"""Where the shipped `models/` and `datasets/` are, and how a model folder is read and written.

A model is a folder `<name>_v<N>/` of two files: `model.json` (what it is, from what it was made, how
good it is, and the SHA-256, shape and type of every array) and `weights.npz`. No pickle is ever read.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from detector.data import ModelInvalid

SCHEMA = 1
_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    """A wheel carries the folder inside the package, a checkout beside it."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def models_dir() -> Path:
    """The folder of the shipped models."""
    return _shipped("models")


def model_hashes() -> dict[str, str]:
    """The SHA-256 of the description of every shipped model, which has that of its weights, by the model's name."""
    descriptions = sorted(models_dir().glob("*_v*/model.json"))
    return {file.parent.name: _sha256(file) for file in descriptions}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def datasets_dir() -> Path:
    """The folder of the shipped datasets and the demo crawl."""
    return _shipped("datasets")


def save_model(folder: Path, description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a model folder; `description` must be JSON, `arrays` plain numbers.

    Each file is written beside its final name and then renamed, weights first, so that a reader
    never meets a header without its weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "weights.npz.part"
    with weights.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **dict(arrays))
    header = {
        "schema": SCHEMA,
        **description,
        "sha256": _sha256(weights),
        "arrays": _shapes(arrays),
    }
    os.replace(weights, folder / "weights.npz")
    _write_header(folder, header)


def _shapes(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    return {name: {"shape": list(array.shape), "dtype": str(array.dtype)} for name, array in arrays.items()}


def note_metrics(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Write the measured quality of a saved model, JSON, into its header."""
    header = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    _write_header(folder, {**header, "metrics": metrics})


def _write_header(folder: Path, header: Mapping[str, Any]) -> None:
    part = folder / "model.json.part"
    part.write_text(json.dumps(header, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(part, folder / "model.json")


_REMEDY = "reinstall the package or run `detector train`"


def load_header(folder: Path) -> dict[str, Any]:
    """Read the header of a model folder alone. Raises ModelInvalid when it is missing, damaged or of another schema."""
    try:
        header = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelInvalid(f"model {folder.name}: {error.filename} is missing or unreadable; {_REMEDY}") from error
    except ValueError as error:
        raise ModelInvalid(f"model {folder.name}: model.json is damaged; {_REMEDY}") from error
    if not isinstance(header, dict) or header.get("schema") != SCHEMA:
        raise ModelInvalid(f"model {folder.name}: not of schema {SCHEMA}; {_REMEDY}")
    return header


def load_model(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a model folder written by `save_model`: its header and its arrays.

    Raises ModelInvalid when a file is missing, damaged, of another schema, or does not fit the
    other.
    """
    header, remedy = load_header(folder), _REMEDY
    try:
        raw = (folder / "weights.npz").read_bytes()
    except OSError as error:
        raise ModelInvalid(f"model {folder.name}: {error.filename} is missing or unreadable; {remedy}") from error
    if hashlib.sha256(raw).hexdigest() != header.get("sha256"):
        raise ModelInvalid(f"model {folder.name}: weights.npz does not match its SHA-256; {remedy}")
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise ModelInvalid(f"model {folder.name}: weights.npz is damaged; {remedy}") from error
    if _shapes(arrays) != header.get("arrays"):
        raise ModelInvalid(f"model {folder.name}: arrays differ from model.json; {remedy}")
    return header, arrays
