"""Addresses of pages: which are the same, whose host they are on."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

# Parameters that say how a visitor came, not what is shown.
_TRACKING = frozenset({"fbclid", "gclid", "spm", "from", "ref", "source"})
# First steps of paths on shared platforms that every account's pages have: /p/1, /s/x, /r/python.
_NOT_ACCOUNTS = frozenset(
    "a article articles c company developer dy group item p post posts pulse question questions r s story u w".split()
)
# Below a shared platform these stand for the platform itself, other names for one account's own site.
_GENERIC = ("", "www", "blog", "m", "mp", "zhuanlan", "news", "old")


def site_of(url: str) -> tuple[str, str]:
    """Host (lower case, without port) and account (first step of the path, if it can be one) of a web address; ""
    where none."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return "", ""
    account = next((step for step in parts.path.split("/") if step), "")
    return host, "" if account in _NOT_ACCOUNTS else account


def without_www(host: str) -> str:
    return host.removeprefix("www.")


def same_address(a: str, b: str) -> bool:
    """Whether two web addresses show the same page: scheme, `www.`, a slash at the end, fragment and tracking
    parameters do not count. Paths of files are no addresses: those of two folders may be equal by chance."""
    bare = bare_address(a)
    return (a == b and "://" in a) or (bool(bare) and bare == bare_address(b))


def bare_address(url: str) -> str:
    """What `same_address` compares; "" for what is no web address."""
    try:
        parts = urlsplit(url.strip())
        host = without_www(parts.hostname or "")
    except ValueError:
        return ""
    if not host:
        return ""
    parameters = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(key, value) for key, value in parameters if key not in _TRACKING and not key.startswith("utm_")]
    path = parts.path.removesuffix("index.html").rstrip("/")
    return f"{host}{path}?{urlencode(kept)}" if kept else f"{host}{path}"


def shared_platform(host: str, platforms: tuple[str, ...]) -> bool:
    """Whether many accounts share this host, so that only the path tells whose page it is.

    >>> shared_platform("blog.csdn.net", ("csdn.net",)), shared_platform("halyard.medium.com", ("medium.com",))
    (True, False)
    """
    for platform in platforms:
        if host == platform or host.endswith("." + platform):
            return host.removesuffix(platform).rstrip(".") in _GENERIC
    return False
