"""The prompt, in a real terminal, in a dumb one, and reading lines from a pipe."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from terminals import Terminal

TALKS = [sys.executable, str(Path(__file__).parents[1] / "tiny.py"), "repl"]
ROOT = Path(__file__).parents[3]
UP, CTRL_C, CTRL_D, TAB = "\x1b[A", "\x03", "\x04", "\t"


@pytest.fixture(autouse=True)
def index(tmp_path, monkeypatch):
    """An index that is up to date, and a home, of its own."""
    path = tmp_path / "index"
    path.write_text("fresh")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TALKS_DEBUG", "PAGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TALKS_INDEX__PATH", str(path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return path


@pytest.fixture
def history(tmp_path):
    return tmp_path / "state" / "talks" / "history"


def piped(lines, *options):
    return subprocess.run(
        [*TALKS, *options],
        input=lines if isinstance(lines, bytes) else lines.encode(),
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ},  # without it, also what readline set behind Python's back
    )


def said(lines, *options):
    done = piped(lines, *options)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return done.stdout.decode()


# Through a pipe


def test_lines_from_a_pipe_are_answered_without_prompts_and_escapes(history):
    out = said("who cut the ribbon\n\n:k 2\nferry forty cars")
    assert "   > Mayor Ida Brandt cut the ribbon.\n" in out
    assert "at most 2 quotes\n" in out
    assert "   > It carries forty cars.\n" in out
    assert "talks>" not in out
    assert "\x1b" not in out
    assert not history.exists()


def test_a_line_that_fails_is_told_and_the_rest_answered():
    done = piped(b"crash\n:opne\n:open 1\n\xff ribbon cut\n")
    assert done.returncode == 1
    assert b"Mayor Ida" in done.stdout
    assert done.stderr.decode().splitlines() == [
        "unexpected error: ZeroDivisionError",
        "Run it again with TALKS_DEBUG=1 in the environment to see where it happened.",
        "There is no command ':opne'. Did you mean ':open'? Known: :explain, :k, :source, :open, "
        ":sources, :set, :reload, :time, :new, :help, :quit.",
        "There is no answer yet. Ask something first.",
    ]


def test_nothing_from_a_pipe_is_nothing():
    assert said("") == ""


def test_a_question_leans_on_the_one_before_until_a_new_conversation():
    out = said("who cut the ribbon\nin may\n:new\nin may\n")
    before, after = out.split("a new conversation")
    assert "understood as: who cut the ribbon in may\n" in before
    assert "The documents come close to this, but do not answer it.\n" in after


def test_k_changes_how_many_quotes():
    assert "\n 2 >" not in said(":k 1\nferry forty cars")
    assert "\n 2 >" in said(":k 2\nferry forty cars")


def test_explain_and_time_are_switches():
    out = said(":explain on\nforty cars\n:explain\nforty cars\n:time\nforty cars\n")
    assert "explain is on\n" in out
    assert "explain is off\n" in out
    assert out.count("Why this:") == 1
    assert len(re.findall(r"^\d+\.\d ms$", out, re.MULTILINE)) == 1


def test_a_source_is_shown_with_lines_and_kinds_and_its_escapes_escaped():
    out = said(":source harbour\n:source nasty\n")
    assert "4  comment     ugly thing, the ferry was never on time\n" in out
    assert "wrote \\x1b[31mred" in out


def test_open_shows_a_quote_in_its_surroundings():
    assert said("forty cars\n:open 1\n").endswith(
        "     seeds/harbour.txt:3 (article text)\n"
        " 1 | A second ferry follows in May.\n"
        "   > It carries forty cars.\n"
        "   | It was built in Gdansk.\n"
    )


def test_open_works_for_the_closest_passages_too():
    assert "nasty.txt:1 (article text)" in said("lighthouse keepers\n:open 1\n")


def test_set_shows_and_changes():
    out = said(":set answer.quotes\n:set answer.quotes 1\n:set\nferry forty cars\n")
    assert out.startswith("answer.quotes = 3\nanswer.quotes = 1\n")
    assert "terminal.history = True\n" in out


def test_set_keeps_a_password_back():
    url = "postgresql://ida:pa@:/ss@db.example/talks"
    out = said(f":set state.url {url}\n:set state.url\n:set\n")
    assert out.count("state.url = postgresql://ida:***@db.example/talks\n") == 3
    assert "ss@" not in out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (":set answer.quotez 1", "answer.quotes"),
        (":set answer.quotez", "Did you mean 'answer.quotes'?"),
        (":set answer.quotes many", "answer.quotes"),
        (":k many", "not a number from 1 to 10"),
        (":k 11", "not a number from 1 to 10"),
        (":k ²", "not a number"),
        (":explain maybe", "neither on nor off"),
        (":source harbor", "Did you mean 'harbour'?"),
        (":source", "Did you mean"),
        ("forty cars\n:open 7", "no number 7"),
    ],
)
def test_what_cannot_be_done_is_told(line, told):
    done = piped(line + "\nribbon cut\n")
    assert done.returncode == 1
    assert told in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert b"Mayor Ida" in done.stdout


def test_help_lists_every_command():
    out = said(":help\n:quit\nnot reached\n")
    for name in [
        "explain",
        "k",
        "source",
        "open",
        "sources",
        "set",
        "reload",
        "time",
        "new",
        "help",
        "quit",
    ]:
        assert f"  :{name} " in out
    assert "The documents" not in out


def test_sources_lists_the_collection():
    assert "seeds/harbour.txt" in said(":sources\n")


def test_a_stale_index_is_told_and_reload_rebuilds_it(index):
    index.write_text("stale")
    done = piped("ribbon cut\n:reload\nribbon cut\n")
    assert b"harbour.txt changed since the index was built" in done.stderr
    assert b"encode" in done.stderr
    assert b"2 documents, index ffffffffffff\n" in done.stdout
    assert b"Mayor Ida" in done.stdout
    assert index.read_text() == "fresh"


def test_a_missing_index_is_built_with_progress_on_the_error_stream(index):
    index.unlink()
    done = piped("ribbon cut\n")
    assert (done.returncode, b"encode" in done.stderr) == (0, True)
    assert b"Mayor Ida" in done.stdout


def test_settings_that_cannot_be_read_end_the_command():
    done = piped("x\n", "--set", "answer.quotes=0")
    assert (done.returncode, done.stdout) == (2, b"")


# In a terminal


def test_a_question_typed_early_waits_for_the_index():
    with Terminal(TALKS, TINY_DELAY="1.5") as terminal:
        terminal.until("opening the index …").type("who cut the ribbon\r")
        terminal.until("opening the index (Ctrl-C stops waiting)").until("Mayor Ida Brandt").ready()
        assert "opening" not in terminal.text
        assert terminal.type(CTRL_D).ended() == 0


def test_leaving_does_not_wait_for_the_index():
    with Terminal(TALKS, TINY_DELAY="600") as terminal:
        terminal.until("opening the index …").type(CTRL_D)
        assert terminal.ended() == 0


def test_ctrl_c_cancels_the_question_or_clears_the_line():
    with Terminal(TALKS) as terminal:
        terminal.ready().type("slow\r").until("looking it up").type(CTRL_C).until(
            "cancelled"
        ).ready()
        terminal.type("never asked").until("never asked").type(CTRL_C).ready()
        terminal.type("forty cars\r").until("It carries forty cars.").ready()
        assert "never asked" in terminal.text
        assert terminal.type(":quit\r").ended() == 0


def test_tab_completes_commands_documents_settings_and_names():
    with Terminal(TALKS) as terminal:
        terminal.ready().type(":rel" + TAB).until("talks> :reload").type("\r")
        terminal.until("2 documents").ready()
        terminal.type(":source na" + TAB).until(":source nasty").type(CTRL_C).ready()
        terminal.type(":set answer.q" + TAB).until(":set answer.quotes").type(CTRL_C).ready()
        terminal.type("who is brand" + TAB).until("who is Mayor Ida Brandt")


def test_what_was_typed_is_remembered_for_its_owner_only(history):
    with Terminal(TALKS) as terminal:
        terminal.ready().type("forty cars\r").until("It carries").ready().type(CTRL_D)
        assert terminal.ended() == 0
    assert history.stat().st_mode & 0o777 == 0o600
    history.chmod(0o644)
    with Terminal(TALKS) as terminal:
        terminal.ready().type(UP).until("talks> forty cars")
    assert history.stat().st_mode & 0o777 == 0o600


def test_nothing_is_remembered_when_that_is_switched_off(history):
    with Terminal([*TALKS, "--set", "terminal.history=false"]) as terminal:
        terminal.ready().type("forty cars\r").until("It carries").ready().type(CTRL_D)
        assert terminal.ended() == 0
    assert not history.exists()


def test_a_history_that_cannot_be_written_is_told_and_done_without(history):
    history.parent.parent.write_text("a file where a folder should be")
    with Terminal(TALKS) as terminal:
        terminal.until("What you type will not be remembered.").ready()
        terminal.type("forty cars\r").until("It carries forty cars.")


def test_an_index_that_cannot_be_opened_leaves_the_prompt_usable(index):
    index.write_text("damaged")
    with Terminal(TALKS) as terminal:
        terminal.until("The index is not open: ask or type :reload").type("forty cars\r")
        terminal.until("vectors.npy is cut short.")
        terminal.type(":reload\r").until("2 documents, index").ready()
        terminal.type("forty cars\r").until("It carries forty cars.").ready()
        assert "The index is not open" not in terminal.text.splitlines()[-1]


def test_a_long_document_is_paged_and_a_short_one_is_not():
    with Terminal(TALKS, rows=4, PAGER="sed s/^/paged:/") as terminal:
        terminal.ready().type(":source harbour\r").until("paged:5  furniture").ready()
    with Terminal(TALKS, rows=40, PAGER="sed s/^/paged:/") as terminal:
        terminal.ready().type(":source harbour\r").until("5  furniture").ready()
        assert "paged" not in terminal.text


def test_escapes_of_a_document_never_reach_the_terminal():
    with Terminal(TALKS) as terminal:
        terminal.ready().type("ferry captain\r").until("\\x1b[31mred\\x1b[0m").ready()
        assert "\x1b[31mred" not in terminal.raw
        assert "\u202e" not in terminal.raw
        assert "\x1b]8" not in terminal.raw


def test_marks_are_bold_and_no_color_means_none():
    colour = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|4[0-7]|38;|48;)(?:;\d+)*m")
    with Terminal(TALKS) as terminal:
        terminal.ready().type("ugly thing\r").until("ugly thing, the ferry").ready()
        assert colour.search(terminal.raw)
    with Terminal(TALKS, NO_COLOR="1") as terminal:
        terminal.ready().type("ugly thing\r").until("ugly thing, the ferry").ready()
        assert not colour.search(terminal.raw)
        assert re.search(r"\x1b\[1m", terminal.raw)


def test_a_dumb_terminal_gets_a_prompt_and_no_escapes():
    with Terminal(TALKS, TERM="dumb") as terminal:
        terminal.ready().type("forty cars\r").until("   > It carries forty cars.").ready()
        terminal.type(":k 2\r").until("at most 2 quotes").ready()
        assert "\x1b" not in terminal.raw
        assert terminal.type(CTRL_D).ended() == 0


def test_answers_can_be_redirected_while_the_prompt_stays():
    command = ["sh", "-c", 'exec "$@" >"$OUT"', "sh", *TALKS]
    out = Path(os.environ["XDG_STATE_HOME"]).with_name("out")
    with Terminal(command, OUT=str(out)) as terminal:
        terminal.ready().type("forty cars\r").until(lambda text: text.count("talks>") == 2)
        assert terminal.type(CTRL_D).ended() == 0
    assert "   > It carries forty cars.\n" in out.read_text()
    assert "talks>" not in out.read_text()
