"""The only file that knows rank_bm25: its Okapi scores, worked out once into a sparse matrix.

rank_bm25's own loop visits every passage for every word asked; the matrix visits the matches.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Lexical:
    """BM25 scores by term: column t holds rows[starts[t]:starts[t+1]] and their scores.

    `terms` maps a term to its column.
    """

    terms: Mapping[str, int]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: NDArray[np.float64]
    passages: int

    def scores(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        """Return one score per passage for weighted terms; 0 where nothing matched.

        With every weight 1 this is `BM25Okapi.get_scores` of the distinct terms.
        """
        out = np.zeros(self.passages)
        for term, weight in weights.items():
            column = self.terms.get(term)
            if column is None:
                continue
            part = slice(self.starts[column], self.starts[column + 1])
            out[self.rows[part]] += weight * self.values[part]
        return out

    def matched(self, weights: Mapping[str, float]) -> NDArray[np.bool_]:
        """Return which passages hold any of the terms: BM25 scores can be 0 or less there."""
        out = np.zeros(self.passages, dtype=bool)
        for term in weights:
            out[self.rows_with(term)] = True
        return out

    def rarity(self, term: str) -> float:
        """Return ln((N + 1) / (n + 0.5)) for a term in n of N passages; highest if unknown."""
        return float(np.log((self.passages + 1) / (len(self.rows_with(term)) + 0.5)))

    def rows_with(self, term: str) -> NDArray[np.int32]:
        """Return the numbers of the passages that hold a term, rising."""
        column = self.terms.get(term)
        if column is None:
            return self.rows[:0]
        return self.rows[self.starts[column] : self.starts[column + 1]]

    def save(self, folder: Path, name: str) -> None:
        """Write NAME.npz and NAME.json (the terms) into an existing folder."""
        np.savez(
            folder / f"{name}.npz",
            starts=self.starts,
            rows=self.rows,
            values=self.values,
            passages=np.array(self.passages),
        )
        (folder / f"{name}.json").write_text(json.dumps(list(self.terms)), "utf-8")

    @classmethod
    def load(cls, folder: Path, name: str) -> "Lexical":
        """Read what `save` wrote."""
        names = json.loads((folder / f"{name}.json").read_text("utf-8"))
        with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
            return cls(
                {term: i for i, term in enumerate(names)},
                arrays["starts"],
                arrays["rows"],
                arrays["values"],
                int(arrays["passages"]),
            )


def build(passages: Sequence[Sequence[str]], *, k1: float, b: float) -> Lexical:
    """Work out Okapi BM25 for tokenised passages (rank_bm25 0.2.2, epsilon 0.25).

    A passage's score for a term is idf * f * (k1 + 1) / (f + k1 * (1 - b + b * length / mean)).
    """
    # rank_bm25 divides by the mean length: an empty collection, or one without a word, breaks it.
    if not any(passages):
        rows, values = np.zeros(0, np.int32), np.zeros(0)
        return Lexical({}, np.zeros(1, np.int64), rows, values, len(passages))
    from rank_bm25 import BM25Okapi  # noqa: PLC0415  only indexing needs it

    model = BM25Okapi([list(p) for p in passages], k1=k1, b=b)
    lengths = np.array(model.doc_len, dtype=np.float64)
    norm = k1 * (1 - b + b * lengths / model.avgdl)
    columns: dict[str, list[tuple[int, int]]] = {}
    for row, frequencies in enumerate(model.doc_freqs):
        for term, count in frequencies.items():
            columns.setdefault(term, []).append((row, count))
    terms = {term: i for i, term in enumerate(sorted(columns))}
    idf = np.array([model.idf[term] for term in terms])
    sizes = [len(columns[term]) for term in terms]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    flat = np.array([pair for term in terms for pair in columns[term]], dtype=np.int64)
    rows, counts = flat[:, 0].astype(np.int32), flat[:, 1].astype(np.float64)
    values = np.repeat(idf, sizes) * counts * (k1 + 1) / (counts + norm[rows])
    return Lexical(terms, starts, rows, values, len(passages))
