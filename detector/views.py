"""Fingerprint views: ways of looking at a text that survive different kinds of damage.

A view turns tokens into 64-bit shingle hashes. Two texts are alike in a view when one's shingles are
contained in the other's. A new view is one function here: the decorator takes pairs of texts that the
view must see as a copy and pairs that it must not, and everything else (index, features, documentation)
goes by the registry. Adding, removing or changing a view makes older indexes and matching models invalid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from detector import kernels
from detector.bilingual import lexicon
from detector.text import LATIN, NUMBER, URL, WORD, Tokens, code_points, normalisation, tokenise

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """`shingles` maps tokens to uint64 hashes (repeats allowed), of which a large index
    keeps one in `thinning` times its sampling rate (all when 0); `survives` is what it is for, in words."""

    name: str
    survives: str
    thinning: int
    shingles: Callable[[Tokens], np.ndarray]
    sees: tuple[Pair, ...]
    ignores: tuple[Pair, ...]


VIEWS: dict[str, View] = {}

# Words that writers do not choose: they stay when a text is spun, and mean nothing as anchors.
FUNCTION_WORDS = """
a about after all also an and any are as at be because been before but by can could did do does each even for from
had has have he her here his how i if in into is it its just like may me might more most my new no not now of on one
only or other our out over own s she should so some such t than that the their them then there these they this those
through to too under up us use very was we well were what when where which while who why will with would you your
der die das ein eine einen einem einer und oder aber nicht auch auf aus bei mit nach von vor zu zum zur im ist sind war
wird werden wurde hat haben sich als wie wenn dass durch fur uber unter dem den des es sie wir ich
le la les un une des du de et ou mais ne pas que qui dans sur sous avec pour par est sont etait ce cette ces se son sa
ses il elle nous vous ils en au aux plus
el los las una unos y o pero no del al es son era su sus por para con sin sobre entre como mas este esta estos lo
o os as um uma e ou mas nao do da dos das no na nos nas em por para com sem que se seu sua mais foi ser
il lo gli uno di e ma non che del della dei nel nella per tra sono era piu come
и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее мне было вот от меня еще нет о из ему
для при это этот или мы их чтобы быть был была были есть
i w z na do nie sie jest to ze o jak po co ale od za przez
va la cua cho trong nhung cac mot duoc khi voi de
的 了 在 是 和 与 或 也 就 都 而 及 对 从 到 把 被 让 这 那
我 你 他 它 们 个 一 不 有 为 以 上 中 下 时 之 其 可 能 会 要
は の に を が と で も へ や か な た て し れ る
"""


@cache
def function_words() -> np.ndarray:
    """Sorted token hashes of the function words of the languages known best."""
    return np.unique(tokenise(FUNCTION_WORDS).hashes)


@cache
def _function_words() -> np.ndarray:
    return np.asarray(kernels.table_of(function_words()))


def is_function_word(hashes: np.ndarray) -> np.ndarray:
    """bool[n]: which token hashes are function words."""
    return np.asarray(kernels.contained(hashes, _function_words()))


def view(
    name: str, survives: str, *, sees: Iterable[Pair], ignores: Iterable[Pair], thinning: int = 1
) -> Callable[[Callable[[Tokens], np.ndarray]], Callable[[Tokens], np.ndarray]]:
    """Register a view under `name`; see `View` for the arguments."""

    def register(shingles: Callable[[Tokens], np.ndarray]) -> Callable[[Tokens], np.ndarray]:
        VIEWS[name] = View(name, survives, thinning, shingles, tuple(sees), tuple(ignores))
        return shingles

    return register


def containment(part: np.ndarray, whole: np.ndarray) -> float:
    """Share of the distinct hashes of `part` that occur in `whole`, 0..1 (0 when there are none)."""
    distinct = np.unique(part)
    return float(np.isin(distinct, whole).mean()) if distinct.size else 0.0


_POST = (
    "The scheduler now packs small batches onto one worker before it wakes another, which cut our monthly bill "
    "by a third. We measured the effect over nine weeks and on four clusters, and the tail latency stayed where it was."
)
_OTHER = (
    "Our kitchen has a new stove and the cooks are happy with it. Soup is served at noon, bread comes from the bakery "
    "around the corner, and on Fridays somebody brings a cake that is gone before the first meeting is over."
)


@view(
    "words",
    "verbatim copies and excerpts, in any order",
    sees=[
        (_POST, "Intro by somebody else. " + _POST),
        ("云原生数据库的下一步是什么", "转载:云原生数据库的下一步是什么"),
    ],
    ignores=[(_POST, _OTHER), ("云原生数据库的下一步", "今天的天气很好我们去公园")],
)
def words(tokens: Tokens) -> np.ndarray:
    return kernels.ngrams(tokens.hashes[tokens.kinds != URL], 5)


@view(
    "trigrams",
    "words dropped or replaced here and there",
    sees=[(_POST, _POST.replace("small ", "").replace("monthly ", "yearly ").replace("four ", ""))],
    ignores=[(_POST, _OTHER)],
)
def trigrams(tokens: Tokens) -> np.ndarray:
    return kernels.ngrams(tokens.hashes[tokens.kinds != URL], 3)


@view(
    "short",
    "long words deleted: both sides are read without words of six letters and more",
    sees=[(_POST, " ".join(word for word in _POST.split() if len(word.strip(".,")) < 6))],
    ignores=[(_POST, _OTHER)],
)
def short(tokens: Tokens) -> np.ndarray:
    alphabetic = (tokens.kinds == LATIN) | (tokens.kinds == WORD)
    return kernels.ngrams(tokens.hashes[alphabetic & (tokens.lengths < 6)], 5)


@view(
    "stop",
    "content words replaced: function words keep their order",
    sees=[(_POST, _POST.replace("scheduler", "planner").replace("batches", "jobs").replace("latency", "delay"))],
    ignores=[(_POST, _OTHER)],
)
def stop(tokens: Tokens) -> np.ndarray:
    return kernels.ngrams(tokens.hashes[is_function_word(tokens.hashes)], 8)


@view(
    "characters",
    "words joined, split or misread",
    sees=[(_POST, _POST.replace("small batches", "smallbatches").replace("effect", "ef fect"))],
    ignores=[(_POST, _OTHER)],
    thinning=4,
)
def characters(tokens: Tokens) -> np.ndarray:
    codes, fold = code_points(tokens.text), normalisation().fold
    return kernels.character_ngrams(codes, tokens.starts, tokens.ends, tokens.kinds, fold, 12)


@view(
    "anchors",
    "translation: names, numbers, addresses and code stay as they are, and a lexicon knows many words",
    sees=[
        (
            "Halyard 4.2 ships libfoo_sync for gRPC and ARM64 in 2026",
            "Halyard 4.2 于 2026 年发布 gRPC ARM64 libfoo_sync",
        )
    ],
    ignores=[(_POST, _OTHER)],
    thinning=0,
)
def anchors(tokens: Tokens) -> np.ndarray:
    return anchored(tokens)[1]


def anchored(tokens: Tokens) -> tuple[np.ndarray, np.ndarray]:
    """What of a text a translation keeps, in the text's order: places (int32) and hashes (uint64) of the tokens that a
    translator leaves alone, and of words that the bilingual lexicon knows the English ones."""
    return lexicon().bridge(tokens, is_anchor(tokens))


def is_anchor(tokens: Tokens) -> np.ndarray:
    """bool[n]: tokens that a translator leaves alone: Latin words but function words, numbers of two
    digits and more, addresses."""
    latin = (tokens.kinds == LATIN) & (tokens.lengths > 1)
    number = (tokens.kinds == NUMBER) & (tokens.lengths > 1)
    return np.asarray((latin | number | (tokens.kinds == URL)) & ~is_function_word(tokens.hashes))
