"""All labelled real pages through `detector score`, as JSONL and as WARC: nothing lost, time, memory.

    python benchmarks/crawl.py DATA [--index official.index]

DATA is the folder that `datasets/README.md` describes. Prints and writes benchmarks/results/crawl.json;
exits with 1 when a row is missing or a run fails.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "crawl.json"


def pages(data: Path) -> Iterator[tuple[str, str]]:
    """Address and HTML of every labelled page."""
    for path in sorted((data / "pages").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file):
                row = json.loads(line)
                yield row["url"] or f"https://unknown.example/{path.stem}/{number}", row["html"]


def write_jsonl(data: Path, target: Path) -> int:
    count = 0
    with target.open("w", encoding="utf-8") as file:
        for url, html in pages(data):
            file.write(json.dumps({"url": url, "html": html}) + "\n")
            count += 1
    return count


def write_warc(data: Path, target: Path) -> None:
    with target.open("wb") as file:
        for number, (url, html) in enumerate(pages(data)):
            body = html.encode("utf-8", "replace")
            http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(
                body
            )
            head = (
                "WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
                f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\nWARC-Target-URI: {url}\r\n"
                f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http) + len(body)}\r\n\r\n"
            ).encode()
            file.write(gzip.compress(head + http + body + b"\r\n\r\n", 1))


def score(crawl: Path, index: Path | None, report: Path) -> dict[str, object]:
    """Run the command; seconds and peak memory are the whole process's."""
    command = [sys.executable, "-m", "detector", "score", str(crawl), "-o", str(report)]
    command += ["--index", str(index)] if index else []
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    with open(report, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    errors = Counter(row["error"].split("(")[0][:60] for row in rows if row["error"])
    return {
        "exit": os.waitstatus_to_exitcode(status),
        "rows": len(rows),
        "labels": dict(Counter(row["label"] for row in rows)),
        "errors": dict(errors),
        "seconds_per_1000": round(1000 * seconds / max(1, len(rows)), 1),
        "cpu_seconds_per_1000": round(1000 * (usage.ru_utime + usage.ru_stime) / max(1, len(rows)), 1),
        "peak_megabytes": round(usage.ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--index", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_jsonl(arguments.data, folder / "crawl.jsonl")
        write_warc(arguments.data, folder / "crawl.warc.gz")
        figures = {
            crawl: score(folder / crawl, arguments.index, folder / "report.csv")
            for crawl in ("crawl.jsonl", "crawl.warc.gz")
        }
    result = {"pages": count, "indexed": arguments.index is not None, **figures}
    print(json.dumps(result, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if any(run["exit"] != 0 or run["rows"] != count for run in figures.values()):
        sys.exit("a run failed or lost rows")


if __name__ == "__main__":
    main()
