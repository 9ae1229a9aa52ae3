"""Which sentence of the hits answers, and whether any does: `retrieval.signals`, and what a model
makes of the best passages read together with the question, weighed by figures fitted on public
reading questions (see retrieval/training).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np

from retrieval.crossread import Read
from retrieval.encode import Encoded
from retrieval.errors import ReaderError
from retrieval.expect import Expect
from retrieval.index import Index
from retrieval.question import Asked
from retrieval.signals import SIGNALS, Matrix, fitting_words, sentence_text, signals
from retrieval.types import Hit, Reading, Source, Span

# What the model adds for each sentence: log-odds that it answers, and how much speaks for words in
# it. A sentence that was not read counts as the least of those that were.
READ = ("reads", "words_read")
# What is known of a question once it was read: the best sentence's signals, and these. `any_reads`
# are the log-odds that any sentence read answers.
SUMMARY = (*SIGNALS, "best_cosine", "best_words", "unknown")
SUMMARY_READ = (*SUMMARY, *READ, "any_reads", "lead_reads")


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear model over named signals; its value is log-odds."""

    bias: float
    by_signal: Mapping[str, float]

    def __call__(self, signals: Matrix, names: Sequence[str]) -> Matrix:
        """Return one value per row of `signals` (n, len(names))."""
        weights = np.array([self.by_signal.get(name, 0.0) for name in names])
        return np.asarray(signals @ weights + self.bias, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The fitted models: order of sentences, whether the first answers, whether the collection is
    about such things at all; and the first two again for what a model has read.
    """

    ranking: Weights
    answers: Weights
    on_topic: Weights
    ranking_read: Weights
    answers_read: Weights


@dataclass(frozen=True, slots=True)
class Judged:
    """Two probabilities about a question."""

    answers: float
    on_topic: float


FITTED = Path(__file__).with_name("judgement.json")


def load_judgement(path: Path = FITTED) -> Judgement:
    """Read the fitted figures; made by `python -m retrieval.training.judgement`."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        fitted = {f.name: raw[f.name] for f in fields(Judgement)}
        return Judgement(
            **{n: Weights(each["bias"], each["weights"]) for n, each in fitted.items()}
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderError(
            f"the figures in {path} cannot be read ({type(error).__name__}) → make them with "
            "`python -m retrieval.training.judgement`, or leave reader.judgement empty"
        ) from error


class Model(Protocol):
    """What reads a passage together with a question."""

    def read(self, question: str, title: str, sentences: Sequence[str]) -> Sequence[Read]:
        """Return one reading per sentence."""
        ...


@dataclass(frozen=True, slots=True)
class Together:
    """How much is read with the model: so many passages, unless signals alone are this sure."""

    model: Model
    passages: int = 8
    sure: float = 1.0
    unlikely: float = 0.0


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the sentences of hits against a question; without a model by signals alone."""

    index: Index
    sources: Mapping[str, Source]
    judgement: Judgement
    together: Together | None = None

    def read(self, asked: Asked, encoded: Encoded, hits: Sequence[Hit]) -> list[Reading]:
        """Return every sentence of the hits, the most likely answer first."""
        if not hits:
            return []
        where = [(hit, sentence) for hit in hits for sentence in hit.passage.sentences]
        values = signals(self.index, self.sources, asked, encoded, hits)
        scores = self.judgement.ranking(values, SIGNALS)
        words = [self._words(asked, hit, sentence) for hit, sentence in where]
        readings = _readings(where, values, SIGNALS, scores, words)
        if self.together is None or self._settled(asked, readings, self.together):
            return readings
        read = self._read(asked, where, scores, self.together)
        least = [min(r.answers for r in read.values()), min(r.certainty for r in read.values())]
        added = np.tile(np.array(least), (len(where), 1))
        for i, each in read.items():
            added[i] = each.answers, each.certainty
            words[i] = self._words(asked, *where[i], each.words)
        names = (*SIGNALS, *READ)
        values = np.column_stack([values, added])
        return _readings(where, values, names, self.judgement.ranking_read(values, names), words)

    def judge(self, asked: Asked, readings: Sequence[Reading]) -> Judged:
        """Return how likely the first reading answers, and that the question belongs here."""
        if not readings or not asked.words:
            return Judged(0.0, 0.0)
        read = READ[0] in readings[0].features
        names = SUMMARY_READ if read else SUMMARY
        model = self.judgement.answers_read if read else self.judgement.answers
        values = np.array([list(reading.features.values()) for reading in readings])
        summary = np.array([summarised(asked, values)])
        answers, on_topic = (
            float(1 / (1 + np.exp(-each(summary, names)[0])))
            for each in (model, self.judgement.on_topic)
        )
        return Judged(answers, on_topic)

    def _settled(self, asked: Asked, readings: Sequence[Reading], together: Together) -> bool:
        answers = self.judge(asked, readings).answers
        return not together.unlikely <= answers <= together.sure

    def _read(
        self,
        asked: Asked,
        where: Sequence[tuple[Hit, Span]],
        scores: Matrix,
        together: Together,
    ) -> dict[int, Read]:
        """Read the passages of the best sentences; return readings by number of the sentence."""
        numbers: dict[int, list[int]] = {}
        for i in np.argsort(-scores, kind="stable"):
            numbers.setdefault(where[i][0].row, []).append(int(i))
        found: dict[int, Read] = {}
        for mine in list(numbers.values())[: together.passages]:
            mine.sort()
            title = self.sources[where[mine[0]][0].passage.doc_id].document.title
            texts = [sentence_text(self.sources, *where[i]) for i in mine]
            found |= zip(mine, together.model.read(asked.corrected, title, texts), strict=True)
        return found

    def _words(
        self, asked: Asked, hit: Hit, sentence: Span, read: Span | None = None
    ) -> tuple[Span, ...]:
        """Return the words that are of the sort asked for, when there is just one candidate; of
        several, the one among what the model would mark (`read`, in the sentence).
        """
        if asked.expect in (Expect.ANYTHING, Expect.REASON):
            return ()
        text = sentence_text(self.sources, hit, sentence)
        found = _joined(fitting_words(asked, [text])[0], text)
        if len(found) > 1 and read:
            found = [span for span in found if span.overlaps(read)]
        if len(found) != 1:
            return ()
        return (Span(sentence.start + found[0].start, sentence.start + found[0].end),)


def _joined(found: Sequence[Span], text: str) -> list[Span]:
    """Return the candidates with those that "and" joins as one: both people met."""
    together: list[Span] = []
    for span in found:
        if together and text[together[-1].end : span.start] == " and ":
            together[-1] = Span(together[-1].start, span.end)
        else:
            together.append(span)
    return together


def summarised(asked: Asked, values: Matrix) -> list[float]:
    """Return one value per SUMMARY for sentences, best first, with a column per SIGNALS; one per
    SUMMARY_READ when there are those of READ too.
    """
    rarity = np.array([w.worth for w in asked.words])
    unknown = np.array([not w.variants for w in asked.words])
    size = len(SIGNALS)
    found = [
        *values[0, :size],
        values[:, SIGNALS.index("cosine")].max(),
        values[:, SIGNALS.index("words_passage")].max(),
        rarity[unknown].sum() / rarity.sum(),
    ]
    if values.shape[1] > size:
        reads = values[:, size]
        lead = reads[0] - reads[1:].max(initial=reads.min())
        found += [*values[0, size:], np.logaddexp.reduce(reads), lead]
    return [float(value) for value in found]


def _readings(
    where: Sequence[tuple[Hit, Span]],
    values: Matrix,
    names: Sequence[str],
    scores: Matrix,
    words: Sequence[tuple[Span, ...]],
) -> list[Reading]:
    """Bundle sentences with what was found of them, best first."""
    return [
        Reading(
            where[i][0],
            where[i][1],
            float(scores[i]),
            dict(zip(names, map(float, values[i]), strict=True)),
            words[i],
        )
        for i in np.argsort(-scores, kind="stable")
    ]
