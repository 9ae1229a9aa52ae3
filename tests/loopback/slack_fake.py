"""FakeSlack: Socket Mode and signed HTTP delivery, and what a person at a Slack client can do."""

import asyncio
import hashlib
import hmac
import json
import time
import urllib.parse
from contextlib import suppress
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web

from tests.loopback.recording import Json, Outcome
from tests.loopback.slack_rules import faces
from tests.loopback.slack_world import ALICE, APP, BOT_USER, GENERAL, TEAM, World, direct

CONNECTIONS_MOST = 10


class FakeSlack(World):
    """Loopback Slack. With `url` it delivers there over HTTP, else over Socket Mode.

    Events are delivered again until they are acknowledged; commands and buttons never are.
    """

    def __init__(self, *, url: str | None = None, deadline: float = 3.0, **given: Any) -> None:
        super().__init__(**given)
        self.url, self.deadline = url, deadline
        self.again_after = (0.1, 0.2, 0.5)
        self.connections: list[web.WebSocketResponse] = []
        self.opened = 0
        self.envelopes: dict[str, Json] = {}
        self.full = False
        self.deaf = False  # sockets stay open and nothing is answered, not even a ping
        self.deliveries: list[Json] = []

    def routes(self, app: web.Application) -> None:
        super().routes(app)
        app.router.add_get("/link", self._link)

    # Socket Mode

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            self.violation("bad_ticket", "the address was not fresh from apps.connections.open")
            await socket.close()
            return socket
        self.tickets.discard(ticket)
        self.opened += 1
        if self.full or len(self.connections) >= CONNECTIONS_MOST:
            self.full = False
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self.connections.append(socket)
        await socket.send_json({"type": "hello", "num_connections": len(self.connections)})
        async for message in socket:
            if message.type is WSMsgType.PING and not self.deaf:
                await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledged(json.loads(message.data))
        if socket in self.connections:
            self.connections.remove(socket)
        return socket

    def _acknowledged(self, ack: Json) -> None:
        sent = self.envelopes.get(ack.get("envelope_id", ""))
        if sent is None or sent["acked"] is not None:
            self.violation("unknown_or_double_ack", json.dumps(ack))
        elif time.monotonic() - sent["t"] > self.deadline:
            self.violation("late_ack", sent["type"])
        else:
            sent["acked"] = time.monotonic() - sent["t"]

    async def wait_ready(self) -> None:
        """Wait for a connection."""
        if self.url is None:
            await self.until(lambda: self.connections, what="Socket Mode connection")

    async def to_socket(
        self,
        kind: str,
        payload: Json,
        *,
        attempt: int = 0,
        envelope: str | None = None,
        nth: int = -1,
    ) -> float | None:
        """Send one envelope; how long until it was acknowledged, None if it was not in time."""
        await self.wait_ready()
        name = envelope or f"envelope{self.next()}"
        sent: Json = {"type": kind, "t": time.monotonic(), "acked": None}
        self.envelopes[name] = sent
        retry = {"retry_attempt": attempt, "retry_reason": "timeout"} if attempt else {}
        body = {"envelope_id": name, "type": kind, "payload": payload, **retry}
        await self.connections[nth].send_json(body)
        with suppress(TimeoutError):
            await self.until(lambda: sent["acked"] is not None, self.deadline)
        acked: float | None = sent["acked"]
        return acked

    async def drop(self) -> None:
        """Cut every connection."""
        for socket in self.connections[:]:
            self.connections.remove(socket)
            await socket.close()

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask for new connections, as Slack does every few hours."""
        for socket in self.connections[:]:
            self.connections.remove(socket)
            await socket.send_json({"type": "disconnect", "reason": reason})

    # HTTP

    def signed(self, body: str, *, at: float | None = None, secret: str | None = None) -> Json:
        """The headers that prove a request to be Slack's."""
        moment = str(int(at or time.time()))
        key = (secret or self.secret).encode()
        digest = hmac.new(key, f"v0:{moment}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={digest}"}

    async def to_url(
        self,
        kind: str,
        payload: Json,
        *,
        headers: Json | None = None,
        attempt: int = 0,
        url: str = "",
    ) -> tuple[int, str, float]:
        """Send one request: status, body, seconds."""
        if kind == "events_api":
            body, content = json.dumps(payload), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        given = {"Content-Type": content, **(self.signed(body) if headers is None else headers)}
        if attempt:
            given["X-Slack-Retry-Num"] = str(attempt)
        began = time.monotonic()
        async with (
            aiohttp.ClientSession() as session,
            session.post(url or self.url or "", data=body, headers=given) as answer,
        ):
            return answer.status, await answer.text(), time.monotonic() - began

    # Deliveries

    async def deliver(self, kind: str, payload: Json) -> float | None:
        """Deliver by Slack's rules; how long the acknowledgement took, None if there was none."""
        tries = (0.0, *self.again_after) if kind == "events_api" else (0.0,)
        for attempt, wait in enumerate(tries):
            await asyncio.sleep(wait)
            if self.url is None:
                took = await self.to_socket(kind, payload, attempt=attempt)
            else:
                status, _, took = await self.to_url(kind, payload, attempt=attempt)
                took = took if status == 200 and took < self.deadline else None
            self.deliveries.append({"type": kind, "payload": payload, "took": took})
            if took is not None:
                return took
            self.violation("not_acknowledged", kind)
        return None

    def event(self, event: Json) -> Json:
        """An event as it is sent; the same envelope may be delivered again."""
        known = {"team_id": TEAM, "api_app_id": APP, "type": "event_callback"}
        return {**known, "event": event, "event_id": f"Ev{self.next()}", "event_time": 0}

    async def _do(self, kind: str, payload: Json, keys: list[str], **wait: Any) -> Outcome:
        await self.wait_ready()
        sent = time.monotonic()
        delivering = self.later(self.deliver(kind, payload))
        failed = lambda: delivering.done() and delivering.result() is None  # noqa: E731
        outcome = await self.collect(keys, sent, done=failed, **wait)
        outcome.source = payload
        outcome.ack_latency = await delivering
        if outcome.ack_latency is None and kind != "events_api":
            outcome.error = "operation_timeout"
        return outcome

    # What a person does

    def command(self, text: str, *, user: str = ALICE, channel: str = GENERAL) -> tuple[Json, str]:
        """A slash command's request and the key of what it brings."""
        url, key = self.hook(channel)
        payload = {"command": "/talks", "text": text, "response_url": url, "team_id": TEAM}
        payload |= {"channel_id": channel, "user_id": user, "user_name": self.users[user]}
        return payload | {"trigger_id": f"trigger{self.next()}", "api_app_id": APP}, key

    async def slash(self, text: str, **more: Any) -> Outcome:
        """Type /talks."""
        where = {name: more.pop(name) for name in ("user", "channel") if name in more}
        payload, key = self.command(text, **where)
        return await self._do("slash_commands", payload, [key], **more)

    def message(
        self,
        text: str,
        *,
        user: str = ALICE,
        channel: str = GENERAL,
        thread: str | None = None,
        **more: Any,
    ) -> Json:
        """A person's message, kept as the channel has it."""
        written = {
            "type": "message",
            "user": user,
            "text": text,
            "ts": self.ts(),
            "channel": channel,
        }
        if thread is not None:
            root = self.messages.get((channel, thread), {})
            written |= {"thread_ts": thread, "parent_user_id": root.get("user")}
        kind = {"D": "im", "G": "mpim"}.get(channel[0], "channel")
        written |= {"channel_type": kind, **more}
        self.messages[channel, written["ts"]] = written
        return written

    async def say(self, text: str, *, as_mention: bool | None = None, **more: Any) -> Outcome:
        """Write a message; one that mentions the bot is delivered as a mention and as a message."""
        names = ("user", "channel", "thread", "subtype", "bot_id", "hidden")
        written = self.message(text, **{name: more.pop(name) for name in names if name in more})
        where = f"thread {written['channel']} {written.get('thread_ts') or written['ts']}"
        keys = [where, *([f"channel {written['channel']}"] if "thread_ts" not in written else [])]
        mention = {k: v for k, v in written.items() if k != "channel_type"} | {
            "type": "app_mention"
        }
        mentions = f"<@{BOT_USER}>" in text and written["channel_type"] != "im"
        if mentions and as_mention is None:
            self.later(self.deliver("events_api", self.event(written)))
        payload = self.event(mention if mentions and as_mention is not False else written)
        outcome = await self._do("events_api", payload, keys, **more)
        outcome.source = written
        return outcome

    async def mention(self, text: str, **more: Any) -> Outcome:
        """Mention the bot."""
        return await self.say(f"<@{BOT_USER}> {text}", **more)

    async def dm(self, text: str, *, user: str = ALICE, **more: Any) -> Outcome:
        """Write to the bot directly."""
        return await self.say(text, user=user, channel=direct(user), **more)

    def click(
        self, message: Json, label: str, *, nth: int = 0, user: str = ALICE
    ) -> tuple[Json, str]:
        """The request of a press and the key of what it brings."""
        named = [(v, e) for text, v, e in faces(message["blocks"]) if text == label]
        if nth >= len(named):
            shown = [text for text, _, _ in faces(message["blocks"])]
            raise LookupError(f"no button {label!r} number {nth}; there are {shown}")
        value, element = named[nth]
        url, key = self.hook(message["channel"], message)
        container = {"message_ts": message["ts"], "channel_id": message["channel"]}
        container |= {"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}
        action = {"type": element["type"], "action_id": element["action_id"], "value": value}
        payload = {"type": "block_actions", "actions": [action], "container": container}
        payload |= {"user": {"id": user, "name": self.users[user]}, "team": {"id": TEAM}}
        payload |= {"channel": {"id": message["channel"]}, "response_url": url, "api_app_id": APP}
        return payload | {"trigger_id": f"trigger{self.next()}"}, key

    async def press(
        self, message: Json, label: str, *, nth: int = 0, user: str = ALICE, **wait: Any
    ) -> Outcome:
        """Click the `nth` button of `message` that is labelled so."""
        payload, key = self.click(message, label, nth=nth, user=user)
        return await self._do("interactive", payload, [key], **wait)

    async def shortcut(self, message: Json, *, user: str = ALICE, **wait: Any) -> Outcome:
        """Choose "Ask the talks" from a message's menu."""
        url, key = self.hook(message["channel"], message)
        payload = {"type": "message_action", "callback_id": "ask_the_talks", "message": message}
        payload |= {
            "channel": {"id": message["channel"]},
            "user": {"id": user},
            "team": {"id": TEAM},
        }
        payload |= {"response_url": url, "trigger_id": f"trigger{self.next()}"}
        return await self._do("interactive", payload, [key], **wait)

    async def open_home(self, tab: str = "home", *, user: str = ALICE, **wait: Any) -> Outcome:
        """Open the app's home, or its conversation."""
        opened = {"type": "app_home_opened", "user": user, "channel": direct(user), "tab": tab}
        keys = [f"home {user}", f"home {direct(user)}"]
        return await self._do("events_api", self.event(opened), keys, **wait)
