"""What the tests of the service ask it, and how they wait for it."""

import asyncio
import sqlite3
from contextlib import closing

from bot.types import Answered, Question

NO_LIMITS = {f"limits.{scope}": 0 for scope in ("user", "channel", "thread", "guild", "overall")}


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


def drop(tmp_path, *tables):
    """Break the state, as somebody does who tidies up in it."""
    alter(tmp_path, *(f"DROP TABLE talks_{table}" for table in tables))


def alter(tmp_path, *statements):
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as connection:
        for statement in statements:
            connection.execute(statement)
