import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import words
from bot.chat.layout import (
    Abstention,
    Budget,
    Heading,
    LeftOut,
    QuoteBlock,
    Segment,
    TooLong,
    Understood,
    layout,
    layout_excerpt,
    segments,
)
from bot.types import Excerpt
from retrieval.types import Kind, Reason, Span
from tests.bot.examples import FINGERPRINT, abstained, evidence, found, source

TEXT = "First here. The second one answers it. A third stands after.\nAnd a last line."


def cost(block):
    match block:
        case QuoteBlock():
            return sum(len(piece.text) for piece in block.segments) + 20
        case TooLong():
            return len(block.text) + 20
        case Abstention():
            return len(block.text) + len(block.nearest or "")
        case _:
            return len(block.text)


def budget(total=10_000, **changes):
    return Budget(total, cost, **changes)


def passages(laid):
    return [block for block in laid.blocks if isinstance(block, QuoteBlock | TooLong)]


def text_of(block):
    return "".join(piece.text for piece in block.segments)


# What is shown


def test_a_quote_with_its_answering_sentence_and_words():
    of = source(TEXT)
    laid = layout(found(evidence(of, 0, 60, marks=[(12, 39)], words=[(16, 22)])), budget=budget())
    (block,) = laid.blocks
    assert isinstance(block, QuoteBlock)
    assert block.segments == (
        Segment("First here. "),
        Segment("The ", marked=True),
        Segment("second", marked=True, words=True),
        Segment(" one answers it.", marked=True),
        Segment(" A third stands after."),
    )
    assert (laid.shown, laid.left_out) == (1, 0)


def test_the_citation_in_words():
    of = source(TEXT, date_known_by="inferred", given=frozenset({"publisher"}))
    laid = layout(
        found(evidence(of, 61, 77, number=2)),
        budget=budget(),
        link=lambda quote, citation: f"https://x/{quote.doc_id}/{citation.number}",
    )
    cite = passages(laid)[0].cite
    assert cite.parts == (
        "[Title of d]",
        "The Publisher",
        "2021-12-02 (date inferred)",
        "article text",
        "line 2",
    )
    assert cite.url == "https://x/d/2"
    assert cite.label is None


def test_a_readers_comment_is_labelled():
    laid = layout(
        found(evidence(source(TEXT, kind=Kind.COMMENT), 0, 11, kind=Kind.COMMENT)), budget=budget()
    )
    assert passages(laid)[0].cite.label == words.COMMENT_LABEL


def test_what_was_understood_comes_first():
    of = source(TEXT)
    laid = layout(found(evidence(of, 0, 11), understood="who met there?"), budget=budget())
    assert laid.blocks[0] == Understood("understood as: who met there?")


def test_an_abstention_with_the_closest_passages_unmarked():
    laid = layout(abstained(evidence(source(TEXT), 0, 39, marks=[(12, 39)])), budget=budget())
    assert laid.blocks[0] == Abstention(
        "The documents come close to this, but do not answer it.", "Closest passages:"
    )
    assert passages(laid)[0].segments == (Segment(TEXT[:39]),)
    assert laid.fallback == "The documents come close to this, but do not answer it."


def test_an_abstention_names_what_nothing_is_about():
    laid = layout(abstained(unsupported=("Vienna", "pool\nside", "<b>")), budget=budget())
    assert laid.blocks[0].text == (
        "The documents come close to this, but do not answer it. "
        "The closest passages say nothing about “Vienna”, “pool side” or “<b>”."
    )
    assert laid.fallback == laid.blocks[0].text


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason):
    laid = layout(abstained(reason=reason), budget=budget())
    assert len(laid.blocks) == 1
    assert laid.blocks[0].text.endswith(".")
    assert laid.blocks[0].nearest is None


def test_further_passages_have_a_heading():
    of = source(TEXT)
    laid = layout(found(evidence(of, 0, 11, number=4), understood="x"), budget=budget(), skipped=3)
    assert laid.blocks[0] == Heading(words.FURTHER)
    assert passages(laid)[0].cite.number == 4


def test_the_fallback_is_the_answering_sentence_and_where_it_stands():
    laid = layout(found(evidence(source(TEXT), 0, 60, marks=[(12, 39)])), budget=budget())
    assert laid.fallback == (
        "“The second one answers it.” — “Title of d”, The Publisher, 2021-12-02, article text"
    )


def test_a_very_long_sentence_is_not_cut_for_the_fallback():
    of = source("long " * 1000)
    laid = layout(found(evidence(of, 0, 5000)), budget=budget())
    assert "long" not in laid.fallback
    assert "Title of d" in laid.fallback


def test_an_excerpt():
    of = source(TEXT)
    one = evidence(of, 0, 60, marks=[(12, 39)])
    laid = layout_excerpt(Excerpt(one.quote, one.citation, FINGERPRINT), budget=budget())
    assert text_of(laid.blocks[0]) == TEXT[:60]
    short = layout_excerpt(Excerpt(one.quote, one.citation, FINGERPRINT), budget=budget(70))
    assert isinstance(short.blocks[0], TooLong)


# What fits


def many(count, size):
    of = source("".join(f"{number:0{size - 2}}. " for number in range(count)))
    return [
        evidence(of, number * size, (number + 1) * size, number=number + 1)
        for number in range(count)
    ]


def test_no_more_quotes_than_wanted_and_it_says_so():
    laid = layout(found(*many(5, 40)), budget=budget(quotes=2))
    assert [block.cite.number for block in passages(laid)] == [1, 2]
    assert laid.blocks[-1] == LeftOut(3, "3 further passages are not shown here.")
    assert (laid.shown, laid.left_out) == (2, 3)


def test_the_last_quotes_are_left_out_first_and_whole():
    laid = layout(found(*many(3, 100)), budget=budget(300))
    assert [block.cite.number for block in passages(laid)] == [1, 2]
    assert laid.blocks[-1] == LeftOut(1, "1 further passage is not shown here.")


def test_a_quote_too_long_alone_is_cited():
    laid = layout(found(*many(2, 1234)), budget=budget(500))
    assert [type(block) for block in passages(laid)] == [TooLong, TooLong]
    assert passages(laid)[0].text.startswith("A passage of 1,234 characters")
    assert passages(laid)[0].cite.number == 1
    assert passages(laid)[0].span == Span(0, 1234)


def test_a_long_quote_among_short_ones_keeps_its_place():
    of = source("short. " + "x" * 2000 + ". short")
    laid = layout(
        found(
            evidence(of, 0, 7, number=1),
            evidence(of, 7, 2009, number=2),
            evidence(of, 2009, 2014, number=3),
        ),
        budget=budget(1000),
    )
    assert [type(block) for block in passages(laid)] == [QuoteBlock, TooLong, QuoteBlock]


@st.composite
def answers(draw):
    text = draw(st.text(min_size=1, max_size=400))
    of = source(text)
    items = []
    for number in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        pairs = st.tuples(st.integers(start, end), st.integers(start, end)).map(sorted)
        marks = sorted(draw(st.lists(pairs, max_size=3)))
        wanted = draw(st.lists(pairs, max_size=2))
        items.append(evidence(of, start, end, marks=marks, words=wanted, number=number + 1))
    understood = draw(st.none() | st.text(max_size=100))
    kind = draw(st.sampled_from([found, abstained]))
    return of, kind(*items, understood=understood)


def least(answer, skipped=0):
    laid = layout(answer, budget=Budget(10**9, cost, quotes=0), skipped=skipped)
    return sum(cost(block) for block in laid.blocks if not isinstance(block, Understood))


@given(answers(), st.integers(0, 900), st.integers(1, 4))
def test_whole_quotes_in_order_within_the_budget(made, total, quotes):
    of, answer = made
    limits = Budget(total, cost, quotes=quotes)
    laid = layout(answer, budget=limits)
    evidence = getattr(answer, "evidence", None) or answer.nearest
    if total >= least(answer):
        assert sum(cost(block) for block in laid.blocks) <= total
    assert laid.shown + laid.left_out == len(evidence)
    assert laid.shown == len(passages(laid)) <= quotes
    for block, item in zip(passages(laid), evidence, strict=False):
        assert block.span == item.quote.span
        if isinstance(block, QuoteBlock):
            assert text_of(block) == of.text[block.span.start : block.span.end]
        assert block.cite.citation is item.citation
    said = [block.count for block in laid.blocks if isinstance(block, LeftOut)]
    assert said == ([laid.left_out] if laid.left_out else [])


@given(answers())
def test_segments_are_the_quote_and_marks_hold_no_outer_space(made):
    _, answer = made
    for item in getattr(answer, "evidence", None) or answer.nearest:
        pieces = segments(item.quote)
        assert "".join(piece.text for piece in pieces) == item.quote.text
        assert all(piece.text for piece in pieces)
        at = item.quote.span.start
        for piece in pieces:
            span = Span(at, at + len(piece.text))
            at = span.end
            inside = any(mark.contains(span) for mark in item.quote.marks)
            assert inside or not piece.marked or len(item.quote.marks) > 1
            assert piece.marked or not piece.words


def test_marks_do_not_begin_or_end_with_space():
    of = source("  one two \n three  ")
    pieces = segments(evidence(of, 0, len(of.text)).quote)
    assert pieces == (Segment("  "), Segment("one two \n three", marked=True), Segment("  "))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.01, "1 second"),
        (1.2, "2 seconds"),
        (60, "60 seconds"),
        (100, "2 minutes"),
        (181, "4 minutes"),
    ],
)
def test_waiting_times_are_never_too_short(seconds, said):
    assert words.wait_in_words(seconds) == said


@pytest.mark.parametrize(
    ("scope", "who"),
    [
        ("user", "You have"),
        ("channel", "This channel"),
        ("thread", "This conversation"),
        ("guild", "This place"),
        ("global", "Everybody"),
    ],
)
def test_limits_say_whose_and_until_when(scope, who):
    said = words.limited_in_words(scope, 12.2)
    assert said.startswith(who)
    assert said.endswith("Try again in 13 seconds.")


def test_further_close_passages_are_not_an_abstention_again():
    of = source(TEXT)
    close = evidence(of, 0, 11, number=4, marks=[(0, 11)])
    laid = layout(abstained(close), budget=budget(), skipped=3)
    assert laid.blocks[0] == Heading(words.CLOSEST)
    assert passages(laid)[0].segments == (Segment(TEXT[:11]),)
