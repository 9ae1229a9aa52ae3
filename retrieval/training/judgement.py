"""Fits judgement.json: `python -m retrieval.training.judgement DATA.jsonl.gz`. Questions of one
subject never stand on both sides of the split; minutes on two cores, the same figures every time.
"""

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.evaluate import auroc
from retrieval.question import Asked, understand
from retrieval.read import FITTED, SIGNALS, SUMMARY, Judgement, Reader, Weights, load_judgement
from retrieval.search import LocalSearcher
from retrieval.text import STOP_WORDS, words
from retrieval.training.collections import Example, Subject, read_examples, subjects
from retrieval.types import Hit, Kind, Query, Reading

Matrix = NDArray[np.float64]

# No public reading question asks about bylines or comments: these two are set by hand. A kind that
# was asked for beats any body text; a comment that was not must be clearly the better match.
BY_HAND = {"kind_asked": 6.0, "comment": -1.5}
_EVERY = 4  # one subject in so many is kept for validation


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidate sentences of one question and which of them hold the answer."""

    signals: Matrix
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Case:
    """A question against a collection: (subject, question, paragraph taken away, what it is)."""

    subject: Subject
    question: str
    example: Example | None  # holds the answer, unless `removed`
    removed: bool
    label: str


def in_chat(question: str, dice: random.Random) -> str:
    """Return the question as people type it: lower case, no question mark, slips, key words."""
    style = dice.random()
    if style < 0.4:
        return question
    typed = question.lower().rstrip("? ")
    if style > 0.9:
        content = [w for w in words(typed) if w.folded not in STOP_WORDS]
        return " ".join(typed[w.span.start : w.span.end] for w in content) or typed
    if style > 0.75:
        long = [m for m in re.finditer(r"[a-z]{6,}", typed)]
        if long:
            at = dice.choice(long).start() + dice.randint(1, 4)
            return typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]
    return typed


def cases(given: Sequence[Subject], *, seed: int, most: int) -> Iterator[Case]:
    """Yield up to `most` cases a subject: answerable, near misses of three sorts, off topic."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    for number, subject in enumerate(given):
        chosen = list(subject.examples)
        dice.shuffle(chosen)
        other = given[(number + 1) % len(given)]
        for example in chosen[:most]:
            question = in_chat(example.question, dice)
            if example.answer is None:
                yield Case(subject, question, None, False, "not said")
                continue
            yield Case(subject, question, example, False, "answerable")
            sort = dice.random()
            if sort < 0.5:
                yield Case(subject, question, example, True, "removed")
            elif sort < 0.7:
                yield Case(other, question, None, False, "off topic")
            elif swapped := _swapped(example.question, subject, other, dice):
                yield Case(subject, in_chat(swapped, dice), None, False, "swapped")


def _swapped(question: str, subject: Subject, other: Subject, dice: random.Random) -> str | None:
    """Return the question with one of its names exchanged for one that is not in the collection."""
    here, there = subject.index.vocabulary, other.index.vocabulary
    names = [w for w in words(question)[1:] if here.is_name(w.folded) and len(w.folded) > 3]
    strange = sorted(
        w
        for w, (n, _) in there.counts.items()
        if n > 1 and there.is_name(w) and w not in here and w.isalpha() and len(w) > 3
    )
    if not names or not strange:
        return None
    span = dice.choice(names).span
    return question[: span.start] + dice.choice(strange).capitalize() + question[span.end :]


class Bench:
    """Runs cases through search and reading, as `Engine` does."""

    def __init__(self, subject: Subject, judgement: Judgement, *, hits: int) -> None:
        self.subject, self.hits = subject, hits
        self.reader = Reader(subject.index, subject.sources, judgement)
        self.searcher = LocalSearcher(subject.index, dense_weight=0.7, candidates=40)

    def search(self, case: Case) -> tuple[Asked, object, list[Hit]]:
        """Return the question taken apart, encoded, and its hits."""
        asked = understand(
            case.question,
            vocabulary=self.subject.index.vocabulary,
            lexical=self.subject.index.lexical,
            is_word=self.subject.encoder.is_word,
        )
        encoded = self.subject.encoder.encode_question(asked.corrected)
        query = Query(case.question, asked.terms, self.hits + 3, None, frozenset({Kind.BODY}))
        hits = self.searcher.search(query, encoded.vector)
        if case.removed and case.example:
            doc_id, span = self.subject.place(case.example)
            hits = [
                h for h in hits if h.passage.doc_id != doc_id or not _overlap(h.passage.span, span)
            ]
        return asked, encoded, hits[: self.hits]

    def ranked(self, case: Case) -> Ranked | None:
        """Return signals and labels of an answerable case; None if the answer was not found."""
        asked, encoded, hits = self.search(case)
        if not hits or not asked.words:
            return None
        right = self._right(case, [(h, s) for h in hits for s in h.passage.sentences])
        if not right.any() or right.all():
            return None
        return Ranked(self.reader.signals(asked, encoded, hits), right)

    def summary(self, case: Case) -> tuple[list[float], bool] | None:
        """Return the summary of a case, and whether its first sentence answers."""
        asked, encoded, hits = self.search(case)
        readings: list[Reading] = self.reader.read(asked, encoded, hits)
        if not readings or not asked.words:
            return None
        right = False
        if case.label == "answerable":
            right = bool(self._right(case, [(readings[0].hit, readings[0].sentence)])[0])
        return self.reader.summary(asked, readings), right

    def _right(self, case: Case, where: Sequence[tuple[Hit, object]]) -> NDArray[np.bool_]:
        doc_id, span = self.subject.place(case.example)
        start = span.start + case.example.answer.start
        return np.array(
            [h.passage.doc_id == doc_id and s.start <= start < s.end for h, s in where], dtype=bool
        )


def _overlap(a: object, b: object) -> bool:
    return a.start < b.end and b.start < a.end


def fit_ranking(data: Sequence[Ranked], names: Sequence[str]) -> Weights:
    """Fit weights so that the right sentence wins among its rivals (softmax, L2)."""
    import torch  # noqa: PLC0415

    columns = [SIGNALS.index(n) for n in names]
    parts = [(torch.tensor(d.signals[:, columns]), torch.tensor(d.right)) for d in data]
    weights = torch.zeros(len(columns), dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([weights], max_iter=100)

    def loss() -> object:
        solver.zero_grad()
        total = 1e-3 * (weights**2).sum()
        for signals, right in parts:
            z = signals @ weights
            total = total - (z[right].logsumexp(0) - z.logsumexp(0)) / len(parts)
        total.backward()
        return total

    solver.step(loss)
    fitted = dict(zip(names, weights.detach().tolist(), strict=True))
    return Weights(0.0, fitted | BY_HAND)


def fit_logistic(values: Matrix, labels: NDArray[np.bool_], names: Sequence[str]) -> Weights:
    """Fit log-odds of a label, both labels counting the same in all (L2)."""
    import torch  # noqa: PLC0415

    columns = [SUMMARY.index(n) for n in names]
    x, y = torch.tensor(values[:, columns]), torch.tensor(labels.astype(np.float64))
    mean, spread = x.mean(0), x.std(0).clamp(min=1e-6)
    balance = torch.where(y > 0, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    weights = torch.zeros(len(columns) + 1, dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([weights], max_iter=200)

    def loss() -> object:
        solver.zero_grad()
        z = ((x - mean) / spread) @ weights[1:] + weights[0]
        each = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")
        total = (each * balance).mean() + 1e-3 * (weights[1:] ** 2).sum()
        total.backward()
        return total

    solver.step(loss)
    scaled = weights.detach()[1:] / spread
    bias = weights.detach()[0] - (scaled * mean).sum()
    return Weights(float(bias), dict(zip(names, scaled.tolist(), strict=True)))
