"""Loopback Slack's Web API: what there is in a workspace, and the methods a bot may call."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.loopback.recording import Fake, Json, Reply
from tests.loopback.slack_rules import complaints, readable, too_long

TEAM, APP, BOT, BOT_USER = "T0TEAM", "A0APP", "B0BOT", "U0BOT"
GENERAL, OTHER, NOT_IN, ARCHIVED = "C0GENERAL", "C0OTHER", "C0NOTIN", "C0ARCHIV"
GROUP = "G0GROUP"
ALICE, BOB, ROOT = "U0ALICE", "U0BOBBY", "U0ROOTS"
SCOPES = {  # method -> the scope it needs
    "assistant.threads.setStatus": "chat:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "usergroups.users.list": "usergroups:read",
    "users.info": "users:read",
}
HOOK_USES, HOOK_SECONDS = 5, 1800
FALLBACK_MOST = 40_000


def refused(error: str, **more: Any) -> Reply:
    """How the Web API says no."""
    return Reply(200, {"ok": False, "error": error, **more})


class World(Fake):
    """Tokens, users, channels, messages; every refusal is a violation."""

    name = "slack"

    def __init__(self, *, scopes: set[str] | None = None) -> None:
        super().__init__()
        self.bot_token, self.app_token = "xoxb-1-loopback", "xapp-1-loopback"
        self.secret = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - loopback
        self.scopes = scopes
        self.users = {ALICE: "alice", BOB: "bob", ROOT: "root", BOT_USER: "talks"}
        self.admins = {ROOT}
        self.groups: dict[str, list[str]] = {"S0GROUP1": [ALICE]}
        self.channels = [GENERAL, OTHER, NOT_IN, ARCHIVED, GROUP, *map(direct, (ALICE, BOB, ROOT))]
        self.messages: dict[tuple[str, str], Json] = {}
        self.hooks: dict[str, Json] = {}
        self.tickets: set[str] = set()
        self.homes: dict[str, Json] = {}
        self._count = 0

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL should be."""
        return f"http://127.0.0.1:{self.port}/api/"

    def next(self) -> int:
        """A number of its own for ids."""
        self._count += 1
        return self._count

    def ts(self) -> str:
        """A message's name: its time."""
        return f"{int(time.time())}.{self.next():06d}"

    def routes(self, app: web.Application) -> None:
        """The Web API and the response urls."""
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/hook/{name}", self._hook)

    async def _api(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        given: Json = dict(request.query) | dict(await request.post())
        if request.content_type == "application/json":
            given = await request.json()
        given = {key: _decoded(value) for key, value in given.items()}
        row = {"method": name, "body": {k: v for k, v in given.items() if k != "token"}}
        self.requests.append(row)
        headers = {"x-oauth-scopes": ",".join(sorted(self.scopes or ()))}
        try:
            self.check_cooldown(name, name)
            fault = await self.take_fault(request, name)
            if fault is not None:
                if fault.status == 429:
                    self.cool_down(name, fault.retry_after or 1)
                    headers["Retry-After"] = str(int(fault.retry_after or 1))
                body = fault.body or {"ok": False, "error": "ratelimited"}
                raise Reply(fault.status, body, headers)  # noqa: TRY301 - one way out
            self._check_token(request, given, name)
            handler = METHODS.get(name)
            if handler is None:
                raise refused("unknown_method")
            body = {"ok": True, **await handler(self, given)}
            return web.json_response(body, headers=headers)
        except Reply as reply:
            if reply.status == 200:
                self.violation(f"api:{reply.body['error']}", f"{name}: {json.dumps(reply.body)}")
            if isinstance(reply.body, str):
                return web.Response(status=reply.status, text=reply.body, headers=headers)
            return web.json_response(reply.body, status=reply.status, headers=headers)

    def _check_token(self, request: web.Request, given: Json, name: str) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        right = self.app_token if name == "apps.connections.open" else self.bot_token
        if (token or given.get("token")) != right:
            raise refused("invalid_auth")
        scope = SCOPES.get(name)
        if scope and self.scopes is not None and scope not in self.scopes:
            raise refused("missing_scope", needed=scope)

    async def auth_test(self, _: Json) -> Json:
        return {
            "team": "Test",
            "user": "talks",
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT,
        }

    async def connections_open(self, _: Json) -> Json:
        ticket = f"ticket{self.next()}"
        self.tickets.add(ticket)
        return {"url": f"ws://127.0.0.1:{self.port}/link?ticket={ticket}"}

    async def users_info(self, given: Json) -> Json:
        user = given.get("user")
        if user not in self.users:
            raise refused("user_not_found")
        admin = user in self.admins
        return {
            "user": {"id": user, "name": self.users[user], "is_admin": admin, "is_owner": False}
        }

    async def usergroups_users(self, given: Json) -> Json:
        if given.get("usergroup") not in self.groups:
            raise refused("no_such_subteam")
        return {"users": self.groups[given["usergroup"]]}

    async def views_publish(self, given: Json) -> Json:
        view = given["view"]
        if view.get("type") != "home" or (bad := complaints(view.get("blocks"), view=True)):
            raise refused("invalid_arguments", errors=bad)
        self.homes[given["user_id"]] = view
        self.show([f"home {given['user_id']}"], "home", readable(view), id="home", message=view)
        return {}

    async def set_status(self, given: Json) -> Json:
        self._channel(given["channel_id"])
        where = f"thread {given['channel_id']} {given['thread_ts']}"
        self.show([where], "status", given["status"], final=None)
        return {}

    async def set_prompts(self, given: Json) -> Json:
        prompts = given.get("prompts")
        if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
            raise refused("invalid_arguments")
        self.show([f"home {given['channel_id']}"], "prompts", json.dumps(prompts))
        return {}

    async def post(self, given: Json) -> Json:
        channel = self._channel(given.get("channel"))
        check_message(given)
        return {"channel": channel, "ts": self.keep(channel, given)["ts"]}

    async def post_ephemeral(self, given: Json) -> Json:
        channel = self._channel(given.get("channel"))
        check_message(given)
        message = self.keep(channel, given, ephemeral=True, to=given["user"])
        return {"message_ts": message["ts"]}

    def _channel(self, named: Any) -> str:
        channel = direct(named) if named in self.users else named
        if channel not in self.channels:
            raise refused("channel_not_found")
        if channel in (NOT_IN, ARCHIVED):
            raise refused("not_in_channel" if channel == NOT_IN else "is_archived")
        return str(channel)

    def keep(self, channel: str, given: Json, *, key: str | None = None, **more: Any) -> Json:
        """Store a message of the bot's and show it to whoever waits for it."""
        message: Json = {"type": "message", "ts": self.ts(), "channel": channel, "user": BOT_USER}
        message |= {"bot_id": BOT, "text": given.get("text", ""), **more}
        message |= {k: given[k] for k in ("blocks", "thread_ts") if given.get(k)}
        self.messages[channel, message["ts"]] = message
        where = [
            f"thread {channel} {message.get('thread_ts') or message['ts']}",
            *([key] if key else []),
        ]
        where += [f"channel {channel}"] if not message.get("thread_ts") else []
        alone = bool(message.get("ephemeral"))
        shown = readable(message)
        self.show(where, "post", shown, ephemeral=alone, id=message["ts"], message=message)
        return message

    def hook(self, channel: str, of: Json | None = None) -> tuple[str, str]:
        """A response url for one use of a command or `of` a message; the key of what it brings."""
        name = f"hook{self.next()}"
        self.hooks[name] = {"t": time.monotonic(), "used": 0, "channel": channel, "of": of}
        return f"http://127.0.0.1:{self.port}/hook/{name}", f"hook {name}"

    async def _hook(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        hook, given = self.hooks[name], await request.json()
        self.requests.append({"method": "response_url", "body": given})
        try:
            self.check_cooldown(name, "response_url")
            fault = await self.take_fault(request, "response_url")
            if fault is not None:
                headers = {"Retry-After": str(int(fault.retry_after or 1))}
                if fault.status == 429:
                    self.cool_down(name, fault.retry_after or 1)
                return web.Response(
                    status=fault.status, text=str(fault.body or ""), headers=headers
                )
            if hook["used"] >= HOOK_USES or time.monotonic() - hook["t"] > HOOK_SECONDS:
                return self._told(hook, 404, "used_url")
            hook["used"] += 1
            if given.get("delete_original"):
                old = hook["of"]
                self.messages.pop((old["channel"], old["ts"]), None)
                self.show([f"hook {name}"], "delete", "", id=old["ts"], message=old)
            else:
                check_message(given)
                alone = given.get("response_type") != "in_channel"
                more = {"ephemeral": True} if alone else {}
                self.keep(hook["channel"], given, key=f"hook {name}", **more)
        except Reply as reply:
            self.violation("response_url", str(reply.body))
            return self._told(hook, 400, str(reply.body["error"]))
        return self._told(hook, 200, "ok")

    def _told(self, hook: Json, status: int, code: str) -> web.Response:
        """What a response url says: a word to commands, JSON to what was done with a message."""
        if hook["of"] is None:
            return web.Response(status=status, text=code)
        said = {"ok": True} if status == 200 else {"ok": False, "error": code}
        return web.json_response(said, status=status)


def direct(user: str) -> str:
    """The direct messages with somebody."""
    return f"D{user[1:]}"


def check_message(given: Json) -> None:
    """Refuse what Slack would; a message must also be quiet and have a fallback."""
    blocks = given.get("blocks")
    if bad := complaints(blocks):
        raise refused("invalid_blocks", errors=bad)
    if too_long(blocks):
        raise refused("msg_blocks_too_long")
    if not (given.get("text") or "").strip():
        raise refused("no_text")
    if len(given["text"]) > FALLBACK_MOST:
        raise refused("msg_too_long")


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "[{":
        return json.loads(value)
    return value


METHODS: dict[str, Callable[[World, Json], Awaitable[Json]]] = {
    "apps.connections.open": World.connections_open,
    "assistant.threads.setStatus": World.set_status,
    "assistant.threads.setSuggestedPrompts": World.set_prompts,
    "auth.test": World.auth_test,
    "chat.postEphemeral": World.post_ephemeral,
    "chat.postMessage": World.post,
    "usergroups.users.list": World.usergroups_users,
    "users.info": World.users_info,
    "views.publish": World.views_publish,
}
