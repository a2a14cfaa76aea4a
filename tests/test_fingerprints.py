import json
import zlib

import pytest

from detector.fingerprints import Fingerprint, heading_of_record, post_of_record
from detector.posts import Post
from detector.text import tokenise


def record_of(url: str, title: str, text: str = "some text " * 5_000) -> bytes:
    post = Post(url, title, text, "en")
    return Fingerprint.of(post, 16, tokenise("some text")).record


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://a.example/post", "A title"),
        ("https://a.example/", ""),
        ('https://a.example/"\\', 'of "quotes", \\ and \n lines'),
        ("https://a.example/zh", "标题 \ud800 of a lone surrogate"),
        ("https://a.example/" + 9_000 * "x", 1_000 * "题"),  # longer than what is unpacked at first
    ],
)
def test_a_heading_is_that_of_the_post(url: str, title: str) -> None:
    record = record_of(url, title)
    post = post_of_record(record)
    assert heading_of_record(record) == (post.url, post.title) == (url, title)


def test_a_record_with_its_fields_in_another_order_is_read_whole() -> None:
    fields = {"title": "A title", "url": "https://a.example/post", "text": "", "language": ""}
    assert heading_of_record(zlib.compress(json.dumps(fields).encode())) == ("https://a.example/post", "A title")


@pytest.mark.parametrize(
    "record",
    [
        *(b"", b"no zlib", zlib.compress(b'{"url": "https://a.example/'), zlib.compress(b"[]")),
        zlib.compress(b'{"url": ' + b"[" * 100_000),
    ],
)
def test_a_damaged_record_is_told(record: bytes) -> None:
    with pytest.raises(ValueError):
        heading_of_record(record)
