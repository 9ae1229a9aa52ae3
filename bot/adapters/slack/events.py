"""Pure: what an event of Slack's asks, of whom, and where; None for what is not a question."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.render.slack import typed

Event = Mapping[str, Any]

SLACKBOT = "USLACKBOT"
ORDINARY = (None, "file_share", "thread_broadcast")  # subtypes of messages that people write
_FROM_BOTS = ("bot_id", "bot_profile", "hidden", "edited")


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that may be a question; `key` names it whatever event brought it."""

    text: str = field(repr=False)
    user: str
    channel: str
    team: str | None
    ts: str
    thread: str | None  # the message that the thread hangs under
    direct: bool  # a conversation with the bot alone
    mentioned: bool
    to_others: bool
    parent: str | None  # who wrote the message that the thread hangs under

    @property
    def key(self) -> str:
        """Its name among the event keys."""
        return f"{self.channel}:{self.ts}"

    @property
    def root(self) -> str:
        """The name of the message its thread hangs under."""
        return f"{self.channel}:{self.thread or self.ts}"


def asked(event: Event, *, me: str, team: str | None) -> Asked | None:
    """Read a message; None if it is a bot's, Slack's own, hidden, or an edit."""
    user, subtype = event.get("user"), event.get("subtype")
    if not user or user in (me, SLACKBOT) or subtype not in ORDINARY:
        return None
    if any(event.get(mark) for mark in _FROM_BOTS):
        return None
    text = str(event.get("text") or "")
    mentions = re.findall(r"<@([A-Z0-9]+)", text)
    without = re.sub(rf"<@{re.escape(me)}(\|[^<>]*)?>", " ", text)
    direct = event.get("channel_type") == "im"
    return Asked(
        text=typed(" ".join(without.split())),
        user=str(user),
        channel=str(event["channel"]),
        team=None if direct else team,
        ts=str(event["ts"]),
        thread=event.get("thread_ts"),
        direct=direct,
        mentioned=me in mentions or event.get("type") == "app_mention",
        to_others=any(one != me for one in mentions),
        parent=event.get("parent_user_id"),
    )
