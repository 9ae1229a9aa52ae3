"""Discord's REST rules: routing, authorisation, rate limits, and commands, channels, messages."""

import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.loopback.discord_gateway import PRIVILEGED, Gateway
from tests.loopback.discord_rules import (
    command_errors,
    error,
    invalid,
    plain,
    schema_errors,
    unknown,
)
from tests.loopback.discord_world import NO_ACCESS
from tests.loopback.recording import Handler, Json, Reply

_ROUTES: dict[tuple[str, str], Handler] = {}
_APP_FLAG = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}
_KINDS = {
    10062: "late_or_unknown_interaction",
    40060: "double_callback",
    50035: "invalid_form_body",
    10015: "webhook_before_response",
}
# "METHOD template" -> (requests, seconds), near what is observed; anything else 50 a second
_BUCKETS = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "POST /webhooks/{webhook_id}/{webhook_token}": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original": (5, 2.0),
}


def route(*keys: str) -> Callable[[Handler], Handler]:
    """Register a handler for "METHOD /template"s as the published schema writes them."""

    def register(handler: Handler) -> Handler:
        for key in keys:
            method, _, template = key.partition(" ")
            _ROUTES[method, template] = handler
        return handler

    return register


def _find(method: str, path: str) -> tuple[str, tuple[str, ...], Handler] | None:
    """The most literal template that fits."""
    for (verb, template), handler in sorted(_ROUTES.items(), key=lambda r: r[0][1].count("{")):
        pattern = re.sub(r"\{[^}]+\}", "([^/]+)", template)
        if verb == method and (found := re.fullmatch(pattern, path)):
            return template, found.groups(), handler
    return None


def _as_sent(value: Any, *, inside: bool = False) -> Any:
    """Discord trims message text before it measures; ids become strings."""
    if isinstance(value, dict):
        out = {}
        for key, item in value.items():
            if key.endswith("_id") and type(item) is int:
                out[key] = str(item)
            elif key in ("users", "roles") and isinstance(item, list):
                out[key] = [str(each) for each in item]
            else:
                out[key] = _as_sent(item, inside=inside or key in ("content", "embeds"))
        return out
    if isinstance(value, list):
        return [_as_sent(item, inside=inside) for item in value]
    return value.strip() if inside and isinstance(value, str) else value


class Rest(Gateway):
    """Gateway plus REST, without interactions."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.buckets = dict(_BUCKETS)
        self.commands: dict[str, Json] = {}
        self.command_syncs: list[list[str]] = []
        self._windows: dict[Any, tuple[int, float]] = {}

    @property
    def base(self) -> str:
        """What DISCORD_API_URL takes."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    def routes(self, app: web.Application) -> None:
        super().routes(app)
        app.router.add_route("*", "/api/v10/{tail:.*}", self._rest)

    async def _rest(self, request: web.Request) -> web.Response:
        start, path = time.monotonic(), "/" + request.match_info["tail"]
        row: Json = {"t": start, "method": request.method, "path": path, "body": None}
        headers: dict[str, str] = {}
        out: Any
        try:
            status, out = 200, await self._answer(request, path, row, headers)
            status = 204 if out is None else 200
        except Reply as reply:
            status, out = reply.status, reply.body
            headers |= reply.headers
            if status in (400, 401, 404, 405):
                kind = _KINDS.get(out.get("code"), "api_error")
                detail = f"{request.method} {path} -> {status} {json.dumps(out)}"
                self.violation(kind, detail)
        except Exception as error:
            self.violation("loopback_broken", f"{request.method} {path}: {error!r}")
            raise
        row |= {"status": status, "response": out, "seconds": time.monotonic() - start}
        self.requests.append(row)
        headers["Via"] = "1.1 loopback"
        if isinstance(out, str):
            return web.Response(status=status, text=out, headers=headers, content_type="text/html")
        body = b"" if status == 204 else json.dumps(out).encode()
        if body:
            headers["Content-Type"] = "application/json"  # exactly this: the client compares
        return web.Response(status=status, body=body, headers=headers)

    async def _answer(
        self, request: web.Request, path: str, row: Json, headers: dict[str, str]
    ) -> Any:
        body, files = await self._body(request)
        row["body"] = body
        found = _find(request.method, path)
        if found is None:
            self.violation("not_modelled", f"{request.method} {path}")
            raise error(404, 0, "404: Not Found")
        template, parts, handler = found
        key, what = f"{request.method} {template}", f"{request.method} {path}"
        by_token = template.startswith(("/webhooks/", "/interactions/"))
        if not by_token and request.headers.get("Authorization") != "Bot " + self.token:
            raise Reply(401, {"message": "401: Unauthorized", "code": 0})
        major = parts[:1] if template.startswith(("/channels", "/guilds")) else parts[:2]
        self.check_cooldown((key, major), what)
        fault = await self.take_fault(request, what)
        if fault and fault.status == 429:
            self._limited((key, major), fault.retry_after or 1.0, scope=fault.scope, key=key)
        if fault and not fault.after:
            raise Reply(fault.status, fault.body if fault.body is not None else "upstream error")
        headers |= self._bucket((key, major), key)
        if bad := schema_errors(template, request.method, body) if body is not None else {}:
            raise invalid(bad)
        given = {"body": body, "files": files} if body is not None or files else {}
        out = await handler(self, request, *parts, **given)
        if fault:
            raise Reply(fault.status, "upstream error")
        return out

    async def _body(self, request: web.Request) -> tuple[Any, list[tuple[str, bytes, str]]]:
        files: list[tuple[str, bytes, str]] = []
        if request.content_type == "multipart/form-data":
            form = await request.post()
            files = [
                (part.filename, part.file.read(), part.content_type)
                for part in form.values()
                if isinstance(part, web.FileField)
            ]
            payload = form.get("payload_json", "{}")
            return _as_sent(json.loads(str(payload))), files
        raw = await request.read()
        if not raw:
            return None, files
        if request.content_type != "application/json":
            raise invalid({(): ("CONTENT_TYPE_INVALID", "Expected application/json.")})
        try:
            return _as_sent(json.loads(raw)), files
        except ValueError:
            raise error(400, 50109, "The request body contains invalid JSON.") from None

    def _bucket(self, limit_key: Any, key: str) -> dict[str, str]:
        if key.startswith("POST /interactions/"):
            return {}  # not bound to the bot's limits
        limit, per = self.buckets.get(key, (50, 1.0))
        used, end = self._windows.get(limit_key, (0, 0.0))
        if time.monotonic() > end:
            used, end = 0, time.monotonic() + per
        self._windows[limit_key] = (used + 1, end)
        left = max(0.001, end - time.monotonic())
        if used >= limit:
            self.violation("rate_limit_exceeded", key)
            self._limited(limit_key, left, scope="user", key=key)
        return _limit_headers(key, limit=limit, remaining=limit - used - 1, left=left)

    def _limited(self, limit_key: Any, after: float, *, scope: str, key: str) -> None:
        everywhere = scope == "global"
        self.cool_down("*" if everywhere else limit_key, after)
        headers = {"Retry-After": str(int(after) + 1), "X-RateLimit-Scope": scope}
        if everywhere:
            headers["X-RateLimit-Global"] = "true"
        else:
            headers |= _limit_headers(key, limit=5, remaining=0, left=after)
        body = {"message": "You are being rate limited.", "retry_after": after}
        raise Reply(429, {**body, "global": everywhere}, headers)

    # Who and where

    @route("GET /users/@me")
    async def _me(self, _: web.Request) -> Json:
        return self.bot

    @route("GET /applications/@me", "GET /oauth2/applications/@me")
    async def _app(self, _: web.Request) -> Json:
        flags = sum(_APP_FLAG[name] for name in PRIVILEGED if name in self.privileged)
        return {
            "id": self.app_id,
            "name": "talksbot",
            "icon": None,
            "description": "",
            "summary": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "00" * 32,
            "owner": self.alice,
            "team": None,
            "flags": flags,
            "interactions_endpoint_url": None,
            "rpc_origins": [],
        }

    @route("GET /gateway/bot")
    async def _gateway_bot(self, _: web.Request) -> Json:
        remaining = 1000 - len(self.identifies)
        start = {"total": 1000, "remaining": remaining, "reset_after": 86400000}
        limit = {**start, "max_concurrency": 1}
        return {"url": self.gateway_url, "shards": 1, "session_start_limit": limit}

    # Commands

    def _own(self, app_id: str) -> None:
        if app_id != self.app_id:
            raise error(403, 20012, "You are not authorized to perform this action")

    @route("PUT /applications/{application_id}/commands")
    async def _put_commands(
        self, _: web.Request, app_id: str, body: Any = (), files: Any = ()
    ) -> list[Json]:
        self._own(app_id)
        if bad := command_errors(body):
            raise invalid(bad)
        old = {(c["name"], c["type"]): c["id"] for c in self.commands.values()}
        new = []
        for command in body:
            kept = old.get((command["name"], command.get("type", 1))) or self.snow()
            empty = {"type": 1, "description": "", "default_member_permissions": None}
            stored = {**empty, "nsfw": False, **command}
            new.append({**stored, "id": kept, "application_id": app_id, "version": self.snow()})
        self.commands = {command["id"]: command for command in new}
        self.command_syncs.append([command["name"] for command in new])
        return new

    @route("GET /applications/{application_id}/commands")
    async def _get_commands(self, _: web.Request, app_id: str) -> list[Json]:
        self._own(app_id)
        return list(self.commands.values())

    @route("GET /users/@me/guilds")
    async def _guilds(self, _: web.Request) -> list[Json]:
        guild = self.guild()
        permissions = str(self.permissions(self.app_id))
        return [{"id": guild["id"], "name": guild["name"], "permissions": permissions}]

    @route("GET /guilds/{guild_id}")
    async def _guild(self, _: web.Request, guild_id: str) -> Json:
        if guild_id != self.guild_id:
            raise NO_ACCESS
        return self.guild()

    # Channels and messages

    @route("GET /channels/{channel_id}")
    async def _get_channel(self, _: web.Request, channel_id: str) -> Json:
        return self.channel_for(channel_id)

    @route("GET /channels/{channel_id}/messages/{message_id}")
    async def _get_message(self, _: web.Request, channel_id: str, message_id: str) -> Json:
        message = self.message_in(channel_id, message_id)
        return self.as_seen(message, intent="message_content" in self.privileged)

    @route("POST /channels/{channel_id}/messages")
    async def _post_message(
        self, _: web.Request, channel_id: str, body: Json, files: Any = ()
    ) -> Json:
        self.channel_for(channel_id, write=True)
        self.check(body, list(files))
        nonce = (channel_id, str(body.get("nonce")))
        if body.get("enforce_nonce") and nonce in self.nonces:
            return self.messages[self.nonces[nonce]]  # the first message again
        reference = body.get("message_reference")
        strict = (reference or {}).get("fail_if_not_exists", True) is not False
        if reference and strict and reference["message_id"] not in self.messages:
            text = ("REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            raise invalid({("message_reference",): text})
        message = self.make_message(channel_id, self.bot, body, files=tuple(files))
        self.nonces[nonce] = message["id"]
        keys = self.keys(channel_id, message)
        if reference:
            keys.append(f"ref:{reference['message_id']}")
        self.show(keys, "message", plain(message), id=message["id"], message=message)
        self.dispatch("MESSAGE_CREATE", message)
        return message

    @route("PATCH /channels/{channel_id}/messages/{message_id}")
    async def _patch_message(
        self, _: web.Request, channel_id: str, message_id: str, body: Json, files: Any = ()
    ) -> Json:
        message = self.message_in(channel_id, message_id)
        if message["author"]["id"] != self.app_id:
            raise error(403, 50005, "Cannot edit a message authored by another user")
        self.edit_message(message, body, list(files))
        keys = self.keys(channel_id, message)
        self.show(keys, "edit", plain(message), id=message_id, message=message)
        self.dispatch("MESSAGE_UPDATE", message)
        return message

    @route("DELETE /channels/{channel_id}/messages/{message_id}")
    async def _delete_message(self, _: web.Request, channel_id: str, message_id: str) -> None:
        self.channel_for(channel_id)
        message = self.message_in(channel_id, message_id)
        del self.messages[message_id]
        keys = self.keys(channel_id, message)
        self.show(keys, "delete", "", id=message_id, message=message)
        gone = {"id": message_id, "channel_id": channel_id}
        guild = {"guild_id": message["guild_id"]} if "guild_id" in message else {}
        self.dispatch("MESSAGE_DELETE", {**gone, **guild})

    @route("POST /channels/{channel_id}/typing")
    async def _typing(self, _: web.Request, channel_id: str, **given: Any) -> None:
        self.channel_for(channel_id, write=True)
        self.show(self.keys(channel_id), "typing", "", final=None)

    @route("PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me")
    async def _react(
        self, _: web.Request, channel_id: str, message_id: str, emoji: str, **given: Any
    ) -> None:
        message = self.message_in(channel_id, message_id)
        keys = [f"ref:{message_id}", *self.keys(channel_id, message)]
        self.show(keys, "reaction", unquote(emoji), final=None, id=message_id)

    @route("POST /channels/{channel_id}/messages/{message_id}/threads")
    async def _thread(
        self, _: web.Request, channel_id: str, message_id: str, body: Json, files: Any = ()
    ) -> Json:
        parent = self.channel_for(channel_id, write=True)
        if message_id in self.channels:
            raise error(400, 160004, "A thread has already been created for this message")
        thread = self.new_thread(parent, body["name"], self.app_id, message_id)
        keys = self.keys(thread["id"])
        self.show(keys, "thread", thread["name"], final=None, id=thread["id"], message=thread)
        self.dispatch("THREAD_CREATE", {**thread, "newly_created": True})
        return thread

    @route("POST /users/@me/channels")
    async def _open_dm(self, _: web.Request, body: Json, files: Any = ()) -> Json:
        if body.get("recipient_id") not in self.users:
            raise unknown(10013, "User")
        return self.dm_channel(self.users[body["recipient_id"]])


def _limit_headers(key: str, *, limit: int, remaining: int, left: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{time.time() + left:.3f}",
        "X-RateLimit-Reset-After": f"{left:.3f}",
        "X-RateLimit-Bucket": f"{abs(hash(key)) & 0xFFFFFFFF:08x}",
    }
