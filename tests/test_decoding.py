import pytest

from detector.decoding import decode, language_of

TEXTS = {
    "gbk": "数据库的性能优化与实践，我们在生产环境中测试了新的调度器，结果令人满意。每个批次都按大小排序。",
    "gb18030": "数据库的性能优化与实践，我们在生产环境中测试了新的调度器，结果令人满意。",
    "big5": "資料庫的效能最佳化與實務，我們在正式環境中測試了新的排程器，結果令人滿意。每個批次都按大小排序。",
    "shift_jis": "データベースの性能改善について、新しいスケジューラを試しました。結果はとても良かったです。",
    "euc-jp": "データベースの性能改善について、新しいスケジューラを試しました。結果はとても良かったです。",
    "euc-kr": "데이터베이스 성능 개선에 대하여 새로운 스케줄러를 시험했습니다. 결과는 만족스럽습니다.",
    "windows-1251": "Мы проверили новый планировщик в рабочей среде, и результаты нас вполне устроили.",
    "koi8-r": "Мы проверили новый планировщик в рабочей среде, и результаты нас вполне устроили.",
    "windows-1252": "Wir haben den neuen Planer geprüft, die Ergebnisse sind für größere Anlagen schön.",
    "windows-1250": "Přečetli jsme článek o nové verzi a žádné změny nebyly nutné, děkujeme za zprávu.",
    "utf-16-le": "The scheduler packs small batches, größer als gedacht.",
    "utf-16-be": "<p>数据库的性能优化 with some markup</p>",
    "utf-8": "Größer, 更大, больше.",
}
# Only a declaration tells these from their neighbours.
NEEDS_DECLARATION = {"windows-1250"}


def page(text: str, declared: str = "") -> str:
    meta = f'<meta charset="{declared}">' if declared else ""
    return f"<html><head>{meta}<title>x</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize("charset", TEXTS)
def test_declared_by_header_or_page(charset: str) -> None:
    text = TEXTS[charset]
    assert text in decode(page(text).encode(charset), f"text/html; charset={charset}").text
    assert text in decode(page(text, charset).encode(charset)).text


@pytest.mark.parametrize("charset", [name for name in TEXTS if name not in NEEDS_DECLARATION])
def test_undeclared(charset: str) -> None:
    assert TEXTS[charset] in decode(page(TEXTS[charset]).encode(charset)).text


@pytest.mark.parametrize("charset", [name for name in TEXTS if name not in NEEDS_DECLARATION])
@pytest.mark.parametrize("wrong", ["utf-8", "iso-8859-1", "klingon-8", "us-ascii"])
def test_wrongly_declared(charset: str, wrong: str) -> None:
    data = page(TEXTS[charset], wrong).encode(charset)
    assert TEXTS[charset] in decode(data, f"text/html; charset={wrong}").text


@pytest.mark.parametrize("wrong", ["gb2312", "big5", "shift_jis", "windows-1251"])
def test_utf8_goes_before_a_declaration(wrong: str) -> None:
    data = page(TEXTS["utf-8"], wrong).encode()
    assert decode(data, f"text/html; charset={wrong}").charset == "utf-8"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfplain", "plain"),
        ("größer".encode("utf-16"), "größer"),
        (b"\xfe\xff" + "größer".encode("utf-16-be"), "größer"),
        (b"", ""),
        (b"plain ASCII", "plain ASCII"),
    ],
)
def test_marks_and_plain_text(data: bytes, text: str) -> None:
    assert decode(data).text == text


def test_a_few_broken_bytes_leave_utf8_what_it_is() -> None:
    data = (page("更大的数据库，" * 300).encode())[:-40] + b"\xff\xfe" + b"</p>"
    decoded = decode(data)
    assert decoded.charset == "utf-8"
    assert decoded.text.count("\ufffd") <= 4


def test_labels_mean_what_browsers_take_them_for() -> None:
    assert decode("镕基".encode("gb18030"), "text/html; charset=gb2312").text == "镕基"
    assert decode(b"\x93quoted\x94 caf\xe9", "text/html; charset=iso-8859-1").text == "“quoted” café"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (TEXTS["gbk"], "zh"),
        (TEXTS["big5"], "zh"),
        (TEXTS["shift_jis"], "ja"),
        (TEXTS["euc-kr"], "ko"),
        (TEXTS["windows-1251"], "ru"),
        (TEXTS["windows-1252"], "de"),
        (TEXTS["windows-1250"], "cs"),
        ("The scheduler packs small batches onto one worker before it wakes another.", "en"),
        ("El planificador reúne los lotes pequeños antes de despertar a otro trabajador.", "es"),
        ("我们用 Kubernetes 1.27 部署 PostgreSQL 数据库集群", "zh"),
        ("", ""),
        ("ok", ""),
        ("12345 !!", ""),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language


def test_detection_is_bounded() -> None:
    assert decode(bytes(range(128, 256)) * 40_000).text
