"""Pure: a question that leans on the one before it, completed from that one's words."""

import re
from collections.abc import Sequence

from retrieval.expect import ASKING, Expect, expected
from retrieval.text import STOP_WORDS, Word, word_list, words
from retrieval.types import Abstained, Answer, Found, Reason

_VERB = r"(?:did|do|does|is|are|was|were|has|have|had|will|would|can|could)"
_IT = r"it(?! (?:true|possible|likely|known|clear|correct)\b)"
_OPENS = re.compile(r"(?:and|but|or|so|then|also|what about|how about|ok(?:ay)?)\b", re.IGNORECASE)
_ASKS = re.compile(
    rf"{ASKING}(?:\W+(?:long|many|much|often|high|far|old|big|large|tall|deep|wide|fast|soon|likely|close"
    rf"|{_VERB})\b)*",
    re.IGNORECASE,
)
# Words that point back to something, always or where nothing before them in the question may be it:
# "when did they meet", "who else", "who told him?" against "what did Ida say when he met her team".
_POINTS_OUT = re.compile(
    rf"\b(?:{_VERB} (?:he|she|they|{_IT})"
    r"|(?:he|she|it|they|him|her|hers|them|theirs|that|this|those|these|there|both)(?=\W*\Z)"
    r"|(?:about|before|after|of|in|at|to|for|with|on|during|since|by|from) that"
    r"|(?:so|then|instead|otherwise|afterwards?|next|beforehand)(?=\W*\Z)"
    r"|else|tell me more|more details?|which ones?|the \w+ ones?)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    rf"\b(?:he|she|{_IT}|they|him|her|them|his|their|its|these"
    r"|this(?! (?:week|month|year|spring|summer|autumn|winter|morning)\b))\b",
    re.IGNORECASE,
)
_OWNING = frozenset(("his", "her", "its", "their"))
_OWNED = re.compile(r"\s+(\w+)")
# "who sold his boat?", "which country recalled its ambassador?"
_SUBJECT = re.compile(
    rf"\W*(?:who|(?:which|what)(?: (?!{_VERB}\b)\w+){{1,2}}?) (?!{_VERB}\b)\w+", re.IGNORECASE
)
# "it" that stands for what follows: "how long did it take to build the bridge?"
_FOLLOWS = re.compile(
    rf"\b{_VERB} it (?:(?:take|taken|cost)\b(?: \w+){{0,3}}? to \w+|from \w+(?: \w+)? to\b|that\b)",
    re.IGNORECASE,
)
# "in May?", "with whom?", "by Lavrov?": a place in the sentence before.
_PART = re.compile(
    r"(?:in|on|at|with|by|for|from|to|after|before|during|since|until)\b", re.IGNORECASE
)
# What stands in place of what a question of that sort was answered with: one person ("they" may
# be others as well), one place.
_IN_PLACE_OF = {
    Expect.PERSON: re.compile(r"\b(?:he|she|him|her|hers|his)\b", re.IGNORECASE),
    Expect.PLACE: re.compile(r"\bthere\b", re.IGNORECASE),
}
# Words that ask without saying about what.
_BARE = word_list(
    "long exactly precisely city country place year month date day time number person people reason"
)
_SPOKE_OF_NOTHING = frozenset(
    (Reason.EMPTY_QUESTION, Reason.TOO_LONG, Reason.NO_WORDS, Reason.SMALL_TALK)
)
_MOST_WORDS = 16  # content words taken over, so that a long conversation does not pile up
_ENOUGH_WORDS = 3  # with more, one of them a name, a question is worth more as it is


def carried(answer: Answer, previous: Answer | None) -> Answer | None:
    """Return what the next question may lean on: the answer, or after thanks the one before."""
    spoke_of_nothing = isinstance(answer, Abstained) and answer.reason in _SPOKE_OF_NOTHING
    return previous if spoke_of_nothing else answer


def completed(text: str, previous: Answer) -> str:
    """Return the question with what it leaves out, or as it is if it stands by itself.

    It leans on the one before when it opens like a follow-up, points to something that it does not
    name, or is only a part of a question. Nothing is taken from a question that was none.
    """
    if carried(previous, None) is None:
        return text
    before = previous.understood or previous.query.text
    return following(text, before, _told(previous))


def _told(previous: Answer) -> str:
    """Return the words that answered, as the document writes them; empty if none did."""
    if not isinstance(previous, Found):
        return ""
    quote = previous.evidence[0].quote
    start = quote.span.start
    return " ".join(quote.text[w.start - start : w.end - start] for w in quote.words)


def following(text: str, before: str, told: str) -> str:
    """Return a question with what it leaves out of the one before, and with what that was answered,
    if it has a word for the person or place that it asked for.
    """
    stands = _IN_PLACE_OF.get(expected(before))
    pointed = stands is not None and stands.search(text)
    return leaning(text, f"{before} {told if pointed else ''}")


def leaning(text: str, before: str) -> str:
    """Return a question with what it leaves out of another, in brackets; as it is if nothing."""
    asked = text.strip()
    said = content(asked)
    if not _leans(asked, said):
        return text
    # What was completed before stands in brackets, the oldest last: one pair of them is enough.
    before = _without_opening(re.sub(r"[()?!]+", " ", before))
    known = {word.folded for word in said}
    taken = content(before)[:_MOST_WORDS]
    if all(word.folded in known for word in taken):  # so when there are none
        return text
    carried_over = before[taken[0].span.start : taken[-1].span.end]
    return f"{asked} ({' '.join(carried_over.split())})"


def content(text: str) -> list[Word]:
    """Return the words of a question that say what it is about."""
    return [word for word in words(text) if word.folded not in STOP_WORDS]


def _bound(text: str, points: re.Match[str]) -> bool:
    """Whether "his" or "its" is somebody's that the question itself asks for or names before."""
    behind = _OWNED.match(text, points.end())
    if points[0].lower() not in _OWNING or not behind or behind[1].lower() in STOP_WORDS:
        return False
    return bool(_SUBJECT.match(text) or text[: points.start()].lower().endswith(" and "))


def _without_opening(text: str) -> str:
    """Leave out "and", "who did" and the like."""
    text = text.lstrip()
    while opening := _OPENS.match(text) or _ASKS.match(text):
        text = text[opening.end() :].lstrip(" \t\n,;:?!–—-")
    return text


def _leans(text: str, said: Sequence[Word]) -> bool:
    follows = _FOLLOWS.search(text)
    if follows and said and said[-1].span.start >= follows.end():
        return False
    names = [w for w in said if w.span.start > 0 and text[w.span.start].isupper()]
    if names and len(said) > _ENOUGH_WORDS:
        return False
    if all(word.folded in _BARE for word in said) or _POINTS_OUT.search(text):
        return True
    opening = _OPENS.match(text)
    asks = _ASKS.search(text, opening.end() if opening else 0)
    if opening or (_PART.match(text) and not asks):
        return len(said) <= (_ENOUGH_WORDS if not asks else 1 if names else 2)
    points = _POINTS.search(text)
    if not points or _bound(text, points):
        return False
    named = any(w.span.start < points.start() for w in names)
    told = [w for w in said if w.span.start < points.start() and w.folded not in _BARE]
    return not named and len(told) < 2
