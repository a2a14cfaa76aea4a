import numpy as np

from detector.bilingual import units_of
from detector.text import tokenise, word_hash
from detector.training.inflections import inflections_of

TEXT = "We release what was released: releases are many. " * 3 + "The release of a cat, not of cattle, is released. "


def test_forms_stand_for_the_most_frequent_one() -> None:
    found = inflections_of([TEXT, "release"])
    release, released, releases = word_hash("release"), word_hash("released"), word_hash("releases")
    assert set(found.forms.tolist()) == {released, releases}
    folded = found.fold(np.array([releases, word_hash("many"), released, release], np.uint64))
    assert folded.tolist() == [release, word_hash("many"), release, release]


def test_a_form_has_the_key_that_the_lexicon_looks_up() -> None:
    found = inflections_of([TEXT])
    _, sizes, keys = units_of(tokenise("releases"))
    at = found.forms.tolist().index(word_hash("releases"))
    assert found.keys[at] in keys[sizes == 1]


def test_without_words_nothing_is_folded() -> None:
    found = inflections_of(["", "云原生 42"])
    assert not found.forms.size
    assert found.fold(np.array([7], np.uint64)).tolist() == [7]
