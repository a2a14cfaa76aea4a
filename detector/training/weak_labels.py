"""Weak category labels for blocks of real pages that gold says are not content.

Two sources are trusted: closed forms that suffice for the block's length (on pages with gold, 99 % of the blocks
they decide are indeed not content), and the class, id and role names nearest to the block. Blocks with neither stay
unlabelled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from detector.closed_forms import Found
from detector.data import CATEGORIES, SourceBlock

UNKNOWN = -1
_NEAREST = 8

# First match among the nearest names wins; within one name, the first row that matches.
_NAMES: tuple[tuple[str, str], ...] = (
    ("consent", r"cookie|consent|gdpr|onetrust|didomi|cmp-|cybot"),
    ("breadcrumb", r"breadcrumb|^crumbs?$|crumb-|yoast-bread|mianbao|weizhi|^position$|^location$|dangqian"),
    ("toc", r"^toc$|toc[-_]|[-_]toc$|table-?of-?contents|ez-toc|^catalog"),
    (
        "share_ui",
        r"share|sharing|addthis|addtoany|jiathis|bdshare|^social|[-_]social|social[-_]|^log-?in|[-_]login|"
        r"sign-?in|[-_]print|^print",
    ),
    ("friend_links", r"friend-?_?link|flinks?|blogroll|yqlj|youqing|links?-exchange"),
    ("comment", r"comment|disqus|respond|^reply|[-_]reply|replies|duoshuo|changyan"),
    (
        "promo",
        r"newsletter|subscri|advert|^ads?$|^ad[-_]|[-_]ads?$|adsbygoogle|sponsor|promo|donat|^cta|[-_]cta|"
        r"qr-?code|download-app|app-download|mailchimp|paywall|follow",
    ),
    (
        "related",
        r"related|recommend|popular|trending|most-?read|more-?stories|read-?next|prev|next|pager|paginat|"
        r"page-?numbers|^tags?$|tag-?cloud|post-?tags|[-_]tags|recent|latest|archive|widget_categories|"
        r"hot-?news|paihang|ranking|post-navigation|nav-links",
    ),
    (
        "byline",
        r"byline|^author$|author-?name|entry-meta|post-meta|article-meta|article-?info|dateline|^date$|"
        r"publish|posted-on|timestamp|^time$|meta-?data|last-?updated",
    ),
    ("copyright", r"copyright|^copy$"),
    ("powered_by", r"powered|theme-info|site-?credits|credits"),
    ("disclaimer", r"disclaim"),
    ("icp", r"beian|^icp"),
    ("contact", r"contact|footer-?links|footer-?nav|footer-?menu|legal"),
    (
        "nav",
        r"^nav$|nav-|[-_]nav|navbar|navigation|^menu|[-_]menu|menu-|megamenu|search|skip-?link|^header$|"
        r"site-header|topbar|dropdown|hamburger",
    ),
)
_COMPILED = tuple((CATEGORIES.index(category), re.compile(pattern)) for category, pattern in _NAMES)
# What a block of a category can at most be long: a paragraph inside "author" is a biography.
_LONGEST = {"byline": 160, "breadcrumb": 200, "share_ui": 120, "nav": 80, "contact": 160, "icp": 200, "powered_by": 120}
_LIMIT = np.array([_LONGEST.get(category, 1000) for category in CATEGORIES])


def weak_categories(blocks: Sequence[SourceBlock], content: np.ndarray, found: Found) -> np.ndarray:
    """int16[blocks]: index into CATEGORIES, or UNKNOWN. `content` bool[blocks] is gold; such blocks are 0."""
    known: dict[str, int] = {}
    labels = np.full(len(blocks), UNKNOWN, np.int16)
    closed = np.asarray(found.closed.any(axis=1))
    for index, block in enumerate(blocks):
        if content[index]:
            labels[index] = 0
        elif closed[index]:
            labels[index] = int(np.argmax(found.weight[index] * found.closed[index]))
        elif block.hints or block.path:
            if block.hints not in known:
                known[block.hints] = _by_name(block.hints)
            label = known[block.hints]
            if label == UNKNOWN and "nav" in block.path.split("/"):
                label = CATEGORIES.index("nav")
            if label != UNKNOWN and len(block.text) <= _LIMIT[label]:
                labels[index] = label
    return labels


def _by_name(hints: str) -> int:
    for name in hints.split()[:_NEAREST]:
        for category, pattern in _COMPILED:
            if pattern.search(name):
                return category
    return UNKNOWN


def title_block(blocks: Sequence[SourceBlock], overlap: np.ndarray, covered: np.ndarray, content: np.ndarray) -> int:
    """The block that is the page's headline, or UNKNOWN: it says most of the page's title (`overlap` and `covered`
    are shares of n-grams, see `block_features`), headings of a high level before others, then the one closest before
    the main text."""
    likely = np.flatnonzero((overlap > 0.6) & (covered > 0.25))
    if not likely.size:
        return UNKNOWN
    start = int(np.argmax(content)) if content.any() else 0

    def rank(index: int) -> tuple[int, int, int]:
        level = blocks[index].level
        return (level if level else 4, int(index > start + 1), abs(int(index) - start))

    return int(min(likely.tolist(), key=rank))
