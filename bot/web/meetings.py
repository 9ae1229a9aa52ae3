"""Pure: sentences that tell of a meeting and when it was, by plain patterns of English.

A date without a year, or a weekday, is counted from the document's own date and so only inferred.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from retrieval.regions import line_of
from retrieval.sentences import sentences, trimmed
from retrieval.types import Kind, Source, Span

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)}|{'|'.join(m[:3] for m in _MONTHS)}|sept)\b\.?"
_MEETING = re.compile(
    r"\b(?:met|meets?|meetings?|talks|summits?|negotiations?|conferences?)\b", re.IGNORECASE
)
_EXPRESSIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_MONTH}\s+(?P<day>[0-3]?\d)\b(?:st|nd|rd|th)?(?:,?\s+(?P<year>[12]\d{{3}})\b)?",
        rf"\b(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>[12]\d{{3}})\b)?",
        rf"\b{_MONTH}\s+(?P<year>[12]\d{{3}})\b",
        rf"\b(?:in|by|last|this|next|early|late|mid)[\s-]{_MONTH}",
        r"\bin\s+(?P<year>[12]\d{3})\b",
        rf"(?P<spoken>\b(?:said|says|told\s\w+|announced|added|warned|stated|asked)\s+(?:on\s+)?)?"
        rf"\b(?P<weekday>{'|'.join(_DAYS)})\b",
    )
)
_AHEAD = re.compile(
    r"\b(?:will|would|to\s+meet|set\s+to|due|plans?|planned|scheduled|upcoming|expected"
    r"|before\s+meeting|ahead\s+of)\b",
    re.IGNORECASE,
)
TOLD = frozenset({Kind.BODY, Kind.HEADLINE, Kind.CAPTION})


@dataclass(frozen=True, slots=True)
class Meeting:
    """A sentence and the days it may mean; `said` is what it says of the time."""

    span: Span
    line: int
    said: str
    first: date
    last: date
    inferred: bool


def meetings(source: Source) -> Iterator[Meeting]:
    """Give what a document tells of meetings, in its order."""
    own = days(source.document.date)
    for region in source.regions:
        if region.kind not in TOLD:
            continue
        for sentence in sentences(source.text, region.span):
            span = trimmed(source.text, sentence)
            found = _meeting(source.text, span, own)
            if found is not None:
                yield found


def days(written: str | None) -> tuple[date, date] | None:
    """Return the first and the last day that a date of a catalogue may mean."""
    if written is None:
        return None
    year, month, day = (*(int(part) for part in written.split("-")), 0, 0)[:3]
    return _between(year, month, day)


def _between(year: int, month: int, day: int) -> tuple[date, date] | None:
    try:
        first = date(year, month or 1, day or 1)
        if day:
            return first, first
        following = date(year + 1, 1, 1) if not month or month == 12 else date(year, month + 1, 1)
    except (ValueError, OverflowError):
        return None
    return first, following - timedelta(days=1)


def _meeting(text: str, span: Span, own: tuple[date, date] | None) -> Meeting | None:
    words = text[span.start : span.end]
    told = [match.start() for match in _MEETING.finditer(words)]
    if not told:
        return None
    nearest: tuple[int, Meeting] | None = None
    for expression in _EXPRESSIONS:
        for match in expression.finditer(words):
            meant = _meant(match, words, own)
            if meant is None:
                continue
            (first, last), inferred = meant
            line = line_of(text, span.start)
            found = Meeting(span, line, match[0].rstrip("."), first, last, inferred)
            at = min(told, key=lambda at: abs(match.start() - at))
            far = abs(match.start() - at)
            # "the first meeting since the war began in May" is not when they met.
            apart = re.search(r"\bsince\b", words[min(at, match.start()) : match.start()])
            if not apart and (nearest is None or far < nearest[0]):
                nearest = far, found
    return nearest[1] if nearest else None


def _meant(
    match: re.Match[str], words: str, own: tuple[date, date] | None
) -> tuple[tuple[date, date], bool] | None:
    """Return the days meant and whether they had to be inferred; None if it cannot be told."""
    parts = match.groupdict()
    if parts.get("weekday"):
        # "said Tuesday" is when it was said; and a weekday needs a day to be counted from.
        if parts["spoken"] or own is None or own[0] != own[1]:
            return None
        step = _DAYS.index(parts["weekday"].lower()) - own[0].weekday()
        step = step % 7 if _AHEAD.search(words) else -(-step % 7)
        day = own[0] + timedelta(days=step)
        return (day, day), True
    month = _month(parts.get("month") or "")
    day_of_month = int(parts.get("day") or 0)
    if parts.get("year"):
        stated = _between(int(parts["year"]), month, day_of_month)
        return stated and (stated, False)
    if own is None:
        return None
    near = [
        both
        for year in (own[0].year - 1, own[0].year, own[0].year + 1)
        if (both := _between(year, month, day_of_month))
    ]
    ahead = _AHEAD.search(words) is not None
    fitting = [both for both in near if (both[1] >= own[0] if ahead else both[0] <= own[1])]
    if not fitting:
        return None
    return min(fitting, key=lambda both: abs((both[0] - own[0]).days)), True


def _month(name: str) -> int:
    known = [
        number for number, one in enumerate(_MONTHS, 1) if name and one.startswith(name[:3].lower())
    ]
    return known[0] if known else 0
