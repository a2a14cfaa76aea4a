import pytest

from detector.fragments import shown_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One &amp; two</p><ul><li>three</ul>", "One & two\nthree"),
        ("A &lt;b&gt; &#8230;", "A <b> …"),
        ("<pre>a\nb</pre><script>x</script><p hidden>no</p>", "a\nb"),
        ("", ""),
    ],
)
def test_a_line_a_block(html: str, text: str) -> None:
    assert shown_text(html) == text


def test_what_cannot_be_taken_apart() -> None:
    assert shown_text("<b>" * 5_000 + "text") is None
