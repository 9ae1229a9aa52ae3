"""What many tests share: the real engine over the documents that come with the program."""

import hashlib
import shutil
from pathlib import Path

import hypothesis
import pytest

from bot import app
from config.settings import Settings
from retrieval.answer import Engine

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".talks" / "tests"
# These only ask: an index does not change with them.
ASKING = {
    "answer.py",
    "calibration.py",
    "crossread.py",
    "evaluate.py",
    "expect.py",
    "followup.py",
    "dictionary.py",
    "grammar.py",
    "languages.py",
    "fuse.py",
    "question.py",
    "signals.py",
    "quote.py",
    "read.py",
    "search.py",
    "smalltalk.py",
    "support.py",
}

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("talks", deadline=None)
hypothesis.settings.load_profile("talks")


@pytest.fixture(scope="session")
def seeds_settings() -> Settings:
    """The default settings, with an up-to-date index: kept between runs while no code changes."""
    code = hashlib.sha256()
    for module in sorted((ROOT / "retrieval").glob("*.py")):
        if module.name not in ASKING:
            code.update(module.read_bytes())
    cache = CACHE / code.hexdigest()[:16]
    others = [folder for folder in CACHE.glob("*") if folder != cache]
    # A run of other code may be under way: the latest few are left alone.
    for old in sorted(others, key=lambda folder: folder.stat().st_mtime)[:-2]:
        shutil.rmtree(old, ignore_errors=True)
    settings = app.load_settings(None, {"collection.seeds": ROOT / "seeds", "index.path": cache})
    app.build_index(settings, progress=lambda *_: None)
    return settings


@pytest.fixture(scope="session")
def seeds_engine(seeds_settings: Settings) -> Engine:
    """The engine that `talks ask` would use on the five seed documents."""
    return app.open_engine(seeds_settings)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The one event loop that is used."""
    return "asyncio"
