"""Finding passages: what a searcher is, and the one that searches the local index."""

from dataclasses import replace
from typing import Protocol

import numpy as np

from retrieval import fuse
from retrieval.encode import Vectors
from retrieval.index import Index
from retrieval.question import Asked
from retrieval.types import Hit, Query, Signal

# How many passages the documents that a question singles out add.
_MORE = 8


class Searcher(Protocol):
    """Anything that ranks passages for a question."""

    def search(self, query: Query, vector: Vectors) -> list[Hit]:
        """Return up to query.k hits, best first; `vector` is the question's unit vector."""
        ...


class LocalSearcher:
    """BM25 and sentence vectors over one open index, combined by their scores."""

    def __init__(self, index: Index, *, dense_weight: float, candidates: int) -> None:
        self._index = index
        self._dense_weight = dense_weight
        self._candidates = candidates

    def search(self, query: Query, vector: Vectors) -> list[Hit]:
        """Return up to query.k hits, best first."""
        allowed = self._index.columns.chosen(query.documents, query.kinds)
        if not allowed.any():
            return []
        lexical = self._index.lexical.scores(query.terms)
        # An unmatched passage has score 0, which is no rank at all: it must not be counted.
        matched = self._index.lexical.matched(query.terms) & allowed
        dense = self._dense(vector)
        lexical_ranks = fuse.ranks(lexical, matched)
        dense_ranks = fuse.ranks(dense, allowed)
        pool = np.flatnonzero(
            ((lexical_ranks > 0) & (lexical_ranks <= self._candidates))
            | ((dense_ranks > 0) & (dense_ranks <= self._candidates))
        )
        fused = fuse.combine(
            fuse.with_floor(lexical, matched)[pool], dense[pool], dense_weight=self._dense_weight
        )
        best = np.argsort(-fused, kind="stable")[: query.k]
        return [
            Hit(
                self._index.columns.passage(int(row)),
                int(row),
                float(score),
                Signal(int(lexical_ranks[row]), float(lexical[row])) if matched[row] else None,
                Signal(int(dense_ranks[row]), float(dense[row])),
            )
            for row, score in zip(pool[best], fused[best], strict=True)
        ]

    def _dense(self, vector: Vectors) -> fuse.Scores:
        """Return the mean of the passage's cosine and its best sentence's."""
        index = self._index
        best = np.maximum.reduceat(index.sentence_vectors @ vector, index.columns.firsts[:-1])
        return ((index.passage_vectors @ vector + best) / 2).astype(np.float64)


def gather(
    searcher: Searcher, index: Index, query: Query, asked: Asked, vector: Vectors
) -> list[Hit]:
    """Return query.k hits to be read, and a few more that the question points to.

    These are passages of the documents that its names single out, where the sentence that answers
    may speak of "the meeting" alone, and passages of a kind of text that it asks about.
    """
    hits = searcher.search(query, vector)
    apart = []
    if query.documents is None and (named := named_documents(index, asked)):
        apart.append(replace(query, documents=named, k=_MORE))
    if query.kinds is None and asked.kinds:
        apart.append(replace(query, kinds=asked.kinds, k=query.k))
    for narrowed in apart:
        known = {hit.row for hit in hits}
        # Scores of a narrowed search start at 1 again: none of them may pass those of the whole.
        least = min((hit.score for hit in hits), default=1.0)
        hits += [
            replace(hit, score=hit.score * least)
            for hit in searcher.search(narrowed, vector)
            if hit.row not in known
        ]
    return hits


def named_documents(index: Index, asked: Asked) -> frozenset[str]:
    """Return the documents, two at most, that hold more of a question's names than all others."""
    weight = np.zeros(len(index.columns.documents))
    document_of = index.columns.passages[:, 0]
    for word in asked.words:
        if word.is_name:
            holders = [index.lexical.rows_with(key) for key in word.stems]
            rows = np.concatenate([np.zeros(0, np.int64), *holders]).astype(np.int64)
            weight[np.unique(document_of[rows])] += word.rarity
    best = np.flatnonzero(weight >= weight.max(initial=0.0) - 1e-9)
    if not weight.any() or len(best) > 2:
        return frozenset()
    return frozenset(index.columns.documents[i] for i in best)
