"""Slack over HTTP: signatures, what is refused, and replicas that share their state."""

import asyncio
import json
import os
import time

import pytest

from tests.bot.adapters.slacking import connected
from tests.bot.state.states import POSTGRES, empty_postgres
from tests.loopback.slack_fake import FakeSlack
from tests.loopback.slack_world import BOT_USER

pytestmark = pytest.mark.anyio

QUESTION = "who met in Stockholm"
ANSWER = "Blinken met Lavrov in Stockholm."


@pytest.fixture
async def bot(slack, tmp_path):
    async with connected(slack, tmp_path / "s", http=True) as running:
        slack.url = running.url
        yield running


def answers(slack):
    return [m for m in slack.messages.values() if m.get("bot_id")]


def mention(slack):
    written = slack.message(f"<@{BOT_USER}> {QUESTION}")
    return slack.event({**written, "type": "app_mention"})


async def test_every_way_to_ask_works(bot):
    slack = bot.slack
    assert ANSWER in (await slack.slash(QUESTION)).text
    assert ANSWER in (await slack.mention(QUESTION)).text
    assert ANSWER in (await slack.dm(QUESTION)).text
    assert ANSWER in (await slack.shortcut(slack.message(QUESTION))).text
    message = (await slack.slash("what does it say")).messages[0]
    assert (await slack.press(message, "Copy exact")).ephemeral
    assert "Ask with /talks" in (await slack.open_home()).text
    assert all(each["took"] < 3 for each in slack.deliveries)


async def test_the_address_is_verified(bot):
    challenge = {"type": "url_verification", "challenge": "abc", "token": "x"}
    status, body, _ = await bot.slack.to_url("events_api", challenge)
    assert (status, json.loads(body)) == (200, {"challenge": "abc"})
    status, _, _ = await bot.slack.to_url("events_api", challenge, headers={})
    assert status == 401


@pytest.mark.parametrize("kind", ["events_api", "slash_commands", "interactive"])
@pytest.mark.parametrize("wrong", ["bad", "stale", "missing", "garbled"])
async def test_what_slack_did_not_sign_just_now_is_refused(bot, kind, wrong):
    slack = bot.slack
    payload = mention(slack) if kind == "events_api" else slack.command(QUESTION)[0]
    before = len(slack.requests)
    if wrong == "stale":  # signed as it should be, ten minutes ago
        original = slack.signed
        headers = None
        slack.signed = lambda body, **_: original(body, at=time.time() - 600)
    else:
        headers = {
            "bad": slack.signed("something else"),
            "missing": {},
            "garbled": {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=zz"},
        }[wrong]
    status, _, _ = await slack.to_url(kind, payload, headers=headers)
    assert status == 401
    await bot.client.drain(1)
    assert len(slack.requests) == before
    assert not any(QUESTION in asked for asked in bot.engine.asked)


async def test_a_replayed_request_runs_nothing(bot):
    slack = bot.slack
    payload, _ = slack.command(QUESTION)
    event = mention(slack)
    for _ in range(3):
        assert (await slack.to_url("slash_commands", payload))[0] == 200
        assert (await slack.to_url("events_api", event))[0] == 200
    await slack.until(lambda: len(answers(slack)) == 2)
    await bot.client.drain(2)
    assert len(answers(slack)) == 2
    assert bot.engine.asked.count(QUESTION) == 2


async def test_an_oversized_body_is_refused_before_it_is_read_whole(bot):
    payload = {**bot.slack.command(QUESTION)[0], "text": "x" * 30_000}
    status, _, _ = await bot.slack.to_url("slash_commands", payload)
    assert status == 413
    assert not bot.slack.requests[2:]


async def test_nonsense_is_refused(bot):
    for body in ("", "{", "[]", "\x00"):
        status, *_ = await raw(bot, body)
        assert 400 <= status < 500
    assert (await raw(bot, "x", path="/elsewhere"))[0] == 404


async def raw(bot, body, path=None):
    import aiohttp

    url = bot.url if path is None else f"http://127.0.0.1:{bot.web.port}{path}"
    headers = {**bot.slack.signed(body), "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as a,
    ):
        return a.status, await a.text()


async def test_health_answers(bot):
    import aiohttp

    url = f"http://127.0.0.1:{bot.web.port}/healthz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


@pytest.mark.skipif(not POSTGRES, reason="TALKS_TEST_POSTGRES names no PostgreSQL server")
async def test_replicas_behind_a_balancer_answer_once(slack):
    await empty_postgres()
    async with (
        connected(slack, POSTGRES, http=True) as one,
        connected(slack, POSTGRES, http=True) as two,
    ):
        event = mention(slack)
        await asyncio.gather(
            *(slack.to_url("events_api", event, url=bot.url) for bot in (one, two) * 3)
        )
        await slack.until(lambda: answers(slack))
        slack.url = one.url
        message = (await slack.slash("what does it say")).messages[0]
        slack.url = two.url
        assert (await slack.press(message, "Share")).text.startswith("alice asked:")
        await asyncio.gather(one.client.drain(5), two.client.drain(5))
        assert len([m for m in answers(slack) if m.get("thread_ts")]) == 1


async def test_the_signing_secret_is_not_guessable_without_one(tmp_path):
    """Over Socket Mode alone nothing that comes by HTTP is taken."""
    async with FakeSlack() as slack, connected(slack, tmp_path / "s") as bot:
        status, _, _ = await bot.client.http(slack.signed("x"), b"x")
        assert status == 401
    assert os.environ.get("SLACK_SIGNING_SECRET") is None
