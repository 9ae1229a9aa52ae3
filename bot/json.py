"""Answer -> the JSON object that scripts and the web interface read; its fields are stable."""

import math
from collections.abc import Mapping
from typing import Any

from bot.links import best
from retrieval.types import Abstained, Answer, Document, Evidence, Found, Signal, Source

Object = dict[str, Any]


def answer_object(
    answer: Answer,
    *,
    question: str,
    sources: Mapping[str, Source],
    milliseconds: Mapping[str, float],
    public_url: str = "",
) -> Object:
    """Return the whole answer; offsets are code points, `milliseconds` must hold "total".

    Links lead to reader pages below `public_url`, or to the originals where there is none.
    """
    found = answer.evidence if isinstance(answer, Found) else ()
    nearest = answer.nearest if isinstance(answer, Abstained) else ()
    return {
        "question": question,
        "answered": isinstance(answer, Found),
        "reason": answer.reason.value if isinstance(answer, Abstained) else None,
        "unsupported": list(answer.unsupported) if isinstance(answer, Abstained) else [],
        "confidence": _number(answer.confidence),
        "quotes": [_quote(one, sources, public_url) for one in found],
        "nearest": [_quote(one, sources, public_url) for one in nearest],
        "fingerprint": answer.fingerprint,
        "milliseconds": {name: _number(round(value, 3)) for name, value in milliseconds.items()},
    }


def failure_object(question: str, *, fingerprint: str, milliseconds: float) -> Object:
    """Return the same fields for a question that could not be worked on; its reason is "failed"."""
    return {
        "question": question,
        "answered": False,
        "reason": "failed",
        "unsupported": [],
        "confidence": 0.0,
        "quotes": [],
        "nearest": [],
        "fingerprint": fingerprint,
        "milliseconds": {"total": round(milliseconds, 3)},
    }


def _quote(evidence: Evidence, sources: Mapping[str, Source], public_url: str) -> Object:
    quote, citation, reading = evidence.quote, evidence.citation, evidence.reading
    source = sources.get(quote.doc_id)
    text = source.text if source else None  # the documents may have been exchanged just now
    return {
        "text": quote.text,
        "start": quote.span.start,
        "end": quote.span.end,
        "marks": [[mark.start, mark.end] for mark in quote.marks],
        "words": [[word.start, word.end] for word in quote.words],
        "line": citation.line,
        "kind": quote.kind.value,
        "link": best(quote, citation, text=text, public_url=public_url),
        "document": document_object(citation.document),
        "signals": {
            "score": _number(reading.hit.score),
            "bm25": _signal(reading.hit.lexical),
            "dense": _signal(reading.hit.dense),
            "reader": {
                "score": _number(reading.score),
                **{name: _number(value) for name, value in reading.features.items()},
            },
        },
    }


def document_object(document: Document) -> Object:
    """Return a document's catalogue entry."""
    return {
        "id": document.id,
        "file": document.file,
        "title": document.title,
        "publisher": document.publisher,
        "author": document.author,
        "date": document.date,
        "date_known_by": document.date_known_by,
        "url": document.url,
    }


def _signal(signal: Signal | None) -> Object | None:
    return None if signal is None else {"rank": signal.rank, "score": _number(signal.score)}


def _number(value: float) -> float | None:
    """JSON has no infinity and no NaN; numpy's numbers become Python's own."""
    return float(value) if math.isfinite(value) else None
