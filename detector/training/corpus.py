"""What the boilerplate model is trained on: gold pages, weakly labelled pages, official posts, made-up pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from detector.closed_forms import ClosedForms, read_clauses
from detector.data import CATEGORIES, Document, SourceBlock
from detector.grammar import labelled_blocks, written_pages
from detector.resources import datasets_dir
from detector.training.examples import (
    Example,
    Excluded,
    Featured,
    from_labels,
    from_reposts,
    gold_examples,
    plain,
    telling_lines,
    with_features,
)
from detector.training.gold import (
    TRAIN_SETS,
    is_validation,
    read_gold,
    read_rows,
    site_of,
    site_of_row,
    test_sites,
)
from detector.training.hand_labels import judges, read_labels
from detector.training.official import Corpus, is_test_site
from detector.training.synthetic import Forms, is_held_out, page, surrounded, written

_PER_FORM = 24  # texts of a template: runs of lines made alike take many
# Pages made up of a language's forms: so many at least, and one for so many forms, once as HTML and once as text.
_LEAST_MADE_UP, _FORMS_A_PAGE = 60, 4
# How often each of the written pages is expanded.
_TIMES_WRITTEN = 3
_POSTS_A_SITE = 12
_FREE_LICENCES = ("MIT", "Apache", "BSD", "CC-BY", "CC BY")


def boilerplate_examples(
    data: Path | None, log: Callable[[str], None], forms_seed: int = 0
) -> tuple[list[Featured], ClosedForms]:
    """All training pages with their features. The random choices are the same in every run."""
    random = np.random.default_rng(forms_seed)
    closed_forms = ClosedForms.compile(read_clauses(datasets_dir() / "closed_forms.tsv"))
    forms = Forms.of(block for block in labelled_blocks(seed=forms_seed, per_form=_PER_FORM) if not is_held_out(block))
    examples = [
        page(forms, language, number, random, from_html)
        for language in forms.languages()
        for number in range(max(_LEAST_MADE_UP, forms.count(language) // _FORMS_A_PAGE))
        for from_html in (True, False)
    ]
    whole = written_pages(seed=forms_seed, times=_TIMES_WRITTEN)
    examples += [written(made, 1 / _TIMES_WRITTEN) for made in whole if not is_held_out(made)]
    if data is not None:
        excluded = kept_for_evaluation(data)
        gold = gold_examples(data, TRAIN_SETS, closed_forms, excluded, log)
        real = [*gold, *from_reposts(data, closed_forms, excluded)]
        examples += real
        for example in real:
            rendered = plain(example, random) if example.document.from_html else example
            if random.random() < 0.5 and rendered.judged.all() and not rendered.read:
                rendered = surrounded(rendered, forms, example.document.language, random)
            examples.append(rendered)
        examples += from_labels(data, excluded)
        of_posts = [post for post in posts(data, random) if not excluded.has("", post.site, post.text)]
        examples += [surrounded(post, forms, post.document.language, random) for post in of_posts]
    log(f"{len(examples)} pages, {sum(len(example.category) for example in examples)} blocks")
    return with_features(examples, closed_forms), closed_forms


def kept_for_evaluation(data: Path) -> Excluded:
    """What judges: the hand-labelled pages, those of single hard lines, those that somebody else will judge by, those
    labelled for this project that are held back, the test sets', the sites kept for validation, and the official posts
    that copies are made from to judge the matching. Copies of such a post are in `reposts/`, some of them as files of a
    repository whose site nobody knows: they are told by its lines."""
    rows = [row for name in ("dev", "unlabelled") for row in read_rows(data / "labelled" / f"{name}.jsonl.gz")]
    texts = [line["text"] if isinstance(line, dict) else line for row in rows for line in row["lines"]]
    hard = {row["page"] for row in read_rows(data / "labelled" / "hard_lines.jsonl.gz")}
    labelled = read_labels()
    sites = {site_of(row["url"], row["id"]) for row in rows}
    for row in read_rows(data / "reposts" / "pages.jsonl.gz"):
        held_back = row["id"] in labelled and judges(row)
        if held_back or row["id"] in hard:
            rows.append(row)
            # Which may be said on the page alone, where the row names but what it was collected from.
            sites.add(site_of_row(row))
        if held_back:
            texts.append(row["text"])
    for post in Corpus.read(data).posts.values():
        if is_test_site(post.site):
            sites.add(post.site)
            texts.append(post.text)
    for source in TRAIN_SETS:
        sites |= {gold.site for gold in read_gold(data, source) if is_validation(gold.site)}
    return Excluded(
        frozenset({row["id"] for row in rows} | hard),
        test_sites(data) | sites,
        frozenset(telling_lines("\n".join(texts))),
    )


def posts(data: Path, random: np.random.Generator) -> Iterator[Example]:
    """Official posts under free licences as plain text that is all content, a few of each site and language."""
    taken: dict[tuple[str, str], int] = {}
    for name in ("posts", "posts_i18n"):
        for row in read_rows(data / "official" / f"{name}.jsonl.gz"):
            key = (row["site"], row["lang"])
            if taken.get(key, 0) >= _POSTS_A_SITE or random.random() > 0.2:
                continue
            if not str(row.get("licence") or "").startswith(_FREE_LICENCES):
                continue
            if is_test_site(site_of(row["url"], row["site"])):  # copies of these judge the matcher
                continue
            taken[key] = taken.get(key, 0) + 1
            lines = tuple(SourceBlock(line.strip()) for line in row["text"].split("\n") if line.strip())
            title = (SourceBlock(row["title"].strip()),) if (row["title"] or "").strip() else ()
            yield Example(
                "official",
                site_of(row["url"], row["site"]),
                Document(url="", title=row["title"] or "", language=row["lang"], blocks=(*title, *lines)),
                np.array([CATEGORIES.index("title")] * len(title) + [0] * len(lines), np.int16),
                np.ones(len(title) + len(lines), bool),
                0.5,
            )
