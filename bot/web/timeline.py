"""Pure: documents and the meetings they tell of along one axis, ready to be drawn as SVG."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from bot import links
from bot.web.meetings import Meeting, days, meetings
from bot.words import title_in_words
from retrieval.types import Citation, Document, Kind, Source, Span

WIDTH, MARGIN, ROW, TOP = 1000, 24, 30, 44  # units of the drawing
DOCUMENTS_MOST, MEETINGS_MOST = 100, 8  # drawn; all meetings of these documents are listed
REACH = 2 * 365  # days: what lies further from all documents is listed, not drawn
BESIDE = 20  # units between a mark and the words beside it, and at the edge
REGULAR, BOLD = 7.0, 8.0  # units a letter takes, about
BAR = 6  # units; a period shorter than that is drawn as a point

Known = Literal["stated", "address", "inferred"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A row of the drawing: a point or a bar, and words beside it; `read` opens the passage."""

    document: bool
    y: int
    x: float
    end: float | None  # of a bar
    known: Known
    when: str
    label: str
    left: bool  # the words stand on the left of the mark
    read: str
    words: str  # the whole sentence, or the whole title


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across, and what it says."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Told:
    """A meeting in the list."""

    when: str
    known: Known
    sentence: str
    said: str
    line: int
    read: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A document and all that it tells of meetings."""

    title: str
    when: str
    known: Known
    read: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn, and the same in words."""

    height: int
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    listed: tuple[Listed, ...]
    undated: tuple[Listed, ...]
    left_out: int  # documents neither drawn nor listed


@lru_cache(maxsize=2)
def timeline(sources: tuple[Source, ...], fingerprint: str) -> Timeline:  # noqa: ARG001 - it names what the sources were read as
    """Put a collection on its axis, the oldest document first."""
    dated = sorted(
        ((both, one) for one in sources if (both := days(one.document.date))),
        key=lambda pair: (pair[0], pair[1].document.id),
    )
    drawn = dated[:DOCUMENTS_MOST]
    told = {one.document.id: tuple(meetings(one)) for _, one in drawn}
    undated = [one for one in sources if not days(one.document.date)][:DOCUMENTS_MOST]
    listed = tuple(_listed(one, both, told[one.document.id]) for both, one in drawn)
    left_out = len(sources) - len(drawn) - len(undated)
    marks, ticks, height = _drawn(drawn, told)
    without = tuple(_listed(one, None, ()) for one in undated)
    return Timeline(height, marks, ticks, listed, without, left_out)


def _drawn(
    dated: list[tuple[tuple[date, date], Source]], told: dict[str, tuple[Meeting, ...]]
) -> tuple[tuple[Mark, ...], tuple[Tick, ...], int]:
    if not dated:
        return (), (), 0
    low, high = min(both[0] for both, _ in dated), max(both[1] for both, _ in dated)

    def near(one: Meeting) -> bool:
        return (low - one.first).days <= REACH and (one.last - high).days <= REACH

    shown = {
        doc_id: _apart([one for one in found if near(one)])[:MEETINGS_MOST]
        for doc_id, found in told.items()
    }
    every = [one for found in shown.values() for one in found]
    low = min([low, *(one.first for one in every)])
    high = max([high, *(one.last for one in every)])
    scale = _Scale(low, high)
    marks: list[Mark] = []
    y = TOP
    for both, source in dated:
        document = source.document
        x, end = scale.place(both)
        read, known, when = links.reader(document), _known(document), document.date or ""
        label, left = _beside(_title(document), f" · {when}", x, end, wide=BOLD)
        marks.append(Mark(True, y, x, end, known, when, label, left, read, _title(document)))
        for one in shown[document.id]:
            y += ROW
            x, end = scale.place((one.first, one.last))
            when = _when(one)
            words = source.text[one.span.start : one.span.end]
            read, known = links.reader(document, one.span), _told_by(one)
            label, left = _beside(f"{when} · “{one.said}”", f", line {one.line}", x, end)
            marks.append(Mark(False, y, x, end, known, when, label, left, read, words))
        y += ROW + ROW // 2
    return tuple(marks), scale.ticks(), y


def _beside(
    text: str, rest: str, x: float, end: float | None, *, wide: float = REGULAR
) -> tuple[str, bool]:
    """Choose the side with room for the words, and shorten them where neither has enough."""
    right, left = WIDTH - (end or x) - BESIDE, x - BESIDE
    need = (len(text) + len(rest)) * wide
    room = right if need <= right or right >= left else left
    most = max(8, int(room / wide) - len(rest))
    return (text if len(text) <= most else f"{text[: most - 1]}…") + rest, room == left


def _apart(found: list[Meeting]) -> list[Meeting]:
    """Keep the first sentence for each time: one mark would cover the other."""
    once: dict[tuple[date, date], Meeting] = {}
    for one in found:
        once.setdefault((one.first, one.last), one)
    return sorted(once.values(), key=lambda one: (one.first, one.last))


class _Scale:
    """Days to units."""

    def __init__(self, low: date, high: date) -> None:
        room = max(10, (high - low).days // 20)
        self._low, self._high = low.toordinal() - room, high.toordinal() + room
        self._unit = (WIDTH - 2 * MARGIN) / (self._high - self._low)

    def _x(self, day: int) -> float:
        return round(MARGIN + (day - self._low) * self._unit, 1)

    def place(self, both: tuple[date, date]) -> tuple[float, float | None]:
        start, end = self._x(both[0].toordinal()), self._x(both[1].toordinal() + 1)
        return (start, end) if end - start > BAR and both[0] != both[1] else (start, None)

    def ticks(self) -> tuple[Tick, ...]:
        """Give about eight lines: years, quarters or months, or days where the axis is short."""
        low, high = date.fromordinal(self._low), date.fromordinal(self._high)
        length = self._high - self._low
        if length <= 60:
            step = max(1, length // 8)
            days_shown = range(self._low + step, self._high, step)
            return tuple(Tick(self._x(n), f"{date.fromordinal(n):%d %b %Y}") for n in days_shown)
        months = next((n for n in (1, 2, 3, 6, 12, 24, 60, 120) if length / 30.4 / n <= 9), 240)
        found = []
        for number in range(low.year * 12, high.year * 12 + 12, months):
            day = date(number // 12, number % 12 + 1, 1)
            x = self._x(day.toordinal())
            if MARGIN + 20 <= x <= WIDTH - MARGIN - 20:
                found.append(Tick(x, f"{day:%Y}" if months >= 12 else f"{day:%b %Y}"))
        return tuple(found)


def _listed(source: Source, both: tuple[date, date] | None, found: tuple[Meeting, ...]) -> Listed:
    document = source.document
    told = tuple(
        Told(
            _when(one),
            _told_by(one),
            source.text[one.span.start : one.span.end],
            one.said,
            one.line,
            links.reader(document, one.span),
        )
        for one in found
    )
    when = document.date or "undated" if both else "undated"
    return Listed(_title(document), when, _known(document), links.reader(document), told)


def _when(one: Meeting) -> str:
    if one.first == one.last:
        return one.first.isoformat()
    return f"{one.first:%Y-%m}" if one.first.month == one.last.month else f"{one.first:%Y}"


def _told_by(one: Meeting) -> Known:
    return "inferred" if one.inferred else "stated"


def _known(document: Document) -> Known:
    match document.date_known_by:
        case "in text":
            return "stated"
        case "publisher's address":
            return "address"
        case _:
            return "inferred"


def _title(document: Document) -> str:
    return title_in_words(Citation(1, document, Span(0, 0), 1, Kind.BODY))
