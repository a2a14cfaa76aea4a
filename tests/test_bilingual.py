import numpy as np
import pytest

from detector.bilingual import Lexicon, lexicon, lexicon_version
from detector.kernels import ngrams, slots_of
from detector.text import tokenise, word_hash
from detector.views import anchored

NOTHING = np.zeros(0, bool)


def key(text: str) -> int:
    hashes = tokenise(text).hashes
    return int(ngrams(hashes, hashes.size)[0]) >> 32


def made_of(**entries: str) -> Lexicon:
    """A lexicon of these units; underscores stand for spaces."""
    words = sorted(set(entries.values()))
    return Lexicon.of(
        np.array([key(unit.replace("_", " ")) for unit in entries], np.uint32),
        np.array([words.index(word) for word in entries.values()], np.uint16),
        np.array([tokenise(word).hashes[0] for word in words], np.uint64),
    )


LEXICON = made_of(
    容器="container", 容器编排="orchestration", 调度="schedule", Behälter="container", máy_chủ="server", 서버="server"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我们的容器很快", ["container"]),
        ("容器编排", ["orchestration"]),
        ("容器，编排", ["container"]),
        ("容 器", []),
        ("调度容器", ["schedule", "container"]),
        ("Der Behälter, ein BEHÄLTER", ["container", "container"]),
        ("máy chủ nhanh", ["server"]),
        ("서버", ["server"]),
        ("The container is fast", []),
        ("", []),
        ("容", []),
    ],
)
def test_units_become_english_words(text: str, words: list[str]) -> None:
    tokens = tokenise(text)
    places, hashes = LEXICON.bridge(tokens, np.zeros(len(tokens), bool))
    assert hashes.tolist() == [tokenise(word).hashes[0] for word in words]
    assert places.tolist() == sorted(places.tolist())


def test_kept_tokens_stay_in_their_order_unless_inside_a_unit() -> None:
    tokens = tokenise("Kubernetes 容器 1.27 máy chủ")
    places, hashes = LEXICON.bridge(tokens, np.ones(len(tokens), bool))
    assert hashes.tolist() == [tokenise(word).hashes[0] for word in ("Kubernetes", "container", "1.27", "server")]
    assert tokens.starts[places].tolist() == [0, 11, 14, 19]


def test_every_key_is_found_in_a_full_table() -> None:
    keys = np.unique(np.random.default_rng(0).integers(0, 1 << 32, 5_000, dtype=np.uint32))
    slots = slots_of(keys)
    assert np.count_nonzero(slots) == keys.size and slots.size >= 3 * keys.size
    assert sorted(slots[slots > 0].tolist()) == list(range(1, keys.size + 1))


def test_the_shipped_lexicon_knows_frequent_words_and_of_english_only_forms() -> None:
    for text, word in (("性能", "performance"), ("パフォーマンス", "performance"), ("поведение", "behavior")):
        assert tokenise(word).hashes[0] in anchored(tokenise(text))[1], text
    english = tokenise("The scheduler packs small batches onto one worker before it wakes another in 2026.")
    _, known = lexicon().bridge(english, np.zeros(len(english), bool))
    assert {word_hash("pack"), word_hash("batch")} <= set(known.tolist()) and known.size <= 4


def test_the_version_is_known_without_loading_the_lexicon() -> None:
    assert lexicon_version() == lexicon().version != ""
