"""What the tests of fitting share: small collections, a model, a folder to compile it in once."""

from pathlib import Path

import models
import pytest
import reading
from fakes import SMALL, HashEncoder, HashWorkshop, silent, source

from retrieval import index
from retrieval.training.collections import Subject


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(models.make(tmp_path_factory.mktemp("model") / "it"))


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="session")
def given_subjects(tmp_path_factory: pytest.TempPathFactory) -> list[Subject]:
    """Small collections about different names, without a model."""
    made = []
    for number in range(3):
        examples = reading.examples(12, seed=number)
        text = "\n\n".join(dict.fromkeys(e.context for e in examples))
        sources = [source("one", text), source("two", f"Nothing is said here of {number}.")]
        root = tmp_path_factory.mktemp("index")
        index.build(root, sources, SMALL, workshop=HashWorkshop(), progress=silent)
        opened = index.open_index(root, sources, SMALL, weights="hash")
        by_id = {s.document.id: s for s in sources}
        made.append(Subject(opened, by_id, HashEncoder(), tuple(examples)))
    return made
