"""Pure: which words of a question nothing in the passages found is about. Better silent than wrong:
what is left unnamed is not thereby supported.
"""

import re
from collections.abc import Mapping, Sequence, Set
from itertools import zip_longest

import numpy as np

from retrieval.columns import KIND_WORDS
from retrieval.encode import Encoded
from retrieval.expect import NAMING
from retrieval.index import Index
from retrieval.question import Asked, AskedWord
from retrieval.signals import Matrix, piece_words
from retrieval.text import tokens, word_list, words
from retrieval.types import Hit, Span

MOST = 3
LONGEST = 60  # characters; nothing longer is the name of a thing
# A word is met when its pieces have, on average, a counterpart of this cosine in the passages.
# Chosen on public reading questions (SQuAD) with one word exchanged: most exchanged words stay
# below it, and few words of a question that the passages do answer; see training/naming.py.
MET = 0.45
# A word other than a name is a thing only straight after one of these. It may as well be a verb
# elsewhere, and those are put in so many other words that missing one says little.
_BEFORE_A_THING = word_list(
    """
    a an the this these those any no some which what my your his her its our their
    about of for with in on at from by without
    """
)
# What asks about a document as such ("the author"), which the text need not say.
_OF_DOCUMENTS = frozenset(key for said in KIND_WORDS.values() for key in tokens(said))
# Asks for something and is no part of it.
_ASKS = word_list("kind kinds sort sorts type types name names number numbers example examples")
_SPELT = 5  # letters: anything shorter in capitals is taken for an abbreviation
_JOINT = re.compile(r"[\s\-‐‑]+")


def unsupported(
    index: Index, asked: Asked, encoded: Encoded, hits: Sequence[Hit], question: str
) -> tuple[str, ...]:
    """Return at most MOST stretches of the question as typed, in order, that no hit is about.

    A word is supported where it, a variant or its stem stands in a hit's passage, title or section,
    or where the passages' word pieces in context come near enough to its own. Nothing is named
    when no word of the question is supported: it is about something else altogether.
    """
    if not hits:
        return ()
    met = _met(index, encoded, hits)
    of_word = piece_words(asked, encoded)
    rows = [hit.row for hit in hits]
    stands = {
        word.folded: any(np.isin(rows, index.lexical.rows_with(s)).any() for s in word.stems)
        for word in asked.words
    }
    if not any(stands.values()):
        return ()
    missing = {
        word.folded: word
        for number, word in enumerate(asked.words)
        if not stands[word.folded]
        and word.folded not in NAMING[asked.expect] | _ASKS
        and _OF_DOCUMENTS.isdisjoint(tokens(word.folded))
        and (word.is_name or not word.variants)  # "presence" goes without saying, "Vienna" does not
        and _mean(met[of_word == number]) < MET
    }
    known = {word.folded for word in asked.words if word.is_name and stands[word.folded]}
    found = _joined(question, missing, known)
    return tuple(question[s.start : s.end] for s in found if len(s) <= LONGEST)[:MOST]


def _met(index: Index, encoded: Encoded, hits: Sequence[Hit]) -> Matrix:
    """Return for each word piece of the question its best cosine with any of the passages'."""
    columns = index.columns
    best = np.full(len(encoded.tokens), -1.0)
    for hit in hits:
        start, end = columns.token_firsts[columns.firsts[[hit.row, hit.row + 1]]]
        pieces = index.token_vectors[start:end].astype(np.float32)
        best = np.maximum(best, (pieces @ encoded.tokens.T).max(axis=0, initial=-127.0) / 127)
    return best


def _mean(cosines: Matrix) -> float:
    return float(cosines.mean()) if len(cosines) else 1.0


def _joined(question: str, missing: Mapping[str, AskedWord], known: Set[str]) -> list[Span]:
    """Return where the missing words stand first, neighbours joined.

    Two sorts of name are left out, which the passages may well have in another form: what stands
    right before a name that is known (a first name, a title), and what is all in capitals and
    short, which they may spell out.
    """
    found: list[Span] = []
    seen: set[str] = set()
    before = ""
    typed = words(question)
    for word, after in zip_longest(typed, typed[1:]):
        asked = missing.get(word.folded)
        named = asked is not None and (asked.is_name or before in _BEFORE_A_THING)
        part = after and after.folded in known and _touch(question, word.span, after.span)
        short = len(word.span) < _SPELT and question[word.span.start : word.span.end].isupper()
        if named and not part and not short and word.folded not in seen:
            seen.add(word.folded)
            if found and _touch(question, found[-1], word.span):
                found[-1] = Span(found[-1].start, word.span.end)
            else:
                found.append(word.span)
        before = word.folded
    return found


def _touch(question: str, one: Span, other: Span) -> bool:
    return bool(_JOINT.fullmatch(question, one.end, other.start))
