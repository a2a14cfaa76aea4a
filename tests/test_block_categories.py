import numpy as np
import pytest

from detector import kernels
from detector.block_categories import DIGITS, DILATIONS, LEAST, MOST_SPREADS, OWN_DIGITS, TAPS, CategoryModel, Network
from detector.block_features import fold
from detector.data import CATEGORIES
from detector.kernels import LINE_KEYS
from detector.text import normalisation
from detector.training.network import standard

INPUTS, UNITS, WIDTH, LAYERS = 6, 8, 4, len(DILATIONS)


def network(inputs: int, seed: int) -> Network:
    random = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32)

    said = len(CATEGORIES) + 1
    hidden = some(inputs, UNITS), some(UNITS)
    around = some(TAPS, UNITS, WIDTH) / 3, some(LAYERS - 1, TAPS, WIDTH, WIDTH) / 3, some(LAYERS, WIDTH)
    out = some(UNITS + LAYERS * WIDTH, said) / 3, some(said)
    return Network(some(inputs), np.abs(some(inputs)) + 0.1, *hidden, *around, *out)


def softmax(logits: np.ndarray) -> np.ndarray:
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(likely / likely.sum(axis=1, keepdims=True))


def by_hand(model: Network, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the layers say, each block by itself."""
    active = [np.maximum(standard(rows, model.mean, model.spread) @ model.hidden.astype(float) + model.hidden_bias, 0)]
    for layer, dilation in enumerate(DILATIONS):
        sums = np.tile(model.around_bias[layer].astype(float), (len(rows), 1))
        for block in range(len(rows)):
            for tap in range(TAPS):
                other = block + (tap - TAPS // 2) * dilation
                if 0 <= other < len(rows):
                    weights = model.around[layer - 1, tap] if layer else model.nearest[tap]
                    sums[block] += active[-1][other] @ weights.astype(float)
        active.append(np.maximum(sums, 0))
    logits = np.concatenate(active, axis=1) @ model.out.astype(float) + model.out_bias
    return softmax(logits[:, :-1]), logits[:, -1]


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 30])
@pytest.mark.parametrize("inputs", [1, 6, 75])
def test_probabilities_are_those_of_the_layers(blocks: int, inputs: int) -> None:
    random = np.random.default_rng(blocks)
    rows = (20 * random.normal(size=(blocks, inputs))).astype(np.float32)
    rows[:, [0, inputs // 2]] = 3  # the same of all blocks
    model = network(inputs, 1)
    wanted, wanted_own = by_hand(model, rows)
    given, own = model.evaluate(rows)
    assert np.abs(given - wanted).max() < 10.0**-DIGITS + LEAST
    np.testing.assert_allclose(own, wanted_own, rtol=1e-6, atol=10.0**-OWN_DIGITS)
    assert given.min() >= LEAST and np.array_equal(np.maximum(given.round(DIGITS), LEAST), given)


def test_a_model_is_read_as_it_was_written() -> None:
    model = CategoryModel(network(INPUTS, 1), np.ones(len(CATEGORIES), np.float32))
    rows = np.random.default_rng(0).normal(size=(7, INPUTS)).astype(np.float32)
    again = CategoryModel.from_arrays(model.to_arrays("x_"), "x_")
    for one, other in zip(model.network.evaluate(rows), again.network.evaluate(rows), strict=True):
        assert np.array_equal(one, other)
    with pytest.raises(KeyError):
        CategoryModel.from_arrays(model.to_arrays("x_"), "y_")
    for name, wrong in (
        ("mean", np.zeros(3)),
        ("around", np.zeros((LAYERS - 1, TAPS, WIDTH, 8))),
        ("votes", np.zeros(2)),
    ):
        with pytest.raises(ValueError, match=r"fit together|votes of 20 categories"):
            CategoryModel.from_arrays(model.to_arrays("x_") | {f"x_{name}": wrong.astype(np.float32)}, "x_")


def test_a_block_sees_fourteen_others_on_either_side() -> None:
    rows = np.random.default_rng(0).normal(size=(40, INPUTS)).astype(np.float32)
    model = network(INPUTS, 2)
    before, _ = model.evaluate(rows)
    changed: set[int] = set()
    for value in (9, -9, 3, -3):  # what one does may be lost where units are not above 0
        rows[20] = value
        changed |= {*np.flatnonzero((model.evaluate(rows)[0] != before).any(axis=1)).tolist()}
    assert min(changed) == 6 and max(changed) == 34


def test_what_a_block_is_does_not_hang_on_how_many_there_are() -> None:
    rows = np.random.default_rng(0).normal(size=(40, INPUTS)).astype(np.float32)
    model = network(INPUTS, 2)
    whole, own = model.evaluate(rows)
    for blocks in (36, 37, 38, 39):
        likely, less = model.evaluate(rows[:blocks])
        assert np.array_equal(likely[: blocks - 14], whole[: blocks - 14])
        assert np.array_equal(less[: blocks - 14], own[: blocks - 14])


def test_inputs_are_held_within_some_spreads_of_their_mean() -> None:
    model = network(INPUTS, 1)
    far = [model.mean + times * MOST_SPREADS * model.spread for times in (1.01, 30, -1.01, -30)]
    given = [model.evaluate(row[None].astype(np.float32))[0] for row in far]
    assert np.array_equal(given[0], given[1]) and np.array_equal(given[2], given[3])
    assert not np.array_equal(given[0], given[2])


def test_the_evidence_says_what_stands_around_by_category() -> None:
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
