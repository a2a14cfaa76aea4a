import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from detector import posts
from detector.data import DetectorError, IndexInvalid, Page, UsageError
from detector.index import ReferenceIndex
from detector.postings import sha256
from detector.writing import locked
from tests.samples import COOKING, POSTS, SCHEDULER, post


@pytest.fixture
def index(tmp_path: Path) -> ReferenceIndex:
    return ReferenceIndex.build(tmp_path / "official.index", POSTS)


def urls(index: ReferenceIndex, text: str) -> list[str]:
    return [index.post(candidate.number).url for candidate in index.query(text)]


def test_query_finds_the_post_first(index: ReferenceIndex) -> None:
    candidate = index.query("Intro. " + SCHEDULER)[0]
    found = index.post(candidate.number)
    assert (found.url, found.text, found.title) == (POSTS[0].url, SCHEDULER, POSTS[0].title)
    assert candidate.in_post["words"] > 0.9
    assert candidate.in_page["words"] > 0.9


@pytest.mark.parametrize("text", ["", "?", "字", "Nothing in here is like the posts at all, not a line of it."])
def test_query_of_strangers_finds_nothing_strong(index: ReferenceIndex, text: str) -> None:
    assert all(candidate.score < 0.1 for candidate in index.query(text))


def test_open_sees_what_build_wrote(index: ReferenceIndex) -> None:
    again = ReferenceIndex.open(index.path)
    assert len(again) == 2
    assert urls(again, COOKING)[0] == POSTS[1].url
    assert set(again.hosts) == {"blog.halyard.example"}


def test_add_is_idempotent_and_keeps_versions(index: ReferenceIndex) -> None:
    assert index.add(POSTS) == 0
    second = post(POSTS[1].url, COOKING.replace("tomato", "cucumber"), "The garden, corrected")
    assert index.add([second]) == 1
    assert len(ReferenceIndex.open(index.path)) == 3
    assert index.post(index.query(second.text or "")[0].number).text == second.text


TEASER = " ".join(COOKING.split()[:30]) + " … Read more"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("first", ["teaser", "whole"])
@pytest.mark.parametrize(
    "address", [POSTS[1].url, POSTS[1].url.replace("https://", "http://www.") + "/?utm_source=rss"]
)
def test_of_a_teaser_and_the_post_the_post_is_kept(tmp_path: Path, first: str, together: bool, address: str) -> None:
    teaser = post(address, TEASER)
    given = [teaser, POSTS[0], POSTS[1]] if first == "teaser" else [POSTS[0], POSTS[1], teaser]
    index = ReferenceIndex.build(tmp_path / "official.index", given if together else given[:2])
    if not together:
        assert index.add(given[2:]) == (1 if first == "teaser" else 0)
    again = ReferenceIndex.open(index.path)
    assert len(again) == 2
    assert [again.post(candidate.number).text for candidate in again.query(COOKING)][:1] == [COOKING]
    kept = address if first == "teaser" else POSTS[1].url
    assert urls(again, COOKING)[0] == kept
    assert kept in again
    assert index.parts == [teaser.url]
    assert {host.removeprefix("www.") for host in again.hosts} == {"blog.halyard.example"}
    assert again.add([*POSTS, teaser]) == 0
    assert len(again) == 2
    assert again.remove([kept]) == 1
    assert kept not in again


@pytest.mark.parametrize("bytes_a_segment", [1, 400_000_000])
def test_posts_of_one_run_replace_each_other(
    tmp_path: Path, bytes_a_segment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those in segments that are written already, and through several steps."""
    monkeypatch.setattr("detector.index.BYTES_A_SEGMENT", bytes_a_segment)
    index = ReferenceIndex.build(tmp_path / "official.index", POSTS[:1])
    half = " ".join(COOKING.split()[: len(COOKING.split()) // 2])
    given = [post(POSTS[1].url, text) for text in (TEASER, half, COOKING, TEASER, half)]
    assert index.add(given) == 1
    again = ReferenceIndex.open(index.path)
    assert {again.post(candidate.number).text for candidate in again.query(COOKING)} <= {COOKING, SCHEDULER}
    assert len(again) == 2
    assert index.add(given) == 0
    counts = json.loads((index.path / "manifest.json").read_text())["hosts"]["blog.halyard.example"]
    assert sum(counts.values()) == 2


def test_the_canonical_address_tells_the_post(index: ReferenceIndex) -> None:
    """A page that is found under another address of the same host, and one of another host that says so."""
    text = "".join(f"<p>{line}</p>" for line in TEASER.splitlines())
    page = f"<link rel=canonical href='{POSTS[1].url}'><article>{text}</article>"
    assert index.add([Page("https://blog.halyard.example/?p=17", html=page)]) == 0
    assert index.add([Page("https://elsewhere.example/?p=17", html=page)]) == 1


def test_other_texts_of_an_address_are_versions(index: ReferenceIndex) -> None:
    """A summary of one's own is no part, and neither is a post that lost a sentence."""
    shorter = COOKING.rpartition("\n")[0]
    assert 0.75 * len(COOKING) < len(shorter) < len(COOKING)
    summary = "What grew behind the harbour office this year, told in the words of those who had to eat it all."
    assert index.add([post(POSTS[1].url, shorter), post(POSTS[1].url, summary)]) == 2
    assert len(index) == 4


def test_many_versions_of_an_address_take_no_time_each(index: ReferenceIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    monkeypatch.setattr("detector.index.is_part", lambda *texts: bool(compared.append(texts)))
    index.add(post(POSTS[1].url, f"{COOKING}\nState {number} of it.") for number in range(40))
    assert len(index) == 42
    assert len(compared) <= 2 * 8 * 40


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


def test_addresses_are_known_until_they_are_removed(index: ReferenceIndex) -> None:
    assert POSTS[0].url in index
    assert f"{POSTS[0].url}/?utm_source=rss" in index
    assert f"{POSTS[0].url}/2" not in index
    index.remove([POSTS[0].url])
    assert POSTS[0].url not in index
    assert POSTS[1].url in index


def test_missing_folders_are_not_made(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match="cannot be written"):
        ReferenceIndex.build(tmp_path / "no" / "such" / "x.index", POSTS)
    assert list(tmp_path.iterdir()) == []


def test_posts_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    pages = [*POSTS, Page(url="a.html", error="no such file"), Page(url="b.txt", text=" \n ")]
    index = ReferenceIndex.build(tmp_path / "x.index", pages)
    assert len(index) == 2
    assert index.problems == ["a.html: no such file", "b.txt: has no text to match"]


class Deadly(str):
    """A text that ends the process that reads it."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


@pytest.mark.parametrize("jobs", [1, 2])
def test_several_processes_make_the_same_index(tmp_path: Path, jobs: int) -> None:
    pages = [*POSTS, Page(url="a.html", error="no such file"), *POSTS, post(POSTS[0].url, COOKING)]
    index = ReferenceIndex.build(tmp_path / "x.index", pages, jobs=jobs)
    assert [index.post(number).text for number in range(len(index))] == [SCHEDULER, COOKING, COOKING]
    assert index.problems == ["a.html: no such file"]


def test_a_post_that_ends_a_process_is_named(tmp_path: Path) -> None:
    pages = [POSTS[0], Page(url="https://a.example/", text=Deadly("b c")), POSTS[1]]
    index = ReferenceIndex.build(tmp_path / "x.index", pages, jobs=2)
    assert len(index) == 2
    assert [problem.split(" (")[0] for problem in index.problems] == ["https://a.example/: could not be read"]


def test_posts_that_are_cut_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.posts.MOST_TEXT", 300)
    index = ReferenceIndex.build(tmp_path / "x.index", POSTS[:1])
    assert index.post(0).text == SCHEDULER[:300]
    assert index.notes == [f"{POSTS[0].url}: only the first 300 characters were indexed"]
    assert index.add([post("https://a.example/", COOKING)]) == 1
    assert len(index.notes) == 2
    assert index.problems == []


def test_the_longest_record_can_be_read_again(tmp_path: Path) -> None:
    odd = "word " + "\U0001f600" * (posts.MOST_TEXT - 5)
    index = ReferenceIndex.build(tmp_path / "x.index", [post("https://a.example/", odd, "\U0001f600" * 2_000)])
    assert index.post(0).text == odd


def test_html_posts_are_indexed_by_their_main_text(tmp_path: Path) -> None:
    body = "".join(f"<p>{line}</p>" for line in SCHEDULER.split("\n"))
    html = f"<title>Packing</title><body><nav><a href=/>Home</a></nav><article>{body}</article></body>"
    index = ReferenceIndex.build(tmp_path / "x.index", [Page(url="https://a.example/p", html=html)])
    text = index.post(0).text
    assert "forty workers stood half empty" in text
    assert "Home" not in text


def test_sampling_thins_keys_but_finds_the_same(tmp_path: Path) -> None:
    full = ReferenceIndex.build(tmp_path / "full.index", POSTS, sampling=1)
    thin = ReferenceIndex.build(tmp_path / "thin.index", POSTS, sampling=4)
    assert thin.info()["bytes"] - thin.info()["bytes_of_texts"] < full.info()["bytes"] - full.info()["bytes_of_texts"]
    assert urls(thin, SCHEDULER)[0] == urls(full, SCHEDULER)[0] == POSTS[0].url


def test_empty_index_answers(index: ReferenceIndex) -> None:
    index.remove(post.url for post in POSTS)
    assert len(ReferenceIndex.open(index.path)) == 0
    assert index.query(SCHEDULER) == []


def test_build_replaces_an_index_but_nothing_else(index: ReferenceIndex, tmp_path: Path) -> None:
    rebuilt = ReferenceIndex.build(index.path, POSTS[:1])
    assert len(rebuilt) == 1
    folder = tmp_path / "holiday"
    folder.mkdir()
    (folder / "photo.txt").write_text("precious")
    with pytest.raises(IndexInvalid, match="is not an index"):
        ReferenceIndex.build(folder, POSTS)
    assert (folder / "photo.txt").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["holiday", "official.index"]


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ([], "not written, no posts found"),
        ([Page(url="typo.jsonl", error="no such file")], r"can be used \(typo.jsonl: no such file\)"),
        ([Page(url="a", text=" "), Page(url="b", text="")], r"\(a: has no text to match; and 1 more\)"),
    ],
)
def test_without_a_usable_post_the_old_index_stays(index: ReferenceIndex, pages: list[Page], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        ReferenceIndex.build(index.path, pages)
    assert "\n" not in str(caught.value)
    assert len(ReferenceIndex.open(index.path)) == 2
    assert [path.name for path in index.path.parent.iterdir()] == ["official.index"]


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


def test_info_verifies_every_byte(index: ReferenceIndex) -> None:
    assert index.info(verify=True)["damaged"] == []
    file = next(index.path.glob("segment-*/words.places.npy"))
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(bytes(raw))
    assert index.info(verify=True)["damaged"] == [f"{file.parent.name}/words.places.npy"]


def files_of(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_a_segment_outside_the_index_is_not_opened(index: ReferenceIndex, tmp_path: Path) -> None:
    segment = next(index.path.glob("segment-*"))
    segment.rename(tmp_path / segment.name)
    damage_segment(index.path, {"name": f"../{segment.name}"})
    with pytest.raises(IndexInvalid, match="damaged"):
        ReferenceIndex.open(index.path)


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
        ("detector.index.os.replace", [post("https://a.example/", COOKING)], DetectorError),
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
    monkeypatch.setattr("detector.index.BYTES_A_SEGMENT", 1)
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

    take, calls = ReferenceIndex._take, []

    def second_time_interrupted(self: ReferenceIndex, manifest: dict[str, object]) -> None:
        calls.append(manifest)
        if len(calls) == 2:
            raise KeyboardInterrupt
        take(self, manifest)

    index.add([])
    before = files_of(index.path)
    with monkeypatch.context() as patch:
        patch.setattr("detector.index.save_manifest", interrupted)
        patch.setattr(ReferenceIndex, "_take", second_time_interrupted)
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
    "at", ["detector.index.save_manifest", "detector.manifest.os.replace", "detector.postings.sha256"]
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
        patch.setattr(ReferenceIndex, "_clear_up", lambda self: None)
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
    assert not all(segment.folder.exists() for segment in reader._segments)
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
    monkeypatch.setattr("detector.index.os.replace", lambda a, b: (steps.append("rename"), replace(a, b)))
    index.add([post("https://a.example/", COOKING)])
    synced = {Path(step).name for step in steps[: steps.index("rename")]}
    segment = index.path / index._manifest["segments"][-1]["name"]
    assert {path.name for path in segment.iterdir()} | {segment.name, index.path.name} <= synced
    assert any(name.endswith(".part") for name in synced)


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


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ReferenceIndex.build(tmp_path_factory.mktemp("small") / "official.index", POSTS[:1]).path


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


def test_lone_surrogates_are_kept(tmp_path: Path) -> None:
    odd = SCHEDULER + "\ud800"
    index = ReferenceIndex.build(tmp_path / "x.index", [post("https://a.example/", odd)])
    assert index.post(0).text == odd


@pytest.mark.parametrize("sampling", [0, -2])
def test_a_sampling_is_at_least_one(tmp_path: Path, sampling: int) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        ReferenceIndex.build(tmp_path / "official.index", POSTS, sampling=sampling)
    assert not list(tmp_path.iterdir())
