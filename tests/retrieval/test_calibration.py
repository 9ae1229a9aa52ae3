"""Confidence in bins: nothing is lost, and the error is the gap anyone can work out by hand."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from retrieval.calibration import Bin, expected_calibration_error, reliability

foretold = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


def bins_of(pairs: list[tuple[float, bool]], *, bins: int = 10) -> tuple[Bin, ...]:
    return reliability([c for c, _ in pairs], [held for _, held in pairs], bins=bins)


def test_a_table_worked_out_by_hand() -> None:
    pairs = [(0.0, False), (0.05, True), (0.72, True), (0.78, False), (0.75, True), (1.0, True)]
    found = bins_of(pairs)
    assert [one.count for one in found] == [2, 0, 0, 0, 0, 0, 0, 3, 0, 1]
    assert found[1] == Bin(0.1, 0.2, 0, None, None)
    assert (found[7].low, found[7].high) == (0.7, 0.8)
    assert found[7].confidence == pytest.approx(0.75)
    assert found[7].right == pytest.approx(2 / 3)
    error = (2 * (0.5 - 0.025) + 3 * (0.75 - 2 / 3) + 0) / 6
    assert expected_calibration_error(found) == pytest.approx(error)


def test_nothing_asked_is_no_error_at_all() -> None:
    assert expected_calibration_error(bins_of([])) is None


@pytest.mark.parametrize("wrong", [-0.01, 1.01, float("nan")])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        reliability([wrong], [True])
    with pytest.raises(ValueError, match=r"shorter|longer"):
        reliability([0.5], [])


@given(foretold, st.integers(1, 12))
def test_every_question_is_in_the_bin_its_confidence_falls_into(
    pairs: list[tuple[float, bool]], bins: int
) -> None:
    found = bins_of(pairs, bins=bins)
    assert len(found) == bins
    assert (found[0].low, found[-1].high) == (0, 1)
    assert all(one.high == other.low for one, other in pairwise(found))
    assert sum(one.count for one in found) == len(pairs)
    assert sum((one.right or 0) * one.count for one in found) == pytest.approx(
        sum(held for _, held in pairs)
    )
    for one in found:
        assert (one.count == 0) == (one.confidence is None) == (one.right is None)
        if one.confidence is not None:
            assert one.low - 1e-9 <= one.confidence <= one.high + 1e-9


@given(foretold)
def test_the_error_is_between_the_gap_overall_and_one(pairs: list[tuple[float, bool]]) -> None:
    assume(pairs)
    error = expected_calibration_error(bins_of(pairs))
    assert error is not None
    overall = abs(sum(c - held for c, held in pairs)) / len(pairs)
    assert overall - 1e-9 <= error <= 1


@given(foretold)
def test_the_order_of_questions_does_not_matter(pairs: list[tuple[float, bool]]) -> None:
    one, other = (expected_calibration_error(bins_of(p)) for p in (pairs, pairs[::-1]))
    assert one == (None if other is None else pytest.approx(other))


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_whoever_is_certain_and_right_has_no_error_and_certain_and_wrong_all(
    held: list[bool],
) -> None:
    assert expected_calibration_error(reliability([float(h) for h in held], held)) == 0
    assert expected_calibration_error(reliability([float(not h) for h in held], held)) == 1
