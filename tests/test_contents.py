"""What is damaged or forged on the disk is refused, in one line."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from detector.data import IndexInvalid
from detector.index import ReferenceIndex
from detector.postings import sha256
from tests.samples import COOKING, POSTS, SCHEDULER, post


def damage_manifest(path: Path, change: dict[str, object]) -> None:
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | change))


def damage_segment(path: Path, change: dict[str, object]) -> None:
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["segments"][0] |= change
    (path / "manifest.json").write_text(json.dumps(manifest))


def cut(path: Path, name: str) -> None:
    file = next(path.glob(f"segment-*/{name}"))
    file.write_bytes(file.read_bytes()[:-10])


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda path: (path / "manifest.json").unlink(), "no index there"),
        (lambda path: (path / "manifest.json").write_text("{"), "manifest.json is damaged"),
        (lambda path: (path / "manifest.json").write_text("[]"), "another version"),
        (
            lambda path: damage_manifest(path, {"format": 1}),
            "another version; make it anew with `detector index build`",
        ),
        (lambda path: damage_manifest(path, {"format": 99}), "another version"),
        (lambda path: damage_manifest(path, {"views": ["words"]}), "another version"),
        (lambda path: damage_manifest(path, {"lexicon": "another"}), "another version"),
        (lambda path: damage_manifest(path, {"segments": 7}), "damaged"),
        (lambda path: damage_manifest(path, {"sampling": "x"}), "damaged"),
        (lambda path: damage_segment(path, {"posts": float("inf")}), "damaged"),
        (lambda path: damage_segment(path, {"removed": [99]}), "damaged"),
        (lambda path: damage_segment(path, {"name": f"../{path.name}/segment-0123456789ab"}), "damaged"),
        (lambda path: damage_segment(path, {"name": "../../x"}), "damaged"),
        (lambda path: damage_segment(path, {"name": "segment-0123456789AB"}), "damaged"),
        (lambda path: damage_segment(path, {"name": 7}), "damaged"),
        (lambda path: damage_segment(path, {"files": {"../../x.npy": [1, ""]}}), "damaged"),
        (lambda path: (path / "manifest.json").write_text("[" * 100_000), "manifest.json is damaged"),
        (lambda path: damage_manifest(path, {"sampling": True}), "damaged"),
        (lambda path: damage_manifest(path, {"sampling": 2**64}), "damaged"),
        (lambda path: damage_manifest(path, {"sampling_fixed": 7}), "damaged"),
        (lambda path: damage_manifest(path, {"hosts": {"a.example": 7}}), "damaged"),
        (lambda path: damage_manifest(path, {"hosts": {"a.example": {"": "7"}}}), "damaged"),
        (lambda path: damage_segment(path, {"sampling": {}}), "damaged"),
        (lambda path: damage_segment(path, {"posts": 2.0}), "damaged"),
        (lambda path: damage_segment(path, {"posts": 2**70}), "damaged"),
        (lambda path: damage_segment(path, {"removed": [[0, 1]]}), "damaged"),
        (lambda path: damage_segment(path, {"removed": [1, 0]}), "damaged"),
        (lambda path: damage_segment(path, {"removed": [0, 0]}), "damaged"),
        (lambda path: damage_segment(path, {"files": {"records.bin": 7}}), "damaged"),
        (lambda path: damage_segment(path, {"files": {"records.bin": [0, 7]}}), "damaged"),
        (lambda path: cut(path, "words.keys.npy"), "cut off"),
        (lambda path: cut(path, "records.bin"), "cut off"),
        (lambda path: next(path.glob("segment-*/offsets.npy")).unlink(), "missing"),
    ],
)
def test_damaged_indexes_are_refused_in_one_line(index: ReferenceIndex, harm, says: str) -> None:
    harm(index.path)
    with pytest.raises(IndexInvalid, match=says) as caught:
        ReferenceIndex.open(index.path)
    assert "\n" not in str(caught.value)


def test_a_segment_outside_the_index_is_not_opened(index: ReferenceIndex, tmp_path: Path) -> None:
    segment = next(index.path.glob("segment-*"))
    segment.rename(tmp_path / segment.name)
    damage_segment(index.path, {"name": f"../{segment.name}"})
    with pytest.raises(IndexInvalid, match="damaged"):
        ReferenceIndex.open(index.path)


def forge(path: Path, name: str, array: np.ndarray) -> None:
    """Put another array in the place of one, with a manifest that agrees."""
    file = next(path.glob(f"segment-*/{name}"))
    np.save(file, array)
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["segments"][0]["files"][name] = [file.stat().st_size, sha256(file)]
    (path / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("words.places.npy", np.zeros(3, np.uint32)),
        ("words.places.npy", np.zeros(3, np.float64)),
        ("words.sieve.npy", np.zeros(0, np.uint8)),
        ("words.sizes.npy", np.zeros(1, np.uint32)),
        ("offsets.npy", np.zeros((3, 1), np.int64)),
    ],
)
def test_forged_arrays_are_refused(index: ReferenceIndex, name: str, array: np.ndarray) -> None:
    forge(index.path, name, array)
    with pytest.raises(IndexInvalid, match="damaged"):
        ReferenceIndex.open(index.path)


@pytest.mark.parametrize("place", [2**31 - 1, 2**31, 2**32 - 2], ids=["post", "list of no posts", "no list"])
def test_forged_postings_reach_no_memory_of_others(index: ReferenceIndex, place: int) -> None:
    size = np.load(next(index.path.glob("segment-*/words.places.npy"))).size
    forge(index.path, "words.places.npy", np.full(size, place, np.uint32))
    forge(index.path, "words.lists.npy", np.zeros(1, np.uint32))
    forged = ReferenceIndex.open(index.path)
    assert forged.query(SCHEDULER)[0].in_post["words"] == 0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ReferenceIndex.build(tmp_path_factory.mktemp("small") / "official.index", POSTS[:1]).path


@pytest.mark.parametrize("name", ["words.keys.npy", "offsets.npy"])
@pytest.mark.parametrize(
    ("at", "byte"), [(at, byte) for at in (8, 9, 10, 20, 27, 60, 70, 80) for byte in b"\xff\x00\n('\\9"]
)
def test_damaged_headers_of_arrays_are_index_errors(tmp_path: Path, small: Path, name: str, at: int, byte: int) -> None:
    path = tmp_path / "damaged.index"
    shutil.copytree(small, path)
    file = next(path.glob(f"segment-*/{name}"))
    raw = bytearray(file.read_bytes())
    raw[at] = byte
    file.write_bytes(raw)
    try:
        ReferenceIndex.open(path)
    except IndexInvalid as error:
        assert "\n" not in str(error)


def test_damaged_offsets_are_not_merged(index: ReferenceIndex) -> None:
    size = int(np.load(next(index.path.glob("segment-*/offsets.npy")))[-1])
    forge(index.path, "offsets.npy", np.array([0, 2**62, size]))
    with pytest.raises(IndexInvalid, match=r"offsets\.npy is damaged"):
        ReferenceIndex.open(index.path).add([post("https://a.example/", COOKING)])


def test_damaged_record_is_an_index_error(index: ReferenceIndex) -> None:
    file = next(index.path.glob("segment-*/records.bin"))
    file.write_bytes(b"\0" * file.stat().st_size)
    with pytest.raises(IndexInvalid, match="record"):
        ReferenceIndex.open(index.path).post(0)
