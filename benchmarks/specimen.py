"""The page that started the project, among thousands of real posts.

    python benchmarks/specimen.py DATA SPECIMEN

DATA is the folder that `datasets/README.md` describes; SPECIMEN holds `page.txt`, a garbled and interleaved
repost, `original.md`, the post it copies, `translation_zh.md` and `edited_copy.md`. Exits with 1 unless each is
found as it must be. Writes benchmarks/results/specimen.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from detector import Detector, Page, ReferenceIndex, read_pages

RESULTS = Path(__file__).parent / "results" / "specimen.json"
CATEGORIES = {"breadcrumb", "byline", "toc", "disclaimer", "icp", "powered_by"}
SIGNALS = {"title_stuffing", "machine_damage"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("specimen", type=Path)
    arguments = parser.parse_args()
    (original,) = read_pages(arguments.specimen / "original.md")
    with tempfile.TemporaryDirectory() as folder:
        posts = read_pages(arguments.data / "official" / "posts.jsonl.gz", arguments.specimen / "original.md")
        index = ReferenceIndex.build(Path(folder) / "official.index", posts)
        detector = Detector(index)
        # The data holds the same announcement under an older address.
        same = [candidate for candidate in index.query(original.text or "") if candidate.in_page["words"] > 0.9]
        announcement = {original.url, *(index.post(candidate.number).url for candidate in same)}
        result: dict[str, object] = {"posts": len(index)}
        failures = []
        for name in ("page.txt", "translation_zh.md", "edited_copy.md"):
            text = (arguments.specimen / name).read_text(encoding="utf-8")
            verdict = detector.check(Page(url=f"https://crawled.example/{name}", text=text))
            match = verdict.match
            result[name] = {
                "label": verdict.label,
                "score": round(verdict.score, 3),
                "probability": match and float(f"{match.probability:.6g}"),
                "kind": match and match.kind,
                "source": match and match.source_url,
                "share_of_source": match and round(match.share_of_source, 3),
                "share_of_page": match and round(match.share_of_page, 3),
                "categories": verdict.categories,
                "signals": {signal.name: round(signal.score, 3) for signal in verdict.signals},
            }
            if match is None or match.source_url not in announcement or match.probability < detector.settings.threshold:
                failures.append(f"{name}: the announcement is not its source")
            if name == "page.txt" and match is not None:
                missing = (CATEGORIES - set(verdict.categories)) | (
                    SIGNALS - {signal.name for signal in verdict.signals}
                )
                failures += [f"{name}: no {missing_name}" for missing_name in sorted(missing)]
                if (
                    verdict.label != "repost"
                    or match.probability < 0.95
                    or match.kind not in ("garbled", "interleaved")
                ):
                    failures.append(f"{name}: is {verdict.label}, {match.kind}, {match.probability:.4g}")
    result["failures"] = failures
    print(json.dumps(result, indent=1, ensure_ascii=False))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if failures:
        sys.exit("; ".join(failures))


if __name__ == "__main__":
    main()
