import numpy as np
import pytest

from detector import text
from detector.text import CJK, LATIN, NUMBER, URL, WORD, normalise, tokenise, word_hash


def words(value: str) -> list[str]:
    tokens = tokenise(value)
    return [value[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", []),
        ("   \n\t", []),
        ("Node 22.4 出ました", ["Node", "22.4", "出", "ま", "し", "た"]),
        ("1,000 and 1.27.3.", ["1,000", "and", "1.27.3"]),
        ("couldn't", ["couldn", "t"]),
        ("see https://www.example.com/a?b=1, then", ["see", "https://www.example.com/a?b=1", "then"]),
        ("[label](/docs/setup) rest", ["label", "rest"]),
        ('<a href="x" class="y">link</a> text', ["link", "text"]),
        ("fish &amp; chips&nbsp;now", ["fish", "chips", "now"]),
        ("a < b and c > d", ["a", "b", "and", "c", "d"]),
        ("서울 특별시", ["서울", "특별시"]),
        ("สวัสดี", list("สวสด")),
        ("x\ud800y", ["x", "y"]),
    ],
)
def test_tokens_point_into_the_text_as_given(given: str, expected: list[str]) -> None:
    assert words(given) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＳＨＡＲＤ", "shard"),
        ("Straße", "STRASSE"),
        ("café", "cafe\u0301"),
        ("ca\u200bche", "cache"),
        ("pаypal", "paypal"),  # the second letter is Cyrillic
        ("𝐛𝐨𝐥𝐝", "bold"),
        ("漢語資料庫", "汉语资料库"),
        ("ﬁle", "file"),
        ("https://www.example.com/a/", "http://example.com/a"),
    ],
)
def test_variants_are_the_same_token(one: str, other: str) -> None:
    assert tokenise(one).hashes.tolist() == tokenise(other).hashes.tolist()


@pytest.mark.parametrize(("one", "other"), [("shard", "shards"), ("Москва", "Mockba"), ("1.27", "12.7"), ("a", "b")])
def test_different_words_are_different_tokens(one: str, other: str) -> None:
    assert tokenise(one).hashes.tolist() != tokenise(other).hashes.tolist()


@pytest.mark.parametrize(
    ("given", "kind"),
    [("word", LATIN), ("v5p", LATIN), ("2024", NUMBER), ("слово", WORD), ("字", CJK), ("www.example.com", URL)],
)
def test_kinds(given: str, kind: int) -> None:
    assert tokenise(given).kinds.tolist() == [kind]


def test_folds_count_only_what_looks_like_evasion() -> None:
    assert tokenise("Ordinary ＦＵＬＬ width, naïve, ① and Москва").folds == 0
    assert tokenise("p\u0430yp\u0430l").folds == 2
    assert tokenise("in\u200bvisible").folds == 1


def test_addresses_are_not_words() -> None:
    assert tokenise("one https://example.com/two three").words == 2


def test_where_keeps_offsets() -> None:
    tokens = tokenise("alpha beta gamma")
    kept = tokens.where(np.array([True, False, True]))
    assert kept.span(0, 1) == (0, 16)
    assert kept.hashes.tolist() == tokenise("alpha gamma").hashes.tolist()


def test_word_hash_takes_one_word() -> None:
    assert word_hash("Gamma") == int(tokenise("gamma").hashes[0])
    with pytest.raises(ValueError, match="not one token"):
        word_hash("two words")


@pytest.mark.parametrize(
    ("given", "expected"), [("ＡＢＣ　漢語", "abc 汉语"), ("Straße\u200b", "strasse"), ("Ünï", "uni")]
)
def test_normalise(given: str, expected: str) -> None:
    assert normalise(given) == expected


def test_unclosed_markup_does_not_swallow_text() -> None:
    assert words("<a " + "word " * 200)[:2] == ["a", "word"]
    assert len(words("&" * 1000 + "end")) == 1


def test_tables_cover_what_the_tokeniser_reads() -> None:
    tables = text.normalisation()
    assert tables.fold.size == tables.kinds.size == tables.confusable.size == tables.evasive.size
    expanded = tables.fold[tables.fold >> 31 == 1] ^ np.uint32(1 << 31)
    assert (tables.expansions[expanded] <= 4).all()
