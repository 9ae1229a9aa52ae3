"""Questions as typed, and with a name exchanged."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from retrieval.text import words
from retrieval.training.collections import Subject
from retrieval.training.variations import (
    blotted,
    contradicted,
    in_chat,
    strange_names,
    swapped,
)
from retrieval.types import Span


@given(st.text(max_size=60), st.integers(0, 200))
def test_typed_questions_keep_their_letters(text: str, seed: int) -> None:
    typed = in_chat(text, random.Random(seed))  # noqa: S311
    assert Counter(typed) <= Counter(text) + Counter(text.lower()) + Counter(" " * len(text))
    assert bool(typed.strip()) or not text.strip("? \t\n").strip()


def test_questions_are_typed_in_several_ways() -> None:
    question = "Who opened the Harbour of Oban?"
    ways = {in_chat(question, random.Random(seed)) for seed in range(200)}  # noqa: S311
    assert {question, "who opened the harbour of oban", "opened harbour oban"} <= ways
    slips = ways - {question, "who opened the harbour of oban", "opened harbour oban"}
    assert len(slips) >= 3
    assert all(Counter(slip) == Counter("who opened the harbour of oban") for slip in slips)


def test_a_name_is_exchanged_for_one_of_elsewhere(given_subjects: list[Subject]) -> None:
    here, there = (s.index.vocabulary for s in given_subjects[:2])
    strange = strange_names(here, there)
    assert strange
    assert not any(name in here for name in strange)
    dice = random.Random(1)  # noqa: S311
    for example in given_subjects[0].examples:
        asked = swapped(example.question, here, strange, dice)
        if asked is None:
            continue
        before, after = example.question.split(), asked.split()
        changed = [(b, a) for b, a in zip(before, after, strict=True) if b != a]
        assert len(changed) == 1
        assert changed[0][1].strip("?").lower() in strange
    assert swapped("who is it", here, strange, dice) is None
    assert swapped(given_subjects[0].examples[1].question, here, [], dice) is None


CONTEXT = (
    "In 1996 the envoy Ida Brandt opened the first harbour of Oban, and by 2004 it was the largest"
    " in the north. The cost was 40 million, which Anna Quist of Vigo paid."
)
PAID = Span(CONTEXT.index("Anna"), CONTEXT.index(" of Vigo"))


def changes(question: str) -> set[str | None]:
    return {
        contradicted(question, CONTEXT, PAID, random.Random(seed))  # noqa: S311
        for seed in range(60)
    }


def test_a_question_is_changed_against_its_paragraph() -> None:
    assert changes("Who paid for the harbour that Ida Brandt opened?") == {
        "Who paid for the harbour that Oban opened?",
        "Who paid for the harbour that Ida Brandt closed?",
    }
    assert changes("Who paid 40 million?") == {"Who paid 1996 million?", "Who paid 2004 million?"}
    assert changes("Who paid for the first harbour?") == {"Who paid for the last harbour?"}


def test_what_has_nothing_to_change_is_at_most_denied() -> None:
    assert changes("Who was it?") == {None, "Who wasn't it?"}
    assert changes("Who paid?") == {None}
    assert changes("Who met Olav Halk in 1901?") == {None}  # the paragraph says neither


@given(st.text(max_size=80), st.text(max_size=80), st.integers(0, 99))
def test_any_text_can_be_tried(question: str, context: str, seed: int) -> None:
    changed = contradicted(question, context, Span(0, 0), random.Random(seed))  # noqa: S311
    assert changed is None or changed != question


def blots(sentence: str, said: str) -> set[str | None]:
    at = sentence.index(said)
    return {
        blotted(sentence, Span(at, at + len(said)), random.Random(seed))  # noqa: S311
        for seed in range(40)
    }


def test_an_answer_is_blotted_out_of_its_sentence() -> None:
    opened = "Ida Brandt opened the harbour in 1996, on a Monday."
    assert blots(opened, "1996") == {"Ida Brandt opened the harbour, on a Monday."}
    assert blots(opened, "Ida Brandt") == {
        f"{someone} opened the harbour in 1996, on a Monday."
        for someone in ("They", "It", "Others", "Someone", "One of them")
    }
    assert blots(opened, "harbour") == {
        f"Ida Brandt opened {thing} in 1996, on a Monday."
        for thing in ("it", "this", "something", "such things")
    }
    assert blots("In May, it rained over Oban.", "May") == {"It rained over Oban."}
    assert blots("It cost them £40 million then.", "40 million") == {
        f"It cost them {some} then." for some in ("several", "some", "a number of")
    }


def test_what_cannot_be_blotted_out_stays() -> None:
    assert blots("Ida Brandt opened it.", "Brandt opened") == {None}  # too little would remain
    assert blots("They saw the shipping lanes of Oban.", "ship") == {None}  # part of a word


@given(st.text(max_size=80), st.integers(0, 80), st.integers(0, 80), st.integers(0, 9))
def test_any_sentence_can_be_blotted(text: str, start: int, size: int, seed: int) -> None:
    span = Span(min(start, len(text)), min(start + size, len(text)))
    rest = blotted(text, span, random.Random(seed))  # noqa: S311
    assert rest is None or len(words(rest)) >= 4
