"""Answer -> neutral blocks that fit a platform's budget: whole quotes or none of them.

Pure. What a block costs is the platform's to say; a renderer turns each block into its payload.
"""

from collections.abc import Callable
from dataclasses import dataclass

from retrieval.types import Answer, Citation, Evidence, Span


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
    """The question as it was completed or corrected."""

    text: str


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation in words. `date` says how it is known where the text does not state it."""

    number: int
    title: str
    publisher: str | None
    date: str | None
    kind: str | None  # None for plain body text
    line: int
    url: str | None
    citation: Citation


@dataclass(frozen=True, slots=True)
class QuoteBlock:
    """A quote and its citation; `weak` when it does not answer but lies closest."""

    segments: tuple[Segment, ...]
    cite: Cite
    span: Span
    weak: bool = False


@dataclass(frozen=True, slots=True)
class TooLong:
    """A quote that no message of this platform can hold: cited and linked, never cut."""

    cite: Cite
    characters: int
    span: Span
    weak: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many quotes did not fit (or were kept for More)."""

    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Abstention:
    """The honest no, and what follows it."""

    text: str
    nearest: str | None  # the line that introduces the closest passages, if there are any


Block = Heading | Understood | QuoteBlock | TooLong | LeftOut | Abstention


@dataclass(frozen=True, slots=True)
class Budget:
    """`cost` is what a block takes of `total` once rendered; at most `quotes` are shown.

    `single` is the most one block may cost, where a platform limits that too.
    """

    total: int
    cost: Callable[[Block], int]
    quotes: int = 3
    single: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Blocks in the order they are shown. `shown` quotes are there (TooLong included)."""

    blocks: tuple[Block, ...]
    shown: int
    left_out: int
    fallback: str  # one plain line for notifications and screen readers


Link = Callable[[Citation], str | None]


def layout(
    answer: Answer, *, budget: Budget, link: Link | None = None, skipped: int = 0
) -> Layout:
    """Blocks within `budget`; `skipped` quotes were shown before, numbering goes on."""
    raise NotImplementedError


def segments(evidence: Evidence) -> tuple[Segment, ...]:
    """A quote's text in stretches by mark and answering words."""
    raise NotImplementedError
