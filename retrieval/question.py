"""Pure: a question taken apart. Which words carry it, what each may mean in this collection,
which are names, and how the question reads with its slips corrected.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from retrieval.expect import Expect, expected
from retrieval.lexical import Lexical
from retrieval.text import STOP_WORDS, Word, stem, words
from retrieval.types import Kind, Span
from retrieval.vocabulary import Variant, Vocabulary

# A question that uses one of these asks about that kind of text. Words, not stems: "authorities"
# has the stem of "author", and "who did not comment?" asks about no reader's comment.
_ASKED_KINDS: Mapping[Kind, re.Pattern[str]] = {
    kind: re.compile(rf"\b(?:{said})\b", re.IGNORECASE)
    for kind, said in (
        (
            Kind.COMMENT,
            "readers?|commenters?|commentators?|comments"
            "|(?:a|any|the|which|this|that|first|last|\\w+est) comment",
        ),
        (Kind.BYLINE, "authors?|bylines?|wrote|written|published|publication"),
        (Kind.HEADLINE, "headlines?|titles?"),
        (Kind.CAPTION, "captions?|photo(?:graph)?s?|pictures?"),
    )
}

# What turns a word round or does it again: "disapprove" is no slip of "disprove".
_PREFIX = re.compile(r"(?:anti|dis|mis|non|over|pre|re|under|un)")
_SHORTEST_REST = 5  # letters that a prefix leaves; "unit" and "red" have none
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

    def is_common(folded: str) -> bool:
        return any(map(is_word, _plainer(folded)))

    given = words(text)
    known = [w.folded in STOP_WORDS or w.folded in vocabulary or is_common(w.folded) for w in given]
    # A question in another language is full of unknown words: its names may be met, but none of
    # its words is a slip of an English one. Of one or two words, both may well be slips.
    unknown = 2 * sum(known) < len(given) and (len(given) > 2 or not text.isascii())
    foreign = also is not None or unknown

    def variants(folded: str) -> tuple[Variant, ...]:
        # A number is itself: 1987 is no slip of 1986.
        whole = any(map(str.isdigit, folded)) or is_common(folded)
        found = vocabulary.variants(folded, is_word=whole, foreign=foreign)
        known = {variant.folded for variant in found}
        others = [word for word in (also or {}).get(folded, ()) if word not in known]
        return (*found, *(Variant(word, TRANSLATION_WEIGHT) for word in others))

    corrected = text if foreign else _correct(text, given, vocabulary, variants)
    found: dict[str, AskedWord] = {}
    for position, word in enumerate(words(corrected)):
        if word.folded in STOP_WORDS or word.folded in found:
            continue
        near = variants(word.folded)
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
    kinds = frozenset(kind for kind, said in _ASKED_KINDS.items() if said.search(corrected))
    return Asked(text, corrected, tuple(found.values()), expected(corrected), kinds)


def _plainer(word: str) -> Iterator[str]:
    """Yield a word, and what it may be made of: cautions, applies, disapprove, nonmembers."""
    prefix = _PREFIX.match(word)
    rest = word[prefix.end() :] if prefix else ""
    for form in (word, rest) if len(rest) >= _SHORTEST_REST else (word,):
        yield form
        for ending, instead in (("s", ""), ("es", ""), ("ies", "y")):
            if form.endswith(ending):
                yield form.removesuffix(ending) + instead


def _correct(
    text: str,
    given: Sequence[Word],
    vocabulary: Vocabulary,
    variants: Callable[[str], Sequence[Variant]],
) -> str:
    """Return the question with each slip replaced by the collection's nearest word."""
    out, at = [], 0
    for word in given:
        if word.folded in STOP_WORDS or word.folded in vocabulary:
            continue
        near = variants(word.folded)
        # A word with a right to itself (its stem is in the collection) stays; what is left are
        # slips, other spellings of names, and words written together.
        if not near or near[0].folded == word.folded:
            continue
        whole = [v.folded for v in near if v.weight == 1]  # several: they were written together
        better = " ".join(whole or [near[0].folded])
        capital = text[word.span.start].isupper()
        out += [text[at : word.span.start], better.title() if capital else better]
        at = word.span.end
    return "".join(out) + text[at:]
