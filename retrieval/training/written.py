"""Questions of our own, in `written/`: about the paragraphs of the reading data and about invented
articles. With them, and with that data, it makes all the collections that are learned from.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from retrieval.errors import QuestionsError
from retrieval.followup import leaning, points_to_answer
from retrieval.sentences import trimmed
from retrieval.training.collections import (
    CompiledWorkshop,
    Example,
    Subject,
    for_all,
    indexed,
    read_examples,
    subjects,
)
from retrieval.types import Span

OWN = "folder of questions of our own to add, as retrieval/training/written"
_TOGETHER = 12  # articles in a collection


@dataclass(frozen=True, slots=True)
class Article:
    """An article and what is asked about it, follow-ups as they are put to the reader: an answered
    question is about its paragraph, one that nothing answers about the whole.
    """

    name: str
    text: str
    examples: tuple[Example, ...]


def learned_from(
    data: Path,
    folder: Path,
    *,
    model: str,
    seed: int,
    written: Path | None = None,
    wanted: Callable[[int], bool] = for_all,
) -> Iterator[Subject]:
    """Yield the collections of a data file, made below `folder`; with own questions in `written`,
    those about its paragraphs included, and then the collections of the articles, which are
    numbered anew. Raises QuestionsError.
    """
    examples = read_examples(data)
    if written:
        examples += about_paragraphs({example.context for example in examples}, written)
    yield from subjects(examples, folder, model=model, seed=seed, wanted=wanted)
    if written:
        given = articles(written)
        yield from _of_articles(given, folder / "articles", model=model, wanted=wanted)


def about_paragraphs(contexts: Iterable[str], written: Path) -> list[Example]:
    """Return the own questions about these paragraphs, in the order of the file."""
    by_name = {paragraph_name(context): context for context in contexts}
    return [
        _example(row, by_name[row["paragraph"]], 0)
        for row in _rows(written / "paragraphs.jsonl.gz")
        if row["paragraph"] in by_name
    ]


def paragraph_name(context: str) -> str:
    """Return what a paragraph is called in `written/`: its text is with the reading data."""
    return sha256(context.encode("utf-8")).hexdigest()[:16]


def articles(written: Path) -> list[Article]:
    """Return the invented articles with their questions."""
    found = []
    for row in _rows(written / "articles.jsonl.gz"):
        text = row["text"]
        questions = [*row["questions"], *map(_completed, row["follow_ups"])]
        asked = (_about_article(each, text) for each in questions)
        found.append(Article(row["article"], text, tuple(asked)))
    return found


def _of_articles(
    given: Sequence[Article], folder: Path, *, model: str, wanted: Callable[[int], bool]
) -> Iterator[Subject]:
    workshop = CompiledWorkshop(folder, model)
    for number, start in enumerate(range(0, len(given), _TOGETHER)):
        if not wanted(number):
            continue
        some = given[start : start + _TOGETHER]
        documents = {article.name: article.text for article in some}
        asked = [example for article in some for example in article.examples]
        yield indexed(documents, asked, folder, number, workshop)


def _completed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a follow-up with what it leaves out, as `followup.completed` says it."""
    told = row["told"] if points_to_answer(row["question"], row["before"]) else ""
    return {**row, "question": leaning(row["question"], f"{row['before']} {told}")}


def _about_article(row: Mapping[str, Any], text: str) -> Example:
    if row["answer"] is None:
        return _example(row, text, 0)
    start = text.rfind("\n\n", 0, row["answer"][0]) + 1  # 0, or among the empty lines
    end = text.find("\n\n", row["answer"][0])
    inside = trimmed(text, Span(start, end if end >= 0 else len(text)))
    return _example(row, text[inside.start : inside.end], inside.start)


def _example(row: Mapping[str, Any], context: str, start: int) -> Example:
    answer = row["answer"]
    span = Span(answer[0] - start, answer[1] - start) if answer else None
    return Example(row["question"], context, span)


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    except (OSError, ValueError) as error:
        raise QuestionsError(
            f"{path} cannot be read ({type(error).__name__}: {error}) → give the folder that holds "
            "paragraphs.jsonl.gz and articles.jsonl.gz"
        ) from error
