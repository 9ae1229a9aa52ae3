"""Fitting: cases of every sort, weights that rank the right sentence first, the same every time."""

import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import reading
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import QuestionsError
from retrieval.read import SUMMARY, Judgement, Weights, load_judgement
from retrieval.signals import SIGNALS
from retrieval.training.collections import Subject
from retrieval.training.judgement import (
    ANSWERS,
    BY_HAND,
    ON_TOPIC,
    Bench,
    Case,
    Ranked,
    cases,
    fit,
    fit_probability,
    fit_ranking,
    in_chat,
    main,
    save,
)

NOTHING = Weights(0.0, {})
LEVEL = Judgement(NOTHING, NOTHING, NOTHING)


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


def test_cases_are_of_every_sort_and_the_same_every_time(given_subjects: list[Subject]) -> None:
    made = list(cases(given_subjects, most=20, seed=1))
    assert {case.label for case in made} == {
        "answerable", "removed", "not said", "swapped", "off topic",
    }  # fmt: skip
    again = list(cases(given_subjects, most=20, seed=1))
    assert [(c.label, c.question) for c in made] == [(c.label, c.question) for c in again]
    assert len(list(cases(given_subjects, most=2, seed=1))) < len(made)
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
    ranked = bench.ranked(Case(subject, example.question, "answerable", example))
    assert ranked is not None
    assert ranked.signals.shape == (len(ranked.right), len(SIGNALS))
    assert ranked.right.sum() == 1
    removed = Case(subject, example.question, "removed", example)
    assert bench.ranked(removed) is None
    summary = bench.summary(removed)
    assert summary is not None
    assert len(summary[0]) == len(SUMMARY)
    assert summary[1] is False
    assert bench.summary(Case(subject, "who is it", "off topic")) is None


def rows(count: int, *, seed: int = 0) -> list[Ranked]:
    """Cases in which the right sentence has more of two signals and less of one."""
    generator = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        signals = generator.random((6, len(SIGNALS)))
        worth = signals[:, SIGNALS.index("words")] * 4 + signals[:, SIGNALS.index("fits")] * 2
        worth -= signals[:, SIGNALS.index("passage")] * 3
        made.append(Ranked(signals, np.arange(6) == worth.argmax()))
    return made


def test_ranking_learns_what_makes_a_sentence_right() -> None:
    weights = fit_ranking(rows(60))
    found = weights.by_signal
    assert found["words"] > found["fits"] > 0 > found["passage"]
    assert abs(found["cosine"]) < found["fits"]
    assert {name: found[name] for name in BY_HAND} == BY_HAND
    bare = Weights(0.0, {n: v for n, v in found.items() if n not in BY_HAND})
    hits = [bare(r.signals, SIGNALS).argmax() == r.right.argmax() for r in rows(60, seed=9)]
    assert np.mean(hits) > 0.75  # one in six by chance


@pytest.mark.parametrize("prior", [0.5, 0.9])
def test_probabilities_are_fitted_to_the_prior(prior: float) -> None:
    generator = np.random.default_rng(0)
    values = generator.random((400, len(SUMMARY)))
    labels = values[:, SUMMARY.index("cosine")] + generator.normal(0, 0.3, 400) > 0.5
    weights = fit_probability(values, labels, ("cosine", "unknown"), prior=prior)
    assert weights.by_signal["cosine"] > 1 > abs(weights.by_signal["unknown"])
    sure = 1 / (1 + np.exp(-weights(values, SUMMARY)))
    balanced = np.where(labels, prior / labels.mean(), (1 - prior) / (1 - labels.mean()))
    assert np.average(sure, weights=balanced) == pytest.approx(prior, abs=0.02)


def test_fitting_is_repeatable_and_ranks_well(given_subjects: list[Subject]) -> None:
    said: list[str] = []
    judgement, figures = fit(given_subjects, most=20, seed=1, say=said.append)
    again, same = fit(given_subjects, most=20, seed=1, say=said.append)
    assert (judgement, figures) == (again, same)
    assert said[0].endswith("cases of 3 subjects")
    assert judgement.answers.by_signal.keys() == set(ANSWERS)
    assert judgement.on_topic.by_signal.keys() == set(ON_TOPIC)
    assert figures["first sentence answers"] > 0.5
    assert all(0 <= value <= 1 for value in figures.values())
    levelled = [Bench(s, LEVEL).summary(c) for s in given_subjects[:1]
                for c in cases(given_subjects[:2], most=20, seed=1) if c.subject is s]  # fmt: skip
    assert figures["first sentence answers"] > np.mean([s[1] for s in levelled if s])


def test_one_collection_is_too_few(given_subjects: list[Subject]) -> None:
    with pytest.raises(QuestionsError, match="give more questions"):
        fit(given_subjects[:1], most=20, seed=1, say=len)


def test_what_is_saved_is_what_the_reader_loads(tmp_path: Path) -> None:
    judgement = Judgement(Weights(0.0, {"words": 1.23456}), Weights(-1.0, {"fits": 2}), NOTHING)
    path = tmp_path / "judgement.json"
    save(judgement, {"first sentence answers": 0.71234}, path)
    loaded = load_judgement(path)
    assert loaded.ranking == Weights(0.0, {"words": 1.2346})
    assert loaded.answers == judgement.answers
    assert json.loads(path.read_text())["validation"] == {"first sentence answers": 0.712}


def test_the_command_fits_from_a_data_file(
    tmp_path: Path, work: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = reading.write(tmp_path / "data.jsonl.gz", reading.examples(480))
    out = tmp_path / "judgement.json"
    options = ("--model", model, "--most", "12", "--out", out, "--work", work)
    main([str(data), *map(str, options)])
    fitted = load_judgement(out)
    assert fitted.ranking.by_signal.keys() == set(SIGNALS)
    told = capsys.readouterr().err
    assert " cases of " in told
    assert "first sentence answers: " in told
