"""Pure: whether confidence means what it says: eight in ten answers given at 0.8 should hold."""

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions with a confidence of `low` up to `high`; only the last bin has its `high`.

    `confidence` is their mean and `right` the share of which it came true; None when empty.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    right: float | None


def reliability(
    confidences: Sequence[float], right: Sequence[bool], *, bins: int = BINS
) -> tuple[Bin, ...]:
    """Sort what was foretold (0..1) and whether it came true into bins of equal width, in order.

    ValueError for confidences outside 0..1 and for sequences of different lengths.
    """
    if not all(0 <= confidence <= 1 for confidence in confidences):
        raise ValueError("a confidence lies between 0 and 1")
    foretold: list[list[float]] = [[] for _ in range(bins)]
    came_true = [0] * bins
    for confidence, held in zip(confidences, right, strict=True):
        number = min(int(confidence * bins), bins - 1)
        foretold[number].append(confidence)
        came_true[number] += held
    return tuple(
        Bin(
            number / bins,
            (number + 1) / bins,
            len(here),
            sum(here) / len(here) if here else None,
            came_true[number] / len(here) if here else None,
        )
        for number, here in enumerate(foretold)
    )


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the mean gap between share right and confidence, each bin weighted by its count.

    ECE = sum over bins of count / n * |right - confidence|: Naeini, Cooper and Hauskrecht,
    "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015; with bins of equal
    width as in Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, equation 3.
    0 is perfect; None without any question.
    """
    total = sum(one.count for one in bins)
    gaps = (
        one.count * abs(one.right - one.confidence)
        for one in bins
        if one.right is not None and one.confidence is not None
    )
    return sum(gaps) / total if total else None
