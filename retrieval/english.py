"""Common English words: what a word of a question is in its own right, or a slip of. The list is
symspellpy's; its own search takes a second to open, which a question has not.
"""

from functools import cache
from importlib.resources import files

from retrieval.slips import edits, nearest

_LIST = "frequency_dictionary_en_82_765.txt"
# Times in a trillion words; what is rarer ("tenons") is seldom meant, and mostly a slip itself.
_COMMON = 200_000


def is_english(folded: str) -> bool:
    """Whether this is a common English word."""
    return folded in _words()


def slip_of(folded: str) -> str | None:
    """Return the common word that is one edit away; of several, the likeliest."""
    # The list begins with the commonest, and sorting leaves equals in order.
    return next(iter(nearest(folded, _listed(), allowed=min(edits(folded), 1))), None)


@cache
def _words() -> frozenset[str]:
    return frozenset(_listed())


@cache
def _listed() -> tuple[str, ...]:
    lines = (files("symspellpy") / _LIST).read_text("utf-8-sig").splitlines()
    counted = (line.split(" ") for line in lines)
    return tuple(word for word, count in counted if int(count) >= _COMMON)
