"""What a word of another language means: with its accents, without them, in another form."""

import gzip

import pytest

from retrieval.dictionary import FOLDER, LANGUAGES, dictionary, key, line
from retrieval.text import fold


def first(code: str, word: str) -> str:
    """What a word most likely means."""
    return next(iter(dictionary(code).meanings(key(word))), "")


def test_a_key_has_its_accents_and_no_capitals() -> None:
    assert key("Fähre") == key("FA\u0308HRE") == "fähre"
    assert key("Bosnien-Herzegowina") == "bosnien herzegowina"
    assert key("Straße") == "strasse"
    assert key("Самолёт") == "самолет"
    assert key("Край") == "край"


def test_a_line_has_a_word_with_its_accents_last_and_only_if_it_has_any() -> None:
    assert line("fähre", ["ferry"]) == "fahre\tferry\tfähre"
    assert line("boot", ["boat", "rowing boat"]) == "boot\tboat rowing_boat"


@pytest.mark.parametrize(
    ("code", "word", "means"),
    [
        ("de", "Fähre", "ferry"),
        ("de", "Fähren", "ferry"),
        ("de", "Faehre", "ferry"),
        ("de", "fahre", "driving"),
        ("de", "Küche", "kitchen"),
        ("de", "Türme", "towers"),
        ("de", "Tuerme", "towers"),
        ("de", "Turme", "towers"),  # typed without: what it would be with
        ("de", "Länder", "countries"),
        ("de", "fallen", "fallen"),  # and not "cases", as "Fällen" is
        ("es", "murió", "died"),
        ("es", "murio", "died"),
        ("es", "acción", "action"),
        ("ru", "пришёл", "came"),
        ("ru", "пришел", "came"),
    ],
)
def test_accents_tell_words_apart_and_may_be_left_out(code: str, word: str, means: str) -> None:
    assert first(code, word) == means


@pytest.mark.parametrize(
    ("code", "word", "means"),
    [
        ("de", "Streiks", "strike"),
        ("de", "Gewerkschaften", "union"),
        ("ru", "забастовкой", "strike"),
        ("es", "peajes", "toll"),
    ],
)
def test_what_is_corrected_by_hand_is_so_in_other_forms(code: str, word: str, means: str) -> None:
    assert first(code, word) == means


def test_a_compound_is_the_first_meanings_of_its_parts() -> None:
    assert first("de", "Brückenverhandlungen") == "bridge negotiations"
    assert first("es", "puentetratado") == ""
    assert first("de", "brücken" * 8 + "verhandlungen") == ""  # too long for a word


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("word", ["", "zxqwy", "aeqq", "\ud800"])
def test_what_is_no_word_means_nothing(code: str, word: str) -> None:
    assert dictionary(code).meanings(word) == ()


# What the dictionaries hold


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_dictionary_is_sorted_and_every_line_is_whole(code: str) -> None:
    lines = gzip.decompress((FOLDER / f"{code}.txt.gz").read_bytes()).splitlines()
    assert len(lines) > 20_000
    assert lines == sorted(lines)
    for written in lines:
        plain, meant, *spelt = written.decode().split("\t")
        word = (spelt or [plain])[0]
        assert word == key(word)
        assert plain == fold(word)
        assert spelt == ([word] if plain != word else [])
        assert meant.isascii()
        assert 1 <= len(meant.split()) <= 4


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("table", ["grammar", "words"])
def test_no_line_of_a_table_is_written_twice_or_in_vain(code: str, table: str) -> None:
    lines = (FOLDER / f"{code}.{table}.txt").read_text("utf-8").splitlines()
    said = [line.partition("=")[0].strip() for line in lines]
    assert all("=" in line for line in lines)
    # The collection's words, which they are compared with, have no accents.
    assert all(line.partition("=")[2].isascii() for line in lines)
    assert len(set(map(key, said))) == len(said)
