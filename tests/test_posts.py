import pytest

from detector import posts
from detector.data import Page
from detector.posts import Post, PostUnusable, address_hash, post_of
from detector.settings import Settings
from tests.samples import SCHEDULER


def test_text_is_kept_as_given() -> None:
    text = f"  {SCHEDULER}\r\n\n"
    post = post_of(Page(url="https://a.example/", text=text, title="Packing"))
    assert (post.url, post.title, post.text, post.language) == ("https://a.example/", "Packing", text, "en")


def test_title_of_a_text_without_one_is_its_first_line() -> None:
    assert post_of(Page(url="a.md", text="\n# Packing batches\n\n" + SCHEDULER)).title == "Packing batches"


@pytest.mark.parametrize(
    "page", [Page(url="a", error="no such file"), Page(url="a"), Page(url="a", text="?! \n"), Page(url="a", html=b"")]
)
def test_pages_without_words_are_no_posts(page: Page) -> None:
    with pytest.raises(PostUnusable, match=r"^a: "):
        post_of(page)


def test_identity_is_of_address_and_text() -> None:
    one, other = (post_of(Page(url="https://a.example/", text=text)) for text in (SCHEDULER, SCHEDULER + "!"))
    elsewhere = post_of(Page(url="https://b.example/", text=SCHEDULER))
    assert one.identity != other.identity != elsewhere.identity
    assert one.address == other.address != elsewhere.address


def test_addresses_are_the_same_but_for_what_shows_the_same_page() -> None:
    address = address_hash("https://a.example/x?n=1")
    assert address_hash("http://www.a.example/x/?n=1&utm_source=rss#top") == address
    assert address_hash("https://a.example/x?n=2") != address
    assert address_hash("x.html") != address_hash("y.html")


@pytest.mark.parametrize(
    ("url", "canonical", "more"),
    [
        ("https://a.example/?p=1", "https://a.example/x", ["https://a.example/x"]),
        ("https://a.example/x/", "https://a.example/x", []),
        ("https://b.example/x", "https://a.example/x", []),
        ("x.html", "https://a.example/x", []),
        ("https://a.example/x", "", []),
    ],
)
def test_canonical_addresses_count_on_the_same_host(url: str, canonical: str, more: list[str]) -> None:
    found = Post(url, "", SCHEDULER, "en", canonical=canonical).addresses
    assert found == (address_hash(url), *map(address_hash, more))


def test_long_posts_are_cut_as_pages_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().max_bytes == posts.MOST_TEXT
    monkeypatch.setattr(posts, "MOST_TEXT", 100)
    given = post_of(Page(url="https://a.example/", text=SCHEDULER, title="t" * 2_000))
    assert given.text == SCHEDULER[:100]
    assert len(given.title) == 1_000
    assert given.note == "only the first 100 characters were indexed"
    html = post_of(Page(url="https://a.example/", html=b"<article><p>" + SCHEDULER.encode()))
    assert html.text == SCHEDULER[:88]
    assert html.note == "only the first 100 bytes were judged"
    assert post_of(Page(url="https://a.example/", text=SCHEDULER[:100])).note == ""


def test_addresses_of_a_megabyte_are_refused_in_one_line() -> None:
    with pytest.raises(
        PostUnusable, match=r"^https://a\.example/x+\.\.\.: an address of 1,000,018 characters$"
    ) as caught:
        post_of(Page(url="https://a.example/" + "x" * 1_000_000, text=SCHEDULER))
    assert len(str(caught.value)) < 200
