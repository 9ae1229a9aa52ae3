"""What every request passes: its host, its size, its patience; and what every response carries."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web import problems

log = logging.getLogger(__name__)

Note = Callable[[str, str, int], None]  # method, route, status

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), browsing-topics=()"),
)
STORED = (b"cache-control", b"no-store")  # unless a response says otherwise: questions are private
HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


@dataclass(frozen=True, slots=True)
class Rules:
    """`hosts` are the names the server goes by; None lets any pass, as `free` paths always do."""

    largest: int  # bytes of a body
    patience: float  # seconds for a body to arrive
    hosts: frozenset[str] | None = None
    free: frozenset[str] = frozenset()
    https: bool = False


class Guard:
    """ASGI around the application."""

    def __init__(self, app: ASGIApp, rules: Rules, note: Note, *, names: Mapping[Any, str]) -> None:
        """`names` are the routes by their endpoints."""
        self._app = app
        self._names = names
        self._rules = rules
        self._note = note
        self._headers = (*HEADERS, HTTPS_ONLY) if rules.https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer in the application's place."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def carrying(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(message)
            await send(message)

        try:
            refusal = self._refusal(scope)
            if refusal is not None:
                await problems.problem(problems.said(refusal))(scope, receive, carrying)
            else:
                await self._app(scope, self._bounded(receive), carrying)
        except Exception:  # noqa: BLE001, S110 - answered and logged where it was raised
            pass
        finally:
            route = self._names.get(scope.get("endpoint"), "elsewhere")
            self._note(scope["method"], route, status)
            spent = (time.perf_counter() - began) * 1000
            # The route, never the address: that holds what somebody asked.
            log.info("%s %s %s in %.1f ms", scope["method"][:10], route, status, spent)

    def _refusal(self, scope: Scope) -> int | None:
        headers = dict(scope["headers"])
        if self._rules.hosts is not None and scope["path"] not in self._rules.free:
            host = headers.get(b"host", b"").decode("latin-1").lower()
            name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
            if name not in self._rules.hosts:
                return 421
        length = headers.get(b"content-length", b"0")
        return 413 if not length.isdigit() or int(length) > self._rules.largest else None

    def _bounded(self, receive: Receive) -> Receive:
        taken = 0
        ends = time.monotonic() + self._rules.patience
        complete = False

        async def bounded() -> Message:
            nonlocal taken, complete
            if (
                complete
            ):  # the next message is that the client left, which takes as long as it takes
                return await receive()
            try:
                async with asyncio.timeout(max(0.0, ends - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, headers={"Connection": "close"}) from None
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > self._rules.largest:
                raise HTTPException(413, headers={"Connection": "close"})
            return message

        return bounded

    def _add_headers(self, message: MutableMapping[str, Any]) -> None:
        headers = message["headers"] = list(message["headers"])
        headers += self._headers
        if not any(name.lower() == b"cache-control" for name, _ in headers):
            headers.append(STORED)
