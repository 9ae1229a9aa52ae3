"""Every line has one kind, by line ranges or by patterns, and what is prose stays body."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.regions import (
    Lines,
    by_lines,
    by_patterns,
    heading,
    line_of,
    line_spans,
    title,
    uncovered,
)
from retrieval.types import Kind, Region, Span

# Lines as real files have them, and whatever else Unicode allows (no lone surrogates: no file has
# them, because none is UTF-8).
LINE = st.one_of(
    st.sampled_from(
        ["", " ", "\t", "\xa0", "# One", "## Two ##", "#no", "```", "---", "x: 1", "A.\r"]
    ),
    st.sampled_from(
        ["top of page", "the first line of what somebody wrapped to a column of some sixty"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
TEXT = st.one_of(
    st.lists(LINE, max_size=20).map("\n".join), st.text(st.characters(exclude_categories=["Cs"]))
)
FURNITURE = [re.compile("top of .*", re.IGNORECASE)]
SETTINGS = tomllib.loads((Path(__file__).parents[2] / "config" / "talks.toml").read_text("utf-8"))
SHIPPED = [re.compile(each, re.IGNORECASE) for each in SETTINGS["collection"]["furniture"]]


def kinds(text: str, *, front_matter: bool = False) -> list[tuple[Kind, str]]:
    found = by_patterns(text, furniture=FURNITURE, front_matter=front_matter)
    return [(region.kind, text[region.span.start : region.span.end]) for region in found]


def assert_lines_fit(text: str, regions: tuple[Region, ...], numbers: set[int]) -> None:
    """Regions are in order and in range, and hold exactly the lines named, each one whole."""
    spans = line_spans(text)
    end = 0
    for region in regions:
        assert end <= region.span.start < region.span.end <= len(text)
        end = region.span.end
    for number, span in enumerate(spans, 1):
        if not text[span.start : span.end].strip():
            continue
        holding = [region for region in regions if region.span.contains(span)]
        touching = [r for r in regions if r.span.start < span.end and span.start < r.span.end]
        assert holding == touching
        assert len(holding) == (number in numbers)


@given(TEXT, st.booleans())
def test_every_line_that_is_not_blank_is_in_exactly_one_region(
    text: str, front_matter: bool
) -> None:
    regions = by_patterns(text, furniture=FURNITURE, front_matter=front_matter)
    assert_lines_fit(text, regions, set(range(1, len(line_spans(text)) + 1)))


@given(TEXT, st.data())
def test_line_ranges_become_regions_and_the_rest_is_reported(
    text: str, data: st.DataObject
) -> None:
    count = len(line_spans(text))
    cuts = sorted(data.draw(st.sets(st.integers(1, count), max_size=8))) if count else []
    kind = st.sampled_from(list(Kind))
    ranges = [
        Lines(data.draw(kind), first, data.draw(st.integers(first, after - 1)))
        for first, after in pairwise([*cuts, count + 1])
    ]
    numbers = {n for lines in ranges for n in range(lines.first, lines.last + 1)}
    shuffled = data.draw(st.permutations(ranges))
    assert_lines_fit(text, by_lines(text, shuffled), numbers)

    missed = uncovered(text, shuffled)
    written = {n for n, s in enumerate(line_spans(text), 1) if text[s.start : s.end].strip()}
    inside = {n for first, last in missed for n in range(first, last + 1)}
    assert inside & written == written - numbers
    assert not inside & numbers
    assert all({first, last} <= written for first, last in missed)


@given(TEXT, st.data())
def test_line_of_counts_newlines_only(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    assert line_of(text, offset) == len(text[:offset].split("\n"))
    for number, span in enumerate(line_spans(text), 1):
        assert line_of(text, span.start) == line_of(text, span.end) == number


@pytest.mark.parametrize("offset", [-1, 4])
def test_line_of_refuses_an_offset_outside(offset: int) -> None:
    with pytest.raises(ValueError, match="outside the text's 3 characters"):
        line_of("abc", offset)


def test_only_a_newline_ends_a_line() -> None:
    text = "a\x0bb\x0cc\u2028d\x85e\rf\r\ng"
    assert [text[span.start : span.end] for span in line_spans(text)] == [text[:-3], "g"]


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\n\n", 2)]
)
def test_lines_are_counted_as_cat_counts_them(text: str, count: int) -> None:
    assert len(line_spans(text)) == count


def test_a_byte_order_mark_belongs_to_no_region() -> None:
    assert by_patterns("\ufeffWords") == (Region(Kind.BODY, Span(1, 6)),)
    assert by_patterns("\ufeff") == ()
    assert by_patterns("\ufeff# Name") == (Region(Kind.HEADING, Span(1, 7)),)


def test_a_range_keeps_its_white_space_but_not_the_last_line_ending() -> None:
    text = "\xa0one \r\n\r\n two\xa0\r\nthree"
    (region,) = by_lines(text, [Lines(Kind.BODY, 1, 3)])
    assert text[region.span.start : region.span.end] == "\xa0one \r\n\r\n two\xa0"


def test_neighbouring_ranges_of_one_kind_stay_apart() -> None:
    regions = by_lines("a\nb", [Lines(Kind.COMMENT, 2, 2), Lines(Kind.COMMENT, 1, 1)])
    assert [region.span for region in regions] == [Span(0, 1), Span(2, 3)]


def test_a_range_of_blank_lines_makes_no_region() -> None:
    assert by_lines("\n \n\xa0\n", [Lines(Kind.BODY, 1, 3)]) == ()


@pytest.mark.parametrize(
    "ranges",
    [
        [Lines(Kind.BODY, 1, 3)],
        [Lines(Kind.BODY, 0, 1)],
        [Lines(Kind.BODY, 2, 1)],
        [Lines(Kind.BODY, 1, 2), Lines(Kind.COMMENT, 2, 2)],
    ],
)
def test_wrong_ranges_are_refused(ranges: list[Lines]) -> None:
    with pytest.raises(ValueError, match="overlap or are not in the text"):
        by_lines("a\nb", ranges)


def test_headings_and_furniture_are_told_from_the_body() -> None:
    text = "Top of PAGE \n\n# Name\n## Part\nOne.\n\nTwo.\n\n#tag\n  top of the list\nbottom"
    assert kinds(text) == [
        (Kind.FURNITURE, "Top of PAGE "),
        (Kind.HEADING, "# Name"),
        (Kind.HEADING, "## Part"),
        (Kind.BODY, "One.\n\nTwo.\n\n#tag"),
        (Kind.FURNITURE, "  top of the list"),
        (Kind.BODY, "bottom"),
    ]


def test_a_pattern_must_match_the_whole_line() -> None:
    assert kinds("At the top of page one") == [(Kind.BODY, "At the top of page one")]


@pytest.mark.parametrize(
    "line",
    [
        "© 2020 Coastwire",
        "Copyright © The Courier, 2020",
        "Copyright (c) The Courier 2020. No copying.",
        "(c) 2020 The Courier",
        "Copyright 2020 The Courier. All rights reserved.",
        "Share this article",
        "Share on Facebook (Opens in new window)",
        "Subscribe to our newsletter",
    ],
)
def test_the_patterns_that_ship_know_furniture(line: str) -> None:
    assert [region.kind for region in by_patterns(line, furniture=SHIPPED)] == [Kind.FURNITURE]


@pytest.mark.parametrize(
    "line",
    [
        "Copyright Act of 1976 is the basis of the claim",
        "(c) The agreement of 2018 is ended by both sides.",
        "Post on the wall of the church says who was elected",
    ],
)
def test_the_patterns_that_ship_leave_prose_alone(line: str) -> None:
    assert [region.kind for region in by_patterns(line, furniture=SHIPPED)] == [Kind.BODY]


def test_a_line_in_the_midst_of_a_wrapped_sentence_is_no_furniture() -> None:
    prose = (
        "They spent a good part of the afternoon in the old town and they saw\n"
        "top of the list that they had been given by those who had been there\n"
        "before them, and what they bought there was of use to nobody but the\n"
        "dealers, which they did not say to anyone when they came home to the\n"
        "village."
    )
    assert kinds(f"{prose}\ntop of page") == [(Kind.BODY, prose), (Kind.FURNITURE, "top of page")]
    unwrapped = prose.replace("to the\n", "\n\n")
    assert kinds(f"A village\n{unwrapped}\ntop of page")[-1] == (Kind.FURNITURE, "top of page")


def test_a_comment_in_code_is_no_heading() -> None:
    text = "```sh\n# run it\n```\n# Real"
    assert kinds(text) == [(Kind.BODY, "```sh\n# run it\n```"), (Kind.HEADING, "# Real")]


def test_code_inside_a_line_opens_no_block() -> None:
    text = "```run it``` is what to type.\n# Real"
    assert kinds(text)[-1] == (Kind.HEADING, "# Real")


def test_front_matter_is_furniture_where_it_is_expected() -> None:
    text = "---\ntitle: Name\n# not a heading\n---\nBody.\n---\nMore."
    assert kinds(text, front_matter=True) == [
        (Kind.FURNITURE, "---\ntitle: Name\n# not a heading\n---"),
        (Kind.BODY, "Body.\n---\nMore."),
    ]
    assert kinds(text)[0] == (Kind.BODY, "---\ntitle: Name")


@pytest.mark.parametrize(
    "inside",
    [
        "title: Name\ntags:\n- one\n- two\n",
        "\n# a comment\n\n'date created': 2020\nlist: [\n  1,\n]\n",
        "summary: |\n  It rained.\n\n  Then it stopped.\n",
        "title:\n",
    ],
)
def test_front_matter_of_any_form_is_furniture(inside: str) -> None:
    block = f"---\n{inside}---"
    assert kinds(f"{block}\nBody.", front_matter=True) == [
        (Kind.FURNITURE, block),
        (Kind.BODY, "Body."),
    ]


@pytest.mark.parametrize(
    "inside",
    [
        "It rained all day.\n",
        "\n- It rained.\n- It stopped.\n",
        "# Weather\n\nIt rained.\n",
        "Note: it rained\nall day and all night.\n",
        "See http://example.org\n",
    ],
)
def test_prose_between_two_rules_is_no_front_matter(inside: str) -> None:
    found = kinds(f"---\n{inside}---\nBody.", front_matter=True)
    assert Kind.FURNITURE not in {kind for kind, _ in found}


def test_a_rule_that_is_never_closed_is_no_front_matter() -> None:
    assert kinds("---\nBody.", front_matter=True) == [(Kind.BODY, "---\nBody.")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("# Name", "Name"),
        ("   ###### Deep #", "Deep"),
        ("## C#", "C#"),
        ("#", ""),
        ("## ##", ""),
        ("# One \t# #", "One \t#"),
        ("# \xa0One\xa0", "One"),
        ("#Name", None),
        ("    # code", None),
        ("####### seven", None),
        ("Name", None),
    ],
)
def test_markdown_headings(line: str, words: str | None) -> None:
    text = f"# before\n{line}\n# after"
    found = heading(text, Span(9, 9 + len(line)))
    assert (None if found is None else text[found.start : found.end]) == words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Some words.\n\n## The  Name ##\n", "The Name"),
        ("---\nTitle: 'The Name'\n---\n# Other", "The Name"),
        ('---\ntitle: "The \\\\ \\"Name\\"" # really\n---\n# Other', 'The \\ "Name"'),
        ("---\ntitle: 'It''s a Name'\r\n---\n# Other", "It's a Name"),
        ("---\ntitle: The Name: C# # really\n---\n# Other", "The Name: C#"),
        ('---\ntitle: ""\n---\n# Other', "Other"),
        ("---\ntitle: # really\n---\n# Other", "Other"),
        ("---\ntitle: >-\n  The\n  Name\n---\n# Other", "Other"),
        ("---\ntitle: The\n  Name\n---\n# Other", "Other"),
        ('---\ntitle: "The \\x4eame"\n---\n# Other', "Other"),
        ('---\ntitle: "The" Name\n---\n# Other', "Other"),
        ("---\nlayout: post\n---\nThe Name\n\nBody.", "The Name"),
        ("\ufeff\n The\xa0Name \n\nBody text follows here.", "The Name"),
        ("Will it rain?\nNobody knows.", "Will it rain?"),
        ("Top of page\nThe Name\nBody.", "The Name"),
        ("会议记录\n正文。", "会议记录"),
        ("It rained all day.\nThen it stopped.", None),
        ("small letters begin\nBody.", None),
        ("Word " * 40, None),
        ("12. 3. 2020", None),
        ("", None),
    ],
)
def test_a_text_names_itself_or_not(text: str, expected: str | None) -> None:
    assert title(text, furniture=FURNITURE) == expected
