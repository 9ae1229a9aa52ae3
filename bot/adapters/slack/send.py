"""The places that a message can stand in on Slack, and what Slack may refuse."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import builtin_async_handlers as retry
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chat.compose import Message, Part
from bot.chat.delivery import Post
from bot.chat.notices import ELSEWHERE
from bot.render import slack as render

TIMEOUT = 30
CODE_LONGEST = 100  # characters; something in between may answer with a page
INVITE = "Invite me there with /invite, then ask again."


class Patience(retry.AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack says, and counts how often that was."""

    waits = 0

    async def prepare_for_next_attempt_async(self, **attempt: Any) -> None:
        """Wait; slack_sdk tries again then."""
        self.waits += 1
        await super().prepare_for_next_attempt_async(**attempt)


PATIENCE = Patience(max_retry_count=2)
# Slack knows no nonce, so a second try could be a second answer: only where nothing was sent.
REACHING = retry.AsyncConnectionErrorRetryHandler(3, error_types=[aiohttp.ClientConnectorError])
AGAIN: list[AsyncRetryHandler] = [PATIENCE, REACHING]


def code_of(error: Exception) -> str | None:
    """Give Slack's word for a refusal; None where nothing is known of the message's fate."""
    if not isinstance(error, SlackApiError):
        return None
    if isinstance(answer := error.response, dict):  # from here
        return None if answer["error"] is None else str(answer["error"])
    # What slack_sdk could not read it hands on as it came: as text, or as aiohttp's own response.
    status = answer.status if isinstance(answer, aiohttp.ClientResponse) else answer.status_code
    if status == 429:
        return "ratelimited"
    said = getattr(answer, "data", None)
    told = status == 200 and isinstance(said, dict) and said.get("error")
    return str(told) if told else None


POST = Post(
    platform="Slack",
    face=render,
    faults=(SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError),
    code=code_of,
    sentences={
        "not_in_channel": f"I am not in that channel. {INVITE}",
        "channel_not_found": f"I cannot see that channel. {INVITE}",
        "is_archived": "That channel is archived, so the answer is here.",
        "missing_scope": "I lack a permission here. Whoever installed me sees which with "
        "talks doctor.",
        "restricted_action": "This workspace does not let me post there.",
        "thread_not_found": "That thread is gone, so the answer is here.",
        "message_not_found": "That message is gone.",
        "cant_delete_message": "This workspace does not let me delete that message.",
        "user_not_in_channel": "You are not in that channel any more, so the answer is here.",
        "ratelimited": "Slack holds me back just now. Try again in a minute.",
        "expired_url": ELSEWHERE,
        "used_url": ELSEWHERE,
        "expired_trigger_id": "That took too long for Slack. Do it again.",
    },
    bad_forms=frozenset({"invalid_blocks", "msg_blocks_too_long", "msg_too_long", "no_text"}),
    not_admin="That is for admins and owners of this workspace.",
)


def web(token: str, api_url: str) -> AsyncWebClient:
    """Make a client that waits as long as Slack says, and for Slack to be reached."""
    base = api_url.rstrip("/") + "/"
    return AsyncWebClient(token, base_url=base, timeout=TIMEOUT, retry_handlers=AGAIN)


# Spots: each takes the message last, the rest is bound before


async def respond(url: str, thread: str | None, public: bool, message: Message) -> None:
    """Answer a command, a button or a shortcut where it was used."""
    where = {"thread_ts": thread} if thread else {}
    where["response_type"] = "in_channel" if public else "ephemeral"
    await _to_hook(url, {**render.body(message), **where, "replace_original": False})


async def take_away(url: str) -> None:
    """Delete the message that a button stands under."""
    await _to_hook(url, {"delete_original": True})


async def _to_hook(url: str, body: Part) -> None:
    answer = await AsyncWebhookClient(url, TIMEOUT, retry_handlers=AGAIN).send_dict(body)
    code = _refusal(answer.status_code, answer.body)
    if answer.status_code != 200 or code:
        raise SlackApiError("a response_url", {"error": code})  # type: ignore[no-untyped-call]


def _refusal(status: int, said: str) -> str | None:
    """Give the code in what a response_url says, in words or, of buttons, in JSON; None if none."""
    if status == 429:
        return "ratelimited"
    if status >= 500:
        return None
    with suppress(ValueError):
        told = json.loads(said)
        if isinstance(told, dict):
            said = "ok" if told.get("ok") is True else str(told.get("error", "not ok"))
    code = said.strip().lower().replace(" ", "_")
    if "invalid_blocks" in code:
        return "invalid_blocks"
    return None if code in ("", "ok") else code[:CODE_LONGEST]


async def write(client: AsyncWebClient, channel: str, thread: str | None, message: Message) -> None:
    """Post for everybody who reads there; a person's id is their direct messages."""
    await client.chat_postMessage(channel=channel, thread_ts=thread, **render.body(message))


async def whisper(
    client: AsyncWebClient, channel: str, user: str, thread: str | None, message: Message
) -> None:
    """Post in a channel for one person's eyes; unfurling is not to be had there."""
    body = {name: render.body(message)[name] for name in ("text", "blocks")}
    await client.chat_postEphemeral(channel=channel, user=user, thread_ts=thread, **body)
