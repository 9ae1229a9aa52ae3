import asyncio
import threading

import pytest

from bot.service.worker import FullError, SlowError, Worker, apart


async def test_calls_run_on_other_threads_and_raise_where_they_are_waited_for():
    worker = Worker(threads=1, most=2)
    assert await worker.run(threading.get_ident, timeout=5) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 / 0, timeout=5)
    assert await apart(threading.get_ident) != threading.get_ident()
    worker.close()


async def test_a_timeout_raised_by_the_call_itself_is_the_calls():
    def impatient():
        raise TimeoutError("the disk")

    worker = Worker(threads=1, most=1)
    with pytest.raises(TimeoutError, match="the disk"):
        await worker.run(impatient, timeout=5)
    worker.close()


async def test_a_call_given_up_while_it_waits_is_never_made():
    worker = Worker(threads=1, most=2)
    go, made = threading.Event(), []
    first = asyncio.create_task(worker.run(go.wait, timeout=5))
    while not worker.waiting:  # noqa: ASYNC110 - nothing signals that it was put there
        await asyncio.sleep(0)
    with pytest.raises(SlowError):
        await worker.run(lambda: made.append(1), timeout=0.05)
    assert worker.waiting == 1
    go.set()
    await first
    assert await worker.run(lambda: 2, timeout=5) == 2
    assert made == []
    worker.close()


async def test_there_is_room_again_after_errors_and_cancelling():
    worker = Worker(threads=1, most=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 / 0, timeout=5)
    go = threading.Event()
    task = asyncio.create_task(worker.run(go.wait, timeout=5))
    while not worker.waiting:  # noqa: ASYNC110 - nothing signals that it was put there
        await asyncio.sleep(0)
    with pytest.raises(FullError):
        await worker.run(lambda: 1, timeout=5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    go.set()
    async with asyncio.timeout(5):
        while worker.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert await worker.run(lambda: 1, timeout=5) == 1
    worker.close()
    with pytest.raises(FullError):
        await worker.run(lambda: 1, timeout=5)


async def test_closing_gives_up_what_waits_and_what_runs():
    worker = Worker(threads=1, most=2)
    go, made = threading.Event(), []
    calls = [
        asyncio.create_task(worker.run(call, timeout=5))
        for call in (go.wait, lambda: made.append(1))
    ]
    await asyncio.sleep(0)
    worker.close()
    worker.close()
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(one) for one in ended] == [FullError, FullError]
    with pytest.raises(FullError):
        await worker.run(lambda: 1, timeout=5)
    go.set()
    async with asyncio.timeout(5):
        while worker.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert made == []


async def test_threads_that_were_stuck_leave_their_places_to_others():
    before = set(threading.enumerate())
    worker = Worker(threads=1, most=9)
    go = threading.Event()
    for _ in range(3):
        with pytest.raises(SlowError):
            await worker.run(go.wait, timeout=0.02)
    assert await worker.run(lambda: 1, timeout=5) == 1
    assert len(set(threading.enumerate()) - before) == 4
    go.set()
    async with asyncio.timeout(5):
        while len(set(threading.enumerate()) - before) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert await worker.run(lambda: 1, timeout=5) == 1
    worker.close()
