"""BM25: the same scores as rank_bm25, and as the formula written out."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from retrieval.lexical import Lexical, build

K1, B = 1.2, 0.75
WORDS = st.sampled_from("abcdefgh")
CORPORA = st.lists(st.lists(WORDS, max_size=12), min_size=1, max_size=12).filter(any)
ANY_CORPORA = st.lists(st.lists(st.text(max_size=3), max_size=5), max_size=6)


def formula(passages: Sequence[Sequence[str]], question: Sequence[str]) -> list[float]:
    """Okapi BM25 as rank_bm25 has it: a negative idf becomes a quarter of the mean."""
    n, mean = len(passages), sum(map(len, passages)) / len(passages)
    holders = {t: sum(t in p for p in passages) for p in passages for t in p}
    idf = {t: math.log(n - h + 0.5) - math.log(h + 0.5) for t, h in holders.items()}
    floor = 0.25 * sum(idf.values()) / len(idf)
    scores = []
    for passage in passages:
        score = 0.0
        for term in question:
            if f := list(passage).count(term):
                norm = K1 * (1 - B + B * len(passage) / mean)
                weight = idf[term] if idf[term] >= 0 else floor
                score += weight * f * (K1 + 1) / (f + norm)
        scores.append(score)
    return scores


@given(CORPORA, st.lists(WORDS, unique=True, max_size=8))
def test_scores_are_those_of_rank_bm25(passages: list[list[str]], question: list[str]) -> None:
    expected = BM25Okapi(passages, k1=K1, b=B).get_scores(question)
    found = build(passages, k1=K1, b=B).scores(dict.fromkeys(question, 1.0))
    assert np.allclose(found, expected, rtol=0, atol=1e-9)


@given(CORPORA, st.lists(WORDS, unique=True, max_size=8))
def test_scores_are_those_of_the_formula(passages: list[list[str]], question: list[str]) -> None:
    found = build(passages, k1=K1, b=B).scores(dict.fromkeys(question, 1.0))
    assert np.allclose(found, formula(passages, question), rtol=0, atol=1e-9)


@given(CORPORA, st.floats(0, 10), st.floats(0, 1))
def test_every_setting_gives_the_scores_of_rank_bm25(
    passages: list[list[str]], k1: float, b: float
) -> None:
    question = sorted({term for passage in passages for term in passage})
    # Where a passage without a word makes it divide nothing by nothing, rank_bm25 has no score.
    assume(k1 * (1 - b) > 0 or all(passages))
    expected = BM25Okapi(passages, k1=k1, b=b)
    found = build(passages, k1=k1, b=b)
    for term in question:
        with np.errstate(invalid="ignore"):
            wanted = np.nan_to_num(expected.get_scores([term]))
        assert np.allclose(found.scores({term: 1.0}), wanted, rtol=0, atol=1e-9)


@given(CORPORA, st.dictionaries(WORDS, st.floats(0.01, 1)))
def test_weights_multiply_each_terms_share(
    passages: list[list[str]], weights: dict[str, float]
) -> None:
    model = build(passages, k1=K1, b=B)
    expected = sum(
        (weight * model.scores({term: 1.0}) for term, weight in weights.items()),
        start=np.zeros(len(passages)),
    )
    assert np.allclose(model.scores(weights), expected, rtol=0, atol=1e-9)


@given(CORPORA, st.lists(WORDS, unique=True))
def test_matched_are_the_passages_with_any_of_the_terms(
    passages: list[list[str]], question: list[str]
) -> None:
    model = build(passages, k1=K1, b=B)
    found = model.matched(dict.fromkeys(question, 1.0))
    assert found.tolist() == [bool({*question} & {*passage}) for passage in passages]
    for term in question:
        holders = [row for row, passage in enumerate(passages) if term in passage]
        assert model.rows_with(term).tolist() == holders


def test_a_word_in_most_passages_is_matched_though_its_score_is_no_gain() -> None:
    model = build([["a"], ["a"]], k1=K1, b=B)
    assert (model.scores({"a": 1.0}) < 0).all()
    assert model.matched({"a": 1.0}).all()


def test_rarity_falls_with_the_number_of_passages_and_is_highest_for_the_unknown() -> None:
    model = build([["a", "b"], ["a"], ["a", "c", "c"]], k1=K1, b=B)
    assert model.rarity("a") == pytest.approx(math.log(4 / 3.5))
    assert model.rarity("b") == model.rarity("c") == pytest.approx(math.log(4 / 1.5))
    assert model.rarity("unknown") == pytest.approx(math.log(4 / 0.5))


@pytest.mark.parametrize("passages", [[], [[]], [[], []]])
def test_a_collection_without_words_has_no_scores(passages: list[list[str]]) -> None:
    model = build(passages, k1=K1, b=B)
    assert model.scores({"a": 1.0}).tolist() == [0.0] * len(passages)
    assert not model.matched({"a": 1.0}).any()
    assert math.isfinite(model.rarity("a"))


@given(passages=ANY_CORPORA)
def test_what_is_saved_is_what_is_loaded(
    passages: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("lexical")
    model = build(passages, k1=K1, b=B)
    model.save(folder, "name")
    loaded = Lexical.load(folder, "name")
    assert dict(loaded.terms) == dict(model.terms)
    for term in [*model.terms, "unknown"]:
        assert np.array_equal(loaded.scores({term: 0.5}), model.scores({term: 0.5}))
    assert loaded.passages == len(passages)


def test_a_file_that_would_run_code_is_not_loaded(tmp_path: Path) -> None:
    build([["a"]], k1=K1, b=B).save(tmp_path, "name")
    with np.load(tmp_path / "name.npz") as arrays:
        held = dict(arrays)
    held["rows"] = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "name.npz", **held)
    with pytest.raises(ValueError, match="allow_pickle"):
        Lexical.load(tmp_path, "name")
