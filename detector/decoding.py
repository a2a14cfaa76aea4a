"""Bytes -> text: charsets declared, undeclared and wrongly declared; and the language of a text.

A byte order mark decides; then UTF-8, if the bytes are UTF-8 beyond doubt; then what the HTTP header or the
page declares, unless the bytes contradict it; then detection. Labels mean what they mean to a browser
(WHATWG Encoding): gb2312 is GB18030, iso-8859-1 is windows-1252, euc-kr is cp949.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import charset_normalizer
from resiliparse.parse.encoding import detect_encoding
from resiliparse.parse.lang import detect_fast

# Enough text for the detectors, little enough to be quick: they are the slow part.
_SAMPLE = 40_000
_DECLARED_WITHIN = 4_096
_DECLARATION = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_IN_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_MARKUP = re.compile(
    rb"<script\b.{0,200000}?</script>|<style\b.{0,200000}?</style>|<[^>]{0,2000}>", re.DOTALL | re.IGNORECASE
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What a label means to a browser, in Python's names.
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "utf-16": "utf-16-le",
    "utf-32": "utf-8",
}
_ACCENTED_RUN = re.compile(r"[\u0080-\u024f]{4,}")
# Of all sequences of two bytes, errors up to this share are damage, more are another charset.
_DAMAGE = 0.002
_LEAST_LETTERS = 20


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, without a byte order mark or lone surrogates, and the charset it was read with."""

    text: str
    charset: str


def decode(data: bytes, content_type: str | None = None) -> Decoded:
    """Decode a page or a text file; `content_type` is the HTTP header's value. Never raises: what cannot
    be decoded becomes U+FFFD."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(charset, "replace"), charset)
    unmarked = _utf16_without_mark(data)
    if unmarked:
        return Decoded(data.decode(unmarked, "replace"), unmarked)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    charset = _charset(data, content_type)
    return Decoded(data.decode(charset, "replace"), charset)


def _utf16_without_mark(data: bytes) -> str:
    """UTF-16 shows as NULs at every other place: markup is ASCII."""
    head = data[:2_000]
    if head.count(0) < len(head) // 10:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 3 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 3 * odd else ""


def _charset(data: bytes, content_type: str | None) -> str:
    plain = _MARKUP.sub(b" ", data[: 10 * _SAMPLE])
    # Long runs of ASCII say nothing about the charset.
    sample = (plain if len(plain) < _SAMPLE else _dense(plain)) or data[:_SAMPLE]
    for label in _declared(data, content_type):
        charset = known(label)
        if charset and _fits(sample, charset):
            return charset
    if _fits(sample, "utf-8"):
        return "utf-8"
    return _detected(sample)


def _dense(plain: bytes) -> bytes:
    lines = [line for line in plain.splitlines() if any(byte > 127 for byte in line[:400])]
    return b"\n".join(lines)[:_SAMPLE]


def _declared(data: bytes, content_type: str | None) -> Iterator[str]:
    if content_type and (found := _IN_HEADER.search(content_type)):
        yield found.group(1)
    for match in _DECLARATION.finditer(data[:_DECLARED_WITHIN]):
        yield (match.group(1) or match.group(2)).decode("ascii", "replace")


def known(label: str) -> str:
    """Python's name for what a browser takes this label to mean; "" when it is no charset."""
    try:
        name = codecs.lookup(label.strip().lower().removeprefix("x-")).name
    except (LookupError, ValueError):
        return ""
    return _MEANT.get(name, name)


def _fits(sample: bytes, charset: str) -> bool:
    """Whether the bytes could be text in this charset."""
    high = sum(byte > 127 for byte in sample)
    try:
        text = sample.decode(charset, "replace")
    except (LookupError, ValueError):
        return False
    errors = text.count("\ufffd")
    if errors > max(1, _DAMAGE * len(sample)):
        return False
    if charset in ("utf-8", "gb18030", "big5hkscs", "cp932", "cp949", "euc_jp"):
        return True
    # A single-byte charset takes any bytes. Text has letters where the bytes are high, not symbols and
    # not letters of many scripts in one word; CJK read as Latin has runs of accented letters and signs.
    odd = sum(
        not char.isalpha() and char not in "\u00a0–—‘’“”«»…°§·•€©®™№„‚‹›´¿¡ºª½¼¾²³×" for char in text if ord(char) > 127
    )
    in_runs = sum(map(len, _ACCENTED_RUN.findall(text)))
    return odd <= 0.25 * high and in_runs <= 0.3 * high


def _detected(sample: bytes) -> str:
    """Two detectors: resiliparse is quick and good, but does not know Korean."""
    first = known(detect_encoding(sample) or "")
    if first and first != "utf-8" and not first.startswith(("cp125", "iso8859")):
        return first
    best = charset_normalizer.from_bytes(sample[:8_000]).best()
    second = known(best.encoding) if best is not None else ""
    if second and not second.startswith(("cp125", "iso8859", "utf")):
        return second
    return (first if first != "utf-8" else "") or second or "cp1252"


_SCRIPTS = (
    ("kana", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7a3]")),
    ("han", re.compile(r"[\u3400-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("letters", re.compile(r"[^\W\d_]")),
)


def language_of(text: str) -> str:
    """ISO 639-1 code of the language most of the text is in, "" when there are too few letters to say.

    Scripts decide for Chinese, Japanese, Korean and Thai; resiliparse's n-gram profiles for the others.
    """
    sample = text[:5_000]
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS}
    letters = counts["letters"]
    if counts["kana"] * 10 > counts["han"] + counts["kana"] and 3 * (counts["han"] + counts["kana"]) > letters:
        return "ja" if counts["han"] + counts["kana"] >= 4 else ""
    if 3 * counts["ko"] > letters:
        return "ko" if counts["ko"] >= 4 else ""
    if 4 * counts["han"] > letters:
        return "zh" if counts["han"] >= 4 else ""
    if 3 * counts["th"] > letters:
        return "th" if counts["th"] >= 4 else ""
    if letters < _LEAST_LETTERS:
        return ""
    code = detect_fast(sample, langs=_LANGUAGES)[0]
    return "" if code == "unknown" else str(code)


# Of resiliparse's languages, those that pages are in; the rest (Luxembourgish, Latin, ...) are what it
# takes short English texts for.
_LANGUAGES = (
    *("en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "no", "fi", "pl", "cs", "sk", "hu", "ro", "hr", "sl"),
    *("ru", "uk", "bg", "sr", "el", "tr", "vi", "id", "ar", "fa", "he", "hi", "bn"),
)
