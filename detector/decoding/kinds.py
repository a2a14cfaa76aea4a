"""Bytes that are a feed or a sitemap, by how they begin."""

from __future__ import annotations

import re

_KINDS = {"rss": "feed", "RDF": "feed", "feed": "feed", "urlset": "sitemap", "sitemapindex": "sitemap"}
_JSON_FEED = re.compile(rb'\s*\{.*"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org\\?/version', re.DOTALL)
# The name, without prefix, of the first element of XML, and what may stand before it.
_XML_ROOT = re.compile(
    rb"\s*(?:(?><\?[^>]*>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)\s*)*+<(?:[\w-]+:)?([\w.-]+)", re.DOTALL
)


def kind_of(head: bytes) -> str:
    """What is for programs that begins so (some 4,000 bytes are enough): "feed", "sitemap", or "" for anything else."""
    # UTF-16 looks like ASCII without its NULs and its mark.
    plain = head.replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf")
    if root := _XML_ROOT.match(plain):
        return _KINDS.get(root[1].decode("ascii"), "")
    return "feed" if _JSON_FEED.match(plain) else ""
