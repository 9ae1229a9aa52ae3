"""Common English words, and which of them a slip means."""

import pytest

from retrieval.english import is_english, slip_of


@pytest.mark.parametrize("word", ["the", "quitting", "disapprove", "ceasefire", "geneva"])
def test_common_words_are_known(word: str) -> None:
    assert is_english(word)


@pytest.mark.parametrize("word", ["", "newpaper", "teh", "tenons", "The", "зима"])
def test_what_is_rare_or_a_slip_is_no_common_word(word: str) -> None:
    assert not is_english(word)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("newpaper", "newspaper"),
        ("octobr", "october"),
        ("officialy", "officially"),
        ("forign", "foreign"),
        ("teh", None),  # too short to tell
        ("primminister", None),
        ("blorfwibble", None),
        ("", None),
    ],
)
def test_a_slip_means_the_likeliest_common_word(typed: str, meant: str | None) -> None:
    assert slip_of(typed) == meant
