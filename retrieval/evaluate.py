"""A question file and its answers -> figures: how often the first quote marks the answer, how often
what should be declined is declined, and whether every quote is verbatim.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.calibration import Bin, expected_calibration_error, reliability
from retrieval.errors import QuestionsError
from retrieval.types import Answer, Evidence, Found, Quote, Source, Span

# A mark or quote longer than this shows a region, not an answer.
LONGEST_MARK = 400
LONGEST_QUOTE = 700
FIGURES = (
    "right", "top1", "top3", "false_abstain", "false_answer", "auroc", "ece", "verbatim",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gold:
    """Words that answer, inside a sentence of a document."""

    doc: str
    sentence: str
    answer: str


@dataclass(frozen=True, slots=True)
class Row:
    """One question; no gold means that it must be declined."""

    id: str
    question: str
    kind: str
    answerable: bool
    gold: tuple[Gold, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question went. `top1` and `top3` are None when there is nothing to find."""

    row: Row
    answered: bool
    confidence: float
    top1: bool | None
    top3: bool | None
    verbatim: tuple[bool, ...]

    @property
    def right(self) -> bool:
        """Answered with the answer marked first, or rightly declined."""
        return self.answered and bool(self.top1) if self.row.answerable else not self.answered


def read_questions(path: Path) -> tuple[Row, ...]:
    """Read a JSON-lines file, without rows noted TEASER; raises QuestionsError naming the line."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(
            f"{path} cannot be read ({type(error).__name__}) → give a UTF-8 file of JSON lines"
        ) from error
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):  # a string may hold U+2028
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            row = _row(raw)
        except (ValueError, KeyError, TypeError) as error:
            raise QuestionsError(
                f"{path}:{number}: not a question ({type(error).__name__}: {error}) → give id, "
                "question, kind, answerable and gold"
            ) from error
        if "TEASER" not in str(raw.get("note")):
            rows.append(row)
    if not rows:
        raise QuestionsError(f"{path} holds no question → give one JSON object a line")
    return tuple(rows)


def _row(raw: Mapping[str, Any]) -> Row:
    gold = tuple(Gold(g["doc"], g["sentence"], g["answer"]) for g in raw["gold"])
    said = (raw["question"], raw["kind"], *(part for g in gold for part in astuple(g)))
    if not all(isinstance(part, str) for part in said) or not isinstance(raw["answerable"], bool):
        raise TypeError("answerable is true or false, all else is text")
    if raw["answerable"] and not gold:
        raise ValueError("an answerable question has gold")
    if not all(g.answer and g.answer in g.sentence for g in gold):
        raise ValueError("a gold answer stands in its sentence")
    return Row(str(raw["id"]), raw["question"], raw["kind"], raw["answerable"], gold)


def judge(row: Row, answer: Answer, sources: Mapping[str, Source]) -> Outcome:
    """Compare one answer with the gold; an abstention is judged on its closest passages."""
    found = isinstance(answer, Found)
    evidence: Sequence[Evidence] = answer.evidence if isinstance(answer, Found) else answer.nearest
    quotes = [e.quote for e in evidence]
    gold = list(_gold_spans(row, sources))
    return Outcome(
        row,
        found,
        answer.confidence,
        bool(quotes) and _marks(quotes[0], gold) if row.answerable else None,
        any(_holds(q, gold) for q in quotes[:3]) if row.answerable else None,
        tuple(sources[q.doc_id].text[q.span.start : q.span.end] == q.text for q in quotes),
    )


def _gold_spans(row: Row, sources: Mapping[str, Source]) -> Iterable[tuple[str, Span]]:
    for gold in row.gold:
        source = sources.get(gold.doc)
        if source is None or gold.sentence not in source.text:
            raise QuestionsError(
                f"question {row.id}: its gold sentence is not in document {gold.doc} → "
                "use the collection that the questions were written for (--seeds)"
            )
        inner = gold.sentence.index(gold.answer)
        at = source.text.find(gold.sentence)
        while at >= 0:
            yield gold.doc, Span(at + inner, at + inner + len(gold.answer))
            at = source.text.find(gold.sentence, at + 1)


def _marks(quote: Quote, gold: Iterable[tuple[str, Span]]) -> bool:
    """Whether one mark covers at least half of a gold answer."""
    marks = [m for m in quote.marks if 0 < len(m) <= LONGEST_MARK]
    return any(
        doc == quote.doc_id
        and 2 * (min(mark.end, span.end) - max(mark.start, span.start)) >= len(span)
        for doc, span in gold
        for mark in marks
    )


def _holds(quote: Quote, gold: Iterable[tuple[str, Span]]) -> bool:
    """Whether a quote holds a whole gold answer."""
    return len(quote.span) <= LONGEST_QUOTE and any(
        doc == quote.doc_id and quote.span.contains(span) for doc, span in gold
    )


def figures(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Return FIGURES over outcomes; None where there was nothing to count."""
    answerable = [o for o in outcomes if o.row.answerable]
    others = [o for o in outcomes if not o.row.answerable]
    return {
        "right": _mean([o.right for o in outcomes]),
        "top1": _mean([bool(o.top1) for o in answerable]),
        "top3": _mean([bool(o.top3) for o in answerable]),
        "false_abstain": _mean([not o.answered for o in answerable]),
        "false_answer": _mean([o.answered for o in others]),
        "auroc": auroc([o.confidence for o in answerable], [o.confidence for o in others]),
        "ece": expected_calibration_error(calibration(outcomes)),
        "verbatim": _mean([v for o in outcomes for v in o.verbatim]),
    }


def calibration(outcomes: Sequence[Outcome]) -> tuple[Bin, ...]:
    """Return confidence against whether answering would have been right, in bins of equal width.

    It would be where there is an answer and the first quote, or closest passage, marks it.
    """
    return reliability([o.confidence for o in outcomes], [bool(o.top1) for o in outcomes])


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, tuple[float, int]]:
    """Return the share right and the count per kind of question, unanswerable ones apart."""
    groups: dict[str, list[bool]] = {}
    for outcome in outcomes:
        name = outcome.row.kind + ("" if outcome.row.answerable else " (none)")
        groups.setdefault(name, []).append(outcome.right)
    return {name: (sum(g) / len(g), len(g)) for name, g in sorted(groups.items())}


def auroc(good: Sequence[float], bad: Sequence[float]) -> float | None:
    """Return how often a good one scores above a bad one, ties counted half (Mann-Whitney)."""
    if not good or not bad:
        return None
    wins = sum((g > b) + 0.5 * (g == b) for g in good for b in bad)
    return wins / (len(good) * len(bad))


@dataclass(frozen=True, slots=True)
class Difference:
    """How much the second configuration's figure exceeds the first's, with a 95 % interval."""

    first: float
    second: float
    low: float
    high: float


def compare(
    first: Sequence[Outcome], second: Sequence[Outcome], *, samples: int = 2000, seed: int = 0
) -> dict[str, Difference]:
    """Return the difference per figure, by a paired bootstrap over the questions (percentiles)."""
    generator = np.random.default_rng(seed)
    draws = generator.integers(0, len(first), size=(samples, len(first)))
    out = {}
    for name in ("right", "top1", "top3", "false_abstain", "false_answer"):
        pairs = [(_value(a, name), _value(b, name)) for a, b in zip(first, second, strict=True)]
        values = np.array(pairs, dtype=np.float64)  # NaN: the question does not count here
        if np.isnan(values).all():
            continue
        means = np.nanmean(values, axis=0)
        resampled = values[draws]
        counted = np.maximum((~np.isnan(resampled[..., 0])).sum(axis=1), 1)
        gaps = np.nansum(resampled[..., 1] - resampled[..., 0], axis=1) / counted
        low, high = np.quantile(gaps, (0.025, 0.975))
        out[name] = Difference(float(means[0]), float(means[1]), float(low), float(high))
    return out


def _value(outcome: Outcome, name: str) -> float:
    answerable = outcome.row.answerable
    value = {
        "right": outcome.right,
        "top1": outcome.top1,
        "top3": outcome.top3,
        "false_abstain": not outcome.answered if answerable else None,
        "false_answer": None if answerable else outcome.answered,
    }[name]
    return np.nan if value is None else float(value)


def _mean(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
