"""Fusion: scaling, weighing and ranking, against tables by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from retrieval.fuse import combine, min_max, ranks, with_floor

FINITE = st.floats(-1e6, 1e6)
SCORES = arrays.arrays(np.float64, st.integers(0, 20), elements=FINITE)


def test_scores_are_scaled_between_the_lowest_and_the_highest() -> None:
    assert min_max(np.array([2.0, 4.0, 3.0])).tolist() == [0, 1, 0.5]


def test_scores_that_tell_nothing_apart_count_nothing() -> None:
    assert min_max(np.array([3.0, 3.0])).tolist() == [0, 0]
    assert min_max(np.array([7.0])).tolist() == [0]
    assert min_max(np.zeros(0)).tolist() == []


@given(SCORES)
def test_scaled_scores_lie_in_0_to_1_and_keep_their_order(scores: np.ndarray) -> None:
    scaled = min_max(scores)
    assert ((scaled >= 0) & (scaled <= 1)).all()
    assert (np.diff(scaled[np.argsort(scores)]) >= 0).all()


@pytest.mark.parametrize(
    ("weight", "expected"), [(0.0, [0, 1, 0.5]), (1.0, [1, 0, 0]), (0.25, [0.25, 0.75, 0.375])]
)
def test_both_lists_are_weighed(weight: float, expected: list[float]) -> None:
    lexical, dense = np.array([0.0, 8.0, 4.0]), np.array([0.9, 0.1, 0.1])
    assert combine(lexical, dense, dense_weight=weight).tolist() == pytest.approx(expected)


@given(SCORES, st.data())
def test_ranks_are_those_of_a_sorted_list(scores: np.ndarray, data: st.DataObject) -> None:
    matched = data.draw(arrays.arrays(np.bool_, len(scores)))
    order = sorted(
        (row for row in range(len(scores)) if matched[row]), key=lambda row: -scores[row]
    )
    expected = [order.index(row) + 1 if matched[row] else 0 for row in range(len(scores))]
    assert ranks(scores, matched).tolist() == expected


@given(SCORES, st.data())
def test_what_is_unmatched_never_beats_what_is_matched(
    scores: np.ndarray, data: st.DataObject
) -> None:
    matched = data.draw(arrays.arrays(np.bool_, len(scores)))
    floored = with_floor(scores, matched)
    assert np.array_equal(floored[matched], scores[matched])
    assert (floored[~matched] <= 0).all()
    if matched.any() and not matched.all():
        assert floored[~matched].max() <= scores[matched].min()
