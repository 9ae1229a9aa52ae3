"""Which language a question is in, and the words that hold a question together in it.

Those come from a table per language in retrieval/dictionaries, read when the first question is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from retrieval.dictionary import LANGUAGES, dictionary, key, lines_of
from retrieval.english import is_english
from retrieval.text import STOP_WORDS, fold, word_list, words

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
# Of languages that share words with ours: French, Portuguese, Italian, Catalan, Romanian, Dutch,
# those of Scandinavia, Polish, Czech; Ukrainian and Bulgarian. None of these is a word of ours.
_ELSEWHERE = word_list(
    """
    amb ao aos aux avec blev ce chi cine combien comment dans dat degli dei della delle dello dels
    di disse dlaczego do dove elle els em est et ete fost foi gdzie gli hanno heeft het hoe hur hvad
    hvem hvor hvornar il ile isso jak jest kdo kiedy kto lors mais na nao nella niet och og onde ont
    os pela pelo pentru perche piu pour pourquoi quale quali quand quando quanti quanto quantos quel
    quelle quelles quels quem qui quoi sao sono sont stata stato sua sunt til uma unde vem waar
    waarom wanneer wat werd zijn
    від чому защо кога кой коли колко къде хто що як який скільки какво са ще
    """
)
# The letters of a language that are not ASCII; in others, a word is another language's.
_LETTERS: Mapping[str, str] = {
    "de": "äöüß",
    "es": "áéíóúüñ",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
}
_ASKS = re.compile(r".*\b(?:who|whom|whose|what|which|when|where|why|how)\b")
_CYRILLIC = range(0x400, 0x530)


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language's function words; entries stand under their first word, the longest first."""

    telling: frozenset[str]  # folded words that tell the language
    asking: frozenset[str]  # of these, the question words
    seeming: frozenset[str]  # question words that are English too: "was"
    entries: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
    opening: Mapping[str, str]  # what a word means where a question begins


@cache
def grammar(code: str) -> Grammar:
    """Read lines of words = their English, which may be nothing.

    `*` ends a word of which only the beginning counts, `^` opens what begins a question.
    """
    entries: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    opening: dict[str, str] = {}
    lines = [(key(said), english) for said, english in lines_of(f"{code}.grammar.txt")]
    # Typed without its accents, a word is what the table has without them, if it has that.
    for spelt, english in [*lines, *((fold(said), english) for said, english in lines)]:
        if spelt.startswith("^"):
            opening[spelt[1:]] = english
            continue
        parts = tuple(spelt.split())
        known = entries.setdefault(parts[0], [])
        if all(parts != other for other, _ in known):
            known.append((parts, english))
    telling = frozenset(map(fold, entries)) - _UNTELLING
    questions = [p for known in entries.values() for p, meant in known if _ASKS.match(meant)]
    asking = telling.intersection(fold(p[0]) for p in questions)
    seeming = _UNTELLING.intersection(fold(p[0]) for p in questions if len(p) == 1)
    ordered = {w: tuple(sorted(e, key=lambda e: -len(e[0]))) for w, e in entries.items()}
    return Grammar(telling, asking, seeming, ordered, opening)


def fits(parts: Sequence[str], typed: Sequence[str]) -> bool:
    """Whether typed words begin with those of an entry."""
    return len(parts) <= len(typed) and all(
        word.startswith(part[:-1]) if part.endswith("*") else word == part
        for part, word in zip(parts, typed, strict=False)
    )


def language_of(text: str) -> str | None:
    """Return the code of the language a question is in; None for English and others.

    Of the others, those are told apart that share words with ours, by words and letters that
    ours have not. A short question without any of these may still be taken for ours.
    """
    given = words(text)
    asked = [word.folded for word in given]
    # What is written like a name is none of a language's words.
    small = [w.span for n, w in enumerate(given) if n == 0 or text[w.span.start].islower()]
    typed = [key(text[span.start : span.end]) for span in small]
    other = sum(word in _ELSEWHERE for word in typed)
    # Portuguese "what"; no question in Spanish begins with "or".
    other += 2 * (asked[:2] == ["o", "que"])
    letters = [char for char in text if char.isalpha()]
    if not text.isascii() and 2 * sum(ord(char) in _CYRILLIC for char in letters) > len(letters):
        other += sum(_is_foreign(word, "ru") for word in typed)
        tell = sum(word in grammar("ru").telling for word in asked)
        return None if other and other >= tell else "ru"
    english = sum(word in STOP_WORDS and word not in _UNTELLING for word in asked)
    if english and text.isascii():
        return None
    best, most = None, english
    for code in LANGUAGES:
        known = grammar(code)
        tell = sum(word in known.telling for word in asked)
        # One such word may stand in a title: a sentence has more, or asks with it.
        sentence = sum(word in known.entries for word in asked) > 2
        tell += sentence and not text.isascii()
        against = max(most, other + sum(_is_foreign(word, code) for word in typed))
        if tell > against and (tell > 1 or sentence or not known.asking.isdisjoint(asked)):
            best, most = code, tell
    return best or (None if english or other else _begun_like_english(typed))


def _is_foreign(word: str, code: str) -> bool:
    return any(
        char.isalpha() and not char.isascii() and char not in _LETTERS[code] for char in word
    )


def _begun_like_english(typed: Sequence[str]) -> str | None:
    """Return the language of "Was sagte Putin?", from its first word and those in small letters.

    More of these must be the language's alone than English.
    """
    for code in LANGUAGES:
        known = grammar(code)
        if not typed or typed[0] not in known.seeming:
            continue
        own = sum(len(p) > 1 and fits(p, typed) for p, _ in known.entries[typed[0]])
        for word in typed[1:]:
            if word in known.entries:
                own += word not in _UNTELLING and not is_english(fold(word))
            elif word in STOP_WORDS or is_english(fold(word)):
                own -= 1
            else:
                own += bool(dictionary(code).lists(word))
        if own > 0:
            return code
    return None
