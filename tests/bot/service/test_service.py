import asyncio
import logging
import os
import sqlite3
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.actions import short
from bot.errors import StateError
from bot.service import Service
from bot.service.leases import HOLD_MOST
from bot.state import State
from bot.types import (
    Answered,
    Busy,
    DocumentsChanged,
    Duplicate,
    Excerpt,
    Failed,
    Gone,
    GuildSettings,
    Limited,
    NoMore,
    Noted,
    Place,
    Question,
    Refused,
    Reloaded,
)
from config.settings import load
from retrieval.errors import IndexStaleError
from retrieval.types import Found, Span
from tests.bot.examples import FINGERPRINT
from tests.bot.service.engines import TEXT, SmallEngine

POSTGRES = os.environ.get("TALKS_TEST_POSTGRES", "")
NO_LIMITS = {f"limits.{scope}": 0 for scope in ("user", "channel", "thread", "guild", "overall")}


class Clock:
    def __init__(self, now=1_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def engine():
    return SmallEngine()


@pytest.fixture
def run(tmp_path, engine):
    """Start services on one state; they are closed at the end."""

    @asynccontextmanager
    async def started(build=None, *, lease=15.0, clock=None, monotonic=None, **overrides):
        settings = load(
            environ={},
            overrides={
                "state.url": f"sqlite:///{tmp_path}/state.sqlite",
                **NO_LIMITS,
                **{key.replace("__", "."): value for key, value in overrides.items()},
            },
        )
        clocks = {
            name: value
            for name, value in (("clock", clock), ("monotonic", monotonic))
            if value is not None
        }
        service = await Service.start(build or (lambda: engine), settings, lease=lease, **clocks)
        try:
            yield service
        finally:
            engine.go.set()
            await service.close(grace=0.0)

    return started


def question(text="Who met in Reykjavík?", **changes):
    values = {"platform": "discord", "user_key": "u", "channel_key": "c", **changes}
    return Question(text, **values)


async def answered(service, text="Who met in Reykjavík?", **changes):
    reply = await service.ask(question(text, **changes))
    assert isinstance(reply, Answered)
    return reply


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for is not ours to signal
            await asyncio.sleep(0.005)


# Questions


async def test_an_answer(run):
    async with run() as service:
        reply = await answered(service)
        assert isinstance(reply.answer, Found)
        assert reply.question == "Who met in Reykjavík?"
        assert (reply.more, reply.skipped, reply.private) == (True, 0, False)
        other = await answered(service, k=2, private=True)
        assert len(other.answer.evidence) == 2
        assert other.private
        assert other.answer_id != reply.answer_id


async def test_an_abstention_is_an_answer(run):
    async with run() as service:
        reply = await answered(service, "nothing")
        assert not isinstance(reply.answer, Found)
        assert not reply.more


async def test_outcomes_are_counted(run):
    async with run() as service:
        await service.ask(question())
        await service.ask(question("nothing"))
        await service.ask(question("crash"))
        assert service.outcomes == {
            ("discord", "found"): 1,
            ("discord", "not_in_documents"): 1,
            ("discord", "failed"): 1,
        }


# Errors


async def test_a_retrieval_error_is_told_plainly_and_logged_in_full(run, caplog):
    async with run() as service:
        reply = await service.ask(question("damaged"))
    assert isinstance(reply, Failed)
    assert "cannot be searched just now" in reply.public_text
    assert "vectors.npy" not in reply.public_text
    assert any(
        reply.error_id in line and "vectors.npy" in line
        for line in (record.getMessage() for record in caplog.records)
    )


async def test_an_unknown_error_has_an_id_in_the_log_but_not_the_persons_words(run, caplog):
    caplog.set_level(logging.DEBUG)
    async with run() as service:
        reply = await service.ask(question("crash my secret", user_key="user-key"))
    assert isinstance(reply, Failed)
    assert reply.error_id in reply.public_text
    logged = "\n".join(
        [
            *map(logging.Formatter().format, caplog.records),
            *(str(r.__dict__) for r in caplog.records),
        ]
    )
    assert f"{reply.error_id}: unexpected ValueError" in logged
    assert "engines.py" in logged
    assert "my secret" not in logged
    assert "user-key" not in logged


async def test_questions_are_logged_only_when_wanted(run, caplog):
    caplog.set_level(logging.INFO)
    async with run() as service:
        await service.ask(question("What is wanted?"))
    assert any(": found in " in record.getMessage() for record in caplog.records)
    assert "wanted" not in caplog.text
    async with run(service__log_questions=True) as service:
        await service.ask(question("What is\nwanted?"))
    assert "'What is\\nwanted?'" in caplog.text


async def test_a_slow_question_ends_in_words(run, engine):
    async with run(service__timeout=0.1) as service:
        reply = await service.ask(question("wait"))
        assert isinstance(reply, Failed)
        assert "too long" in reply.public_text
        assert service.waiting == 1  # its thread is still at it
        engine.go.set()
        await until(lambda: service.waiting == 0)


async def test_hanging_questions_do_not_stop_the_others(run):
    async with run(service__timeout=0.1, service__workers=1) as service:
        for _ in range(3):
            assert isinstance(await service.ask(question("wait")), Failed)
        assert service.waiting == 3
        assert isinstance(await service.ask(question("quick")), Answered)


async def test_a_state_that_breaks_still_ends_in_words(run, tmp_path):
    async with run() as service:
        with sqlite3.connect(tmp_path / "state.sqlite") as connection:
            connection.execute("DROP TABLE talks_answers")
            connection.execute("DROP TABLE talks_votes")
        connection.close()
        reply = await service.ask(question())  # no thread to look up: only keeping it fails
        assert isinstance(reply, Answered)
        assert isinstance(await service.ask(question(thread_key="t")), Failed)
        assert isinstance(await service.more("x", user_key="u", channel_key="c", shown=1), Failed)
        assert isinstance(await service.feedback("x", user_key="u", vote="up"), Failed)
        assert not await service.asked_by("x", "u")
        (said,) = await service.admin("discord", "g", "stats")
        assert "Something went wrong" in said


async def test_what_stops_the_start_is_raised(run, tmp_path):
    def stale():
        raise IndexStaleError("d.txt changed → run `talks index`")

    with pytest.raises(IndexStaleError):
        async with run(stale):
            pass
    with pytest.raises(StateError):
        async with run(state__url="mysql://x"):
            pass


# Queue


async def test_a_full_queue_says_so_at_once(run, engine):
    async with run(service__workers=1, service__queue=3) as service:
        asked = [asyncio.create_task(service.ask(question("wait"))) for _ in range(3)]
        await until(engine.waiting.is_set)
        await until(lambda: service.waiting == 3)
        assert isinstance(await service.ask(question()), Busy)
        engine.go.set()
        assert all(isinstance(reply, Answered) for reply in await asyncio.gather(*asked))
        assert isinstance(await service.ask(question()), Answered)


async def test_buttons_find_a_full_queue_too(run, engine):
    async with run(service__workers=1, service__queue=1) as service:
        first = await answered(service)
        asked = asyncio.create_task(service.ask(question("wait")))
        await until(engine.waiting.is_set)
        assert await service.recall(first.answer_id) == Busy()
        assert await service.context("long", Span(0, 10), FINGERPRINT) == Busy()
        engine.go.set()
        assert isinstance(await asked, Answered)


async def test_two_hundred_questions_of_fifty_people_all_end_once(run):
    async with run(service__queue=150) as service:
        questions = [
            question(f"question {number}", user_key=str(number % 50), event_keys=(str(number),))
            for number in range(200)
        ]
        replies = await asyncio.gather(*(service.ask(one) for one in questions))
        for one in questions:
            await service.done(one)
        kinds = Counter(type(reply) for reply in replies)
        assert set(kinds) <= {Answered, Busy}
        assert kinds[Answered] >= 150
        by_text = [reply.question for reply in replies if isinstance(reply, Answered)]
        assert len(by_text) == len(set(by_text))
        again = await asyncio.gather(*(service.ask(one) for one in questions))
        assert all(isinstance(reply, Duplicate) for reply in again)


# Once and only once


async def test_an_event_is_answered_once(run):
    async with run() as service:
        first = question(event_keys=("id 1", "ts 1"))
        assert isinstance(await service.ask(first), Answered)
        await service.done(first)
        for keys in (("id 1", "ts 1"), ("id 2", "ts 1"), ("id 1",)):
            assert isinstance(await service.ask(question(event_keys=keys)), Duplicate)
        assert isinstance(await service.ask(question(event_keys=("id 3",))), Answered)


async def test_the_same_event_twice_at_once(run):
    async with run() as service:
        replies = await asyncio.gather(
            *(service.ask(question(event_keys=("1",))) for _ in range(5))
        )
        kinds = Counter(type(reply) for reply in replies)
        assert kinds == {Answered: 1, Duplicate: 4}


async def test_a_duplicate_called_done_does_not_end_the_first(run, engine):
    async with run() as service, run(lease=0.3) as other:
        first = asyncio.create_task(service.ask(question("wait", event_keys=("1",))))
        await until(engine.waiting.is_set)
        second = question("wait", event_keys=("1",))
        assert isinstance(await service.ask(second), Duplicate)
        await service.done(second)
        assert isinstance(await other.ask(question(event_keys=("1",))), Duplicate)
        engine.go.set()
        assert isinstance(await first, Answered)


async def test_a_crash_between_claim_and_answer_loses_nothing_and_doubles_nothing(run, tmp_path):
    dead = await State.open(f"sqlite:///{tmp_path}/state.sqlite", clock=time.time)
    assert await dead.claim("discord", ["1"], lease=0.5) == "mine"
    await dead.close()  # it never renews, as a process that was killed
    async with run(lease=0.5) as one, run(lease=0.5) as two:
        redelivered = [question(event_keys=("1",)) for _ in range(4)]
        replies = await asyncio.gather(
            *(
                service.ask(one)
                for service, one in zip((one, two, one, two), redelivered, strict=True)
            )
        )
        assert Counter(type(reply) for reply in replies) == {Answered: 1, Duplicate: 3}


async def test_a_slow_answer_keeps_its_claim(run, engine):
    async with run(lease=0.2) as slow, run(lease=0.2) as other:
        asking = question("wait", event_keys=("1",))
        first = asyncio.create_task(slow.ask(asking))
        await until(engine.waiting.is_set)
        await asyncio.sleep(0.5)  # longer than the lease: only renewing keeps it
        assert isinstance(await other.ask(question(event_keys=("1",))), Duplicate)
        engine.go.set()
        assert isinstance(await first, Answered)
        await slow.done(asking)
        assert isinstance(await other.ask(question(event_keys=("1",))), Duplicate)


async def test_a_claim_that_nobody_finishes_is_not_kept_for_ever(run):
    ticks = Clock()
    async with run(lease=0.2, monotonic=ticks) as forgetful, run(lease=0.2) as other:
        assert isinstance(await forgetful.ask(question(event_keys=("1",))), Answered)
        assert isinstance(await other.ask(question(event_keys=("1",))), Duplicate)
        ticks.now += HOLD_MOST + 1
        for _ in range(100):
            if isinstance(await other.ask(question(event_keys=("1",))), Answered):
                break
        else:
            pytest.fail("it is still held")


async def test_a_cancelled_question_may_be_answered_elsewhere(run, engine):
    async with run() as service, run() as other:
        asking = asyncio.create_task(service.ask(question("wait", event_keys=("1",))))
        await until(engine.waiting.is_set)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        engine.go.set()
        assert isinstance(await other.ask(question(event_keys=("1",))), Answered)


async def test_claiming_what_is_no_question(run):
    async with run() as service, run() as other:
        assert await service.claim("discord", "share 1")
        assert not await service.claim("discord", "share 1")
        assert not await other.claim("discord", "share 1")
        assert await other.claim("slack", "share 1")


@pytest.mark.skipif(not POSTGRES, reason="TALKS_TEST_POSTGRES names no PostgreSQL server")
async def test_replicas_that_share_a_server_answer_each_event_once(run):
    async with run(state__url=POSTGRES) as one, run(state__url=POSTGRES) as two:
        events = [f"{time.time()} {number}" for number in range(30)]
        delivered = [(service, event) for event in events for service in (one, two, one)]

        async def deliver(service, event):
            asking = question(event, event_keys=(event, f"{event} again"))
            reply = await service.ask(asking)
            if not isinstance(reply, Duplicate):
                await service.done(asking)
            return type(reply)

        replies = await asyncio.gather(*(deliver(*each) for each in delivered))
        assert Counter(replies) == {Answered: 30, Duplicate: 60}


# Limits


async def test_limits_by_scope_say_when_to_come_back(run):
    ticks = Clock()
    async with run(limits__user=2, limits__channel=3, monotonic=ticks) as service:
        await answered(service)
        ticks.now += 10
        await answered(service)
        assert await service.ask(question()) == Limited(50.0, "user")
        assert await service.ask(question(platform="slack")) != Limited(50.0, "user")
        await answered(service, user_key="v")
        assert await service.ask(question(user_key="w")) == Limited(50.0, "channel")
        ticks.now += 50
        await answered(service)


async def test_a_thread_in_which_bots_talk_to_each_other_comes_to_rest(run):
    async with run(limits__thread=5) as service:
        replies = [
            await service.ask(question(user_key=str(number), thread_key="t"))
            for number in range(10)
        ]
    assert [type(reply) for reply in replies] == [Answered] * 5 + [Limited] * 5


async def test_admins_limits_replace_the_operators_in_their_guild_only(run):
    async with run(limits__user=1) as service:
        await service.admin("discord", "g", "limits user 2")
        replies = [await service.ask(question(guild_key="g")) for _ in range(3)]
        assert [type(reply) for reply in replies] == [Answered, Answered, Limited]
        replies = [await service.ask(question(guild_key="h", user_key="v")) for _ in range(2)]
        assert [type(reply) for reply in replies] == [Answered, Limited]


async def test_the_overall_limit(run):
    async with run(limits__overall=2) as service:
        replies = [
            await service.ask(question(user_key=str(n), channel_key=str(n))) for n in range(3)
        ]
        assert [type(reply) for reply in replies] == [Answered, Answered, Limited]
        assert replies[2].scope == "global"


# Thread memory


async def test_a_follow_up_leans_on_the_last_question_of_its_thread(run, engine):
    async with run() as service:
        await answered(service, "who met in Reykjavík", thread_key="t")
        reply = await answered(service, "and how long", thread_key="t")
        assert reply.answer.understood == "and how long (who met in Reykjavík)"
        alone = await answered(service, "and how long", thread_key="t2")
        assert alone.answer.understood is None
        nowhere = await answered(service, "and how long")
        assert nowhere.answer.understood is None


async def test_a_thread_is_remembered_over_a_restart(run):
    async with run() as service:
        await answered(service, "who met in Reykjavík", thread_key="t")
        await answered(service, "and how long", thread_key="t")
    async with run() as service:
        reply = await answered(service, "and where", thread_key="t")
        assert reply.answer.understood == "and where (and how long (who met in Reykjavík))"


async def test_a_follow_up_is_one_questions_work_while_its_thread_is_fresh(run, engine):
    async with run() as service:
        await until(lambda: service.suggest(""))  # the engine is asked for these, too
        await answered(service, "who met", thread_key="t")
        await answered(service, "and b", thread_key="t")
        await answered(service, "and c", thread_key="t")
        asked = [text for text in engine.asked if "said about" not in text]
        assert asked == ["who met", "and b (who met)", "and c (and b (who met))"]


async def test_after_a_reload_the_thread_is_asked_again(run, engine):
    engines = [engine, SmallEngine("b" * 64)]
    later = engines[1]
    async with run(lambda: engines.pop(0)) as service:
        await answered(service, "who met", thread_key="t")
        await service.reload()
        reply = await answered(service, "and b", thread_key="t")
        assert reply.answer.understood == "and b (who met)"
        assert "who met" in later.asked


async def test_long_threads_lean_on_what_was_understood(run, engine):
    async with run() as service:
        await answered(service, "who met", thread_key="t")
        for text in ("and b", "and c", "and d"):
            await answered(service, text, thread_key="t")
        reply = await answered(service, "and e", thread_key="t")
        assert reply.answer.understood == "and e (and d (and c (and b (who met))))"


async def test_a_reply_to_an_answer_leans_on_that_answer(run):
    async with run() as service:
        old = await answered(service, "who met in Reykjavík", thread_key="t")
        await answered(service, "who met in Stockholm", thread_key="t")
        reply = await answered(service, "and how long", thread_key="t", follows=old.answer_id)
        assert reply.answer.understood == "and how long (who met in Reykjavík)"
        assert (await answered(service, "and so", follows="unknown")).answer.understood is None


# Buttons


def starts(reply):
    return [one.quote.span.start for one in reply.answer.evidence]


async def test_more_goes_through_all_passages_without_repeating(run):
    async with run() as service:
        first = await answered(service)
        seen, numbers, shown = starts(first), [1, 2, 3], 3
        while True:
            page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=shown)
            assert isinstance(page, Answered)
            assert page.skipped == shown
            seen += starts(page)
            numbers += [one.citation.number for one in page.answer.evidence]
            shown += len(page.answer.evidence)
            if not page.more:
                break
        assert numbers == list(range(1, 13))
        assert seen == sorted(set(seen))
        assert isinstance(
            await service.more(first.answer_id, user_key="u", channel_key="c", shown=shown), NoMore
        )


async def test_more_begins_with_what_did_not_fit(run):
    async with run() as service:
        first = await answered(service)
        page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=1)
        assert starts(page)[:2] == starts(first)[1:]
        assert [one.citation.number for one in page.answer.evidence] == [2, 3, 4]


async def test_more_of_an_abstention_are_more_close_passages(run):
    async with run() as service:
        first = await answered(service, "nothing")
        page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=3)
        assert [one.citation.number for one in page.answer.nearest] == [4, 5, 6]


async def test_more_of_a_follow_up_asks_what_was_asked(run, engine):
    async with run() as service:
        await answered(service, "who met", thread_key="t")
        first = await answered(service, "and how long", thread_key="t")
        engine.asked.clear()
        page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=3)
        assert page.answer.understood == "and how long (who met)"
        assert await service.recall(first.answer_id) == replace(first, more=False)


async def test_more_counts_against_the_limits_of_whoever_presses(run):
    async with run(limits__user=1) as service:
        first = await answered(service)
        pressed = {"channel_key": "c", "shown": 3}
        limited = await service.more(first.answer_id, user_key="u", **pressed)
        assert isinstance(limited, Limited)
        page = await service.more(first.answer_id, user_key="v", **pressed)
        assert isinstance(page, Answered)


async def test_buttons_work_after_a_restart(run):
    async with run() as service:
        first = await answered(service)
    async with run() as service:
        assert isinstance(await service.recall(first.answer_id), Answered)
        page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=3)
        assert isinstance(page, Answered)
        assert await service.asked_by(first.answer_id, "u")
        assert await service.feedback(first.answer_id, user_key="u", vote="up") is Noted.KEPT
        excerpt = await service.exact("long", Span(0, 10), FINGERPRINT[:12])
        assert isinstance(excerpt, Excerpt)


async def test_after_the_documents_changed_buttons_say_so(run):
    async with run() as service:
        first = await answered(service)
    async with run(lambda: SmallEngine("other" * 10)) as service:
        changed = DocumentsChanged()
        pressed = {"user_key": "u", "channel_key": "c", "shown": 3}
        assert await service.more(first.answer_id, **pressed) == changed
        assert await service.recall(first.answer_id) == changed
        assert await service.context("long", Span(0, 10), FINGERPRINT[:12]) == changed
        assert await service.exact("long", Span(0, 10), FINGERPRINT[:12]) == changed
        assert await service.feedback(first.answer_id, user_key="u", vote="up") is Noted.KEPT


async def test_answers_that_are_not_kept_are_gone(run):
    async with run() as service:
        assert await service.recall("x") == Gone()
        assert await service.more("x", user_key="u", channel_key="c", shown=1) == Gone()
        assert await service.feedback("x", user_key="u", vote="up") == Gone()
        assert not await service.asked_by("x", "u")


async def test_old_answers_are_not_kept(run):
    clock = Clock()
    async with run(clock=clock) as service:
        first = await answered(service)
    clock.now += 31 * 86_400
    async with run(clock=clock) as service:
        for _ in range(1000):
            if await service.recall(first.answer_id) == Gone():
                break
            await asyncio.sleep(0.01)
        else:
            pytest.fail("it is still there")


async def test_the_surroundings_hold_the_marked_citation(run):
    async with run() as service:
        start = TEXT.index("Sentence 5")
        span = Span(start, start + len("Sentence 5 says what it says."))
        excerpt = await service.context(short("long"), span, FINGERPRINT[:12])
        assert isinstance(excerpt, Excerpt)
        assert excerpt.quote.text.startswith("Sentence 2 ")
        assert excerpt.quote.text.endswith("Sentence 8 says what it says.")
        assert excerpt.quote.text == TEXT[excerpt.quote.span.start : excerpt.quote.span.end]
        assert excerpt.quote.marks == (span,)
        exact = await service.exact("long", span, FINGERPRINT)
        assert exact.quote.text == TEXT[span.start : span.end]
        assert exact.citation.document.id == "long"


@pytest.mark.parametrize(
    ("document", "span", "fingerprint"),
    [
        ("unknown", Span(0, 5), FINGERPRINT),
        ("long", Span(0, 10**6), FINGERPRINT),
        ("long", Span(10**6, 10**6 + 1), FINGERPRINT),
        ("long", Span(3, 3), FINGERPRINT),
        ("long", Span(0, 5), ""),
        ("long", Span(0, 5), "x"),
    ],
)
async def test_what_no_button_of_ours_says_is_never_a_wrong_passage(
    run, document, span, fingerprint
):
    async with run() as service:
        assert await service.context(document, span, fingerprint) == DocumentsChanged()
        assert await service.exact(document, span, fingerprint) == DocumentsChanged()


async def test_votes_and_whose_answer_it_is(run):
    async with run() as service:
        first = await answered(service)
        assert await service.asked_by(first.answer_id, "u")
        assert not await service.asked_by(first.answer_id, "v")
        votes = [
            await service.feedback(first.answer_id, user_key="v", vote=vote)
            for vote in ("up", "down", "down")
        ]
        assert votes == [Noted.KEPT, Noted.CHANGED, Noted.WITHDRAWN]


# From memory


async def test_documents_and_suggestions(run):
    async with run() as service:
        assert [one.id for one in service.documents()] == ["long", "short"]
        assert service.source("short").text == "Ida met Bo in Reykjavík."
        assert service.source("unknown") is None
        assert service.fingerprint == FINGERPRINT
        found = service.suggest_documents("SH titlé")
        assert found[0].document.id == "short"
        assert service.suggest_documents("nowhere") == ()
        assert len(service.suggest_documents("", limit=1)) == 1
        await until(lambda: service.suggest("reykjavik"))
        assert service.suggest("REYKJAVIK")[0].text == "What is said about Reykjavík?"


# Admin


async def test_what_admins_choose_holds_at_once_and_after_a_restart(run):
    async with run() as service:
        await answered(service, guild_key="g")
        reply = await service.admin("discord", "g", "channels deny <#123>")
        assert Place("channel", "123") in reply
        refused = await service.ask(question(guild_key="g", channel_key="123"))
        assert isinstance(refused, Refused)
        await answered(service, guild_key="g")
        await answered(service, guild_key="h", channel_key="123")
        await answered(service, channel_key="123")
    async with run() as service:
        refused = await service.ask(question(guild_key="g", channel_key="123"))
        assert isinstance(refused, Refused)


async def test_a_refused_question_is_not_counted(run):
    async with run(limits__user=1) as service:
        await service.admin("discord", "g", "roles allow <@&7>")
        assert isinstance(await service.ask(question(guild_key="g")), Refused)
        await answered(service, guild_key="g", role_keys=frozenset({"7"}))


async def test_another_replica_hears_of_it(run):
    ticks = Clock()
    async with run() as one, run(monotonic=ticks) as other:
        assert await other.guild("discord", "g") == GuildSettings()
        await one.admin("discord", "g", "private on")
        ticks.now += 11
        assert (await other.guild("discord", "g")).private
        assert await other.guild("discord", None) == GuildSettings()


async def test_admin_words(run):
    async with run() as service:
        (said,) = await service.admin("discord", "g", "no such thing")
        assert "no command" in said
        assert "channels allow" in (await service.admin("discord", "g", "help"))[0]
        assert "Answers everybody" in "".join(map(str, await service.admin("discord", "g", "show")))


async def test_figures(run):
    async with run() as service:
        first = await answered(service, guild_key="g")
        await answered(service, "nothing", guild_key="g", user_key="v")
        await answered(service)
        await service.feedback(first.answer_id, user_key="v", vote="up")
        stats = await service.stats("discord", "g")
        assert (stats.questions, stats.found, stats.abstained, stats.askers) == (2, 1, 1, 2)
        assert (stats.up, stats.down, stats.documents) == (1, 0, 2)
        (said,) = await service.admin("discord", "g", "stats")
        assert "2 questions from 2 people" in said


async def test_reloading_swaps_the_engine_and_a_failure_keeps_it(run):
    made = []

    def build():
        made.append(SmallEngine("abcd"[len(made)] * 64))
        if len(made) > 2:
            raise IndexStaleError("d.txt changed → run `talks index`")
        return made[-1]

    async with run(build) as service:
        assert await service.reload() == Reloaded("a" * 64, "b" * 64, 2)
        assert service.fingerprint == "b" * 64
        (said,) = await service.admin("discord", "g", "reload")
        assert "cannot be searched just now" in said
        assert said.endswith("as they were.")
        failed = await service.reload()
        assert isinstance(failed, Failed)
        assert service.fingerprint == "b" * 64
        assert (await answered(service)).answer.fingerprint == "b" * 64


async def test_reloading_in_words(run, engine):
    engines = [engine, engine, SmallEngine("b" * 64)]
    async with run(lambda: engines.pop(0)) as service:
        assert await service.admin("discord", "g", "reload") == (
            "Nothing has changed: 2 documents.",
        )
        (said,) = await service.admin("discord", "g", "reload")
        assert said == "Read again: 2 documents (version bbbbbbbbbbbb)."


async def test_a_question_keeps_the_engine_it_began_with(run, engine):
    engines = [engine, SmallEngine("b" * 64)]
    async with run(lambda: engines.pop(0)) as service:
        asking = asyncio.create_task(service.ask(question("wait")))
        await until(engine.waiting.is_set)
        await service.reload()
        engine.go.set()
        reply = await asking
        assert reply.answer.fingerprint == FINGERPRINT
        assert await service.recall(reply.answer_id) == DocumentsChanged()


async def test_forgetting_a_person(run):
    async with run() as service:
        first = await answered(service)
        other = await answered(service, user_key="v")
        assert await service.forget("discord", "u") == 1
        assert await service.recall(first.answer_id) == Gone()
        assert isinstance(await service.recall(other.answer_id), Answered)


# The end


async def test_closing_finishes_what_was_accepted(run, engine):
    async with run() as service:
        asking = question("wait", event_keys=("1",))
        asked = asyncio.create_task(service.ask(asking))
        await until(engine.waiting.is_set)
        closing = asyncio.create_task(service.close())
        await asyncio.sleep(0.05)
        assert isinstance(await service.ask(question()), Busy)
        assert not closing.done()
        engine.go.set()
        assert isinstance(await asked, Answered)
        await asyncio.sleep(0.05)
        assert not closing.done()  # it is not delivered yet
        await service.done(asking)
        await closing
    async with run() as service:
        assert isinstance(await service.ask(question(event_keys=("1",))), Duplicate)


async def test_what_is_not_finished_in_time_is_left_to_others(run, engine):
    async with run() as service, run() as other:
        asked = asyncio.create_task(service.ask(question("wait", event_keys=("1",))))
        await until(engine.waiting.is_set)
        await service.close(grace=0.05)
        asked.cancel()
        engine.go.set()
        assert isinstance(await other.ask(question(event_keys=("1",))), Answered)
        await asyncio.gather(asked, return_exceptions=True)
