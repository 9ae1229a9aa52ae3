"""Questions of our own, in `written/`: about the paragraphs of the reading data and about invented
articles. With them, and with that data, it makes all the collections that are learned from.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from retrieval.followup import following
from retrieval.sentences import trimmed
from retrieval.training.collections import (
    CompiledWorkshop,
    Example,
    Subject,
    for_all,
    indexed,
    read_examples,
    read_rows,
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
    own_alone: bool = False,
    wanted: Callable[[int], bool] = for_all,
) -> Iterator[Subject]:
    """Yield the collections of a data file, made below `folder`; with own questions in `written`,
    those about its paragraphs included, and then the collections of the articles, which are
    numbered anew. With `own_alone` nothing else is asked. Raises QuestionsError.
    """
    examples = read_examples(data)
    if written:
        own = about_paragraphs({example.context for example in examples}, written)
        examples = own if own_alone else examples + own
    yield from subjects(examples, folder, model=model, seed=seed, wanted=wanted)
    if written:
        yield from of_articles(written, folder / "articles", model=model, wanted=wanted)


def about_paragraphs(contexts: Iterable[str], written: Path) -> list[Example]:
    """Return the own questions about these paragraphs, in the order of the file."""
    by_name = {paragraph_name(context): context for context in contexts}

    def made(row: Any) -> Example | None:
        context = by_name.get(row["paragraph"])
        return _example(row, context, 0) if context is not None else None

    path = written / "paragraphs.jsonl.gz"
    return [e for e in read_rows(path, made, "paragraph, question and answer") if e]


def paragraph_name(context: str) -> str:
    """Return what a paragraph is called in `written/`: its text is with the reading data."""
    return sha256(context.encode("utf-8")).hexdigest()[:16]


def articles(written: Path) -> list[Article]:
    """Return the invented articles with their questions."""

    def made(row: Any) -> Article:
        text = row["text"]
        questions = [*row["questions"], *map(_completed, row["follow_ups"])]
        asked = (_about_article(each, text) for each in questions)
        return Article(row["article"], text, tuple(asked))

    path = written / "articles.jsonl.gz"
    return read_rows(path, made, "article, text, questions and follow_ups")


def of_articles(
    written: Path, folder: Path, *, model: str, wanted: Callable[[int], bool] = for_all
) -> Iterator[Subject]:
    """Yield the collections of the invented articles, made below `folder`."""
    given = articles(written)
    workshop = CompiledWorkshop(folder, model)
    for number, start in enumerate(range(0, len(given), _TOGETHER)):
        if not wanted(number):
            continue
        some = given[start : start + _TOGETHER]
        documents = {article.name: article.text for article in some}
        asked = [example for article in some for example in article.examples]
        yield indexed(documents, asked, folder, number, workshop)


def _completed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a follow-up with what it leaves out, as in a conversation."""
    return {**row, "question": following(row["question"], row["before"], row["told"])}


def _about_article(row: Mapping[str, Any], text: str) -> Example:
    if row["answer"] is None:
        return _example(row, text, 0)
    between = "\n\n" if "\n\n" in text else "\n"
    start = text.rfind(between, 0, row["answer"][0]) + 1  # 0, or among the empty lines
    end = text.find(between, row["answer"][0])
    inside = trimmed(text, Span(start, end if end >= 0 else len(text)))
    return _example(row, text[inside.start : inside.end], inside.start)


def _example(row: Mapping[str, Any], context: str, start: int) -> Example:
    answer = row["answer"]
    span = Span(answer[0] - start, answer[1] - start) if answer else None
    return Example(row["question"], context, span)
