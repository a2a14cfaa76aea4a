"""What people would use instead, on the same pages' own text: sets of five-word shingles, compared.

Each peer gives every page a score; like the detector's, its recall is taken at the threshold that lets one negative in
a thousand pass, chosen on these very pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import metadata
from typing import Any

import numpy as np
from crawl import Crawl
from judge import mean_by_damage
from overlap import Shingles, in_common, shingles

from detector.training.calibration import highest_but
from detector.training.matcher import FALSE_ALARMS

PERMUTATIONS = 128


def containment(posts: Shingles, pages: Shingles) -> dict[str, float]:
    """The largest share of a post's shingles on the page, or of the page's in a post, counted exactly."""
    return {url: max(common.values(), default=0.0) for url, common in in_common(posts, pages)}


def datasketch_lsh(posts: Shingles, pages: Shingles) -> dict[str, float]:
    """MinHash, candidates by LSH with a threshold of 0.1, ranked by the Jaccard similarity that the signatures say."""
    from datasketch import MinHashLSH

    sketches = {url: _minhash(own) for url, own in posts.items() if own}
    lsh = MinHashLSH(threshold=0.1, num_perm=PERMUTATIONS)
    for url, sketch in sketches.items():
        lsh.insert(url, sketch)
    scores = {}
    for url, own in pages.items():
        sketch = _minhash(own)
        found = lsh.query(sketch) if own else []
        scores[url] = max((sketch.jaccard(sketches[post]) for post in found), default=0.0)
    return scores


def datasketch_ensemble(posts: Shingles, pages: Shingles) -> dict[str, float]:
    """LSH Ensemble with a threshold of 0.1, its candidates verified by counting: the largest share in common."""
    from datasketch import MinHashLSHEnsemble

    ensemble = MinHashLSHEnsemble(threshold=0.1, num_perm=PERMUTATIONS, num_part=16)
    ensemble.index((url, _minhash(own), len(own)) for url, own in posts.items() if own)
    scores = {}
    for url, own in pages.items():
        found = ensemble.query(_minhash(own), len(own)) if own else []
        scores[url] = max((len(own & posts[post]) / min(len(own), len(posts[post])) for post in found), default=0.0)
    return scores


def _minhash(own: frozenset[int]) -> Any:
    from datasketch import MinHash

    sketch = MinHash(num_perm=PERMUTATIONS)
    sketch.update_batch([shingle.to_bytes(8, "little") for shingle in own])
    return sketch


def rensa_minhash(posts: Shingles, pages: Shingles) -> dict[str, float]:
    """R-MinHash over whole sets, compared with every post."""
    from rensa import RMinHash

    return _most_equal(_digests(RMinHash, posts), _digests(RMinHash, pages), pages)


def rensa_cminhash(posts: Shingles, pages: Shingles) -> dict[str, float]:
    """C-MinHash, one circulant permutation, compared with every post."""
    from rensa import CMinHash

    return _most_equal(_digests(CMinHash, posts), _digests(CMinHash, pages), pages)


def _digests(sketch: Callable[..., Any], sets: Shingles) -> np.ndarray:
    """uint32[sets, PERMUTATIONS]: the signatures that one of rensa's sketches gives."""
    rows = []
    for own in sets.values():
        made = sketch(num_perm=PERMUTATIONS, seed=1)
        made.update([str(shingle) for shingle in own])
        rows.append(made.digest())
    return np.array(rows, np.uint32)


def simhash(posts: Shingles, pages: Shingles) -> dict[str, float]:
    """64 bits of SimHash over the shingles; the share of bits in common with the nearest post."""

    def bits(sets: Shingles) -> np.ndarray:
        rows = np.zeros((len(sets), 64), np.uint8)
        for row, own in enumerate(sets.values()):
            if not own:
                continue
            values = np.array(list(own), np.uint64)
            rows[row] = ((values[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).mean(axis=0) > 0.5
        return rows

    return _most_equal(bits(posts), bits(pages), pages)


def _most_equal(posts: np.ndarray, pages: np.ndarray, names: Shingles) -> dict[str, float]:
    return {
        url: float((posts == own).mean(axis=1).max()) if names[url] else 0.0
        for url, own in zip(names, pages, strict=True)
    }


PEERS: dict[str, tuple[str, Callable[[Shingles, Shingles], dict[str, float]]]] = {
    "datasketch LSH": ("datasketch", datasketch_lsh),
    "LSH Ensemble": ("datasketch", datasketch_ensemble),
    "rensa R-MinHash": ("rensa", rensa_minhash),
    "rensa C-MinHash": ("rensa", rensa_cminhash),
    "SimHash": ("", simhash),
    "5-word containment": ("", containment),
}


def peers(crawl: Crawl, clear: Iterable[str]) -> dict[str, Any]:
    """Recall of each peer by kind of damage, and what it is; `clear` are the addresses of the negatives."""
    posts = {url: shingles(text) for url, text in crawl.post_texts.items()}
    pages = {url: shingles(text) for url, text in crawl.own_texts.items()}
    figures = {}
    for name, (package, measure) in PEERS.items():
        scores = measure(posts, pages)
        threshold = highest_but([scores[url] for url in clear], FALSE_ALARMS)
        copies = {url: known for url, known in crawl.known.items() if known.sources}
        recall = mean_by_damage(copies, {url: scores[url] > threshold for url in copies})
        version = f" {metadata.version(package)}" if package else ""
        figures[name] = {"recall": recall, "threshold": threshold, "what": f"{package}{version} above {threshold:.3g}"}
    return figures
