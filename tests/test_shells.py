from random import Random

from detector import main_text
from detector.data import Page
from detector.training.gold import GoldPage
from detector.training.shells import shell_of
from tests.samples import COOKING, SCHEDULER

HTML = (
    "<html><head><title>The garden</title></head><body><div id=menu><a href=/>Home<br></a><p>About this site</div>"
    "<div class=page><div class=post>" + "".join(f"<p>{line}" for line in COOKING.split("\n")) + "</div>"
    "<div class=aside><img src=x>Other pages you may like</div></div></body></html>"
)


def gold(html: str, main: str = COOKING) -> GoldPage:
    return GoldPage("1", "set", "a.example", Page("https://a.example/", html=html), main, "The garden", "", "en", 1.0)


def test_a_text_is_put_where_the_page_had_its_own() -> None:
    shell = shell_of(gold(HTML))
    assert shell is not None
    page = shell.page("Packing <batches>", SCHEDULER, Random(1))
    assert page.startswith("<html><head><title>Packing &lt;batches&gt;</title>")
    assert "tomato" not in page
    assert "Other pages you may like" in page
    assert SCHEDULER.split("\n")[0] in main_text(page)


def test_an_empty_title_leaves_the_pages_own() -> None:
    shell = shell_of(gold(HTML))
    assert shell is not None
    assert "<title>The garden</title>" in shell.page("", SCHEDULER, Random(1))


def test_a_text_that_is_not_in_one_element_has_no_place() -> None:
    assert shell_of(gold(HTML, SCHEDULER)) is None
    assert shell_of(gold(HTML, "")) is None
