"""A quote is the source's own words: whole sentences, as many as it takes to understand them."""

import dataclasses

import pytest
from fakes import source
from hypothesis import assume, example, given
from hypothesis import strategies as st

from retrieval.chunk import passages
from retrieval.errors import QuoteError
from retrieval.quote import cut, run_around, verify
from retrieval.sentences import trimmed
from retrieval.types import Kind, Passage, Region, Source, Span

pieces = st.sampled_from(
    [
        "The ferry left. ", "He waved. ", "“It is late.” ", "“It is late,” she said. ",
        "“And cold. ", "Go home.” ", 'They shouted "no". ', '"Never." ', "\n", "\n\n", "\r\n",
        "\u00a0", "But why? ", "Ida Brandt spoke. ", "x" * 80 + ". ", "„Ja“, sagte sie. ",
        "\u2028", "\0", "é", "🚢. ",
    ]
)  # fmt: skip
texts = st.one_of(st.lists(pieces, max_size=14).map("".join), st.text(max_size=60))


def body(text: str) -> Source:
    """Return a document that is one region."""
    return dataclasses.replace(source("d", text), regions=(Region(Kind.BODY, Span(0, len(text))),))


@given(texts, st.integers(1, 300), st.integers(1, 8))
@example("He left. “A. B. C.” \n\nIt rained.", 40, 8)
def test_a_run_is_whole_sentences_around_its_mark(text: str, most: int, together: int) -> None:
    document = body(text)
    for passage in passages(document, max_chars=120, max_sentences=together):
        starts = {trimmed(text, s).start for s in passage.sentences}
        ends = {trimmed(text, s).end for s in passage.sentences}
        for sentence in passage.sentences:
            mark = trimmed(text, sentence)
            run = run_around(document, passage, sentence, max_chars=most)
            quote = cut(document, passage, run, marks=(mark,), words=(mark,))
            verify(quote, document)
            assert quote.text == text[run.start : run.end] == quote.text.strip()
            assert run.contains(mark)
            assert run.start in starts
            assert run.end in ends
            assert len(run) <= most or run == mark


def of_lines(text: str) -> tuple[Source, Passage]:
    document = body(text)
    (passage,) = passages(document, max_chars=10_000, max_sentences=50, min_chars=5_000)
    return document, passage


def run_of(text: str, marked: str, *, most: int = 700) -> str:
    document, passage = of_lines(text)
    at = text.index(marked)
    sentence = next(s for s in passage.sentences if s.start <= at < s.end)
    span = run_around(document, passage, sentence, max_chars=most)
    return text[span.start : span.end]


@pytest.mark.parametrize(
    ("text", "marked", "run"),
    [
        # by itself
        ("The ferry left. Ida waved. It rained.", "Ida", "Ida waved."),
        # leaning on the sentence before, and on the one before that
        ("The ferry left. It was late. Ida waved.", "It was", "The ferry left. It was late."),
        ("Ida came. She waved. However, it rained.", "However",
         "Ida came. She waved. However, it rained."),
        ("Ida met Li. Nobody knew. The two spoke.", "The two", "Nobody knew. The two spoke."),
        ("He left. Ida waved.", "He", "He left."),
        # a quotation and who speaks, before it or after it
        ("Ida spoke to reporters. “We are late.” It rained.", "We are",
         "Ida spoke to reporters. “We are late.”"),
        ("“We are late.” Ida told us so.", "We are", "“We are late.” Ida told us so."),
        ('Ida spoke. "We are late." Rain fell.', "We are", 'Ida spoke. "We are late."'),
        ("Ida spoke. „Wir kommen.“ Rain fell.", "Wir", "Ida spoke. „Wir kommen.“"),
        # one that names its speaker itself
        ("It rained. “We are late,” said Ida, “as ever.” Rain fell.", "We are",
         "“We are late,” said Ida, “as ever.”"),
        # from the middle of a longer one
        ("Ida said: “We left. Rain fell. We came.” All laughed.", "Rain",
         "Ida said: “We left. Rain fell. We came.”"),
        # never over an empty line
        ("Ida waved:\n\nIt rained.", "It rained", "It rained."),
        ("Ida waved:\r\n\r\nIt rained.", "It rained", "It rained."),
    ],
)  # fmt: skip
def test_a_run_reads_on_its_own(text: str, marked: str, run: str) -> None:
    assert run_of(text, marked) == run


def test_a_run_grows_only_as_far_as_it_may() -> None:
    text = "The ferry left Port Ellen. It was late."
    assert run_of(text, "It was", most=len(text)) == text
    assert run_of(text, "It was", most=len(text) - 1) == "It was late."
    assert run_of(text, "It was", most=1) == "It was late."


def test_words_that_follow_an_open_mark_are_not_gathered_for_ever() -> None:
    text = "“One sea. " + "The ferry left. " * 12
    assert len(run_of(text, "One").split(". ")) == 3


good = st.just("Ida came. She waved.")


@given(good, st.integers(0, 25), st.integers(0, 25), st.integers(0, 25), st.integers(0, 25))
def test_a_quote_is_the_text_between_its_ends_or_an_error(
    text: str, a: int, b: int, c: int, d: int
) -> None:
    assume(a <= b and c <= d)
    document, passage = of_lines(text)
    sound = a <= c < d <= b <= len(text)
    try:
        quote = cut(document, passage, Span(a, b), marks=(Span(c, d),))
    except QuoteError:
        assert not sound
    else:
        assert sound
        assert quote.text == text[a:b]
        assert (quote.doc_id, quote.kind, quote.span) == ("d", passage.kind, Span(a, b))


ALL, FIRST, SECOND = Span(0, 20), Span(0, 9), Span(10, 20)


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ((), ()),  # nothing that answers
        ((Span(3, 3),), ()),
        ((SECOND, FIRST), ()),  # out of order
        ((Span(0, 12), SECOND), ()),  # on top of each other
        ((FIRST,), (Span(8, 11),)),  # a word that leaves its mark
        ((FIRST, SECOND), (Span(8, 12),)),  # or stands in two
        ((FIRST,), (Span(4, 4),)),
    ],
)
def test_marks_and_words_that_are_none_are_refused(
    marks: tuple[Span, ...], words: tuple[Span, ...]
) -> None:
    document, passage = of_lines("Ida came. She waved.")
    assert cut(document, passage, ALL, marks=(FIRST, SECOND), words=(Span(0, 3),)).text
    with pytest.raises(QuoteError, match="document d"):
        cut(document, passage, ALL, marks=marks, words=words)


def test_a_passage_of_another_document_is_refused() -> None:
    document, passage = of_lines("Ida came. She waved.")
    other = dataclasses.replace(passage, doc_id="other")
    with pytest.raises(QuoteError):
        cut(document, other, ALL, marks=(FIRST,))
    shorter = source("d", "Ida came.")  # the file became shorter since it was indexed
    with pytest.raises(QuoteError):
        cut(shorter, passage, ALL, marks=(FIRST,))
    with pytest.raises(QuoteError, match="no sentence"):
        run_around(document, passage, Span(0, 3), max_chars=100)


def test_verify_compares_every_character() -> None:
    document, passage = of_lines("Ida came. She waved.")
    quote = cut(document, passage, ALL, marks=(FIRST,))
    verify(quote, document)
    for wrong in (
        dataclasses.replace(quote, text="Ida came.  She waved."),
        dataclasses.replace(quote, text="Ida came. She waved"),
        dataclasses.replace(quote, span=Span(1, 20)),
        dataclasses.replace(quote, doc_id="other"),
    ):
        with pytest.raises(QuoteError, match="it is not shown"):
            verify(wrong, document)
    with pytest.raises(QuoteError):
        verify(quote, source("d", "Ida came. She wavéd."))
