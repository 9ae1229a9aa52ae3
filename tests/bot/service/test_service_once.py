import asyncio
import time
from collections import Counter

import pytest
from sqlalchemy.exc import OperationalError

from bot.service.leases import HOLD_MOST
from bot.state import State
from bot.types import Answered, Duplicate, Failed
from tests.bot.service.services import alter, question, until
from tests.bot.state.states import POSTGRES, Clock

BREAK = "ALTER TABLE talks_claims RENAME TO talks_away"
MEND = "ALTER TABLE talks_away RENAME TO talks_claims"


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


async def test_what_is_given_back_can_be_claimed_again(run):
    async with run() as service, run() as other:
        assert await service.claim("share", "1")
        await other.give_back("share", "1")  # not the other's to give
        assert not await other.claim("share", "1")
        await service.give_back("share", "1")
        assert await other.claim("share", "1")
        await other.give_back("share", "1")
        assert await service.claim("share", "1")


async def test_a_claim_that_the_state_does_not_take_is_raised_and_free_again(run, tmp_path):
    async with run() as service:
        alter(tmp_path, BREAK)
        for _ in range(2):
            with pytest.raises(OperationalError):
                await service.claim("discord", "press 1")
        await service.give_back("discord", "press 1")
        alter(tmp_path, MEND)
        assert await service.claim("discord", "press 1")


async def test_without_the_state_one_question_in_two_events_fails_once(run, tmp_path):
    async with run() as service:
        alter(tmp_path, BREAK)
        mention = question(event_keys=("mention", "ts"))
        message = question(event_keys=("message", "ts"))
        replies = await asyncio.gather(service.ask(mention), service.ask(message))
        assert [type(reply) for reply in replies] == [Failed, Duplicate]
        await service.done(mention)
        assert await service.ask(message) == Duplicate()
        began = time.monotonic()
        await service.stop(5)
        assert time.monotonic() - began < 1  # nothing is left to wait for


async def test_what_was_answered_while_the_state_was_away_it_hears_of_later(run, tmp_path):
    async with run(lease=0.2) as service, run() as other:
        asking = question(event_keys=("1",))
        assert isinstance(await service.ask(asking), Answered)
        alter(tmp_path, BREAK)
        await service.done(asking)
        failing = question(event_keys=("2",))
        assert isinstance(await service.ask(failing), Failed)
        await service.done(failing)
        alter(tmp_path, MEND)
        for key in ("1", "2"):
            while not await other.answered("discord", key):  # noqa: ASYNC110 - another's state
                await asyncio.sleep(0.01)
            assert await other.ask(question(event_keys=(key,))) == Duplicate()


async def test_closing_tells_the_state_what_it_could_not_be_told(run, tmp_path):
    async with run() as other:
        async with run() as service:
            asking = question(event_keys=("1",))
            assert isinstance(await service.ask(asking), Answered)
            alter(tmp_path, BREAK)
            await service.done(asking)
            alter(tmp_path, MEND)
        assert await other.ask(question(event_keys=("1",))) == Duplicate()


async def test_who_holds_a_question(run, engine):
    async with run(lease=1.0) as service, run(lease=1.0) as other:
        mine, theirs = (question("wait", event_keys=("1",)) for _ in range(2))
        asked = asyncio.create_task(service.ask(mine))
        await until(engine.waiting.is_set)
        waiting = asyncio.create_task(other.ask(theirs))
        for _ in range(20):
            await asyncio.sleep(0.01)
            assert service.holds(mine)
            assert not other.holds(theirs)
        assert other.holds(question())  # nothing that somebody else could have
        engine.go.set()
        assert isinstance(await asked, Answered)
        await service.done(mine)
        assert not service.holds(mine)
        assert await waiting == Duplicate()


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
