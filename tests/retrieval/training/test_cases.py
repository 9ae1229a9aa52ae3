"""Cases of every sort, and their sentences as the reader sees them."""

from collections.abc import Sequence

from retrieval.crossread import Read
from retrieval.read import Judgement, Weights
from retrieval.signals import SIGNALS
from retrieval.training.cases import COLUMNS, Bench, Case, cases
from retrieval.training.collections import Subject
from retrieval.training.groups import titles

LEVEL = Judgement(*[Weights(0.0, {})] * 5)


def strangers(given: Sequence[Subject]) -> list[Subject]:
    return [*given[1:], given[0]]


def test_cases_are_of_every_sort_and_the_same_every_time(given_subjects: list[Subject]) -> None:
    made = list(cases(given_subjects, strangers(given_subjects), most=20, seed=1))
    assert {case.label for case in made} == {
        "answerable", "removed", "not said", "swapped", "off topic",
    }  # fmt: skip
    again = list(cases(given_subjects, strangers(given_subjects), most=20, seed=1))
    assert [(c.label, c.question) for c in made] == [(c.label, c.question) for c in again]
    assert len(list(cases(given_subjects, strangers(given_subjects), most=2, seed=1))) < len(made)
    for case in made:
        asks_about_own = case.label in ("answerable", "removed")
        assert (case.example is not None) == asks_about_own
        if case.label == "off topic":
            assert case.question not in {e.question for e in case.subject.examples}


def test_a_removed_paragraph_is_not_found_and_a_right_sentence_is_known(
    given_subjects: list[Subject],
) -> None:
    subject = given_subjects[0]
    bench = Bench(subject, LEVEL)
    example = next(e for e in subject.examples if e.answer and e.question.startswith("How many"))
    found = bench.candidates(Case(subject, example.question, "answerable", example))
    assert found is not None
    assert found.values.shape == (len(found.right), len(SIGNALS))
    assert found.right.sum() == 1
    removed = bench.candidates(Case(subject, example.question, "removed", example))
    assert removed is not None
    assert not removed.right.any()
    assert len(removed.right) < len(found.right)
    assert bench.candidates(Case(subject, "who is it", "off topic")) is None
    ordered = found.best_first(Weights(0.0, {"words": 1.0}))
    words = ordered.values[:, SIGNALS.index("words")]
    assert list(words) == sorted(words, reverse=True)
    assert ordered.right.sum() == 1


def test_a_model_reads_under_the_documents_names(given_subjects: list[Subject]) -> None:
    subject = given_subjects[0]
    seen = []

    class Model:
        def read(self, question: str, title: str, sentences: Sequence[str]) -> list[Read]:
            seen.append(title)
            return [Read(0.0, None, 0.0)] * len(sentences)

    case = next(c for c in cases([subject], given_subjects[1:], most=5, seed=1))
    found = Bench(subject, LEVEL, Model()).candidates(case)
    assert found is not None
    assert found.values.shape[1] == len(COLUMNS)
    assert set(seen) <= set(titles(subject).values())
