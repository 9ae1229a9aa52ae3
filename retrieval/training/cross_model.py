"""The reader as it is trained: an encoder with a figure for each sentence and each word, and what
its answers to groups of passages cost, beside what is right and beside what a teacher says.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from retrieval.crossread import NOTHING, Layout, Layouts
from retrieval.training.groups import Group

_TOGETHER = 16  # passages that go through the model at once
_TAUGHT = 0.7  # of the loss is what a teacher says, if there is one
_NEGLIGIBLE = 0.01  # chance of a sentence

# Of one passage: (length,) log-odds of sentences, (length, 2) of first and last word.
Figures = tuple[torch.Tensor, torch.Tensor]


class FeatureDropout(nn.Module):  # type: ignore[misc]  # torch ships no types here
    """Drops whole features, the same for all words of a passage (Gal and Ghahramani 2016).

    To draw a number for each word would take as long as all the rest on a CPU.
    """

    p = 0.0

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return (batch, length, features) with a share p of the features 0, the others larger."""
        if not self.training or not self.p:
            return states
        keep = states.new_empty(states.shape[0], 1, states.shape[2]).bernoulli_(1 - self.p)
        return states * (keep / (1 - self.p))


class CrossModel(nn.Module):  # type: ignore[misc]  # torch ships no types here
    """An encoder of BERT's kind with a figure per sentence mark and two per word piece."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.encoder = encoder
        self.dropouts: list[FeatureDropout] = []
        for name, module in list(encoder.named_modules()):
            if not isinstance(module, nn.Dropout):
                continue
            parent, _, own = name.rpartition(".")
            if own == "dropout" and not parent.endswith(("self", "attn")):
                self.dropouts.append(FeatureDropout())
                setattr(encoder.get_submodule(parent), own, self.dropouts[-1])
            else:
                module.p = 0.0  # between words: too many numbers to draw
        self.sentence = nn.Sequential(nn.Linear(size, size), nn.GELU(), nn.Linear(size, 1))
        self.words = nn.Linear(size, 2)

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (batch, length) log-odds of sentences and (batch, length, 2) of start and end."""
        states = self.encoder(
            input_ids=ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        return self.sentence(states).squeeze(-1), self.words(states)


def loss(
    model: CrossModel,
    layouts: Layouts,
    given: Sequence[Group],
    device: torch.device,
    *,
    told: Sequence[Figures] = (),
) -> tuple[torch.Tensor, float]:
    """Return the mean loss of groups, and how often the right ending came first.

    Each group is one choice among all runs of words in its sentences and "none of them", whose
    log-odds is 0 (shared normalisation, Clark and Gardner 2018, section 3.1). `told` is what
    `figures` of a teacher are for the same groups.
    """
    laid = _laid(layouts, given)
    read = _read(model, [each for group in laid for each in group], device)
    total, right, row = torch.zeros((), device=device), 0, 0
    for group, passages in zip(given, laid, strict=True):
        rows = slice(row, row + len(passages))
        row = rows.stop
        mine = _scores(passages, read[rows])
        cost, is_right = _marked_loss(group, passages, read[rows], mine)
        if told:
            taught = _taught_loss(passages, read[rows], told[rows], mine)
            cost = (1 - _TAUGHT) * cost + _TAUGHT * taught
        total = total + cost
        right += is_right
    return total / len(given), right / len(given)


def figures(
    model: CrossModel, layouts: Layouts, given: Sequence[Group], device: torch.device
) -> list[Figures]:
    """Return what a model says of each passage of each group, to teach another with."""
    laid = _laid(layouts, given)
    with torch.no_grad():
        return _read(model, [each for group in laid for each in group], device)


def _laid(layouts: Layouts, given: Sequence[Group]) -> list[list[Layout]]:
    return [[layouts(g.question, title, ss) for title, ss in g.passages] for g in given]


def _scores(passages: Sequence[Layout], read: Sequence[Figures]) -> torch.Tensor:
    """Return the log-odds of "none of them", which is 0, and of each sentence of a group."""
    each = (sentence_scores(layout, *r) for layout, r in zip(passages, read, strict=True))
    return torch.cat([read[0][0].new_zeros(1), *each])


def _marked_loss(
    group: Group, passages: Sequence[Layout], read: Sequence[Figures], scores: torch.Tensor
) -> tuple[torch.Tensor, bool]:
    """Return what is to pay beside what people marked, and whether that came first."""
    places = [(p, s) for p, layout in enumerate(passages) for s in range(len(layout.marks))]
    kept = [None, *(place for place in places if place not in group.doubtful)]
    chances = scores[[0, *(1 + i for i, place in enumerate(places) if place in kept)]]
    target = kept.index(group.right)
    cost = -chances.log_softmax(0)[target]
    if group.right:
        p = group.right[0]
        cost = cost + _words_loss(group, passages[p], read[p][1])
    return cost, int(chances.argmax()) == target


def _taught_loss(
    passages: Sequence[Layout],
    mine: Sequence[Figures],
    theirs: Sequence[Figures],
    scores: torch.Tensor,
) -> torch.Tensor:
    """Return the cross-entropy of all runs of words, and of none, with the chances that a teacher
    gives them (Hinton et al. 2015), those that are doubtful included.
    """
    shares = _scores(passages, theirs).softmax(0)
    cost = -(shares * scores.log_softmax(0)).sum()
    share = iter(shares[1:])
    for layout, (_, my), (_, their) in zip(passages, mine, theirs, strict=True):
        for number in range(len(layout.marks)):
            at, weight = layout.pieces(number), next(share)
            if at and weight > _NEGLIGIBLE:
                words = their[at].softmax(0) * my[at].log_softmax(0)
                cost = cost - weight * words.sum()
    return cost


def sentence_scores(layout: Layout, marks: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """Return the log-odds of each sentence, as `crossread.sentence_scores` does."""
    scores = []
    for number, mark in enumerate(layout.marks):
        of_words = words[layout.pieces(number)].logsumexp(0).sum()
        scores.append(marks[mark] + (of_words if of_words.isfinite() else NOTHING))
    return torch.stack(scores)


def _read(model: CrossModel, layouts: Sequence[Layout], device: torch.device) -> list[Figures]:
    """Return what the model says of each; those of like length together, so little is padded."""
    order = sorted(range(len(layouts)), key=lambda i: len(layouts[i].ids))
    found: dict[int, Figures] = {}
    with torch.autocast(device.type, torch.bfloat16):
        for start in range(0, len(order), _TOGETHER):
            some = order[start : start + _TOGETHER]
            longest = len(layouts[some[-1]].ids)
            rows = [
                (layout.ids, [1] * len(layout.ids), layout.types)
                for layout in (layouts[i] for i in some)
            ]
            inputs = (
                torch.tensor([r + [0] * (longest - len(r)) for r in column], device=device)
                for column in zip(*rows, strict=True)
            )
            sentences, words = model(*inputs)
            found |= zip(some, zip(sentences.float(), words.float(), strict=True), strict=True)
    return [found[i] for i in range(len(layouts))]


def _words_loss(group: Group, layout: Layout, chances: torch.Tensor) -> torch.Tensor | float:
    """Return what start and end cost among the pieces of the sentence that answers."""
    mine = [
        (at, group.answer is not None and span.overlaps(group.answer))
        for at, number, span in layout.words
        if group.right and number == group.right[1]
    ]
    inside = [place for place, (_, answers) in enumerate(mine) if answers]
    if not inside:
        return 0.0  # cut off
    logs = chances[[at for at, _ in mine]].log_softmax(0)
    return -(logs[inside[0], 0] + logs[inside[-1], 1])
