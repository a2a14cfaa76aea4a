import doctest
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import ordering
from detector.data import UsageError
from detector.ordering import Ordered

KEYS = st.lists(st.tuples(st.floats(0, 1), st.text(max_size=3), st.integers(-1, 2)), max_size=60)


def test_the_example() -> None:
    assert doctest.testmod(ordering).failed == 0


@given(KEYS, st.integers(1, 20))
def test_entries_come_back_sorted_and_equal_keys_as_they_came(keys: list[tuple[Any, ...]], at_hand: int) -> None:
    ordered = Ordered(at_hand=at_hand)
    for number, key in enumerate(keys):
        ordered.add(key, number)
    expected = sorted(((key, number) for number, key in enumerate(keys)), key=lambda entry: entry[0])
    assert list(ordered) == expected
    assert list(ordered) == expected, "as often as wanted"
    ordered.close()


def test_runs_longer_than_what_is_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "_READ", 50)
    ordered = Ordered(at_hand=100)
    for number in range(350):
        ordered.add((number * 37 % 350, "x" * (number % 90)), [[number, 1]])
    assert [key[0] for key, _ in ordered] == list(range(350))


def test_memory_does_not_grow_with_the_entries() -> None:
    ordered = Ordered(at_hand=500)
    tracemalloc.start()
    held = []
    for number in range(6_000):
        ordered.add((number % 7, f"https://news.example/{number}", "crawl.jsonl", number), [[number, 100]])
        if number in (1_600, 5_600):
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[1] < 1.5 * held[0]
    assert sum(1 for _ in ordered) == 6_000


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no file that is always full")
@pytest.mark.parametrize("size", [1, 100_000])
def test_a_full_disk_is_said_where_the_entries_wait(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    files: list[IO[bytes]] = []

    def full(dir: Path) -> IO[bytes]:
        files.append(FULL.open("w+b"))
        return files[-1]

    monkeypatch.setattr(ordering, "tempfile", SimpleNamespace(TemporaryFile=full))
    ordered = Ordered(Path("out"), at_hand=2)
    ordered.add((1,), "x" * size)
    with pytest.raises(UsageError, match=r"^out: a temporary file cannot be written \(No space left on device\)$"):
        ordered.add((2,), "x")
    ordered.close()
    assert files[0].closed
