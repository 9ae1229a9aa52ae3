"""The pages: what they show, what they never let through, and what an address may hold."""

import re
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.links import reader
from retrieval.types import Span
from tests.bot.examples import source as made_source
from tests.bot.web.conftest import EVIL, HOSTILE, WebEngine, client

QUESTION = "who met in Stockholm"
ANSWER = "Blinken met Lavrov in Stockholm."


class Seen(HTMLParser):
    """Elements, attributes and text, as a browser reads them."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.text, self._inside = [], [], []
        self.marks, self.article = [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input", "br", "line", "rect", "circle"}:
            self._inside.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self._inside and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, data):
        self.text.append(data)
        if any(attrs.get("id") == "text" for _, attrs in self._inside):
            self.article.append(data)
            if any(tag == "mark" for tag, _ in self._inside):
                self.marks.append(data)

    def links(self):
        return [attrs.get("href") or "" for tag, attrs in self.elements if tag == "a"]


def seen(response):
    assert "html" in response.headers["content-type"]
    return Seen(response.text)


def harmless(page):
    """Whether nothing on a page came from a document or a question but text."""
    for tag, attributes in page.elements:
        assert tag not in {"iframe", "object", "img", "base", "style"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "script":
            assert attributes["src"].startswith("/static/")
        for name in ("href", "src", "action"):
            assert re.match(r"(/|#|https?://)", attributes.get(name) or "/")
    return True


def test_a_question_in_the_address_is_answered(web):
    page = seen(web.get("/", params={"q": QUESTION}))
    assert ANSWER in "".join(page.text)
    assert any(link.startswith("/read/stockholm?s=0-32&f=") for link in page.links())
    assert harmless(page)


def test_what_lies_closest_does_not_look_like_an_answer(web):
    for question, kind in ((QUESTION, "quote"), ("nothing", "quote weak")):
        page = seen(web.get("/", params={"q": question}))
        quotes = [a["class"] for tag, a in page.elements if tag == "article"]
        assert set(quotes) == {kind}


def test_without_a_question_there_is_a_box_and_what_could_be_asked(web):
    page = seen(web.get("/"))
    boxes = [a for t, a in page.elements if t == "input" and a.get("name") == "q"]
    assert len(boxes) == 1
    assert "required" in boxes[0]
    assert harmless(page)


def test_a_follow_up_leans_on_the_answer_before_and_has_an_address_of_its_own(web):
    first = seen(web.get("/", params={"q": QUESTION}))
    after = next(a["value"] for t, a in first.elements if a.get("name") == "after")
    page = seen(web.get("/", params={"q": "how long did it last", "after": after}))
    assert "The talks lasted 30 minutes." in "".join(page.text)
    permanent = [link for link in page.links() if link.startswith("/?q=how+long+did+the+talks")]
    alone = seen(web.get(permanent[0]))
    assert "The talks lasted 30 minutes." in "".join(alone.text)


def test_more_passages_are_an_address_away(web):
    page = seen(web.get("/", params={"q": "what does it say"}))
    further = next(link for link in page.links() if "k=" in link)
    assert len([a for _, a in page.elements if a.get("class") == "open"]) == 3
    more = seen(web.get(further))
    assert len([a for _, a in more.elements if a.get("class") == "open"]) == 6


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"document": "stockholm"}, {"stockholm"}),
        ({"since": "2021", "until": "2021-12-02"}, {"long", "short", "stockholm", "reykjavik"}),
        ({"since": "2021-12", "until": "2021-12"}, {"long", "short", "stockholm", "reykjavik"}),
        ({"since": "2022", "until": "2022"}, 1),
        ({"since": "2022-08"}, None),
        ({"until": "2020"}, None),
        ({"document": "nowhere"}, None),
        ({"since": "<b>"}, ...),
        ({"kind": "<b>"}, ...),
    ],
)
def test_filters_choose_the_documents(web, given, asked):
    response = web.get("/", params={"q": QUESTION, **given})
    mine = [
        (documents, kinds) for text, documents, kinds in web.site.engine.heard if text == QUESTION
    ]
    if asked is None:
        assert (response.status_code, mine) == (404, [])
        assert "There is no document" in response.text or "No document is from" in response.text
    elif asked is ...:
        assert mine == [(None, None)]
    elif asked == 1:
        assert mine == [({web.site.engine.hostile}, None)]
    else:
        assert mine == [(asked, None)]


def many_documents():
    engine = WebEngine()
    engine.sources |= {f"d{n}": made_source("Ida met Bo.", f"d{n}") for n in range(100)}
    return engine


@pytest.mark.parametrize(("chosen", "listed"), [(["d99"], 60), ([f"d{n}" for n in range(70)], 70)])
def test_a_chosen_document_is_listed_and_ticked_however_many_there_are(tmp_path, chosen, listed):
    with client(tmp_path / "s", build=many_documents) as web:
        response = web.get("/", params={"document": chosen})
        page = seen(response)
        boxes = [a for _, a in page.elements if a.get("name") == "document"]
        ticked = [a["value"] for a in boxes if "checked" in a]
        assert (ticked, len(boxes)) == (chosen, listed)
        every = len(web.site.engine.sources)
        assert f"These are {listed} of {every};" in response.text
        assert f"{every} documents to ask." in response.text


def test_every_failure_is_a_page_in_words(web):
    response = web.get("/", params={"q": "crash"})
    assert response.status_code == 500
    assert re.search(r"error [0-9a-f]{8}", response.text)
    assert "Traceback" not in response.text
    for path, status in (("/nowhere", 404), ("/read/nowhere", 404), ("/static/../app.py", 404)):
        response = web.get(path)
        assert response.status_code == status
        assert harmless(seen(response))


def test_a_limit_that_is_reached_is_said_with_when_to_come_back(tmp_path):
    with client(tmp_path / "s", settings={"limits.user": 1}) as web:
        assert web.get("/", params={"q": QUESTION}).status_code == 200
        response = web.get("/", params={"q": QUESTION})
        assert response.status_code == 429
        assert 1 <= int(response.headers["retry-after"]) <= 60
        assert "You have asked many questions." in response.text


# Reading


def read(web, source, span=None, **more):
    return web.get(reader(source.document, span).partition("#")[0], params=more or None)


def test_the_cited_words_are_marked(web):
    source = web.site.engine.sources["stockholm"]
    page = seen(read(web, source, Span(33, len(source.text))))
    assert "".join(page.marks) == "The talks lasted 30 minutes."
    assert "".join(page.article) == source.text
    anchors = [tag for tag, attributes in page.elements if attributes.get("id") == "quote"]
    assert anchors == ["mark"]
    assert any("s=0-32&f=" in link for link in page.links())  # the sentence before


def test_a_document_that_changed_marks_nothing_and_says_so(web):
    response = web.get("/read/stockholm?s=0-32&f=123456789abc")
    assert "has changed since the link was made" in response.text
    assert not seen(response).marks


@pytest.mark.parametrize(
    "s", ["32-0", "0-0", "0-99999", "-1-5", "0-32x", "٠-٣٢", "0", "a-b", "0-" + "9" * 400, "\x00"]
)
def test_a_span_that_cannot_be_cited_marks_nothing(web, s):
    response = web.get("/read/stockholm", params={"s": s})
    assert response.status_code == 200
    assert "cites no passage" in response.text
    assert not seen(response).marks


def test_a_link_without_a_fingerprint_marks(web):
    assert "".join(seen(web.get("/read/stockholm?s=0-32")).marks) == ANSWER


def test_the_passage_can_be_copied_with_its_citation(web):
    page = web.get("/read/stockholm?s=0-32").text
    for form in ("Quote alone", "Plain", "Markdown", "APA-like", "BibTeX"):
        assert f">{form}</dt>" in page
    assert "@misc{stockholm," in page


# Hostile


def test_a_hostile_document_renders_as_text(web):
    source = web.site.engine.sources[web.site.engine.hostile]
    for span in (None, *(region.span for region in source.regions)):
        page = seen(read(web, source, span))
        assert harmless(page)
        assert "".join(page.article) == HOSTILE.replace("\x00", "\ufffd")
        assert not [t for t, a in page.elements if t == "a" and "javascript" in (a["href"] or "")]
    marked = seen(read(web, source, source.regions[1].span))
    assert "".join(marked.marks) == HOSTILE.split("\n")[1].replace("\x00", "\ufffd")
    # Furniture is there and cannot be cited.
    assert not seen(read(web, source, source.regions[3].span)).marks
    # A direction override ends with the element that holds it.
    overrides = [a for t, a in page.elements if t == "bdi" and a["data-code"] == "U+202E"]
    assert len(overrides) == 2  # in the title and in the text


def test_a_hostile_answer_renders_as_text_on_every_page(web):
    for path in ("/?q=hostile", "/?q=hostile&kind=body&since=2022", "/documents", "/timeline"):
        response = web.get(path)
        assert response.status_code == 200
        assert harmless(seen(response))
        assert EVIL not in response.text
    assert EVIL in "".join(seen(web.get("/?q=hostile")).text)


ANY = st.text(
    st.characters(exclude_categories=("Cs",)) | st.sampled_from("<>\"'&\x00\u202e{}%"), max_size=80
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=ANY, name=st.sampled_from(["document", "kind", "since", "until", "after", "k"]), more=ANY
)
def test_hostile_queries_render_as_text(web, text, name, more):
    response = web.get("/?" + urlencode({"q": text, name: more}))
    assert response.status_code in {200, 404}
    page = seen(response)
    assert harmless(page)
    shown = [a.get("value") for t, a in page.elements if t == "input" and a.get("name") == "q"]
    assert _as_read(shown[0]) == _as_read(text)


def _as_read(text):
    """As a browser reads an attribute: no NUL, and one kind of line end."""
    return text.replace("\x00", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=ANY, s=ANY, f=ANY)
def test_hostile_addresses_render_as_text(web, path, s, f):
    response = web.get(f"/read/{quote(path, safe='/')}?" + urlencode({"s": s, "f": f}))
    assert response.status_code in {200, 404}
    assert harmless(seen(response))


def test_the_timeline_says_what_is_inferred(tmp_path, seeds_engine):
    with client(tmp_path / "s", build=lambda: seeds_engine) as web:
        page = seen(web.get("/timeline"))
    marks = [a for t, a in page.elements if t == "a" and "aria-label" in a and "class" in a]
    for attributes in marks:
        assert attributes["href"].startswith("/read/")
        assert attributes["class"].split()[0] in {"document", "meeting"}
    inferred = {a["aria-label"] for a in marks if "inferred" in a["class"]}
    assert any("2022-01-21" in label and "“Friday”" in label for label in inferred)
    assert any("2021-12-02" in a["aria-label"] for a in marks if "stated" in a["class"])
