"""Markdown -> plain lines, and what its front matter says.

    matter, body = front_matter("---\\ntitle: One\\n---\\n# Head\\n- item\\n")
    matter["title"], without_marks(body)  # "One", "Head\\nitem\\n"

Marks inside lines (emphasis, links) stay: words are found between them all the same.
"""

from __future__ import annotations

import re

_FRONT_MATTER = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\r?\n(.*?)\r?\n\1[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"^# +(.+)", re.MULTILINE)
# What a line begins with: quotes, list items, headings; and the fences around code.
_LINE_MARKS = re.compile(r"^[ \t]*(?:(?:#{1,6}|[-*+])[ \t]+|>[ \t]?)+|^[ \t]*(?:`{3,}|~{3,})[^`\n]*$", re.MULTILINE)


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The plain values of a front matter, `key: value` (YAML) or `key = value` (TOML), by keys in small letters, and
    the text behind it. Nested values are passed over."""
    matter = _FRONT_MATTER.match(text)
    if matter is None:
        return {}, text
    sign = "=" if matter.group(1) == "+++" else ":"
    pairs = (line.partition(sign) for line in matter.group(2).splitlines() if line[:1].isalpha())
    return {key.strip().lower(): value.strip().strip("\"'") for key, _, value in pairs}, text[matter.end() :]


def title_of(text: str) -> str | None:
    """The first heading of the first level; None if there is none before any code, where "# " begins a comment."""
    heading = _HEADING.search(text.partition("```")[0])
    return heading.group(1).strip("# \t\r") if heading else None


def without_marks(text: str) -> str:
    """The text without the marks that its lines begin with, so that it reads like a page's blocks."""
    return _LINE_MARKS.sub("", text)
