"""Bytes -> text, the language of a text, and which bytes are a feed or a sitemap.

    decoded = decode(b"<meta charset=gb2312>...", "text/html")
    decoded.text, decoded.charset, language_of(decoded.text)

A byte order mark decides the charset; then UTF-8, if the bytes are UTF-8; then whichever charset makes the most
plausible text of them, where what the HTTP header or the page declares has a good start but loses to what the bytes
say. Labels mean what they mean to a browser (WHATWG Encoding): gb2312 is GB18030, iso-8859-1 is windows-1252.
"""

from __future__ import annotations

from detector.decoding.charsets import Decoded, decode
from detector.decoding.kinds import kind_of
from detector.decoding.languages import language_of

__all__ = ["Decoded", "decode", "kind_of", "language_of"]
