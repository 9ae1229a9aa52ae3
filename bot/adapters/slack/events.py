"""Pure: what an event of Slack's asks, of whom, and where; None for what is not a question."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.render.slack import typed
from bot.types import Question

Body = Mapping[str, Any]

SLACKBOT = "USLACKBOT"
ORDINARY = (None, "file_share", "thread_broadcast")  # subtypes of messages that people write
_FROM_BOTS = ("bot_id", "bot_profile", "hidden", "edited")


@dataclass(frozen=True, slots=True)
class Used:
    """A command, a shortcut or a button that somebody used; `url` takes responses."""

    question: Question  # for the asker alone; in its text are the words that were used
    name: str
    thread: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that may be a question."""

    question: Question
    called: bool  # by name, or in a conversation with the bot alone
    to_others: bool
    thread: str | None  # the message that its thread hangs under
    ours: bool  # it was the bot that wrote that
    root: str  # that message, or this one
    answers: str | None  # the thread for answers: a direct message is one conversation as it is


def used(body: Body) -> Used:
    """Read who used what, and where; commands name them otherwise than the rest."""

    def key(what: str) -> Any:
        return body.get(f"{what}_id") or (body.get(what) or {}).get("id")

    user, message = body.get("user") or {}, body.get("message") or {}
    channel = key("channel")
    question = Question(
        typed(body.get("text") or message.get("text") or ""),
        "slack",
        user_key=key("user"),
        channel_key=channel,
        guild_key=key("team"),
        event_keys=(body["trigger_id"],),
        private=True,
        direct=channel.startswith("D"),  # as the ids of direct messages do
    )
    name = user.get("name") or user.get("username") or "Somebody"
    container = body.get("container") or {}
    under = container.get("message_ts") or message.get("ts")
    thread = container.get("thread_ts") or message.get("thread_ts")
    # The message that a thread hangs under names it too, but stands in the channel itself.
    return Used(question, name, None if thread == under else thread, body["response_url"])


def asked(body: Body, *, me: str) -> Asked | None:
    """Read a message; None if it is a bot's, Slack's own, hidden, or an edit."""
    event = body["event"]
    user, subtype = event.get("user"), event.get("subtype")
    if not user or user in (me, SLACKBOT) or subtype not in ORDINARY:
        return None
    if any(event.get(mark) for mark in _FROM_BOTS):
        return None
    text, channel, ts = event.get("text") or "", event["channel"], event["ts"]
    mentions = re.findall(r"<@([A-Z0-9]+)", text)
    without = re.sub(rf"<@{re.escape(me)}(\|[^<>]*)?>", " ", text)
    direct, thread = event.get("channel_type") == "im", event.get("thread_ts")
    answers = thread if direct else thread or ts
    question = Question(
        typed(" ".join(without.split())),
        "slack",
        user_key=user,
        channel_key=channel,
        thread_key=f"{channel}:{answers}",
        guild_key=body.get("team_id"),
        event_keys=(body["event_id"], f"{channel}:{ts}"),
        direct=direct,
    )
    return Asked(
        question,
        called=direct or me in mentions or event.get("type") == "app_mention",
        to_others=any(one != me for one in mentions),
        thread=thread,
        ours=event.get("parent_user_id") == me,
        root=thread or ts,
        answers=answers,
    )
