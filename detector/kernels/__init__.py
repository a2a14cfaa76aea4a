"""The compiled loops: tokenising, shingling, looking up, aligning.

Everything here takes and returns numpy arrays. numba compiles each function at its first call and keeps the result in
its cache, so that installing needs no compiler. Nothing else in the package is compiled.

The cache of a file is made anew when that file changes, not when one does that it imports from: who edits a function or
constant that other files of this package use removes `detector/kernels/__pycache__`.
"""

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
from detector.kernels.block_lines import LINE_KEYS, blended, faded, line_keys
from detector.kernels.block_text import COUNTS, fold_blocks, name_features, overlap, text_features
from detector.kernels.clauses import find_clauses
from detector.kernels.dotplot import densest_path, dot_plot
from detector.kernels.linear import linear_scores, sum_trees
from detector.kernels.lookup import below, contained, distinct, look_up, minhash, table_of
from detector.kernels.markup import EXTREMES, markup_extremes
from detector.kernels.network import standard_inputs
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

__all__ = [
    "CJK",
    "COUNTS",
    "EXTREMES",
    "FLOODED",
    "LATIN",
    "LINE_KEYS",
    "LISTED",
    "NUMBER",
    "SEPARATOR",
    "URL",
    "WORD",
    "accumulate",
    "below",
    "blended",
    "bridge",
    "character_ngrams",
    "common_subsequence",
    "contained",
    "cosines",
    "count_alike",
    "count_posts",
    "densest_path",
    "distinct",
    "dot_plot",
    "faded",
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
    "ngrams",
    "overlap",
    "page_columns",
    "rarest_first",
    "score_hits",
    "shares",
    "sieve_of",
    "sizes_by_row",
    "slots_of",
    "standard_inputs",
    "sum_trees",
    "table_of",
    "text_features",
    "tokenise",
    "units",
    "unpack",
    "window_columns",
]
