import pytest

from detector.markdown import front_matter, title_of, without_marks


@pytest.mark.parametrize(
    ("text", "values", "body"),
    [
        ("---\nTitle: 'A: b'\ntags:\n  - x\n---\n# Head\n", {"title": "A: b", "tags": ""}, "# Head\n"),
        ("\ufeff---\r\nurl: https://a.example/\r\n---", {"url": "https://a.example/"}, ""),
        ('+++\ntitle = "A = b"\n[extra]\n+++\nBody', {"title": "A = b"}, "Body"),
        ("---\ntitle: x\n+++\nBody", {}, "---\ntitle: x\n+++\nBody"),
        ("Body\n---\nmore\n---\n", {}, "Body\n---\nmore\n---\n"),
    ],
)
def test_front_matter(text: str, values: dict[str, str], body: str) -> None:
    assert front_matter(text) == (values, body)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("words\n# The **title** #\r\n# Next\n", "The **title**"),
        ("## Second level only\n", None),
        ("#tag\n", None),
        ("```sh\n# a comment\n```\n# Late\n", None),
    ],
)
def test_title(text: str, title: str | None) -> None:
    assert title_of(text) == title


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("## Second\n\n# First\n", "Second\n\nFirst\n"),
        ("- one\n  * two\n+ three\n", "one\ntwo\nthree\n"),
        ("> quoted\n>> - deeper\n>bare", "quoted\ndeeper\nbare"),
        ("```sh\nls\n```\n~~~\na = 1\n~~~\n", "\nls\n\n\na = 1\n\n"),
        ("*emphasis* and -5\n#tag\n```inline``` code\n---\n", "*emphasis* and -5\n#tag\n```inline``` code\n---\n"),
    ],
)
def test_lines_lose_their_marks(text: str, plain: str) -> None:
    assert without_marks(text) == plain
