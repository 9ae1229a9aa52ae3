import asyncio
import os
import sqlite3

import pytest

from bot.errors import StateError
from bot.state import Claim, State
from bot.state.connect import async_url
from bot.types import GuildSettings, Noted, Rate
from tests.bot.state.states import record, run_all

# Answers and votes


async def test_an_answer_comes_back_with_its_keys_hashed(state):
    kept = record()
    await state.remember(kept)
    back = await state.answer("a1")
    assert back is not None
    assert (back.question, back.documents, back.kinds, back.k) == (
        kept.question,
        kept.documents,
        kept.kinds,
        3,
    )
    assert back.asker == state.hashed("discord", "user 1") != "user 1"
    assert await state.answer("a2") is None


async def test_what_is_kept_later_is_known_here_at_once_and_elsewhere_soon(url, clock, state):
    other = await State.open(url, clock=clock)
    await state.remember(record("1"), later=True)
    await state.remember(record("2"), later=True)
    assert await other.answer("1") is None
    async with asyncio.timeout(10):
        while await other.answer("2") is None:  # noqa: ASYNC110 - another process has no event for it
            await asyncio.sleep(0.05)
    assert await other.answer("1") is not None
    await state.remember(record("3"), later=True)
    assert (await state.answer("3")).id == "3"
    assert (await state.counts("discord", None, since=0)).questions == 3
    await state.remember(record("4"), later=True)
    assert await state.forget("discord", "user 1") == 4
    await other.close()


async def test_closing_writes_what_was_to_be_kept_later(url, clock):
    first = await State.open(url, clock=clock)
    await first.remember(record(), later=True)
    await first.close()
    second = await State.open(url, clock=clock)
    assert await second.answer("a1") is not None
    await second.close()


async def test_no_key_is_kept_in_the_clear(tmp_path, clock):
    path = tmp_path / "state.sqlite"
    state = await State.open(f"sqlite:///{path}", clock=clock)
    await state.remember(record(asker="KEY-U", guild="KEY-G", thread="KEY-T"))
    kept = await state.answer("a1")
    await state.vote(kept, user_key="KEY-V", vote="up")
    await state.claim("discord", ["KEY-E"], lease=15)
    await state.close()
    with sqlite3.connect(path) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert "Reykjav" in dump
    assert "KEY-" not in dump


async def test_two_databases_hash_differently(tmp_path, clock):
    states = [await State.open(f"sqlite:///{tmp_path}/{n}.sqlite", clock=clock) for n in range(2)]
    assert states[0].hashed("discord", "1") != states[1].hashed("discord", "1")
    for state in states:
        await state.close()


async def test_the_last_answer_of_a_thread(state):
    assert await state.last_in_thread("discord", "thread 1") is None
    await state.remember(record("old", created=1.0))
    await state.remember(record("new", created=2.0))
    await state.remember(record("elsewhere", thread="thread 2", created=3.0))
    await state.remember(record("slack", platform="slack", created=4.0))
    last = await state.last_in_thread("discord", "thread 1")
    assert last is not None
    assert last.id == "new"


async def test_one_vote_a_person(state):
    await state.remember(record())
    kept = await state.answer("a1")
    assert await state.vote(kept, user_key="u", vote="up") is Noted.KEPT
    assert await state.vote(kept, user_key="u", vote="down") is Noted.CHANGED
    assert await state.vote(kept, user_key="v", vote="down") is Noted.KEPT
    counts = await state.counts("discord", None, since=0)
    assert (counts.up, counts.down) == (0, 2)
    assert await state.vote(kept, user_key="v", vote="down") is Noted.WITHDRAWN
    counts = await state.counts("discord", None, since=0)
    assert (counts.up, counts.down) == (0, 1)


async def test_counts_are_of_one_place_and_time(state):
    await state.remember(record("1"))
    await state.remember(record("2", asker="user 2", found=False))
    await state.remember(record("3", guild="guild 2", asker="user 3"))
    await state.remember(record("4", guild=None))
    await state.remember(record("5", created=10.0))
    here = await state.counts("discord", "guild 1", since=100)
    assert (here.questions, here.found, here.askers) == (2, 1, 2)
    everywhere = await state.counts("discord", None, since=100)
    assert (everywhere.questions, everywhere.askers) == (4, 3)
    assert (await state.counts("slack", None, since=0)).questions == 0


async def test_guild_settings_come_back(state):
    assert await state.guild("discord", "g") == GuildSettings()
    chosen = GuildSettings(
        channels_allowed=frozenset({"1", "2"}),
        channels_denied=frozenset({"3"}),
        roles_allowed=frozenset({"4"}),
        private=True,
        rates={"user": Rate(5, 60.0), "channel": Rate(0, 60.0)},
    )
    await state.set_guild("discord", "g", GuildSettings(private=True))
    await state.set_guild("discord", "g", chosen)
    assert await state.guild("discord", "g") == chosen
    assert await state.guild("slack", "g") == GuildSettings()


async def test_pruning_keeps_what_is_recent(state, clock):
    await state.remember(record("old", created=10.0))
    await state.remember(record("new", created=20.0))
    for answer_id in ("old", "new"):
        await state.vote(await state.answer(answer_id), user_key="u", vote="up")
    await state.claim("discord", ["old"], lease=0)
    await state.finish("discord", ["old"])
    clock.now += 100
    await state.claim("discord", ["new"], lease=15)
    assert await state.prune(answers_before=15.0, claims_before=clock.now) == 1
    assert await state.answer("old") is None
    assert await state.answer("new") is not None
    assert (await state.counts("discord", None, since=0)).up == 1
    assert await state.claim("discord", ["old"], lease=15) is Claim.MINE
    assert await state.claim("discord", ["new"], lease=15) is Claim.HELD


async def test_forgetting_a_person(state):
    await state.remember(record("theirs"))
    await state.remember(record("another's", asker="user 2"))
    await state.vote(await state.answer("another's"), user_key="user 1", vote="up")
    await state.vote(await state.answer("theirs"), user_key="user 2", vote="up")
    assert await state.forget("discord", "user 1") == 1
    counts = await state.counts("discord", None, since=0)
    assert (counts.questions, counts.up) == (1, 0)


# Opening


async def test_what_is_kept_survives_closing(url, clock):
    first = await State.open(url, clock=clock)
    await first.remember(record())
    who = first.hashed("discord", "user 1")
    await first.close()
    second = await State.open(url, clock=clock)
    back = await second.answer("a1")
    assert back is not None
    assert back.asker == who == second.hashed("discord", "user 1")
    await second.close()


async def test_processes_starting_at_once_all_open(tmp_path):
    script = (
        "import asyncio, sys, time\n"
        "from bot.state import State\n"
        "async def main():\n"
        f"    state = await State.open('sqlite:///{tmp_path}/state.sqlite', clock=time.time)\n"
        "    print(state.hashed('discord', '1'))\n"
        "    await state.close()\n"
        "asyncio.run(main())\n"
    )
    codes, outputs = run_all(script, count=4)
    assert codes == [0] * 4
    assert len(set(outputs)) == 1


async def test_opening_at_once_in_one_process(url, clock):
    states = await asyncio.gather(*(State.open(url, clock=clock) for _ in range(4)))
    assert len({state.hashed("discord", "1") for state in states}) == 1
    for state in states:
        await state.close()


@pytest.mark.parametrize("wrong", ["mysql://root:secret@host/db", "nonsense", "", "sqlite"])
async def test_a_url_of_another_kind_is_refused_without_its_password(wrong, clock):
    with pytest.raises(StateError, match=r"sqlite:///file") as raised:
        await State.open(wrong, clock=clock)
    assert "secret" not in str(raised.value)


async def test_a_file_that_is_no_database_is_named(tmp_path, clock):
    (tmp_path / "state.sqlite").write_text("not a database, but long enough to be looked at " * 50)
    with pytest.raises(StateError, match=r"state\.sqlite cannot be opened"):
        await State.open(f"sqlite:///{tmp_path}/state.sqlite", clock=clock)


async def test_a_server_that_is_not_there_is_named_without_its_password(clock):
    pytest.importorskip("asyncpg")
    with pytest.raises(StateError, match="cannot be opened") as raised:
        await State.open("postgresql://me:secret@127.0.0.1:1/db", clock=clock)
    assert "secret" not in str(raised.value)


async def test_a_state_from_a_newer_version_is_refused(tmp_path, clock):
    url = f"sqlite:///{tmp_path}/state.sqlite"
    await (await State.open(url, clock=clock)).close()
    with sqlite3.connect(tmp_path / "state.sqlite") as connection:
        connection.execute("UPDATE talks_migrations SET version_num = '9999'")
    connection.close()
    with pytest.raises(StateError, match="newer version"):
        await State.open(url, clock=clock)


async def test_a_folder_with_signs_of_its_own(tmp_path, clock):
    state = await State.open(f"sqlite:///{tmp_path}/50% of ours/state.sqlite", clock=clock)
    assert await state.claim("discord", ["1"], lease=15) is Claim.MINE
    await state.close()


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
async def test_the_file_is_for_its_owner_only(tmp_path, clock):
    state = await State.open(f"sqlite:///{tmp_path}/state.sqlite", clock=clock)
    await state.remember(record())
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    await state.close()
    assert set(modes.values()) == {0o600}
    assert "state.sqlite" in modes


async def test_a_folder_that_cannot_be_made_is_named(tmp_path, clock):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"file/state\.sqlite cannot be opened \("):
        await State.open(f"sqlite:///{tmp_path}/file/state.sqlite", clock=clock)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("sqlite:///a/b.sqlite", "sqlite+aiosqlite:///a/b.sqlite"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgres://u:p@h/d?sslmode=require", "postgresql+asyncpg://u:p@h/d?ssl=require"),
        ("postgresql+psycopg2://h/d", "postgresql+asyncpg://h/d"),
    ],
)
def test_urls_are_given_their_drivers(given, made):
    assert async_url(given).render_as_string(hide_password=False) == made
