"""Fitting linear models: they learn what matters, and are held to what is set by hand."""

import numpy as np
import pytest

from retrieval.expect import Expect
from retrieval.question import Asked
from retrieval.read import SUMMARY, Weights
from retrieval.signals import SIGNALS
from retrieval.training.cases import COLUMNS, Candidates
from retrieval.training.linear import BY_HAND, fit_probability, fit_ranking


def rows(count: int, *, seed: int = 0, read: bool = False) -> list[Candidates]:
    """Cases in which the right sentence has more of two signals and less of one."""
    generator = np.random.default_rng(seed)
    names = COLUMNS if read else SIGNALS
    nobody = Asked("", "", (), Expect.ANYTHING, frozenset())
    made = []
    for _ in range(count):
        values = generator.random((6, len(names)))
        worth = values[:, names.index("words")] * 4 + values[:, names.index("fits")] * 2
        worth -= values[:, names.index("passage")] * 3
        if read:
            values[:, names.index("reads")] *= 20
            worth += values[:, names.index("reads")]
        made.append(Candidates(nobody, values, np.arange(6) == worth.argmax()))
    return made


@pytest.mark.parametrize("read", [False, True])
def test_ranking_learns_what_makes_a_sentence_right(*, read: bool) -> None:
    weights = fit_ranking(rows(60, read=read))
    names = COLUMNS if read else SIGNALS
    found = weights.by_signal
    assert found.keys() == set(names)
    assert found["words"] > found["fits"] > 0 > found["passage"]
    assert abs(found["cosine"]) < found["fits"]
    assert {name: found[name] for name in BY_HAND} == BY_HAND
    bare = Weights(0.0, {n: v for n, v in found.items() if n not in BY_HAND})
    hits = [bare(r.values, names).argmax() == r.right.argmax() for r in rows(60, seed=9, read=read)]
    assert np.mean(hits) > 0.75  # one in six by chance


@pytest.mark.parametrize("prior", [0.5, 0.9])
def test_probabilities_are_fitted_to_the_prior(prior: float) -> None:
    generator = np.random.default_rng(0)
    values = generator.random((400, len(SUMMARY)))
    labels = values[:, SUMMARY.index("cosine")] + generator.normal(0, 0.3, 400) > 0.5
    weights = fit_probability(values, labels, ("cosine", "unknown"), prior=prior)
    assert weights.by_signal["cosine"] > 1 > abs(weights.by_signal["unknown"])
    sure = 1 / (1 + np.exp(-weights(values, SUMMARY)))
    balanced = np.where(labels, prior / labels.mean(), (1 - prior) / (1 - labels.mean()))
    assert np.average(sure, weights=balanced) == pytest.approx(prior, abs=0.02)
