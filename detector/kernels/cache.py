"""Where numba keeps what it compiles. This module goes before all others of the package, which need such a place.

numba takes, of these, the first folder that can be written: NUMBA_CACHE_DIR, `__pycache__` beside the source, the
user's folder of caches. Where there is none it refuses to define a function; then there is a temporary folder, for this
process and those that it starts.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numba


def _ask_numba() -> Path:
    """The folder in which the code of this package is kept. Raises RuntimeError when numba has none."""

    def asked() -> None:
        """Defined, never compiled."""

    defined = numba.njit(cache=True)(asked)
    # Nothing is compiled, and so kept, with NUMBA_DISABLE_JIT, which makes Python check every index.
    return Path(defined.stats.cache_path if hasattr(defined, "stats") else tempfile.gettempdir())


def _make_temporary() -> None:
    folder = tempfile.mkdtemp(prefix="detector-compiled-")
    owner = os.getpid()

    def remove() -> None:
        # A forked process ends before the one whose folder it uses.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    # For this process, which has read the environment, and for others.
    numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"] = folder


TEMPORARY = False
try:
    FOLDER = _ask_numba()
except RuntimeError:
    TEMPORARY = True
    _make_temporary()
    FOLDER = _ask_numba()


def is_cold(functions: Iterable[Any], folder: Path = FOLDER) -> bool:
    """Whether some of these compiled functions have to be compiled at their first call: of one of their files there is
    nothing in the folder, or what is there is older."""
    sources = {Path(function.py_func.__code__.co_filename) for function in functions if hasattr(function, "py_func")}
    for source in sources:
        kept = [index.stat().st_mtime for index in folder.glob(f"{source.stem}.*.nbi")]
        if max(kept, default=0.0) < source.stat().st_mtime:
            return True
    return False
