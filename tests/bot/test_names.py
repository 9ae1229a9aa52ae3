"""Names to complete: runs of capitalised words, without what merely begins a sentence."""

from tiny import SOURCES

from bot.names import names
from retrieval.types import Kind, Region, Source, Span


def named(text, kind=Kind.BODY):
    region = Region(kind, Span(0, len(text)))
    return names([Source(SOURCES["nasty"].document, text, (region,))])


def test_names_are_runs_of_capitalised_words():
    assert set(named("Mayor Ida Brandt met Jens Stoltenberg in Port Ellen.")) == {
        "Mayor Ida Brandt",
        "Jens Stoltenberg",
        "Port Ellen",
    }


def test_the_word_that_begins_a_sentence_is_not_a_name_if_it_is_also_written_small():
    assert named(
        "The ferry saw where the pier was. Where the mayor? In The Hague, in the hall."
    ) == ("Hague",)


def test_small_words_may_join_a_name():
    assert named("he saw the Republic of the Congo and Ursula von der Leyen, Bank of England") == (
        "Republic of the Congo",
        "Ursula",
        "Leyen",
        "Bank of England",
    )


def test_punctuation_and_lines_end_a_name_and_a_possessive_is_dropped():
    assert named("with Ida, Jens\nPort Ellen’s mayor") == ("Ida", "Jens", "Port Ellen")


def test_the_most_frequent_comes_first():
    assert named("and Zoe, then Ida, then Zoe")[0] == "Zoe"


def test_furniture_has_no_names():
    assert named("Responsible Statecraft", Kind.FURNITURE) == ()
