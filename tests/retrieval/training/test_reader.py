"""Training: it learns, goes on where it was stopped, and what it exports says the same."""

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import models
import numpy as np
import pytest
import reading
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from retrieval.crossread import CrossReader, Layouts
from retrieval.errors import ReaderError
from retrieval.training.cross_model import (
    CrossModel,
    FeatureDropout,
    figures,
    loss,
    sentence_scores,
)
from retrieval.training.export import export, restore
from retrieval.training.groups import Group
from retrieval.training.reader import (
    Plan,
    main,
    mixed,
    steps,
    train,
)
from retrieval.types import Span
from retrieval.weights import find_weights

CPU = torch.device("cpu")
PLAN = Plan(epochs=4, size=4, singles=0.25, rate=5e-3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.make(tmp_path_factory.mktemp("small") / "it")


@pytest.fixture
def layouts(folder: Path) -> Layouts:
    return Layouts(Tokenizer.from_file(str(folder / "tokenizer.json")))


def untrained(folder: Path) -> CrossModel:
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


def folder_in(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name


def mean_loss(it: CrossModel, layouts: Layouts, groups: list[Group]) -> float:
    with torch.no_grad():
        return float(loss(it.eval(), layouts, groups, CPU)[0])


def test_it_learns(folder: Path, layouts: Layouts, tmp_path: Path) -> None:
    it = untrained(folder)
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
        train(
            it, layouts, made(480), [], plan=Plan(epochs=1, size=4, dropout=0.1), work=work, say=say
        )
        return it

    said: list[str] = []
    whole = trained(untrained(folder), tmp_path / "whole", said.append)
    assert [line.split()[0] for line in said] == ["100/120", "120/120"]
    parted = tmp_path / "parted"
    with pytest.raises(StoppedError):
        trained(untrained(folder), parted, stop)
    assert torch.load(parted / "checkpoint.pt")["done"] == 100
    further: list[str] = []
    resumed = trained(untrained(folder), parted, further.append)
    assert [line.split()[0] for line in further] == ["120/120"]
    for name, value in whole.state_dict().items():
        assert torch.allclose(value, resumed.state_dict()[name], atol=1e-4), name


def test_every_group_is_learned_from_once_an_epoch() -> None:
    groups = [Group(f"q{i}", (("", ("a . ",)),)) for i in range(37)]
    singles = [Group(f"s{i}", (("", ("b . ",)),)) for i in range(10)]
    seen = [
        g.question.lower()
        for step in steps(groups, singles, Plan(epochs=2, size=4, singles=0.5))
        for g in step.groups
    ]
    for group in groups:
        assert sum(q.startswith(group.question) or group.question in q for q in seen) >= 2
    assert len(seen) == 2 * 37 + 10
    assert (
        sum(
            "b" in g.passages[0][1][0]
            for step in steps(groups, singles, Plan(size=4))
            for g in step.groups
        )
        == 10
    )


def test_later_epochs_repeat_what_was_made_in_another_order() -> None:
    groups = [Group(f"q{i}", (("", ("a . ",)),)) for i in range(37)]
    order = steps(groups, [], Plan(epochs=3, views=2, size=4))
    first, second, third = order[:10], order[10:20], order[20:]
    assert {id(step) for step in third} == {id(step) for step in first}
    assert [id(step) for step in third] != [id(step) for step in first]
    assert not {id(step) for step in second} & {id(step) for step in first}


def test_heads_can_learn_faster_than_the_encoder(
    folder: Path, layouts: Layouts, tmp_path: Path
) -> None:
    moved = {}
    for heads in (1.0, 1000.0):
        it = untrained(folder)
        before = deepcopy(it.state_dict())
        plan = Plan(epochs=1, size=4, rate=1e-6, heads=heads)
        train(it, layouts, made(20), [], plan=plan, work=folder_in(tmp_path, str(heads)), say=len)
        by_name = {n: float((v - before[n]).abs().max()) for n, v in it.state_dict().items()}
        moved[heads] = (
            by_name.pop("words.weight"),
            max(by_name[n] for n in by_name if n.startswith("encoder")),
        )
    assert moved[1.0][0] < 2 * moved[1.0][1]
    assert moved[1000.0][0] > 100 * moved[1000.0][1] > 0


def test_a_teacher_is_asked_once_of_what_is_repeated(
    folder: Path, layouts: Layouts, tmp_path: Path
) -> None:
    teacher = untrained(folder)
    asked: list[int] = []
    teacher.register_forward_hook(lambda *_: asked.append(1))
    plan = Plan(epochs=4, views=2, size=4)
    train(untrained(folder), layouts, made(20), [], plan=plan, work=tmp_path, say=len,
          teacher=teacher)  # fmt: skip
    assert len(asked) == 2 * 20 / 4


def test_what_is_doubtful_counts_neither_way(folder: Path, layouts: Layouts) -> None:
    it = untrained(folder).eval()
    passages = (("", ("the envoy met .", "a harbour .")),)
    plain = Group("who met ?", passages, (0, 0), Span(4, 9))
    doubtful = Group("who met ?", passages, (0, 0), Span(4, 9), frozenset({(0, 1)}))
    with torch.no_grad():
        assert loss(it, layouts, [doubtful], CPU)[0] < loss(it, layouts, [plain], CPU)[0]


def test_it_learns_from_a_teacher_what_nobody_marked(
    folder: Path, layouts: Layouts, tmp_path: Path
) -> None:
    teacher, pupil, alone = (untrained(folder) for _ in range(3))
    train(teacher, layouts, made(120), [], plan=PLAN, work=folder_in(tmp_path, "1"), say=len)
    groups = [replace(group, right=None, answer=None) for group in made(120)]
    plan = replace(PLAN, epochs=2)
    train(alone, layouts, groups, [], plan=plan, work=folder_in(tmp_path, "2"), say=len)
    train(
        pupil, layouts, groups, [], plan=plan, work=folder_in(tmp_path, "3"), say=len,
        teacher=teacher,
    )  # fmt: skip
    given = made(30)
    taught, untaught = (mean_loss(it, layouts, given) for it in (pupil, alone))
    assert mean_loss(teacher, layouts, given) < taught < 0.8 * untaught


def test_a_teacher_that_says_the_same_changes_nothing(folder: Path, layouts: Layouts) -> None:
    it = untrained(folder).eval()
    sure = [Group("who met ?", (("", ("a .",)),))]
    it.sentence[-1].bias.data.fill_(-50)  # that nothing answers is certain for both
    with torch.no_grad():
        value, _ = loss(it, layouts, sure, CPU, told=figures(it, layouts, sure, CPU))
    assert float(value) == pytest.approx(0, abs=1e-4)


def test_what_is_exported_says_what_the_model_says(
    folder: Path, layouts: Layouts, tmp_path: Path
) -> None:
    it = untrained(folder).eval()
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


def test_what_is_exported_can_be_trained_on(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    given, taken = untrained(folder), CrossModel(AutoModel.from_pretrained(folder))
    for value in given.parameters():
        torch.nn.init.normal_(value)
    export(given, path)
    restore(taken, path)
    for name, value in given.state_dict().items():
        if "pooler" not in name:  # takes no part in reading
            near = torch.allclose(
                taken.state_dict()[name], value, atol=float(value.abs().max()) / 60
            )
            assert near, name
    export(given, path, int8=False)
    for other in (path, tmp_path / "none.onnx", folder / "tokenizer.json"):
        with pytest.raises(ReaderError, match=r"cannot be trained on .* → give a reader"):
            restore(taken, other)


def test_whole_features_are_dropped_and_only_in_training() -> None:
    dropout = FeatureDropout()
    states = torch.ones(3, 5, 400)
    assert torch.equal(dropout(states), states)
    dropout.p = 0.25
    torch.manual_seed(1)
    left = dropout(states)
    assert left.unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert torch.equal(left, left[:, :1].expand_as(left))
    assert 0.2 < float((left == 0).float().mean()) < 0.3
    assert torch.equal(dropout.eval()(states), states)


def test_a_model_drops_features_as_planned(folder: Path, layouts: Layouts, tmp_path: Path) -> None:
    it = untrained(folder)
    assert it.dropouts
    assert not any(m.p for m in it.modules() if isinstance(m, torch.nn.Dropout))
    train(it, layouts, made(4), [], plan=Plan(epochs=1, dropout=0.1), work=tmp_path, say=len)
    assert {each.p for each in it.dropouts} == {0.1}


@pytest.mark.parametrize("share", [0.5, 0.75, 1.0])
def test_weights_are_mixed_with_earlier_ones(folder: Path, share: float) -> None:
    it = untrained(folder)
    earlier = {name: torch.zeros_like(value) for name, value in it.state_dict().items()}
    before = {name: value.clone() for name, value in it.state_dict().items()}
    mixed(it, earlier, share=share)
    for name, value in it.state_dict().items():
        counts = share if value.is_floating_point() else 1
        assert torch.allclose(value, before[name] * counts), name


def test_the_command_writes_a_reader_and_goes_on(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = reading.write(tmp_path / "data.jsonl.gz", reading.examples(280))
    asked = [str(data), "--model", model, "--work", str(tmp_path / "work"), "--epochs", "1"]
    own = reading.write_own(tmp_path / "own", [], [reading.examples(4, seed=5)])
    asked += ["--teacher", model, "--written", str(own)]
    main([*asked, "--out", str(tmp_path / "once")])
    assert capsys.readouterr().err.count("loss") == 3
    main([*asked, "--out", str(tmp_path / "again")])
    assert "loss" not in capsys.readouterr().err
    given = ("who met ?", "", ["the envoy met .", "a harbour ."])
    once, again, unseen = (
        CrossReader(tmp_path / name).read(*given) for name in ("once", "again", "work/unseen")
    )
    assert once == again != unseen


def test_the_command_goes_on_from_a_reader_and_writes_their_mean(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = reading.write(tmp_path / "data.jsonl.gz", reading.examples(280))
    asked = [str(data), "--model", model, "--epochs", "1"]
    first, further = tmp_path / "first", tmp_path / "further"
    main([*asked, "--work", str(tmp_path / "1"), "--out", str(first)])
    capsys.readouterr()
    main([*asked, "--work", str(tmp_path / "2"), "--out", str(further), "--start", str(first)])
    assert capsys.readouterr().err.count("loss") == 1
    with pytest.raises(SystemExit):
        main([*asked, "--work", str(tmp_path / "3"), "--own-alone"])
    assert "--own-alone needs --written" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*asked, "--work", str(tmp_path / "3"), "--share", "0"])
    assert "--share is more than 0" in capsys.readouterr().err
    assert not (tmp_path / "2" / "unseen").exists()

    def weights(path: Path) -> torch.Tensor:
        it = CrossModel(AutoModel.from_pretrained(find_weights(model).folder))
        restore(it, path / "model.onnx")
        return it.words.weight.detach()

    learned = torch.load(tmp_path / "2" / "go-3" / "checkpoint.pt")["model"]["words.weight"]
    mean = (weights(first) + learned) / 2
    assert torch.allclose(weights(further), mean, atol=float(mean.abs().max()) / 60)
    assert not torch.allclose(weights(further), learned, atol=1e-6)
