"""What a page has, in its order: blocks, links, image texts, hidden text, and what the head says."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from detector import kernels
from detector.data import HiddenText, Link
from detector.document.blocks import blocks_of
from detector.document.metadata import Addresses, Metadata
from detector.document.tree import Tree
from detector.document.visibility import REASONS

# What follows is left out: a million blocks of a word take more memory than a crawler has for a page.
MOST_BLOCKS = 50_000
_TAG = re.compile(r"<[^<>]*>")
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
        visible = np.zeros(len(tree.tokens[0]), np.bool_)
        visible[list(shown)] = True
        texts, blocks, parts, links, hidden, leaves, outer = kernels.outline(
            tree.bytes,
            tree.tokens,
            tree.rows,
            tree.reasons,
            REASONS.index("closed dialog"),
            visible,
            _small_letters(),
            MOST_BLOCKS,
        )
        text = str(texts.data, "utf-8")
        self.blocks = blocks_of(tree, text, blocks, outer)
        self.headings = [(block.level, block.text) for block in self.blocks if block.level]
        self.hidden = [held for row in hidden.tolist() if (held := self._held(text, *row)).content.text]
        said = [""] * len(links)
        for link, begin, end, whole in parts.tolist():
            part = text[begin:end] if whole else text[begin:end].replace("\n", " ")
            said[link] = f"{said[link]} {part}" if said[link] else part
        self.links: list[Link] = []
        self._read_leaves(leaves.tolist(), links, said)

    def _held(self, text: str, element: int, begin: int, end: int, reason: int) -> HiddenElement:
        if begin >= 0:
            return HiddenElement(element, HiddenText(text[begin:end], REASONS[reason]))
        seen = " ".join(html.unescape(_TAG.sub(" ", self._tree.inside(element))).split())
        return HiddenElement(-1, HiddenText(seen, self._tree.name(element)))

    def _read_leaves(self, leaves: Sequence[int], links: np.ndarray, texts: Sequence[str]) -> None:
        """Take in what elements without text of the page say, and the links, each with its text."""
        self.metadata.read_root(self._tree.attributes(0))
        values = self._tree.values(links[:, 0], ("href", "rel")).split("\0")
        found = list(zip(links[:, 0].tolist(), links[:, 1].tolist(), values[::2], values[1::2], texts, strict=False))
        added = 0
        for element in leaves:
            if self._tree.name(element) == "base":
                # It holds for what comes after it.
                before = bisect_left(found, (element,))
                self._add_links(found[added:before])
                added = max(added, before)
            self._read_leaf(self._tree.name(element), element)
        self._add_links(found[added:])

    def _add_links(self, found: Sequence[tuple[int, int, str, str, str]]) -> None:
        absolute = self._addresses.absolute
        self.links += [Link(absolute(href), text, rel, block) for _, block, href, rel, text in found]

    def _read_leaf(self, tag: str, element: int) -> None:
        attributes = self._tree.attributes(element)
        if tag == "img":
            if alt := " ".join(attributes["alt"].split()):
                self.image_alts.append(alt)
        elif tag == "meta":
            self.metadata.read_meta(attributes)
        elif tag == "link":
            self.metadata.read_link(attributes)
        elif tag == "base":
            self.metadata.read_base(attributes)
        elif tag == "time":
            self.metadata.read_time(attributes)
        elif tag == "script":
            self.metadata.read_json_ld(self._tree.inside(element))
        elif tag == "title":
            self.metadata.title = self.metadata.title or " ".join(self._tree.inside(element).split())


@cache
def _small_letters() -> np.ndarray:
    """bool[code points], which `str.islower` says are."""
    return np.array([chr(code).islower() for code in range(_CASED)])
