import doctest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector import merging
from detector.data import Page
from detector.index import ReferenceIndex
from detector.manifest import check_manifest
from detector.merging import TIMES_THE_REST, first_to_merge
from tests.samples import COOKING, SCHEDULER

FOOTER = "All that is written here may be read by anybody who likes to read it, and by nobody else."


def page(number: int) -> Page:
    """Posts of which every one has words of its own, some have half of another, and all have the footer."""
    own = " ".join(f"word{number}x{place} and then" for place in range(20))
    return Page(
        f"https://blog.example/{number}", text=f"{own}\n{COOKING if number % 3 else SCHEDULER}\n{FOOTER}", title=""
    )


def answers(index: ReferenceIndex, numbers: range) -> list[Any]:
    """What queries find, by address; the numbers of posts may differ."""
    return [
        [(index.post(one.number).url, one.score, one.anchor_score, one.shares) for one in found]
        for found in (index.query(page(number).text or "") for number in numbers)
    ]


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., ReferenceIndex]:
    def build(name: str, numbers: range, **options: Any) -> ReferenceIndex:
        return ReferenceIndex.build(tmp_path / name, map(page, numbers), **options)

    return build


def files(index: ReferenceIndex) -> list[dict[str, Any]]:
    return [entry["files"] for entry in index._contents.manifest["segments"]]


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(merging).failed == 0


def test_many_additions_leave_few_segments() -> None:
    posts: list[int] = []
    written = 0
    for _ in range(3_000):
        posts.append(1)
        first = first_to_merge(posts)
        posts[first:] = [sum(posts[first:])]
        written += posts[-1]
        assert all(posts[at] >= TIMES_THE_REST * sum(posts[at + 1 :]) for at in range(len(posts)))
    assert len(posts) <= 6
    assert written < 25 * 3_000


def test_added_one_by_one_is_built_at_once(built: Callable[..., ReferenceIndex]) -> None:
    at_once, grown = built("a.index", range(30)), built("b.index", range(10))
    for number in range(10, 30):
        assert grown.add([page(number)]) == 1
    assert grown.info()["segments"] <= 3
    assert answers(grown, range(35)) == answers(at_once, range(35))
    assert {path.name for path in grown.path.iterdir() if path.is_dir()} == {
        entry["name"] for entry in grown._contents.manifest["segments"]
    }


@pytest.mark.parametrize("jobs", [1, 2])
def test_built_in_parts_is_built_at_once_to_the_byte(
    built: Callable[..., ReferenceIndex], monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setattr("detector.postings.MOST_POSTS", 25)
    monkeypatch.setattr("detector.sampling.STEPS", ((6, 1), (12, 2), (20, 4)))
    at_once = built("a.index", range(40))
    monkeypatch.setattr("detector.changes.BYTES_A_SEGMENT", 30_000)
    monkeypatch.setattr("detector.merging.STRETCH", 700)
    in_parts = built("b.index", range(40), jobs=jobs)
    assert in_parts.info()["sampling"] == 16
    assert files(in_parts) == files(at_once)


def test_the_sampling_follows_the_size(built: Callable[..., ReferenceIndex], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.sampling.STEPS", ((10, 1), (20, 2), (30, 4)))
    index, fixed = built("a.index", range(10)), built("b.index", range(10), sampling=3)
    assert (index.info()["sampling"], fixed.info()["sampling"]) == (1, 3)
    for grown in (index, fixed):
        grown.add(map(page, range(10, 11)))
        grown.add(map(page, range(11, 25)))
    assert (index.info()["sampling"], fixed.info()["sampling"]) == (4, 3)
    assert index.info()["segments"] == 1
    assert files(index) == files(built("c.index", range(25)))


def test_removed_posts_stay_removed_when_segments_are_merged(built: Callable[..., ReferenceIndex]) -> None:
    index = built("a.index", range(12))
    gone = [page(number).url for number in (0, 5, 11)]
    assert index.remove(gone) == 3
    index.add(map(page, range(12, 18)))
    assert (len(index), index.info()["removed"], index.info()["segments"]) == (15, 0, 1)
    left = [number for number in range(18) if page(number).url not in gone]
    assert files(index) == files(ReferenceIndex.build(index.path.with_name("b.index"), map(page, left)))
    assert [index.post(number).text for number in range(15)] == [page(number).text for number in left]
    assert index.add([page(5)]) == 1


def test_mostly_removed_segments_are_written_anew(built: Callable[..., ReferenceIndex]) -> None:
    index = built("a.index", range(12))
    index.remove([page(number).url for number in range(8)])
    assert index.info()["removed"] == 8
    index.add([])
    assert (len(index), index.info()["removed"]) == (4, 0)
    index.remove([page(number).url for number in range(12)])
    index.add([])
    assert (len(index), index.info()["segments"]) == (0, 0)
    assert index.query(SCHEDULER) == []
    assert index.add([page(3)]) == 1


def test_a_key_of_all_posts_costs_no_list_and_says_nothing(
    built: Callable[..., ReferenceIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = built("a.index", range(60))
    monkeypatch.setattr("detector.postings.MOST_POSTS", 50)
    flooded, grown = built("b.index", range(60)), built("c.index", range(55))
    grown.add(map(page, range(55, 60)))
    assert grown.info()["segments"] == 2
    assert answers(flooded, range(60)) == answers(plain, range(60)) == answers(grown, range(60))
    assert all(candidate.in_page["words"] == 0 for candidate in flooded.query(FOOTER))
    longest = max(max(lists[:1].tolist(), default=0) for lists in flooded._contents.segments[0].lists)
    assert longest <= 50


def test_a_reader_goes_on_while_segments_are_merged(built: Callable[..., ReferenceIndex]) -> None:
    writer = built("a.index", range(8))
    reader = ReferenceIndex.open(writer.path)
    before = answers(reader, range(8))
    writer.add(map(page, range(8, 16)))
    assert answers(reader, range(8)) == before
    assert len(ReferenceIndex.open(writer.path)) == 16


def test_opening_while_segments_are_merged_sees_one_state(
    built: Callable[..., ReferenceIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = built("a.index", range(8))

    def check_late(manifest: dict[str, Any]) -> None:
        monkeypatch.setattr("detector.contents.check_manifest", check_manifest)
        writer.add(map(page, range(8, 16)))
        check_manifest(manifest)

    monkeypatch.setattr("detector.contents.check_manifest", check_late)
    assert len(ReferenceIndex.open(writer.path)) == 16
