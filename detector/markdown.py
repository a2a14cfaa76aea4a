"""Markdown -> plain lines, and what its front matter says.

    matter, body = front_matter("---\\ntitle: One\\n---\\n# Head\\n- item\\n")
    matter["title"], plain(body)  # "One", ("Head", "Head\\nitem")

Markdown is CommonMark with tables and text struck through, HTML in it included.
"""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from detector.fragments import shown_text

# Of a longer text the rest is taken as it stands: 1,000,000 characters take some four seconds.
MOST_CHARACTERS = 1_000_000
# Paragraphs beyond these are taken as they stand, since the time that links take grows with the square of the brackets.
_LONGEST_PARAGRAPH, _MOST_BRACKETS = 20_000, 200
# The time that YAML takes grows with the square of the brackets, too.
_LONGEST_MATTER, _MOST_NESTED = 65_536, 2_000
_FRONT_MATTER = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\r?\n(.*?)\r?\n\1[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The values of a front matter, YAML between `---` or TOML between `+++`, by keys in small letters, and the text
    behind it. Of a list the values are joined by commas, a nested author is its name, of what is nested otherwise there
    is no value, nor of numbers of thousands of digits. Of a front matter that is neither, the lines `key: value` or
    `key = value` count."""
    matter = _FRONT_MATTER.match(text)
    if matter is None:
        return {}, text
    form, inside = matter.groups()
    values = (_toml if form == "+++" else _yaml)(inside) if len(inside) <= _LONGEST_MATTER else None
    if values is None:
        values = _lines(inside, "=" if form == "+++" else ":")
    return {str(key).strip().lower(): _plain(value) for key, value in values.items()}, text[matter.end() :]


def wrong_front_matter(text: str) -> str:
    """What is wrong with the front matter of a text, in words; "" where there is none, or one that can be read. What
    has no line `key: value` between rules is none."""
    matter = _FRONT_MATTER.match(text)
    if matter is None:
        begin = re.match(r"\A\ufeff?(---|\+\+\+)[ \t]*\r?\n(?=(?:title|date|url|permalink)\s*[:=])", text)
        return f"front matter that does not end with {begin.group(1)}: it is taken for text" if begin else ""
    form, inside = matter.groups()
    if not any(_lines(inside, "=" if form == "+++" else ":").values()):
        return ""
    why = ""
    if len(inside) > _LONGEST_MATTER:
        why = f"over {_LONGEST_MATTER:,} characters"
    elif form == "+++":
        try:
            tomllib.loads(inside.replace("\r\n", "\n"))
        except (ValueError, RecursionError) as error:  # numbers of too many digits are no TOMLDecodeError
            why = str(error)
    elif _yaml(inside) is None:
        why = _yaml_error(inside)
    kind = "TOML" if form == "+++" else "YAML"
    return f"front matter that is no {kind} ({why[:200]}): read line by line" if why else ""


def _yaml_error(text: str) -> str:
    if text.count("[") + text.count("{") > _MOST_NESTED:
        return f"over {_MOST_NESTED:,} brackets"
    try:
        yaml.load(text, yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        # The first line of the file is the rule.
        line = f"line {error.problem_mark.line + 2}: " if error.problem_mark else ""
        return f"{line}{error.problem or 'malformed'}"
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        return str(error).partition("\n")[0] or type(error).__name__
    return ""


def _yaml(text: str) -> dict[Any, Any] | None:
    if text.count("[") + text.count("{") > _MOST_NESTED:
        return None
    try:
        # The base loader makes texts, lists and mappings of them, and nothing else: no object, no merged keys, which
        # could double in size line by line.
        values = yaml.load(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):
        return None
    return values if isinstance(values, dict) else None


def _toml(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return None


def _lines(text: str, sign: str) -> dict[str, Any]:
    pairs = (line.partition(sign) for line in text.splitlines() if line[:1].isalpha())
    return {key: value.strip().strip("\"'") for key, _, value in pairs}


def _plain(value: Any) -> str:
    if isinstance(value, list):
        # Not deeper: what is in a list may hold the list itself.
        return ", ".join(filter(None, (_of_one(entry) for entry in value)))
    return _of_one(value)


def _of_one(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name", "")
    try:
        return "" if isinstance(value, dict | list) else str(value).strip()
    except ValueError:  # Python reads hexadecimal numbers of any length, and writes none of thousands of digits
        return ""


def plain(text: str) -> tuple[str | None, str]:
    """Title and text of a Markdown text. The title is its first heading of the first level, None where there is none;
    the text has a line for each of its blocks, without marks."""
    tokens = _MARKDOWN.parse(text[:MOST_CHARACTERS])
    title = next(
        (
            "".join(child.content for child in inside.children or () if child.type in ("text", "code_inline"))
            for token, inside in pairwise(tokens)
            if token.type == "heading_open" and token.tag == "h1" and token.level == 0
        ),
        None,
    )
    shown = shown_text(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    rest = text[MOST_CHARACTERS:]
    body = text[:MOST_CHARACTERS] if shown is None else shown
    return title or None, f"{body}\n{rest}" if rest else body


def _inline(state: StateCore) -> None:
    """What stands inside paragraphs and headings, of those that can be read in time."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            if len(token.content) <= _LONGEST_PARAGRAPH and token.content.count("[") <= _MOST_BRACKETS:
                state.md.inline.parse(token.content, state.md, state.env, token.children)
            else:
                token.children.append(Token("text", "", 0, content=token.content))


_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_MARKDOWN.core.ruler.at("inline", _inline)
