"""Passages hold every sentence once, keep to one kind and one region, and respect their limits."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.chunk import passages
from retrieval.corpus import load
from retrieval.sentences import sentences, trimmed
from retrieval.types import QUOTABLE, Document, Kind, Region, Source, Span

SEEDS = Path(__file__).parents[2] / "seeds"

DOCUMENT = Document(
    id="d",
    file="d.txt",
    title="D",
    publisher=None,
    author=None,
    date=None,
    date_known_by="unknown",
    url=None,
    sha256="",
)


def source(*parts: tuple[Kind, str]) -> Source:
    """Build a source whose regions touch each other."""
    regions, text = [], ""
    for kind, part in parts:
        regions.append(Region(kind, Span(len(text), len(text) + len(part))))
        text += part
    return Source(DOCUMENT, text, tuple(regions))


def texts(made: Source, **limits: int) -> list[str]:
    return [made.text[p.span.start : p.span.end] for p in passages(made, **limits)]


prose = st.text(st.sampled_from(list("ab AB..!?:\n\n “”…é\0\u2028")), max_size=120)
parts = st.lists(st.tuples(st.sampled_from(list(Kind)), prose), max_size=5)


def check_laws(made: Source, **limits: int) -> None:
    found = passages(made, **limits)
    left = list(found)
    for region in made.regions:
        if region.kind not in QUOTABLE or not len(trimmed(made.text, region.span)):
            continue
        held = []
        while left and region.span.contains(left[0].span):
            passage = left.pop(0)
            assert passage.kind is region.kind
            assert passage.doc_id == made.document.id
            assert passage.span == Span(passage.sentences[0].start, passage.sentences[-1].end)
            held += passage.sentences
        assert tuple(held) == sentences(made.text, region.span)
    assert not left
    assert all(made.text[s.start : s.end].strip() for p in found for s in p.sentences)


@given(parts, st.integers(1, 60), st.integers(1, 4), st.integers(0, 40))
def test_every_sentence_is_in_exactly_one_passage_within_the_limits(
    written: list[tuple[Kind, str]], max_chars: int, max_sentences: int, min_chars: int
) -> None:
    made = source(*written)
    limits = {"max_chars": max_chars, "max_sentences": max_sentences, "min_chars": min_chars}
    check_laws(made, **limits)
    for passage in passages(made, **limits):
        assert len(passage.sentences) <= max_sentences
        if len(passage.sentences) > 1:
            assert len(trimmed(made.text, passage.span)) <= max_chars


def test_the_documents_that_come_with_the_program() -> None:
    for made in load(SEEDS):
        check_laws(made)
        assert all(len(p.span) <= 900 and len(p.sentences) <= 6 for p in passages(made))


def test_paragraphs_stay_apart_unless_they_are_short() -> None:
    long = "It was a long day in the old town. " * 3 + "\n"
    short = "It rained.\n"
    assert texts(source((Kind.BODY, long + long)), min_chars=100) == [long, long]
    joined = texts(source((Kind.BODY, short + long + short)), min_chars=100)
    assert joined == [short + long + short]
    apart = texts(source((Kind.BODY, short + long + short)), min_chars=100, max_sentences=3)
    assert apart == [short, long, short]
    assert texts(source((Kind.COMMENT, short), (Kind.COMMENT, short))) == [short, short]


def test_a_lead_in_goes_with_what_it_leads_to() -> None:
    lead = "There are several things to be said about the weather in these parts:\n"
    point = "1. It rains on most of the days that a year has, and on some it snows.\n"
    assert texts(source((Kind.BODY, lead + point + point)), min_chars=60) == [lead + point, point]


def test_a_long_paragraph_is_divided_evenly() -> None:
    made = source((Kind.BODY, "It was a long day. " * 8))
    assert [len(p.sentences) for p in passages(made, max_sentences=6)] == [4, 4]
    assert [len(p.sentences) for p in passages(made, max_chars=60, min_chars=0)] == [2, 3, 3]


def test_a_sentence_over_the_limit_is_kept_whole() -> None:
    long = "It was " + "very " * 300 + "late. "
    made = source((Kind.BODY, f"One. {long}Two."))
    assert texts(made) == ["One. ", long, "Two."]


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("Claim and counter-claim\n\n", "Claim and counter-claim"),
        ("## The talks ##\n", "The talks"),
        ("# C#\n", "C#"),
        (" The talks\n=========\n", "The talks"),
    ],
)
def test_a_passage_names_the_heading_above_it(heading: str, section: str) -> None:
    made = source(
        (Kind.BODY, "It began. "), (Kind.HEADING, heading), (Kind.BODY, "A."), (Kind.CAPTION, "B.")
    )
    sections = [p.section for p in passages(made)]
    assert sections[0] is None
    assert sections[1] == sections[2]
    assert sections[1] is not None
    assert made.text[sections[1].start : sections[1].end] == section


def test_marks_without_words_are_no_heading() -> None:
    made = source((Kind.HEADING, "# One\n"), (Kind.HEADING, "##\n"), (Kind.BODY, "A."))
    section = passages(made)[0].section
    assert section is not None
    assert made.text[section.start : section.end] == "One"


def test_nothing_quotable_no_passages() -> None:
    assert passages(source()) == ()
    made = source((Kind.BODY, " \n\u00a0"), (Kind.FURNITURE, "Latest."), (Kind.HEADING, "X"))
    assert passages(made) == ()


@pytest.mark.parametrize("limits", [{"max_chars": 0}, {"max_sentences": 0}, {"min_chars": -1}])
def test_limits_that_fit_nothing_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no passage fits"):
        passages(source((Kind.BODY, "A.")), **limits)
