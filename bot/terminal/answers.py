"""Answers for a terminal: pure, and nothing of a document or question is ever interpreted.

A view is a rich renderable. On a terminal an answering sentence is bold and its answering words
are underlined too; where there is no bold it stands on lines of its own, behind ">".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from bot.links import best
from bot.terminal.place import Place
from bot.terminal.visible import escape, styled
from bot.words import (
    CLOSEST,
    COMMENT_LABEL,
    abstention_in_words,
    citation_parts,
    understood_in_words,
)
from retrieval.types import (
    Abstained,
    Answer,
    Evidence,
    Found,
    Kind,
    Span,
)

MARK = "bold"
WORDS = "bold underline"
QUIET = "dim"
LABEL = "italic yellow"


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a document behind a bar; `marks` and `words` are offsets in the document."""

    text: str
    start: int
    marks: tuple[Span, ...] = ()
    words: tuple[Span, ...] = ()
    number: int | None = None
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield lines; long ones are wrapped unless the console wants none wrapped."""
        if console.color_system is None:
            pieces = list(self._pieces())
            bars = ("|", ">")
        else:
            both = [(mark, MARK) for mark in self.marks] + [(word, WORDS) for word in self.words]
            pieces = [(styled(self.text, both, start=self.start), False)]
            bars = ("|", "|") if options.ascii_only else ("│", "│")
        head = "" if self.number is None else str(self.number)
        for piece, marked in pieces:
            for line in _lines(piece, console, options, indent=5):
                row = Text.assemble((f"{head:>2} ", QUIET), (f"{bars[marked]} ", QUIET), line)
                row.rstrip()
                row.stylize(self.style)
                yield row
                head = ""

    def _pieces(self) -> Iterator[tuple[Text, bool]]:
        """Yield marked and unmarked stretches in turn, for a reader without bold type."""
        at, end = self.start, self.start + len(self.text)
        for mark in (*self.marks, Span(end, end)):
            first, last = max(mark.start, at), min(mark.end, end)
            for begin, stop, marked in ((at, first, False), (first, last, True)):
                piece = self.text[begin - self.start : stop - self.start]
                if piece.strip():
                    yield styled(piece), marked
            at = max(at, last)


@dataclass(frozen=True, slots=True)
class Cited:
    """One quote, its label, its citation and its link."""

    evidence: Evidence
    place: Place
    is_answer: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the block and the lines below it."""
        quote, citation = self.evidence.quote, self.evidence.citation
        if quote.kind is Kind.COMMENT:
            yield Text("     ").append(COMMENT_LABEL, LABEL if self.is_answer else QUIET)
        yield Passage(
            quote.text,
            quote.span.start,
            marks=quote.marks if self.is_answer else (),
            words=quote.words if self.is_answer else (),
            number=citation.number,
            style="" if self.is_answer else QUIET,
        )
        if self.is_answer and quote.words and console.color_system is None:
            words = (
                quote.text[word.start - quote.span.start : word.end - quote.span.start]
                for word in quote.words
            )
            yield Text(f"     answering words: {escape(' / '.join(words))}")
        parts = [
            *citation_parts(citation, ascii_only=options.ascii_only),
            self.place.line(citation),
        ]
        yield from _joined([escape(part) for part in parts], options)
        text = self.place.sources[quote.doc_id].text
        if link := best(quote, citation, text=text, public_url=self.place.public_url):
            # Never wrapped by us: a terminal follows its own wrapping when it is clicked.
            yield Text(f"     {link}", style=QUIET, no_wrap=True, overflow="ignore")


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A whole answer, or a plain no with the closest passages behind it."""

    answer: Answer
    place: Place

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield what was understood, the verdict, and the quotes."""
        answer = self.answer
        if answer.understood is not None:
            yield Text(escape(understood_in_words(answer.understood)), style=QUIET)
            yield Text("")
        match answer:
            case Found():
                yield from self._cited(answer.evidence, is_answer=True)
            case Abstained():
                said = abstention_in_words(answer, ascii_only=options.ascii_only)
                yield Text(escape(said))
                if answer.nearest:
                    yield Text("")
                    yield Text(CLOSEST, style=QUIET)
                    yield from self._cited(answer.nearest, is_answer=False)
            case _:
                assert_never(answer)

    def _cited(self, evidence: Iterable[Evidence], *, is_answer: bool) -> Iterator[RenderableType]:
        for index, one in enumerate(evidence):
            if index:
                yield Text("")
            yield Cited(one, self.place, is_answer=is_answer)


def _lines(text: Text, console: Console, options: ConsoleOptions, *, indent: int) -> list[Text]:
    text.rstrip()
    text = text[len(text.plain) - len(text.plain.lstrip("\n")) :]
    if options.no_wrap:
        return list(text.split("\n", allow_blank=True))
    return list(text.wrap(console, max(options.max_width - indent, 10)))


def _joined(parts: list[str], options: ConsoleOptions) -> Iterator[Text]:
    """Fill lines with whole parts, so that a path is never broken at one of its hyphens."""
    separator = " - " if options.ascii_only else " · "
    line = ""
    for part in parts:
        longer = line + separator + part if line else part
        if line and not options.no_wrap and cell_len(longer) + 5 > options.max_width:
            yield Text(f"     {line}", style=QUIET)
            line = part
        else:
            line = longer
    yield Text(f"     {line}", style=QUIET)
