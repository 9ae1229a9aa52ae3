"""The reader page is the text to the character, and what it marks is the quote."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import links
from bot.web import reading
from bot.web.article import article
from bot.web.reading import Doubt
from retrieval import corpus
from retrieval.quote import cut
from retrieval.types import QUOTABLE, Kind, Passage, Region, Source, Span
from tests.bot.web.conftest import client, document
from tests.bot.web.test_pages import Seen
from tests.conftest import ROOT

SEEDS = corpus.load(ROOT / "seeds")


def drawn(page, span):
    return Seen(f'<article id="text">{article(page, span)}</article>')


@pytest.mark.parametrize("source", SEEDS, ids=lambda source: source.document.id)
def test_for_every_sentence_the_text_sliced_by_the_span_is_the_quote(source):
    page = reading.page(source)
    assert len(page.sentences) > 20
    for kind, span in page.sentences:
        quote = cut(source, Passage(source.document.id, kind, span, (span,)), span, marks=(span,))
        seen = drawn(page, span)
        text = "".join(seen.article)
        assert text == source.text
        assert text[span.start : span.end] == quote.text == "".join(seen.marks)


def test_over_http_it_is_the_same(tmp_path, seeds_engine):
    with client(tmp_path / "s", build=lambda: seeds_engine) as web:
        for source in SEEDS:
            every = reading.page(source).sentences
            for _, span in every[:: len(every) // 4]:
                address = links.reader(source.document, span).partition("#")[0]
                seen = Seen(web.get(address).text)
                assert "".join(seen.article) == source.text
                assert "".join(seen.marks) == source.text[span.start : span.end]


def every_line(page):
    return [
        line for block in page.blocks for part in block.parts for lines in part for line in lines
    ]


class Counted(str):
    """A text that notes how far it was searched."""

    __slots__ = ("searched",)

    def count(self, what, start, end):
        self.searched = getattr(self, "searched", 0) + end - start
        return super().count(what, start, end)


def test_numbering_lines_walks_through_the_text_once():
    text = Counted("One line.\n" * 500)
    regions = tuple(Region(Kind.BODY, Span(n, n + 100)) for n in range(0, 5000, 100))
    page = reading.page(Source(document("d", text), text, regions))
    assert [line.number for line in every_line(page)] == list(range(1, 501))
    assert 0 < text.searched <= len(text)


def test_line_ends_of_two_characters_are_exact_and_not_pointed_out():
    text = "One line.\r\n\r\nAnother \r one.\r\nA third.\r\n"
    page = reading.page(Source(document("d", text), text, (Region(Kind.BODY, Span(0, len(text))),)))
    for span in (None, Span(0, 9), Span(0, len(text) - 2)):
        seen = drawn(page, span)
        assert "".join(seen.article) == text
        assert [a["data-code"] for t, a in seen.elements if t == "bdi"] == [
            "U+000D"
        ]  # the lone one
    assert all(not text[one.span.start : one.span.end].endswith("\r") for one in every_line(page))


# What a file may hold once it is UTF-8; NUL alone has no place in HTML.
TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0")
    | st.sampled_from("\n\n\n\r\t  .<>&A\u202e\u00a0"),
    max_size=120,
)


@st.composite
def sources(draw):
    """Any text, cut into regions anywhere."""
    text = draw(TEXT)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    regions = tuple(
        Region(draw(st.sampled_from(list(Kind))), Span(a, b))
        for a, b in zip(cuts[::2], cuts[1::2], strict=False)
        if text[a:b].strip()
    )
    return Source(document("d", text), text, regions)


@given(source=sources(), data=st.data())
def test_any_document_is_whole_whatever_is_cited(source, data):
    page = reading.page(source)
    chosen = [Span(r.span.start, r.span.end) for r in source.regions if r.kind in QUOTABLE]
    span = data.draw(st.sampled_from([None, *chosen]))
    seen = drawn(page, span)
    assert "".join(seen.article) == source.text
    for line in every_line(page):
        assert line.number == source.text.count("\n", 0, line.span.start) + 1
    assert "".join(seen.marks) == ("" if span is None else source.text[span.start : span.end])
    numbers = [int(a["data-line"]) for _, a in seen.elements if "data-line" in a]
    assert numbers == sorted(numbers)
    assert len([a for _, a in seen.elements if a.get("id") == "quote"]) == (span is not None)


def test_lines_are_numbered_as_the_file_has_them():
    source = SEEDS[3]
    seen = drawn(reading.page(source), None)
    numbered = [int(a["data-line"]) for _, a in seen.elements if "data-line" in a]
    assert numbered == [n for n, line in enumerate(source.text.split("\n"), 1) if line.strip()]


def test_furniture_and_comments_are_folded_and_a_cited_comment_is_not():
    source = SEEDS[0]
    page = reading.page(source)
    folded = [a for t, a in drawn(page, None).elements if t == "details"]
    assert [("open" in a, a["class"]) for a in folded] == [(False, "fold comment")]
    comment = next(span for kind, span in page.sentences if kind is Kind.COMMENT)
    opened = [a for t, a in drawn(page, comment).elements if t == "details"]
    assert "open" in opened[0]


def test_neighbours_are_the_sentences_around():
    page = reading.page(SEEDS[1])
    spans = [span for _, span in page.sentences]
    assert page.neighbours(None) == (None, spans[0])
    assert page.neighbours(spans[0]) == (None, spans[1])
    assert page.neighbours(Span(spans[3].start, spans[5].end)) == (spans[2], spans[6])
    assert page.neighbours(spans[-1]) == (spans[-2], None)


def test_a_link_says_what_it_cites():
    source = SEEDS[3]
    furniture, headline = source.regions[0], source.regions[1]
    s = f"{headline.span.start}-{headline.span.end}"
    assert reading.cited(source, "", "") is None
    quote, citation = reading.cited(source, s, source.document.sha256[:12])
    assert (quote.span, quote.marks) == (headline.span, (headline.span,))
    assert quote.text == source.text[headline.span.start : headline.span.end]
    assert (citation.kind, citation.span) == (Kind.HEADLINE, headline.span)
    assert reading.cited(source, s, "0" * 12) is Doubt.CHANGED
    over = f"{headline.span.start}-{headline.span.end + 5}"
    for wrong in (f"{furniture.span.start}-{furniture.span.end}", over, "5-5", "5", "-5", "５-９"):
        assert reading.cited(source, wrong, "") is Doubt.NO_PASSAGE


def test_the_link_of_a_document_that_is_renamed_or_described_anew_still_cites():
    source = SEEDS[3]
    renamed = replace(source, document=replace(source.document, title="Another", file="x.txt"))
    span = source.regions[1].span
    link = links.reader(source.document, span)
    assert link == links.reader(renamed.document, span)
