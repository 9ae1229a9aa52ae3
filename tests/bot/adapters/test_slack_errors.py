"""Errors of Slack's: each ends in a sentence where the person can see it."""

import logging
import re
import sqlite3
from contextlib import closing

import pytest
from slack_sdk.errors import SlackApiError

from bot.adapters.slack.send import POST
from tests.loopback.slack_rules import readable
from tests.loopback.slack_world import ALICE, ARCHIVED, BOT_USER, NOT_IN, direct

pytestmark = pytest.mark.anyio

QUESTION = "who met in Stockholm"
ANSWER = "Blinken met Lavrov in Stockholm."
FAILURES = ("api:", "response_url")


def forgive(slack, *errors):
    mine = [v for v in slack.violations if v["kind"] in [f"api:{error}" for error in errors]]
    assert mine
    slack.violations[:] = [v for v in slack.violations if v not in mine]


async def in_private(slack, count=1):
    channel = direct(ALICE)
    found = lambda: [m for (c, _), m in slack.messages.items() if c == channel and "bot_id" in m]  # noqa: E731
    await slack.until(lambda: len(found()) == count)
    return "\n".join(map(readable, found()))


@pytest.mark.parametrize(
    ("channel", "error", "said"),
    [
        (NOT_IN, "not_in_channel", "I am not in that channel. Invite me there"),
        (ARCHIVED, "is_archived", "That channel is archived, so the answer is here."),
        ("C0NOWHERE", "channel_not_found", "I cannot see that channel."),
    ],
)
async def test_where_the_bot_may_not_write_the_asker_hears_in_private(
    slack_bot, channel, error, said
):
    await slack_bot.slack.mention(QUESTION, channel=channel, timeout=0.3)
    text = await in_private(slack_bot.slack)
    assert said in text
    assert ANSWER in text
    forgive(slack_bot.slack, error)


async def test_a_missing_scope_is_told(slack_bot):
    body = {"ok": False, "error": "missing_scope", "needed": "chat:write"}
    slack_bot.slack.fail("chat.postMessage", status=200, body=body)
    outcome = await slack_bot.slack.mention(QUESTION, until=lambda o: ANSWER in o.text, timeout=3)
    shown = outcome.text or await in_private(slack_bot.slack)
    assert "I lack a permission here." in shown
    forgive(slack_bot.slack, "missing_scope")


async def test_a_rate_limit_is_waited_for(slack_bot):
    before = slack_bot.client.throttled
    slack_bot.slack.fail("chat.postMessage", status=429, retry_after=1)
    outcome = await slack_bot.slack.mention(QUESTION)
    assert ANSWER in outcome.text
    assert outcome.first_visible >= 1
    assert slack_bot.client.throttled == before + 1
    assert len([m for m in slack_bot.slack.messages.values() if m.get("bot_id")]) == 1


async def test_a_rate_limit_of_a_response_url_is_waited_for(slack_bot):
    slack_bot.slack.fail("response_url", status=429, retry_after=1)
    outcome = await slack_bot.slack.slash(QUESTION)
    assert ANSWER in outcome.text


async def test_a_server_error_says_so_and_answers_in_private(slack_bot):
    slack_bot.slack.fail("chat.postMessage", status=503, body="")
    outcome = await slack_bot.slack.dm(QUESTION)
    assert "Slack did not confirm the answer." in outcome.text
    assert ANSWER in outcome.text
    assert outcome.ephemeral


@pytest.mark.parametrize(
    "said",
    ["expired_url", "used_url", "Used url", '{"ok": false, "error": "expired_url"}'],
)
async def test_an_expired_response_url_is_answered_in_the_channel_all_the_same(slack_bot, said):
    slack_bot.slack.fail("response_url", status=404, body=said)
    payload, _ = slack_bot.slack.command(QUESTION)
    await slack_bot.slack.deliver("slash_commands", payload)
    await slack_bot.slack.until(lambda: slack_bot.slack.messages)
    message = next(iter(slack_bot.slack.messages.values()))
    assert message["ephemeral"]
    assert readable(message).startswith("Slack no longer took the answer in its place")
    assert ANSWER in readable(message)


async def test_no_dialogue_that_could_expire_is_ever_opened(slack_bot):
    message = (await slack_bot.slack.slash(QUESTION)).messages[0]
    await slack_bot.slack.press(message, "Context")
    assert not [r for r in slack_bot.slack.requests if r["method"].startswith("views.")]


async def test_a_refused_form_becomes_a_sentence_with_an_id(slack_bot, caplog):
    body = {"ok": False, "error": "invalid_blocks"}
    slack_bot.slack.fail("chat.postMessage", status=200, body=body)
    with caplog.at_level(logging.WARNING):
        outcome = await slack_bot.slack.dm(QUESTION)
    assert outcome.text.startswith("Slack refused the form of the answer.")
    assert re.search(r"under ([0-9a-f]{8})", outcome.text)[1] in caplog.text
    forgive(slack_bot.slack, "invalid_blocks")


async def test_what_nobody_foresaw_gets_an_id_that_the_log_has(slack_bot, caplog):
    outcome = await slack_bot.slack.slash("crash now")
    assert re.search(r"error ([0-9a-f]{8})", outcome.text)[1] in caplog.text
    assert "crash now" not in outcome.text + caplog.text


async def test_questions_stay_out_of_the_log(slack_bot, caplog):
    with caplog.at_level(logging.DEBUG):
        await slack_bot.slack.dm("who met in Reykjavik secretly")
    assert "secretly" not in "".join(r.getMessage() for r in caplog.records if r.levelno > 10)


async def test_a_full_queue_is_said_at_once(slack, tmp_path):
    from tests.bot.adapters.slacking import connected

    settings = {"service.queue": 1, "service.workers": 1}
    async with connected(slack, tmp_path / "s", settings=settings) as bot:
        first = slack.later(slack.slash("please wait"))
        await slack.until(bot.engine.waiting.is_set)
        assert "Too many questions at once" in (await slack.slash(QUESTION)).text
        bot.engine.go.set()
        assert (await first).text


async def test_a_share_that_was_refused_can_be_tried_again(slack_bot):
    slack = slack_bot.slack
    message = (await slack.slash(QUESTION)).messages[0]
    slack.fail("response_url", status=404, body="used_url")
    body = {"ok": False, "error": "restricted_action"}
    slack.fail("chat.postMessage", status=200, body=body)
    refused = await slack.press(message, "Share")
    assert refused.ephemeral
    assert refused.text.startswith("This workspace does not let me post there.")
    assert not (await slack.press(message, "Share")).ephemeral
    assert (await slack.press(message, "Share")).text == "That answer was shared here before."
    forgive(slack, "restricted_action")


async def test_a_share_that_may_be_there_is_not_made_twice(slack_bot):
    slack = slack_bot.slack
    message = (await slack.slash(QUESTION)).messages[0]
    for place in ("response_url", "chat.postMessage"):
        slack.fail(place, status=503, body="")
    assert (await slack.press(message, "Share")).ephemeral
    assert (await slack.press(message, "Share")).text == "That answer was shared here before."


async def test_what_takes_too_long_at_the_end_is_told(slack_bot):
    asking = slack_bot.slack.later(slack_bot.slack.mention("please wait"))
    await slack_bot.slack.until(slack_bot.engine.waiting.is_set)
    await slack_bot.service.stop(0.1)
    assert (await asking).text == "Too many questions at once. Try again in a moment."


@pytest.fixture
async def stateless(slack_bot, tmp_path):
    """A bot with an answer on the screen, whose claims somebody deleted."""
    slack_bot.answer = (await slack_bot.slack.slash(QUESTION)).messages[0]
    await slack_bot.client.drain(2)
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as connection:
        connection.execute("DROP TABLE talks_claims")
    return slack_bot


SOMETHING = r"Something went wrong here\. .* \(error ([0-9a-f]{8})\)\."


@pytest.mark.parametrize("words", ["help", "sources", "admin show", QUESTION])
async def test_a_command_without_the_state_ends_in_words(stateless, caplog, words):
    outcome = await stateless.slack.slash(words)
    assert re.fullmatch(SOMETHING, outcome.text)[1] in caplog.text


@pytest.mark.parametrize("label", ["Context", "Helpful", "Share"])
async def test_a_press_without_the_state_ends_in_words(stateless, caplog, label):
    outcome = await stateless.slack.press(stateless.answer, label)
    assert re.fullmatch(SOMETHING, outcome.text)[1] in caplog.text


async def test_a_mention_without_the_state_fails_once(stateless):
    """It comes as a mention and as a message."""
    slack = stateless.slack
    written = slack.message(f"<@{BOT_USER}> {QUESTION}")
    before = len(slack.messages)
    for kind in ("app_mention", "message"):
        await slack.to_socket("events_api", slack.event({**written, "type": kind}))
        await slack.until(lambda: len(slack.messages) > before)
        await stateless.client.drain(2)
    (told,) = list(slack.messages.values())[before:]
    assert re.fullmatch(SOMETHING, readable(told))


@pytest.mark.parametrize("code", sorted(POST.sentences))
def test_every_known_code_has_a_sentence(code):
    assert re.fullmatch(r"[A-Z].*\.", POST.in_words(SlackApiError("refused", {"error": code})))
