"""Questions put to collections as `Engine` puts them: those that can be answered, and those that
cannot, for one of several reasons.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.encode import Encoded, Vectors
from retrieval.question import Asked
from retrieval.read import READ, Judgement, Model, Reader, Together, Weights
from retrieval.search import Searcher
from retrieval.signals import SIGNALS, Matrix
from retrieval.training.collections import Example, Subject, find, searcher
from retrieval.training.groups import titles
from retrieval.training.variations import in_chat, strange_names, swapped
from retrieval.types import Hit, Query, Span

Labels = NDArray[np.bool_]
COLUMNS = (*SIGNALS, *READ)


@dataclass(frozen=True, slots=True)
class Case:
    """A question put to a collection. `label`: answerable, removed (the paragraph that answers is
    taken away), not said (its paragraph does not answer), swapped (a name exchanged), off topic.
    """

    subject: Subject
    question: str
    label: str
    example: Example | None = None  # the paragraph of an answerable or removed case


@dataclass(frozen=True, slots=True)
class Candidates:
    """The sentences of one question's hits: a row per sentence, a column per SIGNALS (and READ),
    and which of them hold the answer.
    """

    asked: Asked
    values: Matrix
    right: Labels

    def without_reading(self) -> "Candidates":
        """Return the same without what a model has read."""
        return Candidates(self.asked, self.values[:, : len(SIGNALS)], self.right)

    def best_first(self, ranking: Weights) -> "Candidates":
        """Return the same in the order of a model."""
        order = np.argsort(-ranking(self.values, COLUMNS[: self.values.shape[1]]), kind="stable")
        return Candidates(self.asked, self.values[order], self.right[order])


def cases(
    given: Sequence[Subject], strangers: Sequence[Subject], *, most: int, seed: int
) -> Iterator[Case]:
    """Yield cases from up to `most` examples a subject.

    What is off topic, and the names exchanged, come from one of the `strangers`.
    """
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    for number, subject in enumerate(given):
        other = strangers[number % len(strangers)]
        here = subject.index.vocabulary
        strange = strange_names(here, other.index.vocabulary)
        chosen = list(subject.examples)
        dice.shuffle(chosen)
        for example in chosen[:most]:
            question = in_chat(example.question, dice)
            if example.answer is None:
                yield Case(subject, question, "not said")
                continue
            yield Case(subject, question, "answerable", example)
            sort = dice.random()
            if sort < 0.5:
                yield Case(subject, question, "removed", example)
            elif sort < 0.7:
                yield Case(other, question, "off topic")
            elif asked := swapped(example.question, here, strange, dice):
                yield Case(subject, in_chat(asked, dice), "swapped")


@dataclass(frozen=True, slots=True)
class _Without:
    """A searcher that does not find one paragraph."""

    searcher: Searcher
    doc_id: str
    span: Span

    def search(self, query: Query, vector: Vectors) -> list[Hit]:
        """Search as ever, then leave out what touches the paragraph."""
        return [
            hit
            for hit in self.searcher.search(query, vector)
            if hit.passage.doc_id != self.doc_id or not hit.passage.span.overlaps(self.span)
        ]


class Bench:
    """Puts cases to one subject, as `Engine` does."""

    def __init__(self, subject: Subject, judgement: Judgement, model: Model | None = None) -> None:
        named = titles(subject)
        sources = {
            doc_id: replace(source, document=replace(source.document, title=named[doc_id]))
            for doc_id, source in subject.sources.items()
        }
        together = Together(model) if model else None
        self._subject = subject
        self._reader = Reader(subject.index, sources, judgement, together)
        self._searcher = searcher(subject)

    def candidates(self, case: Case) -> Candidates | None:
        """Return the sentences of a case as the reader sees them; None if there is no question."""
        asked, encoded, hits = self.search(case)
        if not hits or not asked.words:
            return None
        readings = self._reader.read(asked, encoded, hits)
        values = np.array([list(reading.features.values()) for reading in readings])
        right = self._right(case, [(r.hit, r.sentence) for r in readings])
        return Candidates(asked, values, right)

    def search(self, case: Case) -> tuple[Asked, Encoded, list[Hit]]:
        """Take the question apart and find its passages."""
        search: Searcher = self._searcher
        if case.label == "removed" and case.example:
            search = _Without(search, *self._subject.place(case.example))
        return find(self._subject, search, case.question)

    def _right(self, case: Case, where: Sequence[tuple[Hit, Span]]) -> Labels:
        if case.label != "answerable" or case.example is None or case.example.answer is None:
            return np.zeros(len(where), dtype=np.bool_)
        doc_id, span = self._subject.place(case.example)
        start = span.start + case.example.answer.start
        return np.array(
            [h.passage.doc_id == doc_id and s.start <= start < s.end for h, s in where],
            dtype=np.bool_,
        )


def candidates(
    made: Sequence[Case], judgement: Judgement, model: Model | None
) -> list[tuple[Case, Candidates]]:
    """Return the cases that have a question in them, each with its candidates."""
    benches: dict[int, Bench] = {}
    found = []
    for case in made:
        bench = benches.setdefault(id(case.subject), Bench(case.subject, judgement, model))
        if candidates := bench.candidates(case):
            found.append((case, candidates))
    return found
