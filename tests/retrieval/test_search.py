"""Searching the local index: the ranking of a naive twin, filters, and both signals."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from building import build, opened
from fakes import HashEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval import corpus
from retrieval.answer import Engine
from retrieval.columns import heading_of, lexical_text
from retrieval.index import Index
from retrieval.search import LocalSearcher
from retrieval.text import tokens
from retrieval.types import Hit, Kind, Passage, Query, Source

SUBJECTS = ("harbour", "ferry", "mayor", "ribbon", "lighthouse", "keeper", "storm", "captain")
ENCODER = HashEncoder()


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve documents that share some words and not others, with comments."""
    folder = tmp_path_factory.mktemp("collection")
    entries = []
    for number in range(12):
        chosen = [SUBJECTS[(number * step) % len(SUBJECTS)] for step in (1, 3, 5)]
        lines = [
            f"The {a} saw the {b} on Monday." for a in chosen for b in chosen[: number % 3 + 1]
        ]
        lines.append(f"Nonsense, no {chosen[0]} was there at all!")
        (folder / f"{number}.txt").write_text("\n".join(lines))
        entries.append(
            f'[[document]]\nid = "{number}"\nfile = "{number}.txt"\ntitle = "Number {number}"\n'
            f'[document.lines]\nbody = ["1-{len(lines) - 1}"]\ncomment = ["{len(lines)}"]\n'
        )
    (folder / "catalogue.toml").write_text("\n".join(entries))
    build(folder / "index", folder)
    return folder


@pytest.fixture(scope="module")
def found(collection: Path) -> Index:
    return opened(collection / "index", collection)


def query(text: str, k: int = 100, **only: frozenset[str] | frozenset[Kind] | None) -> Query:
    return Query(text, dict.fromkeys(tokens(text), 1.0), k, **only)  # type: ignore[arg-type]


def search(
    index: Index, asked: Query, *, dense_weight: float = 0.7, candidates: int = 1000
) -> list[Hit]:
    searcher = LocalSearcher(index, dense_weight=dense_weight, candidates=candidates)
    return searcher.search(asked, ENCODER.encode([asked.text])[0])


def twin(
    sources: Sequence[Source], passages: Sequence[Passage], asked: Query, dense_weight: float
) -> list[tuple[float, Passage]]:
    """Rank all passages one by one, from their texts alone: what the searcher should come to."""
    by_id = {source.document.id: source for source in sources}
    bags = [tokens(lexical_text(by_id[p.doc_id], p)) for p in passages]
    mean = sum(map(len, bags)) / len(bags)
    lexical, dense = [], []
    vector = ENCODER.encode([asked.text])[0]
    for passage, bag in zip(passages, bags, strict=True):
        score = 0.0
        for term in asked.terms:
            n, f = sum(term in other for other in bags), bag.count(term)
            idf = math.log((len(bags) - n + 0.5) / (n + 0.5)) if n else 0.0
            score += idf * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * len(bag) / mean))
        lexical.append(score)
        text, span = by_id[passage.doc_id].text, passage.span
        whole = f"{heading_of(by_id[passage.doc_id], passage)}\n{text[span.start : span.end]}"
        best = max(
            float(ENCODER.encode([text[s.start : s.end].strip()])[0] @ vector)
            for s in passage.sentences
        )
        dense.append((float(ENCODER.encode([whole])[0] @ vector) + best) / 2)

    def scaled(scores: list[float]) -> list[float]:
        low, high = min(scores), max(scores)
        return [(s - low) / (high - low) if high > low else 0.0 for s in scores]

    fused = [
        (1 - dense_weight) * a + dense_weight * b
        for a, b in zip(scaled(lexical), scaled(dense), strict=True)
    ]
    return sorted(zip(fused, passages, strict=True), key=lambda pair: -pair[0])


def everything(index: Index) -> list[Passage]:
    return [index.columns.passage(row) for row in range(len(index.columns.passages))]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=3, unique=True),
    st.sampled_from([0.0, 0.3, 0.7, 1.0]),
)
def test_the_ranking_is_that_of_a_naive_twin(
    collection: Path, found: Index, asked_words: list[str], dense_weight: float
) -> None:
    asked = query(" ".join(asked_words))
    expected = twin(corpus.load(collection), everything(found), asked, dense_weight)
    hits = search(found, asked, dense_weight=dense_weight)
    assert len(hits) == len(expected)
    scores = {passage: score for score, passage in expected}
    assert [hit.score for hit in hits] == pytest.approx([score for score, _ in expected], abs=1e-5)
    for hit in hits:
        assert hit.score == pytest.approx(scores[hit.passage], abs=1e-5)
        assert everything(found)[hit.row] == hit.passage


def test_every_hit_keeps_both_signals_and_both_rankings(found: Index) -> None:
    asked = query("lighthouse keeper")
    hits = search(found, asked)
    lexical = found.lexical.scores(asked.terms)
    for hit in hits:
        assert hit.dense is not None
        if hit.lexical is not None:
            assert hit.lexical.score == pytest.approx(lexical[hit.row])
    ranked = sorted((hit for hit in hits if hit.lexical), key=lambda hit: hit.lexical.rank)
    assert [hit.lexical.rank for hit in ranked if hit.lexical] == list(range(1, len(ranked) + 1))
    falling = [hit.lexical.score for hit in ranked if hit.lexical]
    assert falling == sorted(falling, reverse=True)
    assert sorted(hit.dense.rank for hit in hits if hit.dense) == list(range(1, len(hits) + 1))


def test_only_passages_with_a_word_of_the_question_are_ranked_by_words(found: Index) -> None:
    asked = query("lighthouse")
    hits = search(found, asked)
    holders = set(found.lexical.rows_with("lighthous").tolist())
    assert 0 < len(holders) < len(hits)
    assert {hit.row for hit in hits if hit.lexical} == holders


def test_a_question_of_unknown_words_is_ranked_by_meaning_alone(found: Index) -> None:
    hits = search(found, query("zebra"))
    assert hits
    assert all(hit.lexical is None and hit.dense is not None for hit in hits)


def test_a_passage_without_a_word_of_the_question_is_no_candidate_for_its_words(
    found: Index,
) -> None:
    assert len(search(found, query("zebra"), candidates=2)) == 2


def test_a_word_that_most_passages_have_still_counts_for_them(tmp_path: Path) -> None:
    """BM25 is below 0 for it, which is less than a passage without it would have."""
    for name, text in (("a", "Calm."), ("b", "Storm."), ("c", "Storm.")):
        (tmp_path / f"{name}.md").write_text(f"# Title\n\n{text}")
    build(tmp_path / "index", tmp_path)
    hits = search(opened(tmp_path / "index", tmp_path), query("storm"), dense_weight=0)
    matched = [hit for hit in hits if hit.lexical]
    assert [hit.lexical.score < 0 for hit in matched if hit.lexical] == [True, True]
    (unmatched,) = (hit for hit in hits if not hit.lexical)
    assert all(unmatched.score <= hit.score for hit in matched)


def test_a_few_candidates_of_each_ranking_are_enough_for_the_best(found: Index) -> None:
    asked = query("storm captain")
    few = search(found, asked, candidates=3)
    assert 3 <= len(few) <= 6
    for hit in few:
        assert (hit.lexical is not None and hit.lexical.rank <= 3) or (
            hit.dense is not None and hit.dense.rank <= 3
        )


@pytest.mark.parametrize("k", [1, 2, 5, 1000])
def test_up_to_k_come_back_best_first(k: int, found: Index) -> None:
    hits = search(found, query("ferry storm", k))
    every = search(found, query("ferry storm"))
    assert hits == every[:k]
    assert [hit.score for hit in every] == sorted((hit.score for hit in every), reverse=True)


FEW = st.none() | st.frozensets(st.sampled_from([*map(str, range(12)), "unknown"]), max_size=4)
KINDS = st.none() | st.frozensets(st.sampled_from([Kind.BODY, Kind.COMMENT, Kind.BYLINE]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FEW, KINDS)
def test_filters_let_through_just_what_they_name(
    found: Index, documents: frozenset[str] | None, kinds: frozenset[Kind] | None
) -> None:
    expected = [
        p
        for p in everything(found)
        if (documents is None or p.doc_id in documents) and (kinds is None or p.kind in kinds)
    ]
    hits = search(found, query("mayor keeper", documents=documents, kinds=kinds))
    assert sorted(map(repr, expected)) == sorted(repr(hit.passage) for hit in hits)
    ranks = [hit.lexical.rank for hit in hits if hit.lexical]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))  # among those let through


def test_equal_passages_stay_in_the_order_of_the_collection(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.md").write_text("# Title\n\nThe very same words are here.")
        (tmp_path / f"{name}2.txt").write_text(f"Something else {name} altogether.")
    build(tmp_path / "index", tmp_path)
    index = opened(tmp_path / "index", tmp_path)
    hits = search(index, query("same words", documents=frozenset("abc")))
    assert [hit.passage.doc_id for hit in hits] == ["a", "b", "c"]


def test_both_rankings_find_what_is_asked_of_the_seeds(seeds_engine: Engine) -> None:
    encoded = seeds_engine.encoder.encode_question("Who met in Reykjavik?")
    hits = seeds_engine.searcher.search(query("Who met in Reykjavik?", 8), encoded.vector)
    assert len(hits) == 8
    assert hits[0].passage.doc_id == "002"
    assert hits[0].lexical is not None
    assert hits[0].lexical.rank <= 3
    assert all(-1 <= hit.dense.score <= 1 for hit in hits if hit.dense)
    assert np.isfinite([hit.score for hit in hits]).all()
