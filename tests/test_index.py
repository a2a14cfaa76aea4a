import os
from pathlib import Path

import pytest

from detector import posts
from detector.data import DetectorError, IndexInvalid, Page, UsageError
from detector.index import ReferenceIndex
from tests.samples import COOKING, POSTS, SCHEDULER, post, urls


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


def test_info_verifies_every_byte(index: ReferenceIndex) -> None:
    assert index.info(verify=True)["damaged"] == []
    file = next(index.path.glob("segment-*/words.places.npy"))
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(bytes(raw))
    assert index.info(verify=True)["damaged"] == [f"{file.parent.name}/words.places.npy"]


def test_lone_surrogates_are_kept(tmp_path: Path) -> None:
    odd = SCHEDULER + "\ud800"
    index = ReferenceIndex.build(tmp_path / "x.index", [post("https://a.example/", odd)])
    assert index.post(0).text == odd


@pytest.mark.parametrize("sampling", [0, -2])
def test_a_sampling_is_at_least_one(tmp_path: Path, sampling: int) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        ReferenceIndex.build(tmp_path / "official.index", POSTS, sampling=sampling)
    assert not list(tmp_path.iterdir())
