import pytest

from detector.training.copies import NEGATIVE, CopyMaker
from detector.training.official import Corpus


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.read(None)


def test_sides_share_no_site(corpus: Corpus) -> None:
    train, test = corpus.side(test=False), corpus.side(test=True)
    assert {post.site for post in train.posts.values()} & {post.site for post in test.posts.values()} == set()
    assert len(train.posts) + len(test.posts) == len(corpus.posts)
    assert test.posts


def test_maker_repeats_itself_and_keeps_held_out_posts_out(corpus: Corpus) -> None:
    maker, again = CopyMaker(corpus, seed=1), CopyMaker(corpus, seed=1)
    pages = list(maker.pages(2))
    assert pages == list(again.pages(2)) == list(maker.pages(2))
    copies = [page for page in pages if not page.damage.startswith(NEGATIVE)]
    assert {"verbatim", "long words deleted", "mashup"} <= {copy.damage for copy in copies}
    indexed = {page.url for page in maker.index_pages()}
    assert all(maker.url(id) in indexed for copy in copies for id in copy.sources)
    assert not any(maker.url(id) in indexed for id in maker.held_out)
    assert all(page.sources == frozenset() for page in pages if page not in copies)
    assert len(copies) < len(pages)
