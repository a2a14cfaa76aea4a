"""A real Spark session on this machine, skipped without pyspark or Java; and without one what its workers do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from detector import Detector, Page, ReferenceIndex, Report
from detector.integrations.spark import _judge, judged
from detector.rows import COLUMNS
from tests.samples import COOKING, POSTS, SCHEDULER


@pytest.fixture
def spark(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("there is no Java")
    monkeypatch.undo()  # Spark talks to its own Java process by a socket
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    yield session
    session.stop()


def test_verdicts_are_those_of_one_machine(spark: Any, tmp_path: Path) -> None:
    index = ReferenceIndex.build(tmp_path / "x.index", POSTS)
    pages = [(f"https://a.example/{n}", f"<p>{SCHEDULER if n % 2 else COOKING}</p>".encode(), n) for n in range(20)]
    pages += [("https://a.example/none", None, 20)]
    days = [datetime(2026, 1, 1 + n) if n % 3 else None for _, _, n in pages]
    given = [(*page, day) for page, day in zip(pages, days, strict=True)]
    schema = "url string, html binary, other int, fetched_at timestamp"
    frame = spark.createDataFrame(given, schema).repartition(3)
    rows = {row["url"]: tuple(row) for row in judged(frame, Detector(index)).collect()}
    report = Report(Detector(index).check(Page(url, html=html)) for url, html, _ in pages)
    expected = report.to_frame().astype(object)
    assert len(rows) == 21
    for values in expected.where(expected.notna(), None).itertuples(index=False, name=None):
        assert rows[values[1]] == values[1:]
    assert {row[COLUMNS.index("label") - 1] for row in rows.values()} == {"repost", "unreadable"}


def test_columns_of_every_type_are_judged_or_said_to_be_wrong(spark: Any) -> None:
    html = f"<p>{COOKING}</p>"
    rows = [(b"https://a.example/1", html, 1.5), (None, html, None)]
    frame = spark.createDataFrame(rows, "url binary, html string, title double")
    assert [row["error"] for row in judged(frame, Detector()).collect()] == ["url is not a text", ""]


@pytest.mark.parametrize(
    ("columns", "labels", "errors"),
    [
        ({"fetched_at": pd.to_datetime(pd.Series(["2026-01-01T08:00:00", None]))}, ["clean", "clean"], ["", ""]),
        ({"fetched_at": pd.Series(["2026-01-01", None], dtype="string")}, ["clean", "clean"], ["", ""]),
        (
            {"html": [bytearray(b"<p>Some words"), None], "text": None},
            ["clean", "unreadable"],
            ["", "no text"],
        ),
        ({"url": [b"https://a.example/1", 17]}, ["unreadable"] * 2, ["url is not a text"] * 2),
        ({"title": [None, 1.5]}, ["clean", "unreadable"], ["", "title is not a text"]),
        ({"title": [["One"], {"a": 1}]}, ["unreadable"] * 2, ["title is not a text"] * 2),
    ],
    ids=["times", "missing", "bytes", "address", "number", "nested"],
)
def test_a_frame_of_any_columns(columns: dict[str, Any], labels: list[str], errors: list[str]) -> None:
    given = {"url": ["https://a.example/1", "https://a.example/2"], "text": [COOKING, COOKING], "other": [1, {}]}
    (verdicts,) = _judge(Detector(), iter([pd.DataFrame(given | columns)]))
    assert list(verdicts["label"]) == labels
    assert list(verdicts["error"]) == errors
    assert list(verdicts["url"]) == [url if isinstance(url, str) else "" for url in (given | columns)["url"]]
