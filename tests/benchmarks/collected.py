"""The collections that come along, opened, with the questions about them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot import app
from retrieval.answer import Engine
from retrieval.evaluate import Row, read_questions

ROOT = Path(__file__).parents[2]
OURS = (
    (ROOT / "seeds", ROOT / "tests/questions/seeds.jsonl"),
    (ROOT / "tests/collections/ardel", ROOT / "tests/questions/ardel.jsonl"),
)
Collected = tuple[Engine, Sequence[Row]]


def opened(folder: Path, pairs: Iterable[tuple[Path, Path]] = OURS) -> Iterator[Collected]:
    """Yield an engine and questions for each pair of documents and questions."""
    for documents, questions in pairs:
        settings = app.load_settings(
            None, {"collection.seeds": documents, "index.path": folder / f"of-{documents.name}"}
        )
        app.build_index(settings, progress=lambda *_: None)
        yield app.open_engine(settings), read_questions(questions)
