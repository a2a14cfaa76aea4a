"""A real Spark session on this machine; skipped without pyspark or Java."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector import Detector, Page, ReferenceIndex, Report
from detector.integrations.spark import judged
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
    frame = spark.createDataFrame(pages, "url string, html binary, other int").repartition(3)
    rows = {row["url"]: tuple(row) for row in judged(frame, Detector(index)).collect()}
    report = Report(Detector(index).check(Page(url, html=html)) for url, html, _ in pages)
    expected = report.to_frame().astype(object)
    assert len(rows) == 21
    for values in expected.where(expected.notna(), None).itertuples(index=False, name=None):
        assert rows[values[1]] == values[1:]
    assert {row[COLUMNS.index("label") - 1] for row in rows.values()} == {"repost", "unreadable"}
