"""Reading questions become collections that are indexed as any are."""

import gzip
from pathlib import Path

import pytest
import reading

from retrieval.encode import CompiledEncoder
from retrieval.errors import QuestionsError
from retrieval.training.collections import Example, Subject, read_examples, subjects
from retrieval.types import Span


def test_examples_are_read_back_but_for_other_sources(tmp_path: Path) -> None:
    given = reading.examples(6)
    assert read_examples(reading.write(tmp_path / "data.jsonl.gz", given)) == given
    assert any(example.answer is None for example in given)


@pytest.mark.parametrize(
    "lines",
    [b"{", b"[]", b'{"source": "squad"}', b"\xff", b'{"source": "squad", "question": "q", '
     b'"context": "c", "answer": [2, 1]}'],
)  # fmt: skip
def test_a_file_of_anything_else_is_named(tmp_path: Path, lines: bytes) -> None:
    path = tmp_path / "data.jsonl.gz"
    for data in (gzip.compress(lines), lines):  # and one that is not compressed
        path.write_bytes(data)
        with pytest.raises(QuestionsError, match=r"data\.jsonl\.gz cannot be read .* → give"):
            read_examples(path)
    with pytest.raises(QuestionsError, match="cannot be read"):
        read_examples(tmp_path / "gone.jsonl.gz")


def test_every_paragraph_is_in_one_collection_with_its_questions(work: Path, model: str) -> None:
    given = reading.examples(85)
    found = list(subjects(given, work, model=model, seed=3))
    assert sorted((e.context, e.question) for subject in found for e in subject.examples) == sorted(
        (e.context, e.question) for e in given
    )
    for subject in found:
        assert isinstance(subject.encoder, CompiledEncoder)
        held = "".join(source.text for source in subject.sources.values())
        assert all(held.count(example.context) == 1 for example in subject.examples)
        for example in subject.examples:
            doc_id, span = subject.place(example)
            text = subject.sources[doc_id].text
            assert text[span.start : span.end] == example.context
    with pytest.raises(QuestionsError, match="no document holds the paragraph of 'why\\?'"):
        found[0].place(Example("why?", "Not there.", Span(0, 3)))


def test_the_same_questions_make_the_same_collections_and_others_leave_nothing_of_them(
    work: Path, model: str
) -> None:
    def made(examples: list[Example]) -> list[Subject]:
        return list(subjects(examples, work, model=model, seed=3))

    given = reading.examples(45)
    first, again = made(given), made(given)
    assert [s.index.folder for s in again] == [s.index.folder for s in first]  # not built again
    others = made(reading.examples(45, seed=2))
    for subject in others:
        held = "\n".join(source.text for source in subject.sources.values())
        assert not any(example.context in held for example in given)


def test_paragraphs_that_are_all_alike_are_a_collection_too(work: Path, model: str) -> None:
    alike = [Example("who?", f"The envoy met qq{n}.", None) for n in range(85)]  # unknown words
    (subject,) = subjects(alike, work, model=model, seed=3)
    assert len(subject.examples) == 85
