"""The network between the bot and Slack: what is tried again, and how failures are read."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial

import pytest
from aiohttp import web as http

pytest.importorskip("slack_sdk", reason="slack_sdk is not installed: pip install 'talks[slack]'")

from slack_sdk.errors import SlackApiError

from bot.adapters.slack import send
from bot.chat.compose import note
from bot.render import slack as render
from tests.loopback.slack_fake import FakeSlack
from tests.loopback.slack_world import GENERAL

pytestmark = pytest.mark.anyio

MESSAGE = note(render, "Here it is.")


@asynccontextmanager
async def answering(status, kind, said):
    """A server that says one thing to everybody; its address."""

    async def respond(_):
        return http.Response(status=status, text=said, content_type=kind)

    app = http.Application()
    app.router.add_route("*", "/{path:.*}", respond)
    runner = http.AppRunner(app, access_log=None)
    await runner.setup()
    await http.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def sending(slack, spot):
    if spot == "respond":
        return send.respond(slack.hook(GENERAL)[0], None, False, MESSAGE)
    return send.write(send.web(slack.bot_token, slack.api_url), GENERAL, None, MESSAGE)


@pytest.mark.parametrize("spot", ["write", "respond"])
async def test_a_network_that_is_away_for_a_moment_is_waited_for(unused_port, spot):
    slack = FakeSlack()
    slack.port = unused_port
    under_way = asyncio.ensure_future(sending(slack, spot))
    await asyncio.sleep(0.3)
    async with slack:
        await under_way
        assert len(slack.messages) == 1


@pytest.mark.parametrize("spot", ["write", "respond"])
async def test_a_connection_that_breaks_is_not_tried_again(slack, spot):
    """Slack may have taken the message."""
    slack.fail("chat.postMessage|response_url", drop=True)
    with pytest.raises(send.POST.faults) as caught:
        await sending(slack, spot)
    assert send.code_of(caught.value) is None
    assert len(slack.requests) == 1


async def test_being_held_back_for_long_has_a_sentence(slack):
    slack.fail("chat.postMessage", status=429, times=3, retry_after=1, body="slow down")
    client, (alone, _) = send.web(slack.bot_token, slack.api_url), slack.hook(GENERAL)
    in_channel = partial(send.write, client, GENERAL, None)
    assert await send.POST.deliver(MESSAGE, [in_channel, partial(send.respond, alone, None, False)])
    (shown,) = slack.messages.values()
    assert shown["text"].startswith("Slack holds me back just now.")


@pytest.mark.parametrize(
    ("status", "kind", "said", "code"),
    [
        (429, "application/json", "<html>", "ratelimited"),
        (200, "application/json", "<html>", None),
        (200, "application/json", "{}", None),
        (200, "application/json", '{"ok": false, "error": "is_archived"}', "is_archived"),
        (502, "text/html", "<html>", None),
        (503, "text/plain", "down", None),
        (503, "application/json", '{"ok": false, "error": "is_archived"}', None),
    ],
)
async def test_whatever_stands_in_a_response_can_be_read(status, kind, said, code):
    async with answering(status, kind, said) as url:
        with pytest.raises(SlackApiError) as caught:
            await send.write(send.web("token", url), GENERAL, None, MESSAGE)
    assert send.code_of(caught.value) == code
    assert send.POST.in_words(caught.value)


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (200, '{"ok":false,"error":"Expired url"}', "expired_url"),
        (200, '{"ok":false}', "not_ok"),
        (404, "Used url", "used_url"),
        (404, '{"ok":false,"error":"used_url"}', "used_url"),
        (400, "invalid_blocks: must be an array", "invalid_blocks"),
        (404, "<html>" + "x" * 500, "<html>" + "x" * 94),
        (404, "", None),
        (500, "", None),
        (502, "<html>", None),
    ],
)
async def test_what_a_response_url_says_no_with(status, said, code):
    async with answering(status, "text/plain", said) as url:
        with pytest.raises(SlackApiError) as caught:
            await send.respond(url, None, False, MESSAGE)
    assert send.code_of(caught.value) == code


@pytest.mark.parametrize("said", ["ok", "", '{"ok": true}', '{"ok":true,"ts":"1.2"}'])
async def test_what_a_response_url_says_yes_with(said):
    async with answering(200, "text/plain", said) as url:
        await send.respond(url, None, False, MESSAGE)
