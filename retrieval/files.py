"""I/O: files that are checked when they are read, and folders that come into being whole or not
at all, so that a process killed at any moment leaves nothing that looks finished.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Larger files are checked by size alone: reading gigabytes at every start would be felt.
HASHED_BELOW = 128 << 20
UNFINISHED = "unfinished-"


def digest(path: Path) -> tuple[int, str]:
    """Return a file's size and sha256 ("" from HASHED_BELOW on)."""
    size = path.stat().st_size
    return size, sha256(path) if size < HASHED_BELOW else ""


def sha256(*paths: Path) -> str:
    """Return the sha256 of files one after the other."""
    found = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                found.update(block)
    return found.hexdigest()


def listing(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the digest of every file directly in a folder, by name."""
    return {path.name: digest(path) for path in sorted(folder.iterdir())}


def damage(folder: Path, files: Mapping[str, tuple[int, str]]) -> str | None:
    """Name the first file that is not what `listing` said, and how; None if all are."""
    for name, expected in files.items():
        path = folder / name
        try:
            found = digest(path)
        except OSError as error:
            return f"{path} cannot be read ({error.strerror})"
        if found != tuple(expected):
            return f"{path} is not what was written"
    return None


def write_sealed(path: Path, body: Mapping[str, object]) -> None:
    """Write a JSON object with the sha256 of what it says."""
    path.write_text(json.dumps({**body, "seal": _seal(body)}, indent=1), "utf-8")


def read_sealed(path: Path) -> dict[str, Any]:
    """Read what `write_sealed` wrote; raises OSError, and ValueError for anything else."""
    try:
        body = json.loads(path.read_text("utf-8"))
        intact = isinstance(body, dict) and body.pop("seal", None) == _seal(body)
    except RecursionError:  # brackets upon brackets
        intact = False
    if not intact:
        raise ValueError(f"{path} is not what was written")
    return dict(body)


def _seal(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Yield a new folder to fill, and move it to `target` when that went well."""
    temporary = target.with_name(f"{UNFINISHED}{target.name}-{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        shutil.rmtree(target, ignore_errors=True)
        temporary.replace(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def sweep(root: Path) -> None:
    """Remove what processes that were killed had begun below `root`."""
    for leftover in root.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
