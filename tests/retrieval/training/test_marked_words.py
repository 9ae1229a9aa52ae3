"""Marked words against those that people marked."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import reading

from retrieval.crossread import Read
from retrieval.training.marked_words import main, measure, overlap
from retrieval.types import Span


@pytest.mark.parametrize(
    ("one", "other", "f1"),
    [
        ("the Ferry", "ferry", 1),
        ("old ferry", "a Ferry", 1 / 1.5),
        ("the", "the", 0),
        ("Ida, Ida", "Ida", 1 / 1.5),
        ("", "x", 0),
        ("b c", "b c", 1),
    ],
)
def test_overlap_is_counted_in_words(one: str, other: str, f1: float) -> None:
    assert overlap(one, other) == pytest.approx(f1)


class First:
    """Always takes the first word of the sentence that is longest."""

    def read(self, question: str, title: str, sentences: Sequence[str]) -> list[Read]:
        return [Read(float(len(s)), Span(0, s.index(" ")), 0.0) for s in sentences]


def test_what_is_measured() -> None:
    examples = reading.examples(8)
    figures = measure(First(), examples)
    assert set(figures) == {
        "F1 of the marked words", "some marked word is right", "the right sentence comes first",
    }  # fmt: skip
    assert all(0 <= value < 1 for value in figures.values())
    assert measure(First(), [e for e in examples if e.answer is None]) == {}


def test_the_command_measures_the_reader_that_ships(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(reading.write(tmp_path / "data.jsonl.gz", reading.examples(4)))])
    assert "F1 of the marked words: " in capsys.readouterr().err
