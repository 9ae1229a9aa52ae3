"""Discord's interaction rules: three seconds, one first response, a token for fifteen minutes."""

import asyncio
import base64
import json
import os
import time
from typing import Any

from aiohttp import web

from tests.loopback.discord_rest import Rest, route
from tests.loopback.discord_rules import EPHEMERAL, LOADING, error, invalid, plain, unknown
from tests.loopback.discord_world import ALL, DM, GROUP
from tests.loopback.recording import Json

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
_ALLOWED = {
    COMMAND: (4, 5, 9),
    COMPONENT: (4, 5, 6, 7, 9),
    AUTOCOMPLETE: (8,),
    MODAL: (4, 5, 6, 7),
}


class Interactions(Rest):
    """Rest plus interactions; `deadline` and `token_ttl` in seconds."""

    def __init__(self, *, deadline: float = 3.0, token_ttl: float = 900, **options: Any) -> None:
        super().__init__(**options)
        self.deadline = deadline
        self.token_ttl = token_ttl
        self.interactions: dict[str, Json] = {}  # by token

    async def interact(
        self,
        kind: int,
        data: Json,
        *,
        user: Json,
        channel: Json,
        message: Json | None = None,
        user_install: bool = False,
    ) -> Json:
        """Send an interaction to the bot; returns its record."""
        await self.wait_ready()
        guild = channel.get("guild_id")
        owners = {"1": user["id"]} if user_install else {"0": self.guild_id if guild else "0"}
        context = {DM: 1, GROUP: 2}.get(channel["type"], 0)
        record: Json = {
            "id": self.snow(),
            "token": base64.urlsafe_b64encode(os.urandom(60)).decode(),
            "type": kind,
            "user": user,
            "channel_id": channel["id"],
            "owners": owners,
            "message": message,
            "acked": None,
            "ack_latency": None,
            "original": None,
            "followups": 0,
            "sent": time.monotonic(),
        }
        payload = {
            "id": record["id"],
            "application_id": self.app_id,
            "type": kind,
            "data": data,
            "token": record["token"],
            "version": 1,
            "channel_id": channel["id"],
            "locale": "en-US",
            "context": context,
            "channel": {**channel, "permissions": str(ALL)} if guild else channel,
            "app_permissions": str(ALL),
            "entitlements": [],
            "attachment_size_limit": 10485760,
            "authorizing_integration_owners": owners,
        }
        if message:
            payload["message"] = message
        if guild:
            summary = {"id": guild, "locale": "en-US", "features": []}
            member = self.member(user["id"], permissions=True)
            payload |= {"guild_id": guild, "guild_locale": "en-US", "guild": summary}
            payload |= {"member": member}
        else:
            payload["user"] = user
        self.interactions[record["token"]] = record
        await self.emit(self.live()[-1], "INTERACTION_CREATE", payload)
        self.later(self._expire(record))
        return record

    async def _expire(self, record: Json) -> None:
        await asyncio.sleep(self.deadline + 0.05)
        if record["acked"] is None:
            detail = f"type {record['type']} not answered within {self.deadline} s"
            self.violation("no_initial_response", detail)

    @route("POST /interactions/{interaction_id}/{interaction_token}/callback")
    async def _callback(
        self, request: web.Request, id: str, token: str, body: Json, files: Any = ()
    ) -> Json | None:
        record, at = self.interactions.get(token), time.monotonic()
        if not record or record["id"] != id:
            raise unknown(10062, "interaction")
        if record["acked"] is None and at - record["sent"] > self.deadline:
            raise unknown(10062, "interaction")
        if record["acked"] is not None:
            raise error(400, 40060, "Interaction has already been acknowledged.")
        kind, data = body["type"], body.get("data") or {}
        if kind not in _ALLOWED[record["type"]]:
            text = f"Value must be one of {_ALLOWED[record['type']]}."
            raise invalid({("type",): ("BASE_TYPE_CHOICES", text)})
        if kind in (4, 7):
            was = record["message"] if kind == 7 else None
            self.check(data, list(files), ("data",), edit=was)
        ephemeral = bool((data.get("flags") or 0) & EPHEMERAL)
        latency = at - record["sent"]
        record |= {"acked": kind, "ack_latency": latency, "ephemeral": ephemeral}
        resource = self._first_response(record, kind, data, list(files))
        if request.query.get("with_response") in ("1", "true", "True"):
            return self._described(record, resource)
        return None

    def _first_response(self, record: Json, kind: int, data: Json, files: list[Any]) -> Json:
        resource: Json = {"type": kind}
        if kind in (4, 5):
            flags = (data.get("flags") or 0) | (LOADING if kind == 5 else 0)
            shown = {"content": "", **(data if kind == 4 else {}), "flags": flags}
            message = self.make_message(
                record["channel_id"], self.bot, shown, files=tuple(files), interaction=record
            )
            record["original"] = resource["message"] = message
            self._display(record, "deferred" if kind == 5 else "response", message)
        elif kind in (6, 7):
            record["original"] = record["message"]
            if kind == 7:
                self.edit_message(record["original"], data, files, checked=True)
                resource["message"] = record["original"]
                self._display(record, "update", record["original"])
        elif kind == 8:
            record["choices"] = data.get("choices") or []
            text = json.dumps(record["choices"])
            self.show([record["token"]], "choices", text)
        elif kind == 9:
            record["modal"] = data
            self.show([record["token"]], "modal", data.get("title", ""), message=data)
        return resource

    def _described(self, record: Json, resource: Json) -> Json:
        about = {
            "id": record["id"],
            "type": record["type"],
            "response_message_loading": record["acked"] == 5,
            "response_message_ephemeral": record["ephemeral"],
        }
        if record["original"]:
            about["response_message_id"] = record["original"]["id"]
        shown = {"resource": resource} if resource["type"] in (4, 5, 7) else {}
        return {"interaction": about, **shown}

    def _hook(self, app_id: str, token: str) -> Json:
        record = self.interactions.get(token)
        if app_id != self.app_id:
            raise unknown(10015, "Webhook")
        if not record or time.monotonic() - record["sent"] > self.token_ttl:
            raise error(401, 50027, "Invalid Webhook Token")
        if record["acked"] in (None, 8):
            raise unknown(10015, "Webhook")
        return record

    def _hook_message(self, record: Json, message_id: str) -> Json:
        original = record.get("original")
        own = message_id == "@original" or (original and message_id == original["id"])
        message = original if own else self.messages.get(message_id)
        if not message or message["id"] not in self.messages:
            raise unknown(10008, "Message")
        if not own and self.owner.get(message["id"]) != record["token"]:
            raise unknown(10008, "Message")
        return message

    @route("POST /webhooks/{webhook_id}/{webhook_token}")
    async def _followup(
        self, request: web.Request, app_id: str, token: str, body: Json, files: Any = ()
    ) -> Json:
        record = self._hook(app_id, token)
        original = record.get("original")
        if record["acked"] == 5 and original and original["flags"] & LOADING:
            # documented: the first follow-up fills the loading message
            return await self._patch_hook(request, app_id, token, body=body, files=files)
        record["followups"] += 1
        if record["followups"] > 5 and "0" not in record["owners"]:
            raise error(400, 40094, "Maximum number of follow ups for this interaction reached")
        self.check(body, list(files))
        message = self.make_message(
            record["channel_id"], self.bot, body, files=tuple(files), interaction=record
        )
        self._display(record, "followup", message)
        return message

    @route(
        "GET /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "GET /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    )
    async def _get_hook(
        self, _: web.Request, app_id: str, token: str, message_id: str = "@original"
    ) -> Json:
        return self._hook_message(self._hook(app_id, token), message_id)

    @route(
        "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    )
    async def _patch_hook(
        self,
        _: web.Request,
        app_id: str,
        token: str,
        message_id: str = "@original",
        *,
        body: Json,
        files: Any = (),
    ) -> Json:
        record = self._hook(app_id, token)
        message = self._hook_message(record, message_id)
        self.edit_message(message, body, list(files))
        self._display(record, "edit", message)
        return message

    @route(
        "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    )
    async def _delete_hook(
        self, _: web.Request, app_id: str, token: str, message_id: str = "@original"
    ) -> None:
        record = self._hook(app_id, token)
        message = self._hook_message(record, message_id)
        del self.messages[message["id"]]
        self._display(record, "delete", message)

    def _display(self, record: Json, kind: str, message: Json) -> None:
        ephemeral = bool(message["flags"] & EPHEMERAL)
        final = kind == "delete" or not message["flags"] & LOADING
        keys = [record["token"], *([] if ephemeral else self.keys(record["channel_id"]))]
        self.show(
            keys,
            kind,
            plain(message),
            final=final,
            ephemeral=ephemeral,
            id=message["id"],
            message=message,
        )
        if not ephemeral and kind in ("response", "followup"):
            self.dispatch("MESSAGE_CREATE", message)
        if not ephemeral and kind in ("edit", "update"):
            self.dispatch("MESSAGE_UPDATE", message)
