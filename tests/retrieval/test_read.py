"""Each signal against a small twin worked out from the texts alone; order, words, judgement."""

import dataclasses
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fakes import SMALL, HashEncoder, HashWorkshop, silent, source
from numpy.typing import NDArray

from retrieval import index
from retrieval.columns import KIND_WORDS, heading_of, lexical_text
from retrieval.crossread import Read
from retrieval.encode import Encoded
from retrieval.errors import ReaderError
from retrieval.expect import NAMING, Expect, fitting
from retrieval.question import Asked, AskedWord, understand
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
from retrieval.search import LocalSearcher
from retrieval.signals import SIGNALS, TOPIC
from retrieval.text import STOP_WORDS, stem, tokens, words
from retrieval.types import Hit, Kind, Query, Reading, Span

COMMENT = "The ferry was a joke, readers know that. Forty cars!"
BYLINE = "By Lena Vogt in Oban"
HARBOUR = f"""{BYLINE}
The harbour of Port Ellen opened on Monday. Mayor Ida Brandt cut the ribbon there after 30 minutes.
She praised the ferry from Gdansk. It carries forty cars, said Brandt, and cost nothing.
{COMMENT}"""
FISH = """Fish prices rose in Oban. The mayor of Oban, Hugh Reid, blamed the ferry for that in 2021.
Ann Muir and Jon Low left. Fishing took 12 days and no ferry came."""
SOURCES = (
    source("h", HARBOUR, title="The Harbour", kinds={COMMENT: Kind.COMMENT, BYLINE: Kind.BYLINE}),
    source("f", FISH, title="Fish"),
)
QUESTIONS = [
    "who cut the ribbon in Port Ellen",
    "how long did the mayor of Oban speak about the ferry",
    "when did fish prices rise",
    "how many cars does the ferry carry?",
    "what do readers say about the ferry",
    "who wrote the harbour article",
    "Ida Brandt's ferry and Brandt's harbour",
    "where is Gdansk",
    "why whales",
    "ferries to Gdanks",
    "zebra",
]


@dataclass(frozen=True)
class Case:
    asked: Asked
    encoded: Encoded
    hits: list[Hit]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    root = tmp_path_factory.mktemp("index")
    index.build(root, SOURCES, SMALL, workshop=HashWorkshop(), progress=silent)
    opened = index.open_index(root, SOURCES, SMALL, weights="hash")
    return Reader(opened, {s.document.id: s for s in SOURCES}, load_judgement())


def case(reader: Reader, question: str, *, most: int = 20) -> Case:
    encoder = HashEncoder(["whales", "zebra", "wrote", "article"])
    asked = understand(
        question,
        vocabulary=reader.index.vocabulary,
        lexical=reader.index.lexical,
        is_word=encoder.is_word,
    )
    encoded = encoder.encode_question(asked.corrected)
    searcher = LocalSearcher(reader.index, dense_weight=0.5, candidates=20)
    hits = searcher.search(Query(question, asked.terms, most), encoded.vector)
    return Case(asked, encoded, hits)


class Twin:
    """Every signal of one sentence, the slow way round: no index, only texts."""

    def __init__(self, case: Case, hit: Hit, number: int, reader: Reader) -> None:
        self.asked, self.hit = case.asked, hit
        self.source = next(s for s in SOURCES if s.document.id == hit.passage.doc_id)
        self.sentences = [self.source.text[s.start : s.end] for s in hit.passage.sentences]
        self.number = number
        self.sentence = self.sentences[number]
        self.about = hit.passage.kind in case.asked.kinds
        self.question = case.encoded
        self.encoder = HashEncoder()
        columns = reader.index.columns
        passages = [columns.passage(row) for row in range(len(columns.passages))]
        self.whole_documents = [
            (s, "\n".join(lexical_text(s, p) for p in passages if p.doc_id == s.document.id))
            for s in SOURCES
        ]

    def worth(self, word: AskedWord) -> float:
        return max(word.rarity, 0.05)

    def share(self, met: list[float], among: list[AskedWord] | None = None) -> float:
        counted = list(self.asked.words) if among is None else among
        total = sum(map(self.worth, counted))
        return sum(self.worth(w) * m for w, m in zip(counted, met, strict=True)) / total

    def met_in(self, word: AskedWord, text: str) -> float:
        held = tokens(text)
        return max((weight for key, weight in word.stems.items() if key in held), default=0.0)

    def met(self, *texts: str) -> list[float]:
        return [max(self.met_in(w, text) for text in texts) for w in self.asked.words]

    def passage_text(self) -> str:
        return lexical_text(self.source, self.hit.passage)

    def passage(self) -> float:
        return self.hit.score

    def cosine(self) -> float:
        cosine = float(self.encoder.encode([self.sentence.strip()])[0] @ self.question.vector)
        if not self.about or self.hit.passage.kind is Kind.COMMENT:
            return cosine
        span = self.hit.passage.span
        whole = (
            heading_of(self.source, self.hit.passage)
            + "\n"
            + self.source.text[span.start : span.end]
        )
        return max(cosine, float(self.encoder.encode([whole])[0] @ self.question.vector))

    def over(self, word: AskedWord) -> float:
        """What a word is met by beside the sentence's own words."""
        if word.folded in NAMING[self.asked.expect] and self.fits():
            return 1.0  # it only names the sort of answer that the sentence has
        return max(self.over_passage(word), self.by_topic(word))

    def over_passage(self, word: AskedWord) -> float:
        kind = self.hit.passage.kind
        counts = kind is not Kind.COMMENT or word.stems.keys() & set(tokens(KIND_WORDS[kind]))
        return self.met_in(word, self.passage_text()) if self.about and counts else 0.0

    def by_topic(self, word: AskedWord) -> float:
        """What a name is met by where the document is the one, or one of two, that has it."""
        named = {
            source.document.id: sum(
                w.rarity for w in self.asked.words if w.is_name and self.met_in(w, texts)
            )
            for source, texts in self.whole_documents
        }
        best = [doc_id for doc_id, held in named.items() if held > max(named.values()) - 1e-6]
        mine = self.source.document.id in best and 0 < len(best) <= 2 and named[best[0]] > 0
        own = next(t for s, t in self.whole_documents if s is self.source)
        return TOPIC * self.met_in(word, own) if mine and word.is_name else 0.0

    def met_here(self, *texts: str) -> float:
        over = [self.over(word) for word in self.asked.words]
        return self.share(list(map(max, self.met(*texts), over)))

    def words(self) -> float:
        return self.met_here(self.sentence)

    def words_near(self) -> float:
        return self.met_here(*self.sentences[max(self.number - 1, 0) : self.number + 2])

    def words_passage(self) -> float:
        return self.met_here(self.passage_text())

    def document_texts(self) -> list[str]:
        return [text for source, text in self.whole_documents if source is self.source]

    def pieces(self, text: str) -> list[tuple[float, float]]:
        """How well each word of the question is met in a text, and what it is worth."""
        vectors = self.encoder.encode_tokens([text])[0].tokens
        found = []
        for span, vector in zip(self.question.spans, self.question.tokens, strict=True):
            word = next((w for w in self.asked.words if w.span.contains(span)), None)
            best = max([0.0, *(vectors @ vector)])
            if word:
                best = max(best, self.over(word))
            found.append((best, self.worth(word) if word else 0.0))
        return found

    def weighed(self, pieces: list[tuple[float, float]]) -> float:
        return sum(b * w for b, w in pieces) / max(sum(w for _, w in pieces), 1e-9)

    def meaning(self) -> float:
        return self.weighed(self.pieces(self.sentence))

    def meaning_all(self) -> float:
        return float(np.mean([best for best, _ in self.pieces(self.sentence)]))

    def meaning_passage(self) -> float:
        span = self.hit.passage.span
        return self.weighed(self.pieces(self.source.text[span.start : span.end]))

    def meaning_least(self) -> float:
        return min([1.0, *(best for best, worth in self.pieces(self.sentence) if worth)])

    def candidates(self) -> list[Span]:
        said = {stem(w.folded) for w in self.asked.words} | self.asked.terms.keys()
        return list(fitting(self.asked.expect, self.sentence, asked=lambda w: stem(w) in said))

    def fits(self) -> float:
        return float(self.asked.expect is Expect.ANYTHING or bool(self.candidates()))

    def lacks_number(self) -> float:
        of_numbers = self.asked.expect in (Expect.NUMBER, Expect.DURATION, Expect.CLOCK)
        return float(of_numbers and not self.fits())

    def lacks_date(self) -> float:
        return float(self.asked.expect is Expect.DATE and not self.fits())

    def close(self) -> float:
        found = words(self.sentence)
        places = [
            any(set(range(s.start, s.end)) & set(range(w.span.start, w.span.end))
                for s in self.candidates())
            if self.asked.expect is not Expect.ANYTHING
            else any(stem(w.folded) in asked.stems for asked in self.asked.words)
            for w in found
        ]  # fmt: skip
        best = 0.0
        for place in (i for i, is_one in enumerate(places) if is_one):
            window = [stem(w.folded) for w in found[max(place - 6, 0) : place + 7]]
            met = [max([0.0, *(v for k, v in w.stems.items() if k in window)])
                   for w in self.asked.words]  # fmt: skip
            best = max(best, self.share(met))
        return best

    def kind_asked(self) -> float:
        return float(self.about)

    def comment(self) -> float:
        return float(self.hit.passage.kind is Kind.COMMENT and not self.about)


@pytest.mark.parametrize("question", QUESTIONS)
def test_signals_are_what_the_texts_say(reader: Reader, question: str) -> None:
    given = case(reader, question)
    rows = iter(reader.signals(given.asked, given.encoded, given.hits))
    for hit in given.hits:
        for number in range(len(hit.passage.sentences)):
            signals = dict(zip(SIGNALS, next(rows), strict=True))
            twin = Twin(given, hit, number, reader)
            texts = twin.document_texts()
            names = [w for w in given.asked.words if w.is_name]
            expected = {n: getattr(twin, n)() for n in SIGNALS if hasattr(twin, n)} | {
                "words_document": twin.met_here(*texts),
                "names": twin.share(
                    [max(twin.over(w), *(twin.met_in(w, t) for t in texts)) for w in names], names
                )
                if names
                else 1.0,
            }
            assert expected.keys() == set(SIGNALS)  # a signal without a twin is not checked
            for name, value in expected.items():
                near = 0.02 if name.startswith("meaning") else 1e-6  # token vectors are int8
                assert signals[name] == pytest.approx(value, abs=near), (name, twin.sentence)
    assert next(rows, None) is None


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
