"""What the tests of fitting share: a small model, and a folder where it is compiled once."""

from pathlib import Path

import models
import pytest


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(models.make(tmp_path_factory.mktemp("model") / "it"))


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")
