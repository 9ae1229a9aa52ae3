"""The compiled encoder: vectors, word pieces and their offsets, and files that are damaged."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import encode, files
from retrieval.answer import Engine
from retrieval.encode import COMPILED, CompiledEncoder, compiled_from, encoded, require_compiled
from retrieval.errors import EncoderError
from retrieval.types import Span

FILES = ("compiled.json", "model.onnx", "tokenizer.json")


@pytest.fixture(scope="module")
def encoder(seeds_engine: Engine) -> CompiledEncoder:
    return CompiledEncoder(seeds_engine.index.encoder_folder)


@pytest.fixture
def folder(seeds_engine: Engine, tmp_path: Path) -> Path:
    """A copy of the compiled encoder that may be damaged."""
    copy = tmp_path / f"{encode.COMPILED_PREFIX}copy"
    copy.mkdir()
    for name in FILES:
        original = seeds_engine.index.encoder_folder / name
        try:  # it is large: a link, which the damages below take away before they write
            os.link(original, copy / name)
        except OSError:
            shutil.copy(original, copy / name)
    return copy


# Vectors


def test_vectors_are_unit_rows(encoder: CompiledEncoder) -> None:
    vectors = encoder.encode(["Who met in Reykjavik?", "a", ""])
    assert vectors.shape == (3, encoder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_near_meanings_have_near_vectors(encoder: CompiledEncoder) -> None:
    asked, near, far = encoder.encode(
        ["Where did the ministers meet?", "The ministers held talks in Geneva.", "I like pasta."]
    )
    assert asked @ near > asked @ far + 0.2


def test_a_vector_does_not_depend_on_what_is_encoded_beside_it(encoder: CompiledEncoder) -> None:
    texts = ["Short.", "A much longer sentence about ministers and their talks in Geneva."]
    together = encoder.encode(texts)
    assert np.array_equal(together[0], encoder.encode(texts[:1])[0])
    assert np.array_equal(together[1], encoder.encode_question(texts[1]).vector)


def test_the_vectors_agree_with_the_originals_on_every_sentence(seeds_engine: Engine) -> None:
    index = seeds_engine.index
    texts = [
        seeds_engine.sources[passage.doc_id].text[span.start : span.end].strip()
        for passage in map(index.columns.passage, range(len(index.columns.passages)))
        for span in passage.sentences
    ]
    compiled = CompiledEncoder(index.encoder_folder).encode(texts)
    cosines = np.einsum("ij,ij->i", compiled, index.sentence_vectors)
    assert len(cosines) > 200
    assert cosines.min() >= 0.98
    assert index.manifest.agreement == pytest.approx(cosines.min(), abs=0.002)


# Word pieces


def test_word_pieces_stand_where_their_words_do(encoder: CompiledEncoder) -> None:
    text = "Did  Zelensky meet\u00a0Lavrov in Reykjavík?"
    item = encoder.encode_question(text)
    pieces = [text[span.start : span.end] for span in item.spans]
    assert pieces[0] == "Did"
    assert "".join(pieces) == "".join(text.split())
    assert "Reykjavík" in pieces
    assert item.tokens.shape == (len(pieces), encoder.dimensions)
    assert np.allclose(np.linalg.norm(item.tokens, axis=1), 1, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.text("ab é\u0301\u00a0ﬁ“”🙂東لا\x00\ud800.", max_size=60))
def test_any_text_has_word_pieces_inside_it(encoder: CompiledEncoder, text: str) -> None:
    item = encoder.encode_question(text)
    assert len(item.spans) == len(item.tokens)
    assert list(item.spans) == sorted(item.spans, key=lambda span: span.start)
    assert all(0 <= span.start < span.end <= len(text) for span in item.spans)
    assert np.isfinite(item.vector).all()
    assert np.isfinite(item.tokens).all()


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "\ud83d", "🙂🙂", "مرحبا بالعالم", "x" * 10_000, "word " * 10_000]
)
def test_strange_questions_have_vectors(text: str, encoder: CompiledEncoder) -> None:
    item = encoder.encode_question(text)
    assert item.vector.shape == (encoder.dimensions,)
    assert len(item.spans) <= 256  # the model reads no more


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("hotel", True),
        ("oslo", True),
        ("zelensky", False),
        ("rejkjavik", False),
        ("", False),
        ("🙂", False),
        ("\ud800", False),
        ("x" * 500, False),
    ],
)
def test_a_word_is_what_the_model_knows_as_one_piece(
    word: str,
    expected: bool,
    encoder: CompiledEncoder,
) -> None:
    assert encoder.is_word(word) is expected


def test_special_tokens_and_prompts_are_no_word_pieces() -> None:
    states = np.array([[9, 9], [3, 4], [0, 2], [9, 9]], dtype=np.float32)
    item = encoded(np.ones(2), states, [(0, 0), (7, 10), (10, 12), (0, 0)], skip=7)
    assert item.spans == (Span(0, 3), Span(3, 5))
    assert np.allclose(item.tokens, [[0.6, 0.8], [0, 1]])
    assert encoded(np.ones(2), states, [(0, 0), (0, 6), (5, 9), (0, 0)], skip=7).spans == ()


# Damage


def spoil(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def damage(path: Path) -> None:
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(change(content))

    return damage


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": spoil(lambda _: b""),
    "truncated": spoil(lambda content: content[: len(content) // 2]),
    "flipped": spoil(
        lambda content: (
            content[: len(content) // 2]
            + bytes([content[len(content) // 2] ^ 1])
            + content[len(content) // 2 + 1 :]
        )
    ),
    "garbage": spoil(lambda _: os.urandom(100)),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused_in_words(name: str, damage: str, folder: Path) -> None:
    require_compiled(folder)
    DAMAGES[damage](folder / name)
    with pytest.raises(EncoderError, match=rf"{name}.* → run `talks index`"):
        CompiledEncoder(folder)


def test_a_missing_folder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"missing .* → run `talks index`"):
        CompiledEncoder(tmp_path / "nowhere")


def test_what_another_version_compiled_is_refused_in_words(folder: Path) -> None:
    meta = require_compiled(folder)
    (folder / COMPILED).unlink()
    files.write_sealed(folder / COMPILED, {**meta, "format": meta["format"] + 1})
    with pytest.raises(EncoderError, match=r"another version .* → run `talks index`"):
        CompiledEncoder(folder)


def test_a_model_that_the_runtime_refuses_is_said_so(folder: Path) -> None:
    (folder / COMPILED).unlink()
    spoil(lambda _: b"no model")(folder / "model.onnx")
    encode.seal(folder, {}, weights="w", stamp="s")
    with pytest.raises(EncoderError, match=r"cannot be loaded .* → run `talks index --force`"):
        CompiledEncoder(folder)


def test_weights_are_known_by_the_stamp_they_had(folder: Path) -> None:
    (folder / COMPILED).unlink()
    encode.seal(folder, {}, weights="their sha256", stamp="their stamp")
    assert compiled_from(folder.parent, "their stamp") == "their sha256"
    assert compiled_from(folder.parent, "another") is None
    assert compiled_from(folder.parent / "nowhere", "their stamp") is None
    (folder / COMPILED).write_text("{}")
    assert compiled_from(folder.parent, "their stamp") is None
