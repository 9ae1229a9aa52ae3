"""The collections that nothing was learned from, their questions, and the conversations fit
together.
"""

from collections import Counter
from pathlib import Path

import conversing
import pytest

from retrieval.corpus import check, load, share_left_out
from retrieval.evaluate import judge, read_questions
from retrieval.types import Abstained, Kind, Query, Reason, Source

TESTS = Path(__file__).parents[1]
COLLECTIONS = TESTS / "collections"
ARDEL = COLLECTIONS / "ardel"
KINDS = {
    *("who", "what", "when", "where", "how_many", "how_long", "why", "quote", "compare"),
    *("multi_doc", "comment", "keyword_only", "typo", "paraphrase", "followup_standalone"),
}
NOTHING = Abstained(Query("", {}, 1), Reason.OFF_TOPIC, (), 0.0, "")


def by_id(folder: Path) -> dict[str, Source]:
    return {source.document.id: source for source in load(folder)}


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return by_id(ARDEL)


def test_the_documents_are_described_in_full(sources: dict[str, Source]) -> None:
    assert check(ARDEL) == ()
    assert len(sources) == 8
    kinds = {region.kind for source in sources.values() for region in source.regions}
    assert kinds == set(Kind)
    for source in sources.values():
        assert 350 <= len(source.text.split()) <= 900
        assert share_left_out(source) < 0.2


@pytest.mark.parametrize("name", ["ardel", "hestrey", "port"])
def test_what_answers_a_question_can_be_quoted(name: str) -> None:
    sources = by_id(COLLECTIONS / name)
    rows = read_questions(TESTS / "questions" / f"{name}.jsonl")
    assert len({row.id for row in rows}) == len({row.question for row in rows}) == len(rows)
    for row in rows:
        judge(row, NOTHING, sources)
        for gold in row.gold:
            source = sources[gold.doc]
            at = source.text.index(gold.sentence)
            (kind,) = {r.kind for r in source.regions if r.span.start <= at < r.span.end}
            assert kind not in {Kind.FURNITURE, Kind.HEADING}, row.id


def test_the_questions_are_of_every_kind() -> None:
    rows = read_questions(TESTS / "questions" / "ardel.jsonl")
    assert len(rows) == 100
    assert sum(row.answerable for row in rows) == 65
    assert {row.kind for row in rows if row.answerable} == KINDS
    assert {gold.doc for row in rows for gold in row.gold} == {f"r0{n}" for n in range(1, 9)}
    assert not {row.question for row in rows} & {
        row.question for row in read_questions(TESTS / "questions" / "seeds.jsonl")
    }


def test_the_conversations_are_over_collections_that_are_there(sources: dict[str, Source]) -> None:
    conversations = conversing.read(TESTS / "questions" / "conversations.jsonl")
    assert len({one.id for one in conversations}) == len(conversations)
    counts = Counter(one.collection for one in conversations)
    over_reading_questions = {"reading", "reading-further"}
    assert set(counts) == {"seeds", "ardel", "hestrey", "port"} | over_reading_questions
    assert min(counts.values()) >= 12
    known = sources | by_id(TESTS.parent / "seeds")
    known |= by_id(COLLECTIONS / "hestrey") | by_id(COLLECTIONS / "port")
    for one in conversations:
        assert 2 <= len(one.turns) <= 3
        assert not one.turns[0].leans
        if one.collection not in over_reading_questions:
            for turn in one.turns:
                judge(conversing.row(one.id, turn, known), NOTHING, known)
    turns = [turn for one in conversations for turn in one.turns]
    assert {bool(turn.gold) for turn in turns if turn.leans} == {True, False}
    assert any(not turn.leans for one in conversations for turn in one.turns[1:])
