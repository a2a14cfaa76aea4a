"""What CI says is there fails a test when it is not; elsewhere the test is skipped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.needs import skip_without

CI = Path(__file__).parent.parent / ".ci" / "run"


def test_a_skip_of_what_is_required_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_REQUIRED", " spreadsheet redis")
    with pytest.raises(pytest.fail.Exception, match="needs redis: no server"):
        skip_without("redis", "no server")
    for required in ("", "spreadsheet"):
        monkeypatch.setenv("CI_REQUIRED", required)
        with pytest.raises(pytest.skip.Exception, match="no server"):
            skip_without("redis", "no server")


def test_names_are_those_of_ci() -> None:
    text = CI.read_text(encoding="utf-8")
    known = {*re.findall(r"^ *required (\w+) ", text, re.MULTILINE), *re.findall(r'CI_REQUIRED\+=" (\w+)"', text)}
    tests = "".join(path.read_text(encoding="utf-8") for path in CI.parent.parent.glob("tests/*.py"))
    asked = set(re.findall(r'skip_without\("(\w+)"', tests))
    assert known == asked == {"spreadsheet", "browser", "redis"}


def test_the_spreadsheet_is_there_before_the_tests_begin() -> None:
    text = CI.read_text(encoding="utf-8")
    assert text.index("required spreadsheet") < text.index('timed "$test_command"') < text.index("required browser")
