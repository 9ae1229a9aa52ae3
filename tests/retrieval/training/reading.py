"""Reading questions made up for the tests: paragraphs of a few facts each, and what is asked."""

import gzip
import itertools
import json
import random
from pathlib import Path

from retrieval.training.collections import Example
from retrieval.training.written import paragraph_name
from retrieval.types import Span

SYLLABLES = ("bar", "del", "fin", "gor", "hul", "kem", "lis", "mor", "nev", "pul", "ros", "tav")
NAMES = [a.capitalize() + b + c for a, b, c in itertools.permutations(SYLLABLES, 3)]


def examples(paragraphs: int, *, seed: int = 1) -> list[Example]:
    """Return two questions a paragraph, one in four of them about what it does not say."""
    dice = random.Random(seed)  # noqa: S311
    names = dice.sample(NAMES, paragraphs)
    made = []
    for number, name in enumerate(names):
        place = names[number // 3]  # so that names come up again
        year, ferries = dice.randint(1800, 2020), dice.randint(10, 99)
        # Words that any encoder tells apart, in an order of their own.
        filler = " ".join(
            dice.choices(["the", "envoy", "harbour", "met", "opened", "in", "a"], k=8)
        )
        context = (
            f"The envoy of {place} met {name} there. It was {filler} that day, nobody knows why. "
            f"The harbour of {place} opened in {year}. Later {name} counted {ferries} ferries."
        )
        asked = [
            (f"Whom did the envoy of {place} meet there?", name),
            (f"How many ferries did {name} count in the harbour?", str(ferries)),
        ]
        if number % 2:
            asked[0] = (f"Why did the bridge near {place} fall?", None)
        for question, answer in asked:
            at = context.rindex(answer) if answer == str(ferries) else context.find(answer or "\0")
            span = None if answer is None else Span(at, at + len(answer))
            made.append(Example(question, context, span))
    return made


def write(path: Path, given: list[Example]) -> Path:
    """Write a data file, with a row of another source, which is left out."""
    rows: list[dict[str, object]] = [
        {
            "source": "squad",
            "question": e.question,
            "context": e.context,
            "answer": None if e.answer is None else [e.answer.start, e.answer.end],
        }
        for e in given
    ]
    rows.insert(1, {"source": "news", "question": "?", "context": "", "answer": None})
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def write_own(folder: Path, about: list[Example], articles: list[list[Example]]) -> Path:
    """Write a folder of own questions: about paragraphs, and about articles of several each."""
    folder.mkdir(parents=True)
    paragraphs = [
        {"paragraph": paragraph_name(e.context), "question": e.question, "answer": _ends(e, 0)}
        for e in about
    ]
    written = []
    for number, asked in enumerate(articles):
        text = "A headline\n\n" + "\n\n".join(dict.fromkeys(e.context for e in asked)) + "\n"
        questions = [
            {"question": e.question, "answer": _ends(e, text.index(e.context))} for e in asked
        ]
        row = {"article": f"n{number}", "text": text, "questions": questions, "follow_ups": []}
        written.append(row)
    for name, rows in (("paragraphs", paragraphs), ("articles", written)):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
            lines.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


def _ends(example: Example, start: int) -> list[int] | None:
    answer = example.answer
    return None if answer is None else [start + answer.start, start + answer.end]
