"""`talks eval`: figures, floors, misses and comparisons, over a small engine."""

import json

import pytest
from tiny import HARBOUR, TinyApp, TinyEngine

from bot.cli import main
from retrieval.errors import IndexStaleError
from retrieval.evaluate import FIGURES

ROWS = (
    # answered, and right
    ("r1", "who cut the ribbon", True, "Mayor Ida Brandt cut the ribbon.", "Ida Brandt"),
    # not answered, and the headline is closer
    ("r2", "harbour", True, "The harbour of Port Ellen opened on Monday.", "harbour"),
    # answered, and wrong
    ("r3", "second ferry forty cars", True, "It was built in Gdansk.", "Gdansk"),
    # declined, and rightly
    ("n1", "lighthouse keepers", False, "", ""),
    # answered, and wrongly
    ("n2", "ferry follows in April [red]", False, "", ""),
)


@pytest.fixture(autouse=True)
def index(tmp_path, monkeypatch):
    path = tmp_path / "index"
    path.write_text("fresh")
    monkeypatch.setenv("TALKS_INDEX__PATH", str(path))
    return path


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.jsonl"
    with path.open("w") as lines:
        for name, question, answerable, sentence, answer in ROWS:
            assert sentence in HARBOUR
            gold = [{"doc": "harbour", "sentence": sentence, "answer": answer}] * answerable
            row = {"id": name, "question": question, "kind": "who", "answerable": answerable}
            lines.write(json.dumps({**row, "gold": gold}) + "\n")
    return path


def run(capsys, *arguments, app=None):
    code = main(["eval", *map(str, arguments)], app=app or TinyApp())
    return code, *capsys.readouterr()


def test_the_figures_and_the_kinds_of_question_are_shown(capsys, questions):
    code, out, err = run(capsys, questions)
    lines = [line.split() for line in out.splitlines()]
    assert code == 0
    assert ["right", "0.400", "5"] in lines
    assert ["top1", "0.333", "3"] in lines
    assert ["false_answer", "0.500", "2"] in lines
    assert ["verbatim", "1.000"] in [line[:2] for line in lines]
    assert ["who", "0.333", "3"] in lines
    assert ["who", "(none)", "0.500", "2"] in lines
    assert err.startswith("asking")


def test_a_kind_of_question_is_shown_not_obeyed(capsys, questions):
    questions.write_text(questions.read_text().replace('"who"', r'"[b]\u001b[31mwho\u202e"'))
    out = run(capsys, questions)[1]
    assert "[b]\\x1b[31mwho\\u202e " in out
    assert "\x1b" not in out


def test_json_is_one_object_of_figures(capsys, questions):
    code, out, _ = run(capsys, questions, "--json")
    found = json.loads(out)
    assert (code, out.count("\n"), tuple(found)) == (0, 1, (*FIGURES, "calibration"))
    assert found["right"] == 0.4
    assert found["verbatim"] == 1.0


def test_how_far_confidence_can_be_believed_is_shown(capsys, questions):
    # TinyEngine is sure to 0.8 of what it answers and to 0.2 of what it declines.
    out = run(capsys, questions)[1]
    rows = [line.split() for line in out.splitlines()]
    assert ["ece", "0.360", "5"] in rows
    assert ["0.2", "to", "0.3", "2", "0.200", "0.000", "....|................"] in rows
    assert ["0.8", "to", "0.9", "3", "0.800", "0.333", "#######.........|...."] in rows
    assert "0.3 to 0.4" not in out  # nothing was foretold so
    found = json.loads(run(capsys, questions, "--json")[1])
    assert found["ece"] == pytest.approx((2 * 0.2 + 3 * (0.8 - 1 / 3)) / 5)
    assert len(found["calibration"]) == 10
    assert found["calibration"][2] == {
        "low": 0.2, "high": 0.3, "count": 2, "confidence": 0.2, "right": 0.0,
    }  # fmt: skip
    assert found["calibration"][3]["right"] is None


def test_json_stays_one_object_whatever_is_asked_for(capsys, questions):
    code, out, _ = run(capsys, questions, "--json", "--misses", "--compare", "answer.quotes=1")
    found = json.loads(out)
    assert (code, out.count("\n")) == (0, 1)
    assert [miss["id"] for miss in found["misses"]] == ["r2", "r3", "n2"]
    assert found["misses"][0] == {
        "id": "r2", "kind": "who", "answered": False, "question": "harbour",
    }  # fmt: skip
    assert found["compared"]["right"] == {"first": 0.4, "second": 0.4, "low": 0.0, "high": 0.0}


def test_misses_are_listed_with_how_they_ended(capsys, questions):
    out = run(capsys, questions, "--misses")[1]
    assert "r2 who declined: harbour\n" in out
    assert "r3 who answered: second ferry forty cars\n" in out
    assert "n2 who answered: ferry follows in April [red]\n" in out
    assert "r1 " not in out
    assert "n1 " not in out


def test_a_comparison_sets_two_settings_side_by_side(capsys, questions):
    code, out, _ = run(capsys, questions, "--compare", "answer.quotes=1")
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    assert ["right", "0.400", "0.400", "+0.000", "+0.000", "to", "+0.000"] in rows
    assert "significant" not in out


class Forgetful(TinyEngine):
    """Knows all documents and finds nothing in them."""

    def trace(self, text, **options):
        return super().trace("", **options)


class TwoIndexes(TinyApp):
    """Passages of another length need another index, whose engine is forgetful."""

    def __init__(self):
        super().__init__()
        self.apart = []

    def open_engine(self, settings):
        engine = super().open_engine(settings)
        if settings.passages.max_chars == 900:
            return engine
        if settings.index.path.name == "index":
            raise IndexStaleError("passages.max_chars changed. Run talks index.")
        self.apart.append(settings.index.path)
        return Forgetful()

    def _state(self, settings):
        return "fresh" if settings.index.path.is_dir() else super()._state(settings)


def test_settings_that_need_another_index_are_compared_in_one_of_their_own(
    capsys, questions, index
):
    app = TwoIndexes()
    code, out, _ = run(capsys, questions, "--compare", "passages.max_chars=500", app=app)
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    assert ["top1", "0.333", "0.000", "-0.333"] in [row[:4] for row in rows]
    assert index.read_text() == "fresh"
    (folder,) = app.apart
    assert not folder.exists()


def test_a_setting_that_there_is_not_is_usage(capsys, questions):
    code, out, err = run(capsys, questions, "--compare", "answer.quote=1")
    assert (code, out) == (2, "")
    assert "answer.quotes" in err


@pytest.mark.parametrize(
    ("floors", "code", "said"),
    [
        ("", 0, ""),
        ("right = 0.4\ntop1 = 0.3\nfalse_answer = 0.5\nverbatim = 1", 0, ""),
        ("right = 0.41", 1, "right is 0.400, its floor is 0.410\n"),
        ("false_answer = 0.4\nverbatim = 1.0", 1, "false_answer is 0.500, its ceiling is 0.400\n"),
        ("right = 0.5\ntop1 = 0.9", 1, "top1 is 0.333, its floor is 0.900\n"),
    ],
)
def test_floors_hold_or_end_in_failure(capsys, questions, floors, code, said):
    path = questions.with_name("floors.toml")
    path.write_text(floors)
    ended, out, err = run(capsys, questions, "--floors", path)
    assert ended == code
    assert err.endswith(said)
    assert ("floor" in err or "ceiling" in err) == bool(said)
    assert "right" in out  # the figures are shown either way


def test_a_floor_for_what_was_not_asked_fails(capsys, questions, tmp_path):
    path = tmp_path / "floors.toml"
    path.write_text("false_answer = 0.5")
    kept = [line for line in questions.read_text().splitlines() if '"r' in line]
    questions.write_text("\n".join(kept))
    code, _, err = run(capsys, questions, "--floors", path)
    assert code == 1
    assert "no question counts towards it" in err


@pytest.mark.parametrize(
    ("floors", "said"),
    [
        ("correct = 0.5", "correct = 0.5 is no floor. Known: right, top1"),
        ("right = true", "right = True is no floor"),
        ("right = 'high'", "is no floor"),
        ("[right]\nleast = 1", "is no floor"),
        ("right: 0.5", "cannot be read as TOML"),
        (None, "cannot be read as TOML (FileNotFoundError)"),
    ],
)
def test_a_file_of_no_floors_is_usage_before_anything_is_asked(capsys, questions, floors, said):
    path = questions.with_name("floors.toml")
    if floors is not None:
        path.write_text(floors)
    code, out, err = run(capsys, questions, "--floors", path)
    assert (code, out) == (2, "")
    assert said in err
    assert "asking" not in err


def test_a_file_of_no_questions_is_said(capsys, tmp_path):
    code, out, err = run(capsys, tmp_path / "gone.jsonl")
    assert (code, out) == (1, "")
    assert "gone.jsonl cannot be read" in err
