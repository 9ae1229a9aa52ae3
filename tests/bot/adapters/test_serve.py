"""`talks serve` and the doctor as processes."""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
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


async def test_a_signal_tells_whose_question_cannot_be_finished(discord, slack, tmp_path):
    more = {**access(discord), **slack_access(slack), "GRACE": "2.2"}
    async with talks("serve", tmp_path, **more) as process:
        await discord.wait_commands(20)
        await slack.until(lambda: slack.connections, 20)
        text = "who met in Stockholm, slowly"
        asking = [
            discord.later(discord.slash("talks", {"question": text})),
            *(slack.later(slack.dm(text, user=user)) for user in ("U0ALICE", "U0BOBBY")),
        ]
        await discord.until(lambda: any(i["acked"] for i in discord.interactions.values()))
        await slack.until(lambda: len(slack.deliveries) == 2)
        process.send_signal(signal.SIGTERM)
        for outcome in await asyncio.gather(*asking):
            assert outcome.text == "Too many questions at once. Try again in a moment."
        code, _, err = await ended(process)
        assert code == 0, err
        assert "Traceback" not in err
    assert not discord.violations
    assert not slack.violations


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


def slack_access(slack, **more):
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        **more,
    }


async def test_a_signal_lets_slacks_question_in_flight_be_answered(slack, tmp_path):
    async with talks("serve", tmp_path, **slack_access(slack)) as process:
        await slack.until(lambda: slack.connections, 20)
        asking = slack.later(slack.mention("who met in Stockholm, slowly"))
        await slack.until(lambda: slack.deliveries)  # acknowledged: from here on it is ours
        process.send_signal(signal.SIGTERM)
        assert ANSWER in (await asking).text
        code, _, err = await ended(process)
        assert code == 0, err
        assert "Traceback" not in err
        assert slack.bot_token not in err
        assert "slowly" not in err
    assert not slack.violations


async def test_one_process_serves_both_platforms(discord, slack, tmp_path):
    both = {**access(discord), **slack_access(slack)}
    async with talks("serve", tmp_path, **both) as process:
        await discord.wait_commands(20)
        await slack.until(lambda: slack.connections, 20)
        question = "who met in Stockholm"
        assert ANSWER in (await slack.slash(question)).text
        assert ANSWER in (await discord.slash("talks", {"question": question})).text
        process.send_signal(signal.SIGTERM)
        code, _, err = await ended(process)
        assert code == 0, err


async def test_citations_link_to_the_reader_pages(discord, slack, tmp_path):
    both = {**access(discord), **slack_access(slack)}
    both["TALKS_WEB__PUBLIC_URL"] = "https://talks.example"
    link = "https://talks.example/read/stockholm?s=0-32&f=000000000000#quote"
    async with talks("serve", tmp_path, **both):
        await discord.wait_commands(20)
        await slack.until(lambda: slack.connections, 20)
        question = "who met in Stockholm"
        await slack.slash(question)
        await discord.slash("talks", {"question": question})
        for platform in (slack, discord):
            sent = json.dumps([request["body"] for request in platform.requests])
            assert link in sent.replace("&amp;", "&")


async def test_a_bad_slack_token_ends_with_the_remedy(slack, tmp_path):
    more = slack_access(slack, SLACK_BOT_TOKEN="wrong")
    async with talks("serve", tmp_path, **more) as process:
        code, _, err = await ended(process)
    assert code == 1
    assert "Slack does not accept SLACK_BOT_TOKEN (invalid_auth). Copy it again" in err
    assert "Traceback" not in err


async def test_a_bot_token_alone_is_explained(slack, tmp_path):
    async with talks("serve", tmp_path, **slack_access(slack, SLACK_APP_TOKEN="")) as process:
        code, _, err = await ended(process)
    assert code == 2
    assert "set SLACK_APP_TOKEN too (Socket Mode), or SLACK_SIGNING_SECRET" in err


async def test_over_http_a_port_that_is_taken_is_explained(slack, tmp_path):
    more = slack_access(slack, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="s")
    more["TALKS_WEB__PORT"] = str(slack.port)
    async with talks("serve", tmp_path, **more) as process:
        code, _, err = await ended(process)
    assert code == 1
    assert f"cannot listen on 127.0.0.1:{slack.port}. Is the port taken?" in err
    assert "Traceback" not in err


async def test_over_http_questions_are_answered_and_a_signal_ends_it(slack, tmp_path, unused_port):
    more = slack_access(slack, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET=slack.secret)
    more["TALKS_WEB__PORT"] = str(unused_port)
    async with talks("serve", tmp_path, **more) as process:
        slack.url = f"http://127.0.0.1:{unused_port}/slack/events"
        await listening(unused_port)
        asking = slack.later(slack.slash("who met in Stockholm, slowly"))
        await slack.until(lambda: slack.deliveries)  # acknowledged: from here on it is ours
        process.send_signal(signal.SIGTERM)
        assert ANSWER in (await asking).text
        code, _, err = await ended(process)
        assert code == 0, err


async def test_slacks_requests_and_the_pages_share_a_server(slack, tmp_path, unused_port):
    more = slack_access(slack, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET=slack.secret)
    more |= {"TALKS_WEB__PORT": str(unused_port), "TALKS_WEB__ENABLED": "true"}
    async with talks("serve", tmp_path, **more) as process:
        slack.url = f"http://127.0.0.1:{unused_port}/slack/events"
        await listening(unused_port)
        assert ANSWER in (await slack.slash("who met in Stockholm")).text
        url = f"http://127.0.0.1:{unused_port}/?q=who+met+in+Stockholm"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert ANSWER in await answer.text()
        process.send_signal(signal.SIGTERM)
        code, _, err = await ended(process)
        assert code == 0, err


async def listening(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError


async def test_the_doctor_looks_at_slack(slack, tmp_path):
    slack.scopes = {"chat:write"}
    async with talks("doctor", tmp_path, **slack_access(slack)) as process:
        code, out, _ = await ended(process)
    assert code == 0
    assert "slack: connected to Test as talks" in out
    assert "slack: warning: without the scope im:history it cannot hear direct messages" in out
