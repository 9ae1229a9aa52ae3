"""Words stand where they are said to stand; forms of one word meet, different words do not."""

import sys
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
import snowballstemmer
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text import STOP_WORDS, fold, stem, tokens, words

any_text = st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Straße", "strasse"),
        ("d’État — “now”", 'd\'etat - "now"'),
        ("US∕NATO", "us/nato"),
        ("no\u00a0break", "no break"),
        ("Łódź Ærø İstanbul", "lodz aero istanbul"),
        ("ＮＡＴＯ ２", "nato 2"),
        ("so\u00adft zero\u200bwidth \u202eturned", "soft zerowidth turned"),
        ("Ёлка Сергей", "елка сергеи"),
        ("السَّلام", "السلام"),
        ("が", "が"),
        ("한국", "한국"),
        ("´", "'"),
    ],
)
def test_fold(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(any_text)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(any_text)
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(any_text)
def test_words_are_in_order_inside_the_text_and_apart(text: str) -> None:
    end = 0
    for word in words(text):
        assert end <= word.span.start < word.span.end <= len(text)
        assert word.folded
        assert not text[word.span.start].isspace()
        assert not text[word.span.end - 1].isspace()
        end = word.span.end


@given(any_text, any_text)
def test_a_word_stays_the_same_wherever_it_stands(before: str, after: str) -> None:
    text = f"{before} Reykjavik {after}"
    spans = {word.span.start: word for word in words(text)}
    word = spans[len(before) + 1]
    assert text[word.span.start : word.span.end] == "Reykjavik"
    assert word.folded == "reykjavik"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Russia’s allies' don't we're", ["russia", "allies", "dont", "we"]),
        ("O’Brien d'état", ["obrien", "detat"]),
        ("co-operate re\u2011elect de-escalate", ["cooperate", "reelect", "deescalate"]),
        ("pro-Russian Nord-Stream co-2", ["pro", "russian", "nord", "stream", "co", "2"]),
        ("US∕NATO sovereignty???Germany", ["u.s", "nato", "sovereignty", "germany"]),
        ("100,000 20.5 30-minute 1,2", ["100000", "20.5", "30", "minute", "1,2"]),
        ("133% of $20", ["133", "percent", "of", "dollar", "20"]),
        ("٢٠٢١", ["2021"]),
        ("J.K. Rowling at 5 a.m.", ["jk", "rowling", "at", "5", "a.m"]),
        ("你好，Привет", ["你", "好", "привет"]),
        ("हिन्दी שלום مرحبا", ["हिन्दी", "שלום", "مرحبا"]),
        ("❤️ 👩\u200d💻 \u200b\u0301 \0 _ -", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert [word.folded for word in words(text)] == found


def test_a_possessive_is_not_in_the_span_and_the_dots_of_initials_are() -> None:
    text = "The U.S. “Russia’s"
    assert [text[w.span.start : w.span.end] for w in words(text)] == ["The", "U.S.", "Russia"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("U.S. troops", "US troops"),
        ("USA", "U.S."),
        ("N.A.T.O.", "Nato"),
        ("the U.K.", "UK"),
        ("cooperation", "co-operate"),
        ("meeting", "meetings"),
        ("100,000", "100000"),
        ("café", "cafe\u0301s"),
        ("Zelensky’s", "zelensky"),
    ],
)
def test_forms_that_meet(one: str, other: str) -> None:
    assert tokens(one) == tokens(other) != ()


def test_a_country_is_not_a_pronoun() -> None:
    assert tokens("They told us who it was") == ("told",)
    assert tokens("The US and the WHO") == ("u.s", "w.h.o")
    # Where everything is in capitals they say nothing.
    assert tokens("WHO TOLD US THAT") == ("told",)


def test_stop_words_are_in_the_form_words_have() -> None:
    assert {word.folded for stop in STOP_WORDS for word in words(stop)} == STOP_WORDS


@given(any_text)
def test_tokens_are_the_stems_of_the_words_that_are_left(text: str) -> None:
    left = [word.folded for word in words(text) if word.folded not in STOP_WORDS]
    assert tokens(text) == tuple(map(stem, left))


@pytest.fixture
def hurried() -> Iterator[None]:
    """Let threads interrupt each other as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried")
def test_threads_do_not_spoil_each_others_stems() -> None:
    letters = ["".join(pair) for pair in product("bcdfglmnprst", repeat=2)]
    shares = [
        [f"{start}otiat{ending}" for ending in ("ing", "ed", "ions") for start in letters[n::4]]
        for n in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda share: [stem(word) for word in share], shares))
    alone = snowballstemmer.stemmer("english")
    assert found == [alone.stemWords(share) for share in shares]
