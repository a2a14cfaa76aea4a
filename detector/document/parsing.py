"""The way of one page through this package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from detector.addresses import site_of
from detector.data import Document, Page, SourceBlock
from detector.decoding import decode, kind_of, language_of
from detector.document.outline import MOST_BLOCKS, Outline
from detector.document.tree import Tree
from detector.kernels import EXTREMES, markup_extremes

# The parser's time grows with the square of the depth, of the open formatting elements and of one tag's attributes, and
# with what each further tag makes of them. At these limits it takes a second or two, at a hundred times as much a
# quarter of an hour. The most on 3,248 real pages: 129, 2,404, 185, 5.9 million, 113,129 and 109,848.
_LIMITS = {
    "formatting": (800, "{:,} formatting elements left open"),
    "depth": (10_000, "markup nested {:,} deep"),
    "attributes": (5_000, "a tag with {:,} attributes"),
    "steps": (50_000_000, "{:,} steps through open elements"),
    "reopened": (300_000, "{:,} formatting elements opened anew"),
    "comparisons": (20_000_000, "{:,} pairs of attributes in a tag"),
}
MOST_LINKS = 20_000
_LANGUAGE_SAMPLE = 800

_HEAD = 4_096
_BINARY = (
    (b"%PDF-", "PDF"),
    (b"\x89PNG\r\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF87a", "GIF image"),
    (b"GIF89a", "GIF image"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\xd0\xcf\x11\xe0", "Office document"),
    (b"\x7fELF", "program"),
    (b"wOFF", "font"),
    (b"wOF2", "font"),
    (b"{\\rtf", "RTF document"),
)
_BINARY_SAMPLE = 4_000
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]+")
_CONTROL_BYTES = bytes((*range(9), *range(14, 32), 127))
# A text of a few words may have as many that are only damage.
_FEW_CONTROLS = 3
_ANY_TAG = re.compile(rb"<[a-zA-Z/!?]")
_SENTENCE_END = re.compile(r"[.!?][\"”’)]*(?:\s|$)|[。！？]")
_PROSE_LINE = 60
_FOLDED = ("display:none", "visibility:hidden", "hidden")
_MANY_FADED = 3
_LEAST_TEXT = 200


def parse(page: Page, max_bytes: int = 4_000_000) -> Document:
    """Take a page apart. Never raises on page content: what cannot be judged has `error` set.

    HTML, or text beyond `max_bytes` bytes (or characters), is cut with a note.
    """
    host, _ = site_of(page.url)
    title = " ".join((page.title or "").split())
    if page.error:
        return Document(page.url, host, title, error=page.error)
    notes: list[str] = []
    if page.html:
        raw = _decoded(page.html, page.content_type, max_bytes, notes)
        if kind := _binary(page.html, raw):
            return Document(page.url, host, title, error=f"not HTML: {kind}")
        if kind := kind_of(raw[:_HEAD]):
            return Document(page.url, host, title, error=f"a {kind}, no page")
        if _ANY_TAG.search(raw):
            return _from_html(page, host, title, raw, notes)
        return _from_text(page.url, host, title, raw.decode(), notes)
    raw = _decoded(page.text or "", None, max_bytes, notes)
    text = raw.decode()
    if kind := _binary(text, raw):
        return Document(page.url, host, title, error=f"not text: {kind}")
    return _from_text(page.url, host, title, text, notes)


def cut_note(most: int, unit: str) -> str:
    return f"only the first {most:,} {unit} were judged"


def _decoded(data: bytes | str, content_type: str | None, max_bytes: int, notes: list[str]) -> bytes:
    """A page in UTF-8."""
    if len(data) > max_bytes:
        data = data[:max_bytes]
        notes.append(cut_note(max_bytes, "bytes" if isinstance(data, bytes) else "characters"))
    return _encoded(data if isinstance(data, str) else decode(data, content_type).text)


def _encoded(text: str) -> bytes:
    """Without NULs and without half surrogate pairs, which cannot be written anywhere."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        # A NUL between two halves parts no pair.
        text = text.replace("\0", "")
        raw = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    return raw.replace(b"\0", b"") if b"\0" in raw else raw


def _binary(given: bytes | str, raw: bytes) -> str:
    """What a page is that can be neither HTML nor text; "" for what may be. `raw` is the page in UTF-8."""
    head = given[:1_024].lstrip() if isinstance(given, bytes) else given[:1_024].lstrip().encode("latin-1", "replace")
    for mark, name in _BINARY:
        if head.startswith(mark):
            return name
    # A character has four bytes at most.
    begin = raw[: 4 * _BINARY_SAMPLE]
    if len(begin.translate(None, _CONTROL_BYTES)) == len(begin) and b"\xef\xbf\xbd" not in begin:
        return ""
    sample = begin.decode(errors="ignore")[:_BINARY_SAMPLE]
    controls = _CONTROLS.findall(sample)
    # Random bytes have one everywhere, tables and fonts many together; pages that hide words with them have a few runs.
    if len(controls) > max(_FEW_CONTROLS, len(sample) // 12) or sum(map(len, controls)) > max(10, len(sample) // 3):
        return "binary data"
    # A few bytes with nothing to read among them.
    return "" if raw.translate(None, _CONTROL_BYTES).strip() else "binary data"


def _from_text(url: str, host: str, title: str, text: str, notes: Sequence[str]) -> Document:
    lines = (line.strip() for line in text.split("\n"))
    blocks = tuple(SourceBlock(line) for line in islice(filter(None, lines), MOST_BLOCKS))
    if len(blocks) == MOST_BLOCKS:
        notes = (*notes, cut_note(MOST_BLOCKS, "blocks"))
    return Document(
        url,
        host,
        title,
        language=language_of(_sample(blocks)) if blocks else "",
        blocks=blocks,
        notes=tuple(notes),
        error="" if blocks else "no text",
    )


def _from_html(page: Page, host: str, title: str, raw: bytes, notes: list[str]) -> Document:
    excess = _excess(raw)
    if excess:
        # Code in scripts may look like tags.
        raw = _without_scripts(raw)
        excess = _excess(raw)
    if excess:
        return Document(page.url, host, title, error=excess)
    parsed = LexborHTMLParser(raw, scripting=True, options=1)
    tree = Tree(parsed)
    outline = Outline(tree, page.url)
    shown = _shown_after_all(outline)
    if shown:
        notes.append("hidden text taken for visible")
        outline = Outline(tree, page.url, shown)
    blocks, metadata = outline.blocks, outline.metadata
    if len(blocks) >= MOST_BLOCKS:
        notes.append(cut_note(MOST_BLOCKS, "blocks"))
    language = language_of(_sample(blocks)) if blocks else ""
    return Document(
        url=page.url,
        host=host,
        title=title or metadata.title or metadata.og_title,
        language=language or metadata.declared_language,
        blocks=tuple(blocks),
        links=tuple(outline.links[:MOST_LINKS]),
        headings=tuple(outline.headings),
        image_alts=tuple(outline.image_alts),
        hidden=tuple(element.content for element in outline.hidden),
        canonical=metadata.canonical,
        og_url=metadata.og_url,
        description=metadata.description,
        keywords=metadata.keywords,
        author=metadata.author,
        published=metadata.published,
        from_html=True,
        notes=tuple(notes),
        error="" if blocks else _nothing(parsed, outline),
    )


def _excess(raw: bytes) -> str:
    """What of a page's markup no parser gets through in time; "" for all but hostile pages."""
    found = dict(zip(EXTREMES, markup_extremes(np.frombuffer(raw, np.uint8)), strict=True))
    over = (words.format(found[name]) for name, (most, words) in _LIMITS.items() if found[name] > most)
    return next(over, "")


def _without_scripts(raw: bytes) -> bytes:
    lower = raw.lower()
    kept, at = [], 0
    while (start := lower.find(b"<script", at)) >= 0 and (end := lower.find(b"</script", start)) >= 0:
        kept.append(raw[at:start])
        at = end + len(b"</script>")
    return b"".join([*kept, raw[at:]])


def _shown_after_all(outline: Outline) -> frozenset[int]:
    """Hidden elements that a script shows: prose that outweighs all visible prose (a page behind a curtain,
    tabs, an article that is unfolded), and text that is faded in, on pages which do so again and again."""
    elements = [held for held in outline.hidden if held.element >= 0]
    faded = [held.element for held in elements if held.content.reason == "opacity:0"]
    shown = set(faded) if len(faded) >= _MANY_FADED else set()
    folded = [held for held in elements if held.content.reason in _FOLDED]
    prose = [_prose(held.content.text.split("\n")) for held in folded]
    visible = (block.text for block in outline.blocks if 2 * block.link_chars < len(block.text))
    if sum(prose) > 0 and sum(prose) > _prose(visible):
        shown |= {
            held.element
            for held, characters in zip(folded, prose, strict=True)
            if characters > 0.3 * len(held.content.text)
        }
    seen = max(_LEAST_TEXT, sum(len(block.text) for block in outline.blocks))
    shown.update(held.element for held in elements if len(held.content.text) > seen)
    return frozenset(shown)


def _prose(lines: Iterable[str]) -> int:
    return sum(len(line) for line in lines if len(line) >= _PROSE_LINE and _SENTENCE_END.search(line))


def _nothing(parsed: LexborHTMLParser, outline: Outline) -> str:
    """Why there is no text, as far as can be told."""
    if parsed.css_first("frameset") is not None:
        return "no text: frameset"
    if outline.metadata.redirects:
        return "no text: redirect"
    if outline.hidden and any(held.element >= 0 for held in outline.hidden):
        return "no text: all of it is hidden"
    if parsed.css_first("script") is not None:
        return "no text: script-only page"
    if outline.image_alts or parsed.css_first("img") is not None:
        return "no text: images only"
    return "no text"


def _sample(blocks: Sequence[SourceBlock]) -> str:
    """Enough of the longest blocks to tell the language by."""
    texts = sorted((block.text for block in blocks), key=len, reverse=True)
    sample: list[str] = []
    room = _LANGUAGE_SAMPLE
    for text in texts[:20]:
        if room <= 0:
            break
        sample.append(text[:room])
        room -= len(text)
    return "\n".join(sample)
