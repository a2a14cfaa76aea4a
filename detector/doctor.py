"""Is this installation sound? Versions, models, compiled code, charsets, and an index when one is given."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from detector import __version__
from detector.data import DetectorError, ModelInvalid
from detector.resources import datasets_dir, load_model, models_dir
from detector.rows import counted

DEPENDENCIES = (
    "PyYAML",
    "click",
    "datasketch",
    "fastwarc",
    "feedparser",
    "joblib",
    "markdown-it-py",
    "numba",
    "numpy",
    "pandas",
    "resiliparse",
    "rich",
    "scikit-learn",
    "selectolax",
)
# Undeclared bytes that decoding must tell apart; long enough for the detection to be sure.
CHARSET_SAMPLES = {
    "gb18030": "本站所有文章均由作者本人撰写,数据每周更新一次,欢迎订阅我们的技术周刊。",
    "big5": "本站所有文章均由作者本人撰寫,資料每週更新一次,歡迎訂閱我們的技術週刊。",
    "shift_jis": "このサイトの記事はすべて編集部が書いています。更新は毎週金曜日です。",
    "euc-kr": "이 사이트의 모든 글은 편집부가 직접 작성하며 매주 금요일에 새로 올라옵니다.",
    "windows-1251": "Все статьи на этом сайте написаны редакцией, обновления выходят каждую пятницу.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `detail` says what was found and, where it is not healthy, what to do."""

    subject: str
    detail: str
    healthy: bool = True


def examine(index: str | None = None) -> Iterator[Finding]:
    """Look at everything; `index` is the path of a reference index, read whole."""
    yield Finding("repost-detector", f"{__version__}, Python {platform.python_version()}, {platform.machine()}")
    yield from _versions()
    yield from _models()
    yield from _datasets()
    yield from _compiled()
    yield from _charsets()
    if index is not None:
        yield from _index(index)


def _versions() -> Iterator[Finding]:
    for name in DEPENDENCIES:
        try:
            yield Finding(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding(name, f"missing: pip install {name}", healthy=False)


def _models() -> Iterator[Finding]:
    folders = sorted(folder for folder in models_dir().glob("*_v*") if folder.is_dir())
    if not folders:
        yield Finding("models", f"none in {models_dir()}; reinstall the package", healthy=False)
    for folder in folders:
        try:
            header, arrays = load_model(folder)
            weights = sum(array.size for array in arrays.values())
            yield Finding(folder.name, f"{weights} numbers, SHA-256 {header['sha256'][:12]}")
        except ModelInvalid as error:
            yield Finding(folder.name, str(error), healthy=False)


def _datasets() -> Iterator[Finding]:
    demo = datasets_dir() / "demo" / "posts.jsonl"
    if demo.is_file():
        yield Finding("datasets", str(datasets_dir()))
    else:
        yield Finding("datasets", f"{demo} is missing; reinstall the package", healthy=False)


def _compiled() -> Iterator[Finding]:
    from detector import kernels
    from detector.kernels import cache

    if cache.TEMPORARY:
        yield Finding("compiled code", "no folder to keep it: every start is slow; set NUMBA_CACHE_DIR to a folder")
    elif kernels.is_cold():
        yield Finding("compiled code", f"not yet in {cache.FOLDER}; `detector doctor --warm` does it ahead of verdicts")
    else:
        yield Finding("compiled code", f"cached in {cache.FOLDER}")


def _charsets() -> Iterator[Finding]:
    from detector.decoding import decode

    wrong = [name for name, text in CHARSET_SAMPLES.items() if decode(text.encode(name)).text != text]
    if wrong:
        yield Finding("charsets", f"not recognised: {', '.join(wrong)}; reinstall the package", healthy=False)
    else:
        yield Finding("charsets", ", ".join(CHARSET_SAMPLES))


def _index(path: str) -> Iterator[Finding]:
    from detector.index import ReferenceIndex

    try:
        numbers = ReferenceIndex.open(path).info(verify=True)
    except DetectorError as error:
        yield Finding("index", str(error), healthy=False)
        return
    if numbers["damaged"]:
        damaged = ", ".join(str(name) for name in numbers["damaged"])
        yield Finding("index", f"{path}: damaged: {damaged}; build the index anew", healthy=False)
    else:
        yield Finding("index", f"{path}: {counted(numbers['posts'], 'post')}, {numbers['bytes']} bytes, as written")
