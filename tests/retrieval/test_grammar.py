"""Which language a question is in: German, Spanish, Russian, or none of them."""

from pathlib import Path

import pytest

from retrieval.dictionary import LANGUAGES
from retrieval.evaluate import read_questions
from retrieval.grammar import _ELSEWHERE, fits, grammar, language_of
from retrieval.text import STOP_WORDS

QUESTIONS = Path(__file__).parents[1] / "questions"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wie lange dauerten die Verhandlungen?", "de"),
        ("wer unterschrieb den vertrag", "de"),
        ("Was lehnten die Bürger ab?", "de"),
        ("Was will der Klempner mit seinem Geld kaufen?", "de"),
        # "Was" is English too, and so are "hat", "will" and "die".
        ("Was hat Macron gesagt?", "de"),
        ("was sagte lawrow", "de"),
        ("Was kostet die Brücke?", "de"),
        ("Was kostet die Maut?", "de"),
        ("Was passierte in Genf?", "de"),
        ("Was will Russland von der Nato?", "de"),
        ("¿Cuánto duró la reunión?", "es"),
        ("quien firmo el tratado en moscu", "es"),
        ("Сколько длились переговоры?", "ru"),
        ("переговоры в Женеве", "ru"),
        ("Что такое NATO?", "ru"),
        ("Что решили Путин и Зеленський?", "ru"),
        ("Кто сказал, что это незалежність?", "ru"),
        ("¿Quién es François Hollande?", "es"),
        ("como murio el capitan", "es"),
    ],
)
def test_a_language_is_recognised(question: str, language: str) -> None:
    assert language_of(question) == language


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?!",
        "1986",
        "who met in Reykjavik",
        "Los Angeles population",
        "who was El Niño named by",
        "die in war",
        "Das Kapital",
        "Lake Como",
        "Müller und Söhne",
        "What does 'Wer ist das?' mean?",
        "when did Der Spiegel report it",
        "blinken lavrov meeting duration",
        "Kiew",
        "vitamin E",
        "MIT professors",
        "San Francisco de la Vega",
        "東京はどこですか",
        "Was Lavrov invited",
        "Was Kyiv shelled",
        "was kyiv shelled",
        "Was Nord Stream sanctioned",
        "was macron late",
        "was it worth it",
        "was will smith slapped",
        "Was Ursula von der Leyen in Kyiv",
        "Como beat Inter",
    ],
)
def test_english_and_names_are_left_alone(question: str) -> None:
    assert language_of(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "où est la réunion à Genève",
        "Combien de temps a duré la grève ?",
        "Que s'est-il passé à Genève ?",
        "O que disse Lavrov sobre a NATO?",
        "Que países são membros da OTAN?",
        "Cosa ha detto Lavrov sulla Nato?",
        "Care este numele capitanului?",
        "Wie heeft het verdrag ondertekend?",
        "Що сказав Лавров про НАТО?",
        "Куди хотів дістатися капітан?",
        "Кой подписа договора?",
        "Ко је потписао споразум?",
    ],
)
def test_a_neighbour_is_not_taken_for_one_of_the_languages(question: str) -> None:
    assert language_of(question) is None


def test_of_the_questions_to_the_first_collection_only_the_foreign_ones_are_taken() -> None:
    rows = read_questions(QUESTIONS / "seeds.jsonl")
    taken = {row.id for row in rows if language_of(row.question)}
    assert taken == {row.id for row in rows if row.kind == "other_language"}
    assert taken


def test_no_english_function_word_tells_another_language() -> None:
    for code in LANGUAGES:
        assert not grammar(code).telling & STOP_WORDS


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_word_of_a_language_tells_its_neighbours(code: str) -> None:
    assert not grammar(code).entries.keys() & _ELSEWHERE


# The tables


def test_a_word_is_found_as_spelt_and_without_its_accents() -> None:
    entries = grammar("es").entries
    assert (("cuánto", "tiempo"), "how long") in entries["cuánto"]
    assert (("cuanto", "tiempo"), "how long") in entries["cuanto"]
    assert entries["quién"][0][1] == "who"
    assert entries["que"][-1] == (("que",), "that")  # the table has it without, too


def test_of_several_entries_of_a_word_the_longest_comes_first() -> None:
    parts = [parts for parts, _ in grammar("de").entries["wie"]]
    assert len(parts) > 2
    assert [len(p) for p in parts] == sorted(map(len, parts), reverse=True)


def test_an_entry_fits_words_that_begin_with_it() -> None:
    assert fits(("wie", "lang*"), ["wie", "lange", "noch"])
    assert not fits(("wie", "lang*"), ["wie", "oft"])
    assert not fits(("wie", "lang*"), ["wie"])
