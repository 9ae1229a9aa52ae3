"""The one door: every question gets an answer, every quote is the source's, whatever was asked."""

import dataclasses
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from building import build, opened
from fakes import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import corpus
from retrieval.answer import Engine, Policy
from retrieval.read import Reader, load_judgement
from retrieval.search import LocalSearcher
from retrieval.text import tokens
from retrieval.types import Abstained, Answer, Evidence, Found, Kind, Reason, Span

HOSTILE = (
    "",
    " ",
    "\t\r\n\u00a0\u2003",
    "\0",
    "\0 \0",
    "x",
    "?",
    "é",
    "why?",
    "what is it",
    "who met " * 1300,
    "Reykjavik" * 220,
    "👩‍🚀🇺🇦🔥",
    "מי נפגש בסטוקהולם",
    "من التقى في ريكيافيك؟",
    "谁在雷克雅未克见面",
    "who met\0in Reykjavik",
    "'; DROP TABLE quotes; --",
    '" OR 1=1 --',
    "<script>alert('Blinken')</script>",
    "[bold]Blinken[/bold] **Lavrov** `Geneva` [x](http://y)",
    "@everyone <@123> <!channel> who met in Reykjavik?",
    "\x1b[31mBlinken\x1b[0m \x07\x08\x7f\x9b",
    "\u202eniknilB\u202c \u2066Lavrov\u2069",
    "\ud800",
    "who met in \udcff\ud83d Reykjavik",
    "\ufffe\uffff\U0010ffff Blinken",
    "a\u0301" * 900,
    "((((((((((Blinken",
    "%s %d {0} {Blinken} \\x00 \\",
    "\N{ZERO WIDTH JOINER}" * 50 + "Lavrov",
    "１９８６ ⅷ ² ٣",
    "İi̇ ſt ß ﬁ Ǆ",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "\u2028Blinken\u2029\x85\x0b\x0c met",
)


def evidence_of(answer: Answer) -> tuple[Evidence, ...]:
    return answer.evidence if isinstance(answer, Found) else answer.nearest


def check_sound(engine: Engine, answer: Answer) -> None:
    """The quote law and what else holds of every answer."""
    assert answer.fingerprint == engine.fingerprint
    assert 0 <= answer.confidence <= 1
    if isinstance(answer, Abstained) and answer.unsupported:
        assert answer.reason is Reason.NOT_IN_DOCUMENTS
        assert len(answer.unsupported) <= 3
        assert all(part in answer.query.text for part in answer.unsupported)
    found = evidence_of(answer)
    for number, one in enumerate(found, start=1):
        quote, citation = one.quote, one.citation
        source = engine.sources[quote.doc_id]
        assert quote.text == source.text[quote.span.start : quote.span.end]
        assert quote.text == quote.text.strip() != ""
        assert len(quote.marks) == 1
        assert quote.span.contains(quote.marks[0])
        assert all(quote.marks[0].contains(word) for word in quote.words)
        assert one.reading.sentence.contains(quote.marks[0])
        assert len(quote.span) <= engine.policy.max_quote or quote.span == quote.marks[0]
        assert citation.number == number
        assert citation.document is source.document
        assert (citation.span, citation.kind) == (quote.span, quote.kind)
        assert citation.line == source.text[: quote.marks[0].start].count("\n") + 1
        region = next(r for r in source.regions if r.span.contains(quote.span))
        assert region.kind is quote.kind
        assert quote.kind not in (Kind.FURNITURE, Kind.HEADING)
    for i, one in enumerate(found):
        for other in found[:i]:
            same_document = one.quote.doc_id == other.quote.doc_id
            assert not (same_document and overlap(one.quote.span, other.quote.span))
            a, b = (set(tokens(marked(e))) for e in (one, other))
            assert len(a & b) < 0.8 * len(a | b)


def overlap(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


def marked(evidence: Evidence) -> str:
    quote, (mark,) = evidence.quote, evidence.quote.marks
    return quote.text[mark.start - quote.span.start : mark.end - quote.span.start]


@pytest.mark.parametrize("question", HOSTILE, ids=lambda text: ascii(text[:30]))
def test_any_question_ends_in_an_answer(seeds_engine: Engine, question: str) -> None:
    answer, trace = seeds_engine.trace(question)
    check_sound(seeds_engine, answer)
    assert answer.query.text == question
    assert all(math.isfinite(spent) for spent in trace.milliseconds.values())
    assert "total" in trace.milliseconds
    assert all(math.isfinite(v) for r in trace.readings for v in (r.score, *r.features.values()))


WORDS = ["who met", "Blinken", "Lavrov", "in Reykjavik", "when", "NATO", "1986", "author", "Nato’s"]


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(st.characters(), max_size=80),
        st.lists(st.sampled_from(WORDS) | st.text(st.characters(), max_size=4), max_size=12).map(
            " ".join
        ),
    ),
    st.integers(1, 9),
)
def test_the_quote_law_holds_for_any_question(seeds_engine: Engine, question: str, k: int) -> None:
    answer = seeds_engine.ask(question, k=k)
    check_sound(seeds_engine, answer)
    assert len(evidence_of(answer)) <= k


def test_who_met_in_reykjavik(seeds_engine: Engine) -> None:
    answer = seeds_engine.ask("who met in Reykjavik")
    assert isinstance(answer, Found)
    first = answer.evidence[0]
    assert first.quote.doc_id == "002"
    assert "Blinken" in marked(first)
    assert "Lavrov" in marked(first)
    assert first.citation.number == 1


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", Reason.EMPTY_QUESTION),
        ("  \n", Reason.EMPTY_QUESTION),
        ("\0\0", Reason.EMPTY_QUESTION),
        ("x" * 2001, Reason.TOO_LONG),
        ("x", Reason.NO_WORDS),
        ("?!…", Reason.NO_WORDS),
        ("__", Reason.NO_WORDS),
        ("🔥🔥", Reason.NO_WORDS),
        ("why?", Reason.NO_WORDS),
        ("hello, who are you?", Reason.SMALL_TALK),
        ("thanks!", Reason.SMALL_TALK),
    ],
)
def test_what_is_no_question_is_declined_for_its_reason(
    seeds_engine: Engine, question: str, reason: Reason
) -> None:
    answer, trace = seeds_engine.trace(question)
    assert isinstance(answer, Abstained)
    assert (answer.reason, answer.nearest, answer.confidence) == (reason, (), 0)
    assert trace.readings == ()


@pytest.mark.parametrize(
    "question", ["how do I prune apple trees", "Welche Pizza schmeckt am besten?", "asdfgh jklqwer"]
)
def test_another_subject_is_declined_with_the_closest_passages(
    seeds_engine: Engine, question: str
) -> None:
    answer = seeds_engine.ask(question)
    assert isinstance(answer, Abstained)
    assert answer.reason in (Reason.OFF_TOPIC, Reason.NOT_IN_DOCUMENTS)
    assert answer.nearest
    check_sound(seeds_engine, answer)


def test_a_near_miss_names_what_nothing_is_about(seeds_engine: Engine) -> None:
    answer = seeds_engine.ask("Thanks! And where in Vienna did Blinken and Lavrov meet?")
    assert isinstance(answer, Abstained)
    assert (answer.reason, answer.unsupported) == (Reason.NOT_IN_DOCUMENTS, ("Vienna",))
    before = seeds_engine.ask("who met in Stockholm?")
    further = seeds_engine.ask("was Frodo Baggins there?", previous=before)
    assert isinstance(further, Abstained)
    assert further.unsupported in ((), ("Frodo Baggins",))


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (
            "Compare what Macron and Orban said about Russia",
            [("004", "Macron"), ("004", "Orban")],
        ),
        (
            "What did Scholz say about Nord Stream 2 and when will Blinken be in Berlin?",
            [("003", "everything will have to be discussed"), ("003", "Berlin on Thursday")],
        ),
    ],
)
def test_of_several_things_asked_each_gets_a_quote(
    seeds_engine: Engine, question: str, answers: list[tuple[str, str]]
) -> None:
    answer = seeds_engine.ask(question)
    assert isinstance(answer, Found)
    check_sound(seeds_engine, answer)
    for evidence, (document, said) in zip(answer.evidence, answers, strict=False):
        assert evidence.quote.doc_id == document
        assert said in marked(evidence)
    assert len(evidence_of(seeds_engine.ask(question, k=1))) == 1


def test_what_is_half_outside_the_documents_is_declined(seeds_engine: Engine) -> None:
    answer = seeds_engine.ask("who painted the Mona Lisa and how do I prune apple trees?")
    assert isinstance(answer, Abstained)
    assert answer.nearest


def test_what_names_something_of_the_documents_is_about_them(seeds_engine: Engine) -> None:
    answer = seeds_engine.ask("what is the weather like in Geneva tomorrow?")
    assert isinstance(answer, Abstained)
    assert (answer.reason, answer.unsupported) == (Reason.NOT_IN_DOCUMENTS, ("weather",))


def test_k_documents_and_kinds_are_kept_to(seeds_engine: Engine) -> None:
    ask = seeds_engine.ask
    question = "what did Blinken and Lavrov talk about"
    for k in (1, 2, 5):
        assert len(evidence_of(ask(question, k=k))) <= k
    for documents in (frozenset({"001"}), frozenset({"000", "004"})):
        found = evidence_of(ask(question, documents=documents))
        assert found
        assert {one.quote.doc_id for one in found} <= documents
    for kinds in (frozenset({Kind.COMMENT}), frozenset({Kind.HEADLINE, Kind.CAPTION})):
        found = evidence_of(ask(question, kinds=kinds))
        assert found
        assert {one.quote.kind for one in found} <= kinds
    for nothing in ({"documents": frozenset()}, {"kinds": frozenset({Kind.FURNITURE})},
                    {"documents": frozenset({"no such"})}):  # fmt: skip
        answer = ask(question, **nothing)
        assert isinstance(answer, Abstained)
        assert answer.nearest == ()
    with pytest.raises(ValueError, match="0 quotes"):
        ask(question, k=0)


def test_comments_are_labelled_and_found_where_they_are_asked_for(seeds_engine: Engine) -> None:
    first = evidence_of(seeds_engine.ask("what do readers say about Nord Stream"))[0]
    assert first.quote.kind is first.citation.kind is Kind.COMMENT
    assert first.quote.doc_id == "000"


def test_a_typing_slip_is_understood_and_said(seeds_engine: Engine) -> None:
    answer = seeds_engine.ask("who met in rejkjavik")
    assert answer.understood == "who met in reykjavik"
    assert evidence_of(answer)[0].quote.doc_id == "002"
    assert seeds_engine.ask("who met in Reykjavik").understood is None
    assert seeds_engine.ask("who met in \ud800 Reykjavik").understood is None


@pytest.mark.parametrize(
    ("place", "document", "answer"),
    [("Stockholm", "001", "30 min"), ("Reykjavik", "002", "90-min")],
)
def test_a_follow_up_leans_on_the_question_before(
    seeds_engine: Engine, place: str, document: str, answer: str
) -> None:
    before = seeds_engine.ask(f"who met in {place}")
    followed = seeds_engine.ask("and how long did it last?", previous=before)
    assert isinstance(followed, Found)
    assert followed.query.text == "and how long did it last?"
    assert followed.understood == f"and how long did it last? (met in {place})"
    first = evidence_of(followed)[0]
    assert first.quote.doc_id == document
    assert answer in marked(first)


def test_who_answered_is_carried_to_what_stands_in_their_place(seeds_engine: Engine) -> None:
    before = seeds_engine.ask("which US senator put new sanctions into the defence bill?")
    (named,) = evidence_of(before)[0].quote.words
    name = seeds_engine.sources["001"].text[named.start : named.end]
    followed = seeds_engine.ask("what did he say about that?", previous=before)
    assert followed.understood is not None
    assert followed.understood.endswith(f"{name})")
    assert name not in (seeds_engine.ask("and why?", previous=before).understood or "")


def test_what_the_document_of_a_conversation_does_not_say_is_declined(
    seeds_engine: Engine,
) -> None:
    before = seeds_engine.ask("who met in Reykjavik")
    for further in ("and which hotel did they stay in?", "how much did it cost?", "who cooked?"):
        assert isinstance(seeds_engine.ask(further, previous=before), Abstained), further


def test_a_follow_up_looks_only_where_it_is_told_to(seeds_engine: Engine) -> None:
    before = seeds_engine.ask("who met in Reykjavik")
    only = frozenset({"001"})
    followed = seeds_engine.ask("and how long did it last?", previous=before, documents=only)
    assert {e.quote.doc_id for e in evidence_of(followed)} <= only
    assert followed.query.documents == only


def test_the_same_question_has_the_same_answer_in_any_thread(seeds_engine: Engine) -> None:
    questions = [
        "who met in Reykjavik", "how long did the Stockholm talks last", "zelensky kyiv", "grain",
        "what do readers say", "how do I boil an egg", "В каком городе", "", "rejkjavik",
    ]  # fmt: skip
    alone = [seeds_engine.ask(question) for question in questions]
    fresh = dataclasses.replace(
        seeds_engine,
        index=dataclasses.replace(
            seeds_engine.index,
            vocabulary=type(seeds_engine.index.vocabulary)(seeds_engine.index.vocabulary.counts),
        ),
    )  # nothing worked out yet in it: the threads do that at once
    with ThreadPoolExecutor(8) as pool:
        rounds = list(pool.map(lambda n: [fresh.ask(questions[n % 9]), n % 9], range(72)))
    for answer, number in rounds:
        assert answer == alone[number]


def test_the_context_holds_the_quote_between_whole_sentences(seeds_engine: Engine) -> None:
    answer = seeds_engine.ask("how long did the talks in Stockholm last", k=3)
    for one in evidence_of(answer):
        source = seeds_engine.sources[one.quote.doc_id]
        sizes = []
        for sentences in (0, 1, 3, 50):
            span = seeds_engine.context(one, sentences=sentences)
            assert span.contains(one.quote.span)
            assert source.text[span.start : span.end].strip() == source.text[span.start : span.end]
            sizes.append(len(span))
        assert sizes == sorted(sizes)
        if one.quote.kind is Kind.BODY:
            assert len(one.quote.span) <= sizes[0] < sizes[1] < sizes[2] < sizes[3]


def small_engine(root: Path, seeds: Path, policy: Policy) -> Engine:
    """An engine as the application composes it, but for the model."""
    build(root, seeds)
    index, sources = opened(root, seeds), {s.document.id: s for s in corpus.load(seeds)}
    return Engine(
        sources,
        index,
        LocalSearcher(index, dense_weight=0.5, candidates=40),
        Reader(index, sources, load_judgement()),
        HashEncoder(),
        policy,
    )


EAGER = Policy(threshold=0.0, further=100.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Plain files, no catalogue: one said twice, one with front matter, one with odd bytes."""
    seeds = tmp_path / "plain"
    (seeds / "deep").mkdir(parents=True)
    (seeds / "a.txt").write_text("The lighthouse keeper found a whale on Tuesday. Nobody came.")
    (seeds / "b.txt").write_text("Rain fell. The lighthouse keeper found a whale on Tuesday.")
    marked_up = "\ufeff---\ntitle: Whales\n---\r\n# Whales\r\n\r\n"
    (seeds / "c.md").write_bytes(
        f"{marked_up}A whale weighs forty tonnes.\u00a0“Big!”\r\n".encode()
    )
    (seeds / "d.txt").write_text("Twelve whales passed the lighthouse of Port Ellen in May 1986.")
    return seeds


def test_a_folder_without_a_catalogue_answers(tmp_path: Path, folder: Path) -> None:
    engine = small_engine(tmp_path / "index", folder, EAGER)
    for question, text in (
        ("who found a whale on Tuesday", "The lighthouse keeper found a whale on Tuesday."),
        ("how much does a whale weigh", "A whale weighs forty tonnes."),
        ("how many whales passed Port Ellen",
         "Twelve whales passed the lighthouse of Port Ellen in May 1986."),
    ):  # fmt: skip
        answer = engine.ask(question)
        assert isinstance(answer, Found)
        check_sound(engine, answer)
        assert marked(answer.evidence[0]) == text
    for question in HOSTILE:
        check_sound(engine, engine.ask(question))


def test_the_same_words_are_quoted_once_and_other_documents_come_first(
    tmp_path: Path, folder: Path
) -> None:
    engine = small_engine(tmp_path / "index", folder, EAGER)
    answer = engine.ask("who found a whale on Tuesday", k=9)
    check_sound(engine, answer)
    texts = [marked(one) for one in evidence_of(answer)]
    assert texts.count("The lighthouse keeper found a whale on Tuesday.") == 1
    spread = dataclasses.replace(engine, policy=dataclasses.replace(EAGER, repeat_document=99.0))
    one_each = spread.ask("whale lighthouse keeper rain", k=3)
    assert len({one.quote.doc_id for one in evidence_of(one_each)}) == 3
    hoarding = dataclasses.replace(engine, policy=dataclasses.replace(EAGER, repeat_document=0.0))
    scores = [one.reading.score for one in evidence_of(hoarding.ask("whale rain", k=9))]
    assert scores == sorted(scores, reverse=True)


def test_the_policy_decides_what_is_answered(tmp_path: Path, folder: Path) -> None:
    question = "who found a whale"

    def asked(policy: Policy) -> Answer:
        return small_engine(tmp_path / "index", folder, policy).ask(question)

    assert isinstance(asked(Policy(threshold=0.0)), Found)
    never = asked(Policy(threshold=1.0, on_topic=0.0))
    assert isinstance(never, Abstained)
    assert never.reason is Reason.NOT_IN_DOCUMENTS
    elsewhere = asked(Policy(threshold=1.0, on_topic=1.0))
    assert isinstance(elsewhere, Abstained)
    assert elsewhere.reason is Reason.OFF_TOPIC
    assert len(evidence_of(asked(Policy(quotes=1)))) == 1
    assert len(evidence_of(asked(dataclasses.replace(EAGER, quotes=4)))) == 4
    assert len(evidence_of(asked(dataclasses.replace(EAGER, further=0.0)))) == 1
    assert isinstance(asked(Policy(max_question=5)), Abstained)
    for one in evidence_of(asked(Policy(max_quote=1, threshold=0.0))):
        assert one.quote.marks == (one.quote.span,)


def test_a_collection_without_a_sentence_declines(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "outline.md").write_text("# Whales\n\n## Their weight\n")
    engine = small_engine(tmp_path / "index", seeds, EAGER)
    answer = engine.ask("what is the weight of whales")
    assert isinstance(answer, Abstained)
    assert answer.nearest == ()


def test_courtesies_change_no_answer(seeds_engine: Engine) -> None:
    plain = seeds_engine.ask("what did Macron call Russia?")
    polite = seeds_engine.ask("Good morning! Could you tell me what did Macron call Russia?")
    assert evidence_of(polite) == evidence_of(plain)
    assert (polite.confidence, polite.understood) == (plain.confidence, None)
