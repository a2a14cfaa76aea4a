import gzip
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import pytest

from detector.lines import lines_of, open_unpacked, unpacked
from detector.pages import read_pages
from detector.sitemaps import Sitemap
from detector.sources import read_posts


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[IO[bytes]]:
    """The files that are opened to be read, held so that nothing closes them by letting them go."""
    files: list[IO[bytes]] = []
    plain = Path.open

    def kept(path: Path, mode: str = "r", *given: Any, **named: Any) -> IO[Any]:
        file = plain(path, mode, *given, **named)
        if mode == "rb":
            files.append(file)
        return file

    monkeypatch.setattr(Path, "open", kept)
    return files


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines_have_their_numbers(pack: type[bytes]) -> None:
    data = b"\xef\xbb\xbfone\n\n  \r\ntwo\r\nthree"
    found = list(lines_of(unpacked(io.BytesIO(pack(data))), 100))
    assert found == [(1, b"one\n", ""), (4, b"two\r\n", ""), (5, b"three", "")]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        (b"123456789\n1\n", [(1, b"123456789\n", ""), (2, b"1\n", "")]),
        (b"1234567890\n1\n", [(1, b"", "over 10 bytes"), (2, b"1\n", "")]),
        (b"1234567890" * 7 + b"\n1", [(1, b"", "over 10 bytes"), (2, b"1", "")]),
        (b"1\n1234567890", [(1, b"1\n", ""), (2, b"", "over 10 bytes")]),
    ],
)
def test_a_line_that_is_too_long_is_passed_over(data: bytes, found: list[tuple[int, bytes, str]]) -> None:
    assert list(lines_of(unpacked(io.BytesIO(data)), 10)) == found


def test_after_damage_nothing_comes() -> None:
    packed = bytearray(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    packed[-5] ^= 0xFF
    *before, (number, line, error) = lines_of(unpacked(io.BytesIO(bytes(packed))), 100)
    assert before in ([], [(1, b"one\n", "")])
    assert (number, line) == (len(before) + 1, b"")
    assert error.startswith("damaged (")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_is_closed_when_it_is_read(pack: type[bytes], opened: list[IO[bytes]], tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(pack(b"one"))
    with open_unpacked(path) as file:
        assert file.read() == b"one"
    with pytest.raises(ZeroDivisionError), open_unpacked(path):
        raise ZeroDivisionError
    assert [file.closed for file in opened] == [True, True]


@pytest.mark.parametrize(
    ("name", "data", "read"),
    [
        ("page.html.gz", "<p>words", read_pages),
        ("page", "<!doctype html><p>words", read_pages),
        ("page.md.gz", "# Words", read_pages),
        ("pages.csv.gz", "url,text\na,words", read_pages),
        ("pages.jsonl.gz", '{"text": "words"}', read_pages),
        ("feed.gz", "<rss version='2.0'><channel></channel></rss>", read_posts),
        ("sitemap.xml.gz", "<urlset><url><loc>https://a.example/</loc></url></urlset>", lambda path: [Sitemap([path])]),
    ],
)
def test_who_reads_a_packed_file_closes_it(
    name: str, data: str, read: Callable[[Path], Iterable[Any]], opened: list[IO[bytes]], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(gzip.compress(data.encode()))
    list(read(tmp_path / name))
    assert opened
    assert all(file.closed for file in opened)


def test_a_markdown_file_is_read_once(opened: list[IO[bytes]], tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("---\ntitle: One: two\n---\n# Words\n")
    (page,) = read_pages(tmp_path / "page.md")
    assert (page.title, page.note[:12], len(opened)) == ("One: two", "front matter", 1)
