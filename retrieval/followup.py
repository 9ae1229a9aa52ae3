"""Pure: a question that leans on the one before it, completed from that one's words."""

import re

from retrieval.text import STOP_WORDS, words
from retrieval.types import Answer

_LEANS = re.compile(
    r"\W*(?:and|but|or|so|also|what about|how about|ok(?:ay)?|then)\b"
    r"|\b(?:he|she|it|they|him|her|them|his|hers|their|theirs|its|there|that|this|those|these"
    r"|one|both|ones)\b",
    re.IGNORECASE,
)
_QUESTION_WORDS = re.compile(
    r"^\W*(?:(?:and|but|so|ok(?:ay)?)\W+)?(?:who|whom|whose|what|which|when|where|why|how)\b\s*"
    r"(?:(?:long|many|much|did|do|does|is|are|was|were|has|have|had|will|would|can|could)\b\s*)*",
    re.IGNORECASE,
)


def completed(text: str, previous: Answer) -> str:
    """Return the question with what it leaves out, or as it is if it stands by itself.

    It stands by itself when it neither opens like a follow-up nor points back, or when it has a
    name of its own beside three content words.
    """
    content = [w for w in words(text) if w.folded not in STOP_WORDS]
    named = any(text[w.span.start].isupper() and w.span.start > 0 for w in content)
    if not _LEANS.search(text) or (named and len(content) > 3):
        return text
    before = previous.understood or previous.query.text
    known = {w.folded for w in content}
    rest = _QUESTION_WORDS.sub("", before).rstrip(" ?!.")
    if not any(w.folded not in known | STOP_WORDS for w in words(rest)):
        return text
    return f"{text.rstrip()} ({rest})"
