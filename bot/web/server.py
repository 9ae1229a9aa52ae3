"""The web server itself: listening, patience with slow clients, and ending in order."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.errors import PlatformError

log = logging.getLogger(__name__)

HEAD_MOST = 32 * 1024  # bytes of a request's line and headers; a long question in an address fits
LINGER = 120.0  # seconds for a response to leave
KEEP_ALIVE = 5  # seconds between two requests on one connection


class Web:
    """One server; `serve` it, then `drain` and `close`."""

    name = "web"

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str,
        port: int,
        patience: float = 10.0,
        connections: int = 512,
        proxies: str = "",
        linger: float = LINGER,
        beside: Callable[[], Coroutine[None, None, None]] | None = None,
    ) -> None:
        """`patience` is for a request's head to come, `linger` for a response to go, in seconds.

        `beside` runs as long as the server does.
        """
        self._beside = beside
        self._where = f"{host}:{port}"
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http=_patient(patience, linger),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            limit_concurrency=connections,
            timeout_keep_alive=KEEP_ALIVE,
            h11_max_incomplete_event_size=HEAD_MOST,
        )
        self._server = uvicorn.Server(config)
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]

    @property
    def port(self) -> int | None:
        """The port it listens on; None before it does."""
        sockets = [one for server in getattr(self._server, "servers", ()) for one in server.sockets]
        return int(sockets[0].getsockname()[1]) if sockets else None

    async def serve(self) -> None:
        """Listen until `close`. Raises PlatformError if the address cannot be had."""
        beside = asyncio.create_task(self._beside()) if self._beside else None
        try:
            await self._server.serve()
        except SystemExit:
            raise PlatformError(
                f"The web server cannot listen on {self._where}. Is the port taken? Choose another "
                "with web.port."
            ) from None
        finally:
            if beside:
                beside.cancel()

    async def drain(self, grace: float) -> None:
        """Wait at most `grace` seconds for requests in flight."""
        self._server.should_exit = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._server.server_state.tasks:  # noqa: ASYNC110 - uvicorn has no event for it
                    await asyncio.sleep(0.02)

    async def close(self) -> None:
        """Stop listening."""
        self._server.should_exit = True


def _patient(patience: float, linger: float) -> type[asyncio.Protocol]:
    """Make uvicorn's protocol hang up on who sends a head, or takes a response, too slowly."""

    class Patient(H11Protocol):
        _late: asyncio.TimerHandle | None = None
        _flushed: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            if self._late is None and self._idle():
                self._wait()
            super().data_received(data)
            if not self._idle():
                self._forget()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget()
            if self._flushed is not None:
                self._flushed.cancel()
            super().connection_lost(exc)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            # A client that takes nothing of a long response keeps even a closed connection.
            self._flushed = self._flushed or self.loop.call_later(linger, self._abandon)

        def _abandon(self) -> None:
            self._flushed = None
            if self.transport.get_write_buffer_size():
                self.transport.abort()

        def _idle(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def _wait(self) -> None:
            hang_up: Callable[[], None] = self.transport.close
            self._late = self.loop.call_later(patience, hang_up)

        def _forget(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

    return Patient
