"""The values that travel through retrieval: frozen, no I/O, nothing of ours imported.

All offsets are code points of the strictly decoded file, half-open; a text is never kept beside
its span except in a Quote, which is checked against the source it was cut from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span {self.start}..{self.end} is not a range")

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: "Span") -> bool:
        """Whether `other` lies inside."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Span") -> bool:
        """Whether they share a character."""
        return self.start < other.end and other.start < self.end


class Kind(StrEnum):
    """What a stretch of a document is; every citation names it."""

    BODY = "body"
    HEADLINE = "headline"
    BYLINE = "byline"
    CAPTION = "caption"
    HEADING = "heading"  # a section heading inside the body
    COMMENT = "comment"  # a reader's words, not the publisher's
    AUTHOR_BOX = "author box"
    FURNITURE = "furniture"  # navigation, appeals, teasers: never indexed


# Headings help a passage be found and furniture does not belong to the document: neither is quoted.
QUOTABLE = frozenset(Kind) - {Kind.HEADING, Kind.FURNITURE}

DateKnownBy = Literal["in text", "inferred", "publisher's address", "unknown"]


@dataclass(frozen=True, slots=True)
class Document:
    """One catalogue entry. `given` names the fields that the text itself states."""

    id: str
    file: str  # relative to the collection's folder
    title: str
    publisher: str | None
    author: str | None
    date: str | None  # as precise as known: 2021-12-02, 2022-07, 2022
    date_known_by: DateKnownBy
    url: str | None
    sha256: str
    given: frozenset[str] = frozenset()  # subset of {"title", "publisher", "author", "date"}


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of one kind; regions of a source never overlap and are in order."""

    kind: Kind
    span: Span


@dataclass(frozen=True, slots=True)
class Source:
    """A document and its text, exactly as the file has it."""

    document: Document
    text: str = field(repr=False)
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one kind in one document; deliberately has no text.

    `sentences` touch each other: together they cover `span` exactly. `section` is the heading
    the passage stands under, if any.
    """

    doc_id: str
    kind: Kind
    span: Span
    sentences: tuple[Span, ...]
    section: Span | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A question ready for searching."""

    text: str  # as asked
    terms: Mapping[str, float]  # folded and stemmed content words, and what each is worth
    k: int
    documents: frozenset[str] | None = None  # None: all of them
    kinds: frozenset[Kind] | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One ranker's view of a passage: rank from 1, score in the ranker's own unit."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found; every signal stays visible."""

    passage: Passage
    row: int  # the passage's number in the index
    score: float  # fused
    lexical: Signal | None  # None: not matched
    dense: Signal | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader thought of one sentence of one hit."""

    hit: Hit
    sentence: Span
    score: float  # log-odds that this sentence answers
    features: Mapping[str, float]
    words: tuple[Span, ...] = ()  # the answering words inside the sentence


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of a source. Made only by `retrieval.quote.cut`, which verifies them."""

    doc_id: str
    kind: Kind
    span: Span
    text: str
    marks: tuple[Span, ...]  # the answering sentences, offsets in the document
    words: tuple[Span, ...]  # the answering words inside the marks; may be empty


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands. `line` is 1-based, of the first marked sentence."""

    number: int
    document: Document
    span: Span
    line: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote, its citation, and why it was chosen."""

    quote: Quote
    citation: Citation
    reading: Reading


class Reason(StrEnum):
    """Why nothing was quoted as an answer."""

    OFF_TOPIC = "off_topic"
    NOT_IN_DOCUMENTS = "not_in_documents"
    EMPTY_QUESTION = "empty_question"
    TOO_LONG = "too_long"
    NO_WORDS = "no_words"  # nothing but symbols, or a single character
    SMALL_TALK = "small_talk"


@dataclass(frozen=True, slots=True)
class Found:
    """One to k quotes that answer, best first; never empty."""

    query: Query
    evidence: tuple[Evidence, ...]
    confidence: float  # 0..1
    fingerprint: str
    understood: str | None = None  # the question as completed or corrected, when it differs

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError("Found needs at least one quote")


@dataclass(frozen=True, slots=True)
class Abstained:
    """An honest no, with the closest passages (possibly none).

    `unsupported` are words of the question, as typed and in its order, that nothing in the
    closest passages is about; seldom all there are, and mostly empty.
    """

    query: Query
    reason: Reason
    nearest: tuple[Evidence, ...]
    confidence: float
    fingerprint: str
    understood: str | None = None
    unsupported: tuple[str, ...] = ()


Answer = Found | Abstained


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about: every sentence considered, best first, and the time it took."""

    readings: tuple[Reading, ...]
    variants: Mapping[str, tuple[str, ...]]  # question word -> words of the collection it met
    milliseconds: Mapping[str, float]
    threshold: float
