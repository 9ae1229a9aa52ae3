from hypothesis import given
from hypothesis import strategies as st

from bot.service.passages import excerpt, following
from retrieval.types import Kind, Span
from tests.bot.examples import abstained, evidence, found, source
from tests.bot.service.engines import with_regions

TEXT = (
    "Headline here\nOne stands. Two stands. Three stands. Four stands.\nA reader writes. So there."
)
BODY = (TEXT.index("One"), TEXT.index("\nA reader"))


def document():
    return with_regions(
        source(TEXT),
        (Kind.HEADLINE, (0, 13)),
        (Kind.BODY, BODY),
        (Kind.COMMENT, (BODY[1] + 1, len(TEXT))),
    )


def span_of(words):
    return Span(TEXT.index(words), TEXT.index(words) + len(words))


def test_surroundings_stay_within_their_kind():
    quote, citation = excerpt(document(), span_of("Two stands."), around=1)
    assert quote.text == "One stands. Two stands. Three stands."
    assert quote.marks == (span_of("Two stands."),)
    quote, citation = excerpt(document(), span_of("Four stands."), around=5)
    assert quote.text == TEXT[BODY[0] : BODY[1]]
    assert (citation.line, citation.kind) == (2, Kind.BODY)


def test_exact_words():
    quote, citation = excerpt(document(), span_of("A reader writes."))
    assert (quote.text, citation.kind, citation.line) == ("A reader writes.", Kind.COMMENT, 3)


def test_what_is_not_inside_one_quotable_region_is_not_cut():
    of = document()
    assert excerpt(of, Span(5, 20)) is None
    assert excerpt(of, Span(20, 20)) is None
    assert excerpt(of, Span(0, 10**9)) is None
    furniture = with_regions(source(TEXT), (Kind.FURNITURE, (0, len(TEXT))))
    assert excerpt(furniture, Span(0, 5)) is None


@given(st.data())
def test_any_span_that_is_cut_is_the_documents_words(data):
    text = data.draw(st.text(min_size=1, max_size=200))
    of = source(text)
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    around = data.draw(st.integers(0, 3))
    quote, _ = excerpt(of, span, around=around)
    assert quote.text == text[quote.span.start : quote.span.end]
    assert quote.span.contains(span)
    assert quote.marks == (span,)


def items(*starts):
    of = source("x" * 1000)
    return [evidence(of, start, start + 10, number=n) for n, start in enumerate(starts, start=1)]


def test_what_a_longer_answer_adds_comes_after_what_was_shown():
    first = found(*items(100, 300))
    longer = found(*items(100, 500, 305, 700))  # 305 overlaps with what was shown
    page, more = following(first, longer, shown=2, count=1)
    assert [(one.quote.span.start, one.citation.number) for one in page.evidence] == [(500, 3)]
    assert more
    page, more = following(first, longer, shown=3, count=1)
    assert [(one.quote.span.start, one.citation.number) for one in page.evidence] == [(700, 4)]
    assert not more
    assert following(first, longer, shown=4, count=1) == (None, False)


def test_closest_passages_stay_closest_passages():
    page, _ = following(abstained(*items(1)), abstained(*items(1, 50)), shown=1, count=5)
    assert [one.quote.span.start for one in page.nearest] == [50]


@given(
    st.lists(st.integers(0, 900), unique=True, max_size=8),
    st.lists(st.integers(0, 900), unique=True, max_size=12),
    st.integers(1, 4),
)
def test_page_after_page_shows_everything_once(shown_first, all_of_them, count):
    first, longer = abstained(*items(*shown_first)), abstained(*items(*all_of_them))
    seen, at = [], 0
    while True:
        page, more = following(first, longer, shown=at, count=count)
        if page is None:
            break
        seen += [one.quote.span.start for one in page.nearest]
        at += len(page.nearest)
        assert more == (following(first, longer, shown=at, count=count)[0] is not None)
    assert seen[: len(shown_first)] == shown_first
    assert len(seen) == len(set(seen))
    assert set(seen) <= set(shown_first) | set(all_of_them)
