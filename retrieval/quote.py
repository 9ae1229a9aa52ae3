"""Pure: cutting exact words out of a source, and how much of it a reader needs to understand them.

`cut` is the only way to make a Quote: it re-reads the source and compares.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from retrieval.errors import QuoteError
from retrieval.sentences import trimmed
from retrieval.types import Passage, Quote, Source, Span

# Openings that lean on the sentence before: who "he" is, what "however" turns against.
_LEANS = re.compile(
    r"[\s\"'“‘(\-–—]*(?:he|she|it|they|him|her|them|his|their|its|this|that|these|those|such"
    r"|both|neither|but|however|moreover|nevertheless|therefore|also|otherwise|instead|then"
    r"|the (?:two|former|latter|same|suggestion|decision|move|news|official|minister))\b",
    re.IGNORECASE,
)
_OPENING, _CLOSING, _STRAIGHT = "“«„", "”»", '"'
_QUOTATION = re.compile(r"[“«„][^”»]*[”»]|„[^”“]*“|\"[^\"]*\"")
_BLANK_LINE = re.compile(r"\n\s*\n")


def cut(
    source: Source,
    passage: Passage,
    span: Span,
    *,
    marks: Sequence[Span],
    words: Sequence[Span] = (),
) -> Quote:
    """Cut `span` out of a source; marks, at least one, lie inside it in order, words inside them.

    Raises QuoteError instead of returning anything that is not the source's own words.
    """
    text = source.text[span.start : span.end]
    sound = (
        passage.doc_id == source.document.id
        and passage.span.contains(span)
        and len(text) == len(span) > 0
        and len(marks) > 0
        and all(mark and span.contains(mark) for mark in marks)
        and all(a.end <= b.start for a, b in pairwise(marks))
        and all(word and any(mark.contains(word) for mark in marks) for word in words)
    )
    if not sound:
        raise QuoteError(
            f"document {source.document.id}: {span.start}..{span.end} is not a quote of it → "
            "run `talks index --force`"
        )
    return Quote(passage.doc_id, passage.kind, span, text, tuple(marks), tuple(words))


def verify(quote: Quote, source: Source) -> None:
    """Raise QuoteError unless the quote is, to the character, what the source says there."""
    same = quote.doc_id == source.document.id
    if not same or source.text[quote.span.start : quote.span.end] != quote.text:
        raise QuoteError(
            f"a quote of document {quote.doc_id} is not what document {source.document.id} says at "
            f"{quote.span.start}..{quote.span.end}; it is not shown → run `talks doctor`"
        )


def leans(sentence: str) -> bool:
    """Whether a sentence opens with a word that only the sentence before it explains."""
    return bool(_LEANS.match(sentence))


def run_around(source: Source, passage: Passage, sentence: Span, *, max_chars: int) -> Span:
    """Return the smallest run of whole sentences, up to `max_chars`, that reads on its own.

    The sentence alone; with those before it when it leans on them; with its neighbours when it is
    part of a longer quotation whose speaker they name. A longer sentence stands alone, whole.
    """
    sentences, text = passage.sentences, source.text
    if sentence not in sentences:
        raise QuoteError(
            f"document {source.document.id}: {sentence.start}..{sentence.end} is no sentence of "
            "the passage it was found in → run `talks index --force`"
        )
    first = last = sentences.index(sentence)

    def fits(a: int, b: int) -> bool:
        whole = trimmed(text, Span(sentences[a].start, sentences[b].end))
        return len(whole) <= max_chars and not _BLANK_LINE.search(text, whole.start, whole.end)

    for _ in range(2):
        opening = text[sentences[first].start : sentences[first].end]
        inside = _open_quotes(text[sentences[0].start : sentences[first].start])
        needs = leans(opening) or inside or _only_quotation(opening.strip())
        if not (needs and first > 0 and fits(first - 1, last)):
            break
        first -= 1
    for _ in range(2):
        unfinished = _open_quotes(text[sentences[first].start : sentences[last].end])
        alone = first == last and _only_quotation(
            text[sentences[first].start : sentences[last].end].strip()
        )
        if not ((unfinished or alone) and last + 1 < len(sentences) and fits(first, last + 1)):
            break
        last += 1
    return trimmed(text, Span(sentences[first].start, sentences[last].end))


def _open_quotes(text: str) -> bool:
    """Whether a quotation opened in `text` is still open at its end."""
    text = text.replace("„", "«").replace("“", "»") if "„" in text else text  # German closes with “
    curly = sum(text.count(c) for c in _OPENING) - sum(text.count(c) for c in _CLOSING)
    return curly > 0 if curly else text.count(_STRAIGHT) % 2 == 1


def _only_quotation(text: str) -> bool:
    """Whether a sentence is nothing but one quotation, so that its speaker stands elsewhere."""
    return bool(_QUOTATION.fullmatch(text))
