"""Expands the templates of `datasets/blocks` into labelled blocks.

A template is text with `{placeholders}`, `[optional parts]` and `(one|of|these)`; a backslash takes the
special meaning from the character behind it. Each line of a file is `category[+also...]`, a tab, a template;
the file's name is the language. The same seed gives the same blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from detector.data import CATEGORIES, DetectorError
from detector.fillers import FILLERS, REPEATED, Filler
from detector.resources import datasets_dir

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


def labelled_blocks(folder: Path | None = None, seed: int = 0, per_form: int = 4) -> Iterator[LabelledBlock]:
    """Every template of `folder` (the shipped one when None), expanded up to `per_form` times.

    Raises DatasetInvalid for a malformed line, naming it.
    """
    for path in sorted((folder or datasets_dir() / "blocks").glob("*.tsv")):
        random = Random(f"{seed} {path.stem}")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            label, tab, template = line.partition("\t")
            category, *also = label.split("+")
            unknown = [name for name in (category, *also) if name not in CATEGORIES]
            try:
                if not tab or unknown:
                    raise ValueError(f"no category is called {unknown[0]!r}" if unknown else "has no tab")
                sequence = parse(template)
            except ValueError as error:
                raise DatasetInvalid(f"{path.name}, line {number}: {error}") from error
            texts = {" ".join(expand(sequence, random, path.stem).split()): None for _ in range(per_form)}
            for text in texts:
                if text:
                    yield LabelledBlock(text, category, tuple(also), path.stem, f"{path.stem}:{number}")
