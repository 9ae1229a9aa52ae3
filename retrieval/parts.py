"""Pure: a question that asks several things, or compares two, taken into one question for each."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from retrieval.expect import ASKING, QUOTED
from retrieval.followup import content, leaning
from retrieval.text import STOP_WORDS, Word, words

MOST = 3
_BETWEEN = re.compile(
    rf"\s*(?:[,;]\s*)?\b(?:and|but)\s+(?:also\s+)?(?={ASKING})|[;?]\s+(?={ASKING})", re.IGNORECASE
)
_STILL_ASKS = re.compile(rf"{ASKING}\W*\Z", re.IGNORECASE)
# "Ida and Lena" are two to be told apart only where a question says so.
_COMPARES = re.compile(r"\b(?:compar\w+|differ\w*|both|each|respectively)\b", re.IGNORECASE)
_JOINS = re.compile(
    r",?\s+(?:(?P<and>and)|or|versus|vs\.?|than|(?:compared|in comparison) (?:to|with))\s+",
    re.IGNORECASE,
)
_FURTHEST = 5  # words on either side in which a name is looked for: "Oslo or the one in Oban"


def parts(question: str, *, is_name: Callable[[str], bool]) -> tuple[str, ...]:
    """Return one question for each thing that is asked, in order; empty when it is just one.

    "Who met and when?" asks two things; "which was longer, the one in Oslo or the one in Oban?"
    asks the same of two names (`is_name` tells them by their folded form).
    """
    clauses = _clauses(question)
    if 1 < len(clauses) <= MOST:
        return _whole(clauses)
    return _compared(question, is_name)


def _clauses(question: str) -> list[str]:
    """Return what is asked, part by part; what is quoted stays together, and so does "he said
    where and when", but not "where and when did he land".
    """
    quoted = [match.span() for match in QUOTED.finditer(question)]
    clauses, start = [], 0
    for between in _BETWEEN.finditer(question):
        before = question[start : between.start()]
        inside = any(first < between.start() < end for first, end in quoted)
        if not (inside or (_STILL_ASKS.search(before) and content(before))):
            clauses.append(before)
            start = between.end()
    return [part.strip() for part in (*clauses, question[start:]) if part.strip(" ?!.,;")]


def _whole(clauses: Sequence[str]) -> tuple[str, ...]:
    """Complete each clause by the one before; the first, when it is bare, by the one after."""
    first = clauses[0] if content(clauses[0]) else leaning(clauses[0], clauses[1])
    return first, *(leaning(b, a) for a, b in pairwise(clauses))


def _compared(question: str, is_name: Callable[[str], bool]) -> tuple[str, ...]:
    def named(word: Word) -> bool:
        return is_name(word.folded) or (
            word.folded not in STOP_WORDS and question[word.span.start].isupper()
        )

    typed, compares = words(question), _COMPARES.search(question)
    for join in _JOINS.finditer(question):
        if join["and"] and not compares:
            continue
        before = [w for w in typed if w.span.end <= join.start()][::-1]
        after = [w for w in typed if w.span.start >= join.end()]
        one, other = (_run(list(map(named, near[:_FURTHEST]))) for near in (before, after))
        if not one or not other:
            continue
        low, high = before[one[1] - 1].span.start, before[one[0]].span.end
        name = question[after[other[0]].span.start : after[other[1] - 1].span.end]
        # What stands between the first name and "or" ("the Oslo talks or") stands after the second.
        last = min(other[1] + one[0], len(after))
        rest = question[high : join.start()] + question[after[last - 1].span.end :]
        return question[:high] + rest, question[:low] + name + rest
    return ()


def _run(named: Sequence[bool]) -> tuple[int, int] | None:
    """Return first and end of the first names that stand together."""
    if True not in named:
        return None
    first = named.index(True)
    return first, named.index(False, first) if False in named[first:] else len(named)
