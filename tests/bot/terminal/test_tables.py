"""The views besides answers: reasons, collection, document."""

from dataclasses import replace
from pathlib import Path

from drawing import PLACE, drawn, screen_of
from tiny import HARBOUR, NASTY, SOURCES, TinyEngine

from bot.terminal.tables import ContextView, ExplainView, SourcesView, SourceView, kind_at
from bot.terminal.visible import unescape
from retrieval.types import Kind, Source, Span


def explained(question, **options):
    answer, trace = TinyEngine().trace(question, **options)
    view = ExplainView(answer, trace, PLACE, {"search": 1.25, "total": 2.0})
    return drawn(view, terminal=False, width=200)


def test_explaining_tells_every_signal_and_why_this_and_why_not_the_next():
    shown = explained("forty cars ferry", k=1)
    rows = {line.split("  ")[0]: line.split() for line in shown.splitlines()}
    assert rows["document:line"][1:3] == ["harbour:3", "harbour:3"]
    assert rows["quote"][1:3] == ["1", "-"]
    assert rows["reader"][1:3] == ["+2.00", "+1.00"]
    assert rows["bm25"][1:3] == ["#1", "3.50"]
    assert rows["coverage"][1:3] == ["0.67", "0.33"]
    assert (
        "Why this: quote 1 (harbour:3) has +2.00; the confidence that it answers is 0.80, " in shown
    )
    assert (
        "Why not the next: harbour:3 has +1.00; it differs most in letters 31.00 against" in shown
    )
    assert "harbor also met: harbour\n" in shown
    assert "milliseconds: search 1.2, total 2.0\n" in shown


def test_explaining_an_abstention_says_what_was_missing():
    assert "(nasty:1) has +1.00; the confidence that it answers is 0.20, and 0.50 is needed." in (
        explained("lighthouse keepers")
    )


def test_explaining_nothing_found_is_short():
    shown = explained("zebra")
    assert "0 sentences read" in shown
    assert "Why" not in shown


def test_a_document_is_shown_whole_with_numbers_and_kinds():
    shown = drawn(SourceView(SOURCES["harbour"]), terminal=False).splitlines()
    assert shown[0] == "1  headline    The Harbour Opens"
    assert shown[3] == "4  comment     ugly thing, the ferry was never on time"
    assert [line[15:] for line in shown] == HARBOUR.split("\n")


def test_escapes_of_a_document_are_shown_not_obeyed():
    shown = drawn(SourceView(SOURCES["nasty"]), terminal=False)
    assert unescape(shown[15:-1]) == NASTY


def test_lines_that_end_in_carriage_returns_are_shown_without():
    text = "one\r\ntwo\r\n"
    source = Source(replace(SOURCES["nasty"].document), text, ())
    assert (
        drawn(SourceView(source), terminal=False) == "1              one\n2              two\n3\n"
    )


def test_an_empty_line_belongs_to_the_region_around_it():
    source = SOURCES["harbour"]
    assert kind_at(source, Span(18, 18)) is Kind.BODY
    assert kind_at(source, Span(len(HARBOUR), len(HARBOUR))) is None


COLLECTION = SourcesView([(source, 0.066) for source in SOURCES.values()], Path("seeds"))


def test_the_collection_marks_what_a_text_does_not_say():
    shown = drawn(COLLECTION, terminal=False, width=200).splitlines()
    assert len(shown) == 3
    assert "The Harbour Opens" in shown[1]
    assert "Isle Gazette (inferred)" in shown[1]
    assert " 7% " in shown[1]
    assert "seeds/harbour.txt" in shown[1]
    assert "[nasty [bold]title\\x07]" in shown[2]
    assert "undated" in shown[2]


def test_the_collection_fits_a_terminal():
    rows = [row.rstrip() for row in screen_of(COLLECTION, width=80).display]
    assert rows[1].startswith("harbour  The Harbour Opens")
    assert any(row.startswith("         seeds/harbour.txt") for row in rows)


def test_a_quote_in_its_surroundings_is_marked():
    engine = TinyEngine()
    evidence = engine.ask("forty cars").evidence[0]
    view = ContextView(evidence, PLACE, engine.context(evidence))
    assert drawn(view, terminal=False).splitlines() == [
        "     seeds/harbour.txt:3 (article text)",
        " 1 | A second ferry follows in May.",
        "   > It carries forty cars.",
        "   | It was built in Gdansk.",
    ]
