"""Laying out question and passage, the words a model points to, and the reader that ships."""

from pathlib import Path

import models
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from retrieval.crossread import (
    FOLDER,
    MOST_ANSWER,
    MOST_ASKED,
    MOST_PIECES,
    NOTHING,
    WINDOW,
    CrossReader,
    Layout,
    Layouts,
    best_words,
    sentence_scores,
    windows,
)
from retrieval.errors import ReaderError
from retrieval.types import Span

QUESTION = "how long did the talks in Oban last"
PASSAGE = (
    "The ferry ministers met in Oban on Monday. ",
    "Their talks lasted 40 minutes, half of what was planned. ",
    "Nobody spoke of fish.",
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(FOLDER / "tokenizer.json"))


@pytest.fixture(scope="module")
def reader() -> CrossReader:
    return CrossReader(FOLDER)


def test_a_passage_is_laid_out_with_a_mark_before_each_sentence(tokenizer: Tokenizer) -> None:
    layout = Layouts(tokenizer)(QUESTION, "The Ferry", PASSAGE)
    written = [tokenizer.id_to_token(i) for i in layout.ids]
    assert written[0] == "[CLS]"
    assert written[-1] == "[SEP]"
    first, second, third = (i for i, piece in enumerate(written) if piece == "[SEP]")
    pieces = (piece.removeprefix("##") for piece in written[1:first])
    assert "".join(pieces) == QUESTION.lower().replace(" ", "")
    assert written[first + 1 : second] == ["the", "ferry"]
    assert third == len(written) - 1
    assert [i for i, piece in enumerate(written) if piece == "[CLS]"] == [0, *layout.marks]
    assert layout.types == [0] * (first + 1) + [1] * (len(written) - first - 1)
    for at, number, span in layout.words:
        piece = written[at].removeprefix("##")
        assert PASSAGE[number][span.start : span.end].lower() == piece
    in_sentences = [i for i in range(second + 1, third) if i not in layout.marks]
    assert [at for at, _, _ in layout.words] == in_sentences


@given(
    st.text(max_size=400),
    st.text(max_size=200),
    st.lists(st.text(max_size=600), min_size=1, max_size=8),
)
def test_anything_fits(question: str, title: str, sentences: list[str]) -> None:
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    layout = Layouts(tokenizer)(question, title, sentences)
    assert len(layout.ids) == len(layout.types) <= MOST_PIECES
    assert len(layout.marks) == len(sentences)
    assert layout.types.index(1) <= MOST_ASKED + 2
    for at, number, span in layout.words:
        assert layout.marks[number] < at
        assert 0 <= span.start <= span.end <= len(sentences[number])


@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_the_best_words_are_those_of_a_naive_search(count: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    words = [(i + 3, i % 2, Span(2 * i, 2 * i + 1)) for i in range(count)]
    chances = generator.normal(size=(count + 5, 2)).astype(np.float32)
    layout = Layout([0] * (count + 5), [0] * (count + 5), [0, 1], words)
    mine = [(at, span) for at, number, span in words if number == 1]
    found, certainty = best_words(layout, 1, chances)
    runs = [
        (chances[a, 0] + chances[b, 1], Span(first.start, last.end))
        for i, (a, first) in enumerate(mine)
        for b, last in mine[i : i + MOST_ANSWER]
    ]
    if not runs:
        assert found is None
        return
    assert certainty == pytest.approx(max(score for score, _ in runs))
    assert found == max(runs, key=lambda run: run[0])[1]


@given(st.integers(1, 5), st.lists(st.integers(0, 4), max_size=30), st.integers(0, 2**32 - 1))
def test_a_sentences_score_is_that_of_all_runs_of_its_words(
    sentences: int, of: list[int], seed: int
) -> None:
    generator = np.random.default_rng(seed)
    numbers = sorted(number % sentences for number in of)
    words = [(sentences + i, number, Span(0, 1)) for i, number in enumerate(numbers)]
    marks, chances = generator.normal(size=(40,)), generator.normal(size=(40, 2))
    layout = Layout([], [], list(range(sentences)), words)
    found = sentence_scores(layout, marks, chances)
    for number, score in enumerate(found):
        mine = [at for at, other, _ in words if other == number]
        runs = [chances[a, 0] + chances[b, 1] for a in mine for b in mine]
        expected = marks[number] + (np.log(np.exp(runs).sum()) if runs else NOTHING)
        assert score == pytest.approx(expected)


@given(st.lists(st.text(max_size=2 * WINDOW), max_size=20))
def test_every_sentence_is_in_one_window(sentences: list[str]) -> None:
    found = list(windows(sentences))
    assert [i for first, end in found for i in range(first, end)] == list(range(len(sentences)))
    for first, end in found:
        assert end == first + 1 or sum(map(len, sentences[first:end])) <= WINDOW


def test_a_long_passage_is_read_as_its_windows_are(reader: CrossReader) -> None:
    long = [f"{sentence}{'It rained on the harbour all day. ' * 6}" for sentence in PASSAGE * 2]
    read = reader.read(QUESTION, "The Ferry", long)
    assert len(list(windows(long))) == len(long) == len(read)
    for number, each in enumerate(read):
        # The sentence before is all that it is read with.
        shown = long[max(number - 1, 0) : number + 1]
        assert reader.read(QUESTION, "The Ferry", shown)[-1] == each
    assert read[0] != read[3]


def test_the_reader_that_ships_reads(reader: CrossReader) -> None:
    read = reader.read(QUESTION, "The Ferry", PASSAGE)
    assert np.argmax([r.answers for r in read]) == 1
    words = read[1].words
    assert words is not None
    assert "40" in PASSAGE[1][words.start : words.end]
    other = reader.read("who invented the telescope", "The Ferry", PASSAGE)
    assert max(r.answers for r in other) < read[1].answers
    again = reader.read(QUESTION, "The Ferry", PASSAGE)
    assert again == read


def test_it_reads_whatever_there_is(reader: CrossReader) -> None:
    strange = ["\0\x1b[31m ", "", " " * 50, "x" * 20_000, "\u202e\U0001f600", "a " * 5000]
    for sentences in (strange, strange[::-1], *([s] for s in strange)):
        read = reader.read("why " * 500, "t" * 1000, sentences)
        assert len(read) == len(sentences)
        assert all(np.isfinite(r.answers) for r in read)
        for sentence, each in zip(sentences, read, strict=True):
            assert each.words is None or 0 <= each.words.start <= each.words.end <= len(sentence)


def test_what_is_no_reader_is_refused(tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(ReaderError, match=r"cannot be loaded .* → install the program again"):
            CrossReader(folder)


def test_a_tokeniser_of_another_kind_is_refused() -> None:
    bare = Tokenizer.from_str(
        '{"version": "1.0", "model": {"type": "BPE", "vocab": {}, "merges": []}}'
    )
    with pytest.raises(ReaderError, match=r"no \[CLS\]"):
        Layouts(bare)


def test_the_small_model_of_the_tests_has_what_a_layout_needs(tmp_path: Path) -> None:
    folder = models.make(tmp_path / "it")
    layouts = Layouts(Tokenizer.from_file(str(folder / "tokenizer.json")))
    assert layouts("who met", "", ["the envoy met ."]).marks
