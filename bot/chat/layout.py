"""Answer -> neutral blocks that fit a platform's budget: whole quotes or none of them.

Pure. What a block costs is the platform's to say; a renderer turns each block into its payload.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import assert_never

from bot import words
from bot.types import Excerpt
from retrieval.types import Abstained, Answer, Citation, Found, Kind, Quote, Span

FALLBACK_MOST = 1000  # characters; a longer sentence is not put into a notification
ADDRESS_MOST = 1000  # characters; a longer address loses its text fragment
# What could end an address in any platform's writing of a link, or its line.
_ENDS_ADDRESS = re.compile(r"[\s<>()|\\\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a quote; a quote's segments joined are its text."""

    text: str
    marked: bool = False  # part of the answering sentences
    words: bool = False  # part of the answering words


@dataclass(frozen=True, slots=True)
class Heading:
    """One plain line above everything."""

    text: str


@dataclass(frozen=True, slots=True)
class Understood:
    """The question as it was completed or corrected, in a line of words."""

    text: str


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation in words; every text but `url` and the numbers is for people, unescaped."""

    number: int
    title: str  # in quotation marks if the text states it, else in brackets
    publisher: str | None
    date: str  # and how it is known, where the text does not state it
    kind: str
    label: str | None  # what a reader has to know first: that a reader wrote it
    line: int
    url: str | None  # without white space, brackets, bars and backslashes
    citation: Citation

    @property
    def parts(self) -> tuple[str, ...]:
        """Title, publisher, date, kind and line, for joining."""
        known = (self.title, self.publisher, self.date, self.kind, f"line {self.line}")
        return tuple(part for part in known if part)


@dataclass(frozen=True, slots=True)
class QuoteBlock:
    """A quote and its citation."""

    segments: tuple[Segment, ...]
    cite: Cite
    span: Span


@dataclass(frozen=True, slots=True)
class TooLong:
    """A quote that no message of this platform can hold: cited and linked, never cut."""

    text: str  # says so
    cite: Cite
    span: Span


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many quotes are not shown, and a line that says so."""

    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Abstention:
    """The honest no; `nearest` introduces the closest passages, if any follow."""

    text: str
    nearest: str | None


Block = Heading | Understood | QuoteBlock | TooLong | LeftOut | Abstention
Link = Callable[[Quote, Citation], str | None]


@dataclass(frozen=True, slots=True)
class Budget:
    """`cost` is what a block takes of `total` once rendered; at most `quotes` are shown."""

    total: int
    cost: Callable[[Block], int]
    quotes: int = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """Blocks in the order they are shown. `shown` quotes are there, TooLong included."""

    blocks: tuple[Block, ...]
    shown: int
    left_out: int
    fallback: str  # one plain line for notifications and screen readers


def layout(answer: Answer, *, budget: Budget, link: Link | None = None, skipped: int = 0) -> Layout:
    """Lay out an answer; with `skipped`, what follows so many quotes that were shown before."""
    head: list[Block] = []
    if answer.understood is not None and not skipped:
        head.append(Understood(words.understood_in_words(answer.understood)))
    match answer:
        case Found(evidence=evidence):
            weak = False
            if skipped:
                head.append(Heading(words.FURTHER))
        case Abstained(nearest=evidence):
            weak = True
            if skipped:
                head.append(Heading(words.CLOSEST))
            else:
                text = words.abstention_in_words(answer)
                head.append(Abstention(text, words.CLOSEST if evidence else None))
        case _:
            assert_never(answer)
    passages = [
        quote_block(one.quote, one.citation, link=link, weak=weak, shown=budget)
        for one in evidence[: budget.quotes]
    ]
    blocks = _fit(head, passages, budget=budget, hidden=len(evidence) - len(passages))
    shown = sum(isinstance(block, QuoteBlock | TooLong) for block in blocks)
    return Layout(blocks, shown, len(evidence) - shown, _fallback(answer))


def layout_excerpt(excerpt: Excerpt, *, budget: Budget, link: Link | None = None) -> Layout:
    """Lay out the surroundings of a citation, or its exact words."""
    quote, citation = excerpt.quote, excerpt.citation
    block = quote_block(quote, citation, link=link, shown=budget)
    return Layout((block,), 1, 0, ", ".join(words.citation_parts(citation)))


def quote_block(
    quote: Quote,
    citation: Citation,
    *,
    link: Link | None = None,
    weak: bool = False,
    shown: Budget | None = None,
) -> QuoteBlock | TooLong:
    """Make the block of one quote; TooLong if it can never fit into `shown`.

    A `weak` one does not answer but lies closest: nothing in it is marked.
    """
    cite = Cite(
        number=citation.number,
        title=words.title_in_words(citation),
        publisher=words.publisher_in_words(citation),
        date=words.date_in_words(citation),
        kind=words.KIND_NAMES[citation.kind],
        label=words.COMMENT_LABEL if citation.kind is Kind.COMMENT else None,
        line=citation.line,
        url=_contained(None if link is None else link(quote, citation)),
        citation=citation,
    )
    pieces = (Segment(quote.text),) if weak else segments(quote)
    block = QuoteBlock(pieces, cite, quote.span)
    if shown is None or shown.cost(block) <= shown.total:
        return block
    return TooLong(words.too_long_in_words(len(quote.text)), cite, quote.span)


def _contained(url: str | None) -> str | None:
    """Write an address so that it cannot leave the link it is put into."""
    if url is None:
        return None
    if len(url) > ADDRESS_MOST:
        url = url.partition("#")[0]
    return _ENDS_ADDRESS.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url
    )


def segments(quote: Quote) -> tuple[Segment, ...]:
    """Divide a quote's text by mark and answering words.

    Space at the edges of a mark is left unmarked: emphasising it shows nothing, and some
    platforms then show no emphasis at all.
    """
    marks = [_trimmed(quote, mark) for mark in quote.marks]
    chosen = [_trimmed(quote, word) for word in quote.words]
    edges = {0, len(quote.text)}
    for first, last in (*marks, *chosen):
        edges |= {first, last}
    ordered = sorted(edges)
    pieces: list[Segment] = []
    for first, last in pairwise(ordered):
        marked = any(start <= first and last <= end for start, end in marks)
        inside = marked and any(start <= first and last <= end for start, end in chosen)
        text = quote.text[first:last]
        if pieces and (pieces[-1].marked, pieces[-1].words) == (marked, inside):
            text = pieces.pop().text + text
        pieces.append(Segment(text, marked, inside))
    return tuple(pieces)


def _trimmed(quote: Quote, span: Span) -> tuple[int, int]:
    """Offsets of `span` in the quote's text, without white space at either end."""
    first = max(0, span.start - quote.span.start)
    last = max(first, min(len(quote.text), span.end - quote.span.start))
    text = quote.text[first:last]
    return (
        first + len(text) - len(text.lstrip()),
        last - (len(text) - len(text.rstrip())) if text.strip() else last,
    )


def _fit(
    head: Sequence[Block],
    passages: Sequence[QuoteBlock | TooLong],
    *,
    budget: Budget,
    hidden: int,
) -> tuple[Block, ...]:
    """Choose the first arrangement that costs no more than there is."""
    candidate: tuple[Block, ...] = ()
    for candidate in _arrangements(head, passages, hidden):
        if sum(budget.cost(block) for block in candidate) <= budget.total:
            return candidate
    return candidate


def _arrangements(
    head: Sequence[Block], passages: Sequence[QuoteBlock | TooLong], hidden: int
) -> Iterator[tuple[Block, ...]]:
    """From everything to next to nothing: quotes go first, last one first, then what was said."""
    for count in range(len(passages), 0, -1):
        yield (*head, *passages[:count], *_left_out(hidden + len(passages) - count))
    rest = _left_out(hidden + len(passages) - 1)
    bare = [block for block in head if not isinstance(block, Understood)]
    if passages:
        first = passages[0]
        if isinstance(first, QuoteBlock):
            characters = sum(len(piece.text) for piece in first.segments)
            text = words.too_long_in_words(characters)
            shorter = TooLong(text, first.cite, first.span)
            yield (*bare, first, *rest)
            yield (*head, shorter, *rest)
            yield (*bare, shorter, *rest)
        else:
            yield (*bare, first, *rest)
    yield (*head, *_left_out(hidden + len(passages)))
    yield (*bare, *_left_out(hidden + len(passages)))


def _left_out(count: int) -> tuple[LeftOut, ...]:
    return (LeftOut(count, words.left_out_in_words(count)),) if count > 0 else ()


def _fallback(answer: Answer) -> str:
    if isinstance(answer, Abstained):
        return words.abstention_in_words(answer)
    quote, citation = answer.evidence[0].quote, answer.evidence[0].citation
    source = ", ".join(words.citation_parts(citation))
    marked = (piece for piece in quote.marks if piece)
    mark = next(marked, quote.span)
    first, last = _trimmed(quote, mark)
    if last - first > FALLBACK_MOST:
        return source
    return f"“{quote.text[first:last]}” — {source}"
