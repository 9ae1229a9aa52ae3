"""Pure: a question taken apart. Which words carry it, what each may mean in this collection,
which are names, and how the question reads with its slips corrected.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from retrieval.english import is_english, slip_of
from retrieval.expect import QUESTION_WORDS, Expect, expected
from retrieval.lexical import Lexical
from retrieval.slips import distance, sound, unlikeliness
from retrieval.text import STOP_WORDS, Word, stem, words
from retrieval.types import Kind, Span
from retrieval.vocabulary import SLIP_WEIGHT, Variant, Vocabulary

_ALONE = r"(?=\W*(?:$|[(,;?]|(?:and|or|names?)\b))"  # "this" against "this treaty"
_DOCUMENT = re.compile(
    r"\b(?:articles?|pieces?|stor(?:y|ies)|texts?|documents?|posts?|analys[ie]s|op-?eds?|columns?"
    r"|commentar(?:y|ies)|editorials?|essays?|interviews?)\b|[\"“„«]",  # a title, quoted
    re.IGNORECASE,
)


def _kinds(*pairs: tuple[Kind, str]) -> Mapping[Kind, re.Pattern[str]]:
    return {kind: re.compile(rf"\b(?:{said})\b", re.IGNORECASE) for kind, said in pairs}


# A question that uses one of these asks about that kind of text. Words, not stems: "authorities"
# has the stem of "author", and "who did not comment?" asks about no reader's comment.
_ASKED_KINDS = _kinds(
    (
        Kind.COMMENT,
        r"readers?|commenters?|commentators?|comments (?:say|sections?|below|under)"
        r"|(?:a|any|the|these|those|which|this|that|user|first|last|\w+est) comments?"
        r"(?! (?:on|by|from|made))",
    ),
    (
        Kind.BYLINE,
        rf"bylines?|(?:authors?|publication dates?){_ALONE}"
        rf"|(?:wrote|published) (?:this|that|it|these){_ALONE}"
        r"|(?:was|were) (?:this|that|it|these) (?:written|published)",
    ),
    (Kind.HEADLINE, rf"headlines?|titles?{_ALONE}"),
    (
        Kind.CAPTION,
        r"captions?|photo(?:graph)?s?|(?:which|what|this|that|(?:in|under|below) the) pictures?"
        r"|pictures? (?:shows?|of|taken)",
    ),
)
# These do where the question names a document: treaties are written, and ministers have titles.
_ASKED_KINDS_OF_A_DOCUMENT = _kinds(
    (Kind.BYLINE, "authors?|wrote|written|published|publication"), (Kind.HEADLINE, "titles?")
)

# A word that stands in nearly every passage still belongs to the question.
_LEAST_WORTH = 0.05
# What a dictionary's further translations of a word are worth beside the first.
TRANSLATION_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class AskedWord:
    """One content word of a question."""

    span: Span  # in the corrected question
    folded: str
    variants: tuple[Variant, ...]  # the collection's words it may mean; empty: none
    is_name: bool
    rarity: float  # inverse document frequency of its commonest meaning

    @property
    def worth(self) -> float:
        """How much of a question the word is: its rarity, but never nothing."""
        return max(self.rarity, _LEAST_WORTH)

    @property
    def stems(self) -> Mapping[str, float]:
        """What to look for, and what each is worth."""
        found: dict[str, float] = {}
        for variant in self.variants:
            key = stem(variant.folded)
            found[key] = max(found.get(key, 0.0), variant.weight)
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart; `corrected` is the text that `words` have their spans in."""

    text: str
    corrected: str
    words: tuple[AskedWord, ...]
    expect: Expect
    kinds: frozenset[Kind]  # kinds of text the question itself asks about

    @property
    def terms(self) -> Mapping[str, float]:
        """Return every stem to search for, with its best weight."""
        found: dict[str, float] = {}
        for word in self.words:
            for key, weight in word.stems.items():
                found[key] = max(found.get(key, 0.0), weight)
        return found


def understand(
    text: str,
    *,
    vocabulary: Vocabulary,
    lexical: Lexical,
    is_word: Callable[[str], bool],
    also: Mapping[str, Sequence[str]] | None = None,
) -> Asked:
    """Take a question apart; `is_word` tells common words, which are never slips.

    `also`, for a question put into English: what else a word of it may mean.
    """
    given = words(text)

    def is_common(folded: str) -> bool:
        return is_word(folded) or is_english(folded)

    def variants(folded: str, *, foreign: bool = False) -> tuple[Variant, ...]:
        # A number is itself: 1987 is no slip of 1986.
        whole = any(map(str.isdigit, folded)) or is_common(folded)
        found = vocabulary.variants(folded, is_word=whole, foreign=foreign)
        known = {variant.folded for variant in found}
        others = [word for word in (also or {}).get(folded, ()) if word not in known]
        return (*found, *(Variant(word, TRANSLATION_WEIGHT) for word in others))

    slips = {} if also is not None else _slips(text, given, vocabulary, variants, is_common)
    known = [
        w.folded in STOP_WORDS
        or w.folded in vocabulary
        or is_common(w.folded)
        or (text.isascii() and distance(w.folded, slips.get(position, "")) == 1)
        for position, w in enumerate(given)
    ]
    # A question in another language is full of unknown words: its names may be met, but none of
    # its words is a slip of an English one. Of one or two words, both may well be slips.
    unknown = 2 * sum(known) < len(given) and (len(given) > 2 or not text.isascii())
    foreign = also is not None or unknown
    corrected = text if foreign else _corrected(text, given, slips)
    found: dict[str, AskedWord] = {}
    for position, word in enumerate(words(corrected)):
        if word.folded in STOP_WORDS or word.folded in found:
            continue
        near = variants(word.folded, foreign=foreign)
        stems = [stem(v.folded) for v in near] or [stem(word.folded)]
        first = corrected[word.span.start]
        found[word.folded] = AskedWord(
            word.span,
            word.folded,
            near,
            is_name=any(vocabulary.is_name(v.folded) for v in near)
            or (not near and (first.isdigit() or (first.isupper() and position > 0))),
            rarity=min(lexical.rarity(s) for s in stems),
        )
    return Asked(text, corrected, tuple(found.values()), expected(corrected), _asked(corrected))


def _asked(question: str) -> frozenset[Kind]:
    """Return the kinds of text that a question asks about."""
    tables = [_ASKED_KINDS, *([_ASKED_KINDS_OF_A_DOCUMENT] if _DOCUMENT.search(question) else [])]
    return frozenset(k for table in tables for k, said in table.items() if said.search(question))


def _slips(
    text: str,
    given: Sequence[Word],
    vocabulary: Vocabulary,
    variants: Callable[[str], Sequence[Variant]],
    is_common: Callable[[str], bool],
) -> Mapping[int, str]:
    """Return what the question's slips stand for, by position of the word."""
    found = {}
    for position, word in enumerate(given):
        folded = word.folded
        if folded in STOP_WORDS or folded in vocabulary:
            continue
        written = text[word.span.start : word.span.end]
        # A capital inside a question makes a name, which is no slip of other words.
        plain = written.isascii() and written.isalpha() and (written.islower() or position == 0)
        english = slip_of(folded) if plain and not is_common(folded) else None
        better = (plain and _asking(folded)) or _meant(folded, variants(folded), english)
        if better:
            found[position] = better
    return found


def _meant(folded: str, near: Sequence[Variant], english: str | None) -> str | None:
    """Return what a word that the collection has not stands for: the word that it is a slip of, or
    how a name is spelt there; None if it has a right to itself.

    `near` are the collection's words that it may mean, `english` any that it may be a slip of.
    """
    if near and near[0].folded == folded:
        # Only its stem is in the collection: "refus" is "refuse" there, "refusals" is itself.
        return english if english and _alike(english, folded) else None
    if whole := [v.folded for v in near if v.weight == 1]:
        return " ".join(whole)  # they were written together
    # A place and its people are found by each other's names, but do not mean the same.
    spelt = (v.folded for v in near if v.weight == SLIP_WEIGHT or _alike(v.folded, folded))
    meant = next(spelt, None)
    # What holds every question together is likelier meant than other words; of two as likely, the
    # collection's.
    if english is None or meant in STOP_WORDS:
        return meant
    return min(filter(None, (meant, english)), key=lambda word: unlikeliness(folded, word))


def _alike(other: str, folded: str) -> bool:
    return not folded.isascii() or sound(other) == sound(folded)


def _asking(typed: str) -> str | None:
    """Return the question word that a letter was left out of, or two swapped: wat, wen, waht.

    Typed short, some are words too.
    """
    for word in QUESTION_WORDS if len(typed) > 2 else ():
        short = len(typed) < len(word) or sorted(typed) == sorted(word)
        if short and typed[0] == word[0] and distance(typed, word) == 1:
            return word
    return None


def _corrected(text: str, given: Sequence[Word], slips: Mapping[int, str]) -> str:
    """Return the question with each slip, by position of its word, replaced."""
    out, at = [], 0
    for position, better in slips.items():
        span = given[position].span
        capital = text[span.start].isupper()
        out += [text[at : span.start], better.title() if capital else better]
        at = span.end
    return "".join(out) + text[at:]
