"""Addresses of pages: which are the same, whose host they are on, and whose account on a shared platform."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

# Platforms that many accounts share -> the shapes of addresses that tell the account: `*.` is the name below the
# platform, `/*` the first step of the path, `/in/*` the step after `in`. What has none of its platform's shapes has no
# account, and so has every page of a platform without shapes: its addresses do not say who wrote. Of names that end
# alike the longest counts.
PLATFORMS: Mapping[str, tuple[str, ...]] = {
    "163.com": (),
    "51cto.com": (),
    "aliyun.com": (),
    "ameblo.jp": ("/*",),
    "baidu.com": (),
    "bilibili.com": (),
    "bitbucket.org": ("/*",),
    "blog.51cto.com": ("*.", "/*"),
    "blog.csdn.net": ("*.", "/*"),
    "blog.naver.com": ("/*",),
    "blogspot.com": ("*.",),
    "cloud.tencent.com": ("/developer/user/*",),
    "cnblogs.com": ("/*",),
    "codeberg.org": ("/*",),
    "csdn.net": (),
    "dev.to": ("/*",),
    "developer.aliyun.com": ("/profile/*",),
    "douban.com": ("/people/*",),
    "facebook.com": ("/*",),
    "gist.github.com": ("/*",),
    "gitbook.io": ("*.",),
    "gitee.com": ("/*",),
    "github.com": ("/*",),
    "github.io": ("*.",),
    "gitlab.com": ("/*",),
    "gitlab.io": ("*.",),
    "habr.com": tuple(f"{way}/*" for way in ("/users", "/companies", "/ru/users", "/ru/companies", "/en/companies")),
    "hackernoon.com": ("/u/*",),
    "hashnode.dev": ("*.",),
    "hatenablog.com": ("*.",),
    "jianshu.com": ("/u/*",),
    "juejin.cn": ("/user/*",),
    "linkedin.com": ("/in/*", "/company/*", "/school/*", "/showcase/*"),
    "livejournal.com": ("*.",),
    "medium.com": ("*.", "/*"),
    "my.oschina.net": ("/u/*", "/*"),
    "netlify.app": ("*.",),
    "note.com": ("/*",),
    "notion.site": ("*.",),
    "oschina.net": (),
    "pages.dev": ("*.",),
    "qiita.com": ("/organizations/*", "/*"),
    "quora.com": ("/profile/*",),
    "raw.githubusercontent.com": ("/*",),
    "reddit.com": ("/user/*", "/u/*"),
    "segmentfault.com": ("/u/*",),
    "sites.google.com": ("/view/*", "/site/*"),
    "sohu.com": (),
    "space.bilibili.com": ("/*",),
    "stackoverflow.com": ("/users/*",),
    "substack.com": ("*.", "/@*"),
    "telegra.ph": (),
    "tencent.com": (),
    "tistory.com": ("*.",),
    "toutiao.com": (),
    "tumblr.com": ("*.", "/*"),
    "twitter.com": ("/*",),
    "velog.io": ("/@*",),
    "vercel.app": ("*.",),
    "weibo.cn": ("/u/*",),
    "weibo.com": ("/u/*", "/*"),
    "weixin.qq.com": (),
    "wordpress.com": ("*.",),
    "x.com": ("/*",),
    "youtube.com": ("/@*", "/channel/*", "/c/*", "/user/*"),
    "zenn.dev": ("/p/*", "/*"),
    "zhihu.com": ("/people/*", "/org/*", "/column/*"),
}
# On hosts that nothing is known of, the ones that people name as shared included.
_UNKNOWN = ("/*",)
# First steps of paths that pages of every account have: /p/1, /s/x, /r/python.
_NOT_ACCOUNTS = frozenset(
    "a article articles blog blogs c channel column company dev developer developers dy en events explore group groups "
    "hashtag i in item items login n news org organizations orgs p page pages people permalink photo post posts "
    "profile pulse question questions r read s search share status story t tag tagged tags topic topics ttarticle tv "
    "u user users video videos w watch zh".split()
)
_FILES = (".html", ".htm", ".php", ".aspx", ".shtml")
# Below a platform, beside the names of two letters for countries and languages, these stand for the platform itself.
_MIRRORS = frozenset(("", "www", "m", "mobile", "touch", "old", "new", "amp"))
# Names below a platform are no longer; hosts of a million labels are.
_MOST_LABELS = 8
# Parameters that say how a visitor came, not what is shown.
_TRACKING = frozenset({"fbclid", "gclid", "spm", "from", "ref", "source"})
_HOST = re.compile(r"(https?://)?([\w-]+(?:\.[\w-]+)*)\.?(?(1)(?::\d{1,5})?/?)", re.IGNORECASE)


def site_of(url: str) -> tuple[str, str]:
    """Host (lower case, without port and dot at the end) of a web address, and the account it belongs to, case-folded;
    "" where none. The account is the bare host itself where accounts have names below a platform.

    >>> site_of("https://Blog.Example.com./team/post")
    ('blog.example.com', 'team')
    >>> site_of("https://fr.linkedin.com/in/Mara/details"), site_of("https://www.linkedin.com/pulse/packing")
    (('fr.linkedin.com', 'in/mara'), ('www.linkedin.com', ''))
    """
    try:
        parts = urlsplit(url)
        host = _tidy(parts.hostname) if parts.scheme in ("http", "https") else ""
    except ValueError:
        return "", ""
    return host, _account(without_www(host), parts.path) if host else ""


def site_of_post(url: str) -> tuple[str, str]:
    """`site_of` the address of a post. What stands at the root of a host that is no known platform is of no account: a
    blog has not as many of them as posts.

    >>> site_of_post("https://blog.example.com/post"), site_of_post("https://blog.example.com/team/post")
    (('blog.example.com', ''), ('blog.example.com', 'team'))
    >>> site_of_post("https://medium.com/@mara")
    ('medium.com', '@mara')
    """
    host, account = site_of(url)
    at_root = "/" not in urlsplit(url).path.strip("/") if account else False
    return host, "" if at_root and not platform_of(without_www(host), PLATFORMS) else account


def _tidy(host: str | None) -> str:
    return (host or "").casefold().removesuffix(".")


def _account(bare: str, path: str) -> str:
    platform = platform_of(bare, PLATFORMS)
    below = bare.removesuffix(platform).removesuffix(".") if platform else ""
    mirror = below in _MIRRORS or len(below) == 2
    steps = [step.casefold() for step in unquote(path).split("/", 8) if step]
    for shape in PLATFORMS.get(platform, _UNKNOWN):
        if shape == "*." and below not in _MIRRORS:
            return bare
        if shape != "*." and mirror and (account := _at(shape, steps)):
            return account
    return ""


def _at(shape: str, steps: list[str]) -> str:
    """The account in the steps of a path of this shape, with the steps before it: `in/x` is not `company/x`."""
    *way, last = shape.strip("/").split("/")
    account = next(iter(steps[len(way) :]), "")
    if steps[: len(way)] != way or not account.startswith(last.removesuffix("*")):
        return ""
    if shape == "/*" and (account in _NOT_ACCOUNTS or account.endswith(_FILES)):
        return ""
    return "/".join((*way, account))


def platform_of(host: str, platforms: Collection[str]) -> str:
    """The longest of the names in `platforms` that the host is, or is below; "" for none.

    >>> platform_of("ask.csdn.net", ("csdn.net", "dev.to")), platform_of("notcsdn.net", ("csdn.net",))
    ('csdn.net', '')
    """
    labels = host.split(".")[-_MOST_LABELS:]
    names = (".".join(labels[at:]) for at in range(len(labels)))
    return next((name for name in names if name in platforms), "")


def known_parts(url: str, known: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """What of an address is in `known` (host -> accounts, both as `site_of` gives them): its "host", its "account"."""
    host, account = site_of(url)
    bare = without_www(host)
    # Accounts are the same on all names of a platform: fr.linkedin.com, m.facebook.com.
    names = {bare, platform_of(bare, PLATFORMS) or bare}
    found = {
        "host": any(name in known for name in (bare, f"www.{bare}")),
        "account": bool(account)
        and any(account in known.get(f"{www}{name}", ()) for name in names for www in ("", "www.")),
    }
    return tuple(part for part, there in found.items() if there)


def is_known_site(url: str, parts: Collection[str], platforms: Collection[str]) -> bool:
    """Whether it is enough that these parts of an address are known (see `known_parts`): its host, but on what is
    below one of the `platforms` its account."""
    host, account = site_of(url)
    by_host = not platform_of(host, platforms) or account == without_www(host)
    return ("host" if by_host else "account") in parts


def host_name(given: str) -> str:
    """The host that people mean who write a host, or the address of its start page; "" for anything else, also for
    addresses with a path: that one account's page is official does not make its platform so.

    >>> host_name("https://Blog.acme.test/"), host_name("https://medium.com/@acme"), host_name("not a host")
    ('blog.acme.test', '', '')
    """
    found = _HOST.fullmatch(given.strip())
    return _tidy(found[2]) if found else ""


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
        host = without_www(_tidy(parts.hostname))
    except ValueError:
        return ""
    if not host:
        return ""
    parameters = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(key, value) for key, value in parameters if key not in _TRACKING and not key.startswith("utm_")]
    path = parts.path.removesuffix("index.html").rstrip("/")
    return f"{host}{path}?{urlencode(kept, errors='surrogatepass')}" if kept else f"{host}{path}"
