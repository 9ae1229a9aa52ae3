"""The command line: what it prints where, and how every run ends."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from tiny import TinyApp

from bot.cli import main
from retrieval.catalogue import Problem

TALKS = [sys.executable, str(Path(__file__).with_name("tiny.py"))]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def index(tmp_path, monkeypatch):
    """An index that is up to date, in a folder of its own."""
    path = tmp_path / "index"
    path.write_text("fresh")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TALKS_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TALKS_INDEX__PATH", str(path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return path


def talks(capsys, *arguments, app=None):
    code = main(arguments, app=app or TinyApp())
    return code, *capsys.readouterr()


def piped(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_an_answer_is_printed_and_exits_0(capsys):
    code, out, err = talks(capsys, "ask", "who", "cut", "the", "ribbon?")
    assert code == 0
    assert "   > Mayor Ida Brandt cut the ribbon.\n" in out
    assert err == ""


def test_an_abstention_exits_3(capsys):
    code, out, err = talks(capsys, "ask", "lighthouse keepers")
    assert (code, err) == (3, "")
    assert out.startswith("The documents come close to this, but do not answer it.\n")


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("", 3),
        ("   ", 3),
        ("x", 3),
        ("long " * 2000, 3),
        ("👩‍🚀" * 20, 3),
        ("מה קרה בנמל", 3),
        ("forty\0 cars", 0),
        ("'; DROP TABLE cars; -- forty", 0),
        ("<b>forty</b> [bold]cars[/bold]", 0),
        ("forty \udcff cars", 0),
    ],
)
def test_any_question_ends_plainly(capsys, question, code):
    ended, out, err = talks(capsys, "ask", "--", question)
    assert ended == code
    assert out
    assert err == ""


def test_a_question_can_come_from_a_pipe(capsys, monkeypatch):
    for arguments in (("ask",), ("ask", "-")):
        piped(monkeypatch, b"who cut the ribbon\r\n")
        assert "Mayor Ida Brandt" in talks(capsys, *arguments)[1]


def test_k_documents_and_kinds_reach_the_engine(capsys):
    assert (
        len(json.loads(talks(capsys, "ask", "--json", "-k", "1", "forty cars ferry")[1])["quotes"])
        == 1
    )
    asked = ("ask", "--json", "ferry captain on time")
    for options, expected in (
        (("--document", "nasty"), {"nasty"}),
        (("--document", "nasty", "--document", "harbour"), {"nasty", "harbour"}),
        (("--kind", "Comments"), {"harbour"}),
        (("--kind", "reader-comment", "--kind", "body"), {"nasty", "harbour"}),
    ):
        found = json.loads(talks(capsys, *asked, *options)[1])
        assert {quote["document"]["id"] for quote in found["quotes"]} == expected


def test_explain_adds_the_signals(capsys):
    out = talks(capsys, "ask", "--explain", "forty cars")[1]
    assert "Why this: quote 1 (harbour:3)" in out


def test_json_is_one_object_of_ascii(capsys):
    code, out, err = talks(capsys, "ask", "--json", "a door to the sea “")
    assert (code, err, out.count("\n"), out.isascii()) == (0, "", 1, True)
    found = json.loads(out)
    assert found["question"] == "a door to the sea “"
    assert found["milliseconds"]["total"] >= 0
    assert {"search", "read"} < found["milliseconds"].keys()
    assert talks(capsys, "ask", "--json", "zebra")[0] == 3


def test_json_lines_are_answered_in_order_and_a_bad_line_too(capsys, monkeypatch):
    piped(monkeypatch, b"forty cars\n\nzebra\r\n\xff\xfe ribbon cut\nin may")
    code, out, err = talks(capsys, "ask", "--json", "-")
    objects = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [o["question"] for o in objects] == [
        "forty cars", "", "zebra", "\ufffd\ufffd ribbon cut", "in may",
    ]  # fmt: skip
    assert [o["answered"] for o in objects] == [True, False, False, True, False]
    assert objects[1]["reason"] == "empty_question"


def test_a_line_that_fails_has_its_object_and_the_run_says_so(capsys, monkeypatch):
    piped(monkeypatch, b"forty cars\ncrash\nribbon cut\n")
    code, out, err = talks(capsys, "ask", "--json", "-")
    assert [json.loads(line)["reason"] for line in out.splitlines()] == [None, "failed", None]
    assert code == 1
    assert err.startswith("unexpected error: ZeroDivisionError\n")


def test_a_thread_leans_on_the_line_before_until_an_empty_one(capsys, monkeypatch):
    piped(monkeypatch, b"who cut the ribbon\nin may\n\nin may\n")
    code, out, _ = talks(capsys, "ask", "--json", "--thread", "-")
    answered = [json.loads(line)["answered"] for line in out.splitlines()]
    assert (code, answered) == (0, [True, True, False])
    piped(monkeypatch, b"who cut the ribbon\nin may\n")
    out = talks(capsys, "ask", "--json", "-")[1]
    assert [json.loads(line)["answered"] for line in out.splitlines()] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", "--jsno", "x"), "--json"),
        (("aks", "x"), "'ask'"),
        (("ask", "-k", "0", "x"), "'-k'"),
        (("ask", "-k", "many", "x"), "'-k'"),
        (("ask", "--document", "harbor", "x"), "Did you mean 'harbour'?"),
        (("ask", "--kind", "coment", "x"), "Did you mean 'comment'?"),
        (("ask", "--set", "answer.quotes", "x"), "--set 'answer.quotes' has no '='"),
        (("eval", "x.jsonl", "--compare", "answer.quotes"), "--compare 'answer.quotes' has no '='"),
        (("ask", "--set", "answer.quote=2", "x"), "answer.quotes"),
        (("ask", "--set", "answer.quotes=none", "x"), "answer.quotes"),
        (("ask", "--config", "no-such-file.toml", "x"), "no-such-file.toml"),
        (("ask", "--thread", "x"), "--json -"),
        (("ask", "--json", "--explain", "x"), "--explain"),
        (("index", "extra"), "extra"),
    ],
)
def test_what_cannot_be_meant_is_usage(capsys, arguments, said):
    code, out, err = talks(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert 1 <= err.count("\n") <= 3


def test_nothing_typed_shows_what_could_be(capsys):
    code, out, err = talks(capsys)
    assert (code, out) == (2, "")
    assert "Usage: talks" in err


def test_help_and_version_need_no_application(capsys):
    class Absent:
        def __getattr__(self, name):
            raise AssertionError(name)

    for arguments, said in (
        (("-h",), "doctor"),
        (("ask", "--help"), "--json"),
        (("serve", "--help"), "web.enabled=true"),
        (("--version",), "talks "),
    ):
        code, out, err = talks(capsys, *arguments, app=Absent())
        assert (code, err) == (0, "")
        assert said in out


def test_a_missing_index_is_built_with_progress_on_the_error_stream(capsys, index):
    index.unlink()
    code, out, err = talks(capsys, "ask", "--json", "forty cars")
    assert code == 0
    assert json.loads(out)["answered"]
    assert "encode" in err
    assert index.read_text() == "fresh"


@pytest.mark.parametrize("state", ["stale", "damaged"])
def test_an_index_that_cannot_be_trusted_is_refused_unless_asked_to_build(capsys, index, state):
    index.write_text(state)
    code, out, err = talks(capsys, "ask", "forty cars")
    assert (code, out) == (1, "")
    assert "Run talks index" in err
    assert index.read_text() == state
    code, out, _ = talks(capsys, "ask", "--build", "forty cars")
    assert code == 0
    assert index.read_text() == "fresh"


def test_index_says_whether_there_was_anything_to_do(capsys):
    assert talks(capsys, "index")[1] == "The index of seeds is up to date.\n"
    code, out, err = talks(capsys, "index", "--force")
    assert (code, out) == (0, "The index of seeds is built.\n")
    assert "encode" in err


def test_sources_lists_the_collection(capsys):
    code, out, _ = talks(capsys, "sources", "--seeds", "papers")
    assert code == 0
    assert "papers/harbour.txt" in out
    assert "[nasty [bold]title\\x07]" in out


def test_doctor_names_file_and_line_and_fails_on_errors_only(capsys):
    warning = Problem("warning", "harbour.txt", None, "It has no date.")
    error = Problem("error", "catalogue.toml", 7, "There is no file gone.txt\x1b.")
    code, out, _ = talks(capsys, "doctor", app=TinyApp(problems=(warning,)))
    assert code == 0
    assert "seeds/harbour.txt: warning: It has no date.\n" in out
    assert "seeds/harbour.txt: 7% left out" in out
    assert out.endswith("index: up to date\n0 errors, 1 warning\n")
    code, out, _ = talks(capsys, "doctor", app=TinyApp(problems=(warning, error)))
    assert code == 1
    assert "seeds/catalogue.toml:7: error: There is no file gone.txt\\x1b.\n" in out


def test_doctor_takes_no_index_for_a_beginning_and_a_stale_one_for_an_error(capsys, index):
    index.write_text("stale")
    code, out, _ = talks(capsys, "doctor")
    assert code == 1
    assert "index: harbour.txt changed since the index was built." in out
    index.unlink()
    code, out, _ = talks(capsys, "doctor")
    assert code == 0
    assert "index: There is no index." in out


def test_a_failure_is_words_and_exits_1(capsys):
    code, out, err = talks(capsys, "ask", "--seeds", "nowhere", "x")
    assert (code, out, err) == (1, "", "There is no folder nowhere. Give one that exists.\n")


def test_an_unknown_failure_is_named_and_its_words_are_kept_back(capsys, monkeypatch):
    code, out, err = talks(capsys, "ask", "crash with a secret")
    assert (code, out) == (1, "")
    assert err.startswith("unexpected error: ZeroDivisionError\n")
    assert "TALKS_DEBUG=1" in err
    assert "secret" not in err
    monkeypatch.setenv("TALKS_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["ask", "crash"], app=TinyApp())


def ran(*arguments, stdin=b"", **environment):
    return subprocess.run(
        [*TALKS, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        timeout=60,
    )


def test_arguments_that_are_not_utf_8_do_not_crash():
    done = ran(b"ask", b"--json", b"ribbon \xff\xfe cut")
    assert done.returncode == 0
    assert json.loads(done.stdout)["question"] == "ribbon \ufffd\ufffd cut"
    done = ran(b"ask", b"--document", b"\xff", b"x")
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_terminal_without_utf_8_does_not_crash():
    done = ran("ask", "door to the sea", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert rb"\u201ca door to the sea\u201d" in done.stdout


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_reader_that_leaves_early_is_no_drama(options):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*TALKS, "ask", *options, "forty cars"], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_is_said():
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*TALKS, "ask", "--json", "forty cars"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_closed_output_is_survived():
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *TALKS, "ask", "forty cars"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", [["ask"], ["ask", "--json", "-"], ["repl"]])
def test_a_closed_input_is_said(command):
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *TALKS, *command], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"There is no standard input")


def test_ctrl_c_ends_with_one_line(tmp_path):
    opening = tmp_path / "opening"
    process = subprocess.Popen(
        [*TALKS, "ask", "forty cars"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TINY_DELAY": "30", "TINY_OPENING": str(opening)},
    )
    while not opening.exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"interrupted\n")


LOADING = """
import signal, sys
from importlib.abc import MetaPathFinder

class Interrupting(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "typer":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from {} import {} as started
sys.exit(started())
"""


def test_ctrl_c_while_the_program_is_loading_ends_with_one_line():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    code = LOADING.format(*scripts["talks"].split(":"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"interrupted\n")
