"""What a block looks like to the boilerplate model: hashed n-grams for the linear part, numbers for the trees.

Everything is computed for all blocks of a page at once. Nothing here depends on the length of scripts, styles or
other invisible markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector import kernels
from detector.data import Document, SourceBlock
from detector.text import code_points, normalisation

TEXT_BUCKETS = 1 << 17
NAME_BUCKETS = 1 << 14

_TAGS = ("p", "li", "td", "th", "div", "span", "pre", "dt", "dd", "blockquote", "figcaption", "a", "section", "article")
_ANCESTORS = ("ul", "ol", "table", "nav", "header", "footer", "aside", "article", "main", "form", "section", "figure")
_COUNT = {name: column for column, name in enumerate(kernels.COUNTS)}
_SHARES = ("digits", "capitals", "marks", "unspaced", "commas", "separators", "code_marks", "addresses", "quotes")
_FLAGS = ("ends_sentence", "ends_colon", "ends_more", "starts_low", "starts_digit")

LOCAL = (
    "characters_log",
    "words_log",
    "word_length",
    "link_density",
    "links_per_word",
    *(f"{name}_share" for name in _SHARES),
    "sentence_ends_log",
    "words_per_sentence",
    "capitalised_share",
    "short_words_share",
    "lines_log",
    *_FLAGS,
    "level",
    "depth",
    *(f"tag_{name}" for name in _TAGS),
    *(f"inside_{name}" for name in _ANCESTORS),
    "title_overlap",
    "title_covered",
    "repeats_log",
)
PAGE = (
    "blocks_log",
    "page_characters_log",
    "page_link_density",
    "page_prose_share",
    "page_unspaced_share",
    "place",
    "place_from_end_log",
    "place_log",
    "characters_before_share",
    "share_of_page",
    "prose_before_share",
    "prose_distance",
    "prose_distance_before",
    "prose_distance_after",
)
GROUPS = ("path", "parent", "names", "top")
GROUP = tuple(
    f"{group}_{name}"
    for group in GROUPS
    for name in ("blocks_log", "plain_log", "link_density", "prose_share", "page_share")
)
WINDOWS = (1, 3, 8)
WINDOW = (
    *(f"{side}_{name}" for side in ("last", "next") for name in ("characters_log", "link_density", "prose", "same_path", "same_names", "level")),
    *(f"around_{width}_{name}" for width in WINDOWS for name in ("plain_log", "link_density", "prose_share")),
)
DENSE = (*LOCAL, *PAGE, *GROUP, *WINDOW)


@dataclass(frozen=True)
class Letters:
    """The blocks' texts in normal form, one after the other, and the character counts of each block."""

    letters: np.ndarray
    bounds: np.ndarray
    counts: np.ndarray

    def text(self, block: int) -> str:
        return "".join(map(chr, self.letters[self.bounds[block] : self.bounds[block + 1]].tolist()))


@dataclass(frozen=True)
class PageFeatures:
    """`dense` is float32[blocks, len(DENSE)]; the others are bucket numbers and their bounds per block.

    `groups` is int64[len(GROUPS), blocks]: which blocks share their path, parent, class names or main container.
    """

    dense: np.ndarray
    text: np.ndarray
    text_bounds: np.ndarray
    names: np.ndarray
    names_bounds: np.ndarray
    groups: np.ndarray
    letters: Letters
    characters: np.ndarray


def fold(texts: Sequence[str]) -> Letters:
    """Normal form and counts of texts; linear in their length."""
    tables = normalisation()
    codes, bounds = _joined(texts)
    return Letters(*kernels.fold_blocks(codes, bounds, tables.fold, tables.expansions, tables.kinds))


def text_buckets(letters: Letters) -> tuple[np.ndarray, np.ndarray]:
    """Hashed n-grams of each block: bucket numbers below TEXT_BUCKETS, and bounds int64[blocks + 1]."""
    buckets, bounds = kernels.text_features(letters.letters, letters.bounds, normalisation().kinds, TEXT_BUCKETS)
    return buckets, bounds


def featurise(document: Document) -> PageFeatures:
    """All features of a document with at least one block."""
    blocks = document.blocks
    letters = fold([block.text for block in blocks])
    text, text_bounds = text_buckets(letters)
    groups, names, names_bounds = _structure(blocks)
    lengths = np.array([len(block.text) for block in blocks], np.float32)
    links = np.array([(block.link_chars, block.links, block.level, block.path.count("/")) for block in blocks], np.float32)
    local = _local(blocks, lengths, links, letters.counts.astype(np.float32))
    overlap = _title_overlap(document.title, text, text_bounds)
    local = np.column_stack((local, overlap, _repeats(blocks)))
    link_chars = np.minimum(links[:, 0], lengths)
    plain = lengths - link_chars
    prose = _is_prose(letters.counts, link_chars / lengths)
    dense = np.column_stack(
        (
            local,
            _page(lengths, plain, prose, letters.counts),
            *(_group(group, lengths, plain, prose) for group in groups),
            _neighbours(groups, lengths, plain, prose, links[:, 2]),
        )
    ).astype(np.float32)
    return PageFeatures(dense, text, text_bounds, names, names_bounds, groups, letters, lengths)


def _joined(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    bounds = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=bounds[1:])
    return code_points("".join(texts)), bounds


def _is_prose(counts: np.ndarray, link_density: np.ndarray) -> np.ndarray:
    """Blocks that read like running text: a sentence end, a dozen words, few links."""
    return (counts[:, _COUNT["sentence_ends"]] > 0) & (counts[:, _COUNT["words"]] >= 12) & (link_density < 0.4)


def _local(blocks: Sequence[SourceBlock], lengths: np.ndarray, links: np.ndarray, counts: np.ndarray) -> np.ndarray:
    characters = np.maximum(counts[:, _COUNT["characters"]], 1)
    words = np.maximum(counts[:, _COUNT["words"]], 1)
    spaced = np.maximum(counts[:, _COUNT["words"]] - counts[:, _COUNT["unspaced"]], 1)
    sentences = counts[:, _COUNT["sentence_ends"]]
    elements: dict[tuple[str, str], tuple[bool, ...]] = {}
    for block in blocks:
        key = (block.tag, block.path)
        if key not in elements:
            inside = set(block.path.split("/"))
            elements[key] = (
                *(block.tag == name for name in _TAGS),
                *(name in inside for name in _ANCESTORS),
            )
    return np.column_stack(
        (
            np.log1p(lengths),
            np.log1p(words),
            characters / words,
            np.minimum(links[:, 0] / lengths, 1),
            links[:, 1] / words,
            *(counts[:, _COUNT[name]] / characters for name in _SHARES),
            np.log1p(sentences),
            words / np.maximum(sentences, 1),
            counts[:, _COUNT["capitalised"]] / spaced,
            counts[:, _COUNT["short_words"]] / spaced,
            np.log1p(counts[:, _COUNT["lines"]]),
            *(counts[:, _COUNT[name]] for name in _FLAGS),
            links[:, 2],
            links[:, 3],
            np.array([elements[block.tag, block.path] for block in blocks], np.float32),
        )
    )


def _title_overlap(title: str, text: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Share of a block's n-grams that the page title has, and of the title's that the block has."""
    if not title:
        return np.zeros((bounds.size - 1, 2), np.float32)
    wanted, _ = text_buckets(fold([title[:400]]))
    known = np.zeros(TEXT_BUCKETS, bool)
    known[wanted] = True
    hits = np.concatenate(([0], np.cumsum(known[text])))
    shared = hits[bounds[1:]] - hits[bounds[:-1]]
    return np.column_stack((shared / np.maximum(np.diff(bounds), 1), np.minimum(shared / max(1, wanted.size), 1)))


def _repeats(blocks: Sequence[SourceBlock]) -> np.ndarray:
    seen: dict[str, int] = {}
    for block in blocks:
        seen[block.text] = seen.get(block.text, 0) + 1
    return np.log(np.array([seen[block.text] for block in blocks], np.float32))


def _page(lengths: np.ndarray, plain: np.ndarray, prose: np.ndarray, counts: np.ndarray) -> np.ndarray:
    size = lengths.size
    total = lengths.sum()
    index = np.arange(size)
    prose_chars = plain * prose
    all_prose = max(1.0, prose_chars.sum())
    before = np.maximum.accumulate(np.where(prose, index, -size))
    after = np.minimum.accumulate(np.where(prose, index, 2 * size)[::-1])[::-1]
    to_before, to_after = np.log1p(index - before), np.log1p(after - index)
    constant = (
        np.log(size),
        np.log1p(total),
        1 - plain.sum() / total,
        prose_chars.sum() / total,
        counts[:, _COUNT["unspaced"]].sum() / max(1, counts[:, _COUNT["characters"]].sum()),
    )
    return np.column_stack(
        (
            np.broadcast_to(np.array(constant), (size, len(constant))),
            index / size,
            np.log1p(size - 1 - index),
            np.log1p(index),
            np.cumsum(lengths) / total,
            lengths / total,
            (np.cumsum(prose_chars) - prose_chars) / all_prose,
            np.minimum(to_before, to_after),
            to_before,
            to_after,
        )
    )


def _structure(blocks: Sequence[SourceBlock]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Groups of blocks alike in structure, and the hashed element, class and id names of each block."""
    tables: tuple[dict[str, int], ...] = ({}, {}, {}, {})
    places: dict[tuple[str, str], int] = {}
    strings: list[str] = []
    rows: list[int] = []
    known: list[tuple[int, ...]] = []
    for block in blocks:
        key = (block.path, block.hints)
        place = places.get(key)
        if place is None:
            place = places[key] = len(strings)
            parts = block.path.rsplit("/", 2)
            strings.append(f"{'/'.join(parts[-2:])} {block.hints} {block.path}")
            parent = block.path.rpartition("/")[0]
            keys = (block.path, parent, block.hints, "/".join(block.path.split("/", 4)[:4]))
            known.append(tuple(table.setdefault(name, len(table)) for table, name in zip(tables, keys, strict=True)))
        rows.append(place)
    buckets, bounds = kernels.name_features(*_joined(strings), NAME_BUCKETS)
    which = np.array(rows)
    sizes = np.diff(bounds)[which]
    out_bounds = np.concatenate(([0], np.cumsum(sizes)))
    index = np.arange(out_bounds[-1]) + np.repeat(bounds[which] - out_bounds[:-1], sizes)
    return np.array(known, np.int64)[which].T.copy(), buckets[index], out_bounds


def _group(group: np.ndarray, lengths: np.ndarray, plain: np.ndarray, prose: np.ndarray) -> np.ndarray:
    count = np.bincount(group)
    chars = np.bincount(group, lengths)
    plain_sum = np.bincount(group, plain)
    prose_sum = np.bincount(group, plain * prose)
    table = np.column_stack(
        (
            np.log(count),
            np.log1p(plain_sum),
            1 - plain_sum / chars,
            prose_sum / chars,
            prose_sum / max(1.0, prose_sum.sum()),
        )
    )
    return table[group]


def _neighbours(
    groups: np.ndarray, lengths: np.ndarray, plain: np.ndarray, prose: np.ndarray, level: np.ndarray
) -> np.ndarray:
    columns = []
    own = np.column_stack((np.log1p(lengths), 1 - plain / lengths, prose, level))
    for shift in (1, -1):
        moved = shifted(own, shift)
        same = [shifted(groups[which][:, None] + 1, shift)[:, 0] == groups[which] + 1 for which in (0, 2)]
        columns.append(np.column_stack((moved[:, :3], *same, moved[:, 3])))
    for width in WINDOWS:
        sums = window_sums(np.column_stack((lengths, plain, plain * prose)), width)
        all_chars = np.maximum(sums[:, 0], 1)
        columns.append(np.column_stack((np.log1p(sums[:, 1]), 1 - sums[:, 1] / all_chars, sums[:, 2] / all_chars)))
    return np.column_stack(columns)


def shifted(rows: np.ndarray, shift: int) -> np.ndarray:
    """The rows `shift` places earlier (or later, when negative); zeros past the page's ends."""
    out = np.zeros_like(rows)
    if abs(shift) < len(rows):
        if shift > 0:
            out[shift:] = rows[:-shift]
        else:
            out[:shift] = rows[-shift:]
    return out


def window_sums(rows: np.ndarray, width: int) -> np.ndarray:
    """Sums of each row and its `width` neighbours on both sides."""
    sums = np.concatenate((np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)))
    index = np.arange(len(rows))
    return np.asarray(sums[np.minimum(index + width + 1, len(rows))] - sums[np.maximum(index - width, 0)])
