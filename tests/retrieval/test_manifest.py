"""What an index was built from: which part changed, and manifests that are none."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval import files
from retrieval.errors import IndexDamagedError, IndexStaleError
from retrieval.manifest import (
    FORMAT,
    NAME,
    Manifest,
    Parts,
    read,
    require_fresh,
    require_whole,
    shorten,
    write,
)

PARTS = Parts(
    {"a.txt": "11", "b.txt": "22"},
    {"a.txt": "33", "b.txt": "44"},
    {"lexical.k1": 1.2, "encoder.model": "mini"},
    "55",
)
MANIFEST = Manifest(PARTS, ("a", "b"), "encoder-x", "int8", 0.99, {"x.npy": (4, "66")})

CHANGES = [
    (replace(PARTS, documents={**PARTS.documents, "a.txt": "0"}), "document a.txt changed"),
    (
        replace(
            PARTS,
            documents={**PARTS.documents, "c.txt": "0"},
            said={**PARTS.said, "c.txt": "0"},
        ),
        "document c.txt is new",
    ),
    (
        replace(PARTS, documents={"a.txt": "11"}, said={"a.txt": "33"}),
        "document b.txt is gone",
    ),
    (
        replace(PARTS, said={**PARTS.said, "b.txt": "0"}),
        "what the catalogue or furniture patterns say of b.txt changed",
    ),
    (
        replace(PARTS, settings={**PARTS.settings, "lexical.k1": 2.0}),
        "setting lexical.k1 was 1.2, is 2.0",
    ),
    (
        replace(PARTS, settings={**PARTS.settings, "encoder.model": "maxi"}, weights="0"),
        "setting encoder.model was mini, is maxi",
    ),
    (replace(PARTS, weights="0"), "the weights of encoder mini changed"),
]


@pytest.mark.parametrize(("now", "change"), CHANGES, ids=[change for _, change in CHANGES])
def test_a_change_is_named_and_nothing_else(now: Parts, change: str) -> None:
    assert PARTS.changes(now) == (change,)
    assert now.fingerprint() != PARTS.fingerprint()
    with pytest.raises(IndexStaleError) as raised:
        require_fresh(MANIFEST, now)
    assert str(raised.value) == f"the index is stale: {change} → run `talks index`"


def test_a_change_of_text_is_told_once() -> None:
    now = replace(
        PARTS,
        documents={**PARTS.documents, "a.txt": "0"},
        said={**PARTS.said, "a.txt": "0"},
    )
    assert PARTS.changes(now) == ("document a.txt changed",)


def test_what_is_the_same_is_fresh_in_whatever_order() -> None:
    same = replace(
        PARTS,
        documents=dict(reversed(PARTS.documents.items())),
        settings=dict(reversed(PARTS.settings.items())),
    )
    assert PARTS.changes(same) == ()
    assert same.fingerprint() == PARTS.fingerprint()
    require_fresh(MANIFEST, same)


def test_many_changes_are_counted() -> None:
    assert shorten(("a", "b", "c")) == "a; b; c"
    assert shorten(("a", "b", "c", "d")) == "a; b; c; and 1 more"
    assert shorten(("a", "b", "c", "d", "e")) == "a; b; c; and 2 more"


def test_a_manifest_is_read_as_written(tmp_path: Path) -> None:
    write(tmp_path, MANIFEST)
    assert read(tmp_path) == MANIFEST
    assert read(tmp_path).parts.fingerprint() == PARTS.fingerprint()


SOUND = {"format": FORMAT, "parts": {}, "documents": [], "files": {}}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"format": FORMAT},
        SOUND,
        {**SOUND, "parts": []},
        {**SOUND, "parts": {"documents": {}, "said": {}, "settings": {}, "weights": ""}},
        {**SOUND, "files": []},
        {**SOUND, "files": {"x": 1}},
        {"format": FORMAT, "unknown": 1},
    ],
)
def test_a_manifest_of_another_shape_is_refused(body: dict[str, object], tmp_path: Path) -> None:
    files.write_sealed(tmp_path / NAME, body)
    with pytest.raises(IndexDamagedError, match=r"manifest\.json .* → run `talks index`"):
        read(tmp_path)


def test_a_manifest_that_is_not_as_written_is_refused(tmp_path: Path) -> None:
    write(tmp_path, MANIFEST)
    body = json.loads((tmp_path / NAME).read_text())
    body["precision"] = "fp32"
    (tmp_path / NAME).write_text(json.dumps(body))
    with pytest.raises(IndexDamagedError, match="not what was written"):
        read(tmp_path)


def test_a_missing_manifest_is_damage(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match="missing"):
        read(tmp_path)


def test_another_versions_manifest_is_stale(tmp_path: Path) -> None:
    files.write_sealed(tmp_path / NAME, {"format": FORMAT + 1, "whatever": "it holds"})
    with pytest.raises(IndexStaleError, match=r"another version .* → run `talks index`"):
        read(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(b"text")
    listing = files.listing(tmp_path)
    require_whole(tmp_path, listing)
    (tmp_path / "x.npy").write_bytes(b"texd")
    with pytest.raises(IndexDamagedError, match=r"x\.npy is not what was written → run `talks"):
        require_whole(tmp_path, listing)
