"""Pure: a document as its reader page shows it, and which passage a link cites.

Blocks, paragraphs and lines, joined with the gaps between them, are the text to the character.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from retrieval.paragraphs import paragraphs
from retrieval.regions import line_of
from retrieval.sentences import sentences, trimmed
from retrieval.types import QUOTABLE, Kind, Region, Source, Span

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


class Doubt(Enum):
    """Why a link's passage is not marked."""

    CHANGED = "changed"  # the document has other words than when the link was made
    NO_PASSAGE = "no passage"  # no such words can be cited


def cited(source: Source, s: str, f: str) -> tuple[Region, Span] | Doubt | None:
    """Read a link: `s` is `start-end`, `f` the beginning of the document's sha256 or empty.

    None if it cites nothing.
    """
    if not s:
        return None
    if f and not source.document.sha256.startswith(f):
        return Doubt.CHANGED
    match = _SPAN.fullmatch(s)
    if match is None or int(match[1]) >= int(match[2]):
        return Doubt.NO_PASSAGE
    span = Span(int(match[1]), int(match[2]))
    for region in source.regions:
        if region.kind in QUOTABLE and region.span.contains(span):
            return region, span
    return Doubt.NO_PASSAGE


def page(source: Source) -> Page:
    """Divide a document; every character is in exactly one line, gap or lead."""
    regions = list(_tiled(source))
    blocks: list[Block] = []
    for region in regions:
        part = tuple(_paragraphs(source.text, region))
        if blocks and blocks[-1].kind is region.kind:
            blocks.append(Block(region.kind, (*blocks.pop().parts, part)))
        else:
            blocks.append(Block(region.kind, (part,)))
    start = regions[0].span.start if regions else len(source.text)
    every = tuple(
        (region.kind, trimmed(source.text, sentence))
        for region in source.regions
        if region.kind in QUOTABLE
        for sentence in sentences(source.text, region.span)
    )
    return Page(source, Span(0, start), tuple(blocks), every)


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


def _paragraphs(text: str, region: Region) -> Iterator[tuple[Line, ...]]:
    starts = [_line_start(text, one.start, region.span) for one in paragraphs(text, region.span)]
    starts[0] = region.span.start
    for start, end in zip(starts, [*starts[1:], region.span.end], strict=True):
        yield tuple(_lines(text, Span(start, end)))


def _line_start(text: str, at: int, region: Span) -> int:
    """Return where the line begins if only its indentation stands before `at`."""
    start = max(text.rfind("\n", 0, at) + 1, region.start)
    return at if text[start:at].strip() else start


def _lines(text: str, paragraph: Span) -> Iterator[Line]:
    end = trimmed(text, paragraph).end
    at, number = paragraph.start, line_of(text, paragraph.start)
    while True:
        stop = text.find("\n", at, end)
        last = stop < 0
        stop = end if last else stop
        following = paragraph.end if last else stop + 1
        yield Line(number, Span(at, max(stop, at)), Span(max(stop, at), following))
        if last:
            return
        at, number = following, number + 1
