from __future__ import annotations

import csv
import io
import json
import random
import shutil
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas
import pytest

from detector import report as report_module
from detector.data import Block, Match, Passage, Signal, UsageError, Verdict
from detector.ordering import Ordered
from detector.report import Report, ReportWriter
from detector.rows import BLOCK_COLUMNS, COLUMNS, MATCH_COLUMNS, cell_text, counted, number_text, percent, printable

SCHEMA_1 = (
    "rank,url,score,label,reason,repost_probability,repost_kind,source_url,source_title,share_of_source,share_of_page,"
    "matched_words,boilerplate_share,categories,signals,title,language,words,canonical,host,input,offset,error"
)
SHORT = Passage(0, 4, 10, 14, "four", "vier")
LONG = Passage(5, 20, 20, 35, "fifteen letters", "fifteen LETTERS")
MATCH = Match("https://official.example/a", "The post", "garbled", 0.98765432, 0.5, 0.25, (SHORT, LONG), 5)
OTHER = Match("https://official.example/b", "Another", "excerpt", 0.01, 0.1, 0.1, ())
VERDICT = Verdict(
    url="https://farm.example/1",
    label="repost",
    score=0.875,
    reason="half of the post, with words missing",
    match=MATCH,
    matches=(MATCH, OTHER),
    blocks=(
        Block("the copied text, which is long", "content", 0.9),
        Block("views are the author's | ICP 1", "disclaimer", 0.8, ("icp",), "clause"),
        Block("Home > News", "breadcrumb", 0.7),
    ),
    signals=(Signal("thin_content", 0.2, "5 words"), Signal("evasion", 0.6, "9 folds")),
    title="A title",
    language="en",
    words=5,
    canonical="https://farm.example/1",
    host="farm.example",
    input="crawl.jsonl",
    offset=3,
    boilerplate_share=0.4,
)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def csv_rows(tmp_path: Path, *verdicts: Verdict, **options: Any) -> list[dict[str, str]]:
    Report(verdicts).write(tmp_path / "report.csv", **options)
    return rows_of(tmp_path / "report.csv")


def test_schema_1() -> None:
    assert ",".join(COLUMNS) == SCHEMA_1


def test_a_row_of_report_csv(tmp_path: Path) -> None:
    assert csv_rows(tmp_path, VERDICT) == [
        {
            "rank": "1",
            "url": "https://farm.example/1",
            "score": "0.875",
            "label": "repost",
            "reason": "half of the post, with words missing",
            "repost_probability": "0.987654",
            "repost_kind": "garbled",
            "source_url": "https://official.example/a",
            "source_title": "The post",
            "share_of_source": "0.5",
            "share_of_page": "0.25",
            "matched_words": "5",
            "boilerplate_share": "0.4",
            "categories": "disclaimer; icp; breadcrumb",
            "signals": "evasion; thin_content",
            "title": "A title",
            "language": "en",
            "words": "5",
            "canonical": "https://farm.example/1",
            "host": "farm.example",
            "input": "crawl.jsonl",
            "offset": "3",
            "error": "",
        }
    ]


def test_without_a_candidate_numbers_are_zero_and_texts_empty(tmp_path: Path) -> None:
    bare = Verdict("page.html", "unreadable", 0.0, "no text", error="no text")
    (row,) = csv_rows(tmp_path, bare)
    assert (row["repost_probability"], row["matched_words"], row["share_of_page"]) == ("0", "0", "0")
    assert (row["repost_kind"], row["source_url"], row["offset"], row["error"]) == ("", "", "", "no text")


def test_nothing_to_report_is_a_header(tmp_path: Path) -> None:
    Report([]).write(tmp_path / "report.csv")
    assert (tmp_path / "report.csv").read_text(encoding="utf-8") == SCHEMA_1 + "\n"


def test_worst_first_then_url_input_offset() -> None:
    ordered = [
        replace(VERDICT, score=0.9, url="z"),
        replace(VERDICT, score=0.5, url="a", input="a", offset=None),
        replace(VERDICT, score=0.5, url="a", input="a", offset=2),
        replace(VERDICT, score=0.5, url="a", input="a", offset=10),
        replace(VERDICT, score=0.5, url="a", input="b", offset=1),
        replace(VERDICT, score=0.5, url="b", input="a", offset=0),
    ]
    shuffled = random.Random(0).sample(ordered, len(ordered))
    assert Report(shuffled).verdicts == ordered
    assert Report(shuffled).to_frame()["rank"].tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.5, "0.5"),
        (1 / 3, "0.333333"),
        (0.123456789, "0.123457"),
        (1e-9, "1e-09"),
        (5e-324, "4.94066e-324"),
        (0.99989, "0.99989"),
        (0.99999949, "0.99999949"),
        (0.9999999, "0.9999999"),
        (1 - 2**-53, "0.99999999999999989"),
    ],
)
def test_numbers_keep_their_ends_apart(value: float, text: str) -> None:
    assert number_text(value) == text
    assert (float(number_text(value)) == 1) == (value == 1)
    assert (float(number_text(value)) == 0) == (value == 0)


def test_numbers_keep_their_order() -> None:
    values = sorted(random.Random(1).random() ** power for power in (1, 9, 30) for _ in range(500))
    values += [1 - value for value in values]
    texts = [float(number_text(value)) for value in sorted(values)]
    assert texts == sorted(texts)
    near_one = [1 - 1e-6 * share for share in (0.9, 0.6, 0.3, 0.1)]
    assert len({number_text(value) for value in near_one}) == 4


@pytest.mark.parametrize("column", ["url", "title", "reason", "source_title", "canonical", "host", "input", "error"])
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1"])
def test_text_cells_are_never_formulas(tmp_path: Path, column: str, text: str) -> None:
    verdict = replace(VERDICT, match=replace(MATCH, source_title=text))
    if column != "source_title":
        verdict = replace(verdict, **{column: text})
    assert csv_rows(tmp_path, verdict)[0][column] == f"'{text}"


@pytest.mark.parametrize("before", ["\t", "\r", "\n", " ", "  \t", "\xa0", "\u3000"])
def test_white_space_does_not_hide_a_formula(tmp_path: Path, before: str) -> None:
    text = f"{before}=1+1"
    verdict = replace(VERDICT, url=text, title=text)
    (row,) = csv_rows(tmp_path, verdict)
    assert (row["url"], row["title"]) == (f"'{text}", "'=1+1")


UNSEEN = "\u200b \u200d\ufeff \u2060 \xad \u202e \u2066 \u3164 \u2800 \ufe0f \U000e0020 \x01 \x7f".split(" ")


@pytest.mark.parametrize("before", [*UNSEEN, " \u200b \u200e"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
def test_invisible_characters_do_not_hide_a_formula(tmp_path: Path, before: str, sign: str) -> None:
    verdict = replace(VERDICT, title=f"{before}{sign}1+1", match=replace(MATCH, source_url=f"{before}{sign}1+1"))
    (row,) = csv_rows(tmp_path, verdict)
    assert row["title"] == f"'{' '.join(verdict.title.split())}"
    assert row["source_url"] == f"{before}{sign}1+1"


@pytest.mark.parametrize("text", ["a=1", "-", " - ", "“=1+1”", "\u200bword", "'=1+1", "", "\u200b"])
def test_other_texts_are_left_alone(text: str) -> None:
    assert cell_text("url", text, None) == text


def test_block_and_passage_texts_are_guarded(tmp_path: Path) -> None:
    passage = replace(LONG, page_text="=A1", source_text="@A1")
    verdict = replace(VERDICT, blocks=(Block("+A1", "nav", 1.0),), matches=(replace(MATCH, passages=(passage,)),))
    Report([verdict]).write_blocks(tmp_path / "b.csv")
    Report([verdict]).write_matches(tmp_path / "m.csv")
    assert rows_of(tmp_path / "b.csv")[0]["text"] == "'+A1"
    assert [rows_of(tmp_path / "m.csv")[0][side] for side in ("page_text", "source_text")] == ["'=A1", "'@A1"]


@pytest.mark.parametrize(
    "url", ["=post.md", "-post.md", 'https://a.example/?q=1,"2"', "a\rb", "a\r\nb", "https://例.example/ａ"]
)
def test_source_url_is_the_posts_url_byte_for_byte(tmp_path: Path, url: str) -> None:
    match = replace(MATCH, source_url=url)
    verdict = replace(VERDICT, match=match, matches=(match,))
    assert csv_rows(tmp_path, verdict)[0]["source_url"] == url
    Report([verdict]).write_matches(tmp_path / "m.csv")
    assert rows_of(tmp_path / "m.csv")[0]["source_url"] == url


def test_a_row_is_a_line(tmp_path: Path) -> None:
    text = "one\n two\r\nthree\u2028four"
    csv_rows(tmp_path, replace(VERDICT, title=text, reason=text, match=replace(MATCH, source_title=text)))
    _, line = (tmp_path / "report.csv").read_text(encoding="utf-8").splitlines()
    assert line.count("one two three four") == 3


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_text_that_utf8_cannot_carry(tmp_path: Path, suffix: str) -> None:
    verdict = replace(VERDICT, url="a\ud800b", title="c\0d", extra={"k\udfff": ["\ud800"]})
    Report([verdict]).write(tmp_path / f"report{suffix}")
    read = {
        ".csv": lambda path: rows_of(path)[0],
        ".jsonl": lambda path: json.loads(path.read_bytes().decode("utf-8")),
        ".parquet": lambda path: pandas.read_parquet(path).iloc[0],
    }[suffix](tmp_path / f"report{suffix}")
    assert (read["url"], read["title"]) == ("a\ufffdb", "c\ufffdd")


def test_pandas_reads_what_was_written(tmp_path: Path) -> None:
    hostile = [replace(VERDICT, url=f"{url}{number}", title='"\n,') for number, url in enumerate(["a,", 'b"', "c\n"])]
    Report(hostile).write(tmp_path / "report.csv")
    frame = pandas.read_csv(tmp_path / "report.csv")
    assert frame["url"].tolist() == sorted(verdict.url for verdict in hostile)
    assert frame["score"].tolist() == [0.875] * 3


def test_to_frame_holds_plain_values() -> None:
    frame = Report([replace(VERDICT, title="=1"), Verdict("p", "unreadable", 0.0, "")]).to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame["repost_probability"].tolist() == [0.98765432, 0.0]
    assert frame["title"].tolist() == ["=1", ""]
    assert str(frame["offset"].dtype) == "Int64"
    assert frame["offset"].isna().tolist() == [False, True]


def test_the_frame_takes_text_that_utf8_cannot_carry() -> None:
    frame = Report([replace(VERDICT, url="a\ud800b", title="c\0d", input="\udfff.html")]).to_frame()
    assert frame.loc[0, ["url", "title", "input"]].tolist() == ["a\ufffdb", "c\ufffdd", "\ufffd.html"]


def test_parquet_is_the_frame(tmp_path: Path) -> None:
    report = Report([VERDICT, replace(VERDICT, url="b\ud800", score=0.1 + 0.2, offset=None)])
    report.write(tmp_path / "report.parquet")
    pandas.testing.assert_frame_equal(pandas.read_parquet(tmp_path / "report.parquet"), report.to_frame())


def json_of(tmp_path: Path, verdict: Verdict) -> dict[str, Any]:
    Report([verdict]).write(tmp_path / "report.jsonl")
    (line,) = (tmp_path / "report.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_json_lines_hold_everything(tmp_path: Path) -> None:
    record = json_of(tmp_path, VERDICT)
    assert (record["rank"], record["score"], record["offset"]) == (1, 0.875, 3)
    assert record["match"]["passages"][1]["source_text"] == "fifteen LETTERS"
    assert [match["source_url"] for match in record["matches"]] == [MATCH.source_url, OTHER.source_url]
    assert record["blocks"][1] == {
        "text": "views are the author's | ICP 1",
        "category": "disclaimer",
        "confidence": 0.8,
        "also": ["icp"],
        "reason": "clause",
    }
    assert record["signals"][0] == {"name": "thin_content", "score": 0.2, "evidence": "5 words"}
    assert record["categories"] == ["disclaimer", "icp", "breadcrumb"]


def test_unknown_keys_pass_through(tmp_path: Path) -> None:
    record = json_of(tmp_path, replace(VERDICT, extra={"crawl_id": 7, "tags": {"a": [None, True]}, "label": "mine"}))
    assert (record["crawl_id"], record["tags"], record["label"]) == (7, {"a": [None, True]}, "repost")
    assert record["extra"] == {"label": "mine"}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.str_("word"), "word"),
        (b"bytes", "b'bytes'"),
        ({1: 2}, {"1": 2}),
        (pandas.Timestamp("2026-01-02"), "2026-01-02 00:00:00"),
    ],
)
def test_foreign_values_become_json(tmp_path: Path, value: Any, written: Any) -> None:
    assert json_of(tmp_path, replace(VERDICT, extra={"key": value}))["key"] == written


def test_deeply_nested_extra_is_cut(tmp_path: Path) -> None:
    assert '"..."' in json.dumps(json_of(tmp_path, replace(VERDICT, extra={"key": nested(5_000)})))


def test_matches_show_the_longest_passage(tmp_path: Path) -> None:
    Report([VERDICT, replace(VERDICT, url="clean", score=0.0, match=None, matches=())]).write_matches(
        tmp_path / "m.csv"
    )
    first, second = rows_of(tmp_path / "m.csv")
    assert tuple(first) == MATCH_COLUMNS
    assert (first["passages"], first["page_start"], first["source_end"]) == ("2", "5", "35")
    assert (first["page_text"], first["source_text"]) == ("fifteen letters", "fifteen LETTERS")
    assert (first["input"], first["offset"]) == ("crawl.jsonl", "3")
    assert (second["source_url"], second["passages"], second["page_start"]) == (OTHER.source_url, "0", "")


def test_a_block_is_a_row(tmp_path: Path) -> None:
    Report([VERDICT]).write_blocks(tmp_path / "b.csv")
    rows = rows_of(tmp_path / "b.csv")
    assert tuple(rows[0]) == BLOCK_COLUMNS
    assert [(row["block"], row["category"], row["also"]) for row in rows] == [
        ("1", "content", ""),
        ("2", "disclaimer", "icp"),
        ("3", "breadcrumb", ""),
    ]


def test_excel_gets_a_mark_and_short_cells(tmp_path: Path) -> None:
    long = replace(VERDICT, blocks=(Block("=" * 40_000, "content", 1.0),), title="x" * 40_000)
    with ReportWriter(tmp_path / "r.csv", blocks=tmp_path / "b.csv", excel=True) as writer:
        writer.add(long)
    assert all((tmp_path / name).read_bytes().startswith(b"\xef\xbb\xbf") for name in ("r.csv", "b.csv"))
    assert len(rows_of(tmp_path / "r.csv")[0]["title"]) == 32_767
    assert len(rows_of(tmp_path / "b.csv")[0]["text"]) == 32_767
    Report([long]).write(tmp_path / "plain.csv")
    assert not (tmp_path / "plain.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert len(rows_of(tmp_path / "plain.csv")[0]["title"]) == 40_000


@pytest.mark.parametrize("at_hand", [7, 1_000])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".html"])
def test_the_order_of_arrival_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, at_hand: int
) -> None:
    monkeypatch.setattr("detector.report.Ordered", partial(Ordered, at_hand=at_hand))
    verdicts = [replace(VERDICT, url=f"u{number}", score=number % 7 / 7) for number in range(50)]
    outputs = []
    for seed in (1, 2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        with ReportWriter(folder / f"r{suffix}", matches=folder / "m.csv", blocks=folder / "b.csv") as writer:
            for verdict in random.Random(seed).sample(verdicts, len(verdicts)):
                writer.add(verdict)
        outputs.append([(folder / name).read_bytes() for name in (f"r{suffix}", "m.csv", "b.csv")])
    assert outputs[0] == outputs[1]
    monkeypatch.undo()
    Report(verdicts).write(tmp_path / f"r{suffix}")
    assert (tmp_path / f"r{suffix}").read_bytes() == outputs[0][0]


def test_verdicts_are_not_kept(tmp_path: Path) -> None:
    verdict = replace(VERDICT, blocks=(Block("text", "content", 1.0),))
    with ReportWriter(tmp_path / "r.jsonl", matches=tmp_path / "m.csv", blocks=tmp_path / "b.csv") as writer:
        before = sys.getrefcount(verdict), sys.getrefcount(verdict.blocks)
        writer.add(verdict)
        assert (sys.getrefcount(verdict), sys.getrefcount(verdict.blocks)) == before


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Report([VERDICT]).write("-")
    written = capfdbinary.readouterr().out.decode("utf-8")
    assert [row["url"] for row in csv.DictReader(io.StringIO(written))] == [VERDICT.url]


@pytest.mark.parametrize(
    ("outputs", "complaint"),
    [
        ({"report": "report.txt"}, ".csv, .jsonl, .parquet, .html"),
        ({"report": "report"}, "without suffix"),
        ({"report": "report.csv", "matches": "m.jsonl"}, "use .csv"),
        ({"report": "report.csv", "blocks": "b.parquet"}, "use .csv"),
        ({"report": "missing/report.csv"}, "No such file"),
        ({"report": "file.txt/report.csv"}, "Not a directory"),
        ({"report": "folder.csv"}, "is a folder"),
        ({"report": "same.csv", "blocks": "same.csv"}, "same place"),
        ({"report": "-", "matches": "-"}, "same place"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.txt").touch()
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UsageError, match=complaint):
        ReportWriter(outputs["report"], matches=outputs.get("matches"), blocks=outputs.get("blocks"))
    assert {path.name for path in tmp_path.iterdir()} == {"file.txt", "folder.csv"}


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_module, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install pyarrow"):
        ReportWriter(tmp_path / "report.parquet")


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), ReportWriter(target, blocks=tmp_path / "b.csv") as writer:
        writer.add(VERDICT)
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]


def test_all_outputs_or_none(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    with (
        pytest.raises(UsageError, match="cannot be written"),
        ReportWriter(tmp_path / "report.csv", blocks=tmp_path / "gone" / "b.csv") as writer,
    ):
        writer.add(VERDICT)
        shutil.rmtree(tmp_path / "gone")
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    Report([]).write(tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text(encoding="utf-8") == SCHEMA_1 + "\n"


def test_one_is_singular() -> None:
    assert [counted(number, "post") for number in (0, 1, 2)] == ["0 posts", "1 post", "2 posts"]


def test_terminal_text_has_no_control_characters() -> None:
    assert printable("a\x1b[2Jb\x9b\u202ec\td\ne\ud800") == "a\ufffd[2Jb\ufffd\ufffdc\td\ne\ufffd"


@pytest.mark.parametrize(("share", "shown"), [(0, "0 %"), (0.001, "1 %"), (0.5, "50 %"), (0.999, "99 %"), (1, "100 %")])
def test_percent_is_never_rounded_to_all_or_nothing(share: float, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no file that is always full")
@pytest.mark.parametrize("target", ["report.csv", "-"])
@pytest.mark.parametrize("pages", [1, 1_000])
def test_a_full_disk_is_said_whatever_waits_there(
    target: str, pages: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    full = SimpleNamespace(TemporaryFile=lambda dir=None: open("/dev/full", "w+b"))  # noqa: SIM115
    monkeypatch.setattr(report_module, "tempfile", full)
    with pytest.raises(UsageError, match="cannot be written"), ReportWriter(target) as writer:
        for _ in range(pages):
            writer.add(VERDICT)
    assert list(tmp_path.iterdir()) == []
