"""The connection to Slack, and what is asked over it."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Literal

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import events
from bot.adapters.slack.people import People
from bot.adapters.slack.presses import Press
from bot.adapters.slack.send import FAULTS, PLATFORM, POST, code_of, respond, web, whisper, write
from bot.adapters.slack.socket import Socket
from bot.chat.asking import answer
from bot.chat.delivery import Spot
from bot.chat.layout import Link
from bot.chat.presses import press
from bot.errors import PlatformError
from bot.render import slack as render
from bot.render.slack import Message
from bot.service import Service
from bot.service.work import Work
from bot.types import Failed, Question

log = logging.getLogger(__name__)
quiet = logging.getLogger(f"{__name__}.bolt")  # Bolt would log what people write
quiet.setLevel(logging.CRITICAL)

REFUSED = (
    "Slack does not accept SLACK_BOT_TOKEN ({}). Copy it again from https://api.slack.com/apps, "
    "OAuth & Permissions, Bot User OAuth Token."
)
UNREACHABLE = "Slack cannot be used. Check the network and SLACK_API_URL, then start again."
NOT_ADMIN = "That is for admins and owners of this workspace."
HOW = (
    "Ask with /talks and a question, by mentioning me in a channel, or in a direct message. "
    "The answer is the exact words of the documents. "
    "/talks sources lists them; /talks admin help is for the workspace's admins."
)

Threads = Literal["mention", "follow"]
Body = Mapping[str, Any]
HOME = "https://slack.com/api/"
COMMAND = "/talks"
SHORTCUT = "ask_the_talks"
PROMPTS = 4


class Talks:
    """The connection: `serve`, then `drain` and `close`. Socket Mode if there is an app token."""

    name = PLATFORM

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
        self.service = service
        self.link = link
        self.work = Work(PLATFORM)
        self.web = web(bot_token, api_url)
        self.people = People(self.web, service)
        self._threads = threads
        self._me: Mapping[str, Any] = {}
        self._known = asyncio.Event()
        self._closed = asyncio.Event()

        async def authorize() -> AuthorizeResult:  # Bolt cannot call a method here
            return await self._authorize()

        self._app = AsyncApp(
            logger=quiet,
            # Without a secret of its own only Socket Mode may bring requests: nobody can sign.
            signing_secret=signing_secret or time.time_ns().to_bytes(16, "big").hex(),
            client=AsyncWebClient(base_url=self.web.base_url),
            authorize=authorize,
        )
        self._app.command(COMMAND)(self._on_command)
        self._app.shortcut(SHORTCUT)(self._on_shortcut)
        self._app.action(re.compile(rf"^{render.ACTION}\b"))(self._on_press)
        self._app.event("app_mention")(self._on_message)
        self._app.event("message")(self._on_message)
        self._app.event("app_home_opened")(self._on_home)
        self._socket = Socket(self._app, app_token, self.web, silence) if app_token else None

    # Connection

    async def serve(self) -> None:
        """Stay connected until `close`. Raises PlatformError with the remedy."""
        try:
            self._me = dict((await self.web.auth_test()).data)  # type: ignore[arg-type]
        except SlackApiError as error:
            raise PlatformError(REFUSED.format(code_of(error) or "no answer")) from None
        except FAULTS as error:
            raise PlatformError(f"{UNREACHABLE} It said: {error}") from error
        self._known.set()
        if self._socket is None:
            await self._closed.wait()
        else:
            await self._socket.serve()

    @property
    def silent_for(self) -> float | None:
        """Seconds since Slack's socket was last heard; None in HTTP mode."""
        return self._socket.silent_for if self._socket else None

    async def drain(self, grace: float) -> None:
        """Wait at most `grace` seconds until what was taken on is delivered."""
        await self.work.drain(grace)

    async def close(self) -> None:
        """Leave."""
        self._closed.set()
        if self._socket is not None:
            await self._socket.close()

    async def http(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str, str]:
        """Take one signed request: status, content type and body of the response."""
        await self._known.wait()
        if not headers.get("x-slack-request-timestamp", "0").isdecimal():
            return 401, "text/plain", ""
        try:
            request = AsyncBoltRequest(body=body.decode(), headers=dict(headers))
            answer = await self._app.async_dispatch(request)
        except (ValueError, AttributeError, TypeError):  # not in any form that Slack writes
            return 400, "text/plain", ""
        kind = answer.headers.get("content-type", ["text/plain"])[0]
        return answer.status, kind, answer.body

    async def _authorize(self) -> AuthorizeResult:
        await self._known.wait()
        me = self._me
        return AuthorizeResult(
            enterprise_id=None,
            team_id=me["team_id"],
            bot_user_id=me["user_id"],
            bot_id=me.get("bot_id"),
            bot_token=self.web.token,
        )

    # Commands

    async def _on_command(self, ack: Callable[[], Awaitable[object]], command: Body) -> None:
        await ack()
        spots = self._to_asker(command["response_url"], command["channel_id"], command["user_id"])
        async with self.work.piece(partial(POST.tell, spots)):
            text = render.typed(command.get("text") or "")
            match text.split(maxsplit=1):
                case [] | ["help"]:
                    message = render.note(HOW)
                case ["sources"]:
                    message = render.collection(self.service.documents())
                case ["admin", *rest]:
                    words = (command.get("text") or "").split(maxsplit=1)[1:] if rest else [""]
                    message = await self._admin(command, words[0])
                case _:
                    await self._ask_alone(text, command, spots, event=command["trigger_id"])
                    return
            if await self.service.claim(PLATFORM, command["trigger_id"]):
                await POST.deliver(message, spots)

    async def _admin(self, command: Body, words: str) -> Message:
        if not await self.people.is_admin(command["user_id"]):
            return render.note(NOT_ADMIN)
        return render.note(*await self.service.admin(PLATFORM, command["team_id"], words))

    async def _on_shortcut(self, ack: Callable[[], Awaitable[object]], shortcut: Body) -> None:
        await ack()
        channel, user = shortcut["channel"]["id"], shortcut["user"]["id"]
        spots = self._to_asker(shortcut["response_url"], channel, user)
        async with self.work.piece(partial(POST.tell, spots)):
            text = render.typed(shortcut["message"].get("text") or "")
            where = {"user_id": user, "channel_id": channel, "team_id": shortcut["team"]["id"]}
            await self._ask_alone(text, where, spots, event=shortcut["trigger_id"])

    async def _ask_alone(
        self, text: str, where: Body, spots: list[Spot[Message]], *, event: str
    ) -> None:
        """Answer for the asker's eyes alone."""
        question = Question(
            text,
            PLATFORM,
            user_key=where["user_id"],
            channel_key=where["channel_id"],
            guild_key=where["team_id"],
            role_keys=await self.people.roles(where["team_id"], where["user_id"]),
            event_keys=(event,),
            private=True,
        )
        await self._answer(question, spots)

    def _to_asker(self, url: str, channel: str, user: str) -> list[Spot[Message]]:
        return [
            partial(respond, url, False),
            partial(whisper, self.web, channel, user, None),
            partial(write, self.web, user, None),
        ]

    async def _on_press(self, ack: Callable[[], Awaitable[object]], body: Body) -> None:
        await ack()
        presser = Press(self, body)
        async with self.work.piece(presser.failed):
            if await self.service.claim(PLATFORM, body["trigger_id"]):
                value = body["actions"][0].get("value") or ""
                await press(self.service, render, presser, value, link=self.link)

    # Messages

    async def _on_message(self, body: Body, event: Body) -> None:
        """Answer a mention, a direct message, a follow-up in a thread of our own."""
        team = body.get("team_id")
        asked = events.asked(event, me=self._me["user_id"], team=team)
        if asked is None or not await self._is_for_us(asked):
            return
        # In a channel the answer begins a thread; a direct message is one conversation as it is.
        thread = asked.thread if asked.direct else asked.thread or asked.ts
        spots: list[Spot[Message]] = [
            partial(write, self.web, asked.channel, thread),
            partial(whisper, self.web, asked.channel, asked.user, asked.thread),
            partial(write, self.web, asked.user, None),
        ]
        async with self.work.piece(partial(POST.tell, spots)):
            guild = await self.service.guild(PLATFORM, asked.team)
            if guild.private:
                spots.append(spots.pop(0))
            question = Question(
                asked.text,
                PLATFORM,
                user_key=asked.user,
                channel_key=asked.channel,
                thread_key=f"{asked.channel}:{thread}",
                guild_key=asked.team,
                role_keys=await self.people.roles(asked.team, asked.user),
                event_keys=(body["event_id"], asked.key),
                private=guild.private,
            )
            await self._answer(question, spots, thread=thread or asked.ts)

    async def _is_for_us(self, asked: events.Asked) -> bool:
        if asked.direct or asked.mentioned:
            return True
        if self._threads != "follow" or asked.thread is None or asked.to_others or not asked.text:
            return False
        ours = asked.parent == self._me["user_id"]
        return ours or await self.service.answered(PLATFORM, asked.root)

    async def _answer(
        self, question: Question, spots: list[Spot[Message]], *, thread: str | None = None
    ) -> None:
        sign = partial(self._show_status, question.channel_key, thread) if thread else None
        await answer(self.service, render, POST, question, spots, link=self.link, sign=sign)

    async def _show_status(self, channel: str, thread: str) -> None:
        """Show that work goes on; Slack takes it away with the answer, or after two minutes."""
        await self.web.assistant_threads_setStatus(
            channel_id=channel, thread_ts=thread, status="is looking it up…"
        )

    # Home and agent panel

    async def _on_home(self, body: Body, event: Body) -> None:
        async with self.work.piece(_nobody):
            if not await self.service.claim(PLATFORM, body["event_id"]):
                return
            try:
                if event.get("tab") == "messages":
                    await self._prompt(event["channel"])
                else:
                    view = render.home(self.service.documents(), HOW)
                    await self.web.views_publish(user_id=event["user"], view=view)
            except FAULTS as error:
                log.warning("Slack did not take the home or its prompts: %s", code_of(error))

    async def _prompt(self, channel: str) -> None:
        offered = [one.text for one in self.service.suggest("", limit=PROMPTS)]
        if offered:
            prompts = [{"title": text[:75], "message": text} for text in offered]
            # The client insists on a thread, which an agent's panel no longer has.
            await self.web.api_call(
                "assistant.threads.setSuggestedPrompts",
                json={"channel_id": channel, "prompts": prompts},
            )


async def _nobody(_: Failed) -> None:
    """Nobody waits for this one; the log has it."""
