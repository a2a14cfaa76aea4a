"""report.csv as LibreOffice reads it; skipped without it, unless "spreadsheet" is in CI_REQUIRED."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

from detector import Report
from detector.data import Verdict
from detector.rows import COLUMNS
from tests.needs import skip_without

SOFFICE = shutil.which("soffice")
TITLES = (
    *("=1+1", "+1", "-1", "@SUM(1)", "\t=1+1", "＝1+1", "=HYPERLINK(1)"),
    *("两行\n标题", 'a "quote", and; more', "x" * 40_000),
)


def test_no_cell_is_computed_and_none_is_lost(tmp_path: Path) -> None:
    if SOFFICE is None:
        skip_without("spreadsheet", "there is no soffice")
    program = [SOFFICE, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to"]

    def convert(*arguments: str | Path) -> None:
        subprocess.run([*program, *map(str, arguments)], check=True, capture_output=True, timeout=180)

    verdicts = [
        Verdict(f"https://a.example/{number}", "clean", number / 100, "fine", title=title)
        for number, title in enumerate(TITLES)
    ]
    Report(verdicts).write(tmp_path / "report.csv", excel=True)
    # Comma, double quote, UTF-8, and every cell computed that looks like a formula: what hurts most.
    options = "44,34,76,1,,0,false,true,false,false,false,-1"
    convert("ods", f"--infilter=CSV:{options},true", "--outdir", tmp_path, tmp_path / "report.csv")
    written = "csv:Text - txt - csv (StarCalc):44,34,76,1"
    convert(written, "--outdir", tmp_path / "back", tmp_path / "report.ods")
    with (tmp_path / "back" / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["url"] for row in rows] == [verdict.url for verdict in reversed(verdicts)]
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        given = {row["url"]: row["title"] for row in csv.DictReader(file)}
    assert {row["url"]: row["title"].lstrip("'") for row in rows} == {
        url: title.lstrip("'") for url, title in given.items()
    }
    # What is not guarded is computed: the test would see it.
    (tmp_path / "raw.csv").write_text("a,=1+1\n")
    convert("ods", f"--infilter=CSV:{options},true", "--outdir", tmp_path, tmp_path / "raw.csv")
    convert(written, "--outdir", tmp_path / "back", tmp_path / "raw.ods")
    assert (tmp_path / "back" / "raw.csv").read_text().strip() == '"a",2'
