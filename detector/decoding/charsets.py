"""Bytes -> text: charsets declared, undeclared and wrongly declared."""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from resiliparse.parse.encoding import detect_encoding

from detector.decoding.languages import language_of
from detector.decoding.plausibility import WEIGHTS, plausibility, usual_share

_DECLARED_WITHIN = 4_096
_DECLARATION = re.compile(
    rb"""<meta[^>]{0,300}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{2,40})"""
    rb"""|<\?xml[^>]{0,100}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_IN_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{2,40})""", re.IGNORECASE)
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Charsets of seven bits give themselves away by these.
_ESCAPES = ((b"\x1b$B", "iso2022_jp"), (b"\x1b$@", "iso2022_jp"), (b"\x1b$)C", "iso2022_kr"))

# What labels mean to a browser, in Python's names; euc_jis_2004 is EUC-JP with the circled numbers of row 13.
_MEANT = {
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "chinese"), "gb18030"),
    **dict.fromkeys(("big5", "cp950", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("shift_jis", "cp31j", "shift_jisx0213", "shift_jis_2004"), "cp932"),
    **dict.fromkeys(("euc_jp", "euc_jisx0213"), "euc_jis_2004"),
    **dict.fromkeys(("euc_kr", "korean"), "cp949"),
    **dict.fromkeys(("iso8859-1", "ascii"), "cp1252"),
    **dict.fromkeys(("iso8859-11", "tis-620", "dos-874"), "cp874"),
    "iso8859-9": "cp1254",
    "macintosh": "mac-roman",
    "iso-8859-8-i": "iso8859-8",
}
_WESTERN = ("fr", "de", "es", "pt", "it", "sv", "da", "is")
_CENTRAL = ("pl", "cs", "sk", "hu", "ro", "sl")
_CYRILLIC = ("ru", "uk", "bg", "sr")
# The charsets pages are in, each with its languages and a handicap, in characters of evidence, for those that
# are rare or whose letters are easily mistaken for others'.
_CANDIDATES: dict[str, tuple[tuple[str, ...], float]] = {
    "gb18030": (("zh",), 0.0),
    "big5hkscs": (("zh-Hant",), 0.0),
    "cp932": (("ja",), 0.0),
    "euc_jis_2004": (("ja",), 0.0),
    "cp949": (("ko",), 0.0),
    "cp1252": (_WESTERN, 0.0),
    "cp1251": (_CYRILLIC, 0.0),
    "cp1250": (_CENTRAL, 0.5),
    "iso8859-2": (_CENTRAL, 0.6),
    "koi8-r": (("ru",), 1.0),
    "koi8-u": (("uk",), 1.0),
    "cp1254": (("tr",), 1.0),
    "cp1258": (("vi",), 1.0),
    "iso8859-5": (_CYRILLIC, 3.0),
    "cp866": (("ru",), 3.0),
    "cp1253": (("el",), 3.0),
    "iso8859-7": (("el",), 3.0),
    "cp1255": (("he",), 3.0),
    "cp1256": (("ar",), 3.0),
    "cp1257": (("lt", "lv", "et"), 3.0),
    "cp874": (("th",), 4.0),
}
_DECLARED_ONLY = {
    "utf-8": tuple(WEIGHTS),
    "iso8859-15": _WESTERN,
    "mac-roman": _WESTERN,
    "mac-cyrillic": _CYRILLIC,
    "iso8859-16": _CENTRAL,
    "iso8859-4": ("lt", "lv", "et"),
    "iso8859-13": ("lt", "lv", "et"),
    "iso8859-6": ("ar",),
    "iso8859-8": ("he",),
}

# A declaration is believed unless another charset makes text that is better by this much a character, and by
# so many characters in all: chosen on texts of 20 to 400 characters in 23 charsets, declared rightly and wrongly.
_BELIEF = 0.2
_BELIEF_IN_ALL = 1.5
# What it is worth, in characters, that the ASCII letters look like one of the charset's languages, and that
# resiliparse's detector (uchardet) says so: it often errs, but elsewhere than the weights do.
_LANGUAGE = 1.5
_DETECTOR = 1.5
# Share of broken characters with which UTF-8 is still UTF-8. Texts in other charsets, read as UTF-8, have 0.38 and
# more in 60 characters; in the shortest and oddest 0.4.
_BROKEN = 0.33
_BROKEN_DECLARED = 0.5
# More characters than these are not UTF-8 by chance.
_FEW = 20

# So many bytes from the places that are not ASCII settle the charset; looked for in at most _WINDOWS windows.
_SAMPLE = 4_000
_WINDOW = 100_000
_WINDOWS = 20
_LONGEST_SEGMENT = 1_500
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_LIMITS = re.compile(rb"[<>\r\n]+")
_WIDE_SAMPLE = 4_000
# UTF-16 without a mark: (least bytes, least share of usual characters), with NULs and without.
_WITH_NULS = (8, 0.8)
_WITHOUT_NULS = (40, 0.9)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, without byte order mark, NULs and lone surrogates, and Python's name of the charset it was
    read with."""

    text: str
    charset: str


def decode(data: bytes, content_type: str | None = None) -> Decoded:
    """Decode a page or a text file; `content_type` is the HTTP header's value. Never raises: what cannot
    be decoded becomes U+FFFD. To tell the charset, a bounded part of `data` is looked at."""
    body = data.removeprefix(codecs.BOM_UTF8)
    charset = _charset(body, content_type, marked=len(body) < len(data))
    text = body.decode(charset, "replace").removeprefix("\ufeff")
    return Decoded(text.replace("\0", ""), charset)


def _charset(data: bytes, content_type: str | None, marked: bool) -> str:
    for mark, charset in _WIDE_MARKS:
        if data.startswith(mark):
            return charset
    if b"\0" in data[:_WIDE_SAMPLE] and (wide := _wide(data)):
        return wide
    for escape, charset in _ESCAPES:
        if escape in data[:_WINDOW]:
            return charset
    declared = ["utf-8"] if marked else []
    declared += [charset for label in _labels(data, content_type) if (charset := known(label))]
    try:
        return _short_exception(data, data.decode(), declared) or "utf-8"
    except UnicodeDecodeError:
        pass
    sample = _sample(data)
    if _broken(sample) <= (_BROKEN_DECLARED if "utf-8" in declared[:1] else _BROKEN):
        return "utf-8"
    return _wide(data) or _most_plausible(sample, declared)


def _labels(data: bytes, content_type: str | None) -> Iterator[str]:
    if content_type and (found := _IN_HEADER.search(content_type[:1_000])):
        yield found.group(1)
    for match in _DECLARATION.finditer(data[:_DECLARED_WITHIN]):
        yield (match.group(1) or match.group(2)).decode("ascii", "replace")


def known(label: str) -> str:
    """Python's name for what a browser takes this label to mean; "" when it is no charset of the web (Python has
    more codecs, and some of them are no charsets at all)."""
    bare = label.strip().lower().removeprefix("x-")
    for name in (bare, bare.replace("windows-", "cp")):
        with contextlib.suppress(LookupError, ValueError):
            name = codecs.lookup(name).name
        name = _MEANT.get(name, name)
        if name in _CANDIDATES or name in _DECLARED_ONLY:
            return name
    return ""


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: read so, nearly every character is one that people use."""
    head = data[: min(len(data), _WIDE_SAMPLE) & ~1]
    shares = {charset: usual_share(head.decode(charset, "replace")) for charset in ("utf-16-le", "utf-16-be")}
    best = max(shares, key=lambda charset: shares[charset])
    shortest, least = _WITH_NULS if b"\0" in head else _WITHOUT_NULS
    return best if len(head) >= shortest and shares[best] >= least else ""


def _sample(data: bytes) -> bytes:
    """Stretches of `data` that are not ASCII, without the markup between them."""
    first = _BEYOND_ASCII.search(data)
    begin = max(0, first.start() - 40) if first else len(data)
    segments: list[bytes] = []
    wanted = _SAMPLE
    for start in range(begin, min(len(data), begin + _WINDOWS * _WINDOW), _WINDOW):
        window = data[start : start + _WINDOW]
        for segment in () if window.isascii() else _LIMITS.split(window):
            if (high := _BEYOND_ASCII.search(segment)) is None:
                continue
            segments.append(segment[max(0, high.start() - 30) :][:_LONGEST_SEGMENT])
            wanted -= len(segments[-1])
            if wanted <= 0:
                return b"\n".join(segments)
    return b"\n".join(segments)


def _broken(sample: bytes) -> float:
    """Share of broken sequences in what is not ASCII, when read as UTF-8; 0..1."""
    text = sample.decode("utf-8", "replace")
    errors = text.count("\ufffd") - sample.count("\ufffd".encode())
    return errors / max(1, len(_NOT_ASCII.findall(text)))


def _short_exception(data: bytes, text: str, declared: list[str]) -> str:
    """The declared charset, if the text's few letters are UTF-8 only by chance: two-byte sequences that stand
    for letters nobody uses. "" if not."""
    letters = len(data) - len(text)
    if not declared or declared[0] == "utf-8" or not 0 < letters <= _FEW:
        return ""
    if any(char > "\u07ff" for char in _NOT_ASCII.findall(text)):
        return ""
    sample = _sample(data)
    as_utf8, _ = plausibility(sample.decode("utf-8", "replace"), WEIGHTS)
    as_declared, number = plausibility(sample.decode(declared[0], "replace"), _languages(declared[0]))
    return declared[0] if as_declared / max(1, number) > as_utf8 / letters + _BELIEF else ""


def _most_plausible(sample: bytes, declared: list[str]) -> str:
    language = language_of(_BEYOND_ASCII.sub(b"", sample).decode("ascii"))
    detected = known(detect_encoding(sample) or "")
    values: dict[str, float] = {}
    for charset in dict.fromkeys((*declared, *_CANDIDATES)):
        languages = _languages(charset)
        total, number = plausibility(sample.decode(charset, "replace"), languages)
        if charset in declared:
            total += _BELIEF_IN_ALL + _BELIEF * number
        else:
            total -= _CANDIDATES[charset][1]
        total += _LANGUAGE * (language in languages) + _DETECTOR * (charset == detected)
        values[charset] = total / max(1, number)
    return max(values, key=lambda charset: values[charset])


def _languages(charset: str) -> tuple[str, ...]:
    return _CANDIDATES[charset][0] if charset in _CANDIDATES else _DECLARED_ONLY[charset]
