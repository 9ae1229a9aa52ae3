"""Training: it learns, goes on where it was stopped, and what it exports says the same."""

import random
from collections.abc import Callable
from pathlib import Path

import models
import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from retrieval.crossread import CrossReader, Layouts
from retrieval.training.export import export
from retrieval.training.groups import Group
from retrieval.training.reader import CrossModel, Plan, loss, sentence_scores, steps, train
from retrieval.types import Span

CPU = torch.device("cpu")
PLAN = Plan(epochs=4, size=4, rate=5e-3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.make(tmp_path_factory.mktemp("small") / "it")


@pytest.fixture
def layouts(folder: Path) -> Layouts:
    return Layouts(Tokenizer.from_file(str(folder / "tokenizer.json")))


def model(folder: Path) -> CrossModel:
    torch.manual_seed(5)
    return CrossModel(AutoModel.from_pretrained(folder, attn_implementation="eager"))


def made(count: int) -> list[Group]:
    """Questions whose answer stands where "met" does, or nowhere."""
    dice = random.Random(1)  # noqa: S311
    groups = []
    for number in range(count):
        sentences = ["the harbour opened .", "the envoy in a harbour .", "a harbour ."]
        dice.shuffle(sentences)
        right = None
        if number % 3:
            right = (0, dice.randrange(3))
            sentences[right[1]] = "the envoy met ."
        groups.append(Group("who met ?", (("", tuple(sentences)),), right,
                            Span(4, 9) if right else None))  # fmt: skip
    return groups


def mean_loss(it: CrossModel, layouts: Layouts, groups: list[Group]) -> float:
    with torch.no_grad():
        return float(loss(it.eval(), layouts, groups, CPU)[0])


def test_it_learns(folder: Path, layouts: Layouts, tmp_path: Path) -> None:
    it = model(folder)
    before = mean_loss(it, layouts, made(30))
    said: list[str] = []
    train(it, layouts, made(120), made(40), plan=PLAN, work=tmp_path, say=said.append)
    assert mean_loss(it, layouts, made(30)) < 0.8 * before
    assert said[-1].startswith("132/132 loss ")
    table = AutoModel.from_pretrained(folder).embeddings.word_embeddings.weight
    assert torch.equal(it.encoder.embeddings.word_embeddings.weight, table)


def test_it_goes_on_where_it_was_stopped(folder: Path, layouts: Layouts, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(_line: str) -> None:
        raise StoppedError

    def trained(it: CrossModel, work: Path, say: Callable[[str], object]) -> CrossModel:
        work.mkdir(exist_ok=True)
        train(it, layouts, made(480), [], plan=Plan(epochs=1, size=4), work=work, say=say)
        return it

    said: list[str] = []
    whole = trained(model(folder), tmp_path / "whole", said.append)
    assert [line.split()[0] for line in said] == ["100/120", "120/120"]
    parted = tmp_path / "parted"
    with pytest.raises(StoppedError):
        trained(model(folder), parted, lambda line: stop(line) if line.startswith("120/") else None)
    assert torch.load(parted / "checkpoint.pt")["done"] == 100
    further: list[str] = []
    resumed = trained(model(folder), parted, further.append)
    assert [line.split()[0] for line in further] == ["120/120"]
    for name, value in whole.state_dict().items():
        assert torch.allclose(value, resumed.state_dict()[name], atol=1e-4), name


def test_every_group_is_learned_from_once_an_epoch() -> None:
    groups = [Group(f"q{i}", (("", ("a . ",)),)) for i in range(37)]
    singles = [Group(f"s{i}", (("", ("b . ",)),)) for i in range(10)]
    seen = [
        g.question.lower() for some in steps(groups, singles, Plan(epochs=2, size=4)) for g in some
    ]
    for group in groups:
        assert sum(q.startswith(group.question) or group.question in q for q in seen) >= 2
    assert len(seen) == 2 * 37 + 10
    assert (
        sum(
            "b" in g.passages[0][1][0]
            for some in steps(groups, singles, Plan(size=4))
            for g in some
        )
        == 10
    )


def test_what_is_doubtful_counts_neither_way(folder: Path, layouts: Layouts) -> None:
    it = model(folder).eval()
    passages = (("", ("the envoy met .", "a harbour .")),)
    plain = Group("who met ?", passages, (0, 0), Span(4, 9))
    doubtful = Group("who met ?", passages, (0, 0), Span(4, 9), frozenset({(0, 1)}))
    with torch.no_grad():
        assert loss(it, layouts, [doubtful], CPU)[0] < loss(it, layouts, [plain], CPU)[0]


def test_what_is_exported_says_what_the_model_says(
    folder: Path, layouts: Layouts, tmp_path: Path
) -> None:
    it = model(folder).eval()
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    sentences = ["the envoy met in a harbour .", "the harbour opened ."]
    layout = layouts("who met ?", "the harbour", sentences)
    with torch.no_grad():
        marks, words = it(*(torch.tensor([row]) for row in
                            (layout.ids, [1] * len(layout.ids), layout.types)))  # fmt: skip
    expected = sentence_scores(layout, marks[0], words[0]).tolist()
    for int8, tolerance in ((False, 1e-4), (True, 0.1)):
        export(it, tmp_path / "model.onnx", int8=int8)
        read = CrossReader(tmp_path).read("who met ?", "the harbour", sentences)
        assert [r.answers for r in read] == pytest.approx(expected, abs=tolerance)
        assert np.isfinite([r.certainty for r in read]).all()
