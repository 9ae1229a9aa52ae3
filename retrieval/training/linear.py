"""Fits the linear models of judgement.json: which sentence comes first, how likely something is."""

from collections.abc import Callable, Mapping, Sequence, Set

import numpy as np
import torch

from retrieval.read import SUMMARY_READ, Weights
from retrieval.signals import Matrix
from retrieval.training.cases import COLUMNS, Candidates, Labels

# Set by hand, because what is fitted on cannot teach it: public reading questions ask about no
# bylines or comments, and no catalogue says where those stand in our own articles. A kind that was
# asked for beats any body text; a comment that was not must be clearly the better match; what lacks
# a number is no amount.
BY_HAND = {"kind_asked": 6.0, "comment": -1.5, "lacks_number": -3.0}
# The same, for whether the first sentence answers: a byline, when it was asked who wrote something.
ANSWERS_BY_HAND = {"kind_asked": 3.0}
_SIZES = {"reads": 5.0, "words_read": 10.0}


def fit_ranking(data: Sequence[Candidates], *, without: Set[str] = frozenset()) -> Weights:
    """Fit weights so that the right sentence wins among its rivals (softmax over them, L2)."""
    names = [n for n in COLUMNS[: data[0].values.shape[1]] if n not in BY_HAND.keys() | without]
    columns = [COLUMNS.index(name) for name in names]
    # Log-odds are of another size than shares: brought to one, all are held down alike.
    sizes = torch.tensor([_SIZES.get(name, 1.0) for name in names], dtype=torch.float64)
    parts = [(torch.tensor(d.values[:, columns]) / sizes, torch.tensor(d.right)) for d in data]

    def loss(weights: torch.Tensor) -> torch.Tensor:
        total = 1e-3 * (weights**2).sum()
        for values, right in parts:
            scores = values @ weights
            total = total - (scores[right].logsumexp(0) - scores.logsumexp(0)) / len(parts)
        return total

    weights = _minimum(loss, len(names)) / sizes
    fitted = Weights(0.0, dict(zip(names, weights.tolist(), strict=True)))
    return with_set_by_hand(fitted, BY_HAND, without)


def with_set_by_hand(fitted: Weights, by_hand: Mapping[str, float], without: Set[str]) -> Weights:
    """Return fitted weights with those set by hand, `without` some."""
    kept = {name: weight for name, weight in by_hand.items() if name not in without}
    return Weights(fitted.bias, {**fitted.by_signal, **kept})


def fit_probability(
    values: Matrix, labels: Labels, names: Sequence[str], *, prior: float
) -> Weights:
    """Fit log-odds of a label by logistic regression (L2) as if `prior` of all had it."""
    columns = [SUMMARY_READ.index(name) for name in names]
    x, y = torch.tensor(values[:, columns]), torch.tensor(labels.astype(np.float64))
    mean, spread = x.mean(0), x.std(0).clamp(min=1e-6)
    share = torch.where(y > 0, prior / y.mean(), (1 - prior) / (1 - y.mean()))

    def loss(weights: torch.Tensor) -> torch.Tensor:
        scores = ((x - mean) / spread) @ weights[1:] + weights[0]
        each = torch.nn.functional.binary_cross_entropy_with_logits(scores, y, reduction="none")
        return (each * share).mean() + 1e-3 * (weights[1:] ** 2).sum()

    weights = _minimum(loss, len(names) + 1)
    scaled = weights[1:] / spread
    bias = float(weights[0] - (scaled * mean).sum())
    return Weights(bias, dict(zip(names, scaled.tolist(), strict=True)))


def _minimum(loss: Callable[[torch.Tensor], torch.Tensor], size: int) -> torch.Tensor:
    weights = torch.zeros(size, dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([weights], max_iter=200)

    def step() -> torch.Tensor:
        solver.zero_grad()
        value = loss(weights)
        value.backward()
        return value

    solver.step(step)
    return weights.detach()
