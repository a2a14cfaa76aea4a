"""Made-up blog posts, as many as one likes: words that do not exist, in the numbers in which words do.

Every post depends on the seed and its number alone. Lengths have the quantiles of real official posts; words are drawn
by Zipf's law from two million, English function words the most frequent of them, numbers and versions one in twelve of
the rest; more than half of a post's words are repeated ones, so that it has as many different ones as a real post.
Every blog has its vocabulary and a footer under each of its posts. One post in ten is an announcement of a family
(releases of a product): all but a tenth of its words are the template's. Blogs and families are large by Zipf's law
too: the largest blog's footer stands under one post in twelve.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from detector import Page

# Tokens of real official posts: shares of the posts, and the length that so many do not reach.
SHARES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
LENGTHS = (22, 27, 51, 84, 221, 540, 1167, 1952, 2906, 5128, 14510)
VOCABULARY = 2_000_000
BLOGS, FAMILIES = 3_000, 30_000
IN_FAMILY, CHANGED, OF_BLOG, REPEATED = 0.1, 0.1, 0.15, 0.6
FOOTER, PARAGRAPH = 40, 80
_SYLLABLES = [
    a + b + c for a in "bdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "ai", "ou") for c in ("", "n", "r")
]
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
    def vocabulary(self) -> tuple[np.ndarray, np.ndarray]:
        """All words by falling frequency, each with a space after it: their bytes, and where each begins."""
        words = list(_FUNCTION_WORDS)
        mixed = np.random.default_rng(self.seed).permutation(len(_SYLLABLES)).tolist()
        for number in range(VOCABULARY - len(words)):
            rest, word = number * 7 + 3, ""
            while rest:
                word += _SYLLABLES[mixed[rest % len(mixed)]]
                rest //= len(mixed)
            words.append(f"{number % 97}.{number // 12}" if number % 12 == 11 else word)
        joined = " ".join([*words, ""]).encode()
        letters = np.frombuffer(joined, np.uint8)
        return letters, np.append(0, np.flatnonzero(letters == ord(" ")) + 1)

    @cached_property
    def _footers(self) -> list[np.ndarray]:
        return [_zipf(self._random(4, blog), FOOTER) for blog in range(BLOGS)]

    def pages(self, count: int) -> Iterator[Page]:
        return map(self.page, range(count))

    def page(self, number: int) -> Page:
        url, ranks = self._post(number)
        return Page(url=url, text=self._text(ranks))

    def stranger(self, number: int) -> str:
        return self._text(_ranks(self._random(3, number), number % BLOGS))

    def _post(self, number: int) -> tuple[str, np.ndarray]:
        random = self._random(1, number)
        blog = int(BLOGS ** random.random()) - 1
        if random.random() < IN_FAMILY:
            family = int(FAMILIES ** random.random()) - 1
            ranks = _ranks(self._random(2, family), family % BLOGS)
            changed = random.random(ranks.size) < CHANGED
            ranks[changed] = _zipf(random, int(changed.sum()))
        else:
            ranks = _ranks(random, blog)
        return f"https://blog{blog}.example/{number}", np.append(ranks, self._footers[blog])

    def _random(self, what: int, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self.seed * 8 + what, number]))

    def _text(self, ranks: np.ndarray) -> str:
        letters, begins = self.vocabulary
        sizes = begins[ranks + 1] - begins[ranks]
        ends = np.cumsum(sizes)
        text = letters[np.repeat(begins[ranks] - ends + sizes, sizes) + np.arange(ends[-1])]
        text[ends[PARAGRAPH::PARAGRAPH] - 1] = ord("\n")
        return text.tobytes().decode()


def _ranks(random: np.random.Generator, blog: int) -> np.ndarray:
    """The words of a text, by their ranks (int64)."""
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


def _zipf(random: np.random.Generator, size: int) -> np.ndarray:
    """Ranks, from 0 on, each drawn about as often as one by its rank (int64)."""
    return (VOCABULARY ** random.random(size)).astype(np.int64) - 1
