"""Fitting: weights that rank the right sentence first, the same every time."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest
import reading

from retrieval.crossread import Read
from retrieval.errors import QuestionsError
from retrieval.read import Judgement, Weights, load_judgement
from retrieval.signals import SIGNALS
from retrieval.training.collections import Subject
from retrieval.training.judgement import (
    ANSWERS,
    ANSWERS_READ,
    ON_TOPIC,
    fit,
    main,
    material,
    save,
)
from retrieval.training.linear import ANSWERS_BY_HAND

NOTHING = Weights(0.0, {})


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
        return fit(material([learned], others, (model, model), most=20, seed=1, say=said.append))

    judgement, figures = fitted()
    assert (judgement, figures) == fitted()
    assert " cases of 2 subjects, " in said[0]
    assert " others, " in said[1]
    by_hand = ANSWERS_BY_HAND.keys()
    assert judgement.answers.by_signal.keys() == {*ANSWERS, *by_hand}
    assert judgement.on_topic.by_signal.keys() == set(ON_TOPIC)
    names = {*(ANSWERS_READ if model else ANSWERS), *by_hand}
    assert judgement.answers_read.by_signal.keys() == names
    assert judgement.answers.by_signal["kind_asked"] == ANSWERS_BY_HAND["kind_asked"]
    assert figures["first sentence answers"] > 0.5
    assert all(0 <= value <= 1 for value in figures.values())
    assert ("first sentence answers, without reading" in figures) is (model is not None)


def test_signals_can_be_done_without(given_subjects: list[Subject]) -> None:
    given = material([given_subjects[:2]], given_subjects[2:], BOTH, most=20, seed=1, say=len)
    gone = frozenset({"names", "cosine", "best_cosine", "reads", "kind_asked"})
    judgement, figures = fit(given, without=gone)
    for weights in (getattr(judgement, field.name) for field in fields(Judgement)):
        assert weights.by_signal
        assert gone.isdisjoint(weights.by_signal)
    assert figures.keys() == fit(given)[1].keys()


def test_sorts_of_questions_are_put_to_collections_of_their_own(
    given_subjects: list[Subject],
) -> None:
    learned, others = given_subjects[:2], given_subjects[2:]
    once, more = (
        material(sorts, others, NEITHER, most=20, seed=1, say=len)
        for sorts in ([learned], [learned, learned])
    )
    assert [case for case, _ in more.learned] == [case for case, _ in once.learned] * 2
    assert [case for case, _ in more.held_out] == [case for case, _ in once.held_out]


def test_one_collection_is_too_few(given_subjects: list[Subject]) -> None:
    with pytest.raises(QuestionsError, match="give more questions"):
        material([given_subjects[:1]], given_subjects[1:], NEITHER, most=20, seed=1, say=len)
    with pytest.raises(QuestionsError, match="give more questions"):
        material([given_subjects], [], NEITHER, most=20, seed=1, say=len)


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
    more = [reading.examples(2, seed=5 + number) for number in range(49)]  # collections 0 to 4
    own = reading.write_own(tmp_path / "own", [], more)
    out = tmp_path / "judgement.json"
    options = ("--model", model, "--most", "12", "--out", out, "--work", work, "--written", own)
    main([str(data), str(valid), *map(str, options)])
    fitted = load_judgement(out)
    assert fitted.ranking.by_signal.keys() == set(SIGNALS)
    told = capsys.readouterr().err
    assert " cases of " in told
    assert "first sentence answers: " in told
