import pytest

from detector.text import tokenise
from detector.views import VIEWS, containment, function_words, is_anchor, is_function_word

# What a copy must keep, and what an unrelated text may share: the worst unrelated pair of 400 real posts
# shares 0.12.
COPY, UNRELATED = 0.5, 0.12


def share(view: str, copy: str, original: str) -> float:
    shingles = VIEWS[view].shingles
    return containment(shingles(tokenise(original)), shingles(tokenise(copy)))


@pytest.mark.parametrize(("view", "pair"), [(name, pair) for name, view in VIEWS.items() for pair in view.sees])
def test_view_sees_the_copies_it_is_for(view: str, pair: tuple[str, str]) -> None:
    assert share(view, pair[1], pair[0]) >= COPY


@pytest.mark.parametrize(("view", "pair"), [(name, pair) for name, view in VIEWS.items() for pair in view.ignores])
def test_view_ignores_other_texts(view: str, pair: tuple[str, str]) -> None:
    assert share(view, pair[1], pair[0]) <= UNRELATED


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_examples_and_takes_any_text(view: str) -> None:
    assert VIEWS[view].sees
    assert VIEWS[view].ignores
    for text in ("", "one", "字", "?!", "a b c d e f g h i"):
        assert VIEWS[view].shingles(tokenise(text)).ndim == 1


def test_function_words_are_told_from_others() -> None:
    tokens = tokenise("the scheduler и 的 packs")
    assert is_function_word(tokens.hashes).tolist() == [True, False, True, True, False]
    assert function_words().size > 300


def test_anchors_are_what_translators_keep() -> None:
    tokens = tokenise("the 调度器 Kubernetes 1.27 https://example.com/x 7")
    kept = [tokens.text[s:e] for s, e, a in zip(tokens.starts, tokens.ends, is_anchor(tokens), strict=True) if a]
    assert kept == ["Kubernetes", "1.27", "https://example.com/x"]
