"""Pure: which English words a word means, by how near their vectors are. See `dictionaries.py`."""

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.dictionary import line
from retrieval.text import fold, stem

Vectors = NDArray[np.float32]
Scored = Sequence[tuple[str, float]]  # English words, and how near

_MOST = 4  # translations of a word, each of its own stem
_FALLS = 0.12  # by how much the last of them may be less near than the first
# What is less near says more about the encoder's word pieces than about the word: against other
# dictionaries, a quarter of such words have any right translation, and of the translations after
# the first one in seven is right.
_LEAST = 0.05
_LEAST_OF_OTHERS = 0.12
_FORM = 0.02  # what the infinitive's translations are worth less than the form's own
_NEAREST = 10  # neighbours that say how crowded a place is
_BATCH = 500


def write(path: Path, entries: Mapping[str, Sequence[str]]) -> None:
    """Write a dictionary, sorted as bytes; the same bytes every time."""
    lines = sorted(line(word, meant).encode() for word, meant in entries.items())
    path.write_bytes(gzip.compress(b"\n".join([*lines, b""]), compresslevel=9, mtime=0))


def translations(form: Scored, infinitive: Scored) -> list[str]:
    """Return what a word means, the likeliest first; nothing if nothing is near.

    What a past tense means is easier read from the infinitive.
    """
    scores = dict(form)
    for other, score in infinitive:
        scores[other] = max(scores.get(other, -1.0), score - _FORM)
    order = sorted(scores, key=scores.__getitem__, reverse=True)
    if not order or scores[order[0]] < _LEAST:
        return []
    least = max(_LEAST_OF_OTHERS, scores[order[0]] - _FALLS)
    others = (other for other in order[1:] if scores[other] >= least)
    return list(_of_own_stems([order[0], *others]))


def in_order(meant: Sequence[str], form: Scored) -> list[str]:
    """Return translations with those first that are nearest to this form: "said" before "say"."""
    scores = dict(form)
    return sorted(meant, key=lambda english: -scores.get(english, -1.0))


def needed(entries: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Return the entries without words that are English as they stand, which need no line.

    But for those that another word is without its accents: German "fallen" is no "fällen".
    """
    plain = Counter(map(fold, entries))
    return {w: meant for w, meant in entries.items() if [*meant] != [w] or plain[fold(w)] > 1}


def _of_own_stems(words: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for word in words:
        if len(seen) < _MOST and stem(word) not in seen:
            seen.add(stem(word))
            yield word


def nearest(
    own: Vectors, english: Sequence[str], vectors: Vectors, *, worth: Vectors, frequent: int
) -> list[Scored]:
    """Return the English words nearest to each of a language's, and how near.

    Cosines, less how crowded it is around either word (CSLS: Conneau et al. 2018): without it,
    words that the encoder does not know all mean the same few others. The crowd are the language's
    first, `frequent` words; `worth` is what each English word has over others as near.
    """
    crowd = crowded(vectors, own[:frequent])
    found: list[Scored] = []
    count = min(3 * _MOST, len(english))
    for first in range(0, len(own), _BATCH):
        near = own[first : first + _BATCH] @ vectors.T
        score = 2 * near - crowd + worth
        best = np.argpartition(-score, count - 1, axis=1)[:, :count]
        around = np.sort(np.take_along_axis(near, best, axis=1), axis=1)[:, -_NEAREST:].mean(axis=1)
        for row, columns in enumerate(best):
            found.append([(english[c], float(score[row, c] - around[row])) for c in columns])
    return found


def crowded(vectors: Vectors, others: Vectors) -> Vectors:
    """Return how near each vector's nearest among the others are, on average."""
    parts, count = [], min(_NEAREST, len(others))
    for first in range(0, len(vectors), _BATCH):
        near = vectors[first : first + _BATCH] @ others.T
        parts.append(np.partition(near, -count, axis=1)[:, -count:].mean(axis=1))
    return np.concatenate(parts)
