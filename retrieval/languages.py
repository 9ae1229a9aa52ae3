"""A question in another language, put into English word by word: enough to find what answers it.

Words that hold a question together come from a table per language, all others from a dictionary;
both lie in retrieval/dictionaries and are read when the first such question is asked.
"""

import bisect
import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import snowballstemmer
from anyascii import anyascii

from retrieval.text import STOP_WORDS, fold, word_list, words
from retrieval.vocabulary import Vocabulary

FOLDER = Path(__file__).parent / "dictionaries"
# By their names in Snowball. A further language is one more line, a table and a dictionary.
LANGUAGES: Mapping[str, str] = {"de": "german", "es": "spanish", "ru": "russian"}

# Function words that are English too, or stand in names that English keeps ("Los Angeles", "van
# der", "Lake Como", "MIT"), do not tell a language.
_UNTELLING = word_list(
    """
    a ab al also am an as bin como con contra da das de del den der des die dies du e el er era es
    fast gab ha hat hay he hier hinter im in la las laut le les lo los mag man me mi mit my ni no o
    on once per real san see ser si sin so solo son still the this tras tu u um un una von war was
    we will with y yo zu
    """
)
_ASKS = re.compile(r".*\b(?:who|whom|whose|what|which|when|where|why|how)\b")
_CYRILLIC = range(0x400, 0x530)
_LONGEST = 4  # words that are looked up together
_SHORTEST_PART = 4  # letters of a part of a compound
_LINKS = ("", "s", "es", "n", "en", "er", "e")  # what German puts between two parts


@dataclass(frozen=True, slots=True)
class Gloss:
    """A question in English words. `also`: what else a word of it may mean, by its folded form."""

    language: str
    text: str
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def key(text: str) -> str:
    """Return how dictionaries write a word or a name of several."""
    return " ".join(fold(text).replace("-", " ").split())


def language_of(text: str) -> str | None:
    """Return the code of the language a question is in; None for English and all others."""
    letters = [char for char in text if char.isalpha()]
    if not text.isascii() and 2 * sum(ord(char) in _CYRILLIC for char in letters) > len(letters):
        return "ru"
    asked = [word.folded for word in words(text)]
    english = sum(word in STOP_WORDS and word not in _UNTELLING for word in asked)
    if english and text.isascii():
        return None
    best, most = None, english
    for code in LANGUAGES:
        grammar = _grammar(code)
        tell = sum(word in grammar.telling for word in asked)
        # One such word may stand in a title: a sentence has more, or asks with it.
        sentence = sum(word in grammar.entries for word in asked) > 2
        tell += sentence and not text.isascii()
        if tell > most and (tell > 1 or sentence or not grammar.asking.isdisjoint(asked)):
            best, most = code, tell
    return best


def glossed(text: str, *, vocabulary: Vocabulary) -> Gloss | None:
    """Return a question in English words, those of the collection first; None if it is English.

    A name of the collection, a number and what no dictionary has stay, in Latin letters.
    """
    code = language_of(text)
    return _Glossing(code, text, vocabulary).gloss() if code else None


class _Glossing:
    def __init__(self, code: str, text: str, vocabulary: Vocabulary) -> None:
        self.code, self.text, self.vocabulary = code, text, vocabulary
        self.grammar, self.dictionary = _grammar(code), _dictionary(code)
        self.words = words(text)
        self.typed = [text[w.span.start : w.span.end].lower() for w in self.words]
        self.also: dict[str, tuple[str, ...]] = {}

    def gloss(self) -> Gloss:
        out, at, position = "", 0, 0
        while position < len(self.words):
            count, english = self._from(position)
            first, last = self.words[position], self.words[position + count - 1]
            out += self.text[at : first.span.start] + english
            at, position = last.span.end, position + count
        whole = (out + self.text[at:]).replace("¿", "").replace("¡", "")
        return Gloss(self.code, " ".join(whole.split()).replace(" ?", "?"), self.also)

    def _from(self, position: int) -> tuple[int, str]:
        """Return how many words are put into English together, and the English."""
        if self._is_name(position):
            return 1, self._written(position)
        typed = self.typed[position]
        opens = position == 0 or (position == 1 and self.typed[0] in self.grammar.entries)
        if opens and typed in self.grammar.opening:
            return 1, self.grammar.opening[typed]
        for parts, english in self.grammar.entries.get(typed, ()):
            if self._fit(parts, position):
                return len(parts), english
        for count in range(min(_LONGEST, len(self.words) - position), 1, -1):
            name = key(" ".join(self.typed[position : position + count]))
            if meant := self.dictionary.exactly(name):
                return count, self._chosen(meant)
        return 1, self._word(position)

    def _fit(self, parts: Sequence[str], position: int) -> bool:
        if position + len(parts) > len(self.typed):
            return False
        return all(
            typed.startswith(part[:-1]) if part.endswith("*") else typed == part
            for part, typed in zip(parts, self.typed[position:], strict=False)
        )

    def _is_name(self, position: int) -> bool:
        """Whether a word is a number, or a name of the collection as it stands."""
        word = self.words[position]
        written = self.text[word.span.start : word.span.end]
        return any(map(str.isdigit, written)) or (
            written[0].isupper()
            and word.folded not in STOP_WORDS
            and word.folded not in self.grammar.telling
            and self.vocabulary.is_name(word.folded)
        )

    def _word(self, position: int) -> str:
        word = self.words[position]
        written = self.text[word.span.start : word.span.end]
        meant = self.dictionary.meanings(word.folded)
        here = [m for m in meant if self.vocabulary.has(m)]
        # German writes all nouns as names, and any first word is written like one.
        capital = written[0].isupper() and position > 0
        if (not capital or self.code == "de") and here:
            return self._chosen(meant)
        if written[0].isupper() and len(word.folded) > 3:
            near = self.vocabulary.variants(word.folded, is_word=False, foreign=True)
            if near:
                return near[0].folded.title()
        return self._chosen(meant) if meant else self._written(position)

    def _chosen(self, meant: Sequence[str]) -> str:
        """Return the first meaning that the collection has, or the first; note the others."""
        here = [m for m in meant if self.vocabulary.has(m)] or list(meant[:1])
        if len(here) > 1:
            self.also[here[0]] = tuple(here[1:])
        named = any(map(self.vocabulary.is_name, here[0].split()))
        return here[0].title() if named else here[0]

    def _written(self, position: int) -> str:
        word = self.words[position]
        written = self.text[word.span.start : word.span.end]
        latin = written if written.isascii() else anyascii(written)
        return latin.title() if written.istitle() else latin


@dataclass(frozen=True, slots=True)
class _Grammar:
    """A language's function words; entries stand under their first word, the longest first."""

    telling: frozenset[str]  # folded words that tell the language
    asking: frozenset[str]  # of these, the question words
    entries: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
    opening: Mapping[str, str]  # what a word means where a question begins


@cache
def _grammar(code: str) -> _Grammar:
    """Read lines of words = their English, which may be nothing.

    `*` ends a word of which only the beginning counts, `^` opens what begins a question.
    """
    entries: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    opening: dict[str, str] = {}
    lines = list(_lines_of(f"{code}.grammar.txt"))
    # Typed without its accents, a word is what the table has without them, if it has that.
    for spelt, english in [*lines, *((fold(said), english) for said, english in lines)]:
        if spelt.startswith("^"):
            opening[spelt[1:]] = english
            continue
        parts = tuple(spelt.replace("-", " ").split())
        known = entries.setdefault(parts[0], [])
        if all(parts != other for other, _ in known):
            known.append((parts, english))
    telling = frozenset(map(fold, entries)) - _UNTELLING
    asking = {fold(p[0]) for e in entries.values() for p, meant in e if _ASKS.match(meant)}
    ordered = {w: tuple(sorted(e, key=lambda e: -len(e[0]))) for w, e in entries.items()}
    return _Grammar(telling, telling & asking, ordered, opening)


def _lines_of(name: str) -> Iterator[tuple[str, str]]:
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        said, _, english = (part.strip() for part in line.partition("="))
        yield said, english


class _Dictionary:
    """Lines of word, tab and translations, sorted as bytes: searched as they are, never parsed."""

    def __init__(self, code: str) -> None:
        self._lines = gzip.decompress((FOLDER / f"{code}.txt.gz").read_bytes()).splitlines()
        self._code = code
        # What the dictionary has wrong: forms far from their infinitive, words that look English.
        self._corrected = {
            key(said): tuple(part.strip() for part in meant.split(","))
            for said, meant in _lines_of(f"{code}.words.txt")
        }
        self._stemmer = snowballstemmer.stemmer(LANGUAGES[code])

    def exactly(self, word: str) -> tuple[str, ...]:
        """Return the translations of a word as it is listed, the likeliest first."""
        if meant := self._corrected.get(word):
            return meant
        sought = f"{word}\t".encode("utf-8", "replace")
        at = bisect.bisect_left(self._lines, sought)
        if at < len(self._lines) and self._lines[at].startswith(sought):
            return _translations(self._lines[at])
        return ()

    def meanings(self, word: str) -> tuple[str, ...]:
        """Return the translations of a word, of another form of it, or of the parts of it."""
        return self.exactly(word) or self._other_form(word) or self._compound(word)

    def _other_form(self, word: str) -> tuple[str, ...]:
        sought = self._stemmer.stemWord(word)
        at = bisect.bisect_left(self._lines, word.encode("utf-8", "replace"))
        around = range(max(at - 12, 0), min(at + 12, len(self._lines)))
        for number in sorted(around, key=lambda n: abs(n - at)):
            other = self._lines[number].split(b"\t")[0].decode()
            if self._stemmer.stemWord(other) == sought:
                return _translations(self._lines[number])
        return ()

    def _compound(self, word: str) -> tuple[str, ...]:
        if self._code != "de":
            return ()
        for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            last = self.exactly(word[cut:])
            for link in _LINKS:
                first = self.exactly(word[:cut].removesuffix(link)) if last else ()
                if first and word[:cut].endswith(link):
                    return (f"{first[0]} {last[0]}",)
        return ()


def _translations(line: bytes) -> tuple[str, ...]:
    meant = line.split(b"\t")[1].decode().split()
    return tuple(m.replace("_", " ") for m in meant)


@lru_cache(maxsize=len(LANGUAGES))
def _dictionary(code: str) -> _Dictionary:
    return _Dictionary(code)
