import asyncio

import pytest

from bot.service.work import Work

pytestmark = pytest.mark.anyio


async def test_what_was_taken_on_is_waited_for_and_no_longer_than_said():
    work, go, told = Work("p"), asyncio.Event(), []

    async def one():
        async with work.piece(told.append):
            await go.wait()

    task = asyncio.create_task(one())
    await asyncio.sleep(0)
    await work.drain(0.01)
    assert not task.done()
    go.set()
    await work.drain(5)
    assert task.done()
    await work.drain(0)
    assert told == []


async def test_what_nobody_foresaw_is_told_under_the_logs_id(caplog):
    told = []

    async def tell(failed):
        told.append(failed)

    words = "what somebody asked"
    async with Work("p").piece(tell):
        raise ValueError(words)
    assert told[0].error_id in caplog.text
    assert told[0].error_id in told[0].public_text
    assert words not in caplog.text + told[0].public_text


async def test_being_cancelled_is_no_mistake():
    work, told = Work("p"), []

    async def one():
        async with work.piece(told.append):
            await asyncio.Event().wait()

    task = asyncio.create_task(one())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == []
