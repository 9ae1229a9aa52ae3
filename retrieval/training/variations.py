"""Questions as people type them, and questions that look alike but that nothing answers."""

import random
import re
from collections.abc import Sequence

from retrieval.text import STOP_WORDS, words
from retrieval.vocabulary import Vocabulary


def in_chat(question: str, dice: random.Random) -> str:
    """Return the question as people type it: lower case, no question mark, slips, key words."""
    style = dice.random()
    if style < 0.4:
        return question
    typed = question.lower().rstrip("? ")
    if style > 0.9:
        content = [w for w in words(typed) if w.folded not in STOP_WORDS]
        return " ".join(typed[w.span.start : w.span.end] for w in content) or typed
    long = list(re.finditer(r"[a-z]{6,}", typed))
    if style > 0.75 and long:
        at = dice.choice(long).start() + dice.randint(1, 4)
        return typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]
    return typed


def strange_names(here: Vocabulary, there: Vocabulary) -> Sequence[str]:
    """Return names of another collection that this one does not have, in order."""
    return sorted(
        word
        for word, (count, _) in there.counts.items()
        if count > 1 and len(word) > 3 and word.isalpha()
        if there.is_name(word) and word not in here
    )


def swapped(
    question: str, here: Vocabulary, strange: Sequence[str], dice: random.Random
) -> str | None:
    """Return the question with one of its names exchanged for a strange one; None without."""
    names = [w for w in words(question)[1:] if len(w.folded) > 3 and here.is_name(w.folded)]
    if not names or not strange:
        return None
    span = dice.choice(names).span
    return question[: span.start] + dice.choice(strange).capitalize() + question[span.end :]
