"""Views for a terminal: nothing of a document is obeyed, marks are seen with and without bold."""

import io
import re
from dataclasses import replace

import pytest
from drawing import PLACE, drawn, screen_of
from hypothesis import example, given
from hypothesis import strategies as st
from tiny import TinyEngine

from bot.terminal.answers import AnswerView, Passage
from bot.terminal.screen import Screen
from bot.terminal.visible import escape, styled, unescape
from bot.words import citation_parts, reason_in_words
from retrieval.types import Kind, Reason, Span

NASTY_TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\\xuU0123456789abcdef\x00\x1b\x07\n\t\r\u202e\u200b\ud800[]/"),
    ),
    max_size=60,
)


@given(NASTY_TEXT)
@example("\\x41")
@example("\\\\x41")
@example("\\\x1b")
@example("\\u202e\u202e\\U000e0001\U000e0001")
def test_unescaping_gives_the_same_text(text):
    assert unescape(escape(text)) == text


@given(NASTY_TEXT)
def test_nothing_that_a_terminal_obeys_is_left(text):
    shown = escape(text)
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown
    )
    shown.encode("utf-8")


def test_ordinary_text_stays_as_it_is():
    text = "“Curly” d’état\u00a0Nato — C:\\new ∕ नमस्ते עברית co\u00adop 👩\u200d🚀\nnext"
    assert escape(text) == text


@given(NASTY_TEXT.filter(lambda text: text), st.data())
def test_styles_fall_on_the_same_characters_after_escaping(text, data):
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))
    shown = styled(text, [(Span(50 + first, 50 + last), "bold")], start=50)
    (span,) = shown.spans
    assert unescape(shown.plain[: span.start]) == text[:first]
    assert unescape(shown.plain[span.start : span.end]) == text[first:last]
    assert unescape(shown.plain[span.end :]) == text[last:]


def test_the_answering_sentence_is_bold_and_its_words_underlined():
    screen = screen_of(AnswerView(TinyEngine().ask("who cut the ribbon", k=1), PLACE))
    line = screen.buffer[0]
    shown = "".join(line[x].data for x in range(80))
    bold = "".join(line[x].data for x in range(80) if line[x].bold)
    underlined = "".join(line[x].data for x in range(80) if line[x].underscore)
    assert shown.startswith(" 1 │ The harbour of Port Ellen opened on Monday. Mayor Ida")
    assert bold.startswith("Mayor Ida Brandt cut the")
    assert underlined == "Mayor Ida"


def test_without_bold_the_answering_sentence_has_its_own_line():
    lines = drawn(AnswerView(TinyEngine().ask("who cut the ribbon", k=1), PLACE), terminal=False)
    assert lines.splitlines()[:3] == [
        " 1 | The harbour of Port Ellen opened on Monday.",
        "   > Mayor Ida Brandt cut the ribbon.",
        "     answering words: Mayor Ida",
    ]


def test_a_pipe_gets_no_escapes_and_no_line_is_wrapped():
    text = " ".join(["word"] * 200)
    lines = drawn(Passage(text, 0, marks=(Span(0, len(text)),)), terminal=False, width=20)
    assert lines == f"   > {text}\n"


def test_a_tab_is_no_spaces_in_a_pipe_and_on_a_terminal():
    stream = io.StringIO()
    Screen(out=stream, err=stream).show(Passage("One\ttwo.", 0, marks=(Span(0, 8),)))
    assert stream.getvalue() == "   > One\\x09two.\n"
    assert unescape(stream.getvalue()) == "   > One\ttwo.\n"
    assert "One\\x09two." in screen_of(Passage("One\ttwo.", 0)).display[0]


def test_the_citation_line_tells_what_is_known_and_how():
    lines = drawn(AnswerView(TinyEngine().ask("forty cars", k=1), PLACE), terminal=False)
    assert (
        "“The Harbour Opens” · Isle Gazette (publisher inferred) · 2021-05-03 (date inferred) · "
        "article text · seeds/harbour.txt:3\n"
    ) in lines
    assert "https://gazette.example/harbour-opens#:~:text=It%20carries%20forty%20cars.\n" in lines


def test_a_citation_links_to_its_reader_page_where_there_is_one():
    place = replace(PLACE, public_url="https://talks.example")
    text = drawn(AnswerView(TinyEngine().ask("who cut the ribbon"), place), terminal=False)
    assert "https://talks.example/read/harbour?s=" in text
    assert "gazette.example" not in text


def test_an_inferred_title_is_never_in_quotation_marks():
    citation = TinyEngine().ask("ferry captain").evidence[0].citation
    assert citation_parts(citation)[0] == "[nasty [bold]title\x07]"
    assert citation_parts(citation)[1:] == ["undated", "article text"]


@pytest.mark.parametrize(
    ("known_by", "words"),
    [
        ("in text", "2021"),
        ("inferred", "2021 (date inferred)"),
        ("publisher's address", "2021 (date from the publisher's address)"),
    ],
)
def test_a_date_says_how_it_is_known(known_by, words):
    citation = TinyEngine().ask("forty cars").evidence[0].citation
    document = replace(citation.document, date="2021", date_known_by=known_by)
    assert words in citation_parts(replace(citation, document=document))


def test_markup_and_escapes_of_a_document_are_shown_not_obeyed():
    shown = drawn(AnswerView(TinyEngine().ask("ferry captain", documents={"nasty"}), PLACE))
    assert "wrote \\x1b[31mred\\x1b[0m [bold]words[/bold]" in shown
    assert "\\u202egnp.exe" in shown
    assert "\u202e" not in shown
    assert "\x1b[31m" not in shown
    assert "\x1b]8" not in shown
    assert "[nasty [bold]title\\x07]" in shown


def test_an_abstention_is_plain_words_and_its_passages_are_dim_without_marks():
    shown = drawn(AnswerView(TinyEngine().ask("lighthouse keepers"), PLACE))
    assert shown.startswith(
        "The documents come close to this, but do not answer it.\n\n"
        "\x1b[2mClosest passages:\x1b[0m\n"
    )
    assert "\x1b[1m" not in shown
    assert "> " not in drawn(
        AnswerView(TinyEngine().ask("lighthouse keepers"), PLACE), terminal=False
    )


def test_a_reader_comment_is_labelled_above_and_in_the_citation():
    shown = drawn(AnswerView(TinyEngine().ask("ugly thing", k=1), PLACE), terminal=False)
    assert shown.startswith("     a reader's comment, not the publisher's words\n 1 > ugly thing")
    assert " · reader comment · " in shown


def test_what_was_understood_is_said_first():
    answer = replace(TinyEngine().ask("forty cars"), understood="forty\x1b cars")
    assert drawn(AnswerView(answer, PLACE)).startswith("\x1b[2munderstood as: forty\\x1b cars")


def test_a_path_is_never_broken_over_lines():
    for width in range(30, 100):
        rows = screen_of(
            AnswerView(TinyEngine().ask("forty cars", k=1), PLACE), width=width
        ).display
        assert any("seeds/harbour.txt:3" in row for row in rows), width


def test_a_terminal_without_utf_8_gets_plain_bars_and_escapes():
    shown = drawn(AnswerView(TinyEngine().ask("sea door", k=1), PLACE), encoding="ascii")
    assert "\\u201ca door to the sea\\u201d" in shown
    assert "│" not in shown
    assert '"The Harbour Opens" - Isle Gazette' in shown


@pytest.mark.parametrize(("encoding", "marks"), [("utf-8", "“”"), ("ascii", '""')])
def test_words_of_the_question_that_nothing_is_about_are_harmless(encoding, marks):
    typed = ("\x1b[31mred", "[bold]b\n[/bold]")
    answer = replace(TinyEngine().ask("lighthouse keepers"), unsupported=typed)
    shown = drawn(AnswerView(answer, PLACE), terminal=False, encoding=encoding)
    first, last = (marks[0] + part + marks[1] for part in ("\\x1b[31mred", "[bold]b [/bold]"))
    assert f"say nothing about {first} or {last}." in " ".join(shown.split())
    assert "\x1b[31m" not in shown


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_sentence_of_its_own(reason):
    words = reason_in_words(reason)
    assert words.endswith(".")
    assert words not in {reason_in_words(other) for other in Reason if other is not reason}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_name_in_citations(kind):
    citation = replace(TinyEngine().ask("forty cars").evidence[0].citation, kind=kind)
    assert citation_parts(citation)[-1]
