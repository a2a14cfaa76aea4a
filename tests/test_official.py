from itertools import pairwise

from detector.training.official import Corpus, SourcePost, is_test_site


def post(id: str, site: str, text: str = "") -> SourcePost:
    return SourcePost(id, f"https://{site}/{id}", site, "", text or f"text of {id}", "en")


SITES = [f"site{number}.example" for number in range(60)]


def test_a_site_and_what_links_its_posts_is_on_one_side() -> None:
    posts = {f"{site}/{part}": post(f"{site}/{part}", site) for site in SITES for part in "ab"}
    inside = [(f"{site}/a", f"{site}/b") for site in SITES]
    across = [(f"{a}/a", f"{b}/b") for a, b in pairwise(SITES)]
    corpus = Corpus(posts, inside + across, inside)
    train, test = corpus.side(test=False), corpus.side(test=True)
    assert not set(train.posts) & set(test.posts)
    assert len(train.posts) + len(test.posts) == len(posts)
    assert 0.1 < len(test.posts) / len(posts) < 0.6
    for side in (train, test):
        assert all(a in side.posts and b in side.posts for a, b in (*side.translations, *side.lookalikes))
    assert len(train.lookalikes) + len(test.lookalikes) == len(SITES)
    assert all(is_test_site(one.site) for one in test.posts.values())


def test_a_text_that_stands_on_sites_of_both_sides_judges_nothing() -> None:
    posts = {site: post(site, site, "the same everywhere") for site in SITES}
    corpus = Corpus(posts, [], [])
    assert corpus.side(test=False).posts and not corpus.side(test=True).posts


def test_the_demo_stands_in_for_the_data() -> None:
    corpus = Corpus.read(None)
    assert len(corpus.posts) > 20
    assert all(one.text and one.language for one in corpus.posts.values())
