"""The pages, the posts and what is known of them, written as the files that a user would have."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from overlap import in_common, shingles

from detector.boilerplate import BoilerplateModel
from detector.data import Page, own_text
from detector.document import parse
from detector.training.copies import NEGATIVE, Copy, CopyMaker
from detector.training.gold import read_rows, site_of
from detector.training.matcher import REPUBLISHED, copy_maker
from detector.training.official import is_test_site

Report = dict[str, dict[str, str]]
# Where the originals of real copies are whose address is not known: they may be of a site that trained.
NOWHERE = "https://originals.example/"
LOOK_ALIKE = "look-alike, half and more in common"
AS_GOOD_AS_COPIES = "look-alikes that no list has, and posts published twice"


@dataclass(frozen=True)
class Known:
    """What is known of a page. `damage` is how it was made, `kind` what a verdict should call it, `sources` the
    addresses that are right; none for a page that copies nothing."""

    damage: str
    kind: str
    sources: frozenset[str]
    test_site: bool = True


@dataclass
class Crawl:
    """A folder's `posts` (JSONL) and `pages` (CSV), and by address what is known of each page, the page's own text as
    our extraction gives it to the peers, and the posts' texts.

    `untold` are posts of which nobody can say whether a page copies them: posts of its site in another language, since
    not all translations are listed as such. `apart` are pages that copy nothing and are counted apart.
    """

    posts: Path
    pages: Path
    known: dict[str, Known] = field(default_factory=dict)
    own_texts: dict[str, str] = field(default_factory=dict)
    post_texts: dict[str, str] = field(default_factory=dict)
    untold: dict[str, frozenset[str]] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)


def make_crawl(data: Path | None, each: int, folder: Path) -> Crawl:
    """Copies of every kind and pages that copy nothing, of the sites that judge."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = copy_maker(data, test=True)
    crawl = Crawl(folder / "posts.jsonl", folder / "pages.csv")
    posts = list(maker.index_pages())
    _write_posts(crawl, posts)
    copies = [
        replace(copy, page=replace(copy.page, url=f"https://crawled.example/{number}"))
        for number, copy in enumerate(maker.pages(each, 3 * each))
    ]
    for copy in copies:
        crawl.known[copy.page.url] = Known(
            copy.damage.removeprefix(NEGATIVE),
            copy.kind,
            frozenset(maker.url(other) for id in copy.sources for other in maker.related(id)),
        )
        if copy.origin:
            crawl.untold[copy.page.url] = frozenset(post.url for post in posts if maker.untold(copy, post.url))
    _write_pages(crawl, (copy.page for copy in copies))
    _set_republished_apart(crawl, maker, copies)
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("url", "damage", "kind", "sources"))
        rows.writerows((url, known.damage, known.kind, " ".join(known.sources)) for url, known in crawl.known.items())
    return crawl


def _set_republished_apart(crawl: Crawl, maker: CopyMaker, copies: Iterable[Copy]) -> None:
    """Among the pages that copy nothing: those that have half of the shingles of an indexed post, or the other way
    round, are look-alikes when that is known, else as good as copies, since posts are published twice."""
    negatives = {copy.page.url: copy for copy in copies if not copy.sources and copy.text}
    posts = {url: shingles(text) for url, text in crawl.post_texts.items()}
    for url, common in in_common(posts, {url: shingles(copy.text) for url, copy in negatives.items()}):
        much = [post for post, share in common.items() if share >= REPUBLISHED]
        if not much:
            continue
        alike = all(maker.alike(negatives[url], post) for post in much)
        crawl.known[url] = replace(crawl.known[url], damage=LOOK_ALIKE if alike else AS_GOOD_AS_COPIES)
        crawl.apart.add(url)


def read_copies(data: Path, folder: Path) -> Crawl:
    """The real copies of the data, as text, against every post there is."""
    crawl = Crawl(folder / "all_posts.jsonl", folder / "real_copies.csv")
    rows = list(read_rows(data / "official" / "copies.jsonl.gz"))
    posts = {
        row["id"]: Page(row["url"] + "#" + row["id"], text=row["text"], title=row["title"])
        for name in ("posts", "posts_i18n")
        for row in read_rows(data / "official" / f"{name}.jsonl.gz")
    }
    for row in rows:
        if row["original_id"] not in posts and row.get("original_text"):
            url = row.get("original_url") or NOWHERE
            title = row.get("original_title") or ""
            posts[row["original_id"]] = Page(f"{url}#{row['original_id']}", text=row["original_text"], title=title)
    related: dict[str, set[str]] = {}
    for row in read_rows(data / "official" / "translations.jsonl.gz"):
        for own, other in ((row["en_id"], row["other_id"]), (row["other_id"], row["en_id"])):
            related.setdefault(own, set()).add(other)
    _write_posts(crawl, posts.values())
    pages = []
    for number, row in enumerate(row for row in rows if row["original_id"] in posts):
        url, original = f"https://copies.example/{number}", row["original_id"]
        family = {original, *related.get(original, ())}
        family |= {other for one in tuple(family) for other in related.get(one, ())}
        crawl.known[url] = Known(
            row["kind"],
            row["kind"],
            frozenset(posts[id].url for id in family if id in posts),
            test_site=_is_of_test_site(posts[original].url),
        )
        pages.append(Page(url, text=row["copy_text"]))
    _write_pages(crawl, pages)
    return crawl


def _is_of_test_site(url: str) -> bool:
    """Whether a post is known to be of a site that judges; some addresses stand behind a name and a colon."""
    address = url[max(url.find("http"), 0) :]
    return not url.startswith(NOWHERE) and is_test_site(site_of(address, ""))


def _write_posts(crawl: Crawl, posts: Iterable[Page]) -> None:
    with crawl.posts.open("w", encoding="utf-8") as file:
        for post in posts:
            crawl.post_texts[post.url] = post.text or ""
            file.write(json.dumps({"url": post.url, "title": post.title, "text": post.text}) + "\n")


def _write_pages(crawl: Crawl, pages: Iterable[Page]) -> None:
    model = BoilerplateModel.load()
    with crawl.pages.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("url", "html", "text", "title"))
        for page in pages:
            rows.writerow((page.url, page.html or "", page.text or "", page.title or ""))
            crawl.own_texts[page.url] = own_text(model.classify(parse(page)))


def score(posts: Path, pages: Path, index: Path, report: Path) -> Report:
    """`detector index build` and `detector score`; the report's rows by address."""
    detector = [sys.executable, "-m", "detector"]
    subprocess.run([*detector, "index", "build", str(index), str(posts)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [*detector, "score", str(pages), "--index", str(index), "-o", str(report), "--jobs", "2"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with report.open(encoding="utf-8", newline="") as file:
        return {row["url"]: row for row in csv.DictReader(file)}
