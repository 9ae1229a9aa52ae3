"""The layers, their order, and what somebody is told who mistypes."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from config.settings import DEFAULT_FILE, Settings, SettingsError, keys, load

DEEP = "(" * 3000 + ")" * 3000


def refused(
    path: Path | None = None,
    *,
    overrides: dict[str, object] | None = None,
    environ: dict[str, str] | None = None,
) -> str:
    with pytest.raises(SettingsError) as caught:
        load(path, overrides=overrides, environ=environ or {})
    error = caught.value
    assert error.__context__ is None or error.__suppress_context__  # no library traceback behind
    return str(caught.value)


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_file_says_what_the_code_says() -> None:
    assert load(environ={}) == Settings()
    tables = tomllib.loads(DEFAULT_FILE.read_text(encoding="utf-8"))
    listed = [f"{section}.{key}" for section, table in tables.items() for key in table]
    assert listed == list(keys())


def test_every_key_in_the_file_has_one_line_of_comment() -> None:
    lines = DEFAULT_FILE.read_text(encoding="utf-8").splitlines()
    at = [number for number, line in enumerate(lines) if re.match(r"\w+ = ", line)]
    assert len(at) == len(keys())
    for number in at:
        assert re.match(r"# \S", lines[number - 1]), lines[number]
        assert not lines[number - 2].startswith("#"), f"one line is enough: {lines[number]}"


def test_every_number_is_bounded() -> None:
    def numeric(field: FieldInfo) -> bool:
        return field.annotation in (int, float)

    bounds = {
        key: {name for part in field.metadata for name in ("ge", "le") if hasattr(part, name)}
        for key, field in keys().items()
        if numeric(field)
    }
    assert bounds
    assert all(found == {"ge", "le"} for found in bounds.values()), bounds


def test_later_layers_win(tmp_path: Path) -> None:
    file = written(
        tmp_path, "[answer]\nquotes = 4\nmax_question = 99\n[search]\ncandidates = 7\n[index]\n"
    )
    environ = {"TALKS_ANSWER__QUOTES": "5", "TALKS_SEARCH__CANDIDATES": "8"}
    settings = load(file, overrides={"answer.quotes": 6}, environ=environ)
    assert settings.answer.quotes == 6
    assert settings.search.candidates == 8
    assert settings.answer.max_question == 99
    assert settings.lexical == Settings().lexical


def test_a_file_of_ones_own_replaces_the_usual_one_and_keeps_the_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), environ={}) == Settings()


def test_text_is_read_as_the_type_of_its_key() -> None:
    environ = {
        "TALKS_TERMINAL__HISTORY": "false",
        "TALKS_LEXICAL__K1": "0.9",
        "TALKS_INDEX__PATH": "/somewhere else/é",
        "TALKS_COLLECTION__FURNITURE": '["^page \\\\d+$"]',
    }
    settings = load(environ=environ, overrides={"answer.quotes": "2"})
    assert settings.terminal.history is False
    assert settings.lexical.k1 == 0.9
    assert settings.index.path == Path("/somewhere else/é")
    assert settings.collection.furniture == (r"^page \d+$",)
    assert settings.answer.quotes == 2


def test_the_environment_of_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALKS_ANSWER__QUOTES", "9")
    assert load().answer.quotes == 9
    assert Settings().answer.quotes == 3  # the bare class is the defaults


def test_other_variables_and_empty_ones_are_left_alone() -> None:
    environ = {"TALKS": "x", "TALKS_HOME": "x", "OTHER__KEY": "x", "TALKS_INDEX__PATH": ""}
    assert load(environ=environ) == Settings()


def test_frozen_and_closed() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.answer.quotes = 4  # type: ignore[misc]
    with pytest.raises(ValidationError):
        settings.answer = settings.answer  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(unknown={})  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[search]\ncandidate = 3", ["search.candidate;", "nearest", "search.candidates"]),
        ("[search]\nk1 = 3", ["search.k1;", "nearest", "lexical.k1"]),
        ("[serach]\ncandidates = 3", ["no section serach", "nearest", "search."]),
        ("quotes = 3", ["no section quotes", "nearest"]),
        ("search = 3", ["search is a section", "Write [search]"]),
        ('"search.candidates" = 3', ["search.candidates"]),
        ('[search]\n"\\u001b[31m" = 1', [r"\x1b[31m"]),
        ("[answer]\nquotes = 0", ["answer.quotes", "a whole number from 1 to 10", "not 0"]),
        ("[answer]\nquotes = 2.5", ["a whole number from 1 to 10", "not 2.5"]),
        ("[answer]\nquotes = true", ["a whole number from 1 to 10", "not True"]),
        ("[lexical]\nb = nan", ["a number from 0 to 1", "not nan"]),
        ("[encoder]\nprecision = 'int4'", ["one of auto, fp32, int8", "not 'int4'"]),
        ("[terminal]\nhistory = 'perhaps'", ["true or false", "not 'perhaps'"]),
        ("[index]\npath = ''", ["index.path", "a path", "empty"]),
        ("[collection]\nfurniture = ['(']", ["regular expression", "position 0"]),
        ("[collection]\nfurniture = ['a{99999999999999}']", ["collection.furniture", "too large"]),
        (f"[collection]\nfurniture = ['{DEEP}']", ["collection.furniture", "nested too deep"]),
        (f"[collection]\nfurniture = {'[' * 3000}{']' * 3000}", ["nested too deep"]),
        (f"[answer]\nquotes = {'9' * 5000}", ["is not TOML", "digits"]),
        ("[collection]\nfurniture = 'x'", ["a list of regular expressions"]),
        ("[search\n", ["is not TOML", "line 1"]),
    ],
)
def test_mistakes_in_the_file_are_named(tmp_path: Path, text: str, parts: list[str]) -> None:
    file = written(tmp_path, text)
    message = refused(file)
    assert str(file) in message
    for part in parts:
        assert part in message
    assert "\n" not in message
    assert "\x1b" not in message
    assert len(message) < len(str(file)) + 400


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "absent.toml")
    assert "directory" in refused(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# caf\xe9\n")
    assert "not UTF-8" in refused(latin)


@pytest.mark.parametrize(
    ("name", "value", "parts"),
    [
        ("TALKS_SEARCH__CANDIDATE", "3", ["nearest known one is search.candidates"]),
        ("TALKS_SERACH__CANDIDATES", "3", ["nearest known one is search.candidates"]),
        ("TALKS_SEARCH__A__B", "3", ["search.a__b"]),
        ("TALKS_ANSWER__QUOTES", "many", ["a whole number from 1 to 10", "not 'many'"]),
        ("TALKS_COLLECTION__FURNITURE", "x", ["a list is written as JSON"]),
        ("TALKS_COLLECTION__FURNITURE", "[" * 9000, ["a list is written as JSON"]),
    ],
)
def test_mistakes_in_the_environment_are_named(name: str, value: str, parts: list[str]) -> None:
    message = refused(environ={name: value})
    for part in [f"environment variable {name}", *parts]:
        assert part in message


def test_mistakes_in_overrides_are_named() -> None:
    assert "nearest known one is answer.quotes" in refused(overrides={"answer.quote": 1})
    assert "The override answer.quotes" in refused(overrides={"answer.quotes": 99})
    assert "no section quotes" in refused(overrides={"quotes": 99})


def test_the_blame_goes_to_the_layer_that_won() -> None:
    message = refused(environ={"TALKS_ANSWER__QUOTES": "1"}, overrides={"answer.quotes": "x"})
    assert "override" in message
    assert "environment" not in message


def test_a_long_value_is_not_repeated_in_full() -> None:
    assert len(refused(overrides={"answer.quotes": "x" * 5000})) < 300


@given(key=st.text(), value=st.one_of(st.text(), st.integers(), st.floats(), st.none()))
def test_any_override_ends_in_settings_or_in_our_error(key: str, value: object) -> None:
    for name in (key, "answer.quotes", "collection.furniture", "index.path"):
        try:
            said = repr(load(environ={}, overrides={name: value}))
        except SettingsError as error:
            said = str(error)
        assert said.isprintable()


@pytest.mark.parametrize(
    ("line", "furniture"),
    [
        ("top of page", True),
        ("10 views0 comments", True),
        ("Follow us on social", True),
        ("keep readingShow less", True),
        ("Newsletter", True),
        ("© 2024 Somebody", True),
        ("Copyright © The Paper 2019. All rights reserved.", True),
        ("Share this on the big site", True),
        ("The talks will try to break a deadlock.", False),
        ("Latest reports say that the talks broke up.", False),
        ("Post on the border was attacked.", False),
        ("Copyright law was not discussed.", False),
        ("Search for peace goes on", False),
        ("No comment was made by the ministry.", False),
    ],
)
def test_furniture_patterns_take_furniture_and_leave_sentences(line: str, furniture: bool) -> None:
    patterns = Settings().collection.furniture
    met = any(re.fullmatch(pattern, line.strip(), re.IGNORECASE) for pattern in patterns)
    assert met == furniture
