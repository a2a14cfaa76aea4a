from random import Random

import pytest

from detector.data import KINDS
from detector.training.damage import DAMAGE_TO_CHINESE, KINDS_OF_DAMAGE, interleave, replaced, vocabulary
from tests.samples import COOKING, SCHEDULER, SCHEDULER_ZH

EVERY_DAMAGE = KINDS_OF_DAMAGE | DAMAGE_TO_CHINESE


def apply(name: str, text: str = SCHEDULER, seed: int = 1) -> str:
    return EVERY_DAMAGE[name][0](text, Random(seed))


@pytest.mark.parametrize("name", EVERY_DAMAGE)
def test_every_damage_names_a_kind_and_repeats_itself(name: str) -> None:
    assert EVERY_DAMAGE[name][1] in KINDS
    assert apply(name) == apply(name)
    assert apply(name, SCHEDULER_ZH)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("verbatim", 1, 1),
        ("excerpt 20-40 %", 0.15, 0.6),
        ("excerpt 8-15 %", 0.05, 0.3),
        ("long words deleted", 0.3, 0.95),
        ("words dropped 10-30 %", 0.6, 0.95),
        ("words dropped 40-55 %", 0.4, 0.75),
        ("shuffled", 0.99, 1.01),
    ],
)
def test_damage_leaves_its_share(name: str, low: float, high: float) -> None:
    assert low <= len(apply(name)) / len(SCHEDULER) <= high


def test_long_words_are_gone_and_short_ones_are_not() -> None:
    left = apply("long words deleted").split()
    assert all(len(word.strip(".,'s")) <= 8 for word in left)
    assert left.count("the") == SCHEDULER.split().count("the")


def test_replacing_changes_the_share_asked_for() -> None:
    words = vocabulary([COOKING])
    new = replaced(0.3, 0.3, words)(SCHEDULER, Random(4)).split()
    kept = sum(a == b for a, b in zip(new, SCHEDULER.split(), strict=True)) / len(new)
    assert 0.55 < kept < 0.85


@pytest.mark.parametrize("seed", range(6))
def test_interleaving_alternates_and_loses_nothing(seed: int) -> None:
    mixed = interleave(SCHEDULER, SCHEDULER_ZH, Random(seed))
    assert sorted("".join(mixed.split())) == sorted("".join((SCHEDULER + SCHEDULER_ZH).split()))
    assert mixed.startswith(SCHEDULER[:20])
    assert SCHEDULER_ZH[:8] in mixed[: len(mixed) // 4]


def test_traditional_characters_come_and_go() -> None:
    traditional = apply("script swapped", SCHEDULER_ZH)
    assert "調度" in traditional
    assert apply("script swapped", traditional) == SCHEDULER_ZH


def test_lost_characters_and_pinyin_touch_han_only() -> None:
    assert apply("characters lost") == apply("pinyin in brackets") == SCHEDULER
    assert {"?", "□"} & set(apply("characters lost", SCHEDULER_ZH))
    assert "(" in apply("pinyin in brackets", SCHEDULER_ZH)
