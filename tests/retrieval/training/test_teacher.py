"""A teacher: it is given the reader's word pieces, in its own numbers."""

from pathlib import Path

import models
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from transformers import MPNetConfig, MPNetModel

from retrieval.crossread import Layouts
from retrieval.training.cross_model import loss
from retrieval.training.groups import Group
from retrieval.training.teacher import open_teacher

PIECES = "<s> <pad> </s> <unk> the a envoy met in opened ##s who . ? <mask>"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    folder = models.make(tmp_path_factory.mktemp("ours") / "it")
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save an MPNet of four layers whose words stand in other places."""
    folder = tmp_path_factory.mktemp("larger")
    torch.manual_seed(3)
    sizes = {**models.SIZES, "num_hidden_layers": 4, "vocab_size": len(PIECES.split())}
    MPNetModel(MPNetConfig(**sizes)).save_pretrained(folder)
    words = {piece: number for number, piece in enumerate(PIECES.split())}
    Tokenizer(WordPiece(words, unk_token="<unk>")).save(str(folder / "tokenizer.json"))
    return folder


def test_it_is_given_the_pieces_in_its_own_numbers(folder: Path, ours: Tokenizer) -> None:
    teacher = open_teacher(str(folder), ours).eval()
    theirs = Tokenizer.from_file(str(folder / "tokenizer.json"))
    asked = ours.encode("who met the envoys in a harbour ?").ids
    expected = ["<s>", "who", "met", "the", "envoy", "##s", "in", "a", "<unk>", "?", "</s>"]
    assert [theirs.id_to_token(int(i)) for i in teacher.encoder.pieces[asked]] == expected
    ids = torch.tensor([asked])
    given = {"attention_mask": torch.ones_like(ids)}
    with torch.no_grad():
        said = teacher.encoder(input_ids=ids, token_type_ids=torch.zeros_like(ids), **given)
        same = MPNetModel.from_pretrained(folder).eval()(
            input_ids=torch.tensor([[PIECES.split().index(piece) for piece in expected]]), **given
        )
    assert torch.allclose(said.last_hidden_state, same.last_hidden_state, atol=1e-5)


def test_at_first_it_says_that_nothing_answers(folder: Path, ours: Tokenizer) -> None:
    passages = (("", ("the envoy met .", "a harbour opened .")),) * 3
    groups = [Group("who met ?", passages), Group("who opened a harbour ?", passages)]
    _, right = loss(open_teacher(str(folder), ours), Layouts(ours), groups, torch.device("cpu"))
    assert right == 1.0


def test_its_lowest_layers_stay(folder: Path, ours: Tokenizer) -> None:
    layers = open_teacher(str(folder), ours).encoder.translated.encoder.layer
    learn = [all(p.requires_grad for p in layer.parameters()) for layer in layers]
    assert learn == [False, False, True, True]


def test_a_model_of_our_own_kind_can_teach(tmp_path: Path, ours: Tokenizer) -> None:
    teacher = open_teacher(str(models.make(tmp_path / "it")), ours)
    assert teacher.encoder.pieces.tolist() == list(range(ours.get_vocab_size()))
