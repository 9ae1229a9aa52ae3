"""Small collections and an index, without a model."""

from pathlib import Path

import pytest
from building import FERRY, HARBOUR, build
from folders import Make
from harbour import opened

from retrieval.read import Reader


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "harbour.txt").write_text(HARBOUR)
    (folder / "ferry.md").write_text(FERRY)
    return folder


@pytest.fixture
def root(tmp_path: Path, seeds: Path) -> Path:
    """An index that is up to date."""
    assert build(tmp_path / "index", seeds)
    return tmp_path / "index"


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A reader of `harbour`, without a model."""
    return opened(tmp_path_factory.mktemp("harbour"))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that fills a folder: make({"a.txt": "text"}, catalogue="…")."""

    def fill(files: dict[str, str | bytes], catalogue: str | None = None) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        if catalogue is not None:
            (tmp_path / "catalogue.toml").write_text(catalogue, encoding="utf-8")
        return tmp_path

    return fill
