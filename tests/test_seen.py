from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from datasketch import MinHashLSH

from detector import Page, UsageError, stores
from detector.duplicates import lsh, shingles, signature
from detector.seen import CANDIDATES, MOST_SHINGLES, Record, Seen, SeenPages
from detector.text import tokenise
from tests.samples import COOKING, SCHEDULER, jaccard_of

CHANGED = SCHEDULER.replace("forty", "fifty").replace("March", "April")
CUT = "\n".join(SCHEDULER.split("\n")[:6])
Open = Callable[..., SeenPages]


@pytest.fixture(params=["memory", "disk", "redis"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens an empty store of each kind; on disk and in Redis the same one again and again."""
    if request.param == "memory":
        return partial(SeenPages, None)
    if request.param == "disk":
        return partial(SeenPages, tmp_path / "seen.sqlite")
    return partial(SeenPages, request.getfixturevalue("redis_url"), name=tmp_path.name)


def made_up(families: int, copies: int, seed: int) -> list[tuple[int, str]]:
    """Texts of 120 words: of each family `copies`, all alike to each other, in random order, with the family."""
    source = random.Random(seed)
    texts = []
    for family in range(families):
        words = [f"w{source.randrange(10**6)}" for _ in range(120)]
        for copy in range(copies):
            changed = list(words)
            if copy > 1:  # the second is the first
                changed[source.randrange(120)] = f"v{source.randrange(10**6)}"
            texts.append((family, " ".join(changed)))
    source.shuffle(texts)
    return texts


def asked(seen: SeenPages, texts: Sequence[str]) -> list[Seen | None]:
    return [seen.check_and_add(f"u{number}", tokenise(text)) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        (["", " ", "!"], [None, None, None]),
        ([SCHEDULER, COOKING, SCHEDULER.upper(), COOKING], [None, None, Seen("u0", 1.0), Seen("u1", 1.0)]),
        ([SCHEDULER, CHANGED, CHANGED], [None] + 2 * [Seen("u0", jaccard_of(SCHEDULER, CHANGED))]),
        ([SCHEDULER, CUT], [None, Seen("u0", jaccard_of(SCHEDULER, CUT))]),
        (["short text", "another one", "Short  text!"], [None, None, Seen("u0", 1.0)]),
        ([SCHEDULER[:150], SCHEDULER[:160]], [None, None]),
        ([f"{SCHEDULER} {COOKING}", SCHEDULER, COOKING], [None, None, None]),
    ],
)
def test_answers(opened: Open, texts: list[str], expected: list[Seen | None]) -> None:
    with opened() as seen:
        assert asked(seen, texts) == expected


def test_all_stores_give_the_same_answers(tmp_path: Path, redis_url: str) -> None:
    texts = [text for _, text in made_up(60, 5, 1)]
    texts += [f"{text} {' '.join(texts[-number - 1].split()[:90])}" for number, text in enumerate(texts[:60])]
    answers = [
        asked(SeenPages(where, name=tmp_path.name), texts) for where in (None, tmp_path / "seen.sqlite", redis_url)
    ]
    assert answers[0] == answers[1] == answers[2]
    assert Counter(answer is None for answer in answers[0][:300]) == {True: 60, False: 240}


def test_the_most_similar_is_named_and_only_new_pages_are(opened: Open) -> None:
    one, two = ([f"{name}{number}" for number in range(120)] for name in "ab")
    other = one[:85] + two[85:]
    between = one[:85] + two[85:105] + one[105:]
    texts = [" ".join(words) for words in (one, other, between, between)]
    with opened(0.6) as seen:
        answers = asked(seen, texts)
    assert 0.6 < jaccard_of(texts[0], texts[2]) < jaccard_of(texts[1], texts[2])
    assert answers == [None, None] + 2 * [Seen("u1", jaccard_of(texts[1], texts[2]))]


def test_pages_are_taken_by_their_own_text(opened: Open) -> None:
    def page(text: str, site: str) -> Page:
        paragraphs = "".join(f"<p>{line}</p>" for line in text.split("\n"))
        chrome = f"<nav><a href=/>{site}</a> <a href=/a>About {site}</a></nav>"
        return Page(
            f"https://{site}.example/", html=f"<html><body>{chrome}<article>{paragraphs}</article></body></html>"
        )

    with opened() as seen:
        assert seen.check_and_add("https://a.example/", page(SCHEDULER, "harbour")) is None
        again = seen.check_and_add("https://b.example/", page(SCHEDULER, "meadow"))
        assert again is not None
        assert again.first_url == "https://a.example/"
        assert seen.check_and_add("https://c.example/", Page("", html=b"")) is None
        assert seen.check_and_add("\ud800", tokenise(COOKING)) is None
        assert seen.check_and_add("d", tokenise(COOKING)) == Seen("\ud800", 1.0)


def test_what_was_seen_stays_in_a_file_and_in_redis(opened: Open) -> None:
    with opened() as seen:
        asked(seen, [SCHEDULER])
    with opened() as seen:
        again = seen.check_and_add("later", tokenise(CHANGED))
    assert (again is not None) == (opened.args != (None,))  # type: ignore[attr-defined]


def test_long_texts_are_thinned(opened: Open) -> None:
    source = random.Random(3)
    words = [f"w{source.randrange(10**6)}" for _ in range(30_000)]
    changed = list(words)
    for place in range(0, len(words), 100):
        changed[place] = "other"
    one, other = " ".join(words), " ".join(changed)
    kept = Record.of("", shingles(tokenise(one)))
    assert MOST_SHINGLES / 2 < 1.1 * kept.shingles.size < 1.1 * MOST_SHINGLES
    with opened() as seen:
        assert asked(seen, [one, " ".join(words[:14_000])]) == [None, None]
        again = seen.check_and_add("changed", tokenise(other))
        assert again is not None
        assert again.similarity == pytest.approx(jaccard_of(one, other), abs=0.03)
        assert again.similarity < 1


def test_a_text_twice_as_long_is_alike_where_that_is_alike_enough() -> None:
    many = np.unique(np.random.default_rng(0).integers(0, 1 << 32, 5 * MOST_SHINGLES, np.uint32))
    short, long = Record.of("", many[::2][:MOST_SHINGLES]), Record.of("", many[: 2 * MOST_SHINGLES + 1])
    assert long.shift - short.shift == 2
    assert long.similarity(short, 0.5) == pytest.approx(0.5, abs=0.03)
    assert long.similarity(short, 0.7) is None


def test_a_full_disk_is_said_and_the_store_goes_on(tmp_path: Path) -> None:
    store = stores.DiskStore(tmp_path / "seen.sqlite")
    pages = int(store._file.execute("pragma page_count").fetchone()[0])
    store._file.execute(f"pragma max_page_count = {pages + 2}")
    with pytest.raises(UsageError, match="disk is full"), store.alone():
        store.claim(b"long", bytes(100_000), [])
    with store.alone():
        assert store.claim(b"short", b"record", [b"bucket"]) == (None, [])
        assert store.records([b"long", b"short"]) == [None, b"record"]
    store.close()


@pytest.fixture
def disk_store(tmp_path: Path) -> Iterator[stores.DiskStore]:
    """A store with one record."""
    store = stores.DiskStore(tmp_path / "seen.sqlite")
    with store.alone():
        store.claim(b"first", b"record", [])
    yield store
    store.close()


def goes_on(store: stores.DiskStore) -> bool:
    with store.alone():
        claimed = store.claim(b"short", b"record", [b"bucket"]) == (None, [])
        return claimed and store.records([b"first", b"lost", b"short"]) == [b"record", None, b"record"]


def test_a_commit_that_cannot_be_written_is_said_and_the_store_goes_on(
    disk_store: stores.DiskStore, tmp_path: Path
) -> None:
    limits = pytest.importorskip("resource")
    soft, hard = limits.getrlimit(limits.RLIMIT_FSIZE)
    try:
        with pytest.raises(UsageError, match="disk I/O error"), disk_store.alone():
            disk_store.claim(b"lost", bytes(10_000), [])
            limits.setrlimit(limits.RLIMIT_FSIZE, ((tmp_path / "seen.sqlite-wal").stat().st_size, hard))
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, (soft, hard))
    assert goes_on(disk_store)


def test_a_commit_that_leaves_its_transaction_open_is_said_and_taken_back(disk_store: stores.DiskStore) -> None:
    disk_store._file.execute("create table kept (page integer references pages deferrable initially deferred)")
    disk_store._file.execute("pragma foreign_keys = on")
    with pytest.raises(UsageError, match="FOREIGN KEY"), disk_store.alone():
        disk_store.claim(b"lost", b"record", [])
        disk_store._file.execute("insert into kept values (99)")
    assert goes_on(disk_store)


def test_what_thousands_of_pages_share_costs_little(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 0

    def counted(self: Any, keys: Sequence[bytes], plain: Callable[..., Any]) -> Any:
        nonlocal most
        most = max(most, len(keys))
        return plain(self, keys)

    for store in (stores.MemoryStore, stores.DiskStore, stores.RedisStore):
        monkeypatch.setattr(store, "records", lambda self, keys, plain=store.records: counted(self, keys, plain))
    monkeypatch.setattr(stores, "MOST_IN_BUCKET", 20)
    source = random.Random(5)
    template = " ".join(f"template{number}" for number in range(110))
    texts = [f"{template} {' '.join(f'w{source.randrange(10**6)}' for _ in range(70))}" for _ in range(400)]
    with opened() as seen:
        assert asked(seen, texts) == [None] * 400
        copies = [seen.check_and_add("copy", tokenise(f"{text} and more")) for text in texts[::40]]
    assert [copy and copy.first_url for copy in copies] == [f"u{40 * number}" for number in range(10)]
    assert 20 < most <= CANDIDATES


def _in_a_process(where: Any, name: str, texts: list[tuple[int, str]], seed: int) -> list[tuple[int, str, str | None]]:
    order = random.Random(seed).sample(range(len(texts)), len(texts))
    answers = []
    with SeenPages(where, name=name) as seen:
        for place in order:
            family, text = texts[place]
            url = f"{family}/{place}/{seed}"
            answer = seen.check_and_add(url, tokenise(text))
            answers.append((family, url, answer and answer.first_url))
    return answers


@pytest.mark.parametrize("kind", ["disk", "redis"])
def test_of_several_processes_one_is_told_that_a_page_is_new(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = tmp_path / "seen.sqlite" if kind == "disk" else request.getfixturevalue("redis_url")
    texts = made_up(40, 4, 7)
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        asks = [pool.submit(_in_a_process, where, tmp_path.name, texts, seed) for seed in range(3)]
        answers = [answer for ask in asks for answer in ask.result()]
    assert len(answers) == 3 * len(texts)
    assert Counter(family for family, _, first in answers if first is None) == dict.fromkeys(range(40), 1)
    assert all(first.startswith(f"{family}/") for family, _, first in answers if first is not None)


def test_threads_may_share_a_store(opened: Open) -> None:
    texts = made_up(20, 4, 9)
    answers: list[tuple[int, Seen | None]] = []
    with opened() as seen:

        def ask() -> None:
            for number, (family, text) in enumerate(texts):
                answers.append((family, seen.check_and_add(f"{family}/{number}", tokenise(text))))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(family for family, answer in answers if answer is None) == dict.fromkeys(range(20), 1)


class Planted:
    """Whoever loads it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_nothing_in_redis_is_ever_loaded(redis_url: str, tmp_path: Path) -> None:
    import redis

    trap = tmp_path / "trap"
    pickled = pickle.dumps(Planted(trap))
    pickle.loads(pickled)
    assert trap.exists()
    trap.rmdir()
    server = redis.Redis.from_url(redis_url)
    name = tmp_path.name
    with SeenPages(redis_url, name=name) as seen:
        asked(seen, [SCHEDULER, COOKING])
        for key in server.scan_iter(f"{name}_bucket_*"):
            server.sadd(key, pickled, pickled[:16], b"")
        server.set(f"{name}_page_".encode() + pickled[:16], pickled)
        for key in server.scan_iter(f"{name}_page_*"):
            server.set(key, pickled)
        # The records of both are gone, whatever stands there instead: each is new once more.
        assert asked(seen, [SCHEDULER, CHANGED, COOKING, COOKING]) == [
            None,
            Seen("u0", jaccard_of(SCHEDULER, CHANGED)),
            None,
            Seen("u2", 1.0),
        ]
    assert not trap.exists()


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\x01",
        b"\x02" + Record("a", 0, np.arange(9, dtype=np.uint32)).encode()[1:],
        b"\x01\x00\xff\xff\xff\xff" + bytes(40),
        Record("a", 40, np.arange(9, dtype=np.uint32)).encode(),
        Record("a", 0, np.zeros(9, np.uint32)).encode(),
        Record("a", 0, np.arange(9, dtype=np.uint32)).encode() + b"\xff",
    ],
)
def test_what_is_no_record_is_none(record: bytes) -> None:
    assert Record.decode(record) is None


def test_buckets_are_those_of_datasketch(redis_url: str, tmp_path: Path) -> None:
    with SeenPages(redis_url, name=tmp_path.name) as seen:
        asked(seen, [SCHEDULER, COOKING])
    ours = lsh(0.7)
    theirs = MinHashLSH(
        params=(ours.b, ours.r),
        num_perm=128,
        prepickle=False,
        storage_config={
            "type": "redis",
            "basename": tmp_path.name.encode(),
            "redis": {"unix_socket_path": urlsplit(redis_url).path},
        },
    )
    (found,) = theirs.query(signature(shingles(tokenise(SCHEDULER))))
    assert isinstance(found, bytes)
    assert len(found) == 16
    assert theirs.query(signature(shingles(tokenise(CHANGED)))) == [found]


def test_a_store_made_otherwise_is_refused(opened: Open) -> None:
    with opened(0.7) as seen:
        asked(seen, [SCHEDULER])
    if opened.args != (None,):  # type: ignore[attr-defined]
        with pytest.raises(UsageError, match=r"made otherwise.*similarity 0\.7.*not.*similarity 0\.8"):
            opened(0.8)
    with pytest.raises(UsageError, match="above 0 and at most 1"):
        opened(0)


def test_a_store_that_cannot_be_used_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text").write_text("This is no database, and it is long enough to be taken for one. " * 20)
    for where in (tmp_path / "text", tmp_path, tmp_path / "missing" / "seen.sqlite"):
        with pytest.raises(UsageError, match="cannot be used as a store of seen pages"):
            SeenPages(where)
    pytest.importorskip("redis")
    with pytest.raises(UsageError, match="Redis cannot be used as a store of seen pages"):
        SeenPages(f"unix://{tmp_path}/nobody")
    with pytest.raises(UsageError, match="the address of Redis makes no sense"):
        SeenPages("redis://localhost:port/0")
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(UsageError, match="pip install redis"):
        SeenPages("redis://localhost/0")


@pytest.mark.parametrize(
    ("where", "says"),
    [(17, "not int"), (b"seen.sqlite", "not bytes"), ("postgres://localhost/0", "postgres:// is no store")],
)
def test_what_is_no_store(where: Any, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=says):
        SeenPages(where)
    assert list(tmp_path.iterdir()) == []
