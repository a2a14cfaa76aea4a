import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from detector.boilerplate import shipped_model
from detector.training import ranking
from detector.training.hand_labels import PageLabel, read_page_labels
from detector.training.ranking import evaluate_ranking, fitted_weights
from detector.verdicts import BOILERPLATE_WEIGHTS, SPAM_WEIGHTS

PROSE = "The harbour office counted more boats this spring than in any year before. Most of them came from the islands."
STUFFED = "屋面防水_海州屋面防水施工_海州屋面防水公司_海州屋面防水价格"


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_the_shipped_page_labels_are_whole() -> None:
    labels = read_page_labels()
    assert len(labels) > 400
    assert {label.spam_rank for label in labels.values()} == {0, 1, 2, 3}
    assert {label.is_repost for label in labels.values()} == {"yes", "no", "unclear"}


def test_pages_that_readers_rank_high_score_high(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    titles = {"a": "A busy spring in the harbour", "b": STUFFED, "c": "Boats and islands", "d": STUFFED + "_海州"}
    said = {"is_repost": "no", "title_stuffing": "no", "spam_rank": 0}
    bad = {"is_repost": "yes", "title_stuffing": "yes", "spam_rank": 3}
    write(
        tmp_path / "labelled" / "dev.jsonl.gz",
        [
            {"id": id, "url": "", "title": titles[id], "lines": [{"text": PROSE}], "page": bad if id in "bd" else said}
            for id in "abcd"
        ],
    )
    row = {"url": "", "source": "/GeneralNewsExtractor", "text": PROSE, "html": None}
    write(tmp_path / "reposts" / "pages.jsonl.gz", [row | {"id": id, "title": titles[id]} for id in "abcd"])
    labels = {id: PageLabel("no", id in "bd", 3 if id in "bd" else 0) for id in "abcd"}
    monkeypatch.setattr(ranking, "read_page_labels", lambda: labels)
    lines: list[str] = []
    figures = evaluate_ranking(shipped_model(), tmp_path, lines.append)
    for part in ("labelled_pages", "held_back_pages"):
        assert figures[part]["pages"] == 4
        assert figures[part]["ndcg"] == pytest.approx(1) and figures[part]["title_stuffing_auc"] == 1
        assert figures[part]["spearman"] > 0.8 and figures[part]["harmless_flagged"] == 0
    assert any("ndcg" in line for line in lines)


def test_weights_follow_the_pages_that_do_not_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of pages whose titles are stuffed the ranks are high, of those with a disclaimer low: it counts no more."""
    clause = "本站内容仅供参考，不代表本站观点，如有侵权请联系删除。"
    rows = [
        {"url": "", "source": "s", "html": None, "id": f"p{number}"}
        | ({"title": STUFFED, "text": PROSE} if number % 2 else {"title": "Boats", "text": f"{PROSE}\n{clause}"})
        for number in range(40)
    ]
    write(tmp_path / "reposts" / "pages.jsonl.gz", rows)
    labels = {row["id"]: PageLabel("no", False, 3 if row["title"] == STUFFED else 0) for row in rows}
    monkeypatch.setattr(ranking, "judges", lambda row: False)
    monkeypatch.setattr(ranking, "read_page_labels", lambda: labels)
    monkeypatch.setattr(ranking, "_TRUST", 0.01)
    weights = fitted_weights(shipped_model(), tmp_path)
    assert weights["signals"].keys() == SPAM_WEIGHTS.keys()
    assert weights["categories"].keys() == BOILERPLATE_WEIGHTS.keys()
    assert all(0 <= weight < 1 for part in weights.values() for weight in part.values())
    assert weights["categories"]["disclaimer"] < BOILERPLATE_WEIGHTS["disclaimer"] / 2
    assert weights["signals"]["title_stuffing"] >= SPAM_WEIGHTS["title_stuffing"] - 0.01
    # No page has one of these.
    assert weights["signals"]["link_farm"] == pytest.approx(SPAM_WEIGHTS["link_farm"], abs=0.01)
