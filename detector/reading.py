"""`Page` -> `Reading`: what stands on a page, block by block, and which of its words are its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detector.boilerplate import BoilerplateModel
from detector.data import Block, Document, Page
from detector.document import parse
from detector.settings import Settings
from detector.text import Tokens, tokenise

# Site chrome is left out of the matching, but only where the classifier is sure of it: a copied paragraph
# taken for chrome would be a copy lost.
SURE_CHROME = 0.8


@dataclass(frozen=True)
class Reading:
    """A page taken apart and classified. `blocks[i]` is the classified twin of `document.blocks[i]`; `tokens` are
    those of all block texts joined by line ends; of these `content` (bool, one a token) marks the page's own text and
    `matchable` what may be copied text: everything but sure chrome."""

    document: Document
    blocks: tuple[Block, ...]
    tokens: Tokens
    content: np.ndarray
    matchable: np.ndarray

    @cached_property
    def own(self) -> Tokens:
        """The tokens of the page's own text."""
        return self.tokens.where(self.content)

    @property
    def title(self) -> str:
        """The page's title; of a page that states none, its headline: what is called so, or the first heading of the
        highest level in its own text."""
        if self.document.title:
            return self.document.title
        named = (block.text for block in self.blocks if block.category == "title")
        both = zip(self.document.blocks, self.blocks, strict=False)
        headings = (block.text for source, block in both if source.level == 1 and block.category == "content")
        return next(named, "") or next(headings, "")


def read(page: Page, model: BoilerplateModel, max_bytes: int = Settings().max_bytes) -> Reading:
    """Read a page. Never raises on page content: what cannot be judged has `document.error` set and no blocks."""
    document = parse(page, max_bytes=max_bytes)
    blocks = model.classify(document)
    tokens = tokenise("\n".join(block.text for block in blocks))
    if not blocks:
        nothing = np.zeros(0, bool)
        return Reading(document, blocks, tokens, nothing, nothing)
    ends = np.cumsum(np.array([len(block.text) + 1 for block in blocks], dtype=np.int64))
    block_of = np.searchsorted(ends, tokens.starts, side="right")
    own = np.array([block.category == "content" for block in blocks], dtype=bool)
    sure = np.array([block.confidence >= SURE_CHROME for block in blocks], dtype=bool)
    return Reading(document, blocks, tokens, own[block_of], (own | ~sure)[block_of])
