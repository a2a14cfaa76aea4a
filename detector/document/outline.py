"""The one walk over a page's tree: blocks, links, image texts, hidden text, and what the head says."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from detector.data import HiddenText
from detector.document.blocks import OUTSIDE, BlockWriter, Frame, hint_words, joined_hints
from detector.document.metadata import Addresses, Metadata
from detector.document.visibility import Visibility

# In this order, so that the walk can ask for several at once.
_BLOCK, _PRE, _CELL, _ANCHOR, _INLINE, _TEXT, _BREAK, _SKIPPED, _LEAF = range(9)

_ELEMENTS = {
    _TEXT: "-text",
    _BLOCK: (
        "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset "
        "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup legend li main menu nav ol p search section "
        "summary table tbody tfoot thead tr ul"
    ),
    _PRE: "listing plaintext pre xmp",
    _ANCHOR: "a",
    _CELL: "td th",
    _BREAK: "br",
    _LEAF: "base hr img link meta noframes noscript script style title",
    _SKIPPED: (
        "-comment !doctype annotation annotation-xml applet audio canvas datalist embed iframe meter noembed "
        "progress rp rt select svg template textarea video"
    ),
}
_KINDS = {name: kind for kind, names in _ELEMENTS.items() for name in names.split()}
_NOWHERE = (0, 0)
_TAG = re.compile(r"<[^<>]*>")


class Node(Protocol):
    """What the walk needs of a parsed element or text."""

    @property
    def tag(self) -> str | None: ...
    @property
    def first_child(self) -> Node | None: ...
    @property
    def next(self) -> Node | None: ...
    @property
    def text_content(self) -> str | None: ...
    @property
    def attributes(self) -> Mapping[str, str | None]: ...
    @property
    def mem_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class HiddenElement:
    """An element that is not seen: its identity in the tree, and what it holds."""

    mem_id: int
    content: HiddenText


# What follows is left out: a million blocks of a word take more memory than a crawler has for a page.
MOST_BLOCKS = 50_000


class Outline:
    """What one walk finds, in the page's order. `scripts` counts script elements with code."""

    def __init__(self, addresses: Addresses, visibility: Visibility, shown: frozenset[int] = frozenset()) -> None:
        self.writer = BlockWriter()
        self.metadata = Metadata(addresses)
        self.image_alts: list[str] = []
        self.hidden: list[HiddenElement] = []
        self.scripts = 0
        self._addresses = addresses
        self._visibility = visibility
        self._shown = shown

    def read(self, root: Node) -> None:
        """Visit everything below `root` once; no recursion, so any depth will do."""
        # Of each open element: itself, its kind, where a cell began, and what to go back to when it ends.
        stack: list[tuple[Node, int, tuple[int, int], Frame, str, BlockWriter | None]] = []
        frame, inline, writer = OUTSIDE, "", self.writer
        parts = writer.parts
        kind_of = _KINDS.get
        self.metadata.read_root(root.attributes)
        following = root.first_child
        while following is not None and len(writer.blocks) < MOST_BLOCKS:
            node = following
            tag = node.tag or ""
            kind = kind_of(tag, _INLINE)
            if kind == _TEXT:
                text = node.text_content or ""
                if parts:
                    parts.append(text)
                    if inline != writer.inline and not text.isspace():
                        writer.inline = ""
                elif not text.isspace():
                    parts.append(text)
                    writer.frame, writer.inline = frame, inline
                following = node.next
            elif kind <= _INLINE:
                following = node.first_child
                if following is None and kind == _INLINE:
                    following = node.next
                else:
                    attributes = node.attributes
                    mark, outer, outer_frame, outer_inline = _NOWHERE, None, frame, inline
                    if kind <= _PRE and parts:
                        writer.flush()
                    if attributes and not writer.reason:
                        reason = self._visibility.hides(tag, attributes)
                        if reason and node.mem_id not in self._shown:
                            outer, writer = writer, BlockWriter(reason)
                            parts = writer.parts
                    if kind <= _CELL:
                        if kind == _CELL:
                            mark = writer.open_cell()
                        frame, inline = Frame(tag, attributes, frame, kind == _PRE or frame.pre), ""
                    elif attributes:
                        if tag == "time":
                            self.metadata.read_time(attributes)
                        if kind == _ANCHOR and attributes.get("href"):
                            href = attributes["href"] or ""
                            writer.open_anchor(self._addresses.absolute(href), attributes.get("rel") or "")
                        inline = joined_hints(hint_words(attributes), inline)
                    stack.append((node, kind, mark, outer_frame, outer_inline, outer))
            elif kind == _BREAK:
                writer.break_line(frame.pre)
                following = node.next
            elif kind == _SKIPPED:
                following = node.next
            else:
                self._read_leaf(tag, node, writer)
                following = node.next
            while following is None and stack:
                node, kind, mark, outer_frame, inline, outer = stack.pop()
                if kind <= _PRE:
                    if parts:
                        writer.flush()
                elif kind == _ANCHOR:
                    writer.close_anchor()
                elif kind == _CELL:
                    writer.close_cell(mark, frame, outer_frame)
                frame = outer_frame
                if outer is not None:
                    self._hide(node, writer, outer)
                    writer, parts = outer, outer.parts
                following = node.next
        self.writer.flush()

    def _read_leaf(self, tag: str, node: Node, writer: BlockWriter) -> None:
        """Take in an element that has no text of the page below it."""
        attributes = node.attributes
        if tag == "img":
            alt = attributes.get("alt")
            if alt and not writer.reason and not alt.isspace():
                self.image_alts.append(" ".join(alt.split()))
        elif tag == "hr":
            writer.flush()
        elif tag == "meta":
            self.metadata.read_meta(attributes)
        elif tag == "link":
            self.metadata.read_link(attributes)
        elif tag == "base":
            self.metadata.read_base(attributes)
        else:
            self._read_raw_text(tag, node, attributes)

    def _read_raw_text(self, tag: str, node: Node, attributes: Mapping[str, str | None]) -> None:
        child = node.first_child
        text = (child.text_content or "") if child is not None else ""
        if tag == "script":
            self.scripts += 1
            if "ld+json" in (attributes.get("type") or ""):
                self.metadata.read_json_ld(text)
        elif tag == "style":
            self._visibility.learn(text)
        elif tag == "title":
            self.metadata.title = self.metadata.title or " ".join(text.split())
        else:
            seen = " ".join(html.unescape(_TAG.sub(" ", text)).split())
            if seen:
                self.hidden.append(HiddenElement(0, HiddenText(seen, tag)))

    def _hide(self, node: Node, inner: BlockWriter, outer: BlockWriter) -> None:
        inner.flush()
        for anchor in inner.anchors:
            anchor.block = -1
        outer.anchors += inner.anchors
        text = "\n".join(block.text for block in inner.blocks)
        if text:
            self.hidden.append(HiddenElement(node.mem_id, HiddenText(text, inner.reason)))
