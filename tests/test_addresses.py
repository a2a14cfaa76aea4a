import doctest

import pytest

from detector import addresses
from detector.addresses import PLATFORMS, host_name, is_known_site, known_parts, platform_of, same_address, site_of
from detector.settings import Settings


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://example.com/post", "http://www.example.com/post/", True),
        ("https://example.com/post#part", "https://example.com/post?utm_source=x", True),
        ("https://example.com/blog/index.html", "https://example.com/blog/", True),
        ("https://example.com/post?id=1", "https://example.com/post?id=2", False),
        ("https://example.com/a", "https://example.com/b", False),
        ("https://example.com/a", "https://example.org/a", False),
        ("", "", False),
        ("page.html", "page.html", False),
        ("https://example.com/post?reference=1", "https://example.com/post?reference=2", False),
        ("https://example.com/post?123", "https://example.com/post?124", False),
        ("https://example.com/post?id=1&ref=x", "https://example.com/post?from=y&id=1", True),
        ("", "https://example.com/", False),
        ("https://Example.com./post", "https://example.com/post", True),
        ("https://example.com/post", "https://example.com/POST", False),
        ("https://baijiahao.baidu.com/s?id=1", "https://baijiahao.baidu.com/s?id=2", False),
        ("http://[broken", "http://[broken", True),
        ("https://example.com/?q=\ud800", "http://example.com?q=\ud800", True),
        ("https://example.com/?q=\ud800", "https://example.com/?q=\ud801", False),
        ("http://[broken", "https://example.com/", False),
    ],
)
def test_same_address(a: str, b: str, same: bool) -> None:
    assert same_address(a, b) is same


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Blog.Example.com:8080/team/post", ("blog.example.com", "team")),
        ("https://Blog.Example.com.:8080/Team/post", ("blog.example.com", "team")),
        ("https://example.com", ("example.com", "")),
        ("https://mp.weixin.qq.com/s/AbC", ("mp.weixin.qq.com", "")),
        ("https://zhuanlan.zhihu.com/p/123", ("zhuanlan.zhihu.com", "")),
        ("https://www.Halyard.medium.com/post", ("www.halyard.medium.com", "halyard.medium.com")),
        ("https://medium.com/%40Halyard/post", ("medium.com", "@halyard")),
        ("https://medium.com/p/123", ("medium.com", "")),
        ("https://halyard.blog.csdn.net/article/details/1", ("halyard.blog.csdn.net", "halyard.blog.csdn.net")),
        ("https://blog.csdn.net/Halyard/article/details/1", ("blog.csdn.net", "halyard")),
        ("https://ask.csdn.net/questions/1", ("ask.csdn.net", "")),
        ("https://de.linkedin.com/company/halyard/posts", ("de.linkedin.com", "company/halyard")),
        ("https://habr.com/ru/companies/halyard/articles/1", ("habr.com", "ru/companies/halyard")),
        ("https://m.facebook.com/story.php?id=1", ("m.facebook.com", "")),
        ("https://docs.github.com/halyard/x", ("docs.github.com", "")),
        ("https://youtube.com/@Halyard/videos", ("youtube.com", "@halyard")),
        ("https://youtube.com/watch?v=1", ("youtube.com", "")),
        ("https://zenn.dev/p%2Fhalyard/articles/1", ("zenn.dev", "p/halyard")),
        ("https://" + "a." * 100_000 + "example/", ("a." * 100_000 + "example", "")),
        ("pages/a.html", ("", "")),
        ("http://[broken", ("", "")),
        ("file:///etc/passwd", ("", "")),
    ],
    ids=lambda value: str(value)[:60],
)
def test_site_of(url: str, expected: tuple[str, str]) -> None:
    assert site_of(url) == expected


def test_the_longest_platform_counts() -> None:
    assert platform_of("halyard.blog.csdn.net", PLATFORMS) == "blog.csdn.net"
    assert platform_of("ask.csdn.net", PLATFORMS) == "csdn.net"
    assert platform_of("csdn.net.example", PLATFORMS) == ""


OWN, STRANGER = True, False


@pytest.mark.parametrize(
    ("post", "page", "own"),
    [
        ("https://blog.halyard.example/1", "https://www.blog.halyard.example/2", OWN),
        ("https://blog.halyard.example/1", "https://blog.HALYARD.example./2", OWN),
        ("https://blog.halyard.example/1", "https://halyard.example/2", STRANGER),
        ("https://medium.com/@halyard/1", "https://medium.com/@Halyard/2", OWN),
        ("https://medium.com/@halyard/1", "https://medium.com/@thief/2", STRANGER),
        ("https://medium.com/@halyard/1", "https://halyard.medium.com/2", STRANGER),
        ("https://halyard.medium.com/1", "https://halyard.medium.com/2", OWN),
        ("https://halyard.medium.com/1", "https://thief.medium.com/2", STRANGER),
        ("https://halyard.github.io/1", "https://thief.github.io/halyard/2", STRANGER),
        ("https://www.linkedin.com/company/halyard/1", "https://fr.linkedin.com/company/halyard/2", OWN),
        ("https://www.linkedin.com/company/halyard/1", "https://www.linkedin.com/in/halyard", STRANGER),
        ("https://www.linkedin.com/in/halyard", "https://www.linkedin.com/in/thief", STRANGER),
        ("https://www.linkedin.com/in/halyard", "https://fr.linkedin.com/in/thief", STRANGER),
        ("https://www.linkedin.com/pulse/1", "https://www.linkedin.com/pulse/2", STRANGER),
        ("https://facebook.com/halyard/posts/1", "https://m.facebook.com/halyard/posts/2", OWN),
        ("https://www.facebook.com/groups/99/posts/1", "https://www.facebook.com/groups/99/posts/2", STRANGER),
        ("https://gist.github.com/halyard/1", "https://gist.github.com/thief/9", STRANGER),
        ("https://gist.github.com/halyard/1", "https://gist.github.com/halyard/2", OWN),
        ("https://blog.csdn.net/halyard/article/details/1", "https://ask.csdn.net/questions/2", STRANGER),
        ("https://ask.csdn.net/questions/1", "https://ask.csdn.net/questions/2", STRANGER),
        ("https://baijiahao.baidu.com/s?id=1", "https://baijiahao.baidu.com/s?id=2", STRANGER),
        (
            "https://cloud.tencent.com/developer/article/1",
            "https://cloud.tencent.com/developer/article/2",
            STRANGER,
        ),
        ("https://developer.aliyun.com/article/1", "https://developer.aliyun.com/article/2", STRANGER),
        ("https://forum.acme.test/halyard/1", "https://forum.acme.test/halyard/2", OWN),
        ("https://forum.acme.test/halyard/1", "https://forum.acme.test/thief/2", STRANGER),
        ("https://forum.acme.test/halyard/1", "https://www.acme.test/halyard/2", STRANGER),
    ],
)
def test_accounts_of_shared_platforms(post: str, page: str, own: bool) -> None:
    host, account = site_of(post)
    known = {host: frozenset({account} - {""})}
    assert is_known_site(page, known_parts(page, known), (*Settings().shared_platforms, "acme.test")) is own


def test_platforms_that_nobody_calls_shared_are_hosts_like_others() -> None:
    known = {"medium.com": frozenset({"@halyard"})}
    page = "https://medium.com/@thief/1"
    assert known_parts(page, known) == ("host",)
    assert is_known_site(page, ("host",), ("github.com",))
    assert not is_known_site(page, ("host",), ("medium.com",))


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("blog.acme.test", "blog.acme.test"),
        (" https://Blog.Acme.test:8080/ ", "blog.acme.test"),
        ("http://bücher.example.", "bücher.example"),
        ("https://medium.com/@acme", ""),
        ("blog.acme.test/team", ""),
        ("blog.acme.test:80", ""),
        ("*.acme.test", ""),
        ("a host", ""),
        ("ftp://acme.test", ""),
        ("acme..test", ""),
        ("", ""),
    ],
)
def test_host_name(given: str, host: str) -> None:
    assert host_name(given) == host


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(addresses).failed == 0
