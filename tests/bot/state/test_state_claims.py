import asyncio
import time

from bot.state import Claim, State
from tests.bot.state.states import run_all


async def test_an_event_is_claimed_once(state):
    assert await state.claim("discord", ["1"], lease=15) is Claim.MINE
    assert await state.claim("discord", ["1"], lease=15) is Claim.HELD
    assert await state.claim("slack", ["1"], lease=15) is Claim.MINE
    await state.finish("discord", ["1"])
    assert await state.claim("discord", ["1"], lease=15) is Claim.DONE


async def test_a_lapsed_claim_may_be_taken_over_but_a_finished_one_never(url, state, clock):
    other = await State.open(url, clock=clock)
    assert await state.claim("discord", ["crashed"], lease=15) is Claim.MINE
    assert await state.claim("discord", ["answered"], lease=15) is Claim.MINE
    await state.finish("discord", ["answered"])
    clock.now += 14.9
    assert await other.claim("discord", ["crashed"], lease=15) is Claim.HELD
    clock.now += 0.2
    assert await other.claim("discord", ["crashed"], lease=15) is Claim.MINE
    assert await other.claim("discord", ["answered"], lease=15) is Claim.DONE
    await state.finish("discord", ["crashed"])  # too late: it is the other's now
    assert await state.claim("discord", ["crashed"], lease=15) is Claim.HELD
    await other.close()


async def test_renewing_and_releasing(url, state, clock):
    other = await State.open(url, clock=clock)
    await state.claim("discord", ["1"], lease=15)
    clock.now += 10
    await state.renew("discord", ["1"], lease=15)
    clock.now += 10
    assert await other.claim("discord", ["1"], lease=15) is Claim.HELD
    await other.release("discord", ["1"])  # not the other's to release
    assert await other.claim("discord", ["1"], lease=15) is Claim.HELD
    await state.release("discord", ["1"])
    assert await other.claim("discord", ["1"], lease=15) is Claim.MINE
    await other.close()


async def test_what_was_never_claimed_can_be_finished(url, state, clock):
    other = await State.open(url, clock=clock)
    await state.finish("slack", ["1", "2"])
    assert await other.claim("slack", ["1"], lease=15) is Claim.DONE
    assert await other.claim("slack", ["2", "3"], lease=15) is Claim.DONE
    await other.claim("slack", ["3"], lease=15)
    await state.finish("slack", ["3"])  # another's, who is at it
    assert await state.claim("slack", ["3"], lease=15) is Claim.HELD
    await other.close()


async def test_what_was_finished_can_be_released_by_who_finished_it(url, state, clock):
    other = await State.open(url, clock=clock)
    assert await state.claim("share", ["1"], lease=15) is Claim.MINE
    await state.finish("share", ["1"])
    await other.release("share", ["1"])
    assert await other.claim("share", ["1"], lease=15) is Claim.DONE
    await state.release("share", ["1"])
    assert await other.claim("share", ["1"], lease=15) is Claim.MINE
    await other.close()


async def test_several_events_are_claimed_together_or_not_at_all(state):
    await state.claim("slack", ["b"], lease=15)
    assert await state.claim("slack", ["a", "b", "c"], lease=15) is Claim.HELD
    assert await state.claim("slack", ["a", "c"], lease=15) is Claim.MINE


async def test_of_many_claims_at_once_one_wins(url, clock):
    states = [await State.open(url, clock=clock) for _ in range(4)]
    for event in range(10):
        keys = [f"{event} ts", f"{event} id"]
        claims = await asyncio.gather(
            *(
                state.claim("slack", keys if number % 2 else keys[::-1], lease=15)
                for number, state in enumerate(states * 3)
            )
        )
        assert claims.count(Claim.MINE) == 1
    for state in states:
        await state.close()


async def test_a_killed_process_leaves_a_claim_that_lapses(tmp_path):
    url = f"sqlite:///{tmp_path}/state.sqlite"
    script = (
        "import asyncio, os, time\n"
        "from bot.state import State\n"
        "async def main():\n"
        f"    state = await State.open({url!r}, clock=time.time)\n"
        "    assert await state.claim('slack', ['1'], lease=15) == 'mine'\n"
        "    os._exit(9)\n"
        "asyncio.run(main())\n"
    )
    assert run_all(script)[0] == [9]
    now = time.time()
    early = await State.open(url, clock=lambda: now)
    assert await early.claim("slack", ["1"], lease=15) is Claim.HELD
    await early.close()
    late = await State.open(url, clock=lambda: now + 60)
    assert await late.claim("slack", ["1"], lease=15) is Claim.MINE
    await late.close()
