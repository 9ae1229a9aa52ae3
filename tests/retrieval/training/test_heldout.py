"""Reading questions become a folder that is measured as any collection is."""

import json
from pathlib import Path

import pytest
import reading

from retrieval import corpus
from retrieval.errors import QuestionsError
from retrieval.evaluate import judge, read_questions
from retrieval.training.collections import Example
from retrieval.training.heldout import main, write
from retrieval.types import Abstained, Query, Reason, Span


def test_every_question_is_written_with_the_words_that_answer_it(
    tmp_path: Path, model: str
) -> None:
    given = reading.examples(85)
    data = reading.write(tmp_path / "data.jsonl.gz", given)
    main([str(data), "--out", str(tmp_path / "out"), "--model", model])
    rows = read_questions(tmp_path / "out" / "questions.jsonl")
    assert [row.question for row in rows] == [example.question for example in given]
    assert [row.answerable for row in rows] == [example.answer is not None for example in given]
    assert {row.kind for row in rows} == {"reading", "near miss"}
    sources = {s.document.id: s for s in corpus.load(tmp_path / "out" / "documents")}
    for row, example in zip(rows, given, strict=True):
        if example.answer is None:
            continue
        (gold,) = row.gold
        assert gold.answer == example.context[example.answer.start : example.answer.end]
        text, within = sources[gold.doc].text, gold.sentence.index(gold.answer)
        # It is the place that was meant, in the paragraph that was asked about.
        start = text.index(example.context) + example.answer.start
        assert text.index(gold.sentence) + within == start
        judge(row, Abstained(Query("", {}, 1), Reason.OFF_TOPIC, (), 0.0, ""), sources)


def test_a_paragraph_stands_in_one_document_once(tmp_path: Path, model: str) -> None:
    given = reading.examples(85)
    assert write(given, tmp_path, model=model) == len(given)
    texts = [path.read_text("utf-8") for path in sorted((tmp_path / "documents").iterdir())]
    assert 1 < len(texts) <= 3
    for example in given:
        assert sum(text.count(example.context) for text in texts) == 1


def test_the_same_data_makes_the_same_files(tmp_path: Path, model: str) -> None:
    given = reading.examples(45)
    for name in ("one", "two"):
        write(given, tmp_path / name, model=model)
    one, two = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert one == two


def test_a_question_answered_elsewhere_is_not_declined(tmp_path: Path, model: str) -> None:
    first, second = "The envoy met Ida. So it was.", "The harbour opened. Ida met the envoy."
    given = [
        Example("who met?", first, Span(14, 17)),
        Example("who met? ", second, None),
        Example("who opened?", second, None),
    ]
    assert write(given, tmp_path, model=model) == 2
    lines = (tmp_path / "questions.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["gold"] for line in lines] == [
        [{"doc": "subject-1", "sentence": "The envoy met Ida.", "answer": "Ida"}],
        [],
    ]


@pytest.mark.parametrize("start", [7, 12, 26])
@pytest.mark.parametrize("length", [3, 8])
def test_words_that_come_twice_are_the_ones_that_were_meant(
    tmp_path: Path, model: str, start: int, length: int
) -> None:
    context = "It was Ida, Ida and again Ida. Nobody else came."
    write([Example("who?", context, Span(start, start + length))], tmp_path, model=model)
    (row,) = read_questions(tmp_path / "questions.jsonl")
    (gold,) = row.gold
    assert context.index(gold.sentence) + gold.sentence.index(gold.answer) == start
    assert gold.answer == context[start : start + length]


def test_what_lies_there_is_left_alone(tmp_path: Path, model: str) -> None:
    given = reading.examples(2)
    write(given, tmp_path, model=model)
    before = (tmp_path / "questions.jsonl").read_bytes()
    with pytest.raises(QuestionsError, match="is there already → name another folder"):
        write(given, tmp_path, model=model)
    assert (tmp_path / "questions.jsonl").read_bytes() == before
    with pytest.raises(QuestionsError, match="no question to write"):
        write([], tmp_path / "empty", model=model)
