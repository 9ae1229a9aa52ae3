"""Pure: what sort of words would answer a question, and where a text has them.

Eight sorts, told apart by the question's wording; English, like the collection's stop words.
"""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from retrieval.types import Span


class Expect(StrEnum):
    """The sort of words that would answer."""

    DURATION = "duration"
    NUMBER = "number"
    CLOCK = "time of day"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    ANYTHING = "anything"


_UNIT = r"(?:second|minute|min|hour|day|night|week|month|year|decade|centur)(?:s|y|ies)?\b"
_SPELLED = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|hundreds?|thousands?|millions?|billions?|trillions?|dozens?|half|a third|a quarter|twice)"
)
_NUMERAL = r"\d[\d.,]*"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)

# The first that matches decides; order matters ("how long ago" is a date).
_QUESTIONS: tuple[tuple[Expect, re.Pattern[str]], ...] = tuple(
    (expect, re.compile(pattern, re.IGNORECASE))
    for expect, pattern in (
        (Expect.CLOCK, r"\b(?:what|which) time\b|\bat what hour\b|\bwhat hour\b"),
        (Expect.DATE, r"\bhow long ago\b"),
        (
            Expect.DURATION,
            rf"\bhow long\b|\b(?:how many|number of) {_UNIT}|\bfor how\b|\bduration\b|\blonger\b",
        ),
        (
            Expect.NUMBER,
            r"\bhow (?:many|much|often|far|old|high|large|big|tall|few)\b|\bpercent(?:age)?\b"
            r"|\b(?:what|which) (?:number|share|percentage|proportion|amount)\b|\bnumber of\b",
        ),
        (
            Expect.DATE,
            r"\bwhen\b|\b(?:what|which|whose)\b(?: \w+){0,2} "
            r"(?:year|date|day|month|century|decade|weekday)\b|\bpublication date\b",
        ),
        (
            Expect.PLACE,
            r"\bwhere\b|\b(?:what|which)\b(?: \w+){0,2} "
            r"(?:city|cities|country|countries|place|places|town|state|states|capital|region)\b",
        ),
        (Expect.PERSON, r"\bwho(?:m|se)?\b|\bauthors?\b"),
        (Expect.REASON, r"\bwhy\b|\bfor what reason\b|\bhow come\b"),
    )
)

_ANSWERS: dict[Expect, re.Pattern[str]] = {
    Expect.DURATION: re.compile(
        rf"\b(?:{_NUMERAL}|{_SPELLED}|an?|several|few)[\s\-‑–]{{1,2}}{_UNIT}", re.IGNORECASE
    ),
    Expect.NUMBER: re.compile(rf"[$€£]?{_NUMERAL}%?|\b{_SPELLED}\b", re.IGNORECASE),
    Expect.CLOCK: re.compile(
        r"\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?(?:[ap]\.?m\b|o[’']clock)"
        r"|\b(?:noon|midnight|midday|dawn|morning|afternoon|evening|overnight)\b",
        re.IGNORECASE,
    ),
    Expect.DATE: re.compile(
        rf"\b(?:1\d|20)\d\d(?:s\b|\b)|\b{_MONTH}\b|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
        r"|\b\d{1,2}(?:st|nd|rd|th) century\b"
        r"|\b(?:today|tomorrow|yesterday|(?:last|next|this|past|coming) "
        r"(?:week|month|year|spring|summer|autumn|fall|winter|decade|century|days?))\b"
    ),
    Expect.REASON: re.compile(
        r"\b(?:because|since|due to|owing to|as a result|so that|in order to|in an effort to"
        r"|caused?|reasons?|therefore|thanks to|led to|to)\b",
        re.IGNORECASE,
    ),
}
# A capital that does not open the sentence, or one that opens it and is followed by another.
_NAME = re.compile(r"\b[^\W\d_a-zß-öø-ÿ][\w’'.\-]*(?:[\s ]+[^\W\d_a-zß-öø-ÿ][\w’'.\-]*)*")


def expected(question: str) -> Expect:
    """Return the sort of words that would answer a question."""
    return next((e for e, pattern in _QUESTIONS if pattern.search(question)), Expect.ANYTHING)


def fitting(expect: Expect, sentence: str, *, asked: Callable[[str], bool]) -> Iterator[Span]:
    """Yield the words of a sentence that are of the expected sort, as spans in it.

    `asked` tells whether the question itself has a word: a name asked about is no answer.
    """
    if expect in (Expect.PERSON, Expect.PLACE):
        for match in _NAME.finditer(sentence):
            if not all(asked(word) for word in match.group().split()):
                yield Span(*match.span())
    elif expect is not Expect.ANYTHING:
        for match in _ANSWERS[expect].finditer(sentence):
            if not asked(match.group()):
                yield Span(*match.span())
