import numpy as np
import pytest

from detector import kernels
from detector.block_categories import MOST_SPREADS, CategoryModel, Network, in_context, shifted, softmax, standard
from detector.block_features import fold
from detector.data import CATEGORIES
from detector.kernels import LINE_KEYS
from detector.text import normalisation

INPUTS = 4
VOTES = np.ones(len(CATEGORIES), np.float32)


def network(inputs: int, seed: int) -> Network:
    random = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32)

    size = len(CATEGORIES)
    return Network(some(inputs), np.abs(some(inputs)) + 0.1, some(inputs, 3), some(3), some(3, size), some(size))


def test_probabilities_of_each_block_add_up_to_one() -> None:
    rows = np.random.default_rng(0).normal(size=(7, INPUTS)).astype(np.float32)
    context = in_context(rows, softmax(np.zeros((7, len(CATEGORIES)))))
    model = CategoryModel(network(INPUTS, 1), network(context.shape[1], 2), VOTES)
    likely = model.probabilities(rows)
    assert likely.shape == (7, len(CATEGORIES))
    assert np.allclose(likely.sum(axis=1), 1, atol=1e-4) and likely.min() > 0
    again = CategoryModel.from_arrays(model.to_arrays("x_"), "x_")
    assert np.array_equal(again.probabilities(rows), likely)
    with pytest.raises(KeyError):
        CategoryModel.from_arrays(model.to_arrays("x_"), "y_")
    short = model.to_arrays("x_") | {"x_second_mean": np.zeros(3, np.float32)}
    with pytest.raises(ValueError, match="fit together"):
        CategoryModel.from_arrays(short, "x_")
    with pytest.raises(ValueError, match="fits the first"):
        CategoryModel.from_arrays(CategoryModel(model.first, model.first, VOTES).to_arrays("x_"), "x_")


@pytest.mark.parametrize("blocks", [1, 2, 30])
def test_standard_inputs_are_those_of_training(blocks: int) -> None:
    random = np.random.default_rng(blocks)
    rows = (20 * random.normal(size=(blocks, 6))).astype(np.float32)
    rows[:, [1, 4]] = 3
    mean, spread = rows.mean(axis=0) - 1, np.full(6, 2, np.float32)
    inputs, vary, alike = kernels.standard_inputs(rows, mean, spread, MOST_SPREADS)
    assert vary.tolist() == [blocks > 1 and at not in (1, 4) for at in range(6)]
    wanted = standard(rows, mean, spread)
    assert np.array_equal(inputs, wanted[:, vary]) and np.array_equal(alike[~vary], wanted[0, ~vary])
    assert not alike[vary].any()


def test_the_second_pass_sees_what_stands_around() -> None:
    rows = np.zeros((5, INPUTS), np.float32)
    likely = np.zeros((5, len(CATEGORIES)))
    likely[0, 3] = 1
    seen = in_context(rows, likely)
    assert not np.array_equal(seen[1], seen[3])
    assert np.array_equal(
        in_context(rows[:1], likely[:1])[0, : INPUTS + len(CATEGORIES)], seen[0, : INPUTS + len(CATEGORIES)]
    )
    assert shifted(likely, 2)[2, 3] == 1 and shifted(likely, -1).sum() == 0 and not shifted(likely[:1], 1).any()


def test_traces_fade_with_distance() -> None:
    rows = np.zeros((4, 1), np.float32)
    rows[1] = 2
    assert kernels.faded(rows, 0.5, False)[:, 0].tolist() == [0, 0, 2, 1]
    assert kernels.faded(rows, 0.5, True)[:, 0].tolist() == [2, 0, 0, 0]
    assert kernels.blended(rows, 0.5, False)[:, 0].tolist() == [0, 0, 1, 0.5]
    assert kernels.blended(rows, 0.5, True)[:, 0].tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann Lee download", "Bo Ray Holt download", {"last_word", "shape"}),
        ("Ann Lee, download", "Bo Ray download", {"last_word"}),
        ("buy shoes", "buy boots", {"first_word", "shape"}),
        ("12 May 2020", "7 June 1999", {"first_word", "last_word", "shape"}),
        ("8 人气", "182人气", {"first_word", "last_word", "first_words", "last_words", "shape"}),
        ("成都网站设计", "成都公司", {"first_word", "first_words", "shape"}),
        ("read the old news", "read the new news", {"first_word", "last_word", "first_words", "shape"}),
        ("Home >", "Home > News", {"first_word"}),
        ("---", "", set()),
    ],
)
def test_how_lines_are_alike(one: str, other: str, same: set[str]) -> None:
    letters = fold([one, other])
    keys = kernels.line_keys(letters.letters, letters.bounds, normalisation().kinds)
    assert {name for name, a, b in zip(LINE_KEYS, *keys.tolist(), strict=True) if a == b != 0} == same


def test_lines_alike_are_counted() -> None:
    random = np.random.default_rng(0)
    keys = random.integers(0, 40, (200, 3)).astype(np.uint64)
    keys[:60, 1] = 0
    counts = kernels.count_alike(keys)
    for column, given in zip(keys.T, counts.T, strict=True):
        assert given.tolist() == [int((column == key).sum()) if key else 1 for key in column]
