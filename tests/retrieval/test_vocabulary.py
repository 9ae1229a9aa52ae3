"""What a question's word may mean: names spelt otherwise, slips, and words that are neither."""

import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.answer import Engine
from retrieval.text import STOP_WORDS, stem, words
from retrieval.vocabulary import Vocabulary

TEXTS = (
    "Yesterday President Zelensky met Sergey Lavrov in Kyiv. The president of Ukraine left Kiev.",
    "Later Mr Zelenskyy said that Sergei and Nord Stream mattered, as did Germany and Russia.",
    "They spoke with Jens Stoltenberg of NATO in Reykjavik about the sanctions on a pipeline.",
    "A vote of the Senate came to nothing.",
    "As all may read, Trevor Reed, too, was held in Russia.",
    "In Crimea and in Stockholm the troops were met by Victor Orban; they boiled potatoes.",
)
VOCABULARY = Vocabulary.of((text, words(text)) for text in TEXTS)


def variants(word: str, *, is_word: bool = False, foreign: bool = False) -> dict[str, float]:
    (found,) = words(word)
    meant = VOCABULARY.variants(found.folded, is_word=is_word, foreign=foreign)
    return {variant.folded: variant.weight for variant in meant}


# Names


@pytest.mark.parametrize("asked", ["Zelensky", "Zelenskiy", "Zelenskyy", "zelenski", "Zelenskij"])
def test_a_name_is_met_in_every_spelling(asked: str) -> None:
    assert set(variants(asked)) >= {"zelensky", "zelenskyy"}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Kyiv", {"kyiv", "kiev"}),
        ("Kiev", {"kiev", "kyiv"}),
        ("Sergey", {"sergey", "sergei"}),
        ("Sergei", {"sergei", "sergey"}),
        ("Reykjavík", {"reykjavik"}),
        ("Orbán", {"orban"}),
        ("nato", {"nato"}),
    ],
)
def test_spellings_of_a_name_are_met_though_each_is_a_common_word(
    asked: str, meant: set[str]
) -> None:
    assert set(variants(asked, is_word=True)) == meant


def test_the_very_word_comes_first() -> None:
    assert next(iter(variants("Kiev"))) == "kiev"
    assert variants("Kiev")["kiev"] == 1
    assert variants("Kiev")["kyiv"] < 1


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Лавров", "lavrov"),
        ("Стокгольм", "stockholm"),
        ("Киев", "kiev"),
        ("Зеленский", "zelensky"),
        ("Σεργκέι", "sergei"),
    ],
)
@pytest.mark.parametrize("foreign", [False, True])
def test_a_name_is_met_in_another_script(asked: str, meant: str, *, foreign: bool) -> None:
    assert meant in variants(asked, foreign=foreign)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("German", "germany"), ("Russian", "russia"), ("Ukrainian", "ukraine"), ("Crimean", "crimea")],
)
def test_a_people_meets_its_place(asked: str, meant: str) -> None:
    assert meant in variants(asked, is_word=True)


# Slips


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("rejkjavik", "reykjavik"),
        ("stoltenburg", "stoltenberg"),
        ("abuot", "about"),
        ("tropps", "troops"),
        ("asnctions", "sanctions"),
    ],
)
def test_a_slip_is_met(asked: str, meant: str) -> None:
    assert list(variants(asked)) == [meant]


def test_words_written_together_are_met_apart() -> None:
    assert variants("nordstream") == {"nord": 1, "stream": 1}


@pytest.mark.parametrize(
    "asked", ["hotel", "vienna", "boil", "oslo", "lavender", "road", "meat", "read", "sent"]
)
def test_a_common_word_is_no_slip(asked: str) -> None:
    meant = variants(asked, is_word=True)
    assert {stem(word) for word in meant} <= {stem(asked)}


@pytest.mark.parametrize(
    "asked", ["ice", "xyz", "qwertyuiop", "bitcoin", "strawberry", "kaffee", "qiev"]
)
def test_a_word_that_is_near_none_means_none(asked: str) -> None:
    assert variants(asked) == {}


@pytest.mark.parametrize("asked", ["東", "拉", "京"])
def test_a_single_ideograph_is_not_spelt_out(asked: str) -> None:
    assert variants(asked) == {}


def test_in_another_language_only_names_are_met() -> None:
    assert variants("presidente") == {"president": 0.85}
    assert variants("sancions", foreign=True) == {}
    assert variants("Stokholm", foreign=True) == {"stockholm": 0.9}


# Names and words of a collection


def test_a_capital_inside_a_sentence_makes_a_name() -> None:
    text = "Words open. Sentences too: Colons as well. “Quotes” do; but Names are, and so is NATO."
    vocabulary = Vocabulary.of([(text, words(text))])
    named = {word for word in vocabulary.counts if vocabulary.is_name(word)}
    assert named == {"names", "nato"}
    assert not vocabulary.is_name("unknown")
    assert "words" in vocabulary
    assert "unknown" not in vocabulary


def test_a_name_that_mostly_opens_sentences_is_one() -> None:
    text = "Oban lies there. Oban is small. Oban, they say, grew. Nobody was in Oban; it was wet."
    vocabulary = Vocabulary.of([(text, words(text))])
    assert {word for word in vocabulary.counts if vocabulary.is_name(word)} == {"oban"}


def test_a_word_that_is_mostly_no_name_is_none() -> None:
    text = "They price it at a price that Price never named."
    assert not Vocabulary.of([(text, words(text))]).is_name("price")


def test_a_long_text_takes_time_in_proportion() -> None:
    # With anything that grows as the square of the length this would not end today.
    text = "in Oban " * 200_000
    assert Vocabulary.of([(text, words(text))]).counts == {
        "in": (200_000, 0),
        "oban": (0, 200_000),
    }


@given(texts=st.lists(st.text(max_size=40), max_size=5))
def test_what_is_saved_is_what_is_loaded(
    texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("vocabulary") / "words"
    vocabulary = Vocabulary.of((text, words(text)) for text in texts)
    vocabulary.save(path)
    loaded = Vocabulary.load(path)
    assert loaded.counts == vocabulary.counts
    for word in vocabulary.counts:
        meant = vocabulary.variants(word, is_word=False)
        assert {v.folded: v.weight for v in meant} == {
            v.folded: v.weight for v in loaded.variants(word, is_word=False)
        }


# Whatever is typed

ANY_WORD = st.text(min_size=1, max_size=30) | st.sampled_from(sorted(STOP_WORDS))


@given(ANY_WORD, st.booleans(), st.booleans())
@example("\u0640" * 4, False, False)
@example("\ua72a\u0627" * 2, False, False)
@example("u.s", False, False)
@example("\ud800abcd", False, False)
def test_any_word_means_known_words_with_weights(
    word: str,
    is_word: bool,
    foreign: bool,
) -> None:
    known = VOCABULARY.counts.keys() | STOP_WORDS
    stems = {stem(each) for each in known}
    for found in words(word):
        meant = VOCABULARY.variants(found.folded, is_word=is_word, foreign=foreign)
        assert all(0 < v.weight <= 1 for v in meant)
        assert all(v.folded in known or stem(v.folded) in stems for v in meant)
        assert [v.weight for v in meant] == sorted((v.weight for v in meant), reverse=True)
        assert len({v.folded for v in meant}) == len(meant)


def test_every_letter_of_unicode_means_something_or_nothing() -> None:
    for char in map(chr, range(sys.maxunicode + 1)):
        # Ninety thousand ideographs are much alike.
        if char.isalnum() and not (unicodedata.name(char, "").startswith("CJK") and ord(char) % 99):
            for found in words(char):
                assert VOCABULARY.variants(found.folded * 4, is_word=False) is not None


@pytest.mark.parametrize("asked", ["", " ", "\0", "'", "\ud800", "x" * 10_000])
def test_what_is_no_word_means_nothing(asked: str) -> None:
    assert VOCABULARY.variants(asked, is_word=False) == ()


def test_an_empty_vocabulary_knows_the_words_of_english_only(tmp_path: Path) -> None:
    Vocabulary({}).save(tmp_path / "words")
    empty = Vocabulary.load(tmp_path / "words")
    assert empty.variants("zelensky", is_word=False) == ()
    assert [v.folded for v in empty.variants("abuot", is_word=False)] == ["about"]


# The documents that come with the program


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Zelensky", {"zelensky", "zelenskiy", "zelenskyy"}),
        ("Zelenskiy", {"zelensky", "zelenskiy", "zelenskyy"}),
        ("Zelenskyy", {"zelensky", "zelenskiy", "zelenskyy"}),
        ("Kyiv", {"kyiv", "kiev"}),
        ("Kiev", {"kyiv", "kiev"}),
        ("Sergey", {"sergey", "sergei"}),
        ("Sergei", {"sergey", "sergei"}),
        ("rejkjavik", {"reykjavik"}),
        ("stoltenburg", {"stoltenberg"}),
        ("nordstream", {"nord", "stream"}),
        ("abuot", {"about"}),
        ("Лавров", {"lavrov"}),
        ("Стокгольм", {"stockholm"}),
        ("hotel", set()),
        ("Vienna", set()),
        ("boil", set()),
        ("Oslo", set()),
        ("guitar", set()),
        ("football", set()),
    ],
)
def test_words_meet_those_of_the_documents(
    asked: str, meant: set[str], seeds_engine: Engine
) -> None:
    (word,) = words(asked)
    is_word = seeds_engine.encoder.is_word(word.folded)
    found = seeds_engine.index.vocabulary.variants(word.folded, is_word=is_word)
    assert {variant.folded for variant in found} == meant
