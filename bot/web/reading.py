"""Pure: a document as its reader page shows it, and which passage a link cites.

Blocks, paragraphs and lines, joined with the gaps between them, are the text to the character.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from bot.service.passages import excerpt
from retrieval.paragraphs import paragraphs
from retrieval.sentences import sentences, trimmed
from retrieval.types import QUOTABLE, Citation, Kind, Quote, Region, Source, Span

FOLDED = frozenset({Kind.COMMENT, Kind.FURNITURE})
_SPAN = re.compile(r"(0|[1-9][0-9]{0,11})-([1-9][0-9]{0,11})")


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be seen of a line, and the white space up to the next one."""

    number: int
    span: Span
    gap: Span


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring regions of one kind; folded ones say how many lines they hide."""

    kind: Kind
    parts: tuple[tuple[tuple[Line, ...], ...], ...]  # regions of paragraphs of lines

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line, 1-based."""
        return self.parts[0][0][0].number, self.parts[-1][-1][-1].number


@dataclass(frozen=True, slots=True)
class Page:
    """A whole document; `lead` is white space before its first line."""

    source: Source
    lead: Span
    blocks: tuple[Block, ...]
    sentences: tuple[tuple[Kind, Span], ...]  # those that can be cited, in order

    def neighbours(self, span: Span | None) -> tuple[Span | None, Span | None]:
        """Return the sentence before a passage and the one after; without one, the first."""
        if span is None:
            return None, self.sentences[0][1] if self.sentences else None
        before = [one for _, one in self.sentences if one.end <= span.start]
        after = (one for _, one in self.sentences if one.start >= span.end)
        return before[-1] if before else None, next(after, None)


class LineCounter:
    """Numbers places of a text that are asked for in order: one walk, however many there are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at, self._number = 0, 1

    def number(self, at: int) -> int:
        """Return the 1-based line that `at` stands in; never smaller than the `at` before."""
        self._number += self._text.count("\n", self._at, at)
        self._at = at
        return self._number


class Doubt(Enum):
    """Why a link's passage is not marked."""

    CHANGED = "changed"  # the document has other words than when the link was made
    NO_PASSAGE = "no passage"  # no such words can be cited


def cited(source: Source, s: str, f: str) -> tuple[Quote, Citation] | Doubt | None:
    """Cut what a link cites; None if it cites nothing.

    `s` is `start-end`, `f` the beginning of the document's sha256 or empty.
    """
    if not s:
        return None
    if f and not source.document.sha256.startswith(f):
        return Doubt.CHANGED
    match = _SPAN.fullmatch(s)
    if match is None or int(match[1]) >= int(match[2]):
        return Doubt.NO_PASSAGE
    return excerpt(source, Span(int(match[1]), int(match[2]))) or Doubt.NO_PASSAGE


def page(source: Source) -> Page:
    """Divide a document; every character is in exactly one line, gap or lead."""
    regions = list(_tiled(source))
    lines = LineCounter(source.text)
    blocks = tuple(
        Block(kind, tuple(tuple(_paragraphs(source.text, one, lines)) for one in alike))
        for kind, alike in groupby(regions, key=lambda region: region.kind)
    )
    start = regions[0].span.start if regions else len(source.text)
    every = tuple(
        (region.kind, trimmed(source.text, sentence))
        for region in source.regions
        if region.kind in QUOTABLE
        for sentence in sentences(source.text, region.span)
    )
    return Page(source, Span(0, start), blocks, every)


def _tiled(source: Source) -> Iterator[Region]:
    """Give regions that reach up to each other; words between them count as furniture."""
    text = source.text
    found: list[Region] = []
    at = 0
    for region in (*source.regions, None):
        start = region.span.start if region else len(text)
        between = Span(at, start)
        if text[at:start].strip():
            found.append(Region(Kind.FURNITURE, trimmed(text, between)))
        if region:
            found.append(region)
            at = region.span.end
    for number, region in enumerate(found):
        following = found[number + 1].span.start if number + 1 < len(found) else len(text)
        yield Region(region.kind, Span(region.span.start, following))


def _paragraphs(text: str, region: Region, lines: LineCounter) -> Iterator[tuple[Line, ...]]:
    starts = [_line_start(text, one.start, region.span) for one in paragraphs(text, region.span)]
    starts[0] = region.span.start
    for start, end in zip(starts, [*starts[1:], region.span.end], strict=True):
        yield tuple(_lines(text, Span(start, end), lines.number(start)))


def _line_start(text: str, at: int, region: Span) -> int:
    """Return where the line begins if only its indentation stands before `at`."""
    start = at
    while start > region.start and text[start - 1].isspace() and text[start - 1] != "\n":
        start -= 1
    return start if start == region.start or text[start - 1] == "\n" else at


def _lines(text: str, paragraph: Span, number: int) -> Iterator[Line]:
    end = trimmed(text, paragraph).end
    at = paragraph.start
    while True:
        stop = text.find("\n", at, end)
        last = stop < 0
        following = paragraph.end if last else stop + 1
        # A carriage return before the newline is part of the line's ending.
        stop = max(end if last else stop - text.endswith("\r", at, stop), at)
        yield Line(number, Span(at, stop), Span(stop, following))
        if last:
            return
        at, number = following, number + 1
