from detector.boilerplate import BoilerplateModel
from detector.data import Page
from detector.reading import read
from tests.samples import COOKING

HTML = (
    "<title>The garden</title><nav><a href=/>Home</a> <a href=/news>News</a> <a href=/about>About us</a></nav>"
    + "".join(f"<p>{line}</p>" for line in COOKING.split("\n"))
    + "<footer>Copyright © 2026 Halyard. All rights reserved.</footer>"
)


def words(text: str, starts: list[int]) -> str:
    return " ".join(text[start : start + 4] for start in starts)


def test_content_is_marked_and_sure_chrome_is_left_out_of_matching() -> None:
    reading = read(Page("https://a.example/", html=HTML), BoilerplateModel.load())
    tokens = reading.tokens
    own = words(tokens.text, tokens.starts[reading.content].tolist())
    assert "gard" in own
    assert "Copy" not in own
    assert (reading.matchable | ~reading.content).all(), "a page's own text may always be copied text"
    assert "Copy" not in words(tokens.text, tokens.starts[reading.matchable].tolist())
    assert reading.title == "The garden"


def test_a_page_without_title_is_called_by_its_headline() -> None:
    html = HTML.replace("<title>The garden</title>", "").replace("</nav>", "</nav><h1>Beans on the balcony</h1>")
    assert read(Page("", html=html), BoilerplateModel.load()).title == "Beans on the balcony"


def test_nothing_to_judge_has_no_blocks() -> None:
    reading = read(Page("", html="<p></p>"), BoilerplateModel.load())
    assert reading.document.error
    assert reading.blocks == ()
    assert len(reading.content) == len(reading.matchable) == 0
