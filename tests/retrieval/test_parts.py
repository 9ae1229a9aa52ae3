"""Questions that ask several things: what is asked apart, and what is one question after all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.parts import MOST, parts

NAMES = {"ida", "brandt", "oslo", "oban", "vigo"}


def apart(question: str) -> tuple[str, ...]:
    return parts(question, is_name=lambda folded: folded in NAMES)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("who met in Oslo and when", ("who met in Oslo", "when (met in Oslo)")),
        ("when and where did they land", ("when (land)", "where did they land")),
        (
            "What did Ida say about fish, and what did Brandt reply?",
            ("What did Ida say about fish", "what did Brandt reply?"),
        ),
        ("who is Ida Brandt? where was she born?",
         ("who is Ida Brandt", "where was she born? (Ida Brandt)")),
        ("what did he say and when did Brandt leave?",
         ("what did he say", "when did Brandt leave?")),
        ('who said "stop and what next" in Oslo and when?',
         ('who said "stop and what next" in Oslo', 'when? (said "stop and what next" in Oslo)')),
    ],
)  # fmt: skip
def test_each_clause_is_asked_with_what_it_leaves_out(
    question: str, expected: tuple[str, ...]
) -> None:
    assert apart(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Which talks were longer, those in Oslo or those in Oban?",
            ("Which talks were longer, those in Oslo?", "Which talks were longer, those in Oban?"),
        ),
        ("compare oslo and oban", ("compare oslo", "compare oban")),
        (
            "did Ida and Brandt meet in Oslo or in Oban?",
            ("did Ida and Brandt meet in Oslo?", "did Ida and Brandt meet in Oban?"),
        ),
        ("did they meet in Oslo or in Oban?", ("did they meet in Oslo?", "did they meet in Oban?")),
        ("was Oslo longer than Oban?", ("was Oslo longer?", "was Oban longer?")),
        (
            "how do the Oslo talks differ from before the Vigo talks and the Oban talks",
            (
                "how do the Oslo talks differ from before the Vigo talks",
                "how do the Oslo talks differ from before the Oban talks",
            ),
        ),
        (
            "how long did the talks in Oslo and Vigo last respectively?",
            (
                "how long did the talks in Oslo last respectively?",
                "how long did the talks in Vigo last respectively?",
            ),
        ),
        ("Is Ida Brandt taller than Olav Quist?",
         ("Is Ida Brandt taller?", "Is Olav Quist taller?")),
    ],
)  # fmt: skip
def test_the_same_is_asked_of_each_name_compared(question: str, expected: tuple[str, ...]) -> None:
    assert apart(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "",
        "who said what",
        "talks between Ida and Brandt in Oslo",
        "In which cities have Ida and Brandt met?",
        "which hotel or building in Oslo did they meet in?",
        "what did Ida say to both sides",
        "what did Ida say about where and when she would meet Brandt?",
        "who said “why? where to?”",
        "rock and roll and when and where and who and why and how",
    ],
)
def test_what_asks_one_thing_stays_whole(question: str) -> None:
    assert apart(question) == ()


WORDS = ["who", "when", "and", "or", "than", "compare", "both", "Oslo", "Oban", "met", "?", ";"]


@given(st.text(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join))
def test_there_are_a_few_parts_or_none(question: str) -> None:
    found = apart(question)
    assert len(found) in (0, *range(2, MOST + 1))
    for part in found:
        for word in part.replace("(", " ").replace(")", " ").split():
            assert word.strip("?!.,;") in question
