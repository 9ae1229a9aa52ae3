"""Pure: which of a list of words a word is a slip of the keyboard of, or a misspelling."""

import re
from collections.abc import Sequence

import jellyfish
from rapidfuzz import process
from rapidfuzz.distance import OSA

_TWICE = re.compile(r"(.)\1")


def edits(word: str) -> int:
    """Return how many edits a word of this length can hide and still be itself."""
    return 0 if len(word) < 4 else 1 if len(word) < 7 else 2


def distance(word: str, other: str) -> int:
    """Return how many letters are wrong, missing, too many or swapped with the next."""
    return OSA.distance(word, other)


def sound(word: str) -> str:
    """Return the same for words that sound alike in English (Metaphone)."""
    # Metaphone takes y before a vowel for a consonant, which it is not inside Kyiv or Zelenskyy,
    # and the second c of "accuse" for a sound.
    once = _TWICE.sub(r"\1", word.replace("y", "i"))
    return jellyfish.metaphone(once) if word.isascii() else word


def unlikeliness(word: str, other: str) -> tuple[int, bool, bool, bool]:
    """Return what is less for a likelier meaning of a slip.

    Fingers rarely miss the first letter, and swap two more often than they hit a wrong one: "wehre"
    is "where" before it is "were". What is spelt by ear keeps its sound: "expekt" is "expect"
    before it is "expert".
    """
    swapped = sorted(other) == sorted(word)
    unlike = sound(word) != sound(other)
    return distance(word, other), word[0] != other[0], not swapped, unlike


def nearest(word: str, among: Sequence[str], *, allowed: int) -> list[str]:
    """Return the words with the fewest edits, at most `allowed`, the likeliest first; of equals
    the one that is first in the list.
    """
    if allowed < 1 or not word:
        return []
    near = process.extract(word, among, scorer=OSA.distance, score_cutoff=allowed, limit=None)
    least = min((edits for _, edits, _ in near), default=0)
    # If the first letter of a word is missed, then by swapping it with the second.
    likely = [
        str(other)
        for other, edits, _ in near
        if edits == least and (other[0] == word[0] or sorted(other[:2]) == sorted(word[:2]))
    ]
    # Letters are left out more often than typed twice: "whre" is "where" before it is "were".
    return sorted(likely, key=lambda other: (unlikeliness(word, other), -len(other)))
