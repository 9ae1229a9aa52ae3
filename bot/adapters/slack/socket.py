"""Socket Mode: a connection that is renewed when Slack asks or falls silent."""

import asyncio
import time

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.send import FAULTS, code_of
from bot.chat.asking import silence
from bot.errors import PlatformError

REFUSED = (
    "Slack does not accept SLACK_APP_TOKEN ({}). Make one at https://api.slack.com/apps, Basic "
    "Information, App-Level Tokens, with the scope connections:write, and switch Socket Mode on."
)
UNREACHABLE = "Slack's Socket Mode cannot be reached. Check the network and SLACK_API_URL."
SILENT = "Slack's socket fell silent and no new one could be had. Check the network; start again."


class Socket:
    """One connection at a time; liveness is the age of the last frame, pongs included."""

    def __init__(self, app: AsyncApp, token: str, web: AsyncWebClient, silence: float) -> None:
        self._app = app
        self._token = token
        self._web = web
        self._silence = silence
        self._heard = time.time()
        self._closed = asyncio.Event()
        self._client: SocketModeClient | None = None

    @property
    def silent_for(self) -> float:
        """Seconds since the last frame."""
        heard = self._client.last_ping_pong_time if self._client else None
        self._heard = max(self._heard, heard or 0.0)  # the client forgets when it reconnects
        return time.time() - self._heard

    async def serve(self) -> None:
        """Stay connected until `close`. Raises PlatformError if that cannot be."""
        try:  # the client would try for ever with a token that is wrong
            await self._web.apps_connections_open(app_token=self._token)
        except SlackApiError as error:
            raise PlatformError(REFUSED.format(code_of(error) or "no answer")) from None
        except FAULTS as error:
            raise PlatformError(f"{UNREACHABLE} It said: {error}") from error
        ping = max(0.05, min(5.0, self._silence / 6))
        handler = AsyncSocketModeHandler(
            self._app, self._token, web_client=self._web, ping_interval=ping
        )
        self._client = handler.client
        connecting = asyncio.create_task(handler.client.connect())  # type: ignore[no-untyped-call]
        closed = asyncio.create_task(self._closed.wait())
        watching = asyncio.create_task(silence(lambda: self.silent_for, most=self._silence))
        try:
            await asyncio.wait({closed, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (connecting, closed, watching):
                task.cancel()
            await handler.client.close()  # type: ignore[no-untyped-call]
        if not self._closed.is_set():
            raise PlatformError(SILENT)

    async def close(self) -> None:
        """Leave."""
        self._closed.set()
