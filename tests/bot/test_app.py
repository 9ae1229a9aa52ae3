"""The composition root: settings reach what they are for, and asking loads no model."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot import app
from bot.errors import Ending
from bot.ports import App
from bot.terminal.opening import open_or_build
from config.settings import Settings, SettingsError
from retrieval.answer import Engine
from retrieval.errors import CollectionError, EncoderError, IndexMissingError, IndexStaleError
from retrieval.types import Abstained, Found, Kind

ROOT = Path(__file__).parents[2]
QUESTION = "Who met in Reykjavik?"
HEAVY = {"torch", "sentence_transformers", "transformers", "onnx", "rank_bm25", "filelock"}


def silent(_step: str, _done: int, _total: int) -> None:
    """Report no progress."""


def changed(settings: Settings, **overrides: object) -> Settings:
    """Return settings with others in place: changed(s, answer__quotes=1)."""
    given = {name.replace("__", "."): value for name, value in overrides.items()}
    base = {
        "collection.seeds": settings.collection.seeds,
        "index.path": settings.index.path,
    }
    return app.load_settings(None, {**base, **given})


def talks(
    settings: Settings, *arguments: str, python: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    chosen = [f"--set=index.path={settings.index.path}", f"--seeds={settings.collection.seeds}"]
    return subprocess.run(
        [sys.executable, *python, "-m", "bot", *arguments[:1], *chosen, *arguments[1:]],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("TALKS_")},
    )


def test_it_has_all_that_the_terminal_asks_for() -> None:
    wanted = {name for name in vars(App) if not name.startswith("_")}
    assert len(wanted) >= 5
    assert wanted <= vars(app).keys()


# Settings and folders


def test_settings_are_read_with_what_is_laid_over_them(tmp_path: Path) -> None:
    (tmp_path / "talks.toml").write_text("[answer]\nquotes = 2\nhits = 9\n")
    settings = app.load_settings(tmp_path / "talks.toml", {"answer.hits": "4"})
    assert (settings.answer.quotes, settings.answer.hits) == (2, 4)
    with pytest.raises(SettingsError, match=r"answer\.quotes"):
        app.load_settings(None, {"answer.quote": 1})


def test_each_collection_has_an_index_of_its_own(tmp_path: Path) -> None:
    for parent in ("a", "b"):
        (tmp_path / parent / "seeds").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a" / "seeds")

    def folder(seeds: Path) -> Path:
        return app.index_folder(
            app.load_settings(None, {"collection.seeds": seeds, "index.path": tmp_path / "i"})
        )

    assert folder(tmp_path / "a" / "seeds") != folder(tmp_path / "b" / "seeds")
    assert folder(tmp_path / "a" / "seeds") == folder(tmp_path / "b" / ".." / "a" / "seeds")
    assert folder(tmp_path / "a" / "seeds") == folder(tmp_path / "link")
    assert folder(tmp_path / "a" / "seeds").parent == tmp_path / "i"


def test_the_collection_is_read_with_the_furniture_patterns(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A sentence of text.\n\nRemove this line\n")
    settings = app.load_settings(
        None, {"collection.seeds": tmp_path, "collection.furniture": ("remove this line",)}
    )
    (source,) = app.load_sources(settings)
    assert [region.kind for region in source.regions] == [Kind.BODY, Kind.FURNITURE]
    assert app.check_collection(settings)  # no catalogue: said so
    with pytest.raises(CollectionError):
        app.load_sources(app.load_settings(None, {"collection.seeds": tmp_path / "nowhere"}))


# The index


def test_an_index_that_is_up_to_date_is_not_built_again(seeds_settings: Settings) -> None:
    assert not app.build_index(seeds_settings, progress=silent)


def test_no_index_is_said_so(seeds_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="run `talks index`"):
        app.open_engine(changed(seeds_settings, index__path=tmp_path))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("passages.max_chars", 500),
        ("passages.max_sentences", 2),
        ("lexical.k1", 2),
        ("lexical.b", 0.1),
        ("encoder.precision", "fp32"),
        ("encoder.model", "another/model"),
    ],
)
def test_what_the_index_was_built_with_is_compared(
    key: str, value: object, seeds_settings: Settings
) -> None:
    with pytest.raises(IndexStaleError, match=rf"setting {key} was .*, is {value}"):
        app.open_engine(changed(seeds_settings, **{key.replace(".", "__"): value}))


def test_what_only_asking_uses_is_not(seeds_settings: Settings) -> None:
    app.open_engine(changed(seeds_settings, search__candidates=5, encoder__threads=2))


@pytest.fixture
def copied(seeds_settings: Settings, tmp_path: Path) -> Settings:
    """A copy of the real index that may be damaged."""
    shutil.copytree(seeds_settings.index.path, tmp_path / "index")
    return changed(seeds_settings, index__path=tmp_path / "index")


def test_a_damaged_encoder_is_refused(copied: Settings) -> None:
    model = next(app.index_folder(copied).glob("encoder-*/model.onnx"))
    content = bytearray(model.read_bytes())
    content[len(content) // 3] ^= 1
    model.write_bytes(content)
    with pytest.raises(EncoderError, match=r"model\.onnx is not what was written → run `talks"):
        app.open_engine(copied)
    with pytest.raises(EncoderError):
        open_or_build(app, copied, progress=silent)


# Asking


def test_the_question_of_the_read_me_is_answered(seeds_engine: Engine) -> None:
    answer = seeds_engine.ask("who met in Reykjavik")
    assert isinstance(answer, Found)
    first = answer.evidence[0]
    assert first.citation.document.id == "002"
    assert "Blinken" in first.quote.text
    assert "Lavrov" in first.quote.text
    for evidence in answer.evidence:
        text = seeds_engine.sources[evidence.quote.doc_id].text
        span = evidence.quote.span
        assert text[span.start : span.end] == evidence.quote.text


def test_settings_reach_what_they_are_for(seeds_settings: Settings) -> None:
    one = app.open_engine(changed(seeds_settings, answer__quotes=1, search__dense_weight=0.1))
    answer = one.ask(QUESTION)
    assert isinstance(answer, Found)
    assert len(answer.evidence) == 1
    strict = app.open_engine(changed(seeds_settings, answer__threshold=1))
    assert isinstance(strict.ask(QUESTION), Abstained)
    short = app.open_engine(changed(seeds_settings, answer__max_question=5))
    assert isinstance(short.ask(QUESTION), Abstained)


def test_one_engine_answers_many_at_once(seeds_engine: Engine) -> None:
    questions = [QUESTION, "How long did the talks in Stockholm last?", "Who is Baerbock?"] * 8
    expected = [seeds_engine.ask(question) for question in questions]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(seeds_engine.ask, questions)) == expected


# In a process of its own


def test_asking_in_a_new_process_loads_no_model(seeds_settings: Settings) -> None:
    done = talks(seeds_settings, "ask", "--json", QUESTION, python=("-X", "importtime"))
    assert done.returncode == Ending.DONE, done.stderr
    assert json.loads(done.stdout)["quotes"][0]["document"]["id"] == "002"
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {"onnxruntime", "tokenizers", "retrieval.answer"} <= imported
    assert not {name for name in imported if name.partition(".")[0] in HEAVY}
    assert "retrieval.encode_original" not in imported


def test_help_loads_neither_arrays_nor_settings(seeds_settings: Settings) -> None:
    done = talks(seeds_settings, "--help", python=("-X", "importtime"))
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert not imported & {"bot.app", "onnxruntime", "tokenizers", *HEAVY}


def test_a_stale_index_ends_in_words(seeds_settings: Settings) -> None:
    done = talks(seeds_settings, "ask", "--set=lexical.k1=2", QUESTION)
    assert done.returncode == Ending.FAILURE
    assert done.stdout == ""
    assert "setting lexical.k1 was 1.2, is 2.0" in done.stderr
    assert "talks index" in done.stderr
    assert "Traceback" not in done.stderr
