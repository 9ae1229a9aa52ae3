"""What the tests of the state share: a clock, a record, processes, the server to try it on."""

import os
import subprocess
import sys

from bot.state import Record
from retrieval.types import Kind

POSTGRES = os.environ.get("TALKS_TEST_POSTGRES", "")


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


async def empty_postgres():
    import asyncpg

    connection = await asyncpg.connect(POSTGRES)
    names = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'talks_%'"
    )
    for name in names:
        await connection.execute(f"DROP TABLE {name['tablename']}")
    await connection.close()


def record(answer_id="a1", **changes):
    values = {
        "id": answer_id,
        "platform": "discord",
        "asker": "user 1",
        "guild": "guild 1",
        "thread": "thread 1",
        "question": "Who met in Reykjavík?",
        "understood": None,
        "documents": frozenset({"a", "ö"}),
        "kinds": frozenset({Kind.BODY, Kind.AUTHOR_BOX}),
        "k": 3,
        "follows": None,
        "private": False,
        "found": True,
        "fingerprint": "f",
        "created": 1_000_000.0,
    }
    return Record(**values | changes)


def run_all(script, count=1):
    processes = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        for _ in range(count)
    ]
    outputs = [process.communicate()[0] for process in processes]
    return [process.returncode for process in processes], outputs
