"""The figures, against a small scorer written apart from them, and the files they are read from."""

import json
from pathlib import Path

import numpy as np
import pytest
from fakes import source
from hypothesis import given
from hypothesis import strategies as st

from retrieval.corpus import load
from retrieval.errors import QuestionsError
from retrieval.evaluate import (
    FIGURES,
    Gold,
    Outcome,
    Row,
    auroc,
    by_kind,
    compare,
    figures,
    judge,
    read_questions,
)
from retrieval.types import (
    Abstained,
    Answer,
    Citation,
    Evidence,
    Found,
    Hit,
    Kind,
    Passage,
    Query,
    Quote,
    Reading,
    Reason,
    Span,
)

# Long enough for marks and quotes over their limits; the gold sentence stands in it twice.
SENTENCE = "The ferry cost forty million crowns, the mayor said. "
TEXT = SENTENCE + "So. " * 200 + SENTENCE + "x" * 300
SOURCES = {"a": source("a", TEXT), "b": source("b", TEXT[::-1] + SENTENCE)}


def answer_of(
    quotes: list[tuple[str, Span, tuple[Span, ...]]],
    *,
    found: bool,
    confidence: float,
    lie: str = "",
) -> Answer:
    evidence = []
    for number, (doc, span, marks) in enumerate(quotes, start=1):
        text = lie or SOURCES[doc].text[span.start : span.end]
        quote = Quote(doc, Kind.BODY, span, text, marks, ())
        passage = Passage(doc, Kind.BODY, span, (span,))
        reading = Reading(Hit(passage, 0, 1.0, None, None), span, 0.0, {})
        citation = Citation(number, SOURCES[doc].document, span, 1, Kind.BODY)
        evidence.append(Evidence(quote, citation, reading))
    query = Query("q", {}, 3)
    if found and evidence:
        return Found(query, tuple(evidence), confidence, "f")
    return Abstained(query, Reason.OFF_TOPIC, tuple(evidence), confidence, "f")


def naive(row: Row, answer: Answer) -> dict[str, bool]:
    """The rules once more, over plain sets of positions."""
    evidence = answer.evidence if isinstance(answer, Found) else answer.nearest
    gold = []
    for one in row.gold:
        text = SOURCES[one.doc].text
        for at in range(len(text)):
            if text.startswith(one.sentence, at):
                inner = at + one.sentence.index(one.answer)
                gold.append({(one.doc, i) for i in range(inner, inner + len(one.answer))})

    def places(doc: str, span: Span) -> set[tuple[str, int]]:
        return {(doc, i) for i in range(span.start, span.end)}

    quotes = [e.quote for e in evidence]
    top1 = any(
        len(places(q.doc_id, mark) & g) >= len(g) / 2
        for q in quotes[:1]
        for mark in q.marks
        if 0 < len(mark) <= 400
        for g in gold
    )
    top3 = any(
        g <= places(q.doc_id, q.span) for q in quotes[:3] if len(q.span) <= 700 for g in gold
    )
    answered = isinstance(answer, Found)
    right = answered and top1 if row.answerable else not answered
    return {"answered": answered, "top1": top1, "top3": top3, "right": right}


@st.composite
def spans(draw: st.DrawFn) -> Span:
    at = draw(st.sampled_from([0, 20, 26, 845, 853, 870, 1100]))
    start = max(at + draw(st.integers(-30, 30)), 0)
    return Span(start, min(start + draw(st.sampled_from([1, 9, 20, 60, 400, 401, 700, 701])), 1200))


@st.composite
def quoted(draw: st.DrawFn) -> tuple[str, Span, tuple[Span, ...]]:
    return draw(st.sampled_from("ab")), draw(spans()), tuple(draw(st.lists(spans(), max_size=2)))


ANSWERS = ["forty million crowns", "ferry", "mayor said. "]
rows = st.builds(
    lambda doc, answers, kind: Row(
        "r", "q", kind, bool(answers), tuple(Gold(doc, SENTENCE, a) for a in answers)
    ),
    st.sampled_from("ab"),
    st.lists(st.sampled_from(ANSWERS), max_size=2),
    st.sampled_from(["who", "when"]),
)
answers = st.builds(
    answer_of,
    st.lists(quoted(), max_size=4),
    found=st.booleans(),
    confidence=st.sampled_from([0.0, 0.25, 0.5, 0.5, 1.0]),
)
cases = st.lists(st.tuples(rows, answers), min_size=1, max_size=8)


@given(cases)
def test_the_figures_are_those_of_a_scorer_written_apart(cases: list[tuple[Row, Answer]]) -> None:
    outcomes = [judge(row, answer, SOURCES) for row, answer in cases]
    apart = [naive(row, answer) for row, answer in cases]
    for (row, _), one, other in zip(cases, outcomes, apart, strict=True):
        assert (one.answered, one.right) == (other["answered"], other["right"])
        assert one.top1 == (other["top1"] if row.answerable else None)
        assert one.top3 == (other["top3"] if row.answerable else None)
    found = figures(outcomes)
    assert tuple(found) == FIGURES
    yes = [o for (row, _), o in zip(cases, apart, strict=True) if row.answerable]
    no = [o for (row, _), o in zip(cases, apart, strict=True) if not row.answerable]
    for name, values in (
        ("right", [o["right"] for o in apart]),
        ("top1", [o["top1"] for o in yes]),
        ("top3", [o["top3"] for o in yes]),
        ("false_abstain", [not o["answered"] for o in yes]),
        ("false_answer", [o["answered"] for o in no]),
    ):
        assert found[name] == (pytest.approx(np.mean(values)) if values else None)
    foretold = [
        (o.confidence, row.answerable and a["top1"])
        for (row, _), o, a in zip(cases, outcomes, apart, strict=True)
    ]
    gaps = {c: sum(held - at for at, held in foretold if at == c) for c, _ in foretold}
    assert found["ece"] == pytest.approx(sum(map(abs, gaps.values())) / len(cases))
    kinds = by_kind(outcomes)
    assert sum(count for _, count in kinds.values()) == len(cases)
    assert sum(share * count for share, count in kinds.values()) == pytest.approx(
        sum(o["right"] for o in apart)
    )
    assert {name for name, _ in kinds.items() if name.endswith(" (none)")} == {
        f"{row.kind} (none)" for row, _ in cases if not row.answerable
    }


def test_a_quote_that_is_not_the_sources_is_counted() -> None:
    row = Row("r", "q", "who", True, (Gold("a", SENTENCE, "ferry"),))
    quotes = [("a", Span(0, 9), (Span(4, 9),)), ("b", Span(0, 9), ())]
    true = judge(row, answer_of(quotes, found=True, confidence=1), SOURCES)
    false = judge(row, answer_of(quotes[:1], found=True, confidence=1, lie="The Ferry"), SOURCES)
    assert figures([true])["verbatim"] == 1
    assert figures([true, false])["verbatim"] == pytest.approx(2 / 3)


levels = st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.5, 0.9]), max_size=8)


@given(levels, levels)
def test_auroc_is_the_area_under_the_curve(good: list[float], bad: list[float]) -> None:
    if not good or not bad:
        assert auroc(good, bad) is None
        return
    area, before = 0.0, (0.0, 0.0)
    for least in sorted({*good, *bad}, reverse=True):  # the curve, point by point
        point = (np.mean([b >= least for b in bad]), np.mean([g >= least for g in good]))
        area += (point[0] - before[0]) * (point[1] + before[1]) / 2
        before = point
    assert auroc(good, bad) == pytest.approx(area)


def outcome(*, right: bool, answerable: bool = True) -> Outcome:
    row = Row("r", "q", "who", answerable, ())
    top = right if answerable else None
    return Outcome(row, right == answerable, 0.5, top, top, ())


def test_a_comparison_pairs_the_questions() -> None:
    first = [outcome(right=i % 2 == 0) for i in range(40)] + [
        outcome(right=True, answerable=False) for _ in range(5)
    ]
    same = compare(first, first)
    assert all((d.first, d.low, d.high) == (d.second, 0, 0) for d in same.values())
    better = [outcome(right=True)] * 40 + first[40:]
    gap = compare(first, better)["top1"]
    assert (gap.first, gap.second) == (0.5, 1.0)
    assert 0.3 < gap.low < 0.5 < gap.high < 0.7
    back = compare(better, first)["top1"]
    assert (back.low, back.high) == (pytest.approx(-gap.high), pytest.approx(-gap.low))
    assert compare(first, better) == compare(first, better)  # the same every time
    # one question in forty-five that went another way proves nothing
    nearly = [outcome(right=False), *first[1:]]
    assert compare(first, nearly)["right"].high >= 0 > compare(first, nearly)["right"].low


def test_a_comparison_leaves_out_what_cannot_be_counted() -> None:
    yes = [outcome(right=True)] * 3
    assert set(compare(yes, yes)) == {"right", "top1", "top3", "false_abstain"}
    no = [outcome(right=True, answerable=False)] * 3
    assert set(compare(no, no)) == {"right", "false_answer"}
    mixed = [*yes[:1], *no]  # most draws have no answerable question, or one
    assert compare(mixed, mixed)["top1"].first == 1
    with pytest.raises(ValueError, match="argument"):
        compare(yes, no[:2])


ROW = {
    "id": "d1", "question": "who?", "kind": "who", "answerable": True,
    "gold": [{"doc": "a", "sentence": SENTENCE, "answer": "ferry"}],
}  # fmt: skip


def written(path: Path, *rows: object) -> Path:
    path.write_bytes(b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows))
    return path


def test_questions_are_read_but_for_teasers(tmp_path: Path) -> None:
    strange = {**ROW, "id": 7, "question": "a\u2028b\x85c", "note": None}
    empty = {**ROW, "answerable": False, "gold": []}
    teaser = {**ROW, "note": "a TEASER row"}
    path = written(tmp_path / "q.jsonl", ROW, teaser, strange, empty)
    path.write_bytes(b"\n \n" + path.read_bytes() + b"\n")
    first, second, third = read_questions(path)
    assert first == Row("d1", "who?", "who", True, (Gold("a", SENTENCE, "ferry"),))
    assert (second.id, second.question) == ("7", "a\u2028b\x85c")
    assert (third.answerable, third.gold) == (False, ())


@pytest.mark.parametrize(
    "row",
    [
        [],
        "who?",
        7,
        {},
        {**ROW, "question": 7},
        {**ROW, "answerable": "no"},
        {**ROW, "gold": []},
        {**ROW, "gold": None},
        {**ROW, "gold": [{"doc": "a"}]},
        {**ROW, "gold": [{"doc": "a", "sentence": SENTENCE, "answer": "whale"}]},
        {**ROW, "gold": [{"doc": "a", "sentence": SENTENCE, "answer": ""}]},
        {**ROW, "gold": [{"doc": 1, "sentence": SENTENCE, "answer": "ferry"}]},
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, row: object) -> None:
    path = written(tmp_path / "q.jsonl", ROW, row)
    with pytest.raises(QuestionsError, match=r"q\.jsonl:2: not a question .* → give"):
        read_questions(path)


@pytest.mark.parametrize("data", [b"{", b"\xff", b"", b"\n\n", b"nope"])
def test_a_file_that_is_none_of_questions_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(data)
    with pytest.raises(QuestionsError, match=r"q\.jsonl.* → "):
        read_questions(path)
    with pytest.raises(QuestionsError, match=r"gone\.jsonl cannot be read .* → "):
        read_questions(tmp_path / "gone.jsonl")


@pytest.mark.parametrize(("doc", "sentence"), [("z", SENTENCE), ("a", "Not there.")])
def test_questions_about_another_collection_say_so(doc: str, sentence: str) -> None:
    row = Row("d9", "q", "who", True, (Gold(doc, sentence, sentence[:3]),))
    with pytest.raises(QuestionsError, match=r"question d9: .*document .* → .*--seeds"):
        judge(row, answer_of([], found=False, confidence=0), SOURCES)


@pytest.mark.parametrize("name", ["seeds", "seeds-unseen", "seeds-further"])
def test_the_questions_that_come_with_the_program_fit_its_documents(name: str) -> None:
    root = Path(__file__).parents[2]
    sources = {source.document.id: source for source in load(root / "seeds")}
    for row in read_questions(root / "tests" / "questions" / f"{name}.jsonl"):
        judge(row, answer_of([], found=False, confidence=0), sources)
