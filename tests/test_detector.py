import os
import pickle
import time
import warnings
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import detector
from detector import Detector, Page, ReferenceIndex, Settings, UsageError, main_text
from tests.samples import COOKING, POSTS, SCHEDULER


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ReferenceIndex:
    return ReferenceIndex.build(tmp_path_factory.mktemp("index") / "official.index", POSTS)


def html(text: str, title: str = "Packing", head: str = "") -> bytes:
    body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    return (
        f"<html><head><title>{title}</title>{head}</head><body><nav><a href='/'>Home</a> <a href='/a'>About</a></nav>"
        f"<article><h1>{title}</h1>{body}</article><footer>© 2026 Farm. All rights reserved.</footer></body></html>"
    ).encode()


def test_a_copy_is_a_repost_with_passages_in_its_block_texts(index: ReferenceIndex) -> None:
    verdict = Detector(index).check(Page(url="https://farm.example/1", html=html(SCHEDULER)))
    assert verdict.label == "repost"
    assert verdict.match is not None
    assert verdict.match.source_url == POSTS[0].url
    joined = "\n".join(block.text for block in verdict.blocks)
    for passage in verdict.match.passages:
        assert joined[passage.page_start : passage.page_end] == passage.page_text
    assert "batches by size" in verdict.match.passages[0].page_text


def test_passages_point_into_text_with_white_space_of_all_kinds(index: ReferenceIndex) -> None:
    text = SCHEDULER.replace(" ", "  ").replace("worker  ", "worker\t \u3000").replace("\n", "  \r\n\r\n \t")
    verdict = Detector(index).check(Page(url="https://farm.example/1", text=text))
    assert [block.text for block in verdict.blocks] == [line.strip() for line in text.split("\n") if line.strip()]
    assert verdict.label == "repost"
    assert verdict.match is not None
    assert verdict.match.share_of_source == 1
    joined = "\n".join(block.text for block in verdict.blocks)
    for passage in verdict.match.passages:
        assert joined[passage.page_start : passage.page_end] == passage.page_text
        assert SCHEDULER[passage.source_start : passage.source_end] == passage.source_text


@pytest.mark.parametrize(
    ("page", "label"),
    [
        (Page(url=POSTS[0].url, html=html(SCHEDULER)), "official"),
        (
            Page(url="https://b.example/", html=html(SCHEDULER, head=f"<link rel=canonical href={POSTS[0].url}>")),
            "syndicated",
        ),
        (Page(url="https://b.example/", text=SCHEDULER), "repost"),
        (Page(url="https://b.example/", html=b""), "unreadable"),
        (Page(url="gone.html", error="no such file"), "unreadable"),
    ],
)
def test_labels(index: ReferenceIndex, page: Page, label: str) -> None:
    assert Detector(index).check(page).label == label


CREDIT = f"<a href={POSTS[0].url}>First published on the Halyard blog</a>"


@pytest.mark.parametrize(
    ("credit", "label"),
    [
        (f"<p>{CREDIT}</p>", "syndicated"),
        (f"<p>This post stood on {CREDIT} in March.</p>", "syndicated"),
        (f"<p>Source: {POSTS[0].url}</p>", "repost"),
        (f"<div style='display:none'>{CREDIT}</div>", "repost"),
        (f"<style>.x{{display:none}}</style><p class=x>{CREDIT}</p>", "repost"),
        (f"<p>More: <span style='font-size:0'>{CREDIT}</span></p>", "repost"),
        (f"<p>More: <a style='font-size:0' href={POSTS[0].url}>source</a></p>", "repost"),
        (f"<p>More: <a href={POSTS[0].url}><span style='display:none'>source</span></a></p>", "repost"),
        (f"<p>More: <a href={POSTS[0].url}></a></p>", "repost"),
        (f"<p>More: <a href={POSTS[0].url}>&#8203;</a></p>", "repost"),
        (f"<a href={POSTS[0].url}><img src=x.png></a>", "repost"),
        (
            f"<ul class=friend-links><li>Friends: <a href=/x>Mara</a> | <a href={POSTS[0].url}>Halyard</a></ul>",
            "repost",
        ),
    ],
)
def test_only_a_link_that_is_seen_names_the_source(index: ReferenceIndex, credit: str, label: str) -> None:
    page = Page(url="https://b.example/", html=html(SCHEDULER).replace(b"</article>", credit.encode() + b"</article>"))
    assert Detector(index).check(page).label == label


def test_without_an_index_nothing_is_a_repost() -> None:
    verdict = Detector().check(Page(url="https://b.example/", html=html(SCHEDULER)))
    assert verdict.label == "clean"
    assert verdict.match is None
    assert verdict.blocks


@pytest.mark.parametrize("jobs", [1, 2])
def test_verdicts_come_in_order_and_do_not_depend_on_jobs(index: ReferenceIndex, jobs: int) -> None:
    pages = [Page(url=f"https://p.example/{n}", html=html(SCHEDULER if n % 2 else COOKING)) for n in range(40)]
    verdicts = list(Detector(index).check_all(iter(pages), jobs=jobs))
    assert [verdict.url for verdict in verdicts] == [page.url for page in pages]
    assert [verdict.match.source_url for verdict in verdicts[:2] if verdict.match] == [POSTS[1].url, POSTS[0].url]
    assert verdicts == list(Detector(index).check_all(pages))


def test_stopping_early_is_quiet() -> None:
    verdicts = Detector().check_all((Page(url=f"{n}", text=COOKING) for n in count()), jobs=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert next(verdicts).url == "0"
        verdicts.close()
    assert [str(warning.message) for warning in caught if "tasks" in str(warning.message)] == []


def workers_of(pid: int) -> list[str]:
    """Command lines of a process's children that run Python code for it, where the system tells."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found.append(Path(f"/proc/{child}/cmdline").read_text().replace("\0", " "))
    return [line for line in found if "popen_loky" in line]


def test_pages_are_read_as_verdicts_are_taken() -> None:
    """A slow consumer holds up the reading, and one that goes away leaves nothing behind."""
    read = 0

    def pages() -> Iterator[Page]:
        nonlocal read
        for read in range(1, 2_001):
            yield Page(url=f"https://farm.example/{read}", text=f"Field {read} lies fallow.")

    verdicts = Detector().check_all(pages(), jobs=2)
    taken = [next(verdicts).url]
    time.sleep(3)
    assert read <= 200
    taken += [next(verdicts).url for _ in range(299)]
    assert 300 <= read <= 500
    assert taken == [f"https://farm.example/{number}" for number in range(1, 301)]
    assert isinstance(verdicts, Generator)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdicts.close()
    assert read <= 500
    assert not workers_of(os.getpid())


@pytest.mark.parametrize("jobs", [0, -2])
def test_impossible_jobs_are_refused(jobs: int) -> None:
    with pytest.raises(UsageError, match="jobs"):
        list(Detector().check_all([], jobs=jobs))


@pytest.mark.parametrize("page", [None, "<p>words", {"url": "u"}])
def test_what_is_no_page_is_refused(page: Any) -> None:
    with pytest.raises(UsageError, match=rf"must be a Page, .* not {type(page).__name__}"):
        Detector().check(page)


def test_check_remembers_nothing(index: ReferenceIndex) -> None:
    judge = Detector(index)
    page = Page(url="https://farm.example/1", html=html(SCHEDULER))
    first = judge.check(page)
    judge.check(Page(url="https://farm.example/2", html=html(COOKING)))
    assert judge.check(page) == first


def test_a_detector_can_be_sent_to_another_process(index: ReferenceIndex) -> None:
    judge = Detector(index, Settings(threshold=0.9))
    again = pickle.loads(pickle.dumps(judge))
    page = Page(url="https://farm.example/1", html=html(SCHEDULER))
    assert again.check(page) == judge.check(page)
    assert again.settings == judge.settings


def test_a_page_that_breaks_a_stage_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("stage fell over")

    monkeypatch.setattr("detector.reading.parse", broken)
    verdict = Detector().check(Page(url="https://a.example/", html=b"<p>x"))
    assert verdict.label == "unreadable"
    assert "RuntimeError: stage fell over" in verdict.error


def test_scan_ranks(index: ReferenceIndex, tmp_path: Path) -> None:
    pages = [
        Page(url="https://a.example/", text=COOKING[:300] + " " * 9),
        Page(url="https://b.example/", text=SCHEDULER),
    ]
    frame = Detector(index).scan(pages).to_frame()
    assert frame["score"].is_monotonic_decreasing
    assert frame["rank"].tolist() == [1, 2]


@pytest.mark.parametrize("markup", [html(SCHEDULER), html(SCHEDULER).decode()])
def test_main_text_leaves_the_chrome_out(markup: str | bytes) -> None:
    text = main_text(markup)
    assert "forty workers stood half empty" in text
    assert "All rights reserved" not in text
    assert "About" not in text


def test_public_names() -> None:
    for name in detector.__all__:
        assert getattr(detector, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        detector.nothing  # noqa: B018


def test_an_interruption_in_a_compiled_loop_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """numba turns a KeyboardInterrupt into a SystemError; a page is not to blame for it."""

    def interrupted(self: Detector, page: Page) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise SystemError("returned a result with an exception set") from error

    monkeypatch.setattr(Detector, "_check", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Detector().check(Page("https://a.example/", text="A page."))
