from pathlib import Path
from typing import Any

import pytest

from detector.data import CATEGORIES, KINDS, LABELS, Block, Page, Settings, UsageError, Verdict


def test_names_are_those_of_the_interface() -> None:
    assert LABELS == ("official", "syndicated", "repost", "spam", "clean", "unreadable")
    assert len(KINDS) == 8
    assert len(CATEGORIES) == len(set(CATEGORIES)) == 20


def test_categories_of_a_verdict_come_by_amount_of_text() -> None:
    blocks = (
        Block("own text " * 50, "content", 0.9),
        Block("ICP 1", "icp", 0.9),
        Block("views are the author's own", "disclaimer", 0.9, also=("icp",)),
        Block("Headline", "title", 0.9),
    )
    verdict = Verdict("u", "clean", 0.1, "", blocks=blocks)
    assert verdict.categories == ("icp", "disclaimer")
    assert verdict.main_text == blocks[0].text


@pytest.mark.parametrize(
    ("html", "says"),
    [
        (bytearray(b"<p>"), r"bytes\(html\), not a bytearray"),
        (memoryview(b"<p>"), r"bytes\(html\), not a memoryview"),
        (7, "must be bytes or str"),
    ],
)
def test_html_of_another_type_is_refused(html: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Page(url="u", html=html)


def test_settings_come_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('threshold = 0.8\nofficial_hosts = ["blog.halyard.example"]\n', encoding="utf-8")
    assert Settings.from_toml(path) == Settings(threshold=0.8, official_hosts=("blog.halyard.example",))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"threshold = 2", "between 0 and 1"),
        (b"threshold = 'high'", "between 0 and 1"),
        (b"candidates = 0", "whole number above 0"),
        (b"tresholds = 0.5", "no setting is called 'tresholds'"),
        (b"official_hosts = 'a.example'", "list of hosts"),
        (b"official_hosts = ['a.example', '']", "must be hosts, such as blog.example.com, not ''"),
        (b"official_hosts = ['https://a.example/']", "must be hosts"),
        (b"shared_platforms = ['a.example:80']", "must be hosts"),
        (b"threshold = ", "not valid TOML"),
        (b"\xff\xfe", "not valid TOML"),
    ],
)
def test_bad_settings_are_refused_by_name(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        Settings.from_toml(path)


def test_missing_settings_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Settings.from_toml(tmp_path / "none.toml")
