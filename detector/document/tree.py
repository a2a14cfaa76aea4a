"""A parsed page as arrays: what its elements are called, what their attributes say, what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from detector import kernels
from detector.document.visibility import REASONS, SCREEN_READER, Visibility, hiding_style, screen_reader_hashes


class Tree:
    """What `kernels.read_tree` finds in a parsed page; elements are given as their first tokens, the root is 0.

    `reasons` int8[distinct values]: why an element is hidden that has an attribute of this value, in `REASONS`.
    """

    def __init__(self, parsed: LexborHTMLParser) -> None:
        # What a parser has repaired and writes out again is well-formed, and needs no object a node to be read.
        if not self._read(parsed):
            for drawing in parsed.css("svg:not(svg svg)"):
                drawing.decompose()
            self._read(parsed)
        self._tags, self._begins, self._ends = (column.data for column in self.tokens)
        self._names, self._value_begins, self._value_ends, _, self._values = (column.data for column in self.rows)
        self.reasons = self._reasons()

    def _read(self, parsed: LexborHTMLParser) -> bool:
        """Whether it could be told where each element ends."""
        self._html = (parsed.html or "").encode()
        self.bytes = np.frombuffer(self._html, np.uint8)
        self.tokens, self.rows, self._firsts, self._sheets, sound = kernels.read_tree(self.bytes)
        return bool(sound)

    def name(self, element: int) -> str:
        """What the element is called; "" for one that no walk has to know."""
        return kernels.TAGS[self._tags[element]]

    def attributes(self, element: int) -> dict[str, str]:
        """Those of an element that are kept (`kernels.ATTRIBUTES`)."""
        return {
            kernels.ATTRIBUTES[name]: self._value(row) for row, name in self._named(element) if name != kernels.INSIDE
        }

    def inside(self, element: int) -> str:
        """The text of an element such as `title` or `script`."""
        row = self._ends[element] - 1
        if row < self._begins[element] or self._names[row] != kernels.INSIDE:
            return ""
        return self._value(row) if self.name(element) == "title" else self._raw(row)

    def names(self, elements: np.ndarray) -> list[str]:
        """What each of some elements is called."""
        return [kernels.TAGS[tag] for tag in self.tokens[0][elements].tolist()]

    def values(self, elements: np.ndarray, attributes: Iterable[str], joined: bool = False) -> str:
        """Values of attributes of some elements, as `kernels.attribute_values` puts them together."""
        wanted = np.array([kernels.ATTRIBUTES.index(name) for name in attributes], np.int8)
        _, begins, ends = self.tokens
        names, value_begins, value_ends = self.rows[:3]
        values = kernels.attribute_values(
            self.bytes, begins, ends, names, value_begins, value_ends, elements, wanted, joined
        )
        return str(values.data, "utf-8")

    def _reasons(self) -> np.ndarray:
        """A style sheet tells of what comes after it."""
        visibility = Visibility()
        reasons = np.zeros(len(self._firsts), np.int8)
        names = self.rows[0][self._firsts]
        done = 0
        for sheet, before in (*self._sheets.tolist(), (-1, len(reasons))):
            if done < before:
                hashes, numbers = visibility.known()
                kernels.mark_hidden(
                    self.bytes,
                    self.rows[0],
                    self.rows[1],
                    self.rows[2],
                    self._firsts,
                    screen_reader_hashes(),
                    REASONS.index(SCREEN_READER),
                    hashes,
                    numbers,
                    done,
                    before,
                    reasons,
                )
            done = before
            if sheet >= 0:
                visibility.learn(self._html[self._value_begins[sheet] : self._value_ends[sheet]])
        for value in np.flatnonzero((names == kernels.STYLE) | (names == kernels.HIDDEN)).tolist():
            said = self._value(self._firsts[value])
            if names[value] == kernels.STYLE:
                reasons[value] = REASONS.index(hiding_style(said))
            elif said != "until-found":
                reasons[value] = REASONS.index("hidden")
        return reasons

    def _named(self, element: int) -> Iterator[tuple[int, int]]:
        rows = range(self._begins[element], self._ends[element])
        return zip(rows, self._names[rows.start : rows.stop], strict=True)

    def _value(self, row: int) -> str:
        value = self._raw(row)
        if "&" in value:
            # All references that a parser writes.
            for name, character in (("&quot;", '"'), ("&nbsp;", "\xa0"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
                value = value.replace(name, character)
        return value

    def _raw(self, row: int) -> str:
        return self._html[self._value_begins[row] : self._value_ends[row]].decode()
