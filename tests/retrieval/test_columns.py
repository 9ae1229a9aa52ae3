"""The flat form of passages: what goes in comes out, and what may be chosen from it."""

from pathlib import Path

import numpy as np
import pytest
from fakes import source
from hypothesis import given
from hypothesis import strategies as st

from retrieval.columns import Columns, columns, heading_of, lexical_text
from retrieval.types import QUOTABLE, Kind, Passage, Span

DOCUMENTS = ("b", "a", "no passages")


@st.composite
def some_passages(draw: st.DrawFn) -> list[Passage]:
    found = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, 50))
        ends = np.cumsum(draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))) + start
        sentences = tuple(map(Span, [start, *map(int, ends[:-1])], map(int, ends)))
        section = draw(st.none() | st.integers(0, 9).map(lambda at: Span(at, at + 3)))
        found.append(
            Passage(
                draw(st.sampled_from(DOCUMENTS[:2])),
                draw(st.sampled_from(sorted(QUOTABLE))),
                Span(start, int(ends[-1])),
                sentences,
                section,
            )
        )
    return found


def flat(passages: list[Passage]) -> Columns:
    return columns(
        DOCUMENTS, passages, [i % 3 for p in passages for i, _ in enumerate(p.sentences)]
    )


@given(passages=some_passages())
def test_passages_come_back_as_they_went_in(
    passages: list[Passage], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("columns") / "columns.npz"
    flat(passages).save(path)
    loaded = Columns.load(path, DOCUMENTS)
    assert [loaded.passage(row) for row in range(len(passages))] == passages
    assert len(loaded.token_firsts) == len(loaded.sentences) + 1


@given(
    some_passages(),
    st.none() | st.frozensets(st.sampled_from([*DOCUMENTS, "unknown"])),
    st.none() | st.frozensets(st.sampled_from(Kind)),
)
def test_passages_are_chosen_by_document_and_kind(
    passages: list[Passage], documents: frozenset[str] | None, kinds: frozenset[Kind] | None
) -> None:
    expected = [
        (documents is None or p.doc_id in documents) and (kinds is None or p.kind in kinds)
        for p in passages
    ]
    assert flat(passages).chosen(documents, kinds).tolist() == expected


TEXT = "Talks\nThe envoys met. They left.\nnonsense"
ENVOYS = source("a", TEXT, title=" News ")


def test_a_passage_is_found_by_its_title_and_section_too() -> None:
    passage = Passage("a", Kind.BODY, Span(6, 22), (Span(6, 22),), Span(0, 5))
    assert heading_of(ENVOYS, passage) == "News. Talks"
    assert lexical_text(ENVOYS, passage) == "The envoys met. \nNews. Talks\n\n"


def test_a_comment_is_found_by_what_it_is() -> None:
    passage = Passage("a", Kind.COMMENT, Span(33, 41), (Span(33, 41),))
    assert heading_of(ENVOYS, passage) == "News"
    assert lexical_text(ENVOYS, passage) == "nonsense\nNews\n\nreader comment commenter"


def test_a_document_without_a_title_has_no_heading() -> None:
    passage = Passage("a", Kind.BODY, Span(33, 41), (Span(33, 41),))
    assert heading_of(source("a", TEXT), passage) == ""


def test_a_file_that_would_run_code_is_not_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "columns.npz", passages=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        Columns.load(tmp_path / "columns.npz", DOCUMENTS)
