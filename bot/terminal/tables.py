"""What the terminal shows besides answers: the reasons behind one, the collection, a document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from bot.terminal.answers import QUIET, Passage
from bot.terminal.place import Place
from bot.terminal.visible import escape, styled
from bot.words import KIND_NAMES
from retrieval.types import (
    Abstained,
    Answer,
    Evidence,
    Found,
    Kind,
    Reading,
    Signal,
    Source,
    Span,
    Trace,
)

SHOWN = 5  # candidates in the table: as many as 80 columns hold


@dataclass(frozen=True, slots=True)
class ExplainView:
    """Why these sentences, why not the next one, which words were met, and how long it took."""

    answer: Answer
    trace: Trace
    place: Place
    milliseconds: Mapping[str, float]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table of signals and the sentences it is about."""
        readings = self.trace.readings[:SHOWN]
        yield Text(
            f"confidence {self.answer.confidence:.2f}, an answer needs {self.trace.threshold:.2f}; "
            f"{len(self.trace.readings)} sentences read"
        )
        if readings:
            yield self._signals(readings)
            for number, reading in enumerate(readings, start=1):
                source = self.place.sources[reading.hit.passage.doc_id]
                span = reading.sentence
                yield Passage(source.text[span.start : span.end], span.start, number=number)
            yield Text("")
            yield from (Text(escape(line)) for line in self._reasons())
        for asked, met in sorted(self.trace.variants.items()):
            if others := [word for word in met if word != asked]:
                yield Text(escape(f"{asked} also met: {', '.join(others)}"))
        steps = ", ".join(f"{name} {value:.1f}" for name, value in self.milliseconds.items())
        yield Text(f"milliseconds: {steps}")

    def _signals(self, readings: Sequence[Reading]) -> Table:
        table = Table(box=None, pad_edge=False, show_edge=False)
        table.add_column("candidate")
        for number in range(1, len(readings) + 1):
            table.add_column(str(number), justify="right", overflow="fold")
        quoted = _quoted(self.answer)
        names = sorted({name for reading in readings for name in reading.features})
        rows: list[tuple[str, Iterable[str]]] = [
            ("document:line", (self._where(reading) for reading in readings)),
            ("kind", (KIND_NAMES[reading.hit.passage.kind] for reading in readings)),
            ("quote", (str(quoted.get(_key(reading), "-")) for reading in readings)),
            ("reader", (f"{reading.score:+.2f}" for reading in readings)),
            ("fused", (f"{reading.hit.score:.3f}" for reading in readings)),
            ("bm25", (_signal(reading.hit.lexical) for reading in readings)),
            ("dense", (_signal(reading.hit.dense) for reading in readings)),
            *((name, [_feature(reading, name) for reading in readings]) for name in names),
        ]
        for name, cells in rows:
            table.add_row(Text(escape(name)), *(Text(escape(cell)) for cell in cells))
        return table

    def _reasons(self) -> Iterator[str]:
        confidence = f"{self.answer.confidence:.2f}, and {self.trace.threshold:.2f} is needed"
        if isinstance(self.answer, Abstained):
            best = self.trace.readings[0]
            yield (
                f"Why no answer: the best sentence ({self._where(best)}) has {best.score:+.2f}; "
                f"the confidence that it answers is {confidence}."
            )
            return
        chosen = self.answer.evidence[0].reading
        yield (
            f"Why this: quote 1 ({self._where(chosen)}) has {chosen.score:+.2f}; "
            f"the confidence that it answers is {confidence}."
        )
        quoted = _quoted(self.answer)
        rest = (reading for reading in self.trace.readings if _key(reading) not in quoted)
        following = next(rest, None)
        if following is not None:
            yield (
                f"Why not the next: {self._where(following)} has {following.score:+.2f}"
                f"{_differences(chosen, following)}."
            )

    def _where(self, reading: Reading) -> str:
        passage = reading.hit.passage
        text = self.place.sources[passage.doc_id].text
        return f"{passage.doc_id}:{line_of(text, reading.sentence)}"


@dataclass(frozen=True, slots=True)
class ContextView:
    """A quote in its surroundings, the answering sentences marked."""

    evidence: Evidence
    place: Place
    span: Span

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield where it stands and the text."""
        quote, citation = self.evidence.quote, self.evidence.citation
        text = self.place.sources[quote.doc_id].text
        kind = KIND_NAMES[citation.kind]
        yield Text(escape(f"     {self.place.line(citation)} ({kind})"), style=QUIET)
        yield Passage(
            text[self.span.start : self.span.end],
            self.span.start,
            marks=quote.marks,
            words=quote.words,
            number=citation.number,
        )


@dataclass(frozen=True, slots=True)
class SourceView:
    """A document with its line numbers and the kind of each line."""

    source: Source

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield one row a line; long ones are wrapped unless the console wants none wrapped."""
        lines = self.source.text.split("\n")
        digits = len(str(len(lines)))
        indent = digits + 14
        at = 0
        for number, line in enumerate(lines, start=1):
            kind = kind_at(self.source, Span(at, at + len(line)))
            name = "" if kind is None else kind.value
            shown = styled(line.removesuffix("\r"))
            wrapped = (
                [shown]
                if options.no_wrap
                else shown.wrap(console, max(options.max_width - indent, 20)) or [Text("")]
            )
            for index, piece in enumerate(wrapped):
                head = f"{number:>{digits}}  {name:<10}  " if index == 0 else " " * indent
                row = Text.assemble((head, QUIET), piece)
                row.rstrip()
                if kind in (None, Kind.FURNITURE):
                    row.stylize(QUIET)
                yield row
            at += len(line) + 1


@dataclass(frozen=True, slots=True)
class SourcesView:
    """Each source and the share of it left out; what its text does not say is marked."""

    sources: Sequence[tuple[Source, float]]
    folder: PurePath

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield a table: one line a document in a pipe, kinds and file below the title else."""
        flat = options.no_wrap
        table = Table(box=None, pad_edge=False, show_edge=False)
        names = ("id", "title", "publisher", "date", "left out")
        for name in (*names, "known by", "kinds", "file") if flat else names:
            right, whole = name == "left out", name in ("id", "date", "left out")
            table.add_column(
                name, justify="right" if right else "left", no_wrap=whole, overflow="fold"
            )
        for source, left_out in self.sources:
            document = source.document
            title = document.title if "title" in document.given else f"[{document.title}]"
            publisher = document.publisher or "-"
            if document.publisher and "publisher" not in document.given:
                publisher += " (inferred)"
            there = {region.kind for region in source.regions}
            kinds = ", ".join(KIND_NAMES[kind] for kind in Kind if kind in there)
            file = str(self.folder / document.file)
            date = document.date or "undated"
            row = [[document.id], [title], [publisher], [date], [f"{left_out:.0%}"]]
            if flat:
                row += [[document.date_known_by], [kinds], [file]]
            else:
                row[1] += [kinds, file]
                row[3] += [document.date_known_by]
            table.add_row(*(_stacked(cell) for cell in row))
        yield table


def _stacked(lines: Sequence[str]) -> Text:
    first, *others = (escape(line) for line in lines)
    return Text("\n").join([Text(first), *(Text(other, style=QUIET) for other in others)])


def kind_at(source: Source, span: Span) -> Kind | None:
    """Return the kind of the first region that shares a character with `span`."""
    for region in source.regions:
        if region.span.start < max(span.end, span.start + 1) and span.start < region.span.end:
            return region.kind
    return None


def line_of(text: str, span: Span) -> int:
    """Return the line, from 1, of the first character of `span` that is not white space."""
    words = text[span.start : span.end]
    return text.count("\n", 0, span.start + len(words) - len(words.lstrip())) + 1


def _key(reading: Reading) -> tuple[str, Span]:
    return reading.hit.passage.doc_id, reading.sentence


def _quoted(answer: Answer) -> dict[tuple[str, Span], int]:
    """Every marked sentence of the answer and the number of its quote."""
    evidence = answer.evidence if isinstance(answer, Found) else answer.nearest
    quoted = {
        (one.quote.doc_id, mark): one.citation.number
        for one in evidence
        for mark in one.quote.marks
    }
    return quoted | {_key(one.reading): one.citation.number for one in evidence}


def _signal(signal: Signal | None) -> str:
    return "not met" if signal is None else f"#{signal.rank} {signal.score:.2f}"


def _feature(reading: Reading, name: str) -> str:
    value = reading.features.get(name)
    return "-" if value is None else f"{value:.2f}"


def _differences(chosen: Reading, other: Reading) -> str:
    """Name the three features in which two sentences differ most, as the reader saw them."""
    shared = chosen.features.keys() & other.features.keys()
    apart = sorted(
        (name for name in shared if chosen.features[name] != other.features[name]),
        key=lambda name: (-abs(chosen.features[name] - other.features[name]), name),
    )
    if not apart:
        return ""
    told = (f"{n} {other.features[n]:.2f} against {chosen.features[n]:.2f}" for n in apart[:3])
    return "; it differs most in " + ", ".join(told)
