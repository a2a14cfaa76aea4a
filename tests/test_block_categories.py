import numpy as np
import pytest

from detector import kernels
from detector.block_categories import (
    DIGITS,
    LEAST,
    MOST_SPREADS,
    CategoryModel,
    Network,
    in_context,
    softmax,
    standard,
)
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


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 30])
@pytest.mark.parametrize("inputs", [1, 6, 75])
def test_probabilities_are_those_of_the_layers(blocks: int, inputs: int) -> None:
    random = np.random.default_rng(blocks)
    rows = (20 * random.normal(size=(blocks, inputs))).astype(np.float32)
    rows[:, [0, inputs // 2]] = 3  # the same of all blocks
    model = network(inputs, 1)
    units = np.maximum(standard(rows, model.mean, model.spread) @ model.hidden.astype(float) + model.hidden_bias, 0)
    wanted = softmax(units @ model.out.astype(float) + model.out_bias)
    given = model.probabilities(rows)
    assert np.abs(given - wanted).max() < 10.0**-DIGITS + LEAST
    assert given.min() >= LEAST and np.array_equal(np.maximum(given.round(DIGITS), LEAST), given)
    # What a block is does not hang on which others are multiplied with it.
    assert np.array_equal(model.probabilities(rows[::-1]), given[::-1])


def test_inputs_are_held_within_some_spreads_of_their_mean() -> None:
    model = network(INPUTS, 1)
    far = np.stack([model.mean + times * MOST_SPREADS * model.spread for times in (1.01, 30, -1.01, -30)])
    given = model.probabilities(far.astype(np.float32))
    assert np.array_equal(given[0], given[1]) and np.array_equal(given[2], given[3])
    assert not np.array_equal(given[0], given[2])


def test_the_second_pass_sees_what_stands_around() -> None:
    rows = np.zeros((5, INPUTS), np.float32)
    likely = np.zeros((5, len(CATEGORIES)))
    likely[1, 3] = 1
    seen = in_context(rows, likely)
    of_third = seen[:, INPUTS:].reshape(5, -1, len(CATEGORIES))[:, :, 3]
    # Itself, those before and after it at one to three blocks, averages of those before and after, the page.
    np.testing.assert_allclose(of_third[1], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.2])
    np.testing.assert_allclose(of_third[0], [0, 0, 1, 0, 0, 0, 0, 0, 0.3, 0, 0.08, 0.2], rtol=1e-6)
    np.testing.assert_allclose(of_third[3], [0, 0, 0, 1, 0, 0, 0, 0.3 * 0.7, 0, 0.08 * 0.92, 0, 0.2], rtol=1e-6)
    assert not seen[:, INPUTS:].reshape(5, -1, len(CATEGORIES))[:, :, 4].any()
    alone = in_context(rows[:1], likely[:1])
    assert alone.shape == (1, seen.shape[1]) and not alone.any()


def test_the_first_pass_sees_what_stands_around_by_category() -> None:
    random = np.random.default_rng(0)
    text, names = random.normal(size=(2, 5, 2)).astype(np.float32)
    weight = np.zeros((5, 2), np.float32)
    weight[1, 0] = 2
    out = np.full((5, 23), np.nan, np.float32)
    assert kernels.evidence_columns(out, text, names, weight, weight >= 2, ((0.5, 0.5), (0.25, 0.0))) == 22
    views = out[:, :22].reshape(5, 11, 2)
    likely = np.concatenate([np.zeros((3, 2)), softmax(text + names), np.zeros((3, 2))])
    around = {shift: likely[3 - shift : 8 - shift] for shift in range(-3, 4)}
    wanted = text, names, around[1], around[-1], around[2] + around[3], around[-2] + around[-3], weight, weight >= 2
    np.testing.assert_allclose(views[:, :8], np.stack(wanted, axis=1), rtol=1e-5)
    # Traces of closed forms fade with distance.
    assert views[:, 8:, 0].T.tolist() == [[0, 0, 2, 1, 0.5], [2, 0, 0, 0, 0], [0, 0, 2, 0.5, 0.125]]
    assert not views[:, 8:, 1].any() and np.isnan(out[:, 22]).all()


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
