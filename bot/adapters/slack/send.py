"""The places that a message can stand in on Slack, and what Slack may refuse."""

import asyncio
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chat.compose import Message, Part
from bot.chat.delivery import Post
from bot.chat.notices import ELSEWHERE
from bot.render import slack as render

TIMEOUT = 30
INVITE = "Invite me there with /invite, then ask again."


class Patience(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack says, and counts how often that was."""

    waits = 0

    async def prepare_for_next_attempt_async(self, **attempt: Any) -> None:
        """Wait; slack_sdk tries again then."""
        self.waits += 1
        await super().prepare_for_next_attempt_async(**attempt)


PATIENCE = Patience(max_retry_count=2)
WAIT: list[AsyncRetryHandler] = [PATIENCE]


def code_of(error: Exception) -> str | None:
    """Give Slack's word for a refusal; None where nothing is known of the message's fate."""
    if not isinstance(error, SlackApiError):
        return None
    known = isinstance(error.response, dict) or error.response.status_code in (200, 429)
    return str(error.response.get("error", "ratelimited")) if known else None


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
    repeatable=False,  # Slack knows no nonce: a second try could be a second answer
)


def web(token: str, api_url: str) -> AsyncWebClient:
    """Make a client that waits as long as Slack says, and otherwise tries once."""
    base = api_url.rstrip("/") + "/"
    return AsyncWebClient(token, base_url=base, timeout=TIMEOUT, retry_handlers=WAIT)


# Spots: each takes the message last, the rest is bound before


async def respond(url: str, public: bool, message: Message) -> None:
    """Answer a command, a button or a shortcut where it was used."""
    kind = "in_channel" if public else "ephemeral"
    await _to_hook(url, {**render.body(message), "response_type": kind, "replace_original": False})


async def take_away(url: str) -> None:
    """Delete the message that a button stands under."""
    await _to_hook(url, {"delete_original": True})


async def _to_hook(url: str, body: Part) -> None:
    answer = await AsyncWebhookClient(url, TIMEOUT, retry_handlers=WAIT).send_dict(body)
    said = answer.body.strip()
    if answer.status_code != 200 or said not in ("", "ok"):
        known = "invalid_blocks" if "invalid_blocks" in said else said
        code = "ratelimited" if answer.status_code == 429 else known
        raise SlackApiError("a response_url", {"error": code})  # type: ignore[no-untyped-call]


async def write(client: AsyncWebClient, channel: str, thread: str | None, message: Message) -> None:
    """Post for everybody who reads there; a person's id is their direct messages."""
    await client.chat_postMessage(channel=channel, thread_ts=thread, **render.body(message))


async def whisper(
    client: AsyncWebClient, channel: str, user: str, thread: str | None, message: Message
) -> None:
    """Post in a channel for one person's eyes; unfurling is not to be had there."""
    body = {name: render.body(message)[name] for name in ("text", "blocks")}
    await client.chat_postEphemeral(channel=channel, user=user, thread_ts=thread, **body)
