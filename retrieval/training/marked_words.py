"""How well the reader marks the answering words: `python -m retrieval.training.marked_words DATA`
gives it the paragraph that answers and compares its words with those that people marked.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from retrieval.pretrained import open_reader
from retrieval.read import Model
from retrieval.sentences import sentences
from retrieval.text import words
from retrieval.training.collections import Example, read_examples
from retrieval.types import Span

_ARTICLES = frozenset(("a", "an", "the"))


def overlap(one: str, other: str) -> float:
    """Return the F1 of the words that two texts share, articles left out (Rajpurkar et al. 2016,
    section 6.1).
    """
    a, b = (
        Counter(w.folded for w in words(text) if w.folded not in _ARTICLES) for text in (one, other)
    )
    shared = (a & b).total()
    return 2 * shared / (a.total() + b.total()) if shared else 0.0


def measure(model: Model, examples: Sequence[Example]) -> dict[str, float]:
    """Return the mean F1, how often a marked word is right, and the right sentence comes first."""
    scores, firsts = [], []
    for example in examples:
        if example.answer is None:
            continue
        text = example.context
        spans = sentences(text, Span(0, len(text)))
        read = model.read(example.question, "", [text[s.start : s.end] for s in spans])
        best = max(range(len(spans)), key=lambda i: read[i].answers)
        marked, start = read[best].words, spans[best].start
        said = text[start + marked.start : start + marked.end] if marked else ""
        scores.append(overlap(said, text[example.answer.start : example.answer.end]))
        firsts.append(spans[best].start <= example.answer.start < spans[best].end)
    if not scores:
        return {}
    return {
        "F1 of the marked words": sum(scores) / len(scores),
        "some marked word is right": sum(score > 0 for score in scores) / len(scores),
        "the right sentence comes first": sum(firsts) / len(firsts),
    }


def main(arguments: Iterable[str]) -> None:
    """Measure on a data file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="reading questions, gzipped JSON lines")
    parser.add_argument("--reader", default="", help="another than the one that ships")
    chosen = parser.parse_args(list(arguments))
    for name, value in measure(open_reader(chosen.reader), read_examples(chosen.data)).items():
        sys.stderr.write(f"{name}: {value:.3f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
