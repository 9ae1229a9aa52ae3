"""Where paragraphs begin: at every line, except in text wrapped to a column."""

import re
from functools import lru_cache
from itertools import pairwise

from retrieval.types import Span

# The line ends of Unicode; a carriage return and a line feed are one.
_LINE = re.compile(r"([^\n\r\v\f\x85\u2028\u2029]*)(?:\r\n|[\n\r\v\f\x85\u2028\u2029]|\Z)")
# A line that opens a paragraph of its own even inside wrapped text: a list item, a Markdown
# heading, a quotation, a table row, a fence or a rule.
_OPENS = re.compile(
    r"\s*(?:[-*+•·‣▪]\s|[(\[]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)\]]\s|\#{1,6}\s|[>|]|```|~~~"
    r"|(?:[-=*_]\s*){3,}$)"
)
_STOPS = re.compile(r"[.!?…。！？।؟:;][\"'”’»)\]]*\s*$")
_ENOUGH = 4  # pairs of lines
_NARROW, _WIDE = 40, 120  # columns between which text is ever wrapped by hand or by a mail program


def paragraphs(text: str, region: Span) -> tuple[Span, ...]:
    """Return spans that tile the region, in order; empty only for an empty region.

    A paragraph starts at the first visible character of its line, so blank lines and indentation
    belong to the paragraph before; white space at the region's start belongs to the first one.
    Every line is a paragraph, unless the text is wrapped to a column: then lines are joined up to
    a blank line, a list item, or a line that ends early.
    """
    if not len(region):
        return ()
    lines = _lines(text, region)
    pairs = _pairs(lines)
    # A few lines say too little of themselves: they are judged by the text they stand in.
    width = _width(pairs) if len(pairs) >= _ENOUGH else _width_of(text)
    starts: list[int] = []
    before: str | None = None  # the line directly above, when it is not blank
    for start, line in lines:
        visible = line.lstrip()
        if visible:
            if before is None or width is None or not _continues(before, line, width):
                starts.append(start + len(line) - len(visible))
            before = line
        else:
            before = None
    if not starts:
        return (region,)
    starts[0] = region.start
    return tuple(Span(a, b) for a, b in zip(starts, [*starts[1:], region.end], strict=True))


def _lines(text: str, region: Span) -> list[tuple[int, str]]:
    return [(m.start(), m[1]) for m in _LINE.finditer(text, region.start, region.end)]


def _needed(line: str, following: str, width: float) -> bool:
    """Whether the first word of the next line would not have fitted on this one."""
    return len(line.rstrip()) + 1 + len(following.split(maxsplit=1)[0]) > width


def _continues(line: str, following: str, width: int) -> bool:
    if _OPENS.match(following) or line.lstrip().startswith("#"):
        return False
    # Some wrap a little early; after a full stop an early end is more likely a paragraph's.
    return _needed(line, following, width if _STOPS.search(line) else 0.6 * width)


def _pairs(lines: list[tuple[int, str]]) -> list[tuple[str, str]]:
    """Return the lines that follow each other without a blank line or a new item between."""
    return [
        (a, b)
        for (_, a), (_, b) in pairwise(lines)
        if a.strip() and b.strip() and not _OPENS.match(b)
    ]


@lru_cache(maxsize=1)
def _width_of(text: str) -> int | None:
    return _width(_pairs(_lines(text, Span(0, len(text)))))


def _width(pairs: list[tuple[str, str]]) -> int | None:
    """Return the column to which the lines are wrapped, or None when lines are paragraphs.

    Wrapped text is known by three things together: nearly every line is as full as its next word
    allows, few lines end where a sentence does, and lines often go on in lower case.
    """
    if not pairs:
        return None
    lengths = sorted(len(line.rstrip()) for line, _ in pairs)
    width = lengths[int(0.9 * (len(lengths) - 1))]  # a lone address may stick out
    if not _NARROW <= width <= _WIDE:
        return None
    full = sum(_needed(a, b, 0.9 * width) for a, b in pairs)
    stops = sum(bool(_STOPS.search(a)) for a, _ in pairs)
    heads = [b.lstrip()[0] for _, b in pairs]
    cased = [head for head in heads if head.isupper() or head.islower()]
    lower = sum(head.islower() for head in cased)
    wrapped = (
        full >= 0.75 * len(pairs)
        and stops <= 0.4 * len(pairs)
        and (not cased or lower >= 0.3 * len(cased))
    )
    return width if wrapped else None
