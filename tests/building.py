"""Building and opening small indexes with the stand-in for a model, in this process or another.

`python building.py ROOT SEEDS [HELD]`: with HELD, creates HELD.reached in the middle of the build
and goes on once HELD is gone. Says each step of the build, then whether it built.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fakes import SMALL, HashEncoder, HashWorkshop, silent

from retrieval import corpus, index
from retrieval.index import Index, Options
from retrieval.search import LocalSearcher
from retrieval.text import tokens
from retrieval.types import Query

TESTS = Path(__file__).parent
HARBOUR = (
    "The harbour of Port Ellen opened on Monday. Mayor Ida Brandt cut the ribbon. Ships came.\n"
)
FERRY = "# Ferries\n\nA second ferry follows in May. It carries forty cars.\n\nUgly thing!\n"


def build(
    root: Path,
    seeds: Path,
    options: Options = SMALL,
    *,
    sha256: str = "hash",
    size: int = 0,
    force: bool = False,
    progress: index.Progress = silent,
) -> bool:
    workshop = HashWorkshop(sha256, size=size)
    return index.build(
        root, corpus.load(seeds), options, workshop=workshop, progress=progress, force=force
    )


def opened(root: Path, seeds: Path, options: Options = SMALL, *, weights: str = "hash") -> Index:
    return index.open_index(root, corpus.load(seeds), options, weights=weights)


def answers(root: Path, seeds: Path) -> bool:
    """Whether the index still finds what it held at first."""
    return first_hit(opened(root, seeds)) == "harbour"


def first_hit(found: Index) -> str:
    searcher = LocalSearcher(found, dense_weight=0.5, candidates=5)
    query = Query("", dict.fromkeys(tokens("harbour ribbon"), 1.0), 1)
    return searcher.search(query, HashEncoder().encode(["harbour ribbon"])[0])[0].passage.doc_id


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def current(root: Path) -> Path:
    return root / (root / "current").read_text()


def start(*arguments: Path, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}", **(env or {})},
    )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def main(root: Path, seeds: Path, held: Path | None = None) -> None:
    def progress(step: str, done: int, total: int) -> None:
        sys.stdout.write(f"{step} {done} {total}\n")
        sys.stdout.flush()
        if held is not None and step == "encoding passages" and done == 0:
            held.with_suffix(".reached").touch()
            wait_for(lambda: not held.exists())

    sys.stdout.write("built\n" if build(root, seeds, progress=progress) else "fresh\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
