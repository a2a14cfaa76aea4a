"""Which of the texts of an address an index keeps."""

import json
from pathlib import Path

import pytest

from detector.data import Page
from detector.index import ReferenceIndex
from tests.samples import COOKING, POSTS, SCHEDULER, post, urls

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
    monkeypatch.setattr("detector.changes.BYTES_A_SEGMENT", bytes_a_segment)
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
    monkeypatch.setattr("detector.changes.is_part", lambda *texts: bool(compared.append(texts)))
    index.add(post(POSTS[1].url, f"{COOKING}\nState {number} of it.") for number in range(40))
    assert len(index) == 42
    assert len(compared) <= 2 * 8 * 40
