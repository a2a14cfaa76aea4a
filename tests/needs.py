"""What some tests need and not every machine has."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def skip_without(name: str, missing: str) -> NoReturn:
    """Skip the test for want of something; fail where it is among the names in CI_REQUIRED."""
    if name in os.environ.get("CI_REQUIRED", "").split():
        pytest.fail(f"this run needs {name}: {missing}")
    pytest.skip(missing)
