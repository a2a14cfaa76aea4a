"""HTML that stands inside other formats, such as Markdown and feeds -> plain text."""

from __future__ import annotations

from detector.data import Page
from detector.document import parse

# What is longer is no post that anybody wrote.
MOST_CHARACTERS = 64_000_000


def shown_text(html: str) -> str | None:
    """The text that a reader sees, a line a block (of `pre` its own); None for what cannot be taken apart."""
    if not html.strip():
        return ""
    # Without a tag it would be taken for text, its entities left as they are.
    document = parse(Page(url="", html=f"<body>{html}"), max_bytes=MOST_CHARACTERS)
    return None if document.error else "\n".join(block.text for block in document.blocks)
