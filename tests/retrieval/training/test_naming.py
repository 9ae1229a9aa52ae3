"""What is counted of named words, and the command that counts it."""

from dataclasses import replace
from pathlib import Path

import pytest
import reading

from retrieval.read import Judgement, Weights
from retrieval.training.collections import Subject
from retrieval.training.naming import exchanged, main, measure

# Declines whatever is asked as a near miss, or answers whatever is asked.
LEVEL = Judgement(*[Weights(1.0, {})] * 5)
NEVER = replace(LEVEL, answers=Weights(-2.0, {}))
ALWAYS = LEVEL


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("Who met Ida in Oban?", "Who met Ida in Bardel?", "bardel"),
        ("Who met Ida in Oban?", "Who met Ida in Oban?", ""),
        ("Who met Ida’s envoy", "Who met Góra’s envoy", "gora"),
    ],
)
def test_the_exchanged_word_is_found_again(before: str, after: str, word: str) -> None:
    assert exchanged(before, after) == word


def test_only_what_is_declined_counts_and_shares_are_shares(
    given_subjects: list[Subject],
) -> None:
    figures = measure(given_subjects, NEVER, most=20, seed=1)
    answerable = sum(e.answer is not None for s in given_subjects for e in s.examples)
    assert figures["near misses, answerable"] == answerable
    assert 0 < figures["near misses, exchanged"] <= answerable
    # The vectors of these tests mean nothing, so that few words go unmet by chance.
    assert all(0 <= value <= 1 for name, value in figures.items() if "misses" not in name)
    assert figures == measure(given_subjects, NEVER, most=20, seed=1)
    assert measure(given_subjects, ALWAYS, most=20, seed=1) == {
        "near misses, exchanged": 0, "near misses, answerable": 0,
    }  # fmt: skip


def test_the_command_says_its_figures(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = reading.write(tmp_path / "data.jsonl.gz", reading.examples(80))
    main([str(data), "--model", model, "--most", "5"])
    assert "near misses, exchanged: " in capsys.readouterr().err
