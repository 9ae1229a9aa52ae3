"""Which of a list of words is likeliest meant by a slip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.slips import distance, edits, nearest

WORDS = ("expert", "expect", "where", "were", "cause", "accuse", "treaty", "both", "boat", "dame")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("expekt", "expect"),  # by ear
        ("wehre", "where"),  # two letters swapped
        ("whre", "where"),  # one left out
        ("acuse", "accuse"),  # the first letter is seldom missed
        ("boht", "both"),
        ("traety", "treaty"),
    ],
)
def test_the_likeliest_word_comes_first(typed: str, meant: str) -> None:
    assert nearest(typed, WORDS, allowed=1)[0] == meant


@pytest.mark.parametrize(("typed", "allowed"), [("fame", 1), ("treaty", 0), ("", 2), ("xyz", 2)])
def test_what_is_nothing_like_any_is_none_of_them(typed: str, allowed: int) -> None:
    assert nearest(typed, WORDS, allowed=allowed) == []


@given(
    st.text("abcdet", min_size=1, max_size=9),
    st.lists(st.text("abcdet", min_size=1, max_size=9), unique=True),
    st.integers(0, 3),
)
def test_only_the_words_with_the_fewest_edits_are_meant(
    typed: str, among: list[str], allowed: int
) -> None:
    found = nearest(typed, among, allowed=allowed)
    within = [other for other in among if distance(typed, other) <= allowed]
    assert set(found) <= set(within)
    assert len({distance(typed, other) for other in found}) <= 1
    if typed in among and allowed:
        assert found == [typed]


def test_short_words_hide_no_edits() -> None:
    assert [edits("a" * length) for length in (1, 3, 4, 6, 7, 20)] == [0, 0, 1, 1, 2, 2]
