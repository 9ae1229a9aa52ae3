"""Exactly one answer on Slack: redelivery, several connections, crashes, reconnects."""

import asyncio
import time

import pytest

from bot.errors import PlatformError
from bot.state import Claim, State
from tests.bot.adapters.slacking import connected
from tests.loopback.slack_world import BOT_USER

pytestmark = pytest.mark.anyio

QUESTION = "who met in Stockholm"
ANSWER = "Blinken met Lavrov in Stockholm."


def answers(slack):
    return [m for m in slack.messages.values() if m.get("bot_id")]


def mention(slack):
    written = slack.message(f"<@{BOT_USER}> {QUESTION}")
    return slack.event({**written, "type": "app_mention"})


@pytest.mark.parametrize("same_envelope", [True, False])
async def test_a_redelivered_event_is_answered_once(slack_bot, same_envelope):
    slack, event = slack_bot.slack, mention(slack_bot.slack)
    for attempt in range(3):
        name = "same" if same_envelope else None
        await slack.to_socket("events_api", event, attempt=attempt, envelope=name)
    await slack_bot.client.drain(3)
    assert len(answers(slack)) == 1


async def test_a_retry_of_what_never_arrived_is_answered(slack_bot):
    """The first anybody hears of an event may say that it is the third attempt."""
    event = mention(slack_bot.slack)
    await slack_bot.slack.to_socket("events_api", event, attempt=3)
    await slack_bot.slack.until(lambda: answers(slack_bot.slack))


async def test_two_connections_answer_once(slack, tmp_path):
    async with connected(slack, tmp_path / "s") as one, connected(slack, tmp_path / "s") as two:
        assert len(slack.connections) == 2
        event = mention(slack)
        await asyncio.gather(*(slack.to_socket("events_api", event, nth=n) for n in (0, 1)))
        await slack.until(lambda: answers(slack))
        await asyncio.gather(one.client.drain(5), two.client.drain(5))
        assert len(answers(slack)) == 1


async def test_after_a_crash_between_claim_and_answer_the_redelivery_is_answered(slack, tmp_path):
    event = mention(slack)
    crashed = await State.open(f"sqlite:///{tmp_path}/s", clock=time.time)
    assert await crashed.claim("slack", [event["event_id"]], lease=0.5) is Claim.MINE
    await crashed.close()  # it never renews, finishes or answers, as a process that was killed
    async with connected(slack, tmp_path / "s", lease=0.5) as bot:
        for attempt in (1, 2):
            await slack.to_socket("events_api", event, attempt=attempt)
        await slack.until(lambda: answers(slack))
        await bot.client.drain(3)
        assert len(answers(slack)) == 1


async def test_a_command_delivered_twice_is_answered_once(slack_bot):
    payload, _ = slack_bot.slack.command(QUESTION)
    for _ in range(2):
        await slack_bot.slack.to_socket("slash_commands", payload)
    await slack_bot.slack.until(lambda: answers(slack_bot.slack))
    await slack_bot.client.drain(3)
    assert len(answers(slack_bot.slack)) == 1


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_a_connection_is_renewed_when_slack_asks(slack_bot, reason):
    await slack_bot.slack.refresh(reason)
    await slack_bot.slack.until(lambda: slack_bot.slack.opened == 2)
    assert ANSWER in (await slack_bot.slack.slash(QUESTION)).text


async def test_a_dropped_connection_is_renewed(slack, tmp_path):
    async with connected(slack, tmp_path / "s", silence=3.0):
        await slack.drop()
        await slack.until(lambda: slack.connections, 15)
        assert ANSWER in (await slack.mention(QUESTION)).text


async def test_too_many_connections_are_tried_again(slack, tmp_path):
    slack.full = True
    async with connected(slack, tmp_path / "s", silence=3.0):
        assert slack.opened >= 2
        assert ANSWER in (await slack.slash(QUESTION)).text


async def test_a_socket_gone_deaf_is_replaced(slack, tmp_path):
    async with connected(slack, tmp_path / "s", silence=3.0) as bot:
        slack.deaf = True
        await slack.until(lambda: bot.client.silent_for > 1, 10)
        slack.deaf = False
        await slack.until(lambda: slack.opened > 1 or bot.client.silent_for < 1, 15)
        assert ANSWER in (await slack.slash(QUESTION)).text


async def test_with_nothing_heard_at_all_the_process_ends(slack, tmp_path):
    async def falling_silent():
        async with connected(slack, tmp_path / "s", silence=0.4) as bot:
            slack.deaf = True
            await asyncio.wait({bot.serving}, timeout=10)

    with pytest.raises(PlatformError, match="Slack fell silent"):
        await falling_silent()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bot_token": "xoxb-wrong"}, "SLACK_BOT_TOKEN"),
        ({"app_token": "xapp-wrong"}, "SLACK_APP_TOKEN"),
    ],
)
async def test_a_wrong_token_ends_with_the_remedy(slack, tmp_path, given, said):
    with pytest.raises(PlatformError, match=f"does not accept {said} \\(invalid_auth\\)"):
        async with connected(slack, tmp_path / "s", **given) as bot:
            await asyncio.wait({bot.serving}, timeout=5)


async def test_200_questions_at_once_are_each_answered_once(slack_bot):
    slack = slack_bot.slack
    asking = [slack.slash(f"{QUESTION} {n}", timeout=60) for n in range(200)]
    outcomes = await asyncio.gather(*asking)
    assert all(outcome.ack_latency < 3 for outcome in outcomes)
    assert all(len(outcome.messages) == 1 and ANSWER in outcome.text for outcome in outcomes)
