import time

import pytest

from detector.markdown import front_matter, plain, wrong_front_matter


@pytest.mark.parametrize(
    ("text", "values", "body"),
    [
        ("---\nTitle: 'A: b'\ntags:\n  - x\n  - y\n---\n# Head\n", {"title": "A: b", "tags": "x, y"}, "# Head\n"),
        ("\ufeff---\r\nurl: https://a.example/\r\n---", {"url": "https://a.example/"}, ""),
        ("---\ntitle: >-\n  Two\n  lines\ndate: 2026-01-02\n---\n", {"title": "Two lines", "date": "2026-01-02"}, ""),
        ("---\nauthor:\n  name: Ann\n  mail: x\n---\n", {"author": "Ann"}, ""),
        ("---\nauthors: [{name: Ann}, Bo]\n---\n", {"authors": "Ann, Bo"}, ""),
        (
            '+++\ntitle = "A = b"\ndate = 2026-01-02\n[extra]\nx = 1\n+++\nBody',
            {"title": "A = b", "date": "2026-01-02", "extra": ""},
            "Body",
        ),
        (
            f"+++\ntitle = 'One'\nn = 0x{'f' * 5_000}\nlist = [0x{'f' * 5_000}, 1]\n+++\n",
            {"title": "One", "n": "", "list": "1"},
            "",
        ),
        (f"+++\ntitle = 'One'\nn = {'1' * 5_000}\n+++\n", {"title": "One", "n": "1" * 5_000}, ""),
        # Neither YAML nor TOML, but every line says what it is.
        ("---\ntitle: Packing: a story\nurl: /one\n---\n", {"title": "Packing: a story", "url": "/one"}, ""),
        ("+++\ntitle = Packing\n+++\n", {"title": "Packing"}, ""),
        ("---\ntitle: x\n+++\nBody", {}, "---\ntitle: x\n+++\nBody"),
        ("Body\n---\nmore\n---\n", {}, "Body\n---\nmore\n---\n"),
    ],
)
def test_front_matter(text: str, values: dict[str, str], body: str) -> None:
    assert front_matter(text) == (values, body)


@pytest.mark.parametrize(
    "matter",
    [
        "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*{'a' if not n else f'b{n - 1}'}, {'*a, ' * 9}]\n" for n in range(30)),
        "a: &a {x: y}\n"
        + "".join(f"b{n}: &b{n}\n  <<: [{', '.join([f'*b{n - 1}' if n else '*a'] * 9)}]\n" for n in range(12)),
        "a: " + "[" * 30_000,
        "a: !!python/object/apply:os.system [exit 1]",
        "a: &a [*a]",
        "? [x]\n: y",
    ],
    ids=["aliases", "merged keys", "nested", "object", "itself", "odd key"],
)
def test_hostile_front_matter_costs_little(matter: str) -> None:
    start = time.monotonic()
    values, body = front_matter(f"---\n{matter}\n---\nBody")
    assert body == "Body"
    assert sum(map(len, values.values())) < 100_000
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("words\n\n# The **title** of `x` #\r\n# Next\n", "The title of x"),
        ("Set under\n=========\n", "Set under"),
        ("## Second level only\n", None),
        ("#tag\n", None),
        ("```sh\n# a comment\n```\n", None),
        ("> # Quoted\n", None),
    ],
)
def test_title(text: str, title: str | None) -> None:
    assert plain(text)[0] == title


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("## Second\n\n# First\n", "Second\nFirst"),
        ("- one\n  * two\n+ three\n", "one\ntwo\nthree"),
        ("> quoted\n>> - deeper\n", "quoted\ndeeper"),
        ("```sh\nls\nps\n```\n", "ls\nps"),
        (
            "A [link](https://a.example/x_y 'why') and *two* __marks__ ~~gone~~ &amp; `a_b`.",
            "A link and two marks gone & a_b.",
        ),
        ("See [the notes][1].\n\n[1]: https://a.example/notes\n", "See the notes."),
        ("One line\nand the next\n", "One line and the next"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "a b\n1 2"),
        ("<div hidden>not seen</div>\n\nSeen <b>here</b>.\n\n<!-- nor this -->\n", "Seen here."),
        ("![A picture](x.png)\n\n#tag\n\n2 * 3 < 7\n", "#tag\n2 * 3 < 7"),
    ],
)
def test_lines_lose_their_marks(text: str, lines: str) -> None:
    assert plain(text)[1] == lines


@pytest.mark.parametrize(
    "text",
    ["[" * 60_000, "![" * 60_000, ("![" * 90 + "\n\n") * 500, "> " * 60_000, "[a]: b\n" * 20_000, "<b>" * 60_000],
    ids=["brackets", "pictures", "paragraphs", "quotes", "references", "elements"],
)
def test_hostile_text_costs_little(text: str) -> None:
    start = time.monotonic()
    assert "the end" in plain(f"{text}\n\nthe end\n")[1]
    assert time.monotonic() - start < 20


def test_of_a_huge_text_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.markdown.MOST_CHARACTERS", 12)
    assert plain("# Head\n\nBody\n\n*rest*") == ("Head", "Head\nBody\n\n\n*rest*")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\ntitle: One\ndate: 2026-01-02\n---\nBody", ""),
        ("+++\ntitle = 'One'\n+++\nBody", ""),
        ("Body\n---\ntitle: One: two\n---\n", ""),
        ("---\nwords without a key\n---\nBody", ""),
        ("---\ntitle: One: two\n---\nBody", "is no YAML (line 2: mapping values are not allowed here): read line"),
        ("---\ntitle: One\ntags: [a, b\n---\nBody", "is no YAML (line "),
        ("---\ntitle: One\n\tdate: 2\n---\nBody", "is no YAML (line "),
        (f"+++\ntitle = 'One'\nn = {'1' * 5_000}\n+++\nBody", "is no TOML (Exceeds the limit"),
        ("+++\ntitle = One\n+++\nBody", "is no TOML (Invalid value (at line 1, column 9)): read line by line"),
        ("---\ntitle: One\nBody\n", "does not end with ---: it is taken for text"),
        (f"---\ntitle: One\nx: {'[' * 2_500}\n---\nBody", "is no YAML (over 2,000 brackets)"),
        (f"---\ntitle: One\nx: {'y' * 70_000}\n---\nBody", "is no YAML (over 65,536 characters)"),
    ],
)
def test_what_is_wrong_with_front_matter_is_said(text: str, says: str) -> None:
    said = wrong_front_matter(text)
    assert (says in said) if says else (said == "")
    assert "\n" not in said
