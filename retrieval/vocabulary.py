"""The collection's own words, and which of them a question's word may mean: another spelling of
a name, or a slip of the keyboard. General means only: edit distance, sound, letter pairs.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from anyascii import anyascii
from rapidfuzz.distance import OSA

from retrieval.slips import edits, nearest, sound, unlikeliness
from retrieval.text import STOP_WORDS, Word, fold, stem

# A name counts as a spelling of another when both sound alike (Metaphone) and at least this share
# of the letters agrees: Kyiv and Kiev share three of four, y being an i.
ALIKE = 0.6
# The same of what is a common word too: "Kiev" may be Kyiv, but "sent" is not the Senate.
_ALIKE_COMMON = 0.75
# What a near spelling is worth beside the exact word.
VARIANT_WEIGHT = 0.9
SLIP_WEIGHT = 0.85
_MOST_SLIPS = 4


@dataclass(frozen=True, slots=True)
class Variant:
    """A word of the collection that a question's word may mean; weight 1 is the word itself."""

    folded: str
    weight: float


class Vocabulary:
    """Folded words with how often they stand in small letters, and how often as a name."""

    def __init__(
        self, counts: Mapping[str, tuple[int, int]], *, stems: Iterable[str] | None = None
    ) -> None:
        self.counts = dict(counts)
        stemmed = map(stem, counts) if stems is None else stems
        self._stem_of = dict(zip(counts, stemmed, strict=True))

    @classmethod
    def of(cls, texts: Iterable[tuple[str, Iterable[Word]]]) -> "Vocabulary":
        """Count the words of (text, its words) pairs.

        A capital letter makes a name, unless it opens the text or follows a full stop: then it
        tells nothing.
        """
        plain: Counter[str] = Counter()
        named: Counter[str] = Counter()
        for text, words in texts:
            last = 0  # where the word before starts: nothing further back matters
            for word in words:
                before = text[last : word.span.start].rstrip(" \t\n\"'“‘(«[")[-1:]
                last = word.span.start
                capital = text[word.span.start].isupper()
                named[word.folded] += capital and bool(before) and before not in ".!?:…”’"
                plain[word.folded] += not capital
        return cls({word: (plain[word], names) for word, names in named.items()})

    def save(self, path: Path) -> None:
        """Write each word's counts, and its stem, which is slow to work out again."""
        rows = {
            word: (*counts, self._stem_of[word]) for word, counts in sorted(self.counts.items())
        }
        path.write_text(json.dumps(rows), "utf-8")

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read what `save` wrote."""
        rows = json.loads(path.read_text("utf-8"))
        counts = {word: (plain, names) for word, (plain, names, _) in rows.items()}
        return cls(counts, stems=(stemmed for _, _, stemmed in rows.values()))

    def __contains__(self, folded: str) -> bool:
        return folded in self.counts

    def has(self, folded: str) -> bool:
        """Whether every word of a text occurs, in one form or another."""
        return all(stem(part) in self._stems for part in folded.split())

    def is_name(self, folded: str) -> bool:
        """Whether the word stands as a name in the collection, more often than not."""
        plain, names = self.counts.get(folded, (0, 0))
        return names > plain

    @cached_property
    def _stems(self) -> Mapping[str, bool]:
        """Every stem, and whether it is that of a name."""
        found: dict[str, bool] = {}
        for word, stemmed in self._stem_of.items():
            found[stemmed] = found.get(stemmed, False) or self.is_name(word)
        return found

    @cached_property
    def _names_by_sound(self) -> Mapping[str, tuple[str, ...]]:
        groups: dict[str, list[str]] = {}
        for word in self.counts:
            if self.is_name(word) and len(word) >= 4:
                groups.setdefault(sound(word), []).append(word)
        return {key: tuple(words) for key, words in groups.items()}

    @cached_property
    def _listed(self) -> tuple[str, ...]:
        return tuple(sorted(self.counts.keys() | STOP_WORDS))

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(word for word in self._listed if self.is_name(word))

    def variants(self, folded: str, *, is_word: bool, foreign: bool = False) -> tuple[Variant, ...]:
        """Return what a question's word may mean here, best first; empty if nothing is near.

        `is_word`: the word is a common word in its own right, so it is not a slip of another.
        `foreign`: the question is in another language; only names can be met.
        """
        latin = folded if folded.isascii() else fold(anyascii(folded))
        found = {folded: 1.0} if stem(folded) in self._stems else {}
        if latin != folded and stem(latin) in self._stems:
            found[latin] = 1.0
        if min(len(folded), len(latin)) >= 4 and self._stems.get(stem(latin), True):
            alike = self._names_by_sound.get(sound(latin), ())
            for other in sorted(alike, key=lambda other: unlikeliness(latin, other)):
                near = OSA.normalized_similarity(*(w.replace("y", "i") for w in (latin, other)))
                least = _ALIKE_COMMON if is_word else ALIKE
                if other != latin and near >= least and latin[0] == other[0]:
                    found[other] = VARIANT_WEIGHT
        for other in _relatives(latin):
            if other != latin and other not in found and self.is_name(other):
                found[other] = VARIANT_WEIGHT
        if not found and not (is_word and latin == folded):
            # Transliteration spells by rules of its own: it is allowed one more edit.
            allowed = edits(folded) and edits(folded) + (latin != folded)
            among = self._names if foreign else self._listed
            found = dict.fromkeys(self._parts(latin), 1.0) or dict.fromkeys(
                nearest(latin, among, allowed=allowed)[:_MOST_SLIPS], SLIP_WEIGHT
            )
        ordered = sorted(found.items(), key=lambda item: -item[1])
        return tuple(Variant(word, weight) for word, weight in ordered)

    def _parts(self, word: str) -> tuple[str, ...]:
        """Return a name of the collection and the word after it, if they are written together."""
        for cut in range(len(word) - 3, 2, -1):
            if self.is_name(word[:cut]) and word[cut:] in self.counts:
                return word[:cut], word[cut:]
        return ()


# How English makes the people of a place, and what a place's name may lose before it.
_PEOPLE = ("an", "ian", "ean", "n", "ese", "i", "ish")
_PLACE_ENDINGS = ("", "a", "e", "y")


def _relatives(word: str) -> Iterator[str]:
    """Yield what a place's people, or a people's place, would be called: Russia, Russian."""
    for lost in _PLACE_ENDINGS:
        base = word.removesuffix(lost)
        if len(base) >= 4 and (not lost or base != word):
            yield from (base + people for people in _PEOPLE)
    for people in _PEOPLE:
        base = word.removesuffix(people)
        if len(base) >= 4 and base != word:
            yield from (base + lost for lost in _PLACE_ENDINGS)
    # Of those with one name for both but for the ending: German, Germany.
    if len(word) >= 5:
        yield word.removesuffix("y") if word.endswith("y") else f"{word}y"
