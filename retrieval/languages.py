"""A question in another language, put into English word by word: enough to find what answers it.

Words that hold a question together come from a table per language, all others from a dictionary;
both lie in retrieval/dictionaries and are read when the first such question is asked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from anyascii import anyascii

from retrieval.dictionary import dictionary, key
from retrieval.grammar import fits, grammar, language_of
from retrieval.text import STOP_WORDS, words
from retrieval.vocabulary import Vocabulary

_LONGEST = 4  # words that are looked up together
# How names from other scripts are written, and how English writes the same sounds.
_SOUNDS: Mapping[str, Mapping[str, str]] = {
    "de": {"tsch": "ch", "sch": "sh", "ch": "kh", "w": "v", "j": "y"},
    "es": {"gue": "ge", "gui": "gi", "j": "kh"},
}


@dataclass(frozen=True, slots=True)
class Gloss:
    """A question in English words. `also`: what else a word of it may mean, by its folded form."""

    language: str
    text: str
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def glossed(text: str, *, vocabulary: Vocabulary) -> Gloss | None:
    """Return a question in English words, those of the collection first; None if it is English.

    A name of the collection, a number and what no dictionary has stay, in Latin letters.
    """
    code = language_of(text)
    return _Glossing(code, text, vocabulary).gloss() if code else None


class _Glossing:
    def __init__(self, code: str, text: str, vocabulary: Vocabulary) -> None:
        self.code, self.text, self.vocabulary = code, text, vocabulary
        self.grammar, self.dictionary = grammar(code), dictionary(code)
        self.words = words(text)
        self.typed = [key(text[w.span.start : w.span.end]).replace(".", "") for w in self.words]
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
            if fits(parts, self.typed[position:]):
                return len(parts), english
        for count in range(min(_LONGEST, len(self.words) - position), 1, -1):
            name = " ".join(self.typed[position : position + count])
            if meant := self.dictionary.exactly(name):
                return count, self._chosen(meant)
        return 1, self._word(position)

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
        meant = self.dictionary.meanings(self.typed[position])
        here = [m for m in meant if self.vocabulary.has(m)]
        respelt = [name for name in self._respelt(word.folded) if len(name) > 3]
        name = next(filter(self.vocabulary.is_name, respelt), None)
        if name and not self._names_any(here):
            return name.title()
        # German writes all nouns as names, and any first word is written like one.
        capital = written[0].isupper() and position > 0
        if (not capital or self.code == "de") and here:
            return self._chosen(meant)
        if written[0].isupper() and len(word.folded) > 3:
            for spelt in (word.folded, *respelt):
                # Two guesses at once are one too many: a name spelt anew has no slips.
                new = spelt != word.folded
                if near := self.vocabulary.variants(spelt, is_word=new, foreign=True):
                    return near[0].folded.title()
        return self._chosen(meant) if meant else self._written(position)

    def _respelt(self, folded: str) -> Iterator[str]:
        """Yield how English may write a name that this language writes by its own sounds."""
        sounds = _SOUNDS.get(self.code, {})
        respelt = re.sub("|".join(sounds), lambda found: sounds[found[0]], folded) if sounds else ""
        if self.code == "de" and re.match("s[aeiou]", respelt):
            yield f"z{respelt[1:]}"  # Selenskyj
        if respelt != folded:
            yield respelt

    def _chosen(self, meant: Sequence[str]) -> str:
        """Return the first meaning that the collection has, or the first; note the others."""
        here = [m for m in meant if self.vocabulary.has(m)] or list(meant[:1])
        if len(here) > 1:
            self.also[here[0]] = tuple(here[1:])
        return here[0].title() if self._names_any(here[0].split()) else here[0]

    def _names_any(self, meant: Sequence[str]) -> bool:
        return any(map(self.vocabulary.is_name, meant))

    def _written(self, position: int) -> str:
        word = self.words[position]
        written = self.text[word.span.start : word.span.end]
        latin = written if written.isascii() else anyascii(written)
        return latin.title() if written.istitle() else latin
