"""I/O: the folder that builds lie in. Each is a folder of its own, moved into place whole; a
pointer file names the current one, so that a build that dies leaves the one before in use.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from retrieval import manifest
from retrieval.encode import COMPILED_PREFIX
from retrieval.errors import (
    IndexBuildError,
    IndexDamagedError,
    IndexMissingError,
    RetrievalError,
)
from retrieval.manifest import REBUILD


def current(root: Path) -> Path:
    """Return the folder of the current build.

    Raises IndexMissingError, and IndexDamagedError if the pointer cannot be read.
    """
    pointer = root / "current"
    try:
        return root / pointer.read_text("utf-8")
    except FileNotFoundError:
        raise IndexMissingError(f"there is no index in {root} → {REBUILD}") from None
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except ValueError:  # not UTF-8
        reason = "is not what was written"
    raise IndexDamagedError(f"the index is damaged: {pointer} {reason} → {REBUILD}")


def unused(root: Path, name: str) -> Path:
    """Return a folder that is not there yet: readers may have one of the same name open."""
    target, number = root / name, 1
    while target.exists():
        number += 1
        target = root / f"{name}-{number}"
    return target


def point(root: Path, target: Path) -> None:
    """Make a build the current one; drop all others but its predecessor, which may be in use."""
    kept = {target}
    with suppress(RetrievalError):
        kept.add(current(root))
    pointer = root / "current.new"
    pointer.write_text(target.name, "utf-8")
    pointer.replace(root / "current")
    encoders = set()
    for folder in kept:
        with suppress(RetrievalError):
            encoders.add(root / manifest.read(folder).encoder)
    for folder in root.iterdir():
        is_build = (folder / manifest.NAME).is_file() and folder not in kept
        if is_build or (folder.name.startswith(COMPILED_PREFIX) and folder not in encoders):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone(root: Path, progress: Callable[[str, int, int], None]) -> Iterator[None]:
    """Let one process build at a time; the lock of one that was killed is free."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  only building needs it

    lock = FileLock(root / "build.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("waiting for another build to finish", 0, 1)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Turn the operating system's refusals into words."""
    try:
        yield
    except OSError as error:
        # NumPy reports a write that fell short without a number: the disk is full.
        number = error.errno or errno.ENOSPC
        remedy = {
            errno.ENOSPC: "free some disk space, or point index.path elsewhere",
            errno.EDQUOT: "free some of your disk quota, or point index.path elsewhere",
            errno.EACCES: "make the folder writable, or point index.path elsewhere",
            errno.EROFS: "point index.path at a writable disk",
        }.get(number, "point index.path at a folder that can be written")
        raise IndexBuildError(
            f"the index cannot be written in {root}: {os.strerror(number)} → {remedy}"
        ) from error
