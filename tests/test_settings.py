import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from detector.data import UsageError
from detector.settings import Settings


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
        (b"official_hosts = ['https://a.example/team']", "must be hosts"),
        (b"shared_platforms = ['a.example:80']", "must be hosts"),
        (b"official_hosts = [1]", "such as blog.example.com, not 1"),
        (b"threshold = ", "not valid TOML"),
        (b"\xff\xfe", "not valid TOML"),
        (b"threshold = " + b"1" * 5_000, "not valid TOML"),
        (b"threshold = 0x" + b"f" * 5_000, "between 0 and 1, not one of thousands of digits"),
        (b"candidates = 0x" + b"f" * 5_000, "whole number above 0 and below .*, not one of thousands of digits"),
        (b"max_bytes = 9223372036854775808", "whole number above 0 and below .*, not 9223372036854775808"),
        (b"official_hosts = 0x" + b"f" * 5_000, "list of hosts, not one of thousands of digits"),
        (b"official_hosts = [0x" + b"f" * 5_000 + b"]", "must be hosts.* not one of thousands of digits"),
        (b"threshold = " + b"[" * 5_000, "not valid TOML"),
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


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"threshold": True}, "threshold must be a number between 0 and 1, not True"),
        ({"threshold": float("nan")}, "between 0 and 1"),
        ({"spam_threshold": "0.3"}, "between 0 and 1"),
        ({"candidates": True}, "whole number above 0"),
        ({"max_bytes": 1.5}, "whole number above 0"),
        ({"official_hosts": "blog.acme.test"}, "official_hosts must be a list of hosts, not 'blog.acme.test'"),
        ({"shared_platforms": "acme.test"}, "shared_platforms must be a list of hosts"),
        ({"official_hosts": None}, "list of hosts, not None"),
        ({"official_hosts": ("a.test", "not a host")}, "not 'not a host'"),
        ({"official_hosts": ("https://medium.com/@acme",)}, "not 'https://medium.com/@acme'"),
        ({"official_hosts": (b"a.test",)}, "must be hosts, such as"),
        ({"official_hosts": (["a.test"],)}, "must be hosts, such as"),
    ],
    ids=str,
)
def test_settings_without_sense_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        Settings(**changes)


@pytest.mark.parametrize("make", [list, tuple, frozenset])
def test_hosts_may_be_given_as_addresses(make: Callable[[Iterable[str]], Any]) -> None:
    settings = Settings(official_hosts=make(["https://Blog.acme.test/"]), shared_platforms=make(["Forum.acme.test."]))
    assert settings.official_hosts == ("blog.acme.test",)
    assert settings.shared_platforms == ("forum.acme.test",)
    assert hash(settings) == hash(Settings(official_hosts=("blog.acme.test",), shared_platforms=("forum.acme.test",)))
