"""A small collection and its index, without a model."""

from pathlib import Path

import pytest
from building import FERRY, HARBOUR, build


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
