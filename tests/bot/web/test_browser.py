"""In a real browser: asking, following a citation, keys, no script, a phone, dark, everyone."""

import pytest

from bot import links
from bot.web import reading
from retrieval import corpus
from tests.bot.web.conftest import HOSTILE, hostile_source, served
from tests.conftest import ROOT

pytest.importorskip("axe_playwright_python", reason="axe is not installed: make setup-dev")

from axe_playwright_python.sync_playwright import Axe

from tests.bot.web.browser import CHROMIUM, DESKTOP, MISSING, PHONE, chromium, in_view, marked, page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

QUESTIONS = (
    "who met in Reykjavik",
    "how long did the talks in Stockholm last?",
    "what do readers say about Zelensky?",
    "who wrote the article about the 30 minutes?",
)
SEEDS = corpus.load(ROOT / "seeds")
ASK = "/?q=who+met+in+Reykjavik"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def address(tmp_path_factory, seeds_engine):
    folder = tmp_path_factory.mktemp("web")
    with served(folder / "s", build=lambda: seeds_engine) as (address, _):
        yield address


def quotes(opened):
    """What each card quotes, and where its citation leads."""
    return opened.eval_on_selector_all(
        "article.quote",
        "cards => cards.map(card => [card.querySelector('blockquote').textContent,"
        " card.querySelector('a.open').href])",
    )


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_question_leads_to_the_quote_on_the_screen(browser, address, question, script):
    with page(browser, script=script) as opened:
        opened.goto(address)
        opened.fill("#q", question)
        opened.click("form.box button")
        opened.wait_for_selector("article.quote")
        found = quotes(opened)
        assert found
        for number, (quote, href) in enumerate(found):
            opened.click(f"article.quote >> nth={number} >> a.open")
            opened.wait_for_url(href)
            opened.wait_for_selector("#quote")
            assert marked(opened) == quote
            assert in_view(opened)
            opened.go_back()
            opened.wait_for_selector("article.quote")


def test_every_passage_is_on_the_screen_with_a_phone_and_no_script(browser, address):
    with page(browser, viewport=PHONE, script=False) as opened:
        for source in SEEDS:
            sentences = reading.page(source).sentences
            for _, span in sentences[:: len(sentences) // 3]:
                opened.goto(links.reader(source.document, span, base=address))
                assert marked(opened) == source.text[span.start : span.end]
                assert in_view(opened)


def test_the_text_on_the_screen_is_the_file(browser, address):
    with page(browser) as opened:
        for source in SEEDS:
            opened.goto(links.reader(source.document, base=address))
            text = opened.evaluate("() => document.getElementById('text').textContent")
            assert text == source.text


def test_all_of_it_goes_by_keyboard(browser, address):
    with page(browser) as opened:
        opened.goto(address)
        opened.keyboard.type(QUESTIONS[0])  # the box has the focus
        opened.keyboard.press("Enter")
        opened.wait_for_selector("article.quote")
        (first, _), (second, _) = quotes(opened)[:2]
        for _ in range(30):
            opened.keyboard.press("Tab")
            if opened.evaluate("() => document.activeElement.matches('a.open')"):
                break
        opened.keyboard.press("Enter")
        opened.wait_for_selector("#quote")
        assert marked(opened) == first
        opened.go_back()
        opened.wait_for_selector("article.quote")
        opened.keyboard.press("Escape")
        opened.keyboard.press("2")
        opened.wait_for_selector("#quote")
        assert marked(opened) == second
        source = SEEDS[2]
        sentences = [source.text[s.start : s.end] for _, s in reading.page(source).sentences]
        last = next(at for at, said in enumerate(sentences) if second.endswith(said))
        around = {"j": sentences[last + 1], "k": sentences[last]}
        for key in ("j", "k"):
            with opened.expect_navigation():
                opened.keyboard.press(key)
            assert marked(opened) == around[key]
            assert in_view(opened)
        opened.keyboard.press("/")
        opened.wait_for_selector("#q:focus")
        opened.keyboard.type("where is this typed? /jk1")  # letters are letters in the box
        assert opened.input_value("#q") == "where is this typed? /jk1"


def test_the_skip_link_and_the_focus_are_seen(browser, address):
    with page(browser) as opened:
        opened.goto(f"{address}/documents")
        opened.keyboard.press("Tab")
        opened.wait_for_timeout(50)
        assert opened.evaluate("() => document.activeElement.className") == "skip"
        box = opened.locator(".skip").bounding_box()
        assert box["y"] >= 0
        opened.keyboard.press("Enter")
        assert opened.evaluate("() => document.activeElement.id") == "main"


def test_copying_takes_the_exact_words(browser, address):
    source = SEEDS[1]
    span = next(
        s for _, s in reading.page(source).sentences if "\u00a0" in source.text[s.start : s.end]
    )
    with page(browser, permissions=["clipboard-read", "clipboard-write"]) as opened:
        opened.goto(links.reader(source.document, span, base=address))
        opened.keyboard.press("c")
        opened.wait_for_selector("text=Copied")
        copied = opened.evaluate("() => navigator.clipboard.readText()")
        assert copied == source.text[span.start : span.end]
        assert opened.locator("[data-copy]").count() == 5


def test_a_follow_up_and_a_filter_by_hand(browser, address):
    with page(browser) as opened:
        opened.goto(f"{address}/?q=who+met+in+Stockholm")
        opened.fill("#follow", "how long did it last?")
        opened.press("#follow", "Enter")
        opened.wait_for_selector(".understood, .told")
        assert "after=" in opened.url
        opened.goto(address)
        opened.fill("#q", "who met whom")
        opened.click(".filters summary")
        opened.check("input[name=document][value='002']")
        opened.click("form.box button")
        opened.wait_for_selector("article.quote")
        assert all("/read/002?" in href for _, href in quotes(opened))
        assert opened.is_checked("input[name=document][value='002']")


def test_the_timelines_marks_open_their_passages(browser, address):
    with page(browser) as opened:
        opened.goto(f"{address}/timeline")
        marks = opened.locator("svg a.meeting")
        assert marks.count() >= 5
        words = marks.first.locator("title").text_content()
        marks.first.click()
        opened.wait_for_selector("#quote")
        assert marked(opened) == words
        assert in_view(opened)


PAGES = (
    "/",
    ASK,
    "/?q=how+long+did+the+Geneva+meeting+last&kind=body&since=2021",
    "/?q=hello",
    "/?q=x&document=nowhere",
    links.reader(SEEDS[0].document, reading.page(SEEDS[0]).sentences[30][1]),
    links.reader(SEEDS[4].document),
    "/read/002?s=0-265&f=123456789abc",
    "/documents",
    "/timeline",
    "/nowhere",
)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nobody_is_kept_out(browser, address, dark, viewport):
    with page(browser, viewport=viewport, dark=dark, forgive="status of 404") as opened:
        found = {}
        for path in PAGES:
            opened.goto(address + path)
            results = Axe().run(opened)
            for one in results.response["violations"]:
                if one["impact"] in {"serious", "critical"}:
                    where = [node["target"] for node in one["nodes"]][:3]
                    found.setdefault(one["id"], []).append((path, where))
            wide = opened.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= opened.viewport_size["width"], path
        assert not found


def test_dark_is_dark_and_light_is_light(browser, address):
    seen = {}
    for dark in (False, True):
        with page(browser, dark=dark) as opened:
            opened.goto(address + ASK)
            colour = opened.evaluate(
                "() => getComputedStyle(document.documentElement).backgroundColor"
            )
            seen[dark] = sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")))
    assert seen[True] < 150
    assert seen[False] > 600


def test_a_hostile_document_is_text_in_a_browser(browser, tmp_path):
    source = hostile_source()
    with served(tmp_path / "s") as (address, _), page(browser) as opened:
        for region in (None, *source.regions[:3]):
            opened.goto(links.reader(source.document, region and region.span, base=address))
            text = opened.evaluate("() => document.getElementById('text').textContent")
            assert text == HOSTILE.replace("\x00", "\ufffd")
            if region:
                span = region.span
                assert marked(opened) == text[span.start : span.end]
                assert in_view(opened)
        opened.goto(f"{address}/?q=hostile <script>alert(1)</script>")
        assert opened.input_value("#q") == "hostile <script>alert(1)</script>"
        opened.goto(f"{address}/documents")
        opened.goto(f"{address}/timeline")
        assert opened.evaluate("() => document.querySelectorAll('script').length") == 1
