"""A parsed page as arrays: what its elements are called, what their attributes say, what stands in them."""

from __future__ import annotations

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from detector import kernels
from detector.document.visibility import Visibility


class Tree:
    """What `kernels.read_tree` finds in a parsed page; elements are given as their first tokens, the root is 0.

    `bytes` uint8[bytes] is the page as the parser writes it, `tokens` are the first three of the arrays that
    `kernels.read_tree` fills, `rows` the next five. `reasons` int32[distinct values]: why an element is hidden that has
    an attribute of this value, in `REASONS`.
    """

    def __init__(self, parsed: LexborHTMLParser) -> None:
        # What a parser has repaired and writes out again is well-formed, and needs no object a node to be read.
        for foreign in ("svg", "math"):
            if self._read(parsed):
                break
            for outermost in parsed.css(f"{foreign}:not({foreign} {foreign})"):
                outermost.decompose()
        else:
            self._read(parsed)
        self.reasons = self._reasons()

    def _read(self, parsed: LexborHTMLParser) -> bool:
        """Whether it could be told where each element ends."""
        self._html = (parsed.html or "").encode()
        self.bytes = np.frombuffer(self._html, np.uint8)
        tags = int(np.count_nonzero(self.bytes == ord("<"))) + 1
        rows = int(np.count_nonzero(self.bytes == ord('"'))) // 2 + tags
        of_tokens, of_rows = np.empty((3, 3 * tags), np.int32), np.empty((7, rows), np.int32)
        hashes, stack = np.empty(rows, np.uint64), np.empty(tags, np.uint64)
        begins, ends, names, value_begins = of_tokens[1], of_tokens[2], of_rows[0], of_rows[1]
        value_ends, values, firsts, sheets, before = of_rows[2:]
        found = np.zeros(5, np.int64)
        kernels.read_tree(
            self.bytes,
            of_tokens[0],
            begins,
            ends,
            names,
            value_begins,
            value_ends,
            values,
            hashes,
            firsts,
            sheets,
            before,
            stack,
            table_of(rows - tags),
            found,
        )
        used, rows, distinct, styles, sound = found.tolist()
        self.tokens = of_tokens[0, :used], begins[:used], ends[:used]
        self.rows = names[:rows], value_begins[:rows], value_ends[:rows], values[:rows], hashes[:rows]
        self._firsts = firsts[:distinct]
        self._sheets = list(zip(sheets[:styles].tolist(), before[:styles].tolist(), strict=True))
        return bool(sound)

    def inside(self, element: int) -> str:
        """The text of an element such as `title` or `script`, as it is written."""
        row = int(self.tokens[2][element]) - 1
        if row < self.tokens[1][element] or self.rows[0][row] != kernels.INSIDE:
            return ""
        return self._text_of(row)

    def names(self, elements: np.ndarray) -> list[str]:
        """What each of some elements is called; "" if no walk has to know."""
        return [kernels.TAGS[tag] for tag in self.tokens[0][elements].tolist()]

    def values(self, elements: np.ndarray, attributes: np.ndarray) -> list[str]:
        """Values of these attributes of each of some elements, "" for those that it does not have."""
        return self._values(self.tokens[1], self.tokens[2], elements, attributes, joined=False)

    def joined_values(self, elements: np.ndarray, attributes: np.ndarray) -> list[str]:
        """Of each of some elements, values of these attributes with spaces between them."""
        return self._values(self.tokens[1], self.tokens[2], elements, attributes, joined=True)

    def _values(
        self, begins: np.ndarray, ends: np.ndarray, elements: np.ndarray, wanted: np.ndarray, joined: bool
    ) -> list[str]:
        if not elements.size:
            return []
        out = np.empty(len(self._html) + (len(wanted) + 1) * elements.size, np.uint8)
        used = kernels.attribute_values(self.bytes, begins, ends, *self.rows[:3], elements, wanted, int(joined), out)
        return str(out[: used - 1].data, "utf-8").split("\0")

    def _reasons(self) -> np.ndarray:
        """A style sheet tells of what comes after it."""
        firsts = self._firsts
        kinds = self.rows[0][firsts].astype(np.uint8).tobytes()
        said = self._values(firsts, firsts + 1, np.arange(len(firsts), dtype=np.int32), _HIDING, joined=True)
        visibility = Visibility()
        reasons: list[int] = []
        for sheet, before in self._sheets:
            if len(reasons) < before:
                reasons += visibility.reasons(kinds[len(reasons) : before], said[len(reasons) : before])
            visibility.learn(self._text_of(sheet))
        reasons += visibility.reasons(kinds[len(reasons) :], said[len(reasons) :])
        return np.array(reasons, np.int32)

    def _text_of(self, row: int) -> str:
        return self._html[self.rows[1][row] : self.rows[2][row]].decode()


def numbers_of(*attributes: str) -> np.ndarray:
    """Attributes as `Tree.values` takes them."""
    return np.array([kernels.ATTRIBUTES.index(name) for name in attributes], np.int32)


def table_of(keys: int) -> np.ndarray:
    """An empty table uint64[slots, 2] of keys and their numbers, at most half full."""
    return np.zeros((1 << (2 * keys + 1).bit_length(), 2), np.uint64)


def plain(text: str) -> str:
    """A text without the character references that a parser writes."""
    if "&" in text:
        for name, character in (("&nbsp;", "\xa0"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            text = text.replace(name, character)
    return text


# Attributes whose distinct values are told apart.
_HIDING = numbers_of("class", "style", "hidden", "id", "role", "itemprop")
