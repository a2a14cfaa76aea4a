"""Sitemaps: which pages of a site are its posts.

    sitemap = Sitemap(["sitemap.xml"])
    sitemap.names("https://blog.example.com/2026/one/")

A sitemap is XML as the protocol has it, or a text with an address in each line, packed or not. Of an archive
(`blog.warc.gz`) it is all XML sitemaps that were crawled with the pages. Addresses are compared as
`addresses.same_address` does.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from detector.addresses import bare_address, site_of, without_www
from detector.data import Page, UsageError
from detector.lines import open_unpacked, unpacked
from detector.warc import xml_of_warc

# Ten times what the protocol allows.
MOST_BYTES = 500_000_000
_LONGEST_ADDRESS = 10_000
_HEAD = 4_096
_CHUNK = 1 << 16


class Sitemap:
    """The addresses of one or several sitemaps; it notes which of them were asked for.

    `notes` name sitemaps that are broken, with what could be read of them. Raises UsageError for a file that is no
    sitemap or names only other sitemaps.
    """

    def __init__(self, files: Iterable[str | Path]) -> None:
        self.notes: list[str] = []
        self._addresses: dict[str, str] = {}
        self._asked: set[str] = set()
        for file in files:
            self._read(Path(file))

    def __len__(self) -> int:
        return len(self._addresses)

    def names(self, url: str) -> bool:
        """Whether the page at this address is in a sitemap."""
        bare = bare_address(url)
        if bare not in self._addresses:
            return False
        self._asked.add(bare)
        return True

    @property
    def unasked(self) -> list[str]:
        """The addresses that nobody has asked for, as the sitemaps have them."""
        return [url for bare, url in self._addresses.items() if bare not in self._asked]

    def _read(self, path: Path) -> None:
        try:
            if Path(path.name.lower().removesuffix(".gz")).suffix == ".warc":
                found, wrong = _addresses_of_archive(path)
            else:
                with open_unpacked(path) as file:
                    head = file.read(_HEAD)
                with open_unpacked(path) as file:
                    found, wrong = _addresses_of_xml(file) if b"<" in head else (_addresses_of_text(file), "")
        except (OSError, EOFError, zlib.error) as error:
            raise UsageError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from error
        known = [(bare, url) for url in found if (bare := bare_address(url))]
        if not known:
            raise UsageError(f"{path}: no sitemap, or one that names no page{f' ({wrong})' if wrong else ''}")
        if wrong:
            self.notes.append(f"{path}: broken ({wrong}); {len(known)} addresses could be read")
        for bare, url in known:
            self._addresses.setdefault(bare, url)


def _addresses_of_text(file: BinaryIO) -> list[str]:
    lines = file.read(MOST_BYTES).decode("utf-8-sig", "replace").splitlines()
    return [line.strip() for line in lines if "://" in line[:12] and len(line) <= _LONGEST_ADDRESS]


def _addresses_of_xml(file: BinaryIO) -> tuple[list[str], str]:
    """The addresses, and what is wrong with the XML. Raises ValueError for an index of sitemaps, and for entities."""
    reader, wrong = _Reader(), ""
    try:
        wrong = reader.read(file, MOST_BYTES)
    except expat.ExpatError as error:
        wrong = str(error)
    if reader.root == "sitemapindex":
        named = f", such as {reader.found[0][:200]}" if reader.found else ""
        raise ValueError(f"names only other sitemaps: give each of those with --sitemap{named}")
    return reader.found, wrong


def _addresses_of_archive(path: Path) -> tuple[list[str], str]:
    """The addresses in all sitemaps of an archive, as far as they are of a host that has one of these, and what is
    wrong with the first that is broken; MOST_BYTES are read in all. Raises ValueError when there are only indexes of
    sitemaps."""
    found: list[str] = []
    wrong = ""
    indexes: list[str] = []
    hosts: set[str] = set()
    left = MOST_BYTES
    for taken in xml_of_warc(path):
        if isinstance(taken, Page):
            wrong = wrong or taken.error
            continue
        url, body = taken
        reader = _Reader()
        try:
            with unpacked(io.BytesIO(body)) as file:
                broken = reader.read(file, left)
        except (expat.ExpatError, OSError, EOFError, zlib.error, ValueError) as error:
            broken = str(error)
        if reader.root == "sitemapindex":
            indexes.append(url)
        elif reader.root == "urlset":
            found += reader.found
            hosts.add(_host(url))
            wrong = wrong or (broken and f"{url}: {broken}")
        if reader.root in ("", "urlset", "sitemapindex"):  # feeds do not count
            left -= reader.size
        if left < 0:
            wrong = wrong or f"{url}: over {MOST_BYTES:,} bytes of XML in all"
            break
    if indexes and not found:
        raise ValueError(f"has only indexes of sitemaps, not those that they name, such as {indexes[0][:200]}")
    return [url for url in found if _host(url) in hosts], wrong


def _host(url: str) -> str:
    return without_www(site_of(url)[0])


class _Reader:
    """What stands in the `loc` of every entry. Declared entities end the reading."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.root = ""
        self.size = 0
        self._open: list[str] = []
        self._loc: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity

    def read(self, file: BinaryIO, most: int) -> str:
        """Read a file up to its end or `most` bytes; why no further, "" when at its end. Raises ExpatError for what is
        no XML, ValueError for entities."""
        while chunk := file.read(_CHUNK):
            self.size += len(chunk)
            if self.size > most:
                return f"over {MOST_BYTES:,} bytes"
            self.parser.Parse(chunk, False)
        self.parser.Parse(b"", True)
        return ""

    @staticmethod
    def _entity(*declared: object) -> None:
        raise ValueError("declares entities, which sitemaps have no need of")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self.root = self.root or name
        self._open.append(name)
        if self._in_address():
            self._loc = []

    def _text(self, text: str) -> None:
        if self._in_address() and len(self._loc) < _LONGEST_ADDRESS:
            self._loc.append(text)

    def _in_address(self) -> bool:
        # An image of the page has a `loc` too, one step deeper.
        return len(self._open) == 3 and self._open[-1] == "loc"

    def _end(self, name: str) -> None:
        if self._in_address():
            address = "".join(self._loc).strip()
            if address and len(address) <= _LONGEST_ADDRESS:
                self.found.append(address)
        self._open.pop()
