"""The index on disk: what it holds, and when it is refused."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from building import HARBOUR, TESTS, answers, build, current, names, opened
from fakes import SMALL, HashEncoder, HashWorkshop, silent

from retrieval import chunk, corpus, index
from retrieval.columns import heading_of
from retrieval.errors import (
    IndexBuildError,
    IndexDamagedError,
    IndexMissingError,
    IndexStaleError,
    RetrievalError,
)
from retrieval.index import Options
from retrieval.search import LocalSearcher
from retrieval.types import Query

# What it holds


def test_it_holds_every_passage_and_sentence(root: Path, seeds: Path) -> None:
    found, sources = opened(root, seeds), corpus.load(seeds)
    passages = [
        p
        for s in sources
        for p in chunk.passages(s, max_chars=SMALL.max_chars, max_sentences=SMALL.max_sentences)
    ]
    assert len(passages) == 4
    assert [found.columns.passage(row) for row in range(len(passages))] == passages
    assert found.lexical.passages == len(found.passage_vectors) == len(passages)
    sentences = [s for p in passages for s in p.sentences]
    assert found.words.passages == len(found.sentence_vectors) == len(sentences)


def test_its_vectors_are_the_encoders(root: Path, seeds: Path) -> None:
    found = opened(root, seeds)
    text = {s.document.id: s.text for s in corpus.load(seeds)}
    by_id = {s.document.id: s for s in corpus.load(seeds)}
    encoder, sentence = HashEncoder(), 0
    for row in range(len(found.passage_vectors)):
        passage = found.columns.passage(row)
        whole = text[passage.doc_id]
        body = whole[passage.span.start : passage.span.end]
        heading = heading_of(by_id[passage.doc_id], passage)
        expected = encoder.encode([f"{heading}\n{body}"])[0]
        assert np.allclose(found.passage_vectors[row], expected)
        for span in passage.sentences:
            words = encoder.encode_tokens([whole[span.start : span.end].strip()])[0]
            assert np.allclose(found.sentence_vectors[sentence], words.vector)
            first, last = found.columns.token_firsts[sentence : sentence + 2]
            assert np.allclose(found.token_vectors[first:last] / 127, words.tokens, atol=0.005)
            sentence += 1
    assert len(found.token_vectors) == found.columns.token_firsts[-1]


def test_nothing_in_it_is_text_of_the_documents(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file():
            assert b"cut the ribbon" not in path.read_bytes()


def test_its_fingerprint_is_the_same_in_every_process() -> None:
    command = (
        "from pathlib import Path; from retrieval import corpus, index; "
        "sources = corpus.load(Path('seeds')); "
        "print(index.parts_of(sources, index.Options(), '').fingerprint())"
    )
    found = {
        subprocess.check_output(
            [sys.executable, "-c", command],
            cwd=TESTS.parent,
            env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        )
        for hash_seed in range(4)
    }
    assert len(found) == 1


def test_it_is_built_once(root: Path, seeds: Path) -> None:
    workshop = HashWorkshop()
    sources = corpus.load(seeds)
    assert not index.build(root, sources, SMALL, workshop=workshop, progress=silent)
    assert workshop.loaded == 0
    assert index.build(root, sources, SMALL, workshop=workshop, progress=silent, force=True)
    assert workshop.loaded == 1


def test_progress_reaches_the_end_of_every_step(tmp_path: Path, seeds: Path) -> None:
    seen: dict[str, tuple[int, int]] = {}

    def progress(step: str, done: int, total: int) -> None:
        assert seen.get(step, (0, total)) <= (done, total)
        seen[step] = (done, total)

    build(tmp_path / "index", seeds, progress=progress)
    assert len(seen) >= 4
    assert all(done == total for done, total in seen.values())


def test_documents_without_a_word_to_quote_are_an_index_too(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.md").write_text("# Only a heading\n")
    build(tmp_path / "index", tmp_path / "seeds")
    found = opened(tmp_path / "index", tmp_path / "seeds")
    searcher = LocalSearcher(found, dense_weight=0.5, candidates=5)
    assert (
        searcher.search(Query("", {"heading": 1.0}, 3), HashEncoder().encode(["heading"])[0]) == []
    )


# When it is refused


def test_no_index_is_said_so(tmp_path: Path, seeds: Path) -> None:
    with pytest.raises(IndexMissingError, match=r"no index in .* → run `talks index`"):
        opened(tmp_path / "index", seeds)


CHANGES: dict[str, Callable[[Path], object]] = {
    "document harbour.txt changed": lambda s: (s / "harbour.txt").write_text(HARBOUR + "More."),
    "document new.txt is new": lambda s: (s / "new.txt").write_text("Something new."),
    "document ferry.md is gone": lambda s: (s / "ferry.md").unlink(),
    "say of harbour.txt changed": lambda s: (s / "catalogue.toml").write_text(
        '[[document]]\nid = "harbour"\nfile = "harbour.txt"\ntitle = "Named"\n'
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_the_collection_is_named(change: str, root: Path, seeds: Path) -> None:
    CHANGES[change](seeds)
    with pytest.raises(IndexStaleError, match=f"{change} → run `talks index`"):
        opened(root, seeds)
    assert build(root, seeds)
    opened(root, seeds)


def test_a_change_in_the_furniture_patterns_is_named(root: Path, seeds: Path) -> None:
    sources = corpus.load(seeds, furniture=("ugly thing!",))
    with pytest.raises(IndexStaleError, match=r"furniture patterns say of ferry\.md changed"):
        index.open_index(root, sources, SMALL, weights="hash")


def other(options: Options, name: str) -> Options:
    value = getattr(options, name)
    return replace(options, **{name: value + "x" if isinstance(value, str) else value * 2})


@pytest.mark.parametrize("name", [field.name for field in fields(Options)])
def test_a_change_of_any_setting_is_named(name: str, root: Path, seeds: Path) -> None:
    changed = other(SMALL, name)
    before, after = getattr(SMALL, name), getattr(changed, name)
    with pytest.raises(IndexStaleError, match=rf"setting \w+\.{name} was {before}, is {after} →"):
        opened(root, seeds, changed)


def test_a_change_of_weights_is_named(root: Path, seeds: Path) -> None:
    with pytest.raises(IndexStaleError, match="the weights of encoder hash changed"):
        opened(root, seeds, weights="others")
    assert build(root, seeds, sha256="others")
    opened(root, seeds, weights="others")


FILES = (
    "columns.npz",
    "lexical.json",
    "lexical.npz",
    "manifest.json",
    "passages.npy",
    "sentences.npy",
    "tokens.npy",
    "vocabulary.json",
    "words.json",
    "words.npz",
)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b" x"),
    "flipped": flip,
    "garbage": lambda path: path.write_bytes(os.urandom(500)),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


def test_every_file_of_a_build_is_tried(root: Path) -> None:
    assert names(current(root)) == sorted(FILES)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused_and_repaired(
    name: str, damage: str, root: Path, seeds: Path
) -> None:
    DAMAGES[damage](current(root) / name)
    with pytest.raises(IndexDamagedError, match=rf"{name}.* → run `talks index`"):
        opened(root, seeds)
    assert build(root, seeds)
    assert answers(root, seeds)


@pytest.mark.parametrize(
    "pointer",
    [b"", b"\n", b".", b"..", b"/", b"nowhere", b"\xff\xfe", b"a\0b", b"x" * 5000, None],
    ids=lambda pointer: repr(pointer)[:12],
)
def test_a_garbage_pointer_is_refused_and_repaired(
    pointer: bytes | None, root: Path, seeds: Path
) -> None:
    (root / "current").unlink()
    if pointer is None:
        (root / "current").mkdir()
    else:
        (root / "current").write_bytes(pointer)
    with pytest.raises(IndexDamagedError, match=r"→ run `talks index`"):
        opened(root, seeds)
    if pointer is not None:  # a folder of this name is nothing that a build may take away
        assert build(root, seeds)
        assert answers(root, seeds)


def test_an_index_whose_encoder_is_damaged_is_built_again(root: Path, seeds: Path) -> None:
    flip(root / "encoder-hash" / "compiled.json")
    assert build(root, seeds)
    assert not build(root, seeds)


def test_a_file_in_place_of_the_index_is_refused(tmp_path: Path, seeds: Path) -> None:
    (tmp_path / "index").write_text("a file")
    with pytest.raises(RetrievalError, match=r"→ run `talks index`"):
        opened(tmp_path / "index", seeds)
    with pytest.raises(IndexBuildError, match=r"cannot be written .* → point index\.path at"):
        build(tmp_path / "index", seeds)
