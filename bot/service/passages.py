"""Pure: what buttons show of a document, and which passages come after those already shown."""

from collections.abc import Sequence
from dataclasses import replace

from retrieval.quote import cut
from retrieval.regions import line_of
from retrieval.sentences import sentences, trimmed
from retrieval.types import (
    QUOTABLE,
    Abstained,
    Answer,
    Citation,
    Evidence,
    Found,
    Passage,
    Quote,
    Region,
    Source,
    Span,
)


def excerpt(source: Source, span: Span, *, around: int = 0) -> tuple[Quote, Citation] | None:
    """Cut `span`, or so many sentences of its kind on either side, with `span` marked.

    None if no such words may be quoted: `span` is not inside one region that is.
    """
    region = _region(source, span)
    if region is None:
        return None
    wide = _widened(source.text, region.span, span, around) if around else span
    passage = Passage(source.document.id, region.kind, wide, (wide,))
    quote = cut(source, passage, wide, marks=(span,))
    line = line_of(source.text, span.start)
    return quote, Citation(1, source.document, span, line, region.kind)


def following(
    first: Answer, longer: Answer, *, shown: int, count: int
) -> tuple[Answer | None, bool]:
    """Choose `count` passages after the first `shown`, numbered on, and whether there are more.

    `first` is the answer as it was given, `longer` the same question with more quotes: what
    `longer` adds comes after `first`, so that no passage is shown twice. None: nothing is left.
    """
    before = passages(first)
    added = [one for one in passages(longer) if not any(_overlap(one, other) for other in before)]
    every = [*before, *added]
    page = tuple(
        replace(one, citation=replace(one.citation, number=number))
        for number, one in enumerate(every[shown : shown + count], start=shown + 1)
    )
    if not page:
        return None, False
    more = len(every) > shown + count
    if isinstance(first, Found):
        return replace(first, evidence=page), more
    return replace(first, nearest=page), more


def passages(answer: Answer) -> Sequence[Evidence]:
    """Return the quotes that answer, or those that lie closest."""
    return answer.nearest if isinstance(answer, Abstained) else answer.evidence


def _overlap(one: Evidence, other: Evidence) -> bool:
    a, b = one.quote, other.quote
    return a.doc_id == b.doc_id and a.span.start < b.span.end and b.span.start < a.span.end


def _region(source: Source, span: Span) -> Region | None:
    for region in source.regions:
        if len(span) and region.span.contains(span):
            return region if region.kind in QUOTABLE else None
    return None


def _widened(text: str, region: Span, span: Span, count: int) -> Span:
    every = sentences(text, region)
    inside = [n for n, one in enumerate(every) if one.start < span.end and span.start < one.end]
    first = every[max(inside[0] - count, 0)] if inside else span
    last = every[min(inside[-1] + count, len(every) - 1)] if inside else span
    wide = trimmed(text, Span(first.start, last.end))
    return Span(min(wide.start, span.start), max(wide.end, span.end))
