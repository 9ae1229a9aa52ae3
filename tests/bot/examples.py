"""Answers made by hand, for tests that need no index."""

from retrieval.types import (
    Abstained,
    Citation,
    Document,
    Evidence,
    Found,
    Hit,
    Kind,
    Passage,
    Query,
    Quote,
    Reading,
    Reason,
    Region,
    Source,
    Span,
)

FINGERPRINT = "0123456789abcdef" * 4
GIVEN = frozenset({"title", "publisher", "date"})


def document(doc_id="d", **changes):
    values = {
        "id": doc_id,
        "file": f"{doc_id}.txt",
        "title": f"Title of {doc_id}",
        "publisher": "The Publisher",
        "author": None,
        "date": "2021-12-02",
        "date_known_by": "in text",
        "url": None,
        "sha256": "0" * 64,
        "given": GIVEN,
    }
    return Document(**values | changes)


def source(text, doc_id="d", kind=Kind.BODY, **changes):
    return Source(document(doc_id, **changes), text, (Region(kind, Span(0, len(text))),))


def evidence(of, start, end, *, marks=(), words=(), number=1, kind=Kind.BODY):
    span = Span(start, end)
    marks = tuple(Span(*mark) for mark in marks) or (span,)
    passage = Passage(of.document.id, kind, span, (span,))
    return Evidence(
        Quote(
            of.document.id,
            kind,
            span,
            of.text[start:end],
            marks,
            tuple(Span(*word) for word in words),
        ),
        Citation(number, of.document, span, of.text.count("\n", 0, start) + 1, kind),
        Reading(Hit(passage, row=0, score=1.0, lexical=None, dense=None), span, 1.0, {}),
    )


def query(text="who met?", k=3):
    return Query(text, dict.fromkeys(text.split(), 1.0), k)


def found(*items, text="who met?", understood=None):
    return Found(query(text), items, 0.9, FINGERPRINT, understood)


def abstained(
    *nearest, reason=Reason.NOT_IN_DOCUMENTS, text="who met?", understood=None, unsupported=()
):
    return Abstained(query(text), reason, nearest, 0.1, FINGERPRINT, understood, unsupported)
