"""The only file that knows sentence_transformers: encodes the collection while indexing, and
compiles the model once (ONNX, int8 where the processor has it) for questions.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import encode, files
from retrieval.encode import CompiledEncoder, Encoded, Vectors, encoded
from retrieval.encode_int8 import halve_tables, has_int8, quantise, quiet
from retrieval.errors import EncoderError
from retrieval.weights import Weights, find_weights

# Below this cosine to the original, on any sentence of the collection, int8 is not good enough.
LEAST_AGREEMENT = 0.98
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")

Progress = Callable[[str, int, int], None]


class OriginalEncoder:
    """The sentence-transformers model itself: slow to import, exact, used while indexing."""

    def __init__(self, weights: Weights) -> None:
        # Nothing may be fetched unless a hub name was configured.
        if weights.folder is not None:
            os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        with quiet():
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415
            from transformers.utils import logging as transformers_logging  # noqa: PLC0415

            # Progress is the caller's to draw.
            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            try:
                model = SentenceTransformer(str(weights.folder or weights.name), device="cpu")
                self._model = model.eval()
                self._tokenizer = model.tokenizer
                self._max_tokens = int(model.max_seq_length or 512)
                self._dimensions = int(model.get_embedding_dimension())
                # Offsets of word pieces come from here; it has no fallback.
                self._tokenizer.backend_tokenizer.to_str()
            except Exception as error:
                raise EncoderError(
                    f"encoder {weights.name} cannot be loaded ({type(error).__name__}) → check "
                    "encoder.model: it needs a sentence-transformers model with a transformer and "
                    "a fast tokeniser; or reinstall the package that carries it"
                ) from error

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        return self._dimensions

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        vectors = self._model.encode_document(
            list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[Encoded]:
        """Return texts of the collection with the contextual vectors of their word pieces."""
        if not texts:
            return []
        prompt = self._prompts()["document"]
        items = self._model.encode_document(
            list(texts), batch_size=32, output_value=None, show_progress_bar=False
        )
        found = []
        for text, item in zip(texts, items, strict=True):
            offsets = self._tokenizer(
                prompt + text,
                return_offsets_mapping=True,
                truncation=True,
                max_length=self._max_tokens,
            )["offset_mapping"]
            vector = item["sentence_embedding"].numpy()
            states = item["token_embeddings"][item["attention_mask"].bool()].numpy()
            unit = vector / max(float(np.linalg.norm(vector)), 1e-9)
            found.append(encoded(unit, states, offsets, skip=len(prompt)))
        return found

    def export(self, folder: Path) -> dict[str, object]:
        """Write model.onnx (fp32) and tokenizer.json into a folder; return what else to know."""
        import torch  # noqa: PLC0415

        class Whole(torch.nn.Module):  # type: ignore[misc]  # torch ships no types here
            """Sentence vector and token vectors from token ids, pooling included."""

            def __init__(self, model: Any, names: Sequence[str]) -> None:
                super().__init__()
                self.model, self.names = model, names

            def forward(self, *inputs: Any) -> tuple[Any, Any]:
                out = self.model(dict(zip(self.names, inputs, strict=True)))
                vector = torch.nn.functional.normalize(out["sentence_embedding"], dim=-1)
                return vector, out["token_embeddings"]

        names = [n for n in self._tokenizer.model_input_names if n in _INPUTS]
        example = self._tokenizer(["an example", "of two texts"], padding=True, return_tensors="pt")
        shape = {0: "batch", 1: "length"}
        with quiet():
            torch.onnx.export(
                Whole(self._model, names).eval(),
                tuple(example[n] for n in names),
                str(folder / "model.onnx"),
                input_names=names,
                output_names=["sentence", "tokens"],
                dynamic_shapes=(tuple(shape for _ in names),),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        self._tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        return {
            "dimensions": self.dimensions,
            "max_tokens": self._max_tokens,
            "prompts": self._prompts(),
            "unknown": self._tokenizer.unk_token_id,
        }

    def _prompts(self) -> dict[str, str]:
        """Return what sentence-transformers puts before questions and before documents."""
        known: dict[str, str] = self._model.prompts or {}

        def first(*names: str) -> str:
            named = [n for n in names if n in known] or [self._model.default_prompt_name or ""]
            return known.get(named[0]) or ""

        return {"query": first("query"), "document": first("document", "passage", "corpus")}


class ModelWorkshop:
    """What building an index needs of a model: load it, compile it, check the compiled one."""

    def __init__(
        self, name: str, *, precision: str = "auto", least_agreement: float = LEAST_AGREEMENT
    ) -> None:
        self._weights = find_weights(name)
        self._sha256 = self._weights.sha256()
        self._precision = precision
        self._least_agreement = least_agreement
        self._original: OriginalEncoder | None = None

    @property
    def sha256(self) -> str:
        """Names the model's weights."""
        return self._sha256

    def load(self) -> OriginalEncoder:
        """Load the model, once."""
        if self._original is None:
            self._original = OriginalEncoder(self._weights)
        return self._original

    def compiled(
        self, root: Path, sentences: Sequence[str], vectors: Vectors, progress: Progress
    ) -> tuple[str, str, float]:
        """Compile below `root`, or reuse, and check every sentence of the collection.

        Returns (folder name, precision, least cosine to `vectors`). "auto" tries int8 where the
        processor has it and falls back to fp32. Raises EncoderError when nothing agrees.
        """
        failures = []
        for precision in self._choices():
            folder = root / f"{encode.COMPILED_PREFIX}{self._sha256[:12]}-{precision}"
            step = f"compiling the encoder ({precision})"
            try:
                progress(step, 0, 1)
                self._compile(folder, precision)
                progress(step, 1, 1)
                least = _least_agreement(CompiledEncoder(folder), sentences, vectors, progress)
            except EncoderError as error:
                failures.append(error)
                continue
            if least >= self._least_agreement:
                return folder.name, precision, least
            failures.append(
                EncoderError(
                    f"encoder {self._weights.name}, compiled to {precision}, agrees with the "
                    f"original to {least:.3f} only, {self._least_agreement} is needed → set "
                    "encoder.precision to fp32 or auto, or encoder.model to another model"
                )
            )
        raise failures[-1]

    def _choices(self) -> tuple[str, ...]:
        if self._precision != "auto":
            return (self._precision,)
        return ("int8", "fp32") if has_int8() else ("fp32",)

    def _compile(self, target: Path, precision: str) -> None:
        try:
            if encode.require_compiled(target)["weights"] == self._sha256:
                return
        except EncoderError:
            pass  # not there, damaged, or made by another version
        with files.whole(target) as folder:
            try:
                meta = self.load().export(folder)
                if precision == "int8":
                    quantise(folder)
                halve_tables(folder / "model.onnx")
            except (OSError, EncoderError):
                raise
            except Exception as error:
                raise EncoderError(
                    f"encoder {self._weights.name} cannot be compiled to {precision} "
                    f"({type(error).__name__}) → set encoder.model to another model"
                ) from error
            encode.seal(folder, meta, weights=self._sha256, stamp=self._weights.stamp)


def _least_agreement(
    compiled: CompiledEncoder, sentences: Sequence[str], vectors: Vectors, progress: Progress
) -> float:
    cosines = [np.ones(1)]
    for start in range(0, len(sentences), 100):
        progress("checking the compiled encoder", start, len(sentences))
        rows = compiled.encode(sentences[start : start + 100])
        cosines.append(np.einsum("ij,ij->i", rows, vectors[start : start + 100]))
    progress("checking the compiled encoder", len(sentences), len(sentences))
    return float(np.concatenate(cosines).min())  # not a number if any of them is none
