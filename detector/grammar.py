"""Expands the templates of `datasets/blocks` and `datasets/pages` into labelled blocks.

A template is text with `{placeholders}`, `[optional parts]` and `(one|of|these)`; a backslash takes the
special meaning from the character behind it. Each line of a file is `category[+also...]`, a tab, a template;
the file's name is the language. In `datasets/pages` the lines of a page follow each other, a line that begins with
`# page` opens the next page, and a number or range behind the category (`related*5-9`) makes so many lines of one
template. The same seed gives the same blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from detector.data import CATEGORIES, DetectorError
from detector.fillers import FILLERS, REPEATED, Filler
from detector.resources import datasets_dir

# Categories, and fewest and most lines of a template in `datasets/pages`.
_LABEL = re.compile(r"([a-z_+]+)(?:\*(\d{1,3})(?:-(\d{1,3}))?)?")
_CLOSING = {"[": "]", "(": ")", "{": "}"}


class DatasetInvalid(DetectorError):
    """A template or a line of a dataset cannot be used; the text names file and line."""


@dataclass(frozen=True, slots=True)
class LabelledBlock:
    """A block as it would stand on a page. `language` is the file's name, `also` further categories;
    `form` tells the template (language and line), so that a form can be kept out of training whole."""

    text: str
    category: str
    also: tuple[str, ...]
    language: str
    form: str


# A template is a sequence of parts: text, a filler, or a choice among sequences (an optional part is a choice
# with an empty sequence).
Part = str | Filler | tuple["Sequence", ...]
Sequence = tuple[Part, ...]


def parse(template: str, fillers: dict[str, Filler] = FILLERS) -> Sequence:
    """Read a template. Raises ValueError, with what is wrong, for one that is malformed."""
    sequence, end = _sequence(template, 0, "", fillers)
    if end < len(template):
        raise ValueError(f"{template[end]!r} closes nothing")
    return sequence


def _sequence(template: str, at: int, until: str, fillers: dict[str, Filler]) -> tuple[Sequence, int]:
    """Parts up to one of the characters in `until`, and where that stands."""
    parts: list[Part] = []
    while at < len(template) and template[at] not in until:
        char = template[at]
        if char == "\\" and at + 1 < len(template):
            parts.append(template[at + 1])
            at += 2
        elif char == "{":
            close = template.find("}", at)
            name = template[at + 1 : close]
            if close < 0 or name not in fillers:
                raise ValueError(f"no placeholder is called {name!r}" if close >= 0 else "a placeholder is not closed")
            parts.append(fillers[name])
            at = close + 1
        elif char in "[(":
            closing = _CLOSING[char]
            choices: list[Sequence] = [()] if char == "[" else []
            while True:
                choice, at = _sequence(template, at + 1, "|" + closing, fillers)
                choices.append(choice)
                if at >= len(template):
                    raise ValueError(f"{char!r} is not closed")
                if template[at] == closing:
                    break
            if choices == [()]:
                raise ValueError("nothing to choose from; write \\( for a bracket of the text")
            parts.append(tuple(choices))
            at += 1
        elif char in ")]}" and not until:
            return tuple(parts), at
        else:
            parts.append(char)
            at += 1
    return tuple(parts), at


def expand(sequence: Sequence, random: Random, language: str, chosen: dict[Filler, str] | None = None) -> str:
    """One text of a template. An optional part is left out half of the time; `chosen` holds the fillers
    that are the same in all places."""
    out: list[str] = []
    chosen = {} if chosen is None else chosen
    for part in sequence:
        if isinstance(part, str):
            out.append(part)
        elif callable(part):
            text = chosen.get(part) or part(random, language)
            if part in REPEATED:
                chosen[part] = text
            out.append(text)
        else:
            optional = part[0] == ()
            choice: Sequence = () if optional and random.random() < 0.5 else random.choice(part[optional:])
            out.append(expand(choice, random, language, chosen))
    return "".join(out)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a dataset: `category` and further ones (`also`), and how few and how many blocks it makes of a page."""

    category: str
    also: tuple[str, ...]
    template: Sequence
    fewest: int = 1
    most: int = 1

    @classmethod
    def parse(cls, line: str) -> Line:
        """Raises ValueError, with what is wrong, for a malformed line."""
        label, tab, template = line.partition("\t")
        read = _LABEL.fullmatch(label)
        if not tab or read is None:
            raise ValueError(f"{label[:40]!r} is no label" if tab else "has no tab")
        category, *also = read[1].split("+")
        unknown = [name for name in (category, *also) if name not in CATEGORIES]
        if unknown:
            raise ValueError(f"no category is called {unknown[0]!r}")
        fewest = int(read[2] or 1)
        most = int(read[3] or fewest)
        if not 1 <= fewest <= most:
            raise ValueError(f"cannot make {label.partition('*')[2]} lines")
        return cls(category, tuple(also), parse(template), fewest, most)


def labelled_blocks(folder: Path | None = None, seed: int = 0, per_form: int = 4) -> Iterator[LabelledBlock]:
    """Every template of `folder` (the shipped one when None), expanded up to `per_form` times.

    Raises DatasetInvalid for a malformed line, naming it.
    """
    for path in sorted((folder or datasets_dir() / "blocks").glob("*.tsv")):
        random = Random(f"{seed} {path.stem}")
        for number, text in _lines(path):
            if text.startswith("#"):
                continue
            line = _parsed(path, number, text)
            texts = {_expanded(line, random, path.stem, {}): None for _ in range(per_form)}
            for text in texts:
                if text:
                    yield LabelledBlock(text, line.category, line.also, path.stem, f"{path.stem}:{number}")


@dataclass(frozen=True, slots=True)
class WrittenPage:
    """A page that was written with its labels; `form` tells where it stands."""

    blocks: tuple[LabelledBlock, ...]
    language: str
    form: str


def written_pages(folder: Path | None = None, seed: int = 0, times: int = 1) -> Iterator[WrittenPage]:
    """Every page of `folder` (the shipped one when None), expanded `times` times; raises as `labelled_blocks`."""
    for path in sorted((folder or datasets_dir() / "pages").glob("*.tsv")):
        random = Random(f"{seed} {path.stem}")
        pages: list[tuple[str, list[Line]]] = []
        for number, text in _lines(path):
            if text.startswith("# page"):
                pages.append((f"{path.stem}:{number}", []))
            elif not text.startswith("#"):
                if not pages:
                    raise DatasetInvalid(f"{path.name}, line {number}: stands before the first page")
                pages[-1][1].append(_parsed(path, number, text))
        for form, lines in pages:
            for _ in range(times):
                chosen: dict[Filler, str] = {}
                blocks = [
                    LabelledBlock(text, line.category, line.also, path.stem, form)
                    for line in lines
                    for _ in range(random.randint(line.fewest, line.most))
                    if (text := _expanded(line, random, path.stem, chosen))
                ]
                yield WrittenPage(tuple(blocks), path.stem, form)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            yield number, line


def _parsed(path: Path, number: int, line: str) -> Line:
    try:
        return Line.parse(line)
    except ValueError as error:
        raise DatasetInvalid(f"{path.name}, line {number}: {error}") from error


def _expanded(line: Line, random: Random, language: str, chosen: dict[Filler, str]) -> str:
    return " ".join(expand(line.template, random, language, chosen).split())
