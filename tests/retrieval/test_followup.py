"""A follow-up is completed with what it leaves out; a whole question is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.followup import carried, completed
from retrieval.text import STOP_WORDS, words
from retrieval.types import Abstained, Answer, Query, Reason

FERRY = "who opened the harbour of Port Ellen?"
COST = "How much did the new ferry to Gdansk cost?"


def answer(
    text: str, *, reason: Reason = Reason.OFF_TOPIC, understood: str | None = None
) -> Answer:
    return Abstained(Query(text, {}, 3), reason, (), 0.0, "f", understood)


def content(text: str) -> set[str]:
    return {word.folded for word in words(text)} - STOP_WORDS


@pytest.mark.parametrize(
    "text",
    [
        "when?",
        "Why?",
        "how long?",
        "where exactly?",
        "on what day?",
        "when was that?",
        "why did they do it",
        "How long did it last?",
        "how long did the talks between them take?",
        "what did she say about it?",
        "what did the mayor say about it?",
        "who told him?",
        "who told her about fish?",
        "which was his idea?",
        "how long did it take to build?",
        "who was its captain?",
        "did they talk about prisoners?",
        "which American prisoners did they discuss?",
        "who was there?",
        "who else?",
        "who said so?",
        "what came instead?",
        "what happened next?",
        "anything else about fish?",
        "tell me more",
        "more details?",
        "which one?",
        "and the other one?",
        "and in May?",
        "And Gdansk?",
        "what about the fish market",
        "how about Lena Vogt?",
        "but why?",
        "ok, and when",
        "or was it Oban?",
        "in Oban?",
        "with whom?",
        "by Lena Vogt?",
        "  where is it  ",
        "What happened in that meeting?",
        "AND THEN?",
    ],
)
@pytest.mark.parametrize("before", [FERRY, COST])
def test_what_leans_takes_the_words_it_lacks(text: str, before: str) -> None:
    found = completed(text, answer(before))
    assert found.startswith(text.strip() + " (")
    assert content(found) == content(text) | content(before) - {"who"}
    assert not any(word.folded in {"who", "how"} for word in words(found[len(text.strip()) :]))


@pytest.mark.parametrize(
    "text",
    [
        "who met in Oban?",
        "who sold the fish market",
        "fish prices",
        "How long did the strike in Oban last?",
        "what did Ida Brandt say when she left?",
        "what did russia say about its troops",
        "who cut the ribbon and when did the band play",
        "is it true that the ferry sank?",
        "Was there a deal on fish?",
        "are there any minutes of the meeting?",
        "what did the man say that bought the ferry",
        "what happened this week in Oban",
        "And who met in Oban?",
        "so when did the strike in Oban begin?",
        "ok and which German minister stood next to Lena Vogt at that news conference in Oban?",
        "In Oban, who met?",
        "in which year was the harbour built",
        "both sides agreed to what",
        "those who left the harbour",
        "who sold his boat?",
        "Which country recalled its ambassador?",
        "when did the ferry and its captain arrive",
        "How long did it take to build the bridge?",
        "how far is it from Oslo to Oban?",
        "why is it that ferries sink",
    ],
)
def test_a_whole_question_is_left_alone(text: str) -> None:
    assert completed(text, answer(FERRY)) == text


def test_nothing_new_adds_nothing() -> None:
    assert completed("who opened it", answer("who opened?")) == "who opened it"
    assert completed("why?", answer("what about it?")) == "why?"


@pytest.mark.parametrize(
    "reason", [Reason.SMALL_TALK, Reason.EMPTY_QUESTION, Reason.NO_WORDS, Reason.TOO_LONG]
)
def test_what_was_no_question_is_not_leant_on(reason: Reason) -> None:
    assert completed("when was that?", answer("thanks, great work", reason=reason)) == (
        "when was that?"
    )


def test_the_question_as_understood_is_leant_on() -> None:
    before = answer("who opend the harbor", understood="who opened the harbour")
    assert completed("when?", before) == "when? (opened the harbour)"


def test_a_third_turn_knows_the_first_and_a_long_talk_stays_short() -> None:
    second = completed("how long did it take?", answer(FERRY))
    assert second == "how long did it take? (opened the harbour of Port Ellen)"
    third = completed("and why?", answer("how long did it take?", understood=second))
    assert third == "and why? (take opened the harbour of Port Ellen)"
    for number in range(50):
        third = completed(f"and fish{number}?", answer("x", understood=third))
    assert third.count("(") == 1
    assert len(content(third)) == 17


text = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(["and", "who", "it", "Ida", "ferry", "(", ")", "?", "did they", "in", "\n"])
    ).map(" ".join),
)


@given(text, text, st.none() | text)
def test_it_only_ever_adds_words_of_the_question_before(
    asked: str, before: str, understood: str | None
) -> None:
    found = completed(asked, answer(before, understood=understood))
    if found != asked:
        assert found.startswith(asked.strip())
        assert content(found) <= content(asked) | content(understood or before)
        assert content(found) != content(asked)


@pytest.mark.parametrize("reason", [Reason.SMALL_TALK, Reason.EMPTY_QUESTION, Reason.TOO_LONG])
def test_thanks_in_between_does_not_end_a_conversation(reason: Reason) -> None:
    asked, thanks = answer(FERRY), answer("thanks", reason=reason)
    assert carried(asked, None) is asked
    assert carried(thanks, asked) is asked
    assert carried(thanks, None) is None
