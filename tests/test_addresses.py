import pytest

from detector.addresses import same_address, shared_platform, site_of


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
        ("http://[broken", "http://[broken", True),
        ("http://[broken", "https://example.com/", False),
    ],
)
def test_same_address(a: str, b: str, same: bool) -> None:
    assert same_address(a, b) is same


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Blog.Example.com:8080/team/post", ("blog.example.com", "team")),
        ("https://example.com", ("example.com", "")),
        ("https://mp.weixin.qq.com/s/AbC", ("mp.weixin.qq.com", "")),
        ("https://zhuanlan.zhihu.com/p/123", ("zhuanlan.zhihu.com", "")),
        ("pages/a.html", ("", "")),
        ("http://[broken", ("", "")),
        ("file:///etc/passwd", ("", "")),
    ],
)
def test_site_of(url: str, expected: tuple[str, str]) -> None:
    host, account = site_of(url)
    assert host == expected[0]
    if host:
        assert account == expected[1]


@pytest.mark.parametrize(
    ("host", "shared"),
    [("medium.com", True), ("blog.csdn.net", True), ("halyard.medium.com", False), ("example.com", False)],
)
def test_shared_platform(host: str, shared: bool) -> None:
    assert shared_platform(host, ("medium.com", "csdn.net")) is shared
