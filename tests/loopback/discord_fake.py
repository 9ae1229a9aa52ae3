"""FakeDiscord: the loopback server, and what a person at a Discord client can do to it."""

import time
from collections.abc import Callable
from typing import Any

from tests.loopback.discord_interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL,
    Interactions,
)
from tests.loopback.discord_rules import LOADING, walk
from tests.loopback.discord_world import DM, GROUP
from tests.loopback.recording import Json, Outcome

_TYPES: dict[int, Any] = {3: str, 4: int, 5: bool, 10: (int, float)}
Until = Callable[[Outcome], Any]


class FakeDiscord(Interactions):
    """Loopback Discord. Helpers refuse what the client would not send.

    A helper returns when the first real answer has been quiet for `settle` seconds, when
    `until(outcome)` holds, or at `timeout`. To prove silence use a short `timeout`.
    """

    async def wait_commands(self, timeout: float = 10) -> None:
        """Wait until the bot has registered its commands."""
        await self.until(lambda: self.command_syncs, timeout, "commands registered")

    def _command(self, name: str, kind: int, channel: Json) -> Json:
        context = {DM: 1, GROUP: 2}.get(channel["type"], 0)
        for command in self.commands.values():
            if (command["name"], command["type"]) == (name, kind):
                contexts = command.get("contexts")
                if contexts is not None and context not in contexts:
                    raise LookupError(f"{name} is not offered in context {context}")
                return command
        known = [command["name"] for command in self.commands.values()]
        raise LookupError(f"{name} is not registered (registered: {known})")

    def _options(
        self, command: Json, words: list[str], options: Json, *, focused: str | None = None
    ) -> list[Json]:
        """The option list as the client would build it."""
        specs = {option["name"]: option for option in command.get("options") or []}
        if words:
            sub = specs[words[0]]
            inner = self._options(sub, words[1:], options, focused=focused)
            return [{"name": sub["name"], "type": sub["type"], "options": inner}]
        if extra := set(options) - set(specs):
            raise LookupError(f"no such option(s): {extra}; registered: {list(specs)}")
        out = []
        for name, spec in specs.items():
            if name in options:
                if focused is None:
                    _check_option(spec, options[name])
                given = {"name": name, "type": spec["type"], "value": options[name]}
                out.append({**given, **({"focused": True} if name == focused else {})})
            elif spec.get("required") and focused is None:
                raise ValueError(f"option {name} is required")
        return out

    async def slash(
        self,
        name: str,
        options: Json | None = None,
        *,
        user: Json | None = None,
        channel: Json | None = None,
        user_install: bool = False,
        **wait: Any,
    ) -> Outcome:
        """Run "name" or "name sub"."""
        words, where = name.split(), channel or self.general
        command = self._command(words[0], 1, where)
        if user_install and 1 not in command.get("integration_types", [0]):
            raise LookupError(f"/{words[0]} cannot be installed by a user")
        given = self._options(command, words[1:], options or {})
        data = {"id": command["id"], "name": command["name"], "type": 1, "options": given}
        data |= self._resolved(given)
        record = await self.interact(
            COMMAND, data, user=user or self.alice, channel=where, user_install=user_install
        )
        return await self._finish(record, **wait)

    def _resolved(self, given: list[Json]) -> Json:
        """Channels and roles named in options, as the client sends them along."""
        flat = [*given, *(inner for option in given for inner in option.get("options") or ())]
        channels = {o["value"]: o for o in flat if o["type"] == 7}
        roles = {o["value"]: o for o in flat if o["type"] == 8}
        resolved: Json = {}
        if channels:
            known = {id: self.channels[id] for id in channels}
            keep = ("id", "name", "type", "parent_id")
            resolved["channels"] = {
                id: {**{k: c[k] for k in keep if k in c}, "permissions": "0"}
                for id, c in known.items()
            }
        if roles:
            empty = {"position": 1, "color": 0, "hoist": False, "managed": False, "flags": 0}
            empty |= {"mentionable": False, "permissions": "0", "icon": None}
            empty["colors"] = {"primary_color": 0, "secondary_color": None}
            empty["colors"]["tertiary_color"] = None
            resolved["roles"] = {id: {**empty, "id": id, "name": "role"} for id in roles}
        return {"resolved": resolved} if resolved else {}

    async def menu(
        self,
        name: str,
        message: Json,
        *,
        user: Json | None = None,
        user_install: bool = False,
        **wait: Any,
    ) -> Outcome:
        """Choose a command from a message's context menu."""
        channel = self.channels[message["channel_id"]]
        command = self._command(name, 3, channel)
        data = {"id": command["id"], "name": name, "type": 3, "target_id": message["id"]}
        data["resolved"] = {"messages": {message["id"]: message}}
        record = await self.interact(
            COMMAND, data, user=user or self.alice, channel=channel, user_install=user_install
        )
        return await self._finish(record, **wait)

    async def autocomplete(
        self, name: str, focused: str, text: str, *, channel: Json | None = None
    ) -> Outcome:
        """Type into an option; `choices` of the outcome are the suggestions."""
        words, where = name.split(), channel or self.general
        command = self._command(words[0], 1, where)
        given = self._options(command, words[1:], {focused: text}, focused=focused)
        data = {"id": command["id"], "name": command["name"], "type": 1, "options": given}
        record = await self.interact(AUTOCOMPLETE, data, user=self.alice, channel=where)
        return await self._finish(record, timeout=self.deadline + 2)

    async def press(
        self,
        message: Json,
        label: str,
        *,
        nth: int = 0,
        user: Json | None = None,
        user_install: bool = False,
        **wait: Any,
    ) -> Outcome:
        """Click the `nth` button of `message` whose label or emoji is `label`."""
        current = self.messages.get(message["id"], message)
        buttons = [c for c in walk(current["components"]) if c.get("type") == 2]
        named = [b for b in buttons if label in (b.get("label"), _emoji(b))]
        if nth >= len(named) or named[nth].get("disabled") or not named[nth].get("custom_id"):
            shown = [b.get("label") or _emoji(b) for b in buttons]
            raise LookupError(f"no clickable button {label!r} number {nth}; there are {shown}")
        data = {"custom_id": named[nth]["custom_id"], "component_type": 2}
        record = await self.interact(
            COMPONENT,
            data,
            user=user or self.alice,
            channel=self.channels[current["channel_id"]],
            message=current,
            user_install=user_install,
        )
        return await self._finish(record, **wait)

    async def submit(self, outcome: Outcome, values: Json, **wait: Any) -> Outcome:
        """Fill the modal that `outcome` opened; values: custom_id -> text."""
        record = outcome.source
        modal = record["modal"]
        rows = []
        for row in modal["components"]:
            inner = [
                {**c, "value": values.get(c["custom_id"], "")} for c in row.get("components") or ()
            ]
            rows.append({**row, "components": inner})
        data = {"custom_id": modal["custom_id"], "components": rows}
        again = await self.interact(
            MODAL,
            data,
            user=record["user"],
            channel=self.channels[record["channel_id"]],
            message=record["message"],
        )
        return await self._finish(again, **wait)

    async def _finish(self, record: Json, **wait: Any) -> Outcome:
        def done() -> bool:
            late = time.monotonic() - record["sent"] > self.deadline + 0.5
            return record["acked"] in (8, 9) or (record["acked"] is None and late)

        outcome = await self.collect([record["token"]], record["sent"], done=done, **wait)
        outcome.source = record
        outcome.ack_kind, outcome.ack_latency = record["acked"], record["ack_latency"]
        outcome.choices = record.get("choices") or []
        original = record["original"]
        if record["acked"] is None:
            outcome.error = "The application did not respond"
        elif original and original["flags"] & LOADING and original["id"] in self.messages:
            outcome.error = "still thinking"
        return outcome

    # Messages

    async def say(
        self,
        text: str,
        *,
        user: Json | None = None,
        channel: Json | None = None,
        reply_to: Json | None = None,
        ping: bool = True,
        **wait: Any,
    ) -> Outcome:
        """Write a message; returns what the bot showed in answer to it."""
        await self.wait_ready()
        where, sent = channel or self.general, time.monotonic()
        data: Json = {
            "content": text,
            "allowed_mentions": {"parse": ["users", "roles", "everyone"]},
        }
        if reply_to:
            data["message_reference"] = {"message_id": reply_to["id"]}
            data["allowed_mentions"]["replied_user"] = ping
        message = self.make_message(where["id"], user or self.alice, data)
        await self.emit(self.live()[-1], "MESSAGE_CREATE", message)
        keys = [f"ref:{message['id']}", f"ch:{message['id']}", f"to:{message['id']}"]
        if not wait.pop("replies_only", False):
            keys.append(f"ch:{where['id']}")
        outcome = await self.collect(keys, sent, **wait)
        outcome.source = message
        return outcome

    async def mention(self, text: str, **given: Any) -> Outcome:
        """Write a message that mentions the bot."""
        return await self.say(f"<@{self.app_id}> {text}", **given)

    async def dm(self, text: str, *, user: Json | None = None, **given: Any) -> Outcome:
        """Write to the bot in private."""
        who = user or self.alice
        return await self.say(text, user=who, channel=self.dm_channel(who), **given)

    async def edit(self, message: Json, text: str, **wait: Any) -> Outcome:
        """Change one's own message; returns what the bot showed in answer."""
        sent = time.monotonic()
        self.edit_message(message, {"content": text}, [])
        await self.emit(self.live()[-1], "MESSAGE_UPDATE", message)
        return await self.collect(
            [f"ref:{message['id']}", f"ch:{message['channel_id']}"], sent, **wait
        )

    def delete(self, message: Json) -> None:
        """Delete one's own message."""
        del self.messages[message["id"]]
        gone = {k: message[k] for k in ("id", "channel_id", "guild_id") if k in message}
        self.dispatch("MESSAGE_DELETE", gone)


def _emoji(button: Json) -> str | None:
    return (button.get("emoji") or {}).get("name")


def _check_option(spec: Json, value: Any) -> None:
    name, kind = spec["name"], spec["type"]
    if not isinstance(value, _TYPES.get(kind, object)):
        raise TypeError(f"option {name}: type {kind} expected")
    if kind == 3 and not (spec.get("min_length") or 0) <= len(value) <= (
        spec.get("max_length") or 6000
    ):
        raise ValueError(f"option {name}: the client refuses this length")
    if kind in (4, 10):
        least, most = spec.get("min_value", value), spec.get("max_value", value)
        if not least <= value <= most:
            raise ValueError(f"option {name}: out of range")
    if spec.get("choices") and value not in [choice["value"] for choice in spec["choices"]]:
        raise ValueError(f"option {name}: not one of the choices")
