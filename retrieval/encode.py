"""Text to vectors: what an encoder is, and the compiled one that questions go through.

Asking imports ONNX Runtime only. `encode_original` holds what needs torch.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import EncoderError
from retrieval.types import Span

Vectors = NDArray[np.float32]

COMPILED = ("model.onnx", "tokenizer.json", "compiled.json")


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text: its unit `vector` (d,), its word pieces' unit `tokens` (n, d) and their spans."""

    vector: Vectors
    tokens: Vectors
    spans: tuple[Span, ...]


class Encoder(Protocol):
    """Anything that turns texts into unit vectors of one length."""

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text of the collection, shape (len(texts), dimensions)."""
        ...

    def encode_tokens(self, texts: Sequence[str]) -> list[Encoded]:
        """Return texts of the collection with the contextual vectors of their word pieces."""
        ...


class QuestionEncoder(Protocol):
    """What asking needs of an encoder."""

    def encode_question(self, text: str) -> Encoded:
        """Return a question's vectors."""
        ...

    def is_word(self, word: str) -> bool:
        """Whether the encoder knows the word as one piece: a common word, not a slip."""
        ...


def encoded(
    vector: Vectors, states: Vectors, offsets: Sequence[tuple[int, int]], *, skip: int = 0
) -> Encoded:
    """Bundle one text's vectors: special tokens and the first `skip` characters are left out."""
    keep = [i for i, (start, end) in enumerate(offsets) if start < end and start >= skip]
    rows = states[keep].astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    spans = tuple(Span(offsets[i][0] - skip, offsets[i][1] - skip) for i in keep)
    return Encoded(vector.astype(np.float32), rows, spans)


class CompiledEncoder:
    """A sentence-transformers model as exported by `encode_original.compile_encoder`."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        import onnxruntime  # noqa: PLC0415  asking for --help must not pay for it
        from tokenizers import Tokenizer  # noqa: PLC0415

        for name in COMPILED:
            if not (folder / name).is_file():
                raise EncoderError(
                    f"{folder / name} is missing: the compiled encoder is incomplete → "
                    "run `talks index --force`"
                )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # One question at a time leaves the arena's pre-allocation unused: it only costs memory.
        options.enable_cpu_mem_arena = False
        try:
            meta = json.loads((folder / "compiled.json").read_text("utf-8"))
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._dimensions = int(meta["dimensions"])
            self._prompts: dict[str, str] = meta["prompts"]
            self._tokenizer.enable_truncation(int(meta["max_tokens"]))
        except Exception as error:
            raise EncoderError(
                f"the compiled encoder in {folder} cannot be loaded ({type(error).__name__}) → "
                "run `talks index --force`"
            ) from error
        self._inputs = [i.name for i in self._session.get_inputs()]

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        return self._dimensions

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text; one at a time, so that nothing is padded."""
        rows = [item.vector for item in self.encode_tokens(texts)]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self._dimensions)

    def encode_tokens(self, texts: Sequence[str]) -> list[Encoded]:
        """Return texts of the collection with the contextual vectors of their word pieces."""
        return [self._run(text, self._prompts.get("document", "")) for text in texts]

    def encode_question(self, text: str) -> Encoded:
        """Return a question's vectors."""
        return self._run(text, self._prompts.get("query", ""))

    def is_word(self, word: str) -> bool:
        """Whether the encoder knows the word as one piece: a common word, not a slip."""
        return len(self._tokenizer.encode(word, add_special_tokens=False).ids) == 1

    def _run(self, text: str, prompt: str) -> Encoded:
        encoding = self._tokenizer.encode(prompt + text)
        feeds = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        arrays = {name: np.array([feeds[name]], dtype=np.int64) for name in self._inputs}
        vector, states = self._session.run(["sentence", "tokens"], arrays)
        return encoded(vector[0], states[0], encoding.offsets, skip=len(prompt))
