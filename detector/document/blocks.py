"""Gathers runs of text into blocks, with the links in them.

A block ends where a block-level element begins or ends, and at `<br>`: lines become blocks of their own,
for on many pages they are paragraphs, or footer lines that have nothing to do with each other. A line that
goes on in the middle of a sentence is joined to the next, and so are the lines of a heading and of a table
row, whose cells make one block as long as they are short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detector.data import SourceBlock

# A cell with more text than this belongs to the page's layout, not to a table.
_LONG_CELL = 150
# After one of these a line is over, also if the next begins with a small letter.
_LINE_ENDS = frozenset(".!?:;,。！？：；，、…\"'”’」』)）>|")
_UNFINISHED_LINE = 30
_LONGEST_HINTS = 400
_LONGEST_PATH = 400
_HINT_ATTRIBUTES = ("id", "role", "itemprop")
_LEVELS = {f"h{level}": level for level in range(1, 7)}


class Frame:
    """An open block-level element; `pre` where white space counts.

    What a block says of its element is worked out when its first block is written: most elements have none.
    """

    __slots__ = ("_attributes", "_hints", "_outer", "_path", "level", "pre", "tag")

    def __init__(self, tag: str, attributes: Mapping[str, str | None], outer: Frame | None, pre: bool) -> None:
        self.tag = tag
        self.pre = pre
        self.level: int = _LEVELS.get(tag, outer.level if outer else 0)
        self._attributes = attributes
        self._outer = outer
        self._path: str | None = None
        self._hints = ""

    def place(self) -> tuple[str, str]:
        """`path` and `hints` as `SourceBlock` describes them."""
        if self._path is None:
            unknown = [self]
            outer = self._outer
            while outer is not None and outer._path is None:
                unknown.append(outer)
                outer = outer._outer
            path, hints = (outer._path or "", outer._hints) if outer is not None else ("", "")
            for frame in reversed(unknown):
                frame._hints = hints = joined_hints(hint_words(frame._attributes), hints)
                if frame.tag != "body" and len(path) < _LONGEST_PATH:
                    path = f"{path}/{frame.tag}" if path else frame.tag
                frame._path = path
        return self._path or "", self._hints


def joined_hints(inner: str, outer: str) -> str:
    """Hints of an element and of those around it, cut to what a `SourceBlock` holds."""
    if not inner or not outer:
        return inner[:_LONGEST_HINTS] or outer
    hints = f"{inner} {outer}"
    return hints if len(hints) <= _LONGEST_HINTS else hints[:_LONGEST_HINTS].rstrip()


def hint_words(attributes: Mapping[str, str | None]) -> str:
    """Lower-cased words of the attributes that tell what an element is for."""
    if not attributes:
        return ""
    words = attributes.get("class") or ""
    for name in _HINT_ATTRIBUTES:
        if attributes.get(name):
            words = f"{words} {attributes[name]}"
    return words.lower().strip()


OUTSIDE = Frame("", {}, None, False)


@dataclass(slots=True)
class Anchor:
    """A link whose text is still being gathered; `block` is the first block that has some of it."""

    href: str
    rel: str
    text: str = ""
    block: int = -1


class BlockWriter:
    """Takes pieces of text in the page's order and writes blocks.

    The walk appends to `parts` by itself, for speed: the first part is never blank, and with it `frame` and
    `inline` (class words of the inline elements around all of the text so far) are set.
    """

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        self.parts: list[str] = []
        self.frame = OUTSIDE
        self.inline = ""
        self.blocks: list[SourceBlock] = []
        self.headings: list[tuple[int, str]] = []
        self.anchors: list[Anchor] = []
        # Parts from the first number to before the second are text of the anchor.
        self._spans: list[tuple[int, int, Anchor]] = []
        self._breaks: list[int] = []
        self._anchor: Anchor | None = None
        self._anchor_start = 0

    def open_anchor(self, href: str, rel: str) -> None:
        self.close_anchor()
        if self._spans and self._spans[-1][1] == len(self.parts):
            # Neighbouring links without a space between them are set apart by style sheets.
            self.parts.append(" ")
        self._anchor = Anchor(href, rel)
        self._anchor_start = len(self.parts)
        self.anchors.append(self._anchor)

    def close_anchor(self) -> None:
        if self._anchor is not None:
            if self.parts:
                self._spans.append((self._anchor_start, len(self.parts), self._anchor))
            self._anchor = None

    def break_line(self, pre: bool) -> None:
        if self.parts:
            self.parts.append("\n" if pre else " ")
            if not pre:
                self._breaks.append(len(self.parts))

    def open_cell(self) -> tuple[int, int]:
        """Where the cell begins: a part, and a number of blocks."""
        if self.parts:
            self.parts.append(" ")
        return len(self.parts), len(self.blocks)

    def close_cell(self, begin: tuple[int, int], cell: Frame, row: Frame) -> None:
        start, blocks = begin
        if len(self.blocks) != blocks:
            self.flush()
            return
        size = sum(map(len, self.parts[start:]))
        if size > _LONG_CELL:
            self._flush_before(start)
            self.frame = cell
            self.flush()
        elif start and size and any(not part.isspace() for part in self.parts[start:]):
            self.frame = row

    def flush(self) -> None:
        """End the block; text of an open link goes on in the next."""
        if not self.parts:
            return
        if self._anchor is not None:
            self._spans.append((self._anchor_start, len(self.parts), self._anchor))
            self._anchor_start = 0
        if self._breaks and not self.frame.level and self.frame.tag != "tr":
            self._write_lines()
        else:
            self._write(self.parts, self._spans)
        self.parts.clear()
        self._breaks.clear()
        self._spans.clear()

    def _flush_before(self, start: int) -> None:
        parts, spans = self.parts[start:], [span for span in self._spans if span[0] >= start]
        breaks = [at - start for at in self._breaks if at > start]
        del self.parts[start:]
        self._spans = [span for span in self._spans if span[0] < start]
        self._breaks = [at for at in self._breaks if at <= start]
        self.flush()
        self.parts += parts
        self._spans = [(begin - start, end - start, anchor) for begin, end, anchor in spans]
        self._breaks = breaks

    def _write_lines(self) -> None:
        first_span = 0
        for start, end in self._lines():
            spans = []
            for index in range(first_span, len(self._spans)):
                span_start, span_end, anchor = self._spans[index]
                if span_start >= end:
                    break
                first_span = index if span_end > end else index + 1
                spans.append((max(0, span_start - start), min(end, span_end) - start, anchor))
            self._write(self.parts[start:end], spans)

    def _lines(self) -> list[tuple[int, int]]:
        """Begin and end of each line; a line broken within a sentence is joined to the next."""
        lines: list[tuple[int, int]] = []
        begin, before, gap = 0, "", 0
        for end in (*self._breaks, len(self.parts)):
            text = "".join(self.parts[begin:end]).strip()
            if text:
                goes_on = gap == 1 and len(before) > _UNFINISHED_LINE and before[-1] not in _LINE_ENDS
                if goes_on and text[0].islower():
                    lines[-1] = (lines[-1][0], end)
                else:
                    lines.append((begin, end))
                before, gap = text, 0
            begin = end
            gap += 1
        return lines

    def _write(self, parts: list[str], spans: list[tuple[int, int, Anchor]]) -> None:
        frame = self.frame
        text = "".join(parts)
        if frame.pre:
            text = "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))
        else:
            text = " ".join(text.split())
        if not text:
            return
        number = len(self.blocks)
        link_chars = 0
        for start, end, anchor in spans:
            whole = start == 0 and end == len(parts)
            part = text if whole else " ".join("".join(parts[start:end]).split())
            if part:
                link_chars += len(part)
                anchor.text = f"{anchor.text} {part}" if anchor.text else part
            if anchor.block < 0:
                anchor.block = number
        path, hints = frame.place()
        self.blocks.append(
            SourceBlock(
                text,
                frame.tag,
                path,
                joined_hints(self.inline, hints),
                min(link_chars, len(text)),
                len(spans),
                frame.level,
            )
        )
        if frame.level:
            self.headings.append((frame.level, text))
