import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detector.data import ModelInvalid
from detector.resources import datasets_dir, load_model, models_dir, note_metrics, save_model

ARRAYS = {"weights": np.arange(12, dtype=np.float32).reshape(3, 4), "bias": np.array([1.5])}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_model(tmp_path / "toy_v1", {"name": "toy", "version": 1}, ARRAYS)
    return tmp_path / "toy_v1"


def test_round_trip(folder: Path) -> None:
    header, arrays = load_model(folder)
    assert header["name"] == "toy"
    assert all(np.array_equal(arrays[name], array) for name, array in ARRAYS.items())
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "weights.npz"]


def test_metrics_are_noted_beside_what_is_there(folder: Path) -> None:
    before, _ = load_model(folder)
    note_metrics(folder, {"recall": 0.9})
    header, arrays = load_model(folder)
    assert header == {**before, "metrics": {"recall": 0.9}}
    assert arrays.keys() == ARRAYS.keys()


def test_nothing_is_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pickle"):
        save_model(tmp_path / "toy_v1", {}, {"weights": np.array([{"a": 1}], dtype=object)})
    assert not (tmp_path / "toy_v1" / "model.json").exists()


def rewrite(folder: Path, change: Callable[[dict], dict]) -> None:
    header = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(change(header)))


def plant_pickle(folder: Path) -> None:
    """Weights that would run code if they were unpickled, under a header that matches them."""
    with (folder / "weights.npz").open("wb") as file:
        np.savez_compressed(file, allow_pickle=True, weights=np.array([{"a": 1}], dtype=object))
    digest = hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest()
    rewrite(folder, lambda h: h | {"sha256": digest, "arrays": {"weights": {"shape": [1], "dtype": "object"}}})


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda f: (f / "model.json").unlink(), "missing"),
        (lambda f: (f / "weights.npz").unlink(), "missing"),
        (lambda f: (f / "model.json").write_text("{"), "model.json is damaged"),
        (lambda f: (f / "model.json").write_bytes(b"\xff\xfe\x00"), "model.json is damaged"),
        (lambda f: (f / "weights.npz").write_bytes(b"PK"), "SHA-256"),
        (lambda f: rewrite(f, lambda h: h | {"schema": 99}), "schema"),
        (lambda f: rewrite(f, lambda h: h | {"arrays": {}}), "arrays differ"),
        (lambda f: rewrite(f, lambda h: {k: v for k, v in h.items() if k != "arrays"}), "arrays differ"),
        (plant_pickle, "damaged"),
    ],
)
def test_damage_is_one_line(folder: Path, harm: Callable[[Path], None], says: str) -> None:
    harm(folder)
    with pytest.raises(ModelInvalid, match=says) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["bilingual_v1", "boilerplate_v1", "normalisation_v1", "repost_v1"])
def test_shipped_models_are_whole(name: str) -> None:
    header, arrays = load_model(models_dir() / name)
    assert header["version"] == 1
    assert arrays


def test_datasets_are_where_they_should_be() -> None:
    assert (datasets_dir() / "demo" / "posts.jsonl").is_file()
