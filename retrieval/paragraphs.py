"""Where paragraphs begin: at every line, except in text wrapped to a column."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from retrieval.types import Span

# The line ends of Unicode; a carriage return and a line feed are one.
_LINE = re.compile(r"([^\n\r\v\f\x85\u2028\u2029]*)(?:\r\n|[\n\r\v\f\x85\u2028\u2029]|\Z)")
# What marks a line as quoted, in Markdown and in mail.
_QUOTED = re.compile(r"\A\s*(?:>\s*)*")
# A line that opens a paragraph of its own even inside wrapped text: a list item, a Markdown
# heading, a table row, a fence or a rule.
_OPENS = re.compile(r"\s*(?:[-*+•·‣▪]\s|\#{1,6}\s|\||```|~~~|(?:[-=*_]\s*){3,}$)")
# So does a number or a letter, unless it only fell there: "by 88 votes to / 87. The chairman".
_NUMBERED = re.compile(r"\s*[(\[]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)\]]\s")
_STOPS = re.compile(r"[.!?…。！？।؟:;][\"'”’»)\]]*\s*$")
_ENOUGH = 4  # pairs of lines
_NARROW, _WIDE = 40, 120  # columns between which text is ever wrapped by hand or by a mail program


class _Line(NamedTuple):
    start: int  # where its first visible character stands
    length: int  # without white space at its end
    depth: int  # how many marks of a quotation it has
    said: str  # its words, without indentation and those marks

    @property
    def opens(self) -> bool:
        return bool(_OPENS.match(self.said) or _NUMBERED.match(self.said))

    @property
    def stops(self) -> bool:
        return bool(_STOPS.search(self.said))


def paragraphs(text: str, region: Span) -> tuple[Span, ...]:
    """Return spans that tile the region, in order; empty only for an empty region.

    A paragraph starts at the first visible character of its line, so blank lines and indentation
    belong to the paragraph before; white space at the region's start belongs to the first one.
    Every line is a paragraph, unless the text is wrapped to a column: then lines are joined up to
    a blank line, a list item, the start or end of a quotation marked by ">", or a line that ends
    early.
    """
    if not len(region):
        return ()
    lines = _lines(text, region)
    pairs = _pairs(lines)
    # A few lines say too little of themselves: they are judged by the text they stand in.
    width = _width(pairs) if len(pairs) >= _ENOUGH else _width_of(text)
    starts: list[int] = []
    before: _Line | None = None  # the line directly above, when it says something
    item = False  # whether the paragraph so far is a list item
    for line in lines:
        joined = before and line.said and width and _continues(before, line, width, item=item)
        if (line.said or line.depth) and not joined:
            starts.append(line.start)
            item = line.opens
        before = line if line.said else None
    if not starts:
        return (region,)
    starts[0] = region.start
    return tuple(Span(a, b) for a, b in zip(starts, [*starts[1:], region.end], strict=True))


def _lines(text: str, region: Span) -> list[_Line]:
    lines = []
    for match in _LINE.finditer(text, region.start, region.end):
        written = match[1].rstrip()
        said = _QUOTED.sub("", written)
        depth = written[: len(written) - len(said)].count(">")
        start = match.start() + len(written) - len(written.lstrip())
        lines.append(_Line(start, len(written), depth, said))
    return lines


def _needed(line: _Line, following: _Line, width: float) -> bool:
    """Whether the first word of the next line would not have fitted on this one."""
    return line.length + 1 + len(following.said.split(maxsplit=1)[0]) > width


def _continues(line: _Line, following: _Line, width: int, *, item: bool) -> bool:
    new = line.depth != following.depth or _OPENS.match(following.said)
    if new or line.said.startswith("#"):
        return False
    if following.opens:
        return not line.stops and not item and _needed(line, following, width)
    # Some wrap a little early; after a full stop an early end is more likely a paragraph's.
    return _needed(line, following, width if line.stops else 0.6 * width)


def _pairs(lines: list[_Line]) -> list[tuple[_Line, _Line]]:
    """Return the lines that follow each other without a blank line or a new item between."""
    return [
        (a, b)
        for a, b in pairwise(lines)
        if a.said and b.said and a.depth == b.depth and not b.opens
    ]


@lru_cache(maxsize=1)
def _width_of(text: str) -> int | None:
    return _width(_pairs(_lines(text, Span(0, len(text)))))


def _width(pairs: list[tuple[_Line, _Line]]) -> int | None:
    """Return the column to which the lines are wrapped, or None when lines are paragraphs.

    Wrapped text is known by three things together: nearly every line is as full as its next word
    allows, few lines end where a sentence does, and lines often go on in lower case.
    """
    if not pairs:
        return None
    lengths = sorted(line.length for line, _ in pairs)
    width = lengths[int(0.9 * (len(lengths) - 1))]  # a lone address may stick out
    if not _NARROW <= width <= _WIDE:
        return None
    full = sum(_needed(a, b, 0.9 * width) for a, b in pairs)
    stops = sum(line.stops for line, _ in pairs)
    heads = [line.said[0] for _, line in pairs]
    cased = [head for head in heads if head.isupper() or head.islower()]
    lower = sum(head.islower() for head in cased)
    wrapped = (
        full >= 0.75 * len(pairs)
        and stops <= 0.4 * len(pairs)
        and (not cased or lower >= 0.3 * len(cased))
    )
    return width if wrapped else None
