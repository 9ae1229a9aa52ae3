"""Files that are checked when read, and folders that are whole or not there."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import files

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(body=st.dictionaries(st.text().filter(lambda key: key != "seal"), JSON))
def test_a_sealed_file_is_read_as_written(
    body: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("sealed") / "a.json"
    files.write_sealed(path, body)
    assert files.read_sealed(path) == body


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_breaks_the_seal_or_changes_nothing(
    at: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("sealed") / "a.json"
    body = {"numbers": [1, 2.5], "words": {"a": "é", "b": None}}
    files.write_sealed(path, body)
    written = bytearray(path.read_bytes())
    written[at % len(written)] ^= 1 << bit
    path.write_bytes(written)
    with suppress(ValueError):
        assert files.read_sealed(path) == body  # white space may well differ


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\xff\xfe", b"{", b"[]", b"{}", b'"seal"', b"null", b"1" * 5000, b"[" * 100_000],
)
def test_garbage_is_no_sealed_file(garbage: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(garbage)
    with pytest.raises(ValueError, match=r"."):
        files.read_sealed(tmp_path / "a.json")


def test_another_objects_seal_is_none(tmp_path: Path) -> None:
    files.write_sealed(tmp_path / "a.json", {"a": 1})
    seal = json.loads((tmp_path / "a.json").read_text())["seal"]
    (tmp_path / "a.json").write_text(json.dumps({"a": 2, "seal": seal}))
    with pytest.raises(ValueError, match="not what was written"):
        files.read_sealed(tmp_path / "a.json")


def test_damage_names_the_file(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_bytes(name.encode() * 5)
    listing = files.listing(tmp_path)
    assert files.damage(tmp_path, listing) is None
    (tmp_path / "b").write_bytes(b"bbbbx")
    assert files.damage(tmp_path, listing) == f"{tmp_path / 'b'} is not what was written"
    (tmp_path / "b").unlink()
    assert files.damage(tmp_path, listing) == (
        f"{tmp_path / 'b'} cannot be read (No such file or directory)"
    )


def test_a_very_large_file_is_known_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(files.HASHED_BELOW)  # a hole: takes no room
    assert files.digest(path) == (files.HASHED_BELOW, "")


def test_a_folder_is_moved_into_place_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "target"
    for content in ("one", "two"):
        with files.whole(target) as folder:
            assert folder.parent == tmp_path
            (folder / "file").write_text(content)
        assert (target / "file").read_text() == content
    assert list(tmp_path.iterdir()) == [target]


def begin_and_fail(target: Path, error: type[BaseException]) -> None:
    with files.whole(target) as folder:
        (folder / "file").write_text("two")
        raise error


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_folder_that_failed_leaves_the_one_before(
    error: type[BaseException], tmp_path: Path
) -> None:
    target = tmp_path / "target"
    with files.whole(target) as folder:
        (folder / "file").write_text("one")
    with pytest.raises(error):
        begin_and_fail(target, error)
    assert (target / "file").read_text() == "one"
    assert list(tmp_path.iterdir()) == [target]


def test_sweeping_takes_what_is_unfinished_and_nothing_else(tmp_path: Path) -> None:
    for name in (f"{files.UNFINISHED}x-1", "finished"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    files.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["finished"]
