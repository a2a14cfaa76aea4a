"""Compiling all loops of a verdict ahead of it: by two processes at once, which share what numba keeps of them.

The first verdict on a new machine compiles them one after the other, on one core. Here each process does what needs one
half of them and little of the other's.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from detector.data import Block, Document
from detector.detector import Detector
from detector.index import ReferenceIndex
from detector.matching import Matcher
from detector.pages import read_pages
from detector.parallel import Pool
from detector.processes import count_of
from detector.reading import Reading
from detector.resources import datasets_dir
from detector.text import tokenise


def warm() -> None:
    """Compile the loops, if need be, and keep them."""
    if count_of(2) == 1:
        judge_pages()
        find_copies()
        return
    with Pool(_judge_pages, 1) as pool:
        other = pool.submit(None)
        find_copies()
        try:
            other.result()
        except (RuntimeError, OSError):  # here no process can be started
            judge_pages()


def _judge_pages(_: None) -> None:
    judge_pages()


def judge_pages() -> None:
    """The half that HTML needs: taking it apart, blocks, signals."""
    detector = Detector()
    for page in read_pages(datasets_dir() / "demo" / "crawl" / "misc"):
        detector.check(page)


def find_copies() -> None:
    """The half that posts need: an index of them, and which of them a text is a copy of."""
    with tempfile.TemporaryDirectory() as folder:
        posts = read_pages(datasets_dir() / "demo" / "posts.jsonl")
        index = ReferenceIndex.build(Path(folder) / "warm.index", posts)
        matcher = Matcher.load()
        for number in range(len(index)):
            text = index.post(number).text
            # A copy with words replaced, without a look at its blocks: that is for the other half.
            tokens = tokenise(text.replace("a", "o"))
            own = np.ones(len(tokens), bool)
            matcher.matches(index, Reading(Document(url=""), (Block(text, "content", 1.0),), tokens, own, own), 8)
