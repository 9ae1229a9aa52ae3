"""Reading questions turned into small collections: paragraphs on one subject become a document,
a few documents on near subjects are indexed as any are, so that signals look as they do in use.
"""

import gzip
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval import corpus, index
from retrieval.encode import CompiledEncoder, Encoded, Vectors
from retrieval.encode_original import ModelWorkshop
from retrieval.errors import QuestionsError
from retrieval.index import Index, Options
from retrieval.question import Asked, understand
from retrieval.search import LocalSearcher, Searcher, gather
from retrieval.types import Hit, Query, Source, Span

_PARAGRAPHS = 40  # in a document, on one subject
_DOCUMENTS = 5  # in a collection, on subjects near each other
_HITS = 8  # passages read of each question
Row = TypeVar("Row")


def for_reader(number: int) -> bool:
    """Whether the reader learns from a collection; what is fitted on top of it needs others."""
    return number % 4 != 0


def for_judgement(number: int) -> bool:
    """Whether what is fitted on top of the reader learns from a collection."""
    return not for_reader(number)


def for_all(_: int) -> bool:
    """Every collection."""
    return True


@dataclass(frozen=True, slots=True)
class Example:
    """A question about one paragraph; `answer` is None when the paragraph does not say."""

    question: str
    context: str
    answer: Span | None


@dataclass(frozen=True, slots=True)
class Subject:
    """One indexed collection and the questions about it; `number` counts those of its kind."""

    index: Index
    sources: Mapping[str, Source]
    encoder: CompiledEncoder
    examples: tuple[Example, ...]
    number: int = 0

    def place(self, example: Example) -> tuple[str, Span]:
        """Return document and span of the paragraph that an example is about."""
        for doc_id, source in self.sources.items():
            at = source.text.find(example.context)
            if at >= 0:
                return doc_id, Span(at, at + len(example.context))
        raise QuestionsError(f"no document holds the paragraph of {example.question!r}")


def searcher(subject: Subject) -> LocalSearcher:
    """Return a searcher as `Engine` has by default."""
    return LocalSearcher(subject.index, dense_weight=0.7, candidates=40)


def find(subject: Subject, search: Searcher, question: str) -> tuple[Asked, Encoded, list[Hit]]:
    """Take a question apart and find its passages, as `Engine` does."""
    asked = understand(
        question,
        vocabulary=subject.index.vocabulary,
        lexical=subject.index.lexical,
        is_word=subject.encoder.is_word,
    )
    encoded = subject.encoder.encode_question(asked.corrected)
    query = Query(question, asked.terms, _HITS)
    return asked, encoded, gather(search, subject.index, query, asked, encoded.vector)


def read_examples(path: Path) -> list[Example]:
    """Read whole-paragraph questions from a gzipped JSON-lines file; raises QuestionsError."""

    def made(row: Any) -> Example | None:
        if row["source"] != "squad":
            return None
        answer = Span(*row["answer"]) if row["answer"] else None
        return Example(row["question"], row["context"], answer)

    found = read_rows(path, made, "source, question, context and answer")
    return [example for example in found if example]


def read_rows(path: Path, made: Callable[[Any], Row], holds: str) -> list[Row]:
    """Return what is made of each line of a gzipped JSON-lines file; raises QuestionsError, which
    says what a line `holds`.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [made(json.loads(line)) for line in lines]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuestionsError(
            f"{path} cannot be read ({type(error).__name__}: {error}) → give gzipped JSON lines "
            f"with {holds}"
        ) from error


def subjects(
    examples: Sequence[Example],
    folder: Path,
    *,
    model: str,
    seed: int,
    wanted: Callable[[int], bool] = for_all,
) -> Iterator[Subject]:
    """Yield indexed collections of documents on near subjects, made below `folder`: those whose
    number is wanted.
    """
    contexts = sorted({example.context for example in examples})
    workshop = CompiledWorkshop(folder, model)
    count = max(len(contexts) // _PARAGRAPHS, 1)
    groups, centres = grouped(workshop.load().encode(contexts), count, seed=seed)
    by_context: dict[str, list[Example]] = {}
    for example in examples:
        by_context.setdefault(example.context, []).append(example)
    for number, members in enumerate(_neighbours(centres, np.unique(groups).tolist())):
        if not wanted(number):
            continue
        documents: dict[str, str] = {}
        chosen: list[str] = []
        for member in members:
            paragraphs = [contexts[i] for i in np.flatnonzero(groups == member)]
            random.Random(seed + member).shuffle(paragraphs)  # noqa: S311 - nothing secret
            documents[str(member)] = "\n\n".join(paragraphs)
            chosen += paragraphs
        asked = [e for c in chosen for e in by_context[c]]
        yield indexed(documents, asked, folder, number, workshop)


def indexed(
    documents: Mapping[str, str],
    examples: Sequence[Example],
    folder: Path,
    number: int,
    workshop: "CompiledWorkshop",
) -> Subject:
    """Write documents, name to text, below `folder` and index them: collection `number` there."""
    seeds = folder / f"collection-{number}"
    shutil.rmtree(seeds, ignore_errors=True)  # of another run, with other paragraphs
    seeds.mkdir(parents=True)
    for name, text in documents.items():
        (seeds / f"{name}.txt").write_bytes(text.encode("utf-8"))
    sources = corpus.load(seeds)
    root = folder / "index" / f"{number}"
    options = Options(model=workshop.model)
    index.build(root, sources, options, workshop=workshop, progress=lambda *_: None)
    opened = index.open_index(root, sources, options, weights=workshop.sha256)
    return Subject(
        opened,
        {s.document.id: s for s in sources},
        CompiledEncoder(opened.encoder_folder),
        tuple(examples),
        number,
    )


class CompiledWorkshop:
    """Indexes with the compiled encoder alone: three times as fast, and agreeing to 0.98."""

    def __init__(self, folder: Path, model: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        whole = ModelWorkshop(model)
        self.model = model
        self.sha256 = whole.sha256
        probe = ["How well do both agree?"]
        vectors = whole.load().encode(probe)
        self._name, self._precision, self._least = whole.compiled(
            folder, probe, vectors, lambda *_: None
        )
        self._folder = folder / self._name
        self._encoder = CompiledEncoder(self._folder, threads=2)

    def load(self) -> CompiledEncoder:
        """Return the compiled encoder."""
        return self._encoder

    def compiled(self, root: Path, *_: object) -> tuple[str, str, float]:
        """Return where it lies as seen from `root`, its precision and how well it agrees."""
        return os.path.relpath(self._folder, root), self._precision, self._least


def grouped(vectors: Vectors, count: int, *, seed: int) -> tuple[NDArray[np.int64], Vectors]:
    """Return a group number per row and the groups' centres: spherical k-means, twenty rounds."""
    generator = np.random.default_rng(seed)
    centres = vectors[generator.choice(len(vectors), count, replace=False)]
    groups = np.zeros(len(vectors), dtype=np.int64)
    for _ in range(20):
        groups = (vectors @ centres.T).argmax(axis=1)
        for number in range(count):
            members = vectors[groups == number]
            if len(members):
                centre = members.sum(axis=0)
                centres[number] = centre / np.linalg.norm(centre)
    return groups, centres


def _neighbours(centres: Vectors, free: list[int]) -> Iterator[list[int]]:
    """Yield the groups of `free`, each with its nearest that are still free."""
    while free:
        near = sorted(free, key=lambda i: -float(centres[i] @ centres[free[0]]))[:_DOCUMENTS]
        free = [i for i in free if i not in near]
        yield near
