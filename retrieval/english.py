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
    return next(iter(nearest(folded, _ordered(), allowed=min(edits(folded), 1))), None)


@cache
def _ordered() -> tuple[str, ...]:
    return tuple(_words())


@cache
def _words() -> dict[str, int]:
    lines = (files("symspellpy") / _LIST).read_text("utf-8-sig").splitlines()
    counted = (line.split(" ") for line in lines)
    return {word: int(count) for word, count in counted if int(count) >= _COMMON}
