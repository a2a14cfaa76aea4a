"""Addresses of pages: which are the same, whose host they are on."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

# Parameters that say how a visitor came, not what is shown.
_TRACKING = ("utm_", "fbclid", "gclid", "spm", "from", "ref", "source")
# Below a shared platform these stand for the platform itself, other names for one account's own site.
_GENERIC = ("", "www", "blog", "m", "mp", "zhuanlan", "news", "old")


def site_of(url: str) -> tuple[str, str]:
    """Host (lower case, without port) and account (first path segment) of a web address; "" where none."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return "", ""
    return host, next((step for step in parts.path.split("/") if step), "")


def without_www(host: str) -> str:
    return host.removeprefix("www.")


def same_address(a: str, b: str) -> bool:
    """Whether two addresses show the same page: scheme, `www.`, a slash at the end, fragment and tracking
    parameters do not count."""
    return a == b or (bool(a) and _bare(a) == _bare(b))


def _bare(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host = without_www(parts.hostname or "")
    except ValueError:
        return url
    query = urlencode([(key, value) for key, value in parse_qsl(parts.query) if not key.startswith(_TRACKING)])
    path = parts.path.removesuffix("index.html").rstrip("/")
    return f"{host}{path}?{query}" if query else f"{host}{path}"


def shared_platform(host: str, platforms: tuple[str, ...]) -> bool:
    """Whether many accounts share this host, so that only the path tells whose page it is.

    >>> shared_platform("blog.csdn.net", ("csdn.net",)), shared_platform("halyard.medium.com", ("medium.com",))
    (True, False)
    """
    for platform in platforms:
        if host == platform or host.endswith("." + platform):
            return host.removesuffix(platform).rstrip(".") in _GENERIC
    return False
