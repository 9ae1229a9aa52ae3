"""Passages: runs of whole sentences of one kind in one document, along its paragraphs."""

import re

from retrieval import regions
from retrieval.paragraphs import paragraphs
from retrieval.sentences import of_paragraph, trimmed
from retrieval.types import QUOTABLE, Kind, Passage, Region, Source, Span

_UNDERLINE = re.compile(r"\s*\n[=-]+\s*\Z")


def passages(
    source: Source, *, max_chars: int = 900, max_sentences: int = 6, min_chars: int = 200
) -> tuple[Passage, ...]:
    """Return the passages of every quotable region that is not blank, in the order of the text.

    Each sentence of a region is in exactly one passage. A passage is a paragraph; one longer than
    `max_chars` code points or `max_sentences` is divided between sentences into parts of much the
    same length, and those shorter than `min_chars`, or ending in a colon, join what follows in
    their region while both fit. A single sentence over the limit is a passage of its own.
    """
    if max_chars < 1 or max_sentences < 1 or min_chars < 0:
        raise ValueError(f"no passage fits {max_chars=}, {max_sentences=}, {min_chars=}")
    found: list[Passage] = []
    section: Span | None = None
    for region in source.regions:
        visible = trimmed(source.text, region.span)
        if region.kind is Kind.HEADING:
            section = _heading(source.text, visible) or section
        if region.kind not in QUOTABLE or not visible:
            continue
        for group in _groups(source.text, region, max_chars, max_sentences, min_chars):
            span = Span(group[0].start, group[-1].end)
            passage = Passage(source.document.id, region.kind, span, tuple(group), section)
            found.append(passage)
    return tuple(found)


def _heading(text: str, visible: Span) -> Span | None:
    """Return a heading's words without the marks of Markdown; None when there are no words."""
    words = regions.heading(text, visible)
    if words is None:
        underline = _UNDERLINE.search(text, visible.start, visible.end)
        words = Span(visible.start, underline.start() if underline else visible.end)
    return words or None


def _groups(
    text: str, region: Region, max_chars: int, max_sentences: int, min_chars: int
) -> list[list[Span]]:
    def fits(group: list[Span]) -> bool:
        length = len(trimmed(text, Span(group[0].start, group[-1].end)))
        return length <= max_chars and len(group) <= max_sentences

    def wants_more(group: list[Span]) -> bool:
        whole = trimmed(text, Span(group[0].start, group[-1].end))
        return len(whole) < min_chars or text[whole.end - 1 : whole.end] == ":"

    groups: list[list[Span]] = []
    for paragraph in paragraphs(text, region.span):
        group = list(of_paragraph(text, paragraph))
        if groups and wants_more(groups[-1]) and fits(groups[-1] + group):
            groups[-1] += group
        elif fits(group):
            groups.append(group)
        else:
            groups += _balanced(text, group, max_chars, max_sentences)
    # What is left short at the end has nothing to join but what stands before it.
    if len(groups) > 1 and wants_more(groups[-1]) and fits(groups[-2] + groups[-1]):
        last = groups.pop()
        groups[-1] += last
    return groups


def _balanced(
    text: str, sentences: list[Span], max_chars: int, max_sentences: int
) -> list[list[Span]]:
    """Divide a run of sentences into as few parts as fit, as equal in length as they come."""
    # best[j]: (parts, sum of squared lengths, start of the last part) for the first j sentences.
    best: list[tuple[int, int, int]] = [(0, 0, 0)]
    for j in range(1, len(sentences) + 1):
        choices = []
        for i in range(j - 1, max(-1, j - 1 - max_sentences), -1):
            length = len(trimmed(text, Span(sentences[i].start, sentences[j - 1].end)))
            if length > max_chars and i < j - 1:
                break
            count, squares, _ = best[i]
            choices.append((count + 1, squares + length * length, i))
        best.append(min(choices))
    parts: list[list[Span]] = []
    end = len(sentences)
    while end:
        start = best[end][2]
        parts.append(sentences[start:end])
        end = start
    return parts[::-1]
