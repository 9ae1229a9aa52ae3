"""Pure: what sort of words would answer a question, and where a text has them.

Nine sorts, told apart by the question's wording; English, like the collection's stop words.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from retrieval.text import STOP_WORDS, Word, word_list, words
from retrieval.types import Span

QUESTION_WORDS = ("what", "when", "where", "which", "who", "whom", "whose", "why", "how")


class Expect(StrEnum):
    """The sort of words that would answer."""

    DURATION = "duration"
    INTERVAL = "time between"
    NUMBER = "number"
    CLOCK = "time of day"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    ANYTHING = "anything"


# The sorts that are answered by a figure, which a text plainly has or has not.
NUMBERS = frozenset({Expect.DURATION, Expect.INTERVAL, Expect.NUMBER, Expect.CLOCK})

# Words of a question that only name the sort: "30 minutes" says how long something lasted without
# "long" or "last", "Berlin" need not be called a city. Whatever is of the sort meets them.
NAMING: Mapping[Expect, frozenset[str]] = {
    Expect.DURATION: word_list("long longer shorter last lasts lasted duration take takes took"),
    Expect.INTERVAL: word_list("long take takes took"),
    Expect.NUMBER: word_list("many number percent percentage share proportion amount"),
    Expect.CLOCK: word_list("time hour"),
    Expect.DATE: word_list("year date day month century decade weekday time"),
    Expect.PLACE: word_list(
        "city cities country countries place places town towns state states capital region"
    ),
    Expect.PERSON: word_list("person people name names"),
    Expect.REASON: word_list("reason reasons"),
    Expect.ANYTHING: frozenset(),
}


_UNIT = r"(?:second|min(?:ute)?|hour|day|night|week|month|year|decade|centur(?:y|ie))s?\b"
_SPELLED = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|hundreds?|thousands?|millions?|billions?|trillions?|dozens?|half|a third|a quarter|twice)"
)
# Not inside a name ("G7"), and without the full stop or comma behind it.
_NUMERAL = r"(?<!\w)(?<!\d[.,])(?:\d++(?:[.,]\d++)*[¼½¾⅓⅔]?|[¼½¾⅓⅔])"
_MONTH = (
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b(?:\.(?= \d))?)"
)
_YEAR = r"(?:1\d|20)\d\d\b"
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?\b"
_DAY_OF_MONTH = rf"(?:{_DAY} (?:of )?{_MONTH}|{_MONTH} {_DAY})(?:,? {_YEAR})?"
_CLOCK = (
    r"(?<![\w.])\d{1,2}[:.]\d\d(?!\d| ?(?:%|percent|million|billion|trillion))"
    r"(?: ?[ap](?:\.m\b\.?|m\b)|\b)|\b\d{1,2} ?(?:[ap]\.?m\b|o[’']clock)"
)

# Before the noun that says what is asked for: "in which European", "what was the exact".
_NO_VERB = r"(?!(?:did|does|do|has|had|have|can|could|the|an?)\b)"
_WHAT = (
    r"\b(?:what|which)(?:(?:['’]?s| (?:is|are|was|were|will be|would be|of)\b)(?: (?:the|an?)\b)?)?"
    rf"(?: {_NO_VERB}\w+)? "
)
_ROLE = (
    "author|writer|person|people|m[ae]n|wom[ae]n|minister|president|senator|official|leader"
    "|diplomat|journalist|reporter|spokes(?:man|woman|person)|ambassador|general"
)
# What is longer because it takes more time; a river is longer too.
_LASTING = (
    "meeting|talk|conversation|discussion|session|summit|conference|negotiation|call|speech|visit"
    "|trip|journey|stay|war|conflict|siege|strike|ceasefire|truce|trial|term|reign"
)
_CLAUSE = re.compile(
    r"\W*(?:after|before|if|once|when|where|while|(?:in|on|at|during)\b(?! (?:wh\w+|how)\b))\b"
    r"[^,?]*,",
    re.IGNORECASE,
)
# What was said before the question: "I read that it fell. When was that?"
ASKING = rf"(?:{'|'.join(QUESTION_WORDS)})\b"
_STATEMENT = re.compile(rf"(?!\W*{ASKING})[^?]*[.!:] (?={ASKING})", re.IGNORECASE)
# Words that somebody else said.
QUOTED = re.compile(r'"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»')
_Patterns = tuple[tuple[Expect, re.Pattern[str]], ...]


def _patterns(*pairs: tuple[Expect, str]) -> _Patterns:
    return tuple((expect, re.compile(pattern, re.IGNORECASE)) for expect, pattern in pairs)


# "how long ago" is a date, "how many minutes" a duration: the more special comes first.
_WORDED = _patterns(
    (Expect.CLOCK, r"\b(?:what|which) (?:time|hour)\b(?! (?:of year|zone|period|frame))"),
    (Expect.DATE, r"\bhow long ago\b"),
    (
        Expect.INTERVAL,
        rf"\bhow (?:long|soon|many {_UNIT}) (?:after|before|until|till|later|earlier)\b",
    ),
    (
        Expect.DURATION,
        rf"\bhow (?:much )?long(?:er)?\b|\bhow many {_UNIT}|{_WHAT}duration\b"
        rf"|\b(?:which|what|was|were|is|are)\b.{{0,80}}?\b(?:{_LASTING})s?\b.{{0,80}}?"
        r"(?<!no )\b(?:long|short)er\b",
    ),
    (
        Expect.NUMBER,
        # "How far will they go?" and "how big a problem is it?" ask for no figure.
        r"\bhow (?:many|often|old|tall|few|(?:much|high|large|big)\b(?! (?:of )?an?\b)"
        r"|far (?:is|are|was|were|away|off|from|apart)|(?:deep|wide|heavy) (?:is|are|was|were))\b"
        rf"|{_WHAT}(?:numbers?|share|percent(?:age)?|proportion|amount)\b",
    ),
    (Expect.DATE, rf"\bwhen\b|{_WHAT}(?:years?|dates?|days?|months?|century|decade|weekday)\b"),
    (
        Expect.PLACE,
        rf"\bwhere\b|{_WHAT}(?:city|cities|country|countries|places?|towns?|states?|capital|region)"
        r"\b(?!['’]| of\b)",
    ),
    (
        Expect.PERSON,
        rf"\bwho(?:m|se)?\b|{_WHAT}(?:authors?|names?)\b(?!['’])"
        rf"|\bwhich(?: {_NO_VERB}\w+){{0,2}} (?:{_ROLE})s?\b(?!['’])",
    ),
    (Expect.REASON, rf"\bwhy\b|\bhow come\b|{_WHAT}reasons?\b"),
    (Expect.ANYTHING, r"\b(?:what(?:['’]?s)?|which|how)\b"),
)
# As people type into a search box: "duration of the talks".
_UNWORDED = _patterns(
    (Expect.DURATION, r"\bduration\b"),
    (Expect.NUMBER, r"\bnumber of\b|\bpercent(?:age)?\b"),
    (Expect.DATE, r"\bdate\b"),
    (Expect.PERSON, r"\bauthors?\b"),
)

_TIME = (
    rf"(?:{_NUMERAL}|\b{_SPELLED}|\bhalf an?|\ban?(?! second\b)|\bseveral|\bfew|\bmany|\bsome"
    rf"|\bcouple of)(?: and a half)?[\s\-‑–]{{1,2}}{_UNIT}(?!\Wold\b)"  # "five years old" is an age
)
# When something began or ended.
_POINT = (
    rf"(?:(?:{_WEEKDAY},? )?{_DAY_OF_MONTH}|{_MONTH}(?:,? {_YEAR})?|{_YEAR}|{_WEEKDAY}|{_CLOCK})"
)
_ANSWERS: dict[Expect, re.Pattern[str]] = {
    # "five years later" is a date; how long a thing is, and not how long it lasts, a length
    Expect.DURATION: re.compile(
        rf"{_TIME}(?!\W(?:later|earlier|before|ago|since)\b)"
        rf"|\b(?:from {_POINT} (?:to|until|till|through)|between {_POINT} and|since|until|till)"
        rf" {_POINT}|\b{_YEAR}[-–](?:\d\d){{1,2}}\b"
        rf"|\b(?:all|(?:the|a) (?:whole|entire|full)) {_UNIT}|\bfor {_UNIT}"
        r"|\b(?:hour|day|night|week|month|year|decade|century)s?[- ]long\b"
        rf"|(?:{_NUMERAL}|\b{_SPELLED}|\ban?)[\s-](?:[ck]?m|(?:kilo|centi)?met(?:re|er)s?|miles?"
        r"|feet|foot|yards?|inch(?:es)?|pages?)\b",
        re.IGNORECASE,
    ),
    Expect.INTERVAL: re.compile(_TIME, re.IGNORECASE),
    Expect.NUMBER: re.compile(
        rf"[$€£]?{_NUMERAL}%?|\b(?:{_SPELLED}|none|zero|once|single|pair|couple"
        rf"|hourly|daily|nightly|weekly|monthly|yearly|annual(?:ly)?"
        rf"|(?:every|each) (?:\w+ )?(?:{_UNIT}|{_WEEKDAY}|spring|summer|autumn|winter|morning"
        r"|evening))\b",
        re.IGNORECASE,
    ),
    Expect.CLOCK: re.compile(
        rf"{_CLOCK}|\b(?:noon|midnight|midday|dawn|morning|afternoon|evening|overnight)\b",
        re.IGNORECASE,
    ),
    Expect.DATE: re.compile(
        rf"\b(?:{_WEEKDAY},? )?(?:{_DAY_OF_MONTH}|{_MONTH}(?:,? {_YEAR})?)"
        rf"|\b{_YEAR}-\d\d(?:-\d\d)?\b|\b(?:1\d|20)\d\ds?\b|\b{_WEEKDAY}\b"
        r"|\b(?:\d{1,2}(?:st|nd|rd|th)|(?i:(?:twenty-)?(?:first|second|third|fourth|fifth|sixth"
        r"|seventh|eighth|ninth)|tenth|eleventh|twelfth|\w+teenth|twentieth))[ -]century\b"
        r"|\bAD \d+\b|\b\d+ (?:AD|BCE?|CE)\b"
        rf"|(?i:{_CLOCK}|{_TIME} (?:ago|later|earlier)\b)"
        r"|\b(?i:today|tonight|tomorrow|yesterday|(?:last|next|this|past|coming) "
        r"(?:night|morning|afternoon|evening|week|month|year|spring|summer|autumn|fall|winter"
        r"|decade|century|days?))\b"
    ),
    Expect.REASON: re.compile(
        r"\b(?:because|since|due to|owing to|as a result|so that|in order to|in an effort to"
        r"|caused?|reasons?|therefore|thanks to|led to|to)\b",
        re.IGNORECASE,
    ),
}
_INSIDE_A_NAME = re.compile(r"\.?[\s\-‑–]+(?:of )?")
# What a name behind is no person's: "in the Gambia".
_PLACED = re.compile(
    r"\b(?:in|at|from|near|into|outside|across|through|towards?|via|inside|within|along)"
    r"(?: the| an?)? $",
    re.IGNORECASE,
)
_LONGEST_PLACED = len(" throughout the ")
_CALENDAR = re.compile(rf"{_WEEKDAY}|{_MONTH}")
# Its figures count nothing.
_DATED = re.compile(rf"\b{_DAY_OF_MONTH}|\b{_MONTH},? {_YEAR}")


def expected(question: str) -> Expect:
    """Return the sort of words that would answer a question.

    Its first question word decides, after a clause that only says when: "what did he say when he
    left?" and "when he left, what did he say?" ask for no date. One in words that are quoted, or
    stated before the question, does not ask.
    """
    unquoted = QUOTED.sub(" ", question)
    question = " ".join((unquoted if words(unquoted) else question).split())
    if stated := _STATEMENT.match(question):
        question = question[stated.end() :]
    clause = _CLAUSE.match(question)
    if clause and (rest := _first(_WORDED, question[clause.end() :])):
        return rest
    return _first(_WORDED, question) or _first(_UNWORDED, question) or Expect.ANYTHING


def _first(patterns: _Patterns, question: str) -> Expect | None:
    """Return the sort of the match that starts first; of two that start together, the one listed
    first.
    """
    found = [
        (match.start(), number)
        for number, (_, pattern) in enumerate(patterns)
        if (match := pattern.search(question))
    ]
    return patterns[min(found)[1]][0] if found else None


def fitting(expect: Expect, sentence: str, *, asked: Callable[[str], bool]) -> Iterator[Span]:
    """Yield the words of a sentence that are of the expected sort, as spans in it.

    `asked` tells whether the question itself has a folded word: what it names is no answer.
    """
    if expect in (Expect.PERSON, Expect.PLACE):
        for name in _names(sentence):
            calendar = all(_CALENDAR.fullmatch(sentence, *_ends(word)) for word in name)
            start = name[0].span.start
            before = sentence[max(start - _LONGEST_PLACED, 0) : start]
            place = expect is Expect.PERSON and _PLACED.search(before)
            if not (calendar or place or all(asked(word.folded) for word in name)):
                yield Span(name[0].span.start, name[-1].span.end)
    elif expect is not Expect.ANYTHING:
        dated = _DATED.finditer(sentence) if expect is Expect.NUMBER else ()
        dates = [Span(*match.span()) for match in dated]
        for match in _ANSWERS[expect].finditer(sentence):
            if any(date.overlaps(Span(*match.span())) for date in dates):
                continue
            said = [word.folded for word in words(match[0]) if word.folded not in STOP_WORDS]
            if not (said and all(map(asked, said))):
                yield Span(*match.span())


def _names(sentence: str) -> Iterator[list[Word]]:
    """Yield runs of words with capitals; function words that open a sentence are none."""
    name: list[Word] = []
    for word in words(sentence):
        if not sentence[word.span.start].isupper() or word.folded in STOP_WORDS:
            continue
        if name:
            between = sentence[name[-1].span.end : word.span.start]
            if not _INSIDE_A_NAME.fullmatch(between):
                yield name
                name = []
        name.append(word)
    if name:
        yield name


def _ends(word: Word) -> tuple[int, int]:
    return word.span.start, word.span.end
