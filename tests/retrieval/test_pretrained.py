"""Readers of another make: what they say of each sentence, and names that are none of theirs."""

from pathlib import Path

import models
import numpy as np
import pytest
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from retrieval.crossread import CrossReader
from retrieval.errors import ReaderError
from retrieval.pretrained import ExtractiveReader, PairReader, open_reader

SENTENCES = ["The envoys met. ", "", "A harbour opened. "]
QUESTION = "who met in the harbour ?"


@pytest.fixture(scope="module")
def extractive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.make_reader(
        tmp_path_factory.mktemp("reader") / "it", "BertForQuestionAnswering", labels=2
    )


@pytest.fixture(scope="module", params=[1, 2])
def paired(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path_factory.mktemp("reader") / "it"
    return models.make_reader(folder, "BertForSequenceClassification", labels=request.param)


def test_the_one_that_ships_needs_no_name() -> None:
    assert isinstance(open_reader(""), CrossReader)


def test_one_of_our_own_kind_is_read_from_its_folder() -> None:
    assert isinstance(open_reader("retrieval/reader"), CrossReader)


def test_an_extractive_model_points_into_each_sentence(extractive: Path) -> None:
    reader = open_reader(str(extractive))
    assert isinstance(reader, ExtractiveReader)
    read = reader.read(QUESTION, "The Envoy", SENTENCES)
    for sentence, each in zip(SENTENCES, read, strict=True):
        assert np.isfinite(each.answers)
        if not sentence:
            assert each.words is None
            continue
        assert each.words is not None
        marked = sentence[each.words.start : each.words.end]
        assert marked
        assert marked == marked.strip()


def test_a_sentence_is_weighed_against_no_answer(extractive: Path) -> None:
    """The likeliest run of words in all, found by the naive way, is the one that is marked."""
    text = "The envoys met in a harbour."
    (read,) = open_reader(str(extractive)).read(QUESTION, "", [text])
    tokenizer = AutoTokenizer.from_pretrained(extractive)
    given = tokenizer(QUESTION, f"\n{text} ", return_offsets_mapping=True, return_tensors="pt")
    offsets = given.pop("offset_mapping")[0].tolist()
    with torch.inference_mode():
        found = AutoModelForQuestionAnswering.from_pretrained(extractive).eval()(**given)
    start, end = found.start_logits[0].double(), found.end_logits[0].double()
    inside = [i for i, part in enumerate(given.sequence_ids(0)) if part == 1]
    sums = {(a, b): float(start[a] + end[b]) for a in inside for b in inside if a <= b}
    first, last = max(sums, key=lambda run: sums[run])
    assert read.words is not None
    # The title's line stands before the sentence.
    assert (read.words.start, read.words.end) == (offsets[first][0] - 1, offsets[last][1] - 1)
    assert read.certainty == pytest.approx(sums[first, last], abs=1e-4)
    of_words = float(start[inside].logsumexp(0) + end[inside].logsumexp(0))
    assert read.answers == pytest.approx(of_words - float(start[0] + end[0]), abs=1e-4)


def test_a_cross_encoder_weighs_each_sentence(paired: Path) -> None:
    reader = open_reader(str(paired))
    assert isinstance(reader, PairReader)
    read = reader.read(QUESTION, "The Envoy", SENTENCES)
    assert [each.words for each in read] == [None] * 3
    alone = [reader.read(QUESTION, "The Envoy", [sentence])[0].answers for sentence in SENTENCES]
    assert [each.answers for each in read] == pytest.approx(alone, abs=1e-4)
    assert len(set(alone)) == 3


def test_what_does_not_fit_is_not_read(extractive: Path, paired: Path) -> None:
    long = ["the envoy met . " * 90, "a harbour", "\0 \x1b[31m \u202e"]
    for folder in (extractive, paired):
        reader = open_reader(str(folder))
        for question in (QUESTION, "who " * 900):
            read = reader.read(question, "the " * 300, long)
            assert len(read) == 3
            assert all(np.isfinite(each.answers) for each in read)


def test_what_is_no_reader_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"cannot be loaded.*check reader\.model"):
        open_reader(str(tmp_path))
    plain = models.make_reader(tmp_path / "plain", "BertModel")
    with pytest.raises(ReaderError, match="is a BertModel"):
        open_reader(str(plain))
