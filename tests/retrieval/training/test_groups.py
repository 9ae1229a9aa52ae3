"""Groups for the reader: the passages that are really found, and what one step makes of them."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.training.collections import Example, Subject
from retrieval.training.groups import Group, Shelf, groups, reduced, titles
from retrieval.types import Span

GROUP = Group(
    "Who opened the harbour?",
    (
        ("Oban", ("It rained. ", "Ida Brandt opened it. ", "The harbour is old. ")),
        ("", ("Ida Brandt was there. ", "Fish is dear. ")),
        ("Fish", ("Nothing. ",)),
    ),
    (0, 1),
    Span(0, 10),
    frozenset({(1, 0)}),
)


def test_an_answered_question_has_its_passage_and_what_is_found(
    given_subjects: list[Subject],
) -> None:
    made = list(groups(given_subjects, seed=1))
    examples = [e for s in given_subjects for e in s.examples]
    answered = [g for g in made if g.right]
    answerable = [e for e in examples if e.answer]
    for group, example in zip(answered, answerable, strict=True):
        assert group.question == example.question
        assert example.answer is not None
        words = example.context[example.answer.start : example.answer.end]
        assert group.right is not None
        assert group.answer is not None
        p, s = group.right
        sentence = group.passages[p][1][s]
        assert sentence[group.answer.start : group.answer.end] == words
        assert sentence.strip() in example.context
        assert len(group.passages) > 1  # what retrieval finds besides
        for q, (_, sentences) in enumerate(group.passages):
            for t, other in enumerate(sentences):
                assert ((q, t) in group.doubtful) == (words in other and (q, t) != group.right)
    unanswered = [g for g in made if not g.right]
    without = [e.question for e in examples if not e.answer]
    assert Counter(without) <= Counter(group.question for group in unanswered)
    assert len(unanswered) > len(without)  # those with a name exchanged
    assert made == list(groups(given_subjects, seed=1))


def test_what_a_whole_document_does_not_answer_has_its_passages_nearest_first(
    given_subjects: list[Subject],
) -> None:
    subject = given_subjects[0]
    source = next(s for s in subject.sources.values() if s.text.count("\n\n") > 1)
    last = source.text.split("\n\n")[-1]
    group = Shelf(subject).group(Example(last, source.text, None))
    texts = ["".join(sentences) for _, sentences in group.passages]
    assert group.right is None
    assert sorted(texts, key=source.text.index) != texts
    assert texts[0].strip() in last


def test_a_title_is_made_of_a_documents_names(given_subjects: list[Subject]) -> None:
    subject = given_subjects[0]
    for doc_id, title in titles(subject).items():
        for name in filter(None, title.split(", ")):
            assert name in subject.sources[doc_id].text


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 200))
def test_what_a_step_learns_is_part_of_the_group(seed: int, passages: int, chars: int) -> None:
    made = reduced(GROUP, random.Random(seed), passages=passages, chars=chars)  # noqa: S311
    assert 1 <= len(made.passages) <= passages
    known = {ss: title for title, ss in GROUP.passages}
    for title, sentences in made.passages:
        whole = next(ss for ss in known if "".join(sentences) in "".join(ss))
        assert title in ("", known[whole])
        assert sentences
    if made.right:
        p, s = made.right
        assert made.passages[p][1][s] == "Ida Brandt opened it. "
        assert made.answer == GROUP.answer
    else:
        assert made.answer is None
        assert all("Ida Brandt opened it. " not in ss for _, ss in made.passages)
    for p, s in made.doubtful:
        assert made.passages[p][1][s] == "Ida Brandt was there. "


def test_one_in_five_answers_is_taken_away() -> None:
    made = [reduced(GROUP, random.Random(i), passages=3, chars=90) for i in range(400)]  # noqa: S311
    assert 0.14 < sum(g.right is None for g in made) / len(made) < 0.26
    alone = Group(GROUP.question, GROUP.passages[:1], GROUP.right, GROUP.answer)
    for seed in range(50):
        assert reduced(alone, random.Random(seed), passages=3, chars=9).right  # noqa: S311


def test_one_in_five_answers_is_blotted_out_of_its_sentence() -> None:
    long = "Ida Brandt opened the old harbour in May."
    group = Group(GROUP.question, (("", ("It rained. ", long)),), (0, 1), Span(0, 10))
    made = [reduced(group, random.Random(i), passages=3, chars=90) for i in range(400)]  # noqa: S311
    without = [g for g in made if g.right is None]
    assert 0.14 < len(without) / len(made) < 0.26
    for each in without:
        assert each.answer is None
        assert any(s.endswith(" opened the old harbour in May.") for s in each.passages[0][1])
        assert not any("Ida Brandt" in s for s in each.passages[0][1])


@pytest.mark.parametrize("right", [None, (0, 1)])
def test_the_passage_asked_about_is_always_among_them(right: tuple[int, int] | None) -> None:
    group = Group(GROUP.question, GROUP.passages, right, Span(0, 3) if right else None)
    for seed in range(60):
        made = reduced(group, random.Random(seed), passages=2, chars=500)  # noqa: S311
        if right is None or made.right:
            assert any("It rained. " in ss for _, ss in made.passages)
