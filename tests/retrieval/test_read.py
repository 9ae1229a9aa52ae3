"""The order of sentences, the words that answer, and whether anything does."""

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from harbour import QUESTIONS, SOURCES, case
from numpy.typing import NDArray

from retrieval.crossread import Read
from retrieval.errors import ReaderError
from retrieval.read import (
    READ,
    SUMMARY,
    SUMMARY_READ,
    Judgement,
    Reader,
    Together,
    Weights,
    load_judgement,
    summarised,
)
from retrieval.signals import SIGNALS
from retrieval.text import STOP_WORDS
from retrieval.types import Reading, Span


@pytest.mark.parametrize("question", QUESTIONS)
def test_readings_are_all_sentences_best_first(reader: Reader, question: str) -> None:
    given = case(reader, question)
    readings = reader.read(given.asked, given.encoded, given.hits)
    there = [(hit.row, sentence) for hit in given.hits for sentence in hit.passage.sentences]
    assert sorted((r.hit.row, r.sentence) for r in readings) == sorted(there)
    scores = [r.score for r in readings]
    assert scores == sorted(scores, reverse=True)
    ranking = load_judgement().ranking
    for reading in readings:
        assert tuple(reading.features) == SIGNALS
        by_hand = sum(ranking.by_signal.get(n, 0) * v for n, v in reading.features.items())
        assert reading.score == pytest.approx(by_hand + ranking.bias)


def test_equal_sentences_keep_the_order_of_the_hits(reader: Reader) -> None:
    nothing = Weights(0.5, {})
    level = Reader(reader.index, reader.sources, Judgement(*[nothing] * 5))
    given = case(reader, "who cut the ribbon")
    readings = level.read(given.asked, given.encoded, given.hits)
    there = [(hit.row, sentence) for hit in given.hits for sentence in hit.passage.sentences]
    assert [(r.hit.row, r.sentence) for r in readings] == there
    assert {r.score for r in readings} == {0.5}


@pytest.mark.parametrize(
    ("question", "sentence", "answering"),
    [
        ("who cut the ribbon", "Mayor Ida Brandt", ["Mayor Ida Brandt"]),
        ("how long did the ribbon take", "Mayor Ida Brandt", ["30 minutes"]),
        ("who praised the ferry from Gdansk", "She praised", []),  # only what the question names
        ("when did Hugh Reid speak", "The mayor of Oban", ["2021"]),
        ("who is Ida Brandt", "The mayor of Oban", []),  # two names: no telling which
        ("who left", "Ann Muir", ["Ann Muir and Jon Low"]),  # both did
        ("what did the mayor cut", "Mayor Ida Brandt", []),  # anything might answer
        ("why did the harbour open", "The harbour of", []),
    ],
)
def test_a_single_candidate_is_the_answering_words(
    reader: Reader, question: str, sentence: str, answering: list[str]
) -> None:
    given = case(reader, question)
    texts = {s.document.id: s.text for s in SOURCES}
    (reading,) = [
        r
        for r in reader.read(given.asked, given.encoded, given.hits)
        if texts[r.hit.passage.doc_id].startswith(sentence, r.sentence.start)
    ]
    text = texts[reading.hit.passage.doc_id]
    assert [text[w.start : w.end] for w in reading.words] == answering
    assert all(reading.sentence.contains(word) for word in reading.words)


def values_of(readings: Sequence[Reading]) -> NDArray[np.float64]:
    return np.array([list(reading.features.values()) for reading in readings])


def test_the_summary_is_the_first_readings_signals_and_what_stands_around_it(
    reader: Reader,
) -> None:
    given = case(reader, "who cut the purple ribbon")
    readings = reader.read(given.asked, given.encoded, given.hits)
    summary = dict(zip(SUMMARY, summarised(given.asked, values_of(readings)), strict=True))
    assert {n: summary[n] for n in SIGNALS} == dict(readings[0].features)
    assert summary["best_cosine"] == max(r.features["cosine"] for r in readings)
    assert summary["best_words"] == max(r.features["words_passage"] for r in readings)
    unknown = [w for w in given.asked.words if not w.variants]
    assert [w.folded for w in unknown] == ["purple"]
    share = unknown[0].rarity / sum(w.rarity for w in given.asked.words)
    assert summary["unknown"] == pytest.approx(share)


def test_judging_is_logistic_in_the_summary(reader: Reader) -> None:
    answers, on_topic = Weights(-1.0, {"words": 0.5}), Weights(2.0, {"unknown": -3.0})
    judging = dataclasses.replace(
        reader,
        judgement=dataclasses.replace(reader.judgement, answers=answers, on_topic=on_topic),
    )
    given = case(reader, "who cut the purple ribbon")
    readings = judging.read(given.asked, given.encoded, given.hits)
    summary = dict(zip(SUMMARY, summarised(given.asked, values_of(readings)), strict=True))
    judged = judging.judge(given.asked, readings)
    assert judged.answers == pytest.approx(1 / (1 + math.exp(1 - 0.5 * summary["words"])))
    assert judged.on_topic == pytest.approx(1 / (1 + math.exp(3 * summary["unknown"] - 2)))


class Letters:
    """Reads a sentence as its share of the letter e; its first word answers. Notes what it saw."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, tuple[str, ...]]] = []

    def read(self, question: str, title: str, sentences: Sequence[str]) -> list[Read]:
        self.seen.append((question, title, tuple(sentences)))
        return [
            Read(10 * s.count("e") / len(s), Span(0, s.index(" ")), float(len(s)))
            for s in sentences
        ]


def test_the_best_passages_are_read_with_the_model(reader: Reader) -> None:
    given = case(reader, "who cut the ribon in Port Ellen")
    texts = {s.document.id: s.text for s in SOURCES}
    plain = reader.read(given.asked, given.encoded, given.hits)
    model = Letters()
    by_reading = Weights(0.0, {"reads": 1.0})
    reading = dataclasses.replace(
        reader,
        judgement=dataclasses.replace(
            reader.judgement, ranking_read=by_reading, answers_read=by_reading
        ),
        together=Together(model, passages=2),
    )
    found = reading.read(given.asked, given.encoded, given.hits)
    best = list(dict.fromkeys(r.hit.row for r in plain))[:2]
    assert len(model.seen) == 2
    for row, (question, title, sentences) in zip(best, model.seen, strict=True):
        hit = next(h for h in given.hits if h.row == row)
        assert question == given.asked.corrected == "who cut the ribbon in Port Ellen"
        assert title == {"h": "The Harbour", "f": "Fish"}[hit.passage.doc_id]
        text = texts[hit.passage.doc_id]
        assert sentences == tuple(text[s.start : s.end] for s in hit.passage.sentences)
    assert sorted((r.hit.row, r.sentence) for r in found) == sorted(
        (r.hit.row, r.sentence) for r in plain
    )
    assert [r.score for r in found] == sorted((r.features["reads"] for r in found), reverse=True)
    read = [r for r in found if r.hit.row in best]
    for r in read:
        said = texts[r.hit.passage.doc_id][r.sentence.start : r.sentence.end]
        assert r.features["reads"] == 10 * said.count("e") / len(said)
    for r in found:
        assert tuple(r.features) == (*SIGNALS, *READ)
        if r.hit.row not in best:
            for name in READ:  # not read: no better than the least of what was
                assert r.features[name] == min(other.features[name] for other in read)
    summary = dict(zip(SUMMARY_READ, summarised(given.asked, values_of(found)), strict=True))
    reads = [r.features["reads"] for r in found]
    assert summary["any_reads"] == pytest.approx(math.log(sum(map(math.exp, reads))))
    assert summary["lead_reads"] == pytest.approx(reads[0] - reads[1])
    judged = reading.judge(given.asked, found)
    assert judged.answers == pytest.approx(1 / (1 + math.exp(-reads[0])))


class Marks:
    """Marks one word, wherever it stands."""

    def __init__(self, word: str) -> None:
        self.word = word

    def read(self, question: str, title: str, sentences: Sequence[str]) -> list[Read]:
        spans = [
            Span(at, at + len(self.word)) if (at := s.find(self.word)) >= 0 else None
            for s in sentences
        ]
        return [Read(0.0, span, 0.0) for span in spans]


@pytest.mark.parametrize(
    ("marked", "answering"), [("Hugh", ["Hugh Reid"]), ("ferry", []), ("zebra", [])]
)
def test_of_several_candidates_the_one_that_the_model_marks_answers(
    reader: Reader, marked: str, answering: list[str]
) -> None:
    given = case(reader, "who is Ida Brandt")  # Oban or Hugh Reid: two names
    reading = dataclasses.replace(reader, together=Together(Marks(marked)))
    text = next(s.text for s in SOURCES if s.document.id == "f")
    (found,) = [
        r
        for r in reading.read(given.asked, given.encoded, given.hits)
        if r.hit.passage.doc_id == "f" and text.startswith("The mayor of Oban", r.sentence.start)
    ]
    assert [text[w.start : w.end] for w in found.words] == answering


@pytest.mark.parametrize(("bias", "read"), [(-3.0, False), (0.0, True), (3.0, False)])
def test_what_signals_alone_are_sure_of_is_not_read(
    reader: Reader, bias: float, *, read: bool
) -> None:
    given = case(reader, "who cut the ribbon")
    model = Letters()
    judgement = dataclasses.replace(reader.judgement, answers=Weights(bias, {}))
    sure = Together(model, sure=0.9, unlikely=0.1)
    reading = dataclasses.replace(reader, judgement=judgement, together=sure)
    found = reading.read(given.asked, given.encoded, given.hits)
    assert bool(model.seen) is read is (READ[0] in found[0].features)


def test_nothing_read_answers_nothing(reader: Reader) -> None:
    given = case(reader, "who cut the ribbon")
    assert reader.read(given.asked, given.encoded, []) == []
    nothing = reader.judge(given.asked, [])
    assert (nothing.answers, nothing.on_topic) == (0, 0)
    wordless = case(reader, "who is it")
    assert all(word in STOP_WORDS for word in ("who", "is", "it"))
    readings = reader.read(wordless.asked, wordless.encoded, wordless.hits)
    assert all(math.isfinite(r.score) for r in readings)
    assert reader.judge(wordless.asked, readings).answers == 0


def test_the_fitted_figures_name_known_signals(tmp_path: Path) -> None:
    fitted = load_judgement()
    assert fitted.ranking.by_signal.keys() <= set(SIGNALS)
    assert fitted.answers.by_signal.keys() <= set(SUMMARY)
    assert fitted.on_topic.by_signal.keys() <= set(SUMMARY)
    assert fitted.ranking_read.by_signal.keys() <= {*SIGNALS, *READ}
    assert fitted.answers_read.by_signal.keys() <= set(SUMMARY_READ)
    path = tmp_path / "judgement.json"
    model = {"bias": 1, "weights": {"words": 2}}
    path.write_text(json.dumps({f.name: model for f in dataclasses.fields(Judgement)}))
    assert load_judgement(path).answers == Weights(1, {"words": 2})
    rows = np.eye(2)
    assert Weights(1, {"words": 2})(rows, ("passage", "words")).tolist() == [1, 3]


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"ranking": {"bias": 1}}'])
def test_figures_that_cannot_be_read_are_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "judgement.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ReaderError, match=r"judgement\.json cannot be read .*leave .* empty"):
        load_judgement(path)
