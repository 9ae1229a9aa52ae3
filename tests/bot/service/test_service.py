import asyncio
import logging
from collections import Counter

import pytest

from bot.errors import StateError
from bot.types import Answered, Busy, Duplicate, Failed
from retrieval.errors import IndexStaleError
from retrieval.types import Found, Span
from tests.bot.examples import FINGERPRINT
from tests.bot.service.services import answered, drop, question, until

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
        drop(tmp_path, "answers", "votes")
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


async def test_what_is_not_finished_in_time_ends_in_words_and_only_once(run, engine):
    async with run(service__workers=1) as service, run() as other:
        asking = [question("wait", event_keys=(name,)) for name in ("running", "queued")]
        asked = [asyncio.create_task(service.ask(one)) for one in asking]
        await until(lambda: service.waiting == 2)
        await service.stop(0.05)
        assert await asyncio.gather(*asked) == [Busy(), Busy()]
        for one in asking:
            await service.done(one)
        await service.close(0)
        for one in asking:
            assert isinstance(await other.ask(one), Duplicate)


async def test_what_nobody_could_be_told_in_time_is_left_to_others(run, engine):
    async with run() as service, run() as other:
        asked = asyncio.create_task(service.ask(question("wait", event_keys=("1",))))
        await until(engine.waiting.is_set)
        await service.close(grace=0.05)
        engine.go.set()
        assert await asked == Busy()  # and no `done`: nothing could be delivered
        assert isinstance(await other.ask(question(event_keys=("1",))), Answered)


async def test_while_closing_one_question_in_two_events_is_refused_once(run):
    async with run() as service:
        await service.stop(0)
        mention = question(event_keys=("mention", "ts"))
        assert await service.ask(mention) == Busy()
        await service.done(mention)
        message = question(event_keys=("message", "ts"))
        assert await service.ask(message) == Duplicate()
        await service.close(0)
        assert await service.ask(question(event_keys=("later",))) == Busy()


async def test_a_state_that_breaks_does_not_keep_it_from_closing(run, tmp_path, caplog):
    async with run() as service:
        asking = question(event_keys=("1",))
        assert isinstance(await service.ask(asking), Answered)
        drop(tmp_path, "claims")
        await service.close(0)
    assert "unexpected OperationalError" in caplog.text
