"""Text and line ranges, or patterns, to regions of one kind each; pure.

Lines end at a newline only and are counted from 1, as `cat -n` does; offsets are code points. A
region covers whole lines: from its first one's start to its last one's end, without the newline.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from retrieval.paragraphs import paragraphs
from retrieval.types import Kind, Region, Span

BYTE_ORDER_MARK = "\ufeff"

_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+|\Z)")
_FENCE = re.compile(r" {0,3}(?:```[^`]*\Z|~~~)")  # "```so```" is code inside a line
_KEY = re.compile(r"[\w\"'][\w .\"'-]*:(?:\s|\Z)")
_TITLE = re.compile(r"title\s*:\s+(.*)", re.IGNORECASE)
_IN_QUOTES = re.compile(r"""(?:'((?:[^']|'')*)'|"((?:[^"\\]|\\["\\])*)")\s*(?:#.*)?""")
_NOT_PLAIN = "[]{},#&*!|>'\"%@`"  # what a YAML value without quotes does not begin with


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
    regions = []
    lines = _lines_by_kind(text, furniture, front_matter)
    for kind, run in groupby(lines, key=lambda line: line[0]):
        spans = [span for _, span in run]
        if kind is not Kind.HEADING:
            spans = [Span(spans[0].start, spans[-1].end)]
        regions += [Region(kind, span) for span in spans]
    return tuple(regions)


def front_matter_end(lines: Sequence[str]) -> int:
    """Return how many lines the `---` block at the start takes; 0 if there is none.

    Such a block opens with a key, and what has no indentation in it is a key or an item: prose
    between two rules is prose.
    """
    if not lines or lines[0].rstrip() != "---":
        return 0
    keyed = False
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() in {"---", "..."}:
            return number if keyed else 0
        if _KEY.match(line):
            keyed = True
        elif line.strip() and line[0] != "#" and not (keyed and line[0] in " \t-[]{}"):
            return 0
    return 0


def heading(text: str, line: Span) -> Span | None:
    """Return where the words of a Markdown `#` heading stand, or None if the line is none."""
    marks = _HEADING.match(text, line.start, line.end)
    if not marks:
        return None
    words = text[marks.end() : line.end].rstrip()
    unclosed = words.rstrip("#")
    if not unclosed or unclosed[-1].isspace():  # "C#" keeps its own
        words = unclosed.rstrip()
    start = marks.end() + len(words) - len(words.lstrip())
    return Span(start, marks.end() + len(words))


def title(text: str, *, furniture: Sequence[re.Pattern[str]] = ()) -> str | None:
    """Return what the text calls itself, or None if it does not seem to.

    That is the title in its front matter, its first Markdown heading, or its first line that is
    not furniture if it looks like a heading: short, not a sentence, not beginning in lower case.
    """
    lines = text.removeprefix(BYTE_ORDER_MARK).split("\n")
    front = front_matter_end(lines)
    for line, following in pairwise(lines[:front]):
        named = _TITLE.match(line)
        if named and not following.startswith((" ", "\t")) and (stated := _scalar(named[1])):
            return stated
    first = None
    for kind, span in _lines_by_kind(text, furniture, front_matter=front > 0):
        if kind is Kind.HEADING and (words := heading(text, span)):
            return _in_one_line(text, words)
        if kind is Kind.BODY and first is None:
            first = _in_one_line(text, span)
    return first if first and _heading_like(first) else None


def _scalar(written: str) -> str | None:
    """Return what a YAML value in one line says; None if it is empty or of another form."""
    if quoted := _IN_QUOTES.fullmatch(written.strip()):
        single, double = quoted.groups()
        return re.sub(r"\\(.)", r"\1", double) if single is None else single.replace("''", "'")
    plain = re.split(r"(?:\A|\s)#", written, maxsplit=1)[0].strip()
    return plain if plain and plain[0] not in _NOT_PLAIN else None


def _in_one_line(text: str, span: Span) -> str:
    return " ".join(text[span.start : span.end].split())


def _heading_like(line: str) -> bool:
    short = len(line) <= 120 and len(line.split()) <= 16
    letters = [character for character in line if character.isalpha()]
    return short and bool(letters) and not letters[0].islower() and line[-1] not in ".,;:…"


def _lines_by_kind(
    text: str, furniture: Sequence[re.Pattern[str]], front_matter: bool
) -> list[tuple[Kind, Span]]:
    """Return every line that is not blank, and its kind."""
    spans = line_spans(text)
    front = front_matter_end([text[s.start : s.end] for s in spans]) if front_matter else 0
    # The middle of a wrapped sentence may read like furniture: "subscribe to the view that …".
    openings = {paragraph.start for paragraph in paragraphs(text, Span(0, len(text)))}
    found: list[tuple[Kind, Span]] = []
    fenced = False  # inside a block of code a "#" is no heading
    for number, span in enumerate(spans, 1):
        line = text[span.start : span.end]
        words = line.strip()
        if _FENCE.match(line):
            fenced = not fenced
        if not words:
            continue
        opens = not found or span.start + line.index(words) in openings
        if number <= front or (opens and any(each.fullmatch(words) for each in furniture)):
            found.append((Kind.FURNITURE, span))
        elif not fenced and heading(text, span) is not None:
            found.append((Kind.HEADING, span))
        else:
            found.append((Kind.BODY, span))
    return found


def _blank(text: str, span: Span) -> bool:
    return not text[span.start : span.end].strip()
