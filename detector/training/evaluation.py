"""How good a boilerplate model is, and whether that is still good enough."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detector.boilerplate import BoilerplateModel
from detector.data import CATEGORIES, Document, Page, own_text
from detector.document import parse
from detector.grammar import labelled_blocks, written_pages
from detector.training.gold import TEST_SETS, read_gold, read_rows
from detector.training.hand_labels import as_text, judges, labelled_pages
from detector.training.official import Corpus, digest
from detector.training.quality import (
    category_counts,
    category_f1,
    interval,
    macro_f1,
    snippet_counts,
    snippet_f1,
    token_f1,
)
from detector.training.synthetic import Forms, is_held_out, page, written

Log = Callable[[str], None]
_HELD_OUT_PAGES, _BARE_POSTS = 40, 500


def boilerplate(model: BoilerplateModel, data: Path | None, log: Log) -> dict[str, Any]:
    """Figures of a model: with `data` on the test sets and the hand-labelled lines, without on the forms of
    datasets/blocks and the pages of datasets/pages that were kept out of training."""
    if data is None:
        return {
            "held_out_forms": _categories(_made_up(), model, "forms kept out of training", log),
            "held_out_pages": _categories(_written(), model, "written pages kept out of training", log),
        }
    return {
        "main_text": {source: _main_text(model, data, source, log) for source in TEST_SETS},
        "labelled_lines": _categories(_labelled(data), model, "hand-labelled lines", log),
        "held_back_lines": _categories(_held_back(data), model, "hand-labelled lines, held back", log),
        "hard_lines": _hard_lines(model, data, log),
        "bare_posts": bare_posts(model, data, log),
    }


def _main_text(model: BoilerplateModel, data: Path, source: str, log: Log) -> dict[str, Any]:
    tokens, snippets = [], []
    for gold in read_gold(data, source):
        blocks = model.classify(parse(gold.page))
        text = own_text(blocks)
        tokens.append(token_f1(text, gold.main_text))
        snippets.append(snippet_counts(text, gold.wanted, gold.unwanted))
    figures: dict[str, Any] = {"pages": len(tokens)}
    counts = np.array(snippets)
    if counts[:, :2].any():
        figures["snippet_f1"] = _rounded(interval(snippet_f1, counts))
        log(f"{source}: snippet F1 {_shown(figures['snippet_f1'])} on {len(tokens)} pages")
    else:
        figures["token_f1"] = _rounded(interval(lambda rows: float(rows.mean()), np.array(tokens)))
        log(f"{source}: main text token F1 {_shown(figures['token_f1'])} on {len(tokens)} pages")
    return figures


Labelled = tuple[Document, Sequence[Sequence[str]]]


def _labelled(data: Path) -> list[Labelled]:
    pages: list[Labelled] = []
    for row in read_rows(data / "labelled" / "dev.jsonl.gz"):
        lines = [line for line in row["lines"] if line["text"].strip()]
        text = "\n".join(" ".join(line["text"].split()) for line in lines)
        document = parse(Page(url=row["url"] or "", text=text, title=row["title"]))
        pages.append((document, [[line["label"], *line.get("also", ())] for line in lines]))
    return pages


def _held_back(data: Path) -> list[Labelled]:
    """The pages labelled for this project that are kept from training; lines left undecided are not counted."""
    rows = labelled_pages(read_rows(data / "reposts" / "pages.jsonl.gz"))
    return [(as_text(page)[0], page.labels) for page in rows if judges(page.row)]


def _made_up() -> list[Labelled]:
    forms = Forms.of(block for block in labelled_blocks(seed=1) if is_held_out(block) or block.category == "content")
    random = np.random.default_rng(1)
    pages: list[Labelled] = []
    for language in forms.languages():
        for number in range(_HELD_OUT_PAGES):
            example = page(forms, language, number, random, from_html=False)
            pages.append((example.document, [[CATEGORIES[label]] for label in example.category]))
    return pages


def _written() -> list[Labelled]:
    return [
        (written(made, 1.0).document, [[block.category, *block.also] for block in made.blocks])
        for made in written_pages(seed=1)
        if is_held_out(made)
    ]


def _categories(pages: Sequence[Labelled], model: BoilerplateModel, name: str, log: Log) -> dict[str, Any]:
    counts = np.array(
        [
            category_counts(labels, [block.category for block in model.classify(document)], CATEGORIES)
            for document, labels in pages
        ]
    )
    total = counts.sum(axis=0)
    macro = _rounded(interval(macro_f1, counts))
    accuracy = _rounded(interval(lambda rows: float(rows[:, :, 0].sum() / rows[:, :, 1].sum()), counts))
    log(f"{name}: {total[:, 2].sum()} blocks of {len(pages)} pages")
    log(f"    macro F1 {_shown(macro)}, accuracy {_shown(accuracy)}")
    each = {}
    for category, score, wanted in zip(CATEGORIES, category_f1(total), total[:, 2], strict=True):
        if wanted:
            each[category] = {"f1": round(float(score), 4), "blocks": int(wanted)}
            log(f"    {category:18}{score:6.3f}{wanted:7}")
    return {"macro_f1": macro, "accuracy": accuracy, "categories": each}


def _hard_lines(model: BoilerplateModel, data: Path, log: Log) -> dict[str, Any]:
    """Lines that naive patterns get wrong, each as a page of its own: is it content or not?"""
    right = []
    for row in read_rows(data / "labelled" / "hard_lines.jsonl.gz"):
        block = model.classify(parse(Page(url="", text=" ".join(row["text"].split()))))[0]
        right.append((block.category != "content") == (row["label"] == "boilerplate"))
    log(f"hard lines: {sum(right)} of {len(right)} told apart")
    return {"right": sum(right), "lines": len(right)}


def bare_posts(model: BoilerplateModel, data: Path, log: Log) -> dict[str, Any]:
    """Official posts of the sites that judge, as text with nothing around it: which shares of the lines, and of their
    characters, are called boilerplate? Not all wrongly: some posts have a table of contents, or list other posts."""
    posts = Corpus.read(data).side(test=True).posts.values()
    # Those that communities translate name their translators.
    official = (post for post in posts if not post.id.endswith(("-en", "-zh")))
    chosen = sorted(official, key=lambda post: digest(f"bare {post.id}"))[:_BARE_POSTS]
    blocks = [block for post in chosen for block in model.classify(parse(Page("", text=post.text, title=post.title)))]
    flagged = [block for block in blocks if block.category not in ("content", "title")]
    lines = len(flagged) / max(1, len(blocks))
    characters = sum(len(block.text) for block in flagged) / max(1, sum(len(block.text) for block in blocks))
    log(f"{len(chosen)} posts as bare text: {lines:.4f} of lines, {characters:.4f} of characters called boilerplate")
    return {"posts": len(chosen), "lines_flagged": round(lines, 4), "characters_flagged": round(characters, 4)}


def beyond_limits(figures: Mapping[str, Any], baseline: Path) -> list[str]:
    """One line for each figure that is below its floor or above its ceiling in `baseline`: a JSON object with two
    objects, `floors` and `ceilings`, of dotted names and limits.

    Limits of figures that were not measured this time (no data) are passed over.
    """
    failures = []
    for bound, limits in json.loads(baseline.read_text(encoding="utf-8")).items():
        for name, limit in limits.items():
            value: Any = figures
            for part in name.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
            if value is None:
                continue
            measured = value[0] if isinstance(value, list) else value
            if measured < limit if bound == "floors" else measured > limit:
                failures.append(f"{name} is {measured}, pinned at {limit}")
    return failures


def _rounded(figures: tuple[float, float, float]) -> list[float]:
    return [round(figure, 4) for figure in figures]


def _shown(figures: Sequence[float]) -> str:
    return f"{figures[0]:.4f} ({figures[1]:.4f}-{figures[2]:.4f})"
