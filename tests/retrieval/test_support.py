"""Words that nothing is about: right where they are named, and silent wherever it is in doubt."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from building import opened
from fakes import HashEncoder, word_vector
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.encode import Encoded
from retrieval.index import Index
from retrieval.question import Asked, understand
from retrieval.support import LONGEST, MOST, unsupported
from retrieval.text import words
from retrieval.types import Hit


@pytest.fixture
def index(root: Path, seeds: Path) -> Index:
    return opened(root, seeds)


def taken_apart(index: Index, question: str) -> Asked:
    """Every word counts as a common one, so none is taken for a slip of another."""
    return understand(
        question, vocabulary=index.vocabulary, lexical=index.lexical, is_word=lambda _: True
    )


def in_vectors(asked: Asked, **means: str) -> Encoded:
    """Word vectors that meet nothing, but for words in `means`: those are met by that word."""
    encoded = HashEncoder().encode_question(asked.corrected)
    tokens = np.zeros_like(encoded.tokens)
    for row, word in enumerate(words(asked.corrected)):
        if word.folded in means:
            tokens[row] = word_vector(means[word.folded])
    return replace(encoded, tokens=tokens)


def hits_in(index: Index, *documents: str) -> list[Hit]:
    every = [index.columns.passage(row) for row in range(len(index.columns.passages))]
    return [
        Hit(passage, row, 1.0, None, None)
        for row, passage in enumerate(every)
        if passage.doc_id in documents
    ]


def named(index: Index, question: str, *documents: str, **means: str) -> tuple[str, ...]:
    asked = taken_apart(index, question)
    hits = hits_in(index, *(documents or ("harbour", "ferry")))
    return unsupported(index, asked, in_vectors(asked, **means), hits, question)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("where in Vienna did Ida Brandt cut the ribbon?", ("Vienna",)),
        ("did Brandt cut the ribbon in VIENNA’S harbour?", ("VIENNA",)),
        ("which hotel did Ida Brandt open?", ("hotel",)),
        ("did the hotel Miramar on the ferry close", ("hotel Miramar",)),
        ("did the harbour of Port Novo-Gorod open", ("Novo-Gorod",)),
        ("did Brandt open the harbour in 1999?", ("1999",)),
        ("did Brandt meet Anna, Boris and Chris or Doris on the ferry?",
         ("Anna", "Boris", "Chris")),
        ("did Vienna lose Vienna’s ferry to Vienna", ("Vienna",)),
        # the first name of somebody whom the passages call by the last
        ("did Cam Brandt open the harbour", ()),
        ("did Brandt-Cam open the harbour", ("Cam",)),
        # what may be spelt out
        ("did Brandt open the IMO harbour?", ()),
        # a verb, and an adverb, may be put in other words
        ("did the ferry founder hopelessly?", ()),
        ("what is the ferry that sank?", ()),
        # what asks about documents as such, or for a sort of answer
        ("which author wrote of the ferry?", ()),
        ("what kind of ferry is it?", ()),
        ("how many minutes did the ferry take?", ()),
        # a variant of what stands there
        ("who opens harbours", ()),
        # nothing of the question is here: that is another ending
        ("where in Vienna is the hotel?", ()),
        ("", ()),
        ("?", ()),
    ],
)  # fmt: skip
def test_what_is_named(index: Index, question: str, expected: tuple[str, ...]) -> None:
    assert named(index, question) == expected


def test_a_word_that_the_passages_have_in_other_words_is_not_named(index: Index) -> None:
    question = "which pier did Vienna open with a ribbon?"
    assert named(index, question) == ("pier", "Vienna")
    assert named(index, question, pier="harbour") == ("Vienna",)
    assert named(index, question, pier="harbour", vienna="ellen") == ()


def test_a_name_that_only_other_passages_have_is_named_and_another_word_is_not(
    index: Index,
) -> None:
    question = "did Port Ellen get a ferry with forty cars?"
    assert named(index, question, "ferry") == ("Port Ellen",)
    assert named(index, question, "harbour") == ()


def test_only_what_was_typed_is_named_whatever_was_understood(index: Index) -> None:
    asked = taken_apart(index, "which hotel has the ferry in Vienna")
    hits, encoded = hits_in(index, "ferry"), in_vectors(asked)
    assert unsupported(index, asked, encoded, hits, "and in Vienna?") == ("Vienna",)
    assert unsupported(index, asked, encoded, hits, "and there?") == ()


def test_nothing_found_and_endless_words_name_nothing(index: Index) -> None:
    question = "the ferry to Vienna"
    asked = taken_apart(index, question)
    assert unsupported(index, asked, in_vectors(asked), [], question) == ()
    assert named(index, f"the ferry to V{'i' * LONGEST}enna") == ()


PIECES = (
    "the", "a", "in", "Vienna", "hotel", "ferry", "harbour", "Brandt", "forty", "who", "1999", "-",
    "\n", "swimming", "Нева", "\u202e", "<b>", "’s", "\ud800", "hotels",
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map(" ".join),
    st.sets(st.sampled_from(["harbour", "ferry"])),
)
def test_whatever_is_asked_what_is_named_was_typed_and_stands_in_no_passage(
    index: Index, question: str, documents: set[str]
) -> None:
    asked = taken_apart(index, question)
    hits = hits_in(index, *documents)
    found = unsupported(index, asked, in_vectors(asked), hits, question)
    assert len(found) <= MOST
    at = 0
    for part in found:
        at = question.index(part, at) + len(part)  # as typed, and in order
        assert part == part.strip() != ""
    inside = {key for hit in hits for key in held(index, hit)}
    said = {word.folded: set(word.stems) for word in asked.words}
    for part in found:
        for word in words(part):
            assert inside.isdisjoint(said[word.folded])
    if not any(inside & stems for stems in said.values()):
        assert found == ()


def held(index: Index, hit: Hit) -> list[str]:
    return [key for key in index.lexical.terms if hit.row in index.lexical.rows_with(key)]
