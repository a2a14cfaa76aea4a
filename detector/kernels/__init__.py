"""The compiled loops: tokenising, shingling, looking up, aligning.

Everything here takes and returns numpy arrays. numba compiles each function at its first call and keeps the result in
its cache, so that installing needs no compiler. Nothing else in the package is compiled.

The cache of a file is made anew when that file changes, not when one does that it imports from: who edits a function or
constant that other files of this package use removes `detector/kernels/__pycache__`.
"""

from detector.kernels import cache  # isort: skip
from detector.kernels.alignment import common_subsequence, find_seeds, find_spans, index_grams
from detector.kernels.bilingual import bridge, sieve_of, slots_of, units
from detector.kernels.block_columns import (
    count_alike,
    group_columns,
    heading_columns,
    headline,
    landmark_columns,
    local_columns,
    neighbour_columns,
    page_columns,
    window_columns,
)
from detector.kernels.block_lines import LINE_KEYS, line_keys
from detector.kernels.block_text import COUNTS, fold_blocks, name_features, overlap, text_features
from detector.kernels.block_writer import (
    BLOCK_BEGIN,
    BLOCK_LEVEL,
    BLOCKS,
    BYTES,
    HIDDEN_BYTES,
    HIDDEN_ELEMENT,
    HIDDEN_REASON,
    HIDINGS,
    LEAF_ELEMENT,
    LEAVES,
    LINK_BLOCK,
    LINK_ELEMENT,
    LINKS,
    PART_LINK,
    PART_TEXT,
    PARTS,
    PLACE_ELEMENT,
    PLACE_OUTER,
    PLACES,
    STATES,
)
from detector.kernels.clauses import SIEVE_BITS, find_clauses, sieve_place
from detector.kernels.dotplot import densest_path, dot_plot
from detector.kernels.html_text import attribute_values
from detector.kernels.linear import DE_BRUIJN, linear_scores, sum_trees
from detector.kernels.lookup import below, contained, distinct, look_up, minhash, sift_in, table_of
from detector.kernels.markup import EXTREMES, markup_extremes
from detector.kernels.network import evidence_columns, network
from detector.kernels.outline import ROOM, outline
from detector.kernels.postings import (
    FLOODED,
    LISTED,
    accumulate,
    cosines,
    count_posts,
    highest,
    keys_by_post,
    rarest_first,
    score_hits,
    shares,
    sizes_by_row,
    unpack,
)
from detector.kernels.tokens import (
    CJK,
    LATIN,
    NUMBER,
    SEPARATOR,
    URL,
    WORD,
    character_ngrams,
    mix64,
    ngrams,
    tokenise,
)
from detector.kernels.tree import ATTRIBUTES, INSIDE, TAGS, read_tree

__all__ = [
    "ATTRIBUTES",
    "BLOCKS",
    "BLOCK_BEGIN",
    "BLOCK_LEVEL",
    "BYTES",
    "CJK",
    "COUNTS",
    "DE_BRUIJN",
    "EXTREMES",
    "FLOODED",
    "HIDDEN_BYTES",
    "HIDDEN_ELEMENT",
    "HIDDEN_REASON",
    "HIDINGS",
    "INSIDE",
    "LATIN",
    "LEAF_ELEMENT",
    "LEAVES",
    "LINE_KEYS",
    "LINKS",
    "LINK_BLOCK",
    "LINK_ELEMENT",
    "LISTED",
    "NUMBER",
    "PARTS",
    "PART_LINK",
    "PART_TEXT",
    "PLACES",
    "PLACE_ELEMENT",
    "PLACE_OUTER",
    "ROOM",
    "SEPARATOR",
    "SIEVE_BITS",
    "STATES",
    "TAGS",
    "URL",
    "WORD",
    "accumulate",
    "attribute_values",
    "below",
    "bridge",
    "cache",
    "character_ngrams",
    "common_subsequence",
    "contained",
    "cosines",
    "count_alike",
    "count_posts",
    "densest_path",
    "distinct",
    "dot_plot",
    "evidence_columns",
    "find_clauses",
    "find_seeds",
    "find_spans",
    "fold_blocks",
    "group_columns",
    "heading_columns",
    "headline",
    "highest",
    "index_grams",
    "keys_by_post",
    "landmark_columns",
    "line_keys",
    "linear_scores",
    "local_columns",
    "look_up",
    "markup_extremes",
    "minhash",
    "mix64",
    "name_features",
    "neighbour_columns",
    "network",
    "ngrams",
    "outline",
    "overlap",
    "page_columns",
    "rarest_first",
    "read_tree",
    "score_hits",
    "shares",
    "sieve_of",
    "sieve_place",
    "sift_in",
    "sizes_by_row",
    "slots_of",
    "sum_trees",
    "table_of",
    "text_features",
    "tokenise",
    "units",
    "unpack",
    "window_columns",
]


def is_cold() -> bool:
    """Whether the first verdict has to compile loops."""
    return cache.is_cold(globals()[name] for name in __all__)
