"""Readers of another make: any extractive question-answering model or cross-encoder of the
transformers library. Torch reads them, so they are slower to load than the one that ships.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.crossread import (
    FOLDER,
    MOST_PIECES,
    NOTHING,
    CrossReader,
    Layout,
    Read,
    best_words,
    sentence_scores,
)
from retrieval.encode_int8 import quiet
from retrieval.errors import ReaderError
from retrieval.read import Model
from retrieval.types import Span


def open_reader(name: str, *, threads: int = 1) -> Model:
    """Return the reader of a name: none for the one that ships, a folder with one of its kind or
    with a model that transformers can load, or a hub name of such a model. Raises ReaderError.
    """
    if not name:
        return CrossReader(FOLDER, threads=threads)
    if (Path(name) / "model.onnx").is_file():
        return CrossReader(Path(name), threads=threads)
    if Path(name).is_dir():
        os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is fetched unless a hub name was configured
    try:
        with quiet():
            import torch  # noqa: PLC0415
            from transformers import AutoConfig  # noqa: PLC0415

            torch.set_num_threads(threads)
            kinds = AutoConfig.from_pretrained(name).architectures or [""]
            if kinds[0].endswith("ForQuestionAnswering"):
                return ExtractiveReader(name)
            if kinds[0].endswith("ForSequenceClassification"):
                return PairReader(name)
    except Exception as error:
        raise ReaderError(
            f"reader {name} cannot be loaded ({type(error).__name__}) → check reader.model: a "
            "folder or a hub name of a model with a fast tokeniser"
        ) from error
    raise ReaderError(
        f"reader {name} is a {kinds[0] or 'model of no known kind'} → set reader.model to an "
        "extractive question-answering model or a cross-encoder"
    )


class ExtractiveReader:
    """A model that points to the first and the last word of the answer, or to its first piece for
    none; it reads the title and the whole passage at once.
    """

    def __init__(self, name: str) -> None:
        from transformers import AutoModelForQuestionAnswering  # noqa: PLC0415

        self._tokenizer, self._most = _tokenizer(name)
        self._model = AutoModelForQuestionAnswering.from_pretrained(name).eval()

    def read(self, question: str, title: str, sentences: Sequence[str]) -> list[Read]:
        """Return one reading per sentence; what does not fit is not read."""
        import torch  # noqa: PLC0415

        text, spans = f"{title}\n", []
        for sentence in sentences:
            spans.append(Span(len(text), len(text) + len(sentence)))
            text += f"{sentence} "
        given = _paired(self._tokenizer, question, [text], self._most)
        offsets = given.pop("offset_mapping")[0].tolist()
        of_text = [part == 1 for part in given.sequence_ids(0)]
        with torch.inference_mode():
            found = self._model(**given)
        chances = torch.stack([found.start_logits[0], found.end_logits[0]], 1).float().numpy()
        words = [
            (at, number, Span(max(start - span.start, 0), min(end, span.end) - span.start))
            for at, (start, end) in enumerate(offsets)
            if of_text[at]
            for number, span in enumerate(spans)
            if start < end and span.overlaps(Span(start, end))
        ]
        # Every sentence is weighed against the first piece, which stands for "no answer".
        layout = Layout([], [], [0] * len(sentences), words)
        scores = sentence_scores(layout, -chances.sum(1), chances)
        return [Read(score, *best_words(layout, n, chances)) for n, score in enumerate(scores)]


class PairReader:
    """A cross-encoder: one figure for how well a sentence, under its title, meets the question."""

    def __init__(self, name: str) -> None:
        from transformers import AutoModelForSequenceClassification  # noqa: PLC0415

        self._tokenizer, self._most = _tokenizer(name)
        self._model = AutoModelForSequenceClassification.from_pretrained(name).eval()

    def read(self, question: str, title: str, sentences: Sequence[str]) -> list[Read]:
        """Return one reading per sentence; no words are marked."""
        import torch  # noqa: PLC0415

        texts = [f"{title}\n{sentence}" for sentence in sentences]
        given = _paired(self._tokenizer, question, texts, self._most)
        del given["offset_mapping"]
        with torch.inference_mode():
            found = self._model(**given).logits.float().numpy()
        # Of two classes the last says yes.
        scores = found[:, -1] - (found[:, 0] if found.shape[1] > 1 else np.float32(0.0))
        return [Read(float(score), None, NOTHING) for score in scores]


def _tokenizer(name: str) -> tuple[Any, int]:
    """Return a fast tokeniser and the most word pieces that its model takes."""
    from transformers import AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True)
    tokenizer.backend_tokenizer.to_str()  # offsets come from here; it has no fallback
    return tokenizer, min(int(tokenizer.model_max_length), MOST_PIECES)


def _paired(tokenizer: Any, question: str, texts: list[str], most: int) -> Any:
    return tokenizer(
        [question] * len(texts),
        texts,
        truncation="longest_first",
        max_length=most,
        padding=True,
        return_offsets_mapping=True,
        return_tensors="pt",
    )
