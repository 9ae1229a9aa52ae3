"""The web server: requests of bounded size in, whatever a platform answers out."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

import uvicorn
from fastapi import FastAPI, Request, Response

from bot.errors import PlatformError

log = logging.getLogger(__name__)

# headers (in lower case) and body in, status, content type and body out
Handler = Callable[[Mapping[str, str], bytes], Awaitable[tuple[int, str, str]]]


class Web:
    """One server; `serve` it, then `drain` and `close`."""

    name = "web"

    def __init__(
        self, routes: Mapping[str, Handler], *, host: str, port: int, largest: int
    ) -> None:
        self._largest = largest
        self._where = f"{host}:{port}"
        app = FastAPI(openapi_url=None)
        app.add_api_route("/healthz", self._health, methods=["GET"])
        for path, handler in routes.items():
            app.add_api_route(path, self._route(handler), methods=["POST"])
        config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]

    def _route(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def take(request: Request) -> Response:
            body = b""
            async for part in request.stream():
                body += part
                if len(body) > self._largest:
                    return Response(status_code=413)
            status, kind, text = await handler(request.headers, body)
            return Response(text, status, media_type=kind)

        return take

    async def _health(self) -> dict[str, str]:
        return {"status": "ok"}

    @property
    def port(self) -> int | None:
        """The port it listens on; None before it does."""
        sockets = [one for server in getattr(self._server, "servers", ()) for one in server.sockets]
        return int(sockets[0].getsockname()[1]) if sockets else None

    async def serve(self) -> None:
        """Listen until `close`. Raises PlatformError if the address cannot be had."""
        try:
            await self._server.serve()
        except SystemExit:
            raise PlatformError(
                f"The web server cannot listen on {self._where}. Is the port taken? Choose another "
                "with web.port."
            ) from None

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
