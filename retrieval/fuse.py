"""Pure: two score lists become one. Scores are kept: ranks alone throw away who won clearly."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def min_max(scores: Scores) -> Scores:
    """Scale to 0..1; all zeros when every score is the same (nothing tells them apart)."""
    if not scores.size:
        return scores
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.zeros_like(scores)
    return (scores - low) / (high - low)


def combine(lexical: Scores, dense: Scores, *, dense_weight: float) -> Scores:
    """Return the weighted sum of both min-max scaled lists (convex combination, 0..1)."""
    return (1 - dense_weight) * min_max(lexical) + dense_weight * min_max(dense)


def with_floor(scores: Scores, matched: NDArray[np.bool_]) -> Scores:
    """Return the scores, unmatched ones as low as the lowest matched one or 0.

    BM25 goes below 0 for a word that most passages have: not matching must not win over that.
    """
    return np.where(matched, scores, min(0.0, float(scores[matched].min(initial=0.0))))


def ranks(scores: Scores, matched: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rank from 1 by falling score among the matched, first come first on ties; 0 = unmatched."""
    out = np.zeros(len(scores), dtype=np.int64)
    rows = np.flatnonzero(matched)
    order = rows[np.argsort(-scores[rows], kind="stable")]
    out[order] = np.arange(1, len(order) + 1)
    return out
