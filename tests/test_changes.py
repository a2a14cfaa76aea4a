"""Changing an index: what is added and removed, and what others see when a writer fails, is killed or is not alone."""

import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from detector.contents import Contents
from detector.data import DetectorError, IndexInvalid, Page, UsageError
from detector.index import ReferenceIndex
from detector.writing import locked
from tests.samples import COOKING, POSTS, SCHEDULER, post, urls


def test_add_is_idempotent_and_keeps_versions(index: ReferenceIndex) -> None:
    assert index.add(POSTS) == 0
    second = post(POSTS[1].url, COOKING.replace("tomato", "cucumber"), "The garden, corrected")
    assert index.add([second]) == 1
    assert len(ReferenceIndex.open(index.path)) == 3
    assert index.post(index.query(second.text or "")[0].number).text == second.text


def test_remove_takes_out_every_version(index: ReferenceIndex) -> None:
    index.add([post(POSTS[1].url, COOKING + "\nUpdate: there is a hive now.")])
    assert index.remove([POSTS[1].url, "https://nowhere.example/"]) == 2
    again = ReferenceIndex.open(index.path)
    assert POSTS[1].url not in urls(again, COOKING)
    assert (len(again), again.info()["removed"]) == (1, 2)
    assert again.add([POSTS[1]]) == 1
    assert urls(again, COOKING)[0] == POSTS[1].url


def test_posts_are_removed_by_any_spelling_of_their_address(index: ReferenceIndex) -> None:
    spellings = [POSTS[0].url, f"{POSTS[0].url}/", POSTS[1].url.replace("https://", "http://www.")]
    assert index.remove(spellings) == 2
    assert index.hosts == {}


def files_of(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def broken_after(count: int) -> Iterator[Page]:
    yield from [post(f"https://a.example/{number}", f"{COOKING} {number}") for number in range(count)]
    raise RuntimeError("the reader fell over")


def no_space(*args: object, **options: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("harm", "pages", "error"),
    [
        ("", broken_after(3), RuntimeError),
        ("detector.postings.sha256", [post("https://a.example/", COOKING)], DetectorError),
        ("detector.merging.shutil.copyfileobj", [post("https://a.example/", COOKING)], DetectorError),
        ("detector.manifest.os.replace", [post("https://a.example/", COOKING)], DetectorError),
    ],
    ids=["pages", "segment", "merging", "manifest"],
)
def test_a_failed_add_leaves_nothing(
    index: ReferenceIndex,
    harm: str,
    pages: Iterable[Page],
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("detector.changes.BYTES_A_SEGMENT", 1)
    index.add([])
    before, version = files_of(index.path), index.version
    with monkeypatch.context() as patch:
        if harm:
            patch.setattr(harm, no_space)
        with pytest.raises(error):
            index.add(pages)
    assert files_of(index.path) == before
    assert (len(index), index.version, set(index.hosts)) == (2, version, {"blog.halyard.example"})
    assert index.add([post("https://a.example/", COOKING)]) == 1
    assert len(ReferenceIndex.open(index.path)) == 3


def test_a_writer_interrupted_twice_takes_nothing_away(index: ReferenceIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    read, calls = Contents.read, []

    def second_time_interrupted(path: Path) -> Contents:
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return read(path)

    index.add([])
    before = files_of(index.path)
    with monkeypatch.context() as patch:
        patch.setattr("detector.changes.save_manifest", interrupted)
        patch.setattr(Contents, "read", second_time_interrupted)
        with pytest.raises(KeyboardInterrupt):
            index.add([post("https://a.example/", COOKING)])
    assert len(calls) == 2
    assert files_of(index.path) == before
    assert len(ReferenceIndex.open(index.path)) == 2


def test_the_next_writer_clears_up_after_a_killed_one(index: ReferenceIndex) -> None:
    (index.path / "segment-0123456789ab").mkdir()
    (index.path / "manifest.01234567.part").write_text("{")
    (index.path / "notes").write_text("precious")
    index.remove([])
    names = {path.name for path in index.path.iterdir()}
    assert "notes" in names
    assert not names & {"segment-0123456789ab", "manifest.01234567.part"}


class Killed(BaseException):
    pass


@pytest.mark.parametrize(
    "at", ["detector.changes.save_manifest", "detector.manifest.os.replace", "detector.postings.sha256"]
)
@pytest.mark.parametrize("there", [True, False])
def test_a_killed_build_costs_no_index_and_leaves_nothing(
    tmp_path: Path, at: str, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*args: object) -> None:
        raise Killed

    path = tmp_path / "official.index"
    if there:
        ReferenceIndex.build(path, POSTS)
    with monkeypatch.context() as patch:
        patch.setattr(at, kill)
        patch.setattr("detector.changes.clear_up", lambda path: None)
        with pytest.raises(Killed):
            ReferenceIndex.build(path, [post("https://a.example/", COOKING)])
    assert [path.name for path in tmp_path.iterdir()] == ["official.index"]
    if there:
        assert len(ReferenceIndex.open(path)) == 2
    assert len(ReferenceIndex.build(path, POSTS[:1])) == 1
    assert len(list(path.glob("segment-*"))) == 1
    assert not list(path.glob("*.part"))
    assert urls(ReferenceIndex.open(path), SCHEDULER) == [POSTS[0].url]


def test_readers_go_on_while_an_index_is_built_anew(index: ReferenceIndex) -> None:
    def pages() -> Iterator[Page]:
        assert len(ReferenceIndex.open(index.path)) == 2
        yield POSTS[0]

    assert len(ReferenceIndex.build(index.path, pages())) == 1
    assert urls(index, COOKING)[0] == POSTS[1].url
    assert len(ReferenceIndex.open(index.path)) == 1


@pytest.mark.parametrize("manifest", ["{", '{"format": 1}', '{"format": 1, "segments": []}'])
def test_what_cannot_be_opened_can_be_built_anew(index: ReferenceIndex, manifest: str) -> None:
    (index.path / "manifest.json").write_text(manifest)
    with pytest.raises(UsageError, match="no posts found"):
        ReferenceIndex.build(index.path, [])
    assert (index.path / "manifest.json").read_text() == manifest
    assert len(ReferenceIndex.build(index.path, POSTS)) == 2
    assert len(list(index.path.glob("segment-*"))) == 1


@pytest.mark.parametrize("change", ["add", "build"])
def test_verifying_beside_a_writer_reports_no_damage(
    index: ReferenceIndex, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = ReferenceIndex.open(index.path)
    extra = [post("https://a.example/", COOKING)]
    getattr(index, change)(*([index.path] if change == "build" else []), extra)
    assert not all(segment.folder.exists() for segment in reader._contents.segments)
    assert reader.info(verify=True)["damaged"] == []
    next(index.path.glob("segment-*/records.bin")).unlink()
    with pytest.raises(IndexInvalid, match="missing"):
        reader.info(verify=True)


def test_writers_do_not_undo_each_other(index: ReferenceIndex) -> None:
    other = ReferenceIndex.open(index.path)
    assert index.add([post("https://a.example/", COOKING)]) == 1
    assert other.add([post("https://b.example/", COOKING)]) == 1
    assert index.remove([POSTS[0].url]) == 1
    assert other.add([post("https://a.example/", COOKING)]) == 0
    assert set(ReferenceIndex.open(index.path).hosts) == {"blog.halyard.example", "a.example", "b.example"}
    assert len(ReferenceIndex.open(index.path)) == len(other) == 3


def test_writers_wait_for_each_other(index: ReferenceIndex) -> None:
    def add(number: int) -> int:
        return ReferenceIndex.open(index.path).add([post(f"https://a.example/{number}", f"{COOKING} {number}")])

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(add, range(6))) == [1] * 6
    assert len(ReferenceIndex.open(index.path)) == 8


def test_a_writer_that_waits_too_long_says_so(index: ReferenceIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.writing.PATIENCE", 0.05)
    with locked(index.path / "lock"):
        for change in (lambda: index.add(POSTS), lambda: index.remove([]), lambda: index.build(index.path, POSTS)):
            with pytest.raises(DetectorError, match="another process has been writing") as caught:
                change()
            assert "\n" not in str(caught.value)
    assert len(ReferenceIndex.open(index.path)) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="open files are named in /proc")
def test_what_a_manifest_names_is_on_the_disk_before_it(index: ReferenceIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    replace = os.replace

    def note(descriptor: int) -> None:
        steps.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))

    monkeypatch.setattr("detector.writing.os.fsync", note)
    monkeypatch.setattr("detector.manifest.os.replace", lambda a, b: (steps.append("rename"), replace(a, b)))
    index.add([post("https://a.example/", COOKING)])
    synced = {Path(step).name for step in steps[: steps.index("rename")]}
    segment = index.path / index._contents.manifest["segments"][-1]["name"]
    assert {path.name for path in segment.iterdir()} | {segment.name, index.path.name} <= synced
    assert any(name.endswith(".part") for name in synced)
