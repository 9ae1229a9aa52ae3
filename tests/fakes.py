"""Stand-ins that satisfy the real interfaces: an encoder of hashed words and its workshop."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from retrieval import encode, files
from retrieval.encode import Encoded, Vectors
from retrieval.index import Options, Progress
from retrieval.text import stem, words
from retrieval.types import Document, Kind, Region, Source, Span

DIMENSIONS = 24


@lru_cache(maxsize=4096)
def word_vector(word: str) -> Vectors:
    """Return a word's unit vector: the same in every process, near no other word's."""
    seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()[:8])
    vector = np.random.default_rng(seed).standard_normal(DIMENSIONS)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class HashEncoder:
    """Texts that share words have near vectors; satisfies Encoder and QuestionEncoder."""

    dimensions = DIMENSIONS

    def __init__(self, known: Sequence[str] = ()) -> None:
        self._known = frozenset(known)

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = [self._encoded(text).vector for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), DIMENSIONS)

    def encode_tokens(self, texts: Sequence[str]) -> list[Encoded]:
        return [self._encoded(text) for text in texts]

    def encode_question(self, text: str) -> Encoded:
        return self._encoded(text)

    def is_word(self, word: str) -> bool:
        return word in self._known

    def _encoded(self, text: str) -> Encoded:
        found = words(text)
        rows = [word_vector(stem(word.folded)) for word in found]
        tokens = np.array(rows, dtype=np.float32).reshape(len(rows), DIMENSIONS)
        total = tokens.sum(axis=0) if rows else word_vector("")
        length = max(float(np.linalg.norm(total)), 1e-9)
        return Encoded(total / length, tokens, tuple(word.span for word in found))


class HashWorkshop:
    """Builds without a model; `sha256` stands for the weights."""

    def __init__(self, sha256: str = "hash", *, size: int = 0) -> None:
        self.sha256 = sha256
        self.loaded = 0
        self._size = size  # of the compiled model, in bytes

    def load(self) -> HashEncoder:
        self.loaded += 1
        return HashEncoder()

    def compiled(
        self, root: Path, sentences: Sequence[str], vectors: Vectors, progress: Progress
    ) -> tuple[str, str, float]:
        assert vectors.shape == (len(sentences), DIMENSIONS)
        target = root / f"{encode.COMPILED_PREFIX}{self.sha256}"
        progress("compiling the encoder (fp32)", 0, 1)
        with files.whole(target) as folder:
            (folder / "model.onnx").write_bytes(b"\1" * self._size)
            encode.seal(folder, {}, weights=self.sha256, stamp="")
        progress("compiling the encoder (fp32)", 1, 1)
        return target.name, "fp32", 1.0


def source(
    doc_id: str, text: str, *, title: str = "", kinds: dict[str, Kind] | None = None
) -> Source:
    """Return a document all body, but for the lines that `kinds` names by their text."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    document = Document(doc_id, f"{doc_id}.txt", title, None, None, None, "unknown", None, sha256)
    regions, at = [], 0
    for line in text.splitlines(keepends=True):
        kind = (kinds or {}).get(line.strip(), Kind.BODY)
        regions.append(Region(kind, Span(at, at + len(line))))
        at += len(line)
    return Source(document, text, tuple(regions))


def silent(_step: str, _done: int, _total: int) -> None:
    """Report no progress."""


SMALL = Options(max_chars=200, max_sentences=2, model="hash")
