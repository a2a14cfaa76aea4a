"""Sets of five-word shingles, and how much of them texts have in common: counted exactly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from detector.kernels import ngrams
from detector.text import tokenise

SIZE = 5
LEAST_COMMON = 5  # shingles; fewer are chance
Shingles = Mapping[str, frozenset[int]]


def shingles(text: str) -> frozenset[int]:
    """Hashes of the runs of five words (of scripts without spaces: characters)."""
    return frozenset(ngrams(tokenise(text).hashes, SIZE).tolist())


def in_common(posts: Shingles, pages: Shingles) -> Iterator[tuple[str, dict[str, float]]]:
    """For each page the posts that have something in common with it, and how much: the larger of the share of the
    post's shingles that the page has and the share of the page's that the post has."""
    having: dict[int, list[str]] = defaultdict(list)
    for url, own in posts.items():
        for shingle in own:
            having[shingle].append(url)
    for url, own in pages.items():
        common = Counter(post for shingle in own for post in having.get(shingle, ()))
        yield (
            url,
            {
                post: count / max(1, min(len(own), len(posts[post])))
                for post, count in common.items()
                if count >= LEAST_COMMON
            },
        )
