"""The searchable form of a collection: which texts stand for a passage, and flat arrays of
offsets that are all an index keeps of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.types import Kind, Passage, Source, Span

# What people call each kind when they ask for it; helps a passage be found, is never quoted.
KIND_WORDS: Mapping[Kind, str] = {
    Kind.BODY: "",
    Kind.HEADING: "",
    Kind.FURNITURE: "",
    Kind.HEADLINE: "headline title",
    Kind.BYLINE: "byline article author writer written by wrote published publication date",
    Kind.CAPTION: "caption summary",
    Kind.COMMENT: "reader comment commenter",
    Kind.AUTHOR_BOX: "about the author publisher",
}
_KINDS = tuple(Kind)


def heading_of(source: Source, passage: Passage) -> str:
    """Return title and section of a passage: context for finding it, never part of a quote."""
    section = passage.section
    parts = [source.document.title]
    if section is not None:
        parts.append(source.text[section.start : section.end])
    return ". ".join(part.strip() for part in parts if part.strip())


def lexical_text(source: Source, passage: Passage) -> str:
    """Return what BM25 sees of a passage: its words, title, section, publisher and kind."""
    body = source.text[passage.span.start : passage.span.end]
    publisher = source.document.publisher or ""
    return "\n".join((body, heading_of(source, passage), publisher, KIND_WORDS[passage.kind]))


@dataclass(frozen=True, slots=True)
class Columns:
    """Every passage and sentence as offsets.

    `passages` (n, 6): document number, kind number, start, end, section start, section end
    (-1, -1 without one). Passage i has sentences firsts[i]:firsts[i + 1]; `sentences` (m, 2).
    Sentence j has token vectors token_firsts[j]:token_firsts[j + 1].
    """

    documents: tuple[str, ...]
    passages: NDArray[np.int64]
    firsts: NDArray[np.int64]
    sentences: NDArray[np.int64]
    token_firsts: NDArray[np.int64]

    def passage(self, row: int) -> Passage:
        """Return passage number `row`."""
        doc, kind, start, end, section_start, section_end = (int(v) for v in self.passages[row])
        part = self.sentences[self.firsts[row] : self.firsts[row + 1]]
        return Passage(
            self.documents[doc],
            _KINDS[kind],
            Span(start, end),
            tuple(Span(int(a), int(b)) for a, b in part),
            None if section_start < 0 else Span(section_start, section_end),
        )

    def chosen(
        self, documents: frozenset[str] | None, kinds: frozenset[Kind] | None
    ) -> NDArray[np.bool_]:
        """Return which passages are of these documents and kinds; None stands for all."""
        found = np.ones(len(self.passages), dtype=bool)
        if documents is not None:
            numbers = [i for i, doc_id in enumerate(self.documents) if doc_id in documents]
            found &= np.isin(self.passages[:, 0], numbers)
        if kinds is not None:
            found &= np.isin(self.passages[:, 1], [_KINDS.index(kind) for kind in kinds])
        return found

    def save(self, path: Path) -> None:
        """Write one .npz file."""
        np.savez(
            path,
            passages=self.passages,
            firsts=self.firsts,
            sentences=self.sentences,
            token_firsts=self.token_firsts,
        )

    @classmethod
    def load(cls, path: Path, documents: Sequence[str]) -> "Columns":
        """Read what `save` wrote; `documents` are the ids in order."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(
                tuple(documents),
                arrays["passages"],
                arrays["firsts"],
                arrays["sentences"],
                arrays["token_firsts"],
            )


def columns(
    documents: Sequence[str], passages: Sequence[Passage], token_counts: Sequence[int]
) -> Columns:
    """Flatten passages, in order; `token_counts` has one entry per sentence."""
    numbers = {doc_id: i for i, doc_id in enumerate(documents)}
    rows = [
        (
            numbers[p.doc_id],
            _KINDS.index(p.kind),
            p.span.start,
            p.span.end,
            p.section.start if p.section else -1,
            p.section.end if p.section else -1,
        )
        for p in passages
    ]
    sentences = [(s.start, s.end) for p in passages for s in p.sentences]
    return Columns(
        tuple(documents),
        np.array(rows, dtype=np.int64).reshape(len(rows), 6),
        np.cumsum([0, *(len(p.sentences) for p in passages)], dtype=np.int64),
        np.array(sentences, dtype=np.int64).reshape(len(sentences), 2),
        np.cumsum([0, *token_counts], dtype=np.int64),
    )
