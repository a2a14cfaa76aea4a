"""Made-up blog posts, as many as one likes: words that do not exist, in the numbers in which words do.

Every post depends on the seed and its number alone. Lengths have the quantiles of real official posts; words are drawn
by Zipf's law from two million, English function words the most frequent of them; every post has names and numbers of
its own, every blog its vocabulary and a footer under each of its posts; more than half of a post's words are repeated
ones, so that it has as many different ones as a real post. One post in ten is an announcement of a family (releases of
a product): all but a tenth of its words are the template's. Blogs and families are large by Zipf's law too, so that the
largest blog's footer stands under one post in twelve.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from detector import Page

# Tokens of real official posts (2026): shares of the posts, and the length that so many do not reach.
SHARES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
LENGTHS = (22, 27, 51, 84, 221, 540, 1167, 1952, 2906, 5128, 14510)
VOCABULARY = 2_000_000
BLOGS, FAMILIES = 3_000, 30_000
IN_FAMILY, OWN_WORDS, OF_BLOG, REPEATED = 0.1, 0.01, 0.15, 0.6
FOOTER = 40
_SYLLABLES = [a + b + c for a in "bdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "ai", "ou") for c in ("", "n", "r")]
_FUNCTION_WORDS = (
    "the of and to in a is that for it with as on be at by this are from or an have not you we which can will has but "
    "all if when there more one so them would about up out what their was he she they his her its into than then only "
    "some could these two may first other do like now over such our most me my even also how after well any where must"
).split()


class MadeUpPosts:
    """`page(number)` is a post, `stranger(number)` a text of the same making that is none of them."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    @cached_property
    def words(self) -> list[str]:
        """By falling frequency; the rarer the longer, as far as syllables go."""
        made = [word for word in _FUNCTION_WORDS]
        base = len(_SYLLABLES)
        mixed = np.random.default_rng(self.seed).permutation(base)
        number = 0
        while len(made) < VOCABULARY:
            rest, word = number * 7 + 3, ""
            while rest:
                word += _SYLLABLES[mixed[rest % base]]
                rest //= base
            made.append(word)
            number += 1
        return made

    def pages(self, count: int) -> Iterator[Page]:
        return map(self.page, range(count))

    def page(self, number: int) -> Page:
        random = self._random(1, number)
        blog = _skewed(random, BLOGS)
        if random.random() < IN_FAMILY:
            family = _skewed(random, FAMILIES)
            ranks = self._ranks(self._random(2, family), family % BLOGS)
            changed = random.random(ranks.size) < 0.1
            ranks[changed] = _zipf(random, int(changed.sum()))
        else:
            ranks = self._ranks(random, blog)
        return Page(url=f"https://blog{blog}.example/{number}", text=self._text(random, ranks, blog))

    def stranger(self, number: int) -> str:
        random = self._random(3, number)
        return self._text(random, self._ranks(random, 0), None)

    def _random(self, what: int, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self.seed * 8 + what, number]))

    @staticmethod
    def _ranks(random: np.random.Generator, blog: int) -> np.ndarray:
        size = int(np.exp(np.interp(random.random(), SHARES, np.log(LENGTHS))))
        ranks = _zipf(random, size)
        own = random.random(size) < OF_BLOG
        # A blog's own words: every blog favours other ones.
        ranks[own] = (ranks[own] * 7919 + blog * 104_729) % VOCABULARY
        # Each place stands for itself or for one before it.
        places = np.arange(size)
        repeated = random.random(size) < REPEATED
        places[repeated] = (random.random(int(repeated.sum())) * places[repeated]).astype(np.int64)
        while (places[places] != places).any():
            places = places[places]
        return ranks[places]

    def _text(self, random: np.random.Generator, ranks: np.ndarray, blog: int | None) -> str:
        words = [self.words[rank] for rank in ranks.tolist()]
        for at in np.flatnonzero(random.random(len(words)) < OWN_WORDS).tolist():
            words[at] = f"{words[at].title()}{random.integers(1, 100)}.{random.integers(1, 1_000)}"
        ends = np.cumsum(random.integers(8, 24, max(1, len(words) // 8)))
        sentences = [" ".join(part) for part in _cut(words, ends[ends < len(words)].tolist())]
        paragraphs = [". ".join(part).capitalize() + "." for part in _cut(sentences, list(range(5, len(sentences), 5)))]
        if blog is not None:
            footer = _zipf(self._random(4, blog), FOOTER)
            paragraphs.append(" ".join(self.words[rank] for rank in footer.tolist()))
        return "\n".join(paragraphs)


def _zipf(random: np.random.Generator, size: int) -> np.ndarray:
    """Ranks, from 0 on, each drawn about as often as one by its rank."""
    return (VOCABULARY ** random.random(size)).astype(np.int64) - 1


def _skewed(random: np.random.Generator, count: int) -> int:
    return int(count ** random.random()) - 1


def _cut(items: list[str], ends: list[int]) -> Iterator[list[str]]:
    for start, end in zip([0, *ends], [*ends, len(items)], strict=True):
        yield items[start:end]
