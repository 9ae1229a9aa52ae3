"""The connection to Slack, and what is asked over it."""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Literal

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.events import Asked, Body, Used, asked, used
from bot.adapters.slack.send import PATIENCE, POST, respond, take_away, web, whisper, write
from bot.chat.compose import collection
from bot.chat.connection import explained, stay
from bot.chat.delivery import Spot
from bot.chat.desk import Desk
from bot.chat.layout import Link
from bot.chat.presses import Presser, press
from bot.render import slack as render
from bot.service import Service

quiet = logging.getLogger(f"{__name__}.bolt")  # Bolt would log what people write
quiet.setLevel(logging.CRITICAL)

REFUSALS: dict[type[Exception], str] = {
    SlackApiError: "Slack does not accept SLACK_BOT_TOKEN ({}). Copy it again from "
    "https://api.slack.com/apps, OAuth & Permissions, Bot User OAuth Token."
}
REFUSALS_OF_SOCKET: dict[type[Exception], str] = {
    SlackApiError: "Slack does not accept SLACK_APP_TOKEN ({}). Make one at "
    "https://api.slack.com/apps, Basic Information, App-Level Tokens, with the scope "
    "connections:write, and switch Socket Mode on."
}
HOW = (
    "Ask with /talks and a question, by mentioning me in a channel, or in a direct message. "
    "The answer is the exact words of the documents. "
    "/talks sources lists them; /talks admin help is for the workspace's admins."
)

Threads = Literal["mention", "follow"]
Ack = Callable[[], Awaitable[object]]
HOME = "https://slack.com/api/"
COMMAND = "/talks"
SHORTCUT = "ask_the_talks"
PROMPTS = 4


class Talks:
    """The connection: `serve`, then `drain` and `close`. Socket Mode if there is an app token."""

    name = "slack"

    def __init__(
        self,
        service: Service,
        *,
        bot_token: str,
        app_token: str | None = None,
        signing_secret: str | None = None,
        link: Link,
        threads: Threads = "follow",
        silence: float = 60.0,
        api_url: str = HOME,
    ) -> None:
        self._web = web(bot_token, api_url)
        follow, members = threads == "follow", self._members
        self.desk = Desk(service, POST, link=link, follow=follow, members=members)
        self._app_token = app_token
        self._silence = silence
        self._heard = time.time()
        self._socket: SocketModeClient | None = None
        self._me: asyncio.Future[AuthorizeResult] = asyncio.get_running_loop().create_future()
        self._closed = asyncio.Event()

        async def authorize() -> AuthorizeResult:  # Bolt cannot call a method here
            return await self._me

        app = AsyncApp(
            logger=quiet,
            # Without a secret of its own only Socket Mode may bring requests: nobody can sign.
            signing_secret=signing_secret or secrets.token_hex(),
            client=AsyncWebClient(base_url=self._web.base_url),
            authorize=authorize,
        )
        app.command(COMMAND)(self._on_command)
        app.shortcut(SHORTCUT)(self._on_shortcut)
        app.action(re.compile(rf"^{render.ACTION}\b"))(self._on_press)
        app.event("app_mention")(self._on_message)
        app.event("message")(self._on_message)
        app.event("app_home_opened")(self._on_home)
        self._app = app

    # Connection

    async def serve(self) -> None:
        """Stay connected until `close`. Raises PlatformError with the remedy."""
        with explained(POST, REFUSALS):
            known = await self._web.auth_test()
        bot_token = self._web.token
        me = AuthorizeResult.from_auth_test_response(bot_token=bot_token, auth_test_response=known)
        self._me.set_result(me)
        if self._app_token is None:
            await self._closed.wait()
        else:
            await self._listen(self._app_token)

    async def _listen(self, token: str) -> None:
        with explained(POST, REFUSALS_OF_SOCKET):  # the client would try for ever with a wrong one
            await self._web.apps_connections_open(app_token=token)
        ping = max(0.05, min(5.0, self._silence / 6))
        handler = AsyncSocketModeHandler(self._app, token, web_client=self._web, ping_interval=ping)
        self._socket = socket = handler.client
        connecting = asyncio.create_task(socket.connect())  # type: ignore[no-untyped-call]
        try:
            silent_for, most = lambda: self.silent_for or 0.0, self._silence
            await stay(self._closed.wait(), silent_for, most=most, post=POST)
        finally:
            connecting.cancel()
            await socket.close()  # type: ignore[no-untyped-call]

    @property
    def silent_for(self) -> float | None:
        """Seconds since Slack's socket was last heard, pongs included; None in HTTP mode."""
        if self._socket is None:
            return None
        heard = self._socket.last_ping_pong_time or 0.0  # the client forgets when it reconnects
        self._heard = max(self._heard, heard)
        return time.time() - self._heard

    @property
    def throttled(self) -> int:
        """How often Slack has told us to wait (429)."""
        return PATIENCE.waits

    async def drain(self, grace: float) -> None:
        """Wait at most `grace` seconds until what was taken on is delivered."""
        await self.desk.drain(grace)

    async def close(self) -> None:
        """Leave."""
        self._closed.set()

    async def http(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str, str]:
        """Take one signed request: status, content type and body of the response."""
        await self._me
        if not headers.get("x-slack-request-timestamp", "0").isdecimal():
            return 401, "text/plain", ""
        try:
            request = AsyncBoltRequest(body=body.decode(), headers=dict(headers))
            answer = await self._app.async_dispatch(request)
        except (ValueError, AttributeError, TypeError):  # not in any form that Slack writes
            return 400, "text/plain", ""
        kind = answer.headers.get("content-type", ["text/plain"])[0]
        return answer.status, kind, answer.body

    # Commands and buttons

    async def _on_command(self, ack: Ack, command: Body) -> None:
        await ack()
        by = used(command)
        alone, words = self._alone(by), command.get("text") or ""
        is_admin = partial(self._is_admin, by.question.user_key)
        async with self.desk.piece(alone):
            await self.desk.typed(by.question, alone, words=words, how=HOW, is_admin=is_admin)

    async def _on_shortcut(self, ack: Ack, shortcut: Body) -> None:
        await ack()
        by = used(shortcut)
        alone = self._alone(by)
        async with self.desk.piece(alone):
            await self.desk.answer(by.question, alone)

    async def _on_press(self, ack: Ack, body: Body) -> None:
        await ack()
        by = used(body)
        in_channel = partial(write, self._web, by.question.channel_key, by.thread)
        presser = Presser(
            by.question,
            by.name,
            alone=self._alone(by),
            everyone=[partial(respond, by.url, by.thread, True), in_channel],
            delete=partial(take_away, by.url),
            moderates=partial(self._is_admin, by.question.user_key),
        )
        async with self.desk.piece(presser.alone):
            await press(self.desk, presser, body["actions"][0].get("value") or "")

    def _alone(self, by: Used | Asked) -> list[Spot]:
        channel, user = by.question.channel_key, by.question.user_key
        here = [partial(respond, by.url, by.thread, False)] if isinstance(by, Used) else []
        whispered = partial(whisper, self._web, channel, user, by.thread)
        return [*here, whispered, partial(write, self._web, user, None)]

    # People

    async def _is_admin(self, user: str) -> bool:
        found = (await self._web.users_info(user=user))["user"]
        return any(found.get(role) for role in ("is_admin", "is_owner", "is_primary_owner"))

    async def _members(self, group: str) -> list[str]:
        answer = await self._web.usergroups_users_list(usergroup=group)
        return list(answer["users"])

    # Messages

    async def _on_message(self, body: Body) -> None:
        """Answer a mention, a direct message, a follow-up in a thread of our own."""
        message = asked(body, me=(await self._me).bot_user_id or "")
        if message is None:
            return
        channel = message.question.channel_key
        await self.desk.hear(
            message.question,
            called=message.called,
            to_others=message.to_others,
            ours=partial(self._opened, message),
            public=[partial(write, self._web, channel, message.answers)],
            alone=self._alone(message),
            sign=partial(self._show_status, channel, message.root),
            sharable=True,
        )

    async def _opened(self, message: Asked) -> bool:
        if message.thread is None:
            return False
        root = f"{message.question.channel_key}:{message.root}"
        return message.ours or await self.desk.service.answered(self.name, root)

    async def _show_status(self, channel: str, thread: str) -> None:
        """Show that work goes on; Slack takes it away with the answer, or after two minutes."""
        await self._web.assistant_threads_setStatus(
            channel_id=channel, thread_ts=thread, status="is looking it up…"
        )

    # Home and agent panel

    async def _on_home(self, body: Body, event: Body) -> None:
        async with self.desk.piece([]):  # nobody waits for this one; the log has it
            if not await self.desk.service.claim(self.name, body["event_id"]):
                return
            if event.get("tab") == "messages":
                shown: Awaitable[object] = self._prompt(event["channel"])
            else:
                view = render.home(HOW, collection(render, self.desk.service.documents()))
                shown = self._web.views_publish(user_id=event["user"], view=view)
            await POST.attempt(shown, "take the home or its prompts")

    async def _prompt(self, channel: str) -> None:
        offered = [one.text for one in self.desk.service.suggest("", limit=PROMPTS)]
        if offered:
            prompts = [{"title": text[:75], "message": text} for text in offered]
            # The client insists on a thread, which an agent's panel no longer has.
            await self._web.api_call(
                "assistant.threads.setSuggestedPrompts",
                json={"channel_id": channel, "prompts": prompts},
            )
