"""Which sentence of the hits answers, and whether any does: `retrieval.signals`, weighed by figures
fitted on public reading questions (see retrieval/training).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.encode import Encoded
from retrieval.expect import Expect
from retrieval.index import Index
from retrieval.question import Asked
from retrieval.signals import SIGNALS, Matrix, fitting_words, sentence_text, signals
from retrieval.types import Hit, Reading, Source, Span

# What is known of a question once it was read: the best sentence's signals, and these.
SUMMARY = (*SIGNALS, "best_cosine", "best_words", "unknown", "lead", "score")


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
    """The three fitted models: order of sentences, whether the first answers, whether the
    collection is about such things at all.
    """

    ranking: Weights
    answers: Weights
    on_topic: Weights


@dataclass(frozen=True, slots=True)
class Judged:
    """Two probabilities about a question."""

    answers: float
    on_topic: float


FITTED = Path(__file__).with_name("judgement.json")


def load_judgement(path: Path = FITTED) -> Judgement:
    """Read the fitted figures; made by `python -m retrieval.training.judgement`."""
    raw = json.loads(path.read_text("utf-8"))
    return Judgement(
        *(Weights(raw[n]["bias"], raw[n]["weights"]) for n in ("ranking", "answers", "on_topic"))
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the sentences of hits against a question."""

    index: Index
    sources: Mapping[str, Source]
    judgement: Judgement

    def read(self, asked: Asked, encoded: Encoded, hits: Sequence[Hit]) -> list[Reading]:
        """Return every sentence of the hits, the most likely answer first."""
        if not hits:
            return []
        where = [(hit, sentence) for hit in hits for sentence in hit.passage.sentences]
        values = self.signals(asked, encoded, hits)
        scores = self.judgement.ranking(values, SIGNALS)
        order = np.argsort(-scores, kind="stable")
        return [
            Reading(
                where[i][0],
                where[i][1],
                float(scores[i]),
                dict(zip(SIGNALS, map(float, values[i]), strict=True)),
                self._words(asked, where[i][0], where[i][1]),
            )
            for i in order
        ]

    def judge(self, asked: Asked, readings: Sequence[Reading]) -> Judged:
        """Return how likely the first reading answers, and that the question belongs here."""
        if not readings or not asked.words:
            return Judged(0.0, 0.0)
        summary = np.array([self.summary(asked, readings)])
        answers, on_topic = (
            float(1 / (1 + np.exp(-model(summary, SUMMARY)[0])))
            for model in (self.judgement.answers, self.judgement.on_topic)
        )
        return Judged(answers, on_topic)

    def summary(self, asked: Asked, readings: Sequence[Reading]) -> list[float]:
        """Return one value per SUMMARY for a question and its readings, best first."""
        first = readings[0]
        rarity = np.array([w.worth for w in asked.words])
        unknown = np.array([not w.variants for w in asked.words])
        return [
            *(first.features[name] for name in SIGNALS),
            max(r.features["cosine"] for r in readings),
            max(r.features["words_passage"] for r in readings),
            float(rarity[unknown].sum() / rarity.sum()),
            first.score - (readings[1].score if len(readings) > 1 else 0.0),
            first.score,
        ]

    def signals(self, asked: Asked, encoded: Encoded, hits: Sequence[Hit]) -> Matrix:
        """Return one row per sentence of the hits, in order, one column per SIGNALS."""
        return signals(self.index, self.sources, asked, encoded, hits)

    def _words(self, asked: Asked, hit: Hit, sentence: Span) -> tuple[Span, ...]:
        """Return the answering words when the sentence has just one candidate for them."""
        if asked.expect in (Expect.ANYTHING, Expect.REASON):
            return ()
        found = fitting_words(asked, [sentence_text(self.sources, hit, sentence)])[0]
        if len(found) != 1:
            return ()
        return (Span(sentence.start + found[0].start, sentence.start + found[0].end),)
