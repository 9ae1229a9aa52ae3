"""Text and line ranges, or patterns, to regions of one kind each; pure.

Lines end at a newline only and are counted from 1, as `cat -n` does; offsets are code points. A
region covers whole lines: from its first one's start to its last one's end, without the newline.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from retrieval.types import Kind, Region, Span

BYTE_ORDER_MARK = "\ufeff"

_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+|$)")
_TITLE = re.compile(r"title:\s*[\"']?(.*?\S)[\"']?\s*$", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(?:```|~~~)")


@dataclass(frozen=True, slots=True)
class Lines:
    """Consecutive lines of one kind, 1-based, both ends included."""

    kind: Kind
    first: int
    last: int


def line_of(text: str, offset: int) -> int:
    """Return the 1-based line that `offset` stands in; a line's ending belongs to it."""
    if not 0 <= offset <= len(text):
        raise ValueError(f"offset {offset} is outside the text's {len(text)} characters")
    return text.count("\n", 0, offset) + 1


def line_spans(text: str) -> tuple[Span, ...]:
    """Return the span of every line without its ending (a newline, and a return before it).

    A byte-order mark is no part of the first line: no quote may begin with one.
    """
    spans = []
    start = 0
    for line in text.split("\n"):
        skipped = 1 if start == 0 and line.startswith(BYTE_ORDER_MARK) else 0
        end = max(start + skipped, start + len(line.removesuffix("\r")))
        spans.append(Span(start + skipped, end))
        start += len(line) + 1
    if not text or text.endswith("\n"):
        spans.pop()  # what follows the last newline is not a line
    return tuple(spans)


def by_lines(text: str, ranges: Iterable[Lines]) -> tuple[Region, ...]:
    """Return one region for each range, in the text's order.

    The ranges must lie inside the text and must not overlap (ValueError); a range of blank lines
    only makes no region.
    """
    spans = line_spans(text)
    regions = []
    before = 0
    for lines in sorted(ranges, key=lambda lines: (lines.first, lines.last)):
        if not before < lines.first <= lines.last <= len(spans):
            raise ValueError(f"lines {lines.first}-{lines.last} overlap or are not in the text")
        before = lines.last
        span = Span(spans[lines.first - 1].start, spans[lines.last - 1].end)
        if not _blank(text, span):
            regions.append(Region(lines.kind, span))
    return tuple(regions)


def uncovered(text: str, ranges: Iterable[Lines]) -> tuple[tuple[int, int], ...]:
    """Return the runs (first, last) of lines that are not blank and in none of `ranges`.

    Blank lines between two such lines do not part them.
    """
    covered = {n for lines in ranges for n in range(lines.first, lines.last + 1)}
    runs: list[tuple[int, int]] = []
    joined = False
    for number, span in enumerate(line_spans(text), 1):
        if number in covered:
            joined = False
        elif not _blank(text, span):
            runs.append((runs.pop()[0] if joined else number, number))
            joined = True
    return tuple(runs)


def by_patterns(
    text: str, *, furniture: Sequence[re.Pattern[str]] = (), front_matter: bool = False
) -> tuple[Region, ...]:
    """Return the regions of a text that nobody described.

    A line that one of `furniture` matches in full (without the white space around it) is
    furniture, and so is a `---` block at the very start if `front_matter`; a Markdown `#` heading
    is a heading of its own; all the rest is body.
    """
    spans = line_spans(text)
    kinds = _kinds([text[span.start : span.end] for span in spans], furniture, front_matter)
    numbered = ((number, kind) for number, kind in enumerate(kinds, 1) if kind is not None)
    ranges = []
    for kind, run in groupby(numbered, key=lambda pair: pair[1]):
        numbers = [number for number, _ in run]
        if kind is Kind.HEADING:
            ranges += [Lines(kind, number, number) for number in numbers]
        else:
            ranges.append(Lines(kind, numbers[0], numbers[-1]))
    return by_lines(text, ranges)


def front_matter_end(lines: Sequence[str]) -> int:
    """Return how many lines the `---` block at the start takes; 0 if there is none."""
    if lines and lines[0].rstrip() == "---":
        for number, line in enumerate(lines[1:], 2):
            if line.rstrip() in {"---", "..."}:
                return number
    return 0


def heading_text(line: str) -> str | None:
    """Return the words of a Markdown `#` heading, or None if the line is none."""
    marker = _HEADING.match(line)
    return re.sub(r"[ \t]#+\s*$", "", line[marker.end() :]).strip() if marker else None


def title(text: str, *, furniture: Sequence[re.Pattern[str]] = ()) -> str | None:
    """Return what the text calls itself, or None if it does not seem to.

    That is the title in its front matter, its first Markdown heading, or its first line that is
    not furniture if it looks like a heading: short, not a sentence, not beginning in lower case.
    """
    lines = text.removeprefix(BYTE_ORDER_MARK).split("\n")
    front = front_matter_end(lines)
    for line in lines[:front]:
        if named := _TITLE.match(line):
            return named[1]
    first = None
    for line, kind in zip(lines, _kinds(lines, furniture, front_matter=front > 0), strict=True):
        words = heading_text(line) if kind is Kind.HEADING else None
        if words:
            return " ".join(words.split())
        if kind is Kind.BODY and first is None:
            first = " ".join(line.split())
    return first if first and _heading_like(first) else None


def _heading_like(line: str) -> bool:
    short = len(line) <= 120 and len(line.split()) <= 16
    letters = [character for character in line if character.isalpha()]
    return short and bool(letters) and not letters[0].islower() and line[-1] not in ".,;:…"


def _kinds(
    lines: Sequence[str], furniture: Sequence[re.Pattern[str]], front_matter: bool
) -> list[Kind | None]:
    """Return every line's kind, None where it is blank."""
    front = front_matter_end(lines) if front_matter else 0
    kinds: list[Kind | None] = []
    fenced = False  # inside a block of code a "#" is no heading
    for number, line in enumerate(lines, 1):
        words = line.strip()
        if _FENCE.match(line):
            fenced = not fenced
        if not words:
            kinds.append(None)
        elif number <= front or any(pattern.fullmatch(words) for pattern in furniture):
            kinds.append(Kind.FURNITURE)
        elif not fenced and heading_text(line) is not None:
            kinds.append(Kind.HEADING)
        else:
            kinds.append(Kind.BODY)
    return kinds


def _blank(text: str, span: Span) -> bool:
    return not text[span.start : span.end].strip()
