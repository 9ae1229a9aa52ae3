"""What a build can suffer: being killed, another build at once, readers, and disks."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from building import HARBOUR, answers, build, current, first_hit, names, opened, start, wait_for

from retrieval.errors import IndexBuildError, IndexStaleError


def test_a_killed_build_leaves_the_old_index_in_use(
    root: Path, seeds: Path, tmp_path: Path
) -> None:
    before = names(root)
    (seeds / "new.txt").write_text("Something new.")
    held = tmp_path / "held"
    held.touch()
    process = start(root, seeds, held)
    wait_for(held.with_suffix(".reached").exists)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    leftover = set(names(root)) - set(before)
    assert any(name.startswith("unfinished-") for name in leftover)
    (seeds / "new.txt").unlink()
    assert answers(root, seeds)  # the index of the documents as they were
    (seeds / "new.txt").write_text("Something new.")
    assert build(root, seeds)
    assert answers(root, seeds)
    assert not leftover & set(names(root))


def test_of_two_builds_at_once_the_second_waits_for_the_first(seeds: Path, tmp_path: Path) -> None:
    root, held = tmp_path / "index", tmp_path / "held"
    held.touch()
    first = start(root, seeds, held)
    wait_for(held.with_suffix(".reached").exists)
    second = start(root, seeds)
    assert second.stdout is not None
    assert second.stdout.readline() == "waiting for another build to finish 0 1\n"
    held.unlink()
    assert first.communicate()[0].endswith("built\n")
    assert second.communicate()[0].endswith("fresh\n")
    assert (first.returncode, second.returncode) == (0, 0)
    assert answers(root, seeds)
    assert names(root) == sorted(["build.lock", "current", current(root).name, "encoder-hash"])


def test_two_builds_of_different_documents_both_end_well(seeds: Path, tmp_path: Path) -> None:
    root, held = tmp_path / "index", tmp_path / "held"
    more = tmp_path / "more"
    shutil.copytree(seeds, more)
    (more / "new.txt").write_text("Something new.")
    held.touch()
    first = start(root, seeds, held)
    wait_for(held.with_suffix(".reached").exists)
    second = start(root, more)
    held.unlink()
    for process in (first, second):
        assert process.communicate()[0].endswith("built\n")
        assert process.returncode == 0
    assert answers(root, more)
    with pytest.raises(IndexStaleError, match=r"document new\.txt is gone"):
        opened(root, seeds)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_build_leaves_nothing_behind(
    error: type[BaseException], root: Path, seeds: Path
) -> None:
    before = names(root)

    def interrupt(step: str, _done: int, _total: int) -> None:
        if step.startswith("compiling"):
            raise error

    with pytest.raises(error):
        build(root, seeds, force=True, progress=interrupt)
    assert names(root) == before
    assert answers(root, seeds)


def test_readers_survive_rebuilds(root: Path, seeds: Path) -> None:
    reader = opened(root, seeds)
    expected = reader.token_vectors.sum()
    for number in range(3):
        (seeds / "new.txt").write_text(f"Something new, number {number}.")
        assert build(root, seeds)
    assert first_hit(reader) == "harbour"
    assert reader.token_vectors.sum() == expected
    assert not reader.folder.exists()


def test_only_the_build_before_is_kept_with_its_encoder(root: Path, seeds: Path) -> None:
    builds = [current(root).name]
    for sha256 in ("one", "two", "three"):
        assert build(root, seeds, sha256=sha256)
        builds.append(current(root).name)
    assert names(root) == sorted(
        ["build.lock", "current", *builds[-2:], "encoder-three", "encoder-two"]
    )


def test_a_forced_build_does_not_touch_the_files_of_readers(root: Path, seeds: Path) -> None:
    folder = current(root)
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    assert build(root, seeds, force=True)
    assert current(root) != folder
    assert {path.name: path.stat().st_ino for path in folder.iterdir()} == before
    assert opened(root, seeds).fingerprint.startswith(folder.name)


def test_who_may_read_is_the_umasks_to_say(tmp_path: Path, seeds: Path) -> None:
    before = os.umask(0o022)
    try:
        build(tmp_path / "index", seeds)
    finally:
        os.umask(before)
    folders = [path for path in (tmp_path / "index").iterdir() if path.is_dir()]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o755}


def tree(root: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for path in [root, *root.rglob("*")]:
        stat = path.stat()
        found[str(path)] = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    return found


def test_opening_and_asking_write_nothing(root: Path, seeds: Path) -> None:
    before = tree(root)
    assert answers(root, seeds)
    assert not build(root, seeds)  # it is fresh
    with pytest.raises(IndexStaleError):
        opened(root, seeds, weights="others")
    assert tree(root) == before


# Disks


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Return a function that mounts a small disk: disk("size=512k")."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        path = tmp_path / "disk"
        path.mkdir(exist_ok=True)
        again = ["-o", f"remount,{options}"] if mounted else ["-t", "tmpfs", "-o", options]
        command = ["mount", *again, *([] if mounted else ["tmpfs"]), str(path)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"a disk cannot be mounted here: {done.stderr.strip()}")
        mounted.append(path)
        return path

    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    yield mount
    if mounted:
        subprocess.run(["umount", "-l", str(mounted[0])], check=True)


@pytest.mark.parametrize("room_kib", [4, 20, 40, 80, 160, 320])
def test_a_full_disk_leaves_the_old_index_in_use(
    room_kib: int, disk: Callable[[str], Path], seeds: Path
) -> None:
    """Wherever in a build the room ends, down to the last file."""
    (seeds / "long.txt").write_text(HARBOUR * 200)
    root = disk("size=2m") / "index"
    build(root, seeds)
    before = names(root)
    taken = subprocess.run(["du", "-sk", root], check=True, capture_output=True, text=True).stdout
    disk(f"size={int(taken.split()[0]) + room_kib}k")
    with pytest.raises(IndexBuildError, match="No space left on device → free some disk space"):
        build(root, seeds, force=True, size=2 << 20)
    assert answers(root, seeds)
    assert names(root) == before
    disk("size=8m")
    assert build(root, seeds, force=True, size=2 << 20)
    assert answers(root, seeds)


def test_an_index_on_a_read_only_disk_answers(disk: Callable[[str], Path], seeds: Path) -> None:
    root = disk("size=1m") / "index"
    build(root, seeds)
    disk("ro")
    assert answers(root, seeds)
    assert not build(root, seeds)  # fresh: nothing to write
    with pytest.raises(IndexBuildError, match=r"Read-only file system → point index\.path"):
        build(root, seeds, force=True)
    disk("rw")
