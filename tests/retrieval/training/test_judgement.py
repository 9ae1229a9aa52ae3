"""Fitting: weights that rank the right sentence first, the same every time."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import reading

from retrieval.crossread import Read
from retrieval.errors import QuestionsError
from retrieval.expect import Expect
from retrieval.question import Asked
from retrieval.read import SUMMARY, Judgement, Weights, load_judgement
from retrieval.signals import SIGNALS
from retrieval.training.cases import COLUMNS, Candidates
from retrieval.training.collections import Subject
from retrieval.training.judgement import (
    ANSWERS,
    ANSWERS_READ,
    BY_HAND,
    ON_TOPIC,
    fit,
    fit_probability,
    fit_ranking,
    main,
    material,
    save,
)

NOTHING = Weights(0.0, {})


def rows(count: int, *, seed: int = 0, read: bool = False) -> list[Candidates]:
    """Cases in which the right sentence has more of two signals and less of one."""
    generator = np.random.default_rng(seed)
    names = COLUMNS if read else SIGNALS
    nobody = Asked("", "", (), Expect.ANYTHING, frozenset())
    made = []
    for _ in range(count):
        values = generator.random((6, len(names)))
        worth = values[:, names.index("words")] * 4 + values[:, names.index("fits")] * 2
        worth -= values[:, names.index("passage")] * 3
        if read:
            values[:, names.index("reads")] *= 20
            worth += values[:, names.index("reads")]
        made.append(Candidates(nobody, values, np.arange(6) == worth.argmax()))
    return made


@pytest.mark.parametrize("read", [False, True])
def test_ranking_learns_what_makes_a_sentence_right(*, read: bool) -> None:
    weights = fit_ranking(rows(60, read=read))
    names = COLUMNS if read else SIGNALS
    found = weights.by_signal
    assert found.keys() == set(names)
    assert found["words"] > found["fits"] > 0 > found["passage"]
    assert abs(found["cosine"]) < found["fits"]
    assert {name: found[name] for name in BY_HAND} == BY_HAND
    bare = Weights(0.0, {n: v for n, v in found.items() if n not in BY_HAND})
    hits = [bare(r.values, names).argmax() == r.right.argmax() for r in rows(60, seed=9, read=read)]
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


class Finds:
    """A model that knows the answering sentence by its words."""

    def read(self, question: str, title: str, sentences: Sequence[str]) -> list[Read]:
        number = "counted" if "count" in question.lower() else "envoy"
        return [Read(5.0 if number in s else -5.0, None, 0.0) for s in sentences]


BOTH = (Finds(), Finds())
NEITHER = (None, None)


@pytest.mark.parametrize("model", [None, Finds()])
def test_fitting_is_repeatable_and_ranks_well(
    given_subjects: list[Subject], model: Finds | None
) -> None:
    said: list[str] = []

    def fitted() -> tuple[Judgement, dict[str, float]]:
        learned, others = given_subjects[:2], given_subjects[2:]
        return fit(material(learned, others, (model, model), most=20, seed=1, say=said.append))

    judgement, figures = fitted()
    assert (judgement, figures) == fitted()
    assert " cases of 2 subjects, " in said[0]
    assert judgement.answers.by_signal.keys() == set(ANSWERS)
    assert judgement.on_topic.by_signal.keys() == set(ON_TOPIC)
    assert judgement.answers_read.by_signal.keys() == set(ANSWERS_READ if model else ANSWERS)
    assert figures["first sentence answers"] > 0.5
    assert all(0 <= value <= 1 for value in figures.values())
    assert ("first sentence answers, without reading" in figures) is (model is not None)


def test_signals_can_be_done_without(given_subjects: list[Subject]) -> None:
    given = material(given_subjects[:2], given_subjects[2:], BOTH, most=20, seed=1, say=len)
    gone = frozenset({"names", "cosine", "best_cosine", "reads"})
    judgement, figures = fit(given, without=gone)
    for weights in (getattr(judgement, field.name) for field in fields(Judgement)):
        assert weights.by_signal
        assert gone.isdisjoint(weights.by_signal)
    assert figures.keys() == fit(given)[1].keys()


def test_one_collection_is_too_few(given_subjects: list[Subject]) -> None:
    with pytest.raises(QuestionsError, match="give more questions"):
        material(given_subjects[:1], given_subjects[1:], NEITHER, most=20, seed=1, say=len)
    with pytest.raises(QuestionsError, match="give more questions"):
        material(given_subjects, [], NEITHER, most=20, seed=1, say=len)


def test_what_is_saved_is_what_the_reader_loads(tmp_path: Path) -> None:
    judgement = Judgement(
        Weights(0.0, {"words": 1.23456}), Weights(-1.0, {"fits": 2}), NOTHING, NOTHING, NOTHING
    )
    path = tmp_path / "judgement.json"
    save(judgement, {"first sentence answers": 0.71234}, path)
    loaded = load_judgement(path)
    assert loaded.ranking == Weights(0.0, {"words": 1.2346})
    assert loaded.answers == judgement.answers
    assert json.loads(path.read_text())["validation"] == {"first sentence answers": 0.712}


def test_the_command_fits_from_a_data_file(
    tmp_path: Path, work: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = reading.write(tmp_path / "data.jsonl.gz", reading.examples(880))
    valid = reading.write(tmp_path / "valid.jsonl.gz", reading.examples(45, seed=2))
    out = tmp_path / "judgement.json"
    options = ("--model", model, "--most", "12", "--out", out, "--work", work)
    main([str(data), str(valid), *map(str, options)])
    fitted = load_judgement(out)
    assert fitted.ranking.by_signal.keys() == set(SIGNALS)
    told = capsys.readouterr().err
    assert " cases of " in told
    assert "first sentence answers: " in told
