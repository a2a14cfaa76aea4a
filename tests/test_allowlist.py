from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pytest

from detector.allowlist import Allowed, AllowList
from detector.data import UsageError

TODAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("site", "url", "allowed"),
    [
        ("partner.example", "https://partner.example/a/b?c=1", True),
        ("partner.example", "http://www.Partner.example.:8080/", True),
        ("https://www.partner.example/", "https://partner.example/a", True),
        ("partner.example", "https://blog.partner.example/a", False),
        ("partner.example", "https://partner.example.evil.example/", False),
        ("partner.example", "https://partner.example@evil.example/", False),
        ("partner.example", "https://evil.example/?u=https://partner.example/", False),
        ("partner.example", "partner.example/page.html", False),
        ("partner.example", "", False),
        ("https://a.example/news", "https://a.example/news", True),
        ("https://a.example/news", "http://www.a.example/news/1", True),
        ("https://a.example/news", "https://a.example/news?page=2", True),
        ("https://a.example/news", "https://a.example/newsletter", False),
        ("https://a.example/news", "https://a.example/News/1", False),
        ("https://a.example/news/", "https://a.example/news", False),
        ("https://a.example/news/", "https://a.example/news/../blog/1", False),
        ("https://a.example/news/", "https://a.example/news/%2e%2e/blog/1", False),
        ("https://a.example/news/", "https://a.example/news/1?to=/../x", True),
        ("https://a.example/中文/", "https://a.example/%E4%B8%AD%E6%96%87/1", True),
        ("https://a.example/read?id=", "https://a.example/read?id=7", True),
        ("https://a.example/read?id=7", "https://a.example/read?id=77", False),
        ("https://a.example/read?id=7", "https://a.example/read?id=7&page=2", True),
        ("https://a.example/read?id=7", "https://a.example/read", False),
    ],
)
def test_what_an_entry_allows(site: str, url: str, allowed: bool) -> None:
    assert (AllowList((Allowed(site, "why"),)).entry_for(url) is not None) == allowed


def test_the_entry_that_says_most_decides() -> None:
    entries = (Allowed("a.example", "1"), Allowed("https://a.example/news", "2"), Allowed("www.a.example", "3"))
    allowed = AllowList(entries)
    assert allowed.entry_for("https://a.example/news/1") == entries[1]
    assert allowed.entry_for("https://a.example/blog/1") == entries[0]


def read(tmp_path: Path, content: str | bytes) -> tuple[AllowList, list[str]]:
    path = tmp_path / "allow.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return AllowList.read(path, TODAY)


@pytest.mark.parametrize(
    "content",
    [
        'site,reason,expires\npartner.example,"licensed, since 2024",2026-06-30\n',
        '\ufeffReason;Expires;Site\r\n"licensed, since 2024";2026-06-30;partner.example\r\n',
        "site\treason\texpires\n\n partner.example\tlicensed,  since\u00a02024 \t2026-06-30\n\t\t\n",
    ],
)
def test_files_of_every_spreadsheet_are_read(tmp_path: Path, content: str) -> None:
    allowed, expired = read(tmp_path, content)
    (entry,) = allowed.entries
    assert str(entry) == "allowed as partner.example until 2026-06-30: licensed, since 2024"
    assert expired == []


def test_expired_entries_are_named_and_do_not_count(tmp_path: Path) -> None:
    allowed, expired = read(
        tmp_path, "site,reason,expires\na.example,x,2026-06-29\nb.example,y,\nc.example,z,2026-07-01\n"
    )
    assert [entry.site for entry in allowed.entries] == ["b.example", "c.example"]
    assert str(allowed.entries[0]) == "allowed as b.example: y"
    assert expired == [f"{tmp_path / 'allow.csv'}: line 2: a.example was allowed until 2026-06-29, no longer"]


def test_columns_alone_allow_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "site,reason\n") == (AllowList(), [])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "line 1: has no columns; they are site, reason, expires"),
        ("site,reason,expire\n", "line 1: the columns are site, reason, expires, each once, not 'expire'"),
        ("site,reason,site\n", "line 1: the columns are"),
        ("site,expires\n", "line 1: no column is called reason"),
        ("partner.example,why\n", "line 1: the columns are"),
        ("site,reason\na.example,why\nb.example\n", "line 3: 1 cells in 2 columns"),
        ("site,reason\na.example,one,two\n", "line 2: 3 cells in 2 columns"),
        ("site,reason\n\na.example, \n", "line 3: no reason is given for 'a.example'"),
        ("site,reason\n,why\n", "line 2: site must be a host or a web address"),
        ("site,reason\n*.a.example,why\n", "line 2: site must be a host"),
        ("site,reason\nhttps://[broken/,why\n", "line 2: site must be a host"),
        ('site,reason,expires\na.example,"two\nlines",soon\n', "line 2: expires must be a day such as 2027-03-31"),
        ("site,reason,expires\na.example,why,2026-02-30\n", "line 2: expires must be a day"),
        ('site,reason\na.example,why\nb.example,"never closed\n\n', "line 3: not CSV"),
        (b"site,reason\na.example,why\nb.example,\xff\xfe\n", "line 3: not UTF-8"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(tmp_path: Path, content: str | bytes, complaint: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(tmp_path, content)
    assert f"allow.csv: {complaint}" in str(raised.value)


@pytest.mark.parametrize("name", ["gone.csv", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        AllowList.read(tmp_path / name)


def test_lists_travel_between_processes() -> None:
    allowed = AllowList((Allowed("a.example", "why", TODAY),))
    assert allowed.entry_for("https://a.example/")
    travelled = pickle.loads(pickle.dumps(allowed))
    assert travelled == allowed
    assert hash(travelled) == hash(allowed)
    assert travelled.entry_for("https://a.example/")


def test_the_line_that_is_wrong_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "allow.csv"
    path.write_text("site,reason,expires\nok.example,ours,\nbad.example,theirs,soon\n")
    with pytest.raises(UsageError, match=r"line 3: expires must be .*, in: bad\.example,theirs,soon$"):
        AllowList.read(path)
