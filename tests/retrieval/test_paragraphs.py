"""Every line is a paragraph, except in text wrapped to a column, which keeps its lists."""

import textwrap

import pytest

from retrieval.paragraphs import paragraphs
from retrieval.types import Span

MEETING = (
    "The ministers met for a good part of the afternoon in the old town and then again in the "
    "evening, when they agreed on a number of points that had been left open by their "
    "predecessors"
)
WIDTH = 70


def wrapped(text: str, mark: str = "") -> str:
    return textwrap.fill(text, WIDTH, initial_indent=mark, subsequent_indent=mark)


def openings(text: str) -> list[str]:
    """Return the first two words of every paragraph."""
    spans = paragraphs(text, Span(0, len(text)))
    assert "".join(text[span.start : span.end] for span in spans) == text
    return [" ".join(text[span.start : span.end].split()[:2]) for span in spans]


def full(start: str, last: str) -> str:
    """Return wrapped text whose last line ends with `last` and has room for nothing more."""
    for letters in range(1, WIDTH):
        text = wrapped(f"{start} {'x' * letters} {last}")
        if len(text.split("\n")[-1]) == WIDTH:
            return text
    raise AssertionError("no line came out full")


@pytest.mark.parametrize(
    ("last", "following"),
    [
        ("rejected by 88 votes to", "87. The chairman had the last word."),
        ("rejected by the chairman, George", "W. Hallin, who came from the north."),
        ("rejected under article", "4) of the treaty, which nobody had read."),
    ],
)
def test_a_number_or_an_initial_that_fell_to_a_line_start_opens_nothing(
    last: str, following: str
) -> None:
    assert openings(f"{full(MEETING, last)}\n{following}\n") == ["The ministers"]


@pytest.mark.parametrize("following", ["87. The chairman", "W. Hallin, who", "(a) the first"])
@pytest.mark.parametrize("before", ["stop", "colon", "room"])
def test_after_a_stop_or_a_line_with_room_it_is_an_item(before: str, following: str) -> None:
    ends = {"stop": full(MEETING, "to."), "colon": full(MEETING, "to:"), "room": wrapped(MEETING)}
    found = openings(f"{ends[before]}\n{following} had the last word.\n")
    assert found == ["The ministers", " ".join(following.split()[:2])]


@pytest.mark.parametrize("indent", ["", "   "])
def test_an_item_of_several_full_lines_without_a_stop_ends_at_the_next(indent: str) -> None:
    first = full(f"1. {MEETING}", "all of it")
    text = f"{wrapped(MEETING)}:\n{first}\n2. The second point\n3. The third\n"
    assert openings(text.replace("\n", f"\n{indent}")) == [
        "The ministers",
        "1. The",
        "2. The",
        "3. The",
    ]


def test_a_list_inside_wrapped_text_keeps_its_items() -> None:
    text = textwrap.dedent(
        """\
        The ministers met for a good part of the afternoon in the old town and
        then again in the evening, when they agreed on a number of points that
        had been left open by their predecessors:
        - the first point is a rather long one and goes on over the end of the
          line
        - the second point
        After that they left the town, each by his own road, and nobody said a
        word about it. The press waited.
        """
    )
    assert openings(text) == ["The ministers", "- the", "- the", "After that"]


@pytest.mark.parametrize("mark", ["> ", ">", "> > ", "  > "])
def test_the_lines_of_a_quotation_are_joined(mark: str) -> None:
    blank = mark.rstrip()
    text = f"{wrapped(MEETING, mark)}\n{blank}\n{wrapped(MEETING, mark)}\n"
    opening = " ".join(f"{mark}The ministers".split()[:2])
    assert openings(text) == [opening, blank.strip(), opening]


def test_a_quotation_is_apart_from_what_stands_around_it_and_inside_it() -> None:
    lines = [
        full(MEETING, "quoted"),
        full(f"> {MEETING}", "quoted").replace("\n", "\n> "),
        full(f">> {MEETING}", "quoted").replace("\n", "\n>> "),
        "> - an item",
        full(MEETING, "quoted"),
    ]
    assert openings("\n".join(lines)) == [
        "The ministers",
        "> The",
        ">> The",
        "> -",
        "The ministers",
    ]


def test_a_short_part_of_a_wrapped_text_is_judged_by_the_whole() -> None:
    line = "the ministers met for a good part of the afternoon in the old town and\n"
    short = "A short section is wrapped like everything around it in the file, in\nReykjavik."
    text = f"{line * 8}\n{short}"
    region = Span(text.index("A short"), len(text))
    assert len(paragraphs(text, region)) == 1
    assert len(paragraphs(text[region.start :], Span(0, len(region)))) == 2


def test_verse_and_short_lines_are_not_joined() -> None:
    verse = "Tiger Tiger, burning bright, in the wood\nIn the forests of the night, so good\n" * 4
    assert len(openings(verse)) == 8
    assert len(openings("Europe\nukraine war\nkeep reading\nlatest news")) == 4


@pytest.mark.parametrize("text", ["", " \n\n", "\n  A line.\n\n"])
def test_white_space_at_the_start_belongs_to_the_first(text: str) -> None:
    found = paragraphs(text, Span(0, len(text)))
    assert found == ((Span(0, len(text)),) if text else ())
