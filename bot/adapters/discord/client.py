"""The connection to Discord, and what is asked over it."""

import asyncio
import time
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Literal

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord import events, send
from bot.adapters.discord.commands import add_commands
from bot.adapters.discord.send import POST
from bot.chat.connection import explained, stay
from bot.chat.delivery import Spot
from bot.chat.desk import Desk
from bot.chat.layout import Link
from bot.chat.presses import Presser, press
from bot.service import Service
from bot.service.failures import failed

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody will speak

PORTAL = "https://discord.com/developers/applications"
REFUSALS: dict[type[Exception], str] = {
    discord.LoginFailure: "Discord does not accept DISCORD_TOKEN. Copy the token again from "
    f"{PORTAL}, Bot, Reset Token.",
    discord.PrivilegedIntentsRequired: "Discord refuses the Message Content intent, which "
    f'discord.threads = "follow" needs. Switch it on at {PORTAL}, Bot, or set '
    'discord.threads = "open".',
}
STALE = "This command has changed. Reload Discord (Ctrl+R) and try again."
HIDDEN = (
    "Discord does not show me replies to answers of a command. Write it again and mention me in it."
)

Threads = Literal["off", "open", "follow"]
HOME = "https://discord.com/api/v10"
ACKNOWLEDGED_AT_ONCE = 16  # more would keep the event loop from everything else


def use_api(url: str) -> None:
    """Point discord.py at a server; it knows one for the whole process."""
    Route.BASE = url.rstrip("/")


class Talks(discord.AutoShardedClient):
    """The connection: `serve`, then `drain` and `close`."""

    name = "discord"

    def __init__(
        self,
        service: Service,
        *,
        token: str,
        link: Link,
        threads: Threads = "off",
        silence: float = 180.0,
        api_url: str = HOME,
    ) -> None:
        self.throttled = 0  # how often Discord has told us to wait (429)
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = threads == "follow"
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            enable_debug_events=True,  # every frame shows that the connection lives
            http_trace=self._watching(),
        )
        self.desk = Desk(service, POST, link=link, follow=threads == "follow")
        self._threads = threads
        self._silence = silence
        self._token = token
        self._api_url = api_url
        self._heard = time.monotonic()
        self._at_once = asyncio.Semaphore(ACKNOWLEDGED_AT_ONCE)
        self._tree = add_commands(self)

    # Connection

    async def serve(self) -> None:
        """Stay connected until `close`. Raises PlatformError with the remedy."""
        use_api(self._api_url)
        with explained(POST, REFUSALS):
            async with self:
                connection = self.start(self._token)
                await stay(connection, lambda: self.silent_for, most=self._silence, post=POST)

    async def setup_hook(self) -> None:
        """Register the commands; discord.py calls this once, after login."""
        if self._api_url != HOME:
            _, gateway, _ = await self.http.get_bot_gateway()
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        await self._tree.sync()

    def _watching(self) -> aiohttp.TraceConfig:
        async def ended(_session: object, _context: object, params: Any) -> None:
            self.throttled += params.response.status == HTTPStatus.TOO_MANY_REQUESTS

        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(ended)
        return trace

    @property
    def silent_for(self) -> float:
        """Seconds since the gateway was last heard."""
        return time.monotonic() - self._heard

    async def on_socket_raw_receive(self, _: str) -> None:
        """Note that the connection lives."""
        self._heard = time.monotonic()

    async def drain(self, grace: float) -> None:
        """Wait at most `grace` seconds until what was taken on is delivered."""
        await self.desk.drain(grace)

    # Commands

    async def asked(
        self,
        interaction: "discord.Interaction[Talks]",
        text: str,
        *,
        document: str | None = None,
        private: bool | None = None,
    ) -> None:
        """Answer a command."""
        async with self.desk.piece([partial(send.fill, interaction, True)]):
            async with self._at_once:
                if private is None:
                    guild = interaction.guild_id
                    private = await self.desk.is_private(None if guild is None else str(guild))
                await send.acknowledge(interaction, private=private)
            spots: list[Spot] = [partial(send.fill, interaction, private)]
            if not private and isinstance(interaction.channel, discord.abc.Messageable):
                spots.append(partial(send.write, interaction.channel, interaction.id))
            spots.append(partial(send.write, interaction.user, interaction.id))
            asker = None if private else interaction.user.display_name
            question = replace(events.question(interaction, text), private=private)
            await self.desk.answer(question, spots, document=document, asker=asker)

    async def admin(self, interaction: "discord.Interaction[Talks]", words: str) -> None:
        """Carry out an admin's command; Discord's own check can be loosened, this one cannot."""
        spots = [partial(send.fill, interaction, True)]
        async with self.desk.piece(spots):
            await send.acknowledge(interaction, private=True)
            event, is_admin = events.question(interaction), interaction.permissions.manage_guild
            await self.desk.admin(event, spots, words=words, is_admin=is_admin)

    async def command_failed(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Say something where discord.py could not even call the command."""
        stale = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)
        is_stale, cause = isinstance(error, stale), getattr(error, "original", error)
        # Of others the log gets the cause: what discord.py makes of it holds what was typed.
        said = STALE if is_stale else failed(cause, platform=self.name).public_text
        if interaction.type is not discord.InteractionType.autocomplete:
            await send.acknowledge(interaction, private=True)
            await POST.say([partial(send.fill, interaction, True)], said)

    # Buttons

    async def on_interaction(self, interaction: "discord.Interaction[Talks]") -> None:
        """Carry out a press of any of our buttons, those of earlier versions included."""
        if interaction.type is not discord.InteractionType.component:
            return

        async def moderates() -> bool:
            return interaction.guild_id is not None and interaction.permissions.manage_messages

        user = interaction.user
        in_private = partial(send.write, user, interaction.id)
        alone: list[Spot] = [partial(send.follow_up, interaction, True), in_private]
        async with self.desk.piece(alone):
            await send.acknowledge(interaction, private=True)
            presser = Presser(
                events.question(interaction),
                user.display_name,
                alone=alone,
                everyone=[partial(send.follow_up, interaction, False)],
                delete=interaction.delete_original_response,
                moderates=moderates,
            )
            await press(self.desk, presser, str(dict(interaction.data or {}).get("custom_id")))

    # Messages

    async def on_message(self, message: discord.Message) -> None:
        """Answer a mention, a direct message, a reply, a message in a thread of our own."""
        if self.user is None or not events.is_a_persons(message):
            return
        question = events.question(message, events.text_of(message, me=self.user.id))
        public: Spot = partial(send.answer, message)
        called = message.guild is None or self.user in message.mentions
        wordless = message.reference and not message.content
        if called and wordless and message.guild and not self.intents.message_content:
            await POST.say([public], HIDDEN)
            return
        if self._threads != "off" and isinstance(message.channel, discord.TextChannel):
            question = replace(question, thread_key=str(message.id))
            public = partial(send.answer_in_thread, message, question.text)
        follows = events.followed(message, me=self.application_id)
        others = message.mentions or message.raw_role_mentions or message.mention_everyone
        await self.desk.hear(
            replace(question, follows=follows),
            called=called,
            to_others=bool(others or (message.reference and follows is None)),
            ours=partial(self._opened, message.channel),
            public=[public],
            alone=[partial(send.write, message.author, message.id)],
            last=[partial(send.mark, message)],
            sign=message.channel.typing,
            sharable=False,
        )

    async def _opened(self, channel: object) -> bool:
        return isinstance(channel, discord.Thread) and channel.owner_id == self.application_id
