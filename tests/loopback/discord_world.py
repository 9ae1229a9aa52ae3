"""The state of a small Discord: one guild, its channels, people, messages; and who may see what."""

import copy
import datetime
import re
import time
from typing import Any

from tests.loopback.discord_rules import (
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    V2,
    error,
    invalid,
    message_errors,
    plain,
    unknown,
    walk,
)
from tests.loopback.recording import Fake, Json, Reply

EPOCH = 1420070400000  # Discord's, milliseconds
MANAGE_GUILD = 1 << 5
MANAGE_MESSAGES = 1 << 13
ALL = (1 << 53) - 1
MEMBER = ALL & ~(MANAGE_GUILD | MANAGE_MESSAGES | 1 << 3)  # 3: administrator
NO_ACCESS = error(403, 50001, "Missing Access")
NO_PERMISSION = error(403, 50013, "Missing Permissions")
LOCKED = error(400, 50083, "Thread is archived")
NO_DM = error(403, 50007, "Cannot send messages to this user")
TEXT, DM, GROUP, THREAD = 0, 1, 3, 11


def now() -> str:
    """The time as Discord writes it."""
    return datetime.datetime.now(datetime.UTC).isoformat()


class World(Fake):
    """Everything that exists, without any connection to it. alice owns the guild, bob does not."""

    name = "discord"

    def __init__(self, *, port: int = 0, people: int = 0) -> None:
        super().__init__(port)
        self._last_id = 0
        self.guild_id, self.app_id = self.snow(), self.snow()
        self.bot: Json = {
            **self._user("talksbot", bot=True),
            "id": self.app_id,
            "verified": True,
            "mfa_enabled": False,
            "email": None,
            "flags": 0,
        }
        self.alice, self.bob = self._user("alice"), self._user("bob")
        self.otherbot = self._user("otherbot", bot=True)
        named = [self.bot, self.alice, self.bob, self.otherbot]
        self.users: dict[str, Json] = {user["id"]: user for user in named}
        self.crowd = [self.crowd_member(f"person{n}") for n in range(people)]
        self.bot_permissions = ALL
        self.roles: dict[str, list[str]] = {}  # user id -> role ids
        self.role = self.snow()
        names = ("general", "random", "readonly", "hidden")
        self.channels: dict[str, Json] = {}
        self.general, self.random, self.readonly, self.hidden = map(self.new_channel, names)
        # channel id -> what any write gets
        self.deny: dict[str, Reply] = {
            self.readonly["id"]: NO_PERMISSION,
            self.hidden["id"]: NO_ACCESS,
        }
        self.messages: dict[str, Json] = {}
        self.owner: dict[str, str] = {}  # message id -> interaction token
        self.nonces: dict[tuple[str, str], str] = {}  # (channel, nonce) -> message id

    def snow(self) -> str:
        """A fresh snowflake."""
        at = int(time.time() * 1000 - EPOCH) << 22
        self._last_id = max(self._last_id + 1, at)
        return str(self._last_id)

    def _user(self, name: str, *, bot: bool = False) -> Json:
        return {
            "id": self.snow(),
            "username": name,
            "discriminator": "0",
            "global_name": name.title(),
            "avatar": None,
            "bot": bot,
            "public_flags": 0,
        }

    def crowd_member(self, name: str) -> Json:
        """Another person, an ordinary member."""
        user = self._user(name)
        self.users[user["id"]] = user
        return user

    def new_channel(self, name: str, kind: int = TEXT, **more: Any) -> Json:
        """Another channel of the guild."""
        channel = {
            "id": self.snow(),
            "type": kind,
            "guild_id": self.guild_id,
            "name": name,
            "position": 0,
            "nsfw": False,
            "permission_overwrites": [],
            "topic": None,
            "parent_id": None,
            "last_message_id": None,
            "rate_limit_per_user": 0,
            "flags": 0,
            **more,
        }
        self.channels[channel["id"]] = channel
        return channel

    def new_thread(self, parent: Json, name: str, owner: str, id: str | None = None) -> Json:
        """A public thread under `parent`."""
        thread = {
            **copy.deepcopy(parent),
            "id": id or self.snow(),
            "type": THREAD,
            "name": name,
            "parent_id": parent["id"],
            "owner_id": owner,
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "thread_metadata": {
                "archived": False,
                "locked": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": now(),
            },
        }
        self.channels[thread["id"]] = thread
        return thread

    def dm_channel(self, user: Json) -> Json:
        """The one direct-message channel with `user`."""
        for channel in self.channels.values():
            if channel["type"] == DM and channel["recipients"][0]["id"] == user["id"]:
                return channel
        channel = {"id": self.snow(), "type": DM, "last_message_id": None, "flags": 0}
        channel["recipients"] = [user]
        self.channels[channel["id"]] = channel
        return channel

    def group_channel(self, *users: Json) -> Json:
        """A group of people whom the bot is not among: only a user install reaches it."""
        channel = {"id": self.snow(), "type": GROUP, "last_message_id": None, "flags": 0}
        channel |= {"recipients": list(users), "name": "group", "owner_id": users[0]["id"]}
        channel |= {"icon": None, "managed": False}
        self.channels[channel["id"]] = channel
        return channel

    def permissions(self, user_id: str) -> int:
        """What a person may do in the guild."""
        if user_id == self.app_id:
            return self.bot_permissions
        return ALL if user_id == self.alice["id"] else MEMBER

    def member(self, user_id: str, *, permissions: bool = False) -> Json:
        """A guild member; with permissions only inside interactions."""
        member = {
            "user": self.users[user_id],
            "nick": None,
            "avatar": None,
            "roles": self.roles.get(user_id, []),
            "joined_at": "2024-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
            "premium_since": None,
            "communication_disabled_until": None,
        }
        return {**member, "permissions": str(self.permissions(user_id))} if permissions else member

    def guild(self) -> Json:
        """The guild as REST and GUILD_CREATE show it."""
        role = {
            "id": self.guild_id,
            "name": "@everyone",
            "permissions": str(MEMBER),
            "position": 0,
            "color": 0,
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
            "icon": None,
            "unicode_emoji": None,
        }
        role["colors"] = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        nothing = ("icon", "splash", "afk_channel_id", "application_id", "system_channel_id")
        nothing += ("rules_channel_id", "vanity_url_code", "description", "banner")
        zeros = ("verification_level", "default_message_notifications", "explicit_content_filter")
        zeros += ("mfa_level", "system_channel_flags", "premium_tier", "nsfw_level")
        return {
            **dict.fromkeys(nothing),
            **dict.fromkeys(zeros, 0),
            "id": self.guild_id,
            "name": "Test guild",
            "owner_id": self.alice["id"],
            "afk_timeout": 300,
            "roles": [role, {**role, "id": self.role, "name": "member", "position": 1}],
            "emojis": [],
            "features": [],
            "preferred_locale": "en-US",
            "premium_progress_bar_enabled": False,
            "stickers": [],
        }

    # Messages

    def keys(self, channel_id: str, message: Json | None = None) -> list[str]:
        """Where a collector finds it: a reply under what it answers, else under its channel."""
        reference = (message or {}).get("message_reference") or {}
        if replied := reference.get("message_id"):
            target = self.messages.get(replied)
            mine = target is not None and target["author"] is self.bot
            return [f"ref:{replied}", *(self.keys(channel_id, target) if mine else [])]
        parent = self.channels.get(channel_id, {}).get("parent_id")
        return [f"ch:{channel_id}", *([f"ch:{parent}"] if parent else [])]

    def check(
        self,
        data: Json,
        files: list[Any],
        base: tuple[str | int, ...] = (),
        *,
        edit: Json | None = None,
    ) -> None:
        """Refuse what Discord refuses; `edit` is the message as it was."""
        flags = (data.get("flags") or 0) | ((edit or {}).get("flags", 0) & V2)
        if bad := message_errors({**data, "flags": flags}, base):
            raise invalid(bad)
        has = plain(data) or files or data.get("components") or data.get("sticker_ids")
        if not has and (edit is None or ("content" in data and "embeds" in data)):
            raise error(400, 50006, "Cannot send an empty message")

    def make_message(
        self,
        channel_id: str,
        author: Json,
        data: Json,
        *,
        files: tuple[Any, ...] = (),
        interaction: Json | None = None,
    ) -> Json:
        """Store a message as Discord would."""
        channel = self.channels[channel_id]
        kept = SUPPRESS_EMBEDS | EPHEMERAL | LOADING | 4096 | V2
        message = {
            "id": self.snow(),
            "channel_id": channel_id,
            "author": author,
            "content": "",
            "timestamp": now(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "type": 0,
            "flags": (data.get("flags") or 0) & kept,
            "channel_type": channel["type"],
        }
        if channel.get("guild_id"):
            message["guild_id"] = channel["guild_id"]
        self._fill(message, data, files)
        if interaction:
            self._from_interaction(message, interaction)
        if reference := data.get("message_reference"):
            self._refer(message, reference, data)
        self.messages[message["id"]] = message
        channel["last_message_id"] = message["id"]
        return message

    def _from_interaction(self, message: Json, interaction: Json) -> None:
        self.owner[message["id"]] = interaction["token"]
        message |= {
            "webhook_id": self.app_id,
            "application_id": self.app_id,
            "type": 20 if interaction["type"] == 2 else 0,
            "interaction_metadata": {
                "id": interaction["id"],
                "type": interaction["type"],
                "user": interaction["user"],
                "authorizing_integration_owners": interaction["owners"],
            },
        }

    def _refer(self, message: Json, reference: Json, data: Json) -> None:
        target = self.messages.get(reference["message_id"])
        where = {"channel_id": message["channel_id"]}
        if "guild_id" in message:
            where["guild_id"] = self.guild_id
        message["message_reference"] = {"type": 0, **where, **reference}
        if target:
            message |= {"type": 19, "referenced_message": copy.deepcopy(target)}
            ping = (data.get("allowed_mentions") or {}).get("replied_user", True)
            if ping and target["author"] not in message["mentions"]:
                message["mentions"].append(target["author"])
        elif reference.get("fail_if_not_exists", True) is False:
            message.pop("message_reference")
            message["type"] = 0

    def _fill(self, message: Json, data: Json, files: tuple[Any, ...]) -> None:
        for key, empty in (("content", ""), ("embeds", []), ("components", [])):
            if key in data:
                message[key] = copy.deepcopy(data[key]) or empty
        for embed in message["embeds"]:
            embed.setdefault("type", "rich")
        for number, component in enumerate(walk(message["components"]), 1):
            component.setdefault("id", number)
        for name, content, kind in files:
            attachment = {"id": self.snow(), "filename": name, "size": len(content)}
            attachment |= {"content_type": kind, "text": content.decode("utf-8", "replace")}
            attachment |= {"url": f"http://127.0.0.1:{self.port}/a/{name}", "proxy_url": ""}
            message["attachments"].append(attachment)
        self._mention(message, data.get("allowed_mentions"))

    def _mention(self, message: Json, allowed: Json | None) -> None:
        """Whom the text pings: text displays count as content does."""

        def may(kind: str, id: str | None = None) -> bool:
            if allowed is None:
                return True
            return kind in (allowed.get("parse") or []) or id in (allowed.get(kind) or [])

        text = plain({"content": message["content"], "components": message["components"]})
        ids = dict.fromkeys(re.findall(r"<@!?(\d+)>", text))
        message["mentions"] = [self.users[u] for u in ids if u in self.users and may("users", u)]
        message["mention_roles"] = [r for r in re.findall(r"<@&(\d+)>", text) if may("roles", r)]
        everyone = bool(re.search(r"@(everyone|here)", text))
        message["mention_everyone"] = everyone and may("everyone")

    def edit_message(
        self, message: Json, data: Json, files: list[Any], *, checked: bool = False
    ) -> None:
        """Change a message in place."""
        if not checked:
            self.check(data, files, edit=message)
        if "attachments" in data:
            keep = {a.get("id") for a in data["attachments"] or []}
            message["attachments"] = [a for a in message["attachments"] if a["id"] in keep]
        self._fill(message, data, tuple(files))
        settable = (data.get("flags") or 0) & (SUPPRESS_EMBEDS | V2)
        message["flags"] = message["flags"] & ~LOADING | settable
        message["edited_timestamp"] = now()

    def as_seen(self, message: Json, *, intent: bool) -> Json:
        """Content only with the intent, from the bot itself, in a DM, or where it is mentioned.

        A reply's ping is a mention, but not where it answers a response to a command.
        """
        own = message["author"]["id"] == self.app_id
        mentioned = any(u["id"] == self.app_id for u in message.get("mentions", []))
        to_response = "interaction_metadata" in (message.get("referenced_message") or {})
        if to_response and f"<@{self.app_id}>" not in message["content"]:
            mentioned = False
        if intent or own or mentioned or "guild_id" not in message:
            return message
        return {**message, "content": "", "embeds": [], "attachments": [], "components": []}

    def channel_for(self, channel_id: str, *, write: bool = False) -> Json:
        """The channel, or the error that its permissions give."""
        if channel_id not in self.channels:
            raise unknown(10003, "Channel")
        channel = self.channels[channel_id]
        denied = self.deny.get(channel_id) or self.deny.get(channel.get("parent_id") or "")
        if denied and (write or denied.body["code"] == 50001):
            raise denied
        return channel

    def message_in(self, channel_id: str, message_id: str) -> Json:
        """The message, or 10008."""
        message = self.messages.get(message_id)
        if not message or message["channel_id"] != channel_id:
            raise unknown(10008, "Message")
        return message
