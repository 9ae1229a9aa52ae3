"""Text to vectors: what an encoder is, and the compiled one that questions go through.

Asking imports ONNX Runtime only. `encode_original` holds what needs torch.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval import files
from retrieval.errors import EncoderError
from retrieval.types import Span

_HALVES = re.compile("[\ud800-\udfff]")

Vectors = NDArray[np.float32]

# A compiled encoder is a folder of three files, made by `encode_original`.
COMPILED_PREFIX = "encoder-"
COMPILED = "compiled.json"
# Raise by one whenever an unchanged model is compiled to something else.
COMPILED_FORMAT = 2


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


def require_compiled(folder: Path) -> dict[str, Any]:
    """Return what compiled.json says; raises EncoderError unless all files are as written."""
    try:
        meta = files.read_sealed(folder / COMPILED)
        if meta["format"] == COMPILED_FORMAT:
            damage = files.damage(folder, meta["files"])
        else:
            damage = f"another version of this program made {folder}"
    except (OSError, ValueError, KeyError) as error:
        damage = f"{folder / COMPILED} is missing or not what was written ({type(error).__name__})"
    if damage:
        raise EncoderError(f"the compiled encoder cannot be used: {damage} → run `talks index`")
    return meta


def seal(folder: Path, meta: Mapping[str, object], *, weights: str, stamp: str) -> None:
    """Write compiled.json beside a compiled model: last of all files, it makes the folder whole."""
    files.write_sealed(
        folder / COMPILED,
        {
            **meta,
            "format": COMPILED_FORMAT,
            "weights": weights,
            "stamp": stamp,
            "files": files.listing(folder),
        },
    )


def compiled_from(root: Path, stamp: str) -> str | None:
    """Return the sha256 of weights whose files had this stamp when they were compiled.

    Looks at what was compiled below `root`; None if they were not, or were touched since. Saves
    reading the weights, which takes longer than answering a question.
    """
    for path in root.glob(f"{COMPILED_PREFIX}*/{COMPILED}"):
        try:
            meta = files.read_sealed(path)
            if meta["stamp"] == stamp:
                return str(meta["weights"])
        except (OSError, ValueError, KeyError):
            continue  # whoever loads it will say so
    return None


def opened(folder: Path, *, threads: int) -> tuple[Any, Any]:
    """Open model.onnx and tokenizer.json of a folder: (session, tokenizer); raises what they do."""
    import onnxruntime  # noqa: PLC0415  asking for --help must not pay for it
    from tokenizers import Tokenizer  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # One text at a time leaves the arena's pre-allocation unused: it only costs memory.
    options.enable_cpu_mem_arena = False
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    return session, Tokenizer.from_file(str(folder / "tokenizer.json"))


class CompiledEncoder:
    """A sentence-transformers model as compiled by `encode_original.ModelWorkshop`."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        meta = require_compiled(folder)
        try:
            self._session, self._tokenizer = opened(folder, threads=threads)
        except Exception as error:
            raise EncoderError(
                f"the compiled encoder in {folder} cannot be loaded ({type(error).__name__}) → "
                "run `talks index --force`, with the onnxruntime that asks"
            ) from error
        self._dimensions = int(meta["dimensions"])
        self._prompts: dict[str, str] = meta["prompts"]
        self._tokenizer.enable_truncation(int(meta["max_tokens"]))
        self._tokenizer.no_padding()
        self._unknown: int | None = meta["unknown"]
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
        return [self._run(text, self._prompts["document"]) for text in texts]

    def encode_question(self, text: str) -> Encoded:
        """Return a question's vectors."""
        return self._run(text, self._prompts["query"])

    def is_word(self, word: str) -> bool:
        """Whether the encoder knows the word as one piece: a common word, not a slip."""
        whole = _HALVES.sub("\ufffd", word)
        pieces = self._tokenizer.encode(whole, add_special_tokens=False).ids
        return len(pieces) == 1 and pieces[0] != self._unknown

    def _run(self, text: str, prompt: str) -> Encoded:
        # Half a surrogate pair, as JSON can hold, is no character: the tokeniser would raise.
        encoding = self._tokenizer.encode(prompt + _HALVES.sub("\ufffd", text))
        feeds = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        arrays = {name: np.array([feeds[name]], dtype=np.int64) for name in self._inputs}
        vector, states = self._session.run(["sentence", "tokens"], arrays)
        return encoded(vector[0], states[0], encoding.offsets, skip=len(prompt))
