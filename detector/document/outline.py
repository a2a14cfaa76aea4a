"""What a page has, in its order: blocks, links, image texts, hidden text, and what the head says."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np

from detector import kernels
from detector.columns import made_of
from detector.data import HiddenText, Link
from detector.document.blocks import blocks_of
from detector.document.metadata import Addresses, Metadata
from detector.document.tree import Tree, numbers_of, plain, table_of
from detector.document.visibility import REASONS

# What follows is left out: a million blocks of a word take more memory than a crawler has for a page.
MOST_BLOCKS = 50_000
_TAG = re.compile(r"<[^<>]*>")
_ROOT = np.zeros(1, np.int32)
_LANGUAGES, _LINKS = numbers_of("lang", "xml:lang"), numbers_of("href", "rel")
# Attributes in which elements without text of the page say something of it.
_SAYING = numbers_of(
    "content", "http-equiv", "name", "property", "itemprop", "href", "rel", "alt", "datetime", "type"
)  # fmt: skip
# Beyond there are no small letters.
_CASED = 0x1E944


@dataclass(frozen=True, slots=True)
class HiddenElement:
    """An element that is not seen, -1 for one that no script could show, and what it holds."""

    element: int
    content: HiddenText


class Outline:
    """What one walk over a tree finds; `shown` are hidden elements to be taken for visible ones."""

    def __init__(self, tree: Tree, url: str, shown: Iterable[int] = ()) -> None:
        self._tree = tree
        self._addresses = Addresses(url)
        self.metadata = Metadata(self._addresses)
        self.image_alts: list[str] = []
        tokens = len(tree.tokens[0])
        visible = np.zeros(tokens, np.uint8)
        visible[list(shown)] = 1
        columns = np.empty((kernels.ROOM, tokens + 2), np.int32)
        out = np.empty(2 * (len(tree.bytes) + 2 * tokens + 2), np.uint8)
        state, saved = np.zeros((2, kernels.STATES), np.int64)
        kernels.outline(
            tree.bytes,
            *tree.tokens,
            *tree.rows,
            tree.reasons,
            visible,
            _small_letters(),
            table_of(tokens // 2),
            columns,
            out,
            state,
            saved,
            REASONS.index("closed dialog"),
            MOST_BLOCKS,
        )
        found = state.tolist()
        middle = len(out) // 2
        text = str(out[: found[kernels.BYTES]].data, "utf-8")
        unseen = str(out[middle : found[kernels.HIDDEN_BYTES]].data, "utf-8")
        places = columns[kernels.PLACE_OUTER : kernels.PLACE_ELEMENT + 1, : found[kernels.PLACES]]
        blocks = columns[kernels.BLOCK_BEGIN : kernels.BLOCK_LEVEL + 1, : found[kernels.BLOCKS]]
        parts = columns[kernels.PART_LINK : kernels.PART_TEXT + 1, : found[kernels.PARTS]]
        links = columns[kernels.LINK_ELEMENT : kernels.LINK_BLOCK + 1, : found[kernels.LINKS]]
        hidden = columns[kernels.HIDDEN_ELEMENT : kernels.HIDDEN_REASON + 1, : found[kernels.HIDINGS]]
        leaves = columns[kernels.LEAF_ELEMENT, : found[kernels.LEAVES]]
        self.blocks = blocks_of(tree, text, places, blocks)
        self.headings = [(block.level, block.text) for block in self.blocks if block.level]
        self.hidden = [held for row in hidden.T.tolist() if (held := self._held(unseen, *row)).content.text]
        said: list[list[str]] = [[] for _ in range(links.shape[1])]
        for link, begin, end, where in zip(*parts.tolist(), strict=True):
            part = (unseen if where & 1 else text)[begin:end]
            if where & 2:
                part = part.replace("\n", " ")
            said[link].append(part)
        self.links = self._read_leaves(leaves, links, [*map(" ".join, said)])

    def _held(self, text: str, element: int, begin: int, end: int, reason: int) -> HiddenElement:
        if begin >= 0:
            return HiddenElement(element, HiddenText(text[begin:end], REASONS[reason]))
        name = kernels.TAGS[self._tree.tokens[0][element]]
        seen = " ".join(html.unescape(_TAG.sub(" ", self._tree.inside(element))).split())
        return HiddenElement(-1, HiddenText(seen, name))

    def _read_leaves(self, leaves: np.ndarray, links: np.ndarray, texts: Sequence[str]) -> list[Link]:
        """Take in what elements without text of the page say; returns the links, each with its text."""
        tree = self._tree
        self.metadata.read_root(*tree.values(_ROOT, _LANGUAGES))
        tags = tree.names(leaves)
        if "base" in tags:
            # The first of a page holds for all of it, also for what stands before it.
            base = leaves[tags.index("base")]
            self._addresses.rebase(tree.values(np.array([base]), _LINKS)[0])
        said = iter(tree.values(leaves, _SAYING))
        for element, tag in zip(leaves.tolist(), tags, strict=True):
            self._read_leaf(tag, element, [*islice(said, len(_SAYING))])
        addresses = tree.values(links[0], _LINKS)
        absolute = [*map(self._addresses.absolute, addresses[::2])]
        return made_of(Link, absolute, texts, addresses[1::2], links[1].tolist())

    def _read_leaf(self, tag: str, element: int, values: Sequence[str]) -> None:
        content, *names, href, rel, alt, time, kind = values
        if tag == "meta":
            self.metadata.read_meta(content, *names)
        elif tag == "img":
            if alt := " ".join(alt.split()):
                self.image_alts.append(alt)
        elif tag == "link":
            self.metadata.read_link(rel, href)
        elif tag == "time":
            self.metadata.read_time(time)
        elif tag == "script":
            if "ld+json" in kind:
                self.metadata.read_json_ld(self._tree.inside(element))
        elif tag == "title":
            self.metadata.title = self.metadata.title or " ".join(plain(self._tree.inside(element)).split())


@cache
def _small_letters() -> np.ndarray:
    """uint8[code points], which `str.islower` says are."""
    return np.array([chr(code).islower() for code in range(_CASED)], np.uint8)
