import pytest

from detector.toc import LONGEST, table_of_contents

HEADINGS = ["Why it is slow", "What we changed", "How to turn it off", "What comes next", "Thanks"]
PROSE = [f"Paragraph {number} says what nobody had said before." for number in range(20)]


def article(headings: list[str]) -> list[str]:
    return [line for at, heading in enumerate(headings) for line in (heading, *PROSE[4 * at : 4 * at + 4])]


def test_lines_that_come_again_as_headings() -> None:
    texts = ["Home", *HEADINGS, "Introduction", *article(HEADINGS)]
    assert table_of_contents(texts) == range(1, 6)


def test_numbers_case_and_a_few_changed_lines_do_not_matter() -> None:
    listed = [
        "1. why it is slow",
        "2. what we changed",
        "2.1 a lost heading",
        "3. how to turn it off",
        "4. what comes next",
    ]
    assert table_of_contents([*listed, *article(HEADINGS)]) == range(0, 5)


@pytest.mark.parametrize("number", ["1", "2.10", "十二、", "(3)", "§ 4", "- ", "IV", "一"])
def test_what_counts_as_a_number(number: str) -> None:
    listed = [f"{number} {heading}" for heading in HEADINGS]
    assert table_of_contents([*listed, *article(HEADINGS)]) == range(0, 0 if number in ("IV", "一") else 5)


def test_what_stands_at_the_end_as_well_hides_nothing() -> None:
    assert table_of_contents(["Home", *HEADINGS, "Introduction", *article(HEADINGS), "Home"]) == range(1, 6)
    shuffled = [HEADINGS[0], HEADINGS[4], *HEADINGS[1:4]]
    assert table_of_contents([*shuffled, *article(HEADINGS)]) == range(0, 5)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        article(HEADINGS),
        [*HEADINGS[:3], *article(HEADINGS[:3])],  # too few
        [*HEADINGS, "and", *HEADINGS],  # a menu that stands there twice
        [*HEADINGS, *article(HEADINGS[::-1])],  # in another order
        [*HEADINGS, *article(HEADINGS), *article(HEADINGS)],  # no headings: they come again and again
        ["{", "}", "[", "]", "()", *PROSE[:5], "{", *PROSE[5:9], "}", *PROSE[9:13], "[", *PROSE[13:17], "]", "()"],
        ["x" * (LONGEST + at) for at in range(1, 6)] * 2,
    ],
)
def test_what_is_none(texts: list[str]) -> None:
    assert not table_of_contents(texts)


def test_a_page_of_nothing_but_headings_is_looked_through() -> None:
    headings = [f"heading {chr(97 + at % 26)}{chr(97 + at // 26 % 26)}{at}x" for at in range(30_000)]
    spread = [line for heading in headings for line in (heading, "words", "words", "words")]
    assert table_of_contents([*headings, *spread]) == range(0, 30_000)
