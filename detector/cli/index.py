"""`detector index`: make and change a reference index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detector.cli.group import UNREAD, cli, say_some
from detector.cli.inputs import PostInputs
from detector.data import UsageError
from detector.rows import counted

if TYPE_CHECKING:
    from detector.index import ReferenceIndex


_sitemap = click.option(
    "--sitemap",
    "sitemaps",
    multiple=True,
    metavar="FILE",
    help="Of POSTS only the pages in this sitemap (.xml, .txt, or the .warc.gz that has it) are posts.",
)
_site = click.option(
    "--site", metavar="URL", help="Address of the blog, before those of POSTS that begin with /, as permalinks do."
)
_jobs = click.option(
    "--jobs", "-j", type=int, default=1, show_default=True, help="Processes, no more than cores; -1: one a core."
)


@cli.group()
def index() -> None:
    """Make and change a reference index of official posts."""


@index.command("build")
@click.argument("path", metavar="INDEX")
@click.argument("posts", metavar="POSTS...", nargs=-1, required=True)
@_sitemap
@_site
@_jobs
@click.pass_context
def build_index(
    ctx: click.Context, path: str, posts: tuple[str, ...], sitemaps: tuple[str, ...], site: str | None, jobs: int
) -> None:
    """Make INDEX of POSTS; an index that is there is replaced, unless none of the posts can be used.

    POSTS are what `detector score` reads as pages, and feeds (RSS, Atom, JSON Feed: .xml .rss .atom .json).
    Markdown may have front matter (title, date, author, url or permalink). Of an archive of a whole blog
    (.warc.gz), give the blog's own sitemap with --sitemap: then menus, tags and lists are no posts.
    """
    from detector.index import ReferenceIndex
    from detector.terminal import watched

    inputs = PostInputs(posts, sitemaps, site)
    try:
        built = ReferenceIndex.build(path, watched(inputs, "posts"), jobs=jobs)
    except UsageError:  # what was passed over may be the reason
        inputs.tell_skipped()
        inputs.tell_notes()
        raise
    _tell_problems(built)
    inputs.tell_rest()
    click.echo(f"{path}: {counted(len(built), 'post')}")
    ctx.exit(inputs.exit_code)


@index.command("add")
@click.argument("path", metavar="INDEX")
@click.argument("posts", metavar="POSTS...", nargs=-1, required=True)
@_sitemap
@_site
@_jobs
@click.pass_context
def add_to_index(
    ctx: click.Context, path: str, posts: tuple[str, ...], sitemaps: tuple[str, ...], site: str | None, jobs: int
) -> None:
    """Add POSTS to INDEX; posts already there are passed over. POSTS are as for `detector index build`."""
    from detector.index import ReferenceIndex
    from detector.terminal import watched

    inputs = PostInputs(posts, sitemaps, site)
    opened = ReferenceIndex.open(path)
    added = opened.add(watched(inputs, "posts"), jobs=jobs)
    _tell_problems(opened)
    inputs.tell_rest()
    click.echo(f"{path}: {counted(added, 'post')} added, {len(opened)} in all")
    ctx.exit(inputs.exit_code)


def _tell_problems(changed: ReferenceIndex) -> None:
    """Say on stderr which posts are not in the index, those that could not be read too, which were cut, and of which
    there were two texts."""
    say_some([f"not indexed: {problem}" for problem in changed.problems], "not indexed")
    say_some(changed.notes, "cut")
    longer = [f"{url}: of two texts of this post the longer is kept" for url in dict.fromkeys(changed.parts)]
    say_some(longer, "of which the longer text is kept")


@index.command("remove")
@click.argument("path", metavar="INDEX")
@click.argument("urls", metavar="URLS...", nargs=-1, required=True)
@click.pass_context
def remove_from_index(ctx: click.Context, path: str, urls: tuple[str, ...]) -> None:
    """Take the posts with these addresses out of INDEX; exit code 3 when one of them is not there."""
    from detector.index import ReferenceIndex

    opened = ReferenceIndex.open(path)
    unknown = [url for url in dict.fromkeys(urls) if url not in opened]
    hosts = ", ".join(sorted(opened.hosts)[:3]) + (", ..." if len(opened.hosts) > 3 else "")
    of_hosts = f", which has posts of {hosts}" if hosts else ""
    say_some([f"{url}: no such post in the index{of_hosts}" for url in unknown], "not found")
    click.echo(f"{path}: {counted(opened.remove(urls), 'post')} removed, {len(opened)} left")
    ctx.exit(UNREAD if unknown else 0)


@index.command("info")
@click.argument("path", metavar="INDEX")
def show_index(path: str) -> None:
    """Print what INDEX holds."""
    from detector.index import ReferenceIndex

    for name, value in ReferenceIndex.open(path).info().items():
        click.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
