"""Treebank tokens made plain, and passages put together from single sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.training.single_sentences import of_single_sentences, plain
from retrieval.types import Span

PIECES = ["Ida", "'s", "the", ",", "-LRB-", "-RRB-", "``", "''", "5", "%", "n't", "."]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("The team 's envoy , Ida , did n't come .", "The team's envoy, Ida, didn't come."),
        ("$ 5 -LRB- or 7 % -RRB- ; `` dear '' , he said", '$5 (or 7%); "dear", he said'),
        ('a -- b " c " d', 'a - b "c" d'),
        ("", ""),
    ],
)
def test_treebank_tokens_become_plain_text(written: str, read: str) -> None:
    assert plain(written, Span(0, 0))[0] == read


@given(st.lists(st.sampled_from(PIECES), min_size=1), st.data())
def test_spans_move_along(tokens: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(tokens) - 1))
    last = data.draw(st.integers(first, len(tokens) - 1))
    start = len(" ".join([*tokens[:first], ""]))
    end = start + len(" ".join(tokens[first : last + 1]))
    text, span = plain(" ".join(tokens), Span(start, end))
    whole = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}
    expected = "".join(whole.get(t, t) for t in tokens[first : last + 1])
    assert text[span.start : span.end].replace(" ", "") == expected


def test_a_passage_holds_the_sentence_that_answers_or_none_does() -> None:
    rows = [
        {"question": f"Who saw {name} ?", "context": f"{name} was seen by {name}s friend .",
         "answer": [len(name) + 13, len(name) * 2 + 14]}
        for name in ("Abe", "Bea", "Cyd", "Dan", "Eve", "Fay") for _ in range(9)
    ]  # fmt: skip
    made = list(of_single_sentences(rows, seed=1, most=8, sentences=3))
    assert len(made) == 6 * 8
    assert 4 <= sum(g.right is None for g in made) <= 22
    for group in made:
        ((_, sentences),) = group.passages
        assert len(set(sentences)) == 3
        name = group.question.split()[2]
        own = f"{name} was seen by {name}s friend."
        if group.right is None:
            assert own not in sentences
            continue
        assert sentences[group.right[1]] == own
        assert group.answer is not None
        assert own[group.answer.start : group.answer.end] == f"{name}s"
    assert made == list(of_single_sentences(rows, seed=1, most=8, sentences=3))
