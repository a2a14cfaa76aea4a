import gzip
import io

import pytest

from detector.lines import lines_of, unpacked


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
