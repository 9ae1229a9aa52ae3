"""The app manifest: the scopes and events that the code uses, no others, with what each is for."""

from collections.abc import Mapping
from typing import Any

from bot.adapters.slack.client import COMMAND, SHORTCUT, Threads
from bot.chat.notices import OFFER, OFFER_ON_MESSAGE

REQUESTS = "/slack/events"  # the path of the one request URL

# scope -> what does not work without it
SCOPES: Mapping[str, str] = {
    "app_mentions:read": "hear mentions",
    "assistant:write": "offer prompts in the agent panel and show that it works",
    "chat:write": "answer",
    "commands": f"offer {COMMAND} and the message shortcut",
    "im:history": "hear direct messages",
    "mpim:history": "hear mentions in group direct messages",
    "usergroups:read": "tell who is in a user group that admins let in",
    "users:read": "tell who is an admin",
}
FOLLOW_SCOPES: Mapping[str, str] = {
    "channels:history": "follow its threads in channels",
    "groups:history": "follow its threads in private channels",
}
EVENTS = ("app_home_opened", "app_mention", "message.im", "message.mpim")
FOLLOW_EVENTS = ("message.channels", "message.groups")


def scopes(threads: Threads) -> Mapping[str, str]:
    """Give what the app has to be granted, and what for."""
    return {**SCOPES, **(FOLLOW_SCOPES if threads == "follow" else {})}


def manifest(*, threads: Threads, url: str | None = None) -> dict[str, Any]:
    """Build the manifest: for Socket Mode, or for requests to `url`."""
    request = None if url is None else url.rstrip("/") + REQUESTS
    address = {} if request is None else {"url": request}
    to_request = {} if request is None else {"request_url": request}
    events = sorted((*EVENTS, *(FOLLOW_EVENTS if threads == "follow" else ())))
    usage = {"usage_hint": "question | help | sources | admin …", "should_escape": True}
    tabs = {"home_tab_enabled": True, "messages_tab_enabled": True}
    asks = "Ask the documents what this message asks"
    shortcut = {"name": OFFER_ON_MESSAGE, "type": "message", "callback_id": SHORTCUT}
    about = "Answers questions with exact quotes from a collection of documents"
    return {
        "display_information": {"name": "talks", "description": about},
        "features": {
            "agent_view": {"agent_description": "Answers with exact quotes from the documents"},
            "app_home": {**tabs, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "talks", "always_online": True},
            "shortcuts": [{**shortcut, "description": asks}],
            "slash_commands": [{"command": COMMAND, **address, "description": OFFER, **usage}],
        },
        "oauth_config": {"scopes": {"bot": sorted(scopes(threads))}},
        "settings": {
            "event_subscriptions": {**to_request, "bot_events": events},
            "interactivity": {"is_enabled": True, **to_request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request is None,
            "token_rotation_enabled": False,
        },
    }
