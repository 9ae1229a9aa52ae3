"""`talks serve` and the doctor as processes."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bot.adapters.conftest import forgive

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
WRONG = {"DISCORD_TOKEN": "wrong"}
ANSWER = "Blinken met Lavrov in Stockholm."


@asynccontextmanager
async def talks(command, tmp_path, **environment):
    settings = {
        "TALKS_STATE__URL": f"sqlite:///{tmp_path / 'state.sqlite'}",
        "TALKS_INDEX__PATH": str(tmp_path / "index"),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.adapters.served", command,
        cwd=ROOT, env={"PATH": os.environ["PATH"], **settings, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def ended(process):
    out, err = await asyncio.wait_for(process.communicate(), 10)
    return process.returncode, out.decode(), err.decode()


def access(discord, **more):
    return {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.base, **more}


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_the_question_in_flight_be_answered(discord, tmp_path, name):
    async with talks("serve", tmp_path, **access(discord)) as process:
        await discord.wait_commands(20)
        await discord.wait_ready()
        question = {"question": "who met in Stockholm, slowly"}
        asking = discord.later(discord.slash("talks", question))
        await discord.until(lambda: any(i["acked"] for i in discord.interactions.values()))
        process.send_signal(name)
        assert ANSWER in (await asking).text
        code, _, err = await ended(process)
        assert code == 0, err
        assert "Traceback" not in err
        assert discord.token not in err
        assert question["question"] not in err
    assert not discord.violations
    assert not any(s.alive for s in discord.sessions.values())  # it said goodbye


async def test_a_bad_token_ends_with_the_remedy(discord, tmp_path):
    async with talks("serve", tmp_path, **{**access(discord), **WRONG}) as process:
        code, _, err = await ended(process)
    assert code == 1
    assert "Discord does not accept DISCORD_TOKEN. Copy the token again" in err
    assert "Traceback" not in err
    forgive(discord, "api_error")


async def test_a_missing_intent_ends_with_the_remedy(discord, tmp_path):
    more = access(discord, TALKS_DISCORD__THREADS="follow")
    async with talks("serve", tmp_path, **more) as process:
        code, _, err = await ended(process)
    assert code == 1
    assert "Discord refuses the Message Content intent" in err
    assert "Traceback" not in err


async def test_without_any_platform_it_says_what_to_set(tmp_path):
    async with talks("serve", tmp_path) as process:
        code, _, err = await ended(process)
    assert code == 2
    assert "Set DISCORD_TOKEN" in err


async def test_the_doctor_looks_at_discord(discord, tmp_path):
    async with talks("doctor", tmp_path, **access(discord)) as process:
        code, out, _ = await ended(process)
    assert code == 0
    assert "discord: invite it to a server: https://discord.com/oauth2/authorize" in out
    async with talks("doctor", tmp_path) as process:
        code, out, _ = await ended(process)
    assert code == 0
    assert "discord: DISCORD_TOKEN is not set: switched off" in out
