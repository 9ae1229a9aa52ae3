"""A small dictionary of another language: which English words a word of it may mean.

It is a list that is made, and a table by hand of what that has wrong; both lie in
retrieval/dictionaries and are read when the first question in the language is asked.
"""

import bisect
import gzip
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import snowballstemmer

from retrieval.text import fold

FOLDER = Path(__file__).parent / "dictionaries"
# By their names in Snowball. A further language is one more line, a table and a dictionary.
LANGUAGES: Mapping[str, str] = {"de": "german", "es": "spanish", "ru": "russian"}

_SHORTEST_PART = 4  # letters of a part of a compound
_LONGEST_COMPOUND = 60  # letters; what is longer is no word, and takes long to take apart
_LINKS = ("", "s", "es", "n", "en", "er", "e")  # what German puts between two parts
_REACH = 12  # lines before and after a word among which another form of it is sought


def key(text: str) -> str:
    """Return how dictionaries write a word or a name of several: small, with its accents.

    Russian mostly writes "ё" as "е", so that tells no words apart.
    """
    small = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return " ".join(small.replace("-", " ").replace("ё", "е").split())


def line(word: str, meant: Sequence[str]) -> str:
    """Return a word's line: without its accents, what it means, and with them if it has any.

    So both ways to type it lead to it, and "Fähre" stands beside "fahre", not in its place.
    """
    plain = fold(word)
    written = " ".join(english.replace(" ", "_") for english in meant)
    return f"{plain}\t{written}" if plain == word else f"{plain}\t{written}\t{word}"


def lines_of(name: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a table by hand: a word or several, and their English."""
    for written in (FOLDER / name).read_text("utf-8").splitlines():
        said, _, english = (part.strip() for part in written.partition("="))
        yield said, english


def corrections(code: str) -> dict[str, tuple[str, ...]]:
    """Return what the list has wrong: irregular forms, words that look English."""
    return {
        key(said): tuple(part.strip() for part in meant.split(","))
        for said, meant in lines_of(f"{code}.words.txt")
    }


class Dictionary:
    """Lines as `line` writes them, sorted as bytes: searched as they are, never parsed."""

    def __init__(self, code: str) -> None:
        self._lines = gzip.decompress((FOLDER / f"{code}.txt.gz").read_bytes()).splitlines()
        self._code = code
        self._corrected = corrections(code)
        # Of two that differ in their accents only, the first.
        self._bare = {fold(said): said for said in reversed(self._corrected)}
        self._stemmer = snowballstemmer.stemmer(LANGUAGES[code])

    def exactly(self, word: str) -> tuple[str, ...]:
        """Return the translations of a word as it is listed, the likeliest first.

        With its accents as typed, if it is listed so; typed without any, it may have some.
        """
        for spelt in self._spellings(word):
            if meant := self._corrected.get(spelt) or dict(self._listed(fold(spelt))).get(spelt):
                return meant
        if word in self._bare:
            return self._corrected[self._bare[word]]
        return next((meant for _, meant in self._listed(word)), ())

    def lists(self, word: str) -> tuple[str, ...]:
        """Return the translations of a word, or of another form of it."""
        forms = (self._other_form(spelt) for spelt in self._spellings(word))
        return self.exactly(word) or next(filter(None, forms), ())

    def meanings(self, word: str) -> tuple[str, ...]:
        """Return the translations of a word, of another form of it, or of the parts of it."""
        compounds = (self._compound(spelt) for spelt in self._spellings(word))
        return self.lists(word) or next(filter(None, compounds), ())

    def _spellings(self, word: str) -> Iterator[str]:
        """Yield a word, and as it would be if the keyboard had umlauts."""
        yield word
        if self._code == "de":
            umlauts = word.replace("ae", "ä").replace("oe", "ö").replace("ue", "ü")
            if umlauts != word:
                yield umlauts

    def _listed(self, plain: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the words that are this one without accents, and their translations."""
        sought = f"{plain}\t".encode("utf-8", "replace")
        at = bisect.bisect_left(self._lines, sought)
        while at < len(self._lines) and self._lines[at].startswith(sought):
            yield _read(self._lines[at])
            at += 1

    def _other_form(self, word: str) -> tuple[str, ...]:
        """Return what the nearest word of the same stem means; one with the same accents first."""
        sought = self._stemmer.stemWord(word)
        at = bisect.bisect_left(self._lines, fold(word).encode("utf-8", "replace"))
        least = (True, len(self._lines))
        best: tuple[str, ...] = ()
        for number in range(max(at - _REACH, 0), min(at + _REACH, len(self._lines))):
            spelt, meant = _read(self._lines[number])
            far = (not spelt.startswith(word[: len(sought)]), abs(number - at))
            if far < least and self._stemmer.stemWord(spelt) == sought:
                least, best = far, meant
        return best

    def _compound(self, word: str) -> tuple[str, ...]:
        if self._code != "de" or len(word) > _LONGEST_COMPOUND:
            return ()
        for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            last = self.exactly(word[cut:])
            for link in _LINKS:
                first = self.exactly(word[:cut].removesuffix(link)) if last else ()
                if first and word[:cut].endswith(link):
                    return (f"{first[0]} {last[0]}",)
        return ()


def _read(written: bytes) -> tuple[str, tuple[str, ...]]:
    plain, meant, *spelt = written.decode().split("\t")
    return (spelt or [plain])[0], tuple(m.replace("_", " ") for m in meant.split())


@lru_cache(maxsize=len(LANGUAGES))
def dictionary(code: str) -> Dictionary:
    """Return a language's dictionary, read once."""
    return Dictionary(code)
